"""How strongly a parameter and a metric go together, by measures fit for numbers and for categories."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mlflow_ext.sweep import LEAST_FOR_CORRELATION, Parameter

FloatArray = NDArray[np.float64]
Measure = Literal["pearson", "spearman", "ratio", "information", "codes"]

_LEVEL = 1.959963984540054  # of the normal distribution: 95% within
_BINS = 8  # at most, of a number whose information is counted


class Association(NamedTuple):
    """One measure of one pair.

    ``value``: -1 to 1 for pearson, spearman and codes; 0 to 1 for ratio and information; None where it is not defined,
    ``why`` then says so. ``low``, ``high``: the 95% interval of pearson and spearman from 4 runs on. ``p``: that of no
    association at all. ``runs``: how many have both.
    """

    measure: Measure
    value: float | None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    runs: int = 0
    why: str = ""


def association(one: Parameter, metric: FloatArray, measure: Measure) -> Association:
    """How strongly a parameter goes together with a metric.

    Args:
        one: n runs.
        metric: shape (n,); NaN or infinite where a run has no usable value.
        measure: pearson and spearman are of numbers and booleans (of a log-scaled number pearson takes the logarithm);
            ratio is the correlation ratio of categories, and of anything with few distinct values; information the
            normalised mutual information of anything; codes is pearson on the categories' places in their sorted
            order, as older tools have it: an order that categories do not have.
    """
    both = np.isfinite(one.numbers) & np.isfinite(metric)
    x, y = scaled(one)[both], metric[both]
    if len(x) < LEAST_FOR_CORRELATION:
        return Association(
            measure, None, runs=len(x), why=f"{len(x)} of at least {LEAST_FOR_CORRELATION} runs have both"
        )
    if np.ptp(y) == 0:
        return Association(measure, None, runs=len(x), why="the metric is the same in all of them")
    if np.ptp(x) == 0:
        return Association(measure, None, runs=len(x), why="the param is the same in all of them")
    if measure in ("pearson", "spearman") and one.kind == "category":
        return Association(measure, None, runs=len(x), why="categories have no order")
    if measure == "codes" and one.kind == "category":
        place = {level: float(at) for at, level in enumerate(sorted(one.levels))}
        x = np.array([place[one.levels[int(code)]] for code in x])
    return _MEASURES[measure](x, y)


def fitting(one: Parameter) -> Measure:
    """The measure to show first for a parameter."""
    return "ratio" if one.kind == "category" else "spearman"


def scaled(one: Parameter) -> FloatArray:
    """The numbers of a parameter, of a log-scaled one their decadic logarithms; shape (n,)."""
    return np.log10(one.numbers) if one.kind == "log" else one.numbers


def table(
    parameters: Sequence[Parameter], metrics: Sequence[FloatArray], measure: Measure | None
) -> list[list[Association]]:
    """Every parameter against every metric; a row per parameter. Without a measure each gets the one that fits it."""
    return [[association(one, metric, measure or fitting(one)) for metric in metrics] for one in parameters]


def ranks(values: FloatArray) -> FloatArray:
    """Ranks from 1, equal values sharing their mean rank; shape (n,)."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    mean: FloatArray = last - (counts - 1) / 2.0
    return mean[where]


def correlation(x: FloatArray, y: FloatArray) -> float:
    """Pearson's coefficient of two arrays that vary, of the same shape (n,)."""
    a, b = _unit(x), _unit(y)
    return float(np.clip(a @ b, -1.0, 1.0))


def _unit(values: FloatArray) -> FloatArray:
    """Centred and of length 1, whatever the size of the numbers."""
    small = values / np.max(np.abs(values))
    apart: FloatArray = small - small.mean()
    length = float(np.linalg.norm(apart))
    return apart / length if length > 0 else apart


def _pearson(x: FloatArray, y: FloatArray) -> Association:
    return _of_coefficient("pearson", correlation(x, y), len(x), 1.0)


def _codes(x: FloatArray, y: FloatArray) -> Association:
    return _of_coefficient("codes", correlation(x, y), len(x), 1.0)


def _spearman(x: FloatArray, y: FloatArray) -> Association:
    """Bonett and Wright 2000, Psychometrika 65:23, for the wider interval of ranks."""
    value = correlation(ranks(x), ranks(y))
    return _of_coefficient("spearman", value, len(x), 1 + value**2 / 2)


def _of_coefficient(measure: Measure, value: float, runs: int, inflation: float) -> Association:
    """With Fisher's interval, of variance ``inflation / (n - 3)``, and Student's p."""
    df = runs - 2
    p = 0.0 if abs(value) == 1 else float(2 * special.stdtr(df, -abs(value) * math.sqrt(df / (1 - value**2))))
    if runs < 4:
        return Association(measure, value, p=p, runs=runs)
    middle = math.atanh(max(-1 + 1e-15, min(1 - 1e-15, value)))
    half = _LEVEL * math.sqrt(inflation / (runs - 3))
    return Association(measure, value, math.tanh(middle - half), math.tanh(middle + half), p, runs)


def _ratio(x: FloatArray, y: FloatArray) -> Association:
    """The correlation ratio, bias taken off, and the p of the F test of equal means.

    Epsilon squared (Kelley 1935, PNAS 21:554): 0 on average where the groups do not differ, however many there are.
    """
    _, where, counts = np.unique(x, return_inverse=True, return_counts=True)
    groups, runs = len(counts), len(y)
    if groups == runs:
        return Association("ratio", None, runs=runs, why="each run has a value of its own")
    small = y / np.max(np.abs(y))
    means = np.bincount(where, small) / counts
    within = float(np.sum((small - means[where]) ** 2))
    total = float(np.sum((small - small.mean()) ** 2))
    inner = within / (runs - groups)
    share = max(0.0, 1 - inner / (total / (runs - 1)))
    if within == 0:
        return Association("ratio", 1.0, p=0.0, runs=runs)
    f = (total - within) / (groups - 1) / inner
    return Association("ratio", math.sqrt(share), p=float(special.fdtrc(groups - 1, runs - groups, f)), runs=runs)


def _information(x: FloatArray, y: FloatArray) -> Association:
    """Mutual information of bins of equal counts over the smaller entropy, what chance alone gives taken off.

    The part of chance is (a - 1)(b - 1) / 2n nats (Miller 1955); p by the G test.
    """
    a, b = _binned(x), _binned(y)
    counts = np.zeros((int(a.max()) + 1, int(b.max()) + 1))
    np.add.at(counts, (a, b), 1)
    share = counts / len(x)
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    expected = np.outer(rows, columns)
    held = share > 0
    nats = float(np.sum(share[held] * np.log(share[held] / expected[held])))
    df = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    most = min(_entropy(rows), _entropy(columns))
    value = max(0.0, nats - df / (2 * len(x))) / most
    return Association("information", min(1.0, value), p=float(special.chdtrc(df, 2 * len(x) * nats)), runs=len(x))


def _entropy(share: FloatArray) -> float:
    held = share[share > 0]
    return float(-np.sum(held * np.log(held)))


def _binned(values: FloatArray) -> NDArray[np.intp]:
    """Places 0, 1, ... of the distinct values, or of bins of about equal counts where those are many."""
    bins = max(2, min(_BINS, round(math.sqrt(len(values) / 5))))
    distinct, where = np.unique(values, return_inverse=True)
    if len(distinct) <= bins:
        return where
    edges = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1]))
    found = np.searchsorted(edges, values, side="right")
    if np.ptp(found) == 0:  # more than half of them are the same
        found = (values > distinct[0]).astype(np.intp)
    return np.unique(found, return_inverse=True)[1]


_MEASURES: dict[Measure, Callable[[FloatArray, FloatArray], Association]] = {
    "pearson": _pearson,
    "spearman": _spearman,
    "ratio": _ratio,
    "information": _information,
    "codes": _codes,
}
