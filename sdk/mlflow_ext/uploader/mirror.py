"""The numbers of a Series as MLflow metrics: which points, at which step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.primitives.uniform import uniform_column

POINTS_PER_CALL = 1_000
_BUCKETS = (POINTS_PER_CALL - 2) // 3
_NON_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_INT64 = 2**63


class MetricRow(NamedTuple):
    """One metric value; ``timestamp`` in ms since the epoch, frozen when the call was made."""

    key: str
    value: float
    timestamp: int
    step: int


def number(cell: Any) -> float:
    """A stored number as a float; the three strings for non-finite ones included."""
    return _NON_FINITE[cell] if type(cell) is str else float(cell)


def stored_numbers(cells: Sequence[Any]) -> NDArray[np.float64]:
    """Stored numbers, none missing, as float64 of shape (n,)."""
    uniform = uniform_column(cells)
    values = [number(cell) for cell in cells] if uniform is None else uniform
    return np.asarray(values, dtype=np.float64)


def metric_step(index: Any, ordinal: int) -> int:
    """The step of a point: its index value when that is a whole number of 64 bits, else its place in the Series."""
    if type(index) is float and index.is_integer():
        index = int(index)
    return index if type(index) is int and -_INT64 <= index < _INT64 else ordinal


def thinned(values: NDArray[np.float64]) -> NDArray[np.intp]:
    """Which points stand for all of them.

    Args:
        values: shape (n,), in order of logging, finite or not.

    Returns:
        At most 1,000 increasing positions: first and last, and of each of 332 stretches the lowest, the highest and a
        NaN where there is one. All positions when n <= 1,000.
    """
    size = len(values)
    if size <= POINTS_PER_CALL:
        return np.arange(size)
    missing = np.isnan(values)
    low, high = np.where(missing, np.inf, values), np.where(missing, -np.inf, values)
    kept = [0, size - 1]
    for stretch in np.array_split(np.arange(size), _BUCKETS):
        first, stop = int(stretch[0]), int(stretch[-1]) + 1
        kept += [first + int(low[first:stop].argmin()), first + int(high[first:stop].argmax())]
        if missing[first:stop].any():
            kept.append(first + int(missing[first:stop].argmax()))
    return np.unique(np.array(kept, dtype=np.intp))


def call_rows(key: str, column: Sequence[Any], index: Sequence[Any], first: int, timestamp: int) -> list[MetricRow]:
    """The metrics of one field of one call.

    Args:
        key: the mirrored metric's key.
        column: the field's cells as stored; None is missing and gives no metric.
        index: the index value of each cell.
        first: place of the call's first point in the Series.
        timestamp: of the call, ms since the epoch.
    """
    places: Sequence[int] = range(len(column))
    if None in column:
        places = [place for place in places if column[place] is not None]
    if len(places) > POINTS_PER_CALL:
        present = column if len(places) == len(column) else [column[place] for place in places]
        places = [places[position] for position in thinned(stored_numbers(present))]
    return [
        MetricRow(key, number(column[place]), timestamp, metric_step(index[place], first + place)) for place in places
    ]
