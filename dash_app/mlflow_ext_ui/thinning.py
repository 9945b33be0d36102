"""Fewer points, the same picture: each function says which points to keep, never changes their values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from tsdownsample import MinMaxDownsampler, MinMaxLTTBDownsampler

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

_FEWEST = 16
_DIRECTIONS = 32


def line(x: FloatArray, y: FloatArray, limit: int) -> IntArray:
    """Which points of a line to draw.

    Half of the points go to the minimum and the maximum of equally long stretches, so that no spike is lost; the other
    half follow the shape by MinMaxLTTB (Van Der Donckt et al., 2023).

    Args:
        x: shape (n,), ascending and finite.
        y: shape (n,), finite.
        limit: most points to keep, at least 16.

    Returns:
        Ascending indices, the first and last point and the extremes among them.
    """
    n, limit = len(x), max(limit, _FEWEST)
    if n <= limit:
        return np.arange(n, dtype=np.intp)
    along = (x - x[0]) / ((x[-1] - x[0]) or 1.0)
    # tsdownsample panics when the inner points have one x in common.
    if not along[-2] > along[1]:
        along = np.arange(n, dtype=np.float64)
    y = np.ascontiguousarray(y)
    extremes = MinMaxDownsampler().downsample(y, n_out=(limit - 2) // 4 * 2)
    rest = limit - 2 - len(extremes)
    shape = MinMaxLTTBDownsampler().downsample(np.ascontiguousarray(along), y, n_out=rest)
    return np.unique(np.concatenate([extremes, shape, [0, n - 1]])).astype(np.intp)


def spatial(points: FloatArray, limit: int, group: IntArray | None = None) -> IntArray:
    """Which points of a cloud to draw: the outermost first, then evenly over the area they cover.

    Args:
        points: shape (n, 2) or (n, 3), finite.
        limit: most points to keep.
        group: shape (n,), label codes from 0; small groups are kept beside large ones.

    Returns:
        Ascending indices.
    """
    n, dimensions = points.shape
    if n <= limit:
        return np.arange(n, dtype=np.intp)
    low, span = points.min(axis=0), np.ptp(points, axis=0)
    unit = (points - low) / np.where(span > 0, span, 1.0)
    side = max(2, round((limit * 2) ** (1 / dimensions)))
    cell = np.zeros(n, dtype=np.int64)
    for column in range(dimensions):
        cell = cell * side + np.minimum((unit[:, column] * side).astype(np.int64), side - 1)
    if group is not None:
        cell += (group.astype(np.int64)) * side**dimensions
    order = np.argsort(cell, kind="stable")
    starts = np.flatnonzero(np.diff(cell[order], prepend=-1))
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n) - np.repeat(starts, np.diff(np.append(starts, n)))
    rank[outermost(unit)] = -1
    # Equal ranks fall by position, so that the choice is the same each time.
    return np.sort(np.argpartition(rank * n + np.arange(n), limit)[:limit]).astype(np.intp)


def outermost(points: FloatArray) -> IntArray:
    """Indices of the points farthest out in each of many directions: the extremes of every axis and the hull's corners.

    Args:
        points: shape (n, d), finite, d of 2 or more; the first two columns give the hull.
    """
    angles = np.linspace(0.0, 2 * np.pi, _DIRECTIONS, endpoint=False)
    columns = [np.ascontiguousarray(column) for column in points.T]
    found = [int((columns[0] * np.cos(angle) + columns[1] * np.sin(angle)).argmax()) for angle in angles]
    found += [int(end) for column in columns for end in (column.argmin(), column.argmax())]
    return np.unique(found).astype(np.intp)


def blocks(values: FloatArray, rows: int, cols: int) -> tuple[FloatArray, IntArray, IntArray]:
    """A matrix in at most ``rows`` x ``cols`` cells, each the value of its block farthest from the median.

    Args:
        values: shape (n, m); NaN marks what is missing, and stays NaN only where a whole block is.
        rows: most rows to keep.
        cols: most columns to keep.

    Returns:
        The reduced values, and the first row and first column of each block.
    """
    row_starts, col_starts = _starts(values.shape[0], rows), _starts(values.shape[1], cols)
    known = np.isfinite(values)
    middle = float(np.median(values[known])) if known.any() else 0.0
    high = _reduce(np.maximum, np.where(known, values, -np.inf), row_starts, col_starts)
    low = _reduce(np.minimum, np.where(known, values, np.inf), row_starts, col_starts)
    found = np.isfinite(high)
    farther_up = np.where(found, high, 0.0) - middle >= middle - np.where(found, low, 0.0)
    return np.where(found, np.where(farther_up, high, low), np.nan), row_starts, col_starts


def _starts(length: int, limit: int) -> IntArray:
    kept = min(length, limit)
    return (np.arange(kept) * length // max(kept, 1)).astype(np.intp)


def _reduce(how: np.ufunc, values: FloatArray, row_starts: IntArray, col_starts: IntArray) -> FloatArray:
    reduced: FloatArray = how.reduceat(how.reduceat(values, row_starts, axis=0), col_starts, axis=1)
    return reduced
