"""What a configuration will give, and how sure that is: a random forest over the runs, measured on runs left out.

scikit-learn is imported on use: a script that logs needs none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.sweep.point import Point
from mlflow_ext.sweep.space import Dimension, Space

FloatArray = NDArray[np.float64]

LEVEL = 0.68
LEAST = 5
"""Runs with a value, below which nothing is forecast."""
LEAST_TESTED = 10
TREES = 64
_PARTS = 4
_MANY = 20  # runs, from which on a leaf holds two
_SEED = 20_261_122
_MOST = float(np.finfo(np.float64).max)


class Forecast(NamedTuple):
    """What a metric is expected to be; about 68 of 100 runs like it lie within ``spread`` of ``expected``."""

    metric: str
    expected: float
    spread: float


class Model(NamedTuple):
    """A forest over runs.

    ``left_out``: what it says of each run by the trees that did not see it, shape (n,); ``noise``: the variance that
    those trees leave unexplained; ``wide``: by what the spread over trees and noise is multiplied to hold 68 of 100.
    """

    trees: tuple[Any, ...]
    left_out: FloatArray
    noise: float
    wide: float
    scale: float

    def forecast(self, matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Expected values and spreads; both of shape (n,)."""
        single = matrix.astype(np.float32)
        trees = np.array([tree.predict(single)[:, 0] for tree in self.trees])
        spread = self.wide * np.sqrt(trees.var(axis=0) + self.noise)
        expected: FloatArray = trees.mean(axis=0) * self.scale
        with np.errstate(over="ignore"):
            return expected, np.minimum(spread * self.scale, _MOST)


def columns(space: Space, points: Sequence[Point]) -> FloatArray:
    """Configurations as numbers from 0 to 1, a little beyond where they lie outside the space; shape (n, c)."""
    blocks = [np.array(_columns(name, one, points), dtype=np.float64) for name, one in space.varying.items()]
    beside: FloatArray = np.vstack(blocks).T
    return beside


def _columns(name: str, one: Dimension, points: Sequence[Point]) -> list[list[float]]:
    values = [point.get(name) for point in points]
    if one.kind != "number":
        return [[float(value == choice) for value in values] for choice in one.choices]
    there = [float(isinstance(value, float)) for value in values]
    place = [min(max(one.unit(value), -1.0), 2.0) if isinstance(value, float) else 0.5 for value in values]
    may_lack = one.none is not None or one.optional or one.when is not None
    return [place, there] if may_lack else [place]


def model(matrix: FloatArray, values: FloatArray) -> Model:
    """A forest over runs (Breiman 2001), its spread set by what it says of runs that its trees did not see.

    The trees are grown here one by one: scikit-learn's forest takes ten times as long for so few runs.

    Args:
        matrix: shape (n, c), n at least 5.
        values: shape (n,), finite.
    """
    from sklearn.tree import DecisionTreeRegressor

    scale = float(np.max(np.abs(values))) or 1.0
    y, single = values / scale, matrix.astype(np.float32)
    rng = np.random.default_rng(_SEED)
    leaf = 2 if len(y) >= _MANY else 1
    trees: list[Any] = []
    apart = np.full((TREES, len(y)), np.nan)
    for at in range(TREES):
        rows = rng.integers(0, len(y), len(y))
        grown = DecisionTreeRegressor(min_samples_leaf=leaf, random_state=at)
        trees.append(grown.fit(single[rows], y[rows], check_input=False).tree_)
        out = np.setdiff1d(np.arange(len(y)), rows)
        if len(out):
            apart[at, out] = trees[-1].predict(single[out])[:, 0]
    has = np.isfinite(apart).any(axis=0)
    mean, variance = np.full(len(y), float(y.mean())), np.zeros(len(y))
    mean[has], variance[has] = np.nanmean(apart[:, has], axis=0), np.nanvar(apart[:, has], axis=0)
    error = y - mean
    noise = max(0.0, float(np.mean(error**2) - np.mean(variance)))
    size = np.sqrt(variance + noise)
    ratio = np.sort(np.abs(error) / np.where(size > 0, size, np.inf))
    at = min(len(y) - 1, math.ceil((len(y) + 1) * LEVEL) - 1)  # split conformal prediction's place
    return Model(tuple(trees), mean * scale, noise, float(ratio[at]), scale)


def coverage(matrix: FloatArray, values: FloatArray) -> float | None:
    """The share of runs that lie within the spread that a forest over three quarters of the others gives them.

    None below 10 runs.
    """
    if len(values) < LEAST_TESTED:
        return None
    order = np.random.default_rng(_SEED).permutation(len(values))
    held = 0
    for part in range(_PARTS):
        test = order[part::_PARTS]
        train = np.setdiff1d(order, test)
        expected, spread = model(matrix[train], values[train]).forecast(matrix[test])
        with np.errstate(over="ignore"):
            held += int(np.sum(np.abs(values[test] - expected) <= spread))
    return held / len(values)
