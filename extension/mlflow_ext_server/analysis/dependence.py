"""How a metric depends on one param or two, the others as the runs had them: partial dependence of a random forest.

scikit-learn takes seconds to import, and is imported on use.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.sweep import Parameter
from mlflow_ext_server.analysis.feature import Feature, features
from mlflow_ext_server.analysis.importance import LEAST_RUNS

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestRegressor

FloatArray = NDArray[np.float64]
TREES = 64
_RESAMPLES = 20
_FEWER = 8  # of many runs
_MANY = 300
_TREES_AGAIN = 12  # of each resample
_PLACES = 24  # of a number, where it is evaluated
_MOST_RUNS = 60  # that each place is evaluated at, of a surface
_EVERY_RUN = 400
_LEVEL = 0.9
_SEED = 20_261_122
_LEAST_TESTED = 10


class Axis(NamedTuple):
    """Places of a param: ``numbers`` in its own units, of a category or boolean ``levels``."""

    parameter: Parameter
    numbers: FloatArray
    levels: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.levels) or len(self.numbers)


class Dependence(NamedTuple):
    """Mean prediction over the runs at each place, shape (second or 1, first), with its 90% interval.

    ``near``: how many runs lie nearest to each place; ``explained``: the share of variance the forest explains on runs
    that it did not see (out of bag), None below 10 runs.
    """

    axes: tuple[Axis, ...]
    mean: FloatArray
    low: FloatArray
    high: FloatArray
    near: NDArray[np.intp]
    explained: float | None


def dependence(parameters: Sequence[Parameter], metric: FloatArray, of: Sequence[int]) -> Dependence:
    """How a metric depends on the params at one or two places of ``parameters``.

    Friedman 2001, Greedy function approximation, Ann. Stat. 29:5: the mean over the runs of what a forest predicts when
    a param is set to a place and all else stays. The interval is that of forests grown on bootstrap samples
    of the runs.

    Args:
        parameters: d params that vary, of n runs.
        metric: shape (n,), finite.
        of: one place or two different ones, 0 to d - 1.

    Raises:
        ValueError: fewer than 5 runs.
    """
    from sklearn.ensemble import RandomForestRegressor

    if len(metric) < LEAST_RUNS:
        raise ValueError(f"dependence needs {LEAST_RUNS} runs")
    rng = np.random.default_rng(_SEED)
    found, matrix, places = features(parameters)
    size = float(np.max(np.abs(metric))) or 1.0
    y = metric / size
    kept = [_kept(found[at]) for at in of]
    grid = _grid([found[at].cells[rows] for at, rows in zip(of, kept, strict=True)])
    columns = np.concatenate([places[at] for at in of])
    most = _EVERY_RUN if len(of) == 1 else _MOST_RUNS
    sample = rng.choice(len(y), min(most, len(y)), replace=False)
    tested = len(y) >= _LEAST_TESTED
    model = RandomForestRegressor(TREES, random_state=_SEED, oob_score=tested).fit(matrix, y)
    mean = _mean(model, matrix[sample], columns, grid)
    count = _RESAMPLES if len(y) <= _MANY else _FEWER
    again = np.array([_again(matrix, y, matrix[sample], columns, grid, rng) for _ in range(count)])
    low, high = np.quantile(again, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2], axis=0)
    shape = tuple(len(rows) for rows in reversed(kept)) if len(of) > 1 else (1, len(kept[0]))
    axes = tuple(_axis(found[at], rows) for at, rows in zip(of, kept, strict=True))
    return Dependence(
        axes,
        (mean * size).reshape(shape),
        (np.minimum(low, mean) * size).reshape(shape),
        (np.maximum(high, mean) * size).reshape(shape),
        _near(matrix[:, columns], grid).reshape(shape),
        float(model.oob_score_) if tested else None,
    )


def _kept(one: Feature) -> NDArray[np.intp]:
    """The cells at which a param is evaluated: of a number at most 24, spread evenly; without that of no value."""
    named = one.names[:-1] if one.names and one.names[-1] == "(none)" else one.names
    count = len(named) if named else len(one.axis)
    return np.unique(np.linspace(0, count - 1, min(count, _PLACES)).round().astype(np.intp))


def _axis(one: Feature, rows: NDArray[np.intp]) -> Axis:
    if one.names and one.names != ("(none)",):
        return Axis(one.parameter, np.array([]), tuple(one.names[row] for row in rows.tolist()))
    return Axis(one.parameter, one.axis[rows], ())


def _grid(cells: Sequence[FloatArray]) -> FloatArray:
    """Every pair of places, the first param's running fastest; shape (places, columns)."""
    if len(cells) == 1:
        return cells[0]
    first, second = cells
    return np.hstack([np.tile(first, (len(second), 1)), np.repeat(second, len(first), axis=0)])


def _mean(model: RandomForestRegressor, rows: FloatArray, columns: NDArray[np.intp], grid: FloatArray) -> FloatArray:
    blocks = np.repeat(rows[None, :, :], len(grid), axis=0)
    blocks[:, :, columns] = grid[:, None, :]
    said = model.predict(blocks.reshape(-1, rows.shape[1]))
    mean: FloatArray = said.reshape(len(grid), len(rows)).mean(axis=1)
    return mean


def _again(
    matrix: FloatArray,
    y: FloatArray,
    rows: FloatArray,
    columns: NDArray[np.intp],
    grid: FloatArray,
    rng: np.random.Generator,
) -> FloatArray:
    from sklearn.ensemble import RandomForestRegressor

    drawn = rng.integers(0, len(y), len(y))
    model = RandomForestRegressor(_TREES_AGAIN, random_state=int(rng.integers(2**31))).fit(matrix[drawn], y[drawn])
    return _mean(model, rows, columns, grid)


def _near(held: FloatArray, grid: FloatArray) -> NDArray[np.intp]:
    """How many runs lie nearest to each place."""
    apart = ((held[:, None, :] - grid[None, :, :]) ** 2).sum(axis=2)
    return np.bincount(apart.argmin(axis=1), minlength=len(grid))
