"""Few numbers and what they tell: spread, bootstrap interval, Welch's test, Holm's correction, seeds needed.

``scipy.special`` has the distributions; ``scipy.stats``, by which the tests check all of this, takes seconds to import.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import special

ALPHA = 0.05
POWER = 0.8
LEAST_FOR_INTERVAL = 3
LEAST_FOR_TEST = 2
MOST_SEEDS = 1000
_RESAMPLES = 4000
_SEED = 20_240_117  # any, but always the same: an interval must not change when the page is loaded again


class Welch(NamedTuple):
    """Welch's t-test of two means: the statistic, its degrees of freedom, and the two-sided p-value."""

    t: float
    df: float
    p: float


def spread(values: Sequence[float]) -> float | None:
    """The sample standard deviation (n - 1 in the denominator); None below two values."""
    return float(np.std(values, ddof=1)) if len(values) >= 2 else None


@lru_cache(4096)
def interval(values: tuple[float, ...]) -> tuple[float, float] | None:
    """The 95% percentile bootstrap interval of the mean; None below three values.

    Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13. With few values it is too narrow.
    """
    if len(values) < LEAST_FOR_INTERVAL:
        return None
    data = np.asarray(values, dtype=np.float64)
    chosen = np.random.default_rng(_SEED).integers(0, len(data), (_RESAMPLES, len(data)))
    low, high = np.quantile(data[chosen].mean(axis=1), (ALPHA / 2, 1 - ALPHA / 2))
    return float(low), float(high)


def welch(a: Sequence[float], b: Sequence[float]) -> Welch | None:
    """Whether two means differ, without assuming equal spreads (Welch 1947, Biometrika 34:28).

    None below two values in either, or where no value differs from its group: then there is no spread to go by.
    """
    if min(len(a), len(b)) < LEAST_FOR_TEST:
        return None
    errors = [float(np.var(values, ddof=1)) / len(values) for values in (a, b)]
    if not sum(errors) > 0:
        return None
    t = (float(np.mean(a)) - float(np.mean(b))) / math.sqrt(sum(errors))
    df = sum(errors) ** 2 / sum(error**2 / (len(values) - 1) for error, values in zip(errors, (a, b), strict=True))
    return Welch(t, df, float(2 * special.stdtr(df, -abs(t))))


def holm(p: Sequence[float]) -> list[float]:
    """p-values of one family, corrected step by step from the smallest (Holm 1979, Scand. J. Statist. 6:65)."""
    order = sorted(range(len(p)), key=p.__getitem__)
    corrected = [0.0] * len(p)
    highest = 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p) - rank) * p[place]))
        corrected[place] = highest
    return corrected


def seeds_needed(difference: float, spread_a: float, spread_b: float) -> int | None:
    """Seeds in each of two groups with which Welch's test finds this difference with power 0.8 at α = 0.05.

    The smallest n at which the noncentral t distribution with noncentrality d·sqrt(n / (sa² + sb²)) and Welch's degrees
    of freedom leaves 0.8 beyond the critical value (Cohen 1988, Statistical Power Analysis, 2.2 and 2.5).

    Returns:
        None where there is no difference or no spread, or where more than 1,000 would be needed.
    """
    variance = spread_a**2 + spread_b**2
    if not (difference and variance > 0):
        return None
    effect = abs(difference) / math.sqrt(variance)
    normal = (special.ndtri(1 - ALPHA / 2) + special.ndtri(POWER)) / effect
    if normal**2 > MOST_SEEDS:
        return None
    shape = variance**2 / (spread_a**4 + spread_b**4)
    # The t distribution asks for more than the normal one, never for less.
    for n in range(max(2, math.floor(normal**2)), MOST_SEEDS + 1):
        df = (n - 1) * shape
        critical = special.stdtrit(df, 1 - ALPHA / 2)
        if 1 - special.nctdtr(df, effect * math.sqrt(n), critical) >= POWER:
            return n
    return None
