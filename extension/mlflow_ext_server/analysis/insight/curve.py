"""A metric's history made fit for rules: in order of step, one value each, thinned, smooth, with its noise."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mlflow_ext.direction import Direction

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MOST = 2000
"""Points that rules look at; of longer curves each is the median of a block."""
LEAST = 5
_SAFE = 512  # sums and differences of numbers below 2**512 are finite, so are their squares
_EVER = 1e17  # ms
_FAR = 1000.0
_FEW = 4  # values whose range tells what is usual, even if the first is the best
NORMAL = 1.4826  # standard deviations in a median absolute deviation of normal noise


class Curve(NamedTuple):
    """A metric as logged.

    ``steps``: ascending, distinct, shape (n,); ``values``: finite or not, shape (n,); ``times``: ms, shape (n,).
    """

    name: str
    steps: IntArray
    values: FloatArray
    times: FloatArray


class Shape(NamedTuple):
    """The finite values of a curve, turned and scaled.

    ``raw``, shape (m,): lower is better, times a power of two where numbers are huge or tiny; ``y``: the same, where
    values that blew up count as far off, and no more; ``worst``, shape (m,): the highest of each block; ``smooth``:
    running median of ``y``; ``noise``: standard deviation of ``y`` about its course; ``at``, shape (m + 1,): where each
    block begins among the curve's values; ``turned``: times what a value became raw.
    """

    y: FloatArray
    raw: FloatArray
    worst: FloatArray
    smooth: FloatArray
    noise: float
    at: IntArray
    turned: float


def curve(name: str, steps: NDArray[np.generic], values: NDArray[np.generic], times: NDArray[np.generic]) -> Curve:
    """The history in order of step; of several values at one step the one logged last.

    Args:
        name: of the metric.
        steps: shape (n,), in any order.
        values: shape (n,), finite or not.
        times: shape (n,), ms.
    """
    at = np.asarray(steps, dtype=np.int64)
    when = np.clip(np.asarray(times, dtype=np.float64), -_EVER, _EVER)
    held = np.asarray(values, dtype=np.float64)
    if len(at) > 1 and not np.all(at[1:] > at[:-1]):
        order = np.lexsort((when, at))
        at, when, held = at[order], when[order], held[order]
        last = np.append(at[1:] != at[:-1], True)
        at, when, held = at[last], when[last], held[last]
    return Curve(name, at, held, when)


def shape(one: Curve, direction: Direction | None) -> Shape | None:
    """What rules look at; None below 5 finite values."""
    finite = np.flatnonzero(np.isfinite(one.values))
    if len(finite) < LEAST:
        return None
    values = one.values[finite]
    most = float(np.max(np.abs(values)))
    power = int(np.frexp(most)[1])
    scale = 2.0 ** -(max(power - _SAFE, 0) + min(power + _SAFE, 0)) if most > 0 else 1.0
    turned = -scale if direction == "higher" else scale
    raw = values * turned
    edges = np.linspace(0, len(raw), min(len(raw), MOST) + 1).astype(np.int64)
    worst = raw
    if len(raw) > MOST:
        raw, worst = _blocks(raw, edges)
    y = _tamed(raw)
    at = np.append(finite[edges[:-1]], finite[-1] + 1)
    return Shape(y, raw, worst, smoothed(y, len(y) // 20), noise(y), at, turned)


def _tamed(raw: FloatArray) -> FloatArray:
    """No higher than 1,000 times its range, or size, up to its best: beside 1e290 what came before is rounding."""
    least = float(np.min(raw))
    best = int(np.flatnonzero(raw == least)[-1])
    before = raw[: max(best + 1, _FEW)]
    size = max(float(np.ptp(before)), abs(least))
    return np.minimum(raw, float(np.max(before)) + _FAR * size) if size > 0 else raw


def _blocks(y: FloatArray, edges: IntArray) -> tuple[FloatArray, FloatArray]:
    """Median and highest of each block; blocks differ in length by one, so the shorter are filled up with NaN."""
    width = int(np.max(np.diff(edges)))
    place = edges[:-1, None] + np.arange(width)
    table = np.where(place < edges[1:, None], y[np.minimum(place, len(y) - 1)], np.nan)
    return np.nanmedian(table, axis=1), np.nanmax(table, axis=1)


def medians(y: FloatArray, parts: int) -> FloatArray:
    """Medians of ``parts`` neighbouring parts that differ in length by one, shape (parts,); all values are finite."""
    sizes = np.full(parts, len(y) // parts)
    sizes[: len(y) % parts] += 1
    ends = np.cumsum(sizes)[:, None]
    place = ends - sizes[:, None] + np.arange(int(sizes[0]))
    table = np.sort(np.where(place < ends, y[np.minimum(place, len(y) - 1)], np.inf), axis=1)
    row = np.arange(parts)
    found: FloatArray = (table[row, (sizes - 1) // 2] + table[row, sizes // 2]) / 2
    return found


def smoothed(y: FloatArray, width: int) -> FloatArray:
    """The running median over about ``width`` points, an odd number of at least 3; mirrored at its ends."""
    size = min(max(3, width | 1), (len(y) - 1) | 1)
    if size < 3:
        return y
    found: FloatArray = ndimage.median_filter(y, size=size, mode="reflect")
    return found


def noise(y: FloatArray) -> float:
    """Standard deviation about a course that bends little, by the median of second differences; at least rounding.

    Where many values are the same as the one before, as quantised ones are, at least half a quantum.
    """
    if len(y) < 3:
        return rounding(y)
    bends = np.abs(y[2:] - 2 * y[1:-1] + y[:-2])
    found = max(float(np.median(bends)) * NORMAL / 6**0.5, rounding(y))
    apart = np.abs(np.diff(y))
    moved = apart[apart > found]
    if len(apart) - len(moved) > len(apart) / 4 and len(moved) >= max(5, len(apart) / 50):
        found = max(found, float(np.min(moved)) / 2)
    return found


def unevenness(one: Shape) -> float:
    """Standard deviation of what smoothing left; above ``noise`` where noise lasts over some steps."""
    return max(one.noise, float(np.median(np.abs(one.y - one.smooth))) * NORMAL)


def rounding(y: FloatArray) -> float:
    """Below this a difference of values such as these is none."""
    return float(np.max(np.abs(y), initial=0.0)) * 1e-12 + 1e-300


def spread(values: FloatArray) -> float:
    """Standard deviation of normal values, by their median absolute deviation."""
    return float(np.median(np.abs(values - np.median(values)))) * NORMAL


def share(one: Curve, index: int) -> float:
    """How far into the run's steps a value stands, 0 to 1."""
    first, last = float(one.steps[0]), float(one.steps[-1])
    return (float(one.steps[index]) - first) / (last - first) if last > first else 0.0


def after(one: Curve, index: int) -> int:
    """Milliseconds from a value to the last one; 0 where the clock went backwards."""
    apart = float(one.times[-1] - one.times[index])
    return int(apart) if np.isfinite(apart) and apart > 0 else 0


def shown(one: Curve, *indices: int) -> tuple[tuple[int, float], ...]:
    """Steps and values as logged, of distinct indices in order."""
    return tuple((int(one.steps[i]), float(one.values[i])) for i in sorted(set(indices)))
