"""Params that move together, so that none of the measures can say which of them matters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.sweep import LEAST_FOR_CORRELATION, Parameter
from mlflow_ext_server.analysis.association import association, fitting, ranks

FloatArray = NDArray[np.float64]
STRONG = 0.6


class Together(NamedTuple):
    """Two params: Spearman's coefficient of numbers, the correlation ratio or Cramér's V where one is a category."""

    one: str
    other: str
    value: float


def together(parameters: Sequence[Parameter], least: float = STRONG) -> list[Together]:
    """Pairs of params that move together at least so strongly, the strongest first.

    Args:
        parameters: d params of the same n runs.
        least: the size of the coefficient, 0 to 1.
    """
    whole = [one for one in parameters if one.kind != "category" and np.isfinite(one.numbers).all() and one.varies]
    table = np.corrcoef([ranks(one.numbers) for one in whole]) if len(whole) > 1 else np.ones((1, 1))
    place = {one.name: at for at, one in enumerate(whole)}
    found = []
    for one, other in combinations(parameters, 2):
        if one.name in place and other.name in place:
            value = float(table[place[one.name], place[other.name]])
        else:
            value = _apart(one, other)
        if abs(value) >= least:
            found.append(Together(one.name, other.name, max(-1.0, min(1.0, value))))
    return sorted(found, key=lambda pair: -abs(pair.value))


def _apart(one: Parameter, other: Parameter) -> float:
    if one.kind == "category" and other.kind == "category":
        return cramer(one.numbers, other.numbers)
    if other.kind == "category":
        one, other = other, one
    return association(one, other.numbers, fitting(one)).value or 0.0


def cramer(one: FloatArray, other: FloatArray) -> float:
    """Cramér's V of two categories without its bias, 0 to 1 (Bergsma 2013, J. Korean Stat. Soc. 42:323).

    Args:
        one: codes, shape (n,); NaN where there is none.
        other: the same of the other.
    """
    both = np.isfinite(one) & np.isfinite(other)
    n = int(both.sum())
    if n < LEAST_FOR_CORRELATION:
        return 0.0
    a, b = (np.unique(codes[both], return_inverse=True)[1] for codes in (one, other))
    counts = np.zeros((int(a.max()) + 1, int(b.max()) + 1))
    np.add.at(counts, (a, b), 1)
    rows, columns = counts.shape
    if min(rows, columns) < 2:
        return 0.0
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
    phi = max(0.0, float(np.sum((counts - expected) ** 2 / expected)) / n - (rows - 1) * (columns - 1) / (n - 1))
    least = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1
    return min(1.0, math.sqrt(phi / least)) if least > 0 else 0.0
