"""Runs of one group as one line: their mean at each x, and how far they spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext_ui.figures.frame import usable
from mlflow_ext_ui.figures.picture import Band
from mlflow_ext_ui.source import Line

FloatArray = NDArray[np.float64]

_MOST_POINTS = 4000
_T_AT = 3  # runs from which on an interval says something


class Pool(NamedTuple):
    """One group: ``line`` is the mean, under its first run's id; ``low`` and ``high`` shape (n,) as ``line.x``.

    They are NaN where too few runs have a value. ``totals``: points of each run, by its id.
    """

    line: Line
    low: FloatArray
    high: FloatArray
    totals: Mapping[str, int]


def pooled(
    lines: Sequence[tuple[Line, FloatArray]], groups: Mapping[str, str | None], band: Band = "range"
) -> list[Pool]:
    """One pool per group, in order of its first line; runs of no group make one of their own.

    Args:
        lines: each run's line, and where its points stand on the axis.
        groups: value of the grouping param or tag by run id; a run that is missing has none.
        band: from the lowest to the highest value, or the 95% interval of the mean (Student's t).
    """
    members: dict[str | None, list[tuple[Line, FloatArray]]] = {}
    for line, x in lines:
        members.setdefault(groups.get(line.run_id), []).append((line, x))
    return [_pool(mine, band) for mine in members.values()]


def _pool(members: Sequence[tuple[Line, FloatArray]], band: Band) -> Pool:
    clean = [_clean(line.y, x) for line, x in members]
    grid = _grid([x for x, _ in clean])
    values = np.full((len(clean), len(grid)), np.nan)
    for row, (x, y) in enumerate(clean):
        if len(x):
            values[row] = np.interp(grid, x, y, left=np.nan, right=np.nan)
    there = np.isfinite(values)
    count = there.sum(axis=0)
    mean = np.where(there, values, 0.0).sum(axis=0) / np.maximum(count, 1)
    low, high = _spread(values, there, count, mean, band)
    first = members[0][0]
    line = Line(
        run_id=first.run_id,
        x=grid,
        y=np.where(count > 0, mean, np.nan),
        time=np.zeros(len(grid)),
        index=first.index,
    )
    return Pool(line, low, high, {one.run_id: len(one.x) for one, _ in members})


def _clean(y: FloatArray, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The finite points in order of x; of several at one x the last logged."""
    known = usable(y) & usable(x)
    x, y = x[known], y[known]
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    last = np.append(np.diff(x) > 0, True) if len(x) else np.zeros(0, dtype=bool)
    return x[last], y[last]


def _grid(axes: Sequence[FloatArray]) -> FloatArray:
    """Every x that a run has; of very many as many evenly over their span, the runs' own ends among them."""
    every = np.unique(np.concatenate(axes)) if axes else np.zeros(0)
    if len(every) <= _MOST_POINTS:
        return every
    ends = np.array([end for axis in axes if len(axis) for end in (axis[0], axis[-1])])
    return np.union1d(np.linspace(every[0], every[-1], _MOST_POINTS), ends)


def _spread(
    values: FloatArray, there: NDArray[np.bool_], count: NDArray[np.intp], mean: FloatArray, band: Band
) -> tuple[FloatArray, FloatArray]:
    if band == "range":
        low = np.where(there, values, np.inf).min(axis=0, initial=np.inf)
        high = np.where(there, values, -np.inf).max(axis=0, initial=-np.inf)
        return np.where(count > 1, low, np.nan), np.where(count > 1, high, np.nan)
    from scipy.special import stdtrit

    squares = (np.where(there, values - mean, 0.0) ** 2).sum(axis=0)
    freedom = np.maximum(count - 1, 1)
    half = stdtrit(freedom, 0.975) * np.sqrt(squares / freedom / np.maximum(count, 1))
    half = np.where(count >= _T_AT, half, np.nan)
    return mean - half, mean + half
