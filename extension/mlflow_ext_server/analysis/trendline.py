"""A line or a bow through points, with the interval of where its mean lies."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

FloatArray = NDArray[np.float64]
PLACES = 40
_LEVEL = 0.95
_LEAST = 2  # points beyond the coefficients, for a spread
_CLEARLY = 4.0
_MOST = float(np.finfo(np.float64).max)


class Trendline(NamedTuple):
    """``x``, ``y``, ``low`` and ``high`` of shape (40,): the fit and its 95% interval; ``degree`` 1 or 2."""

    x: FloatArray
    y: FloatArray
    low: FloatArray
    high: FloatArray
    degree: int


def trendline(x: FloatArray, y: FloatArray) -> Trendline | None:
    """A line through n points, or a bow where the corrected Akaike criterion prefers it clearly, by 4 or more.

    The interval is that of the mean of a least-squares fit (Seber and Lee 2003, Linear Regression Analysis, 5.2), which
    takes the points' spread to be alike everywhere. None below 4 points with both, or where x or y is one value.

    Args:
        x: shape (n,), on the scale that is drawn; NaN or infinite points are left out.
        y: shape (n,).
    """
    both = np.isfinite(x) & np.isfinite(y)
    x, y = x[both], y[both]
    if len(x) < 2 + _LEAST or x.min() == x.max() or y.min() == y.max():
        return None
    low, high = float(x.min()), float(x.max())
    size, wide = float(np.max(np.abs(y))), float(np.max(np.abs(x)))
    at = x / wide  # a distance between x may be beyond what a float holds
    at = (at - at.min()) / np.ptp(at)
    degrees = [degree for degree in (1, 2) if len(x) >= degree + 1 + _LEAST and len(np.unique(x)) > degree]
    fits = [_fit(at, y / size, degree) for degree in degrees]
    best = fits[-1] if fits[-1].criterion < fits[0].criterion - _CLEARLY else fits[0]
    place = np.linspace(0.0, 1.0, PLACES)
    design = np.vander(place, best.degree + 1, increasing=True)
    mean = design @ best.coefficients
    half = best.reach * np.sqrt(np.einsum("ij,jk,ik->i", design, best.spread, design))
    with np.errstate(over="ignore"):
        y, below, above = (np.clip(each * size, -_MOST, _MOST) for each in (mean, mean - half, mean + half))
    return Trendline(low * (1 - place) + high * place, y, below, above, best.degree)


class _Fit(NamedTuple):
    degree: int
    coefficients: FloatArray
    spread: FloatArray
    reach: float
    criterion: float


def _fit(at: FloatArray, y: FloatArray, degree: int) -> _Fit:
    design = np.vander(at, degree + 1, increasing=True)
    inverse = np.linalg.pinv(design.T @ design)
    coefficients = inverse @ design.T @ y
    n, k = len(y), degree + 2  # and the spread
    squares = max(float(np.sum((y - design @ coefficients) ** 2)), 1e-30)
    df = n - degree - 1
    criterion = n * math.log(squares / n) + 2 * k + 2 * k * (k + 1) / max(n - k - 1, 0.5)
    reach = float(special.stdtrit(df, (1 + _LEVEL) / 2))
    return _Fit(degree, coefficients, inverse * (squares / df), reach, criterion)
