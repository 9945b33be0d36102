"""Areas under curves over the part of x that they share, and the difference of two curves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext_ui.figures.frame import usable

FloatArray = NDArray[np.float64]


class Path(NamedTuple):
    """A curve's finite points in order of x: ``x`` ascending, equal ones in the curve's own direction, and ``y``."""

    x: FloatArray
    y: FloatArray


class Gap(NamedTuple):
    """One curve minus another: ``x`` and ``y`` of shape (n,) over the x of both, empty when they share none."""

    x: FloatArray
    y: FloatArray


def path(x: FloatArray, y: FloatArray) -> Path:
    """The finite points of a curve by x; a curve that runs to the left is turned round first.

    Args:
        x: shape (n,), finite or not.
        y: shape (n,), finite or not.
    """
    known = usable(x) & usable(y)
    x, y = x[known], y[known]
    if len(x) > 1 and x[-1] < x[0]:
        x, y = x[::-1], y[::-1]
    order = np.argsort(x, kind="stable")
    return Path(x[order], y[order])


def common(*paths: Path) -> tuple[float, float] | None:
    """The part of x that all curves cover; None when one is empty or they have at most a point in common."""
    if not all(len(one.x) for one in paths):
        return None
    low, high = max(float(one.x[0]) for one in paths), min(float(one.x[-1]) for one in paths)
    return (low, high) if low < high else None


def area(curve: Path, low: float, high: float) -> float:
    """The area under a curve from ``low`` to ``high`` by the trapezoidal rule (``scipy.integrate.trapezoid``).

    Args:
        curve: covers ``low`` to ``high``.
        low: where to begin; y there is interpolated.
        high: where to end.
    """
    first, last = np.searchsorted(curve.x, low, side="left"), np.searchsorted(curve.x, high, side="right")
    x, y = curve.x[first:last], curve.y[first:last]
    ends = np.interp([low, high], curve.x, curve.y)
    if not len(x) or x[0] > low:
        x, y = np.append(low, x), np.append(ends[0], y)
    if x[-1] < high:
        x, y = np.append(x, high), np.append(y, ends[1])
    from scipy.integrate import trapezoid  # takes half a second to import

    return float(trapezoid(y, x))


def gap(curve: Path, reference: Path) -> Gap:
    """``curve`` minus ``reference`` at every x of either that both cover, each interpolated linearly.

    Where a curve rises upright its last value counts.
    """
    part = common(curve, reference)
    if part is None:
        return Gap(np.empty(0), np.empty(0))
    x = np.union1d(curve.x, reference.x)
    x = x[(x >= part[0]) & (x <= part[1])]
    return Gap(x, at(curve, x) - at(reference, x))


def at(curve: Path, x: FloatArray) -> FloatArray:
    """A curve's y at these x, NaN beyond its ends; the last value where it rises upright.

    Args:
        curve: its points, one or more.
        x: shape (n,).
    """
    last = np.append(curve.x[1:] > curve.x[:-1], True)
    return np.asarray(np.interp(x, curve.x[last], curve.y[last], left=np.nan, right=np.nan))
