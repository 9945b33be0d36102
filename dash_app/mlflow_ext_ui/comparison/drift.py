"""How far a sample has moved from a reference: Kolmogorov-Smirnov, Wasserstein, population stability index."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

MOST_VALUES = 200_000
BINS = 10
_EXACT = 250_000  # pairs up to which the exact p-value is quick


class Drift(NamedTuple):
    """``ks``: largest distance of the two distribution functions, 0 to 1, with its two-sided ``p``.

    ``wasserstein``: in the values' own unit. ``psi``: population stability index. ``total``: values of the sample;
    ``reference``: of the reference.
    """

    ks: float
    p: float
    wasserstein: float
    psi: float
    total: int
    reference: int


def drift(values: FloatArray, reference: FloatArray) -> Drift | None:
    """The distances of two samples; None when one is empty.

    KS by ``scipy.stats.ks_2samp``, its p exact for small samples and asymptotic otherwise; the Wasserstein-1 distance
    by ``scipy.stats.wasserstein_distance``. Of more than 200,000 values so many are drawn, the same each time.

    Args:
        values: shape (n,), finite.
        reference: shape (m,), finite.
    """
    if not len(values) or not len(reference):
        return None
    from scipy.stats import ks_2samp, wasserstein_distance  # takes a second to import

    own, other = _bounded(values), _bounded(reference)
    method = "exact" if len(own) * len(other) <= _EXACT else "asymp"
    found = ks_2samp(own, other, method=method)
    # A common factor keeps sums of values near the largest float finite.
    unit = max(float(np.abs(own).max()), float(np.abs(other).max())) or 1.0
    distance = float(wasserstein_distance(own / unit, other / unit)) * unit
    psi = stability(own, other)
    return Drift(float(found.statistic), float(found.pvalue), distance, psi, len(values), len(reference))


def stability(values: FloatArray, reference: FloatArray, bins: int = BINS) -> float:
    """The population stability index: the sum of (a - b) ln(a / b) over bins, a and b the shares of both samples.

    The bins lie between the reference's quantiles (its deciles), open at both ends; equal quantiles make fewer. Where
    any bin is empty on either side, half a value is added to every bin of both. Source: Siddiqi, Credit Risk
    Scorecards (2006), chapter 9; the half as in Jeffreys' prior.

    Args:
        values: shape (n,), finite, n of 1 or more.
        reference: shape (m,), finite, m of 1 or more.
        bins: how many quantiles.
    """
    edges = np.unique(np.quantile(reference, np.linspace(0, 1, bins + 1)[1:-1], method="linear"))
    if len(edges) == 1 and edges[0] == reference.min() == reference.max():
        edges = np.array([np.nextafter(edges[0], -np.inf), edges[0]])
    counts = [
        np.bincount(np.searchsorted(edges, one, side="left"), minlength=len(edges) + 1).astype(np.float64)
        for one in (values, reference)
    ]
    if any(bool((one == 0).any()) for one in counts):
        counts = [one + 0.5 for one in counts]
    a, b = (one / one.sum() for one in counts)
    return float(np.sum((a - b) * np.log(a / b)))


def _bounded(values: FloatArray) -> FloatArray:
    if len(values) <= MOST_VALUES:
        return values
    return np.asarray(np.random.default_rng(0).choice(values, MOST_VALUES, replace=False))
