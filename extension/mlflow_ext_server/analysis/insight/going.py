"""How a target goes with one thing over all runs, other things not held equal: what is left where no pairs match."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from mlflow_ext.sweep import number as read
from mlflow_ext_server.analysis.insight.word import number
from mlflow_ext_ui.text import signed

LEAST = 10
"""Runs with a number, and runs of both texts together, below which nothing is told."""
_LEAST_SIDE = 3
P = 0.05


class Going(NamedTuple):
    """``step``: which way the target goes from the first run's value to the second's, and how clearly; 0 to 1 in size.

    Spearman's coefficient of numbers, of two texts the rank-biserial correlation (Kerby 2014). ``p`` is the
    probability of so much by chance.
    """

    step: float
    p: float
    sentence: str


def going(
    one: str | None, other: str | None, texts: Sequence[str | None], values: np.ndarray, metric: str, tests: int
) -> Going | None:
    """What other runs tell of a param that differs between two; None where chance gives as much, or they are few.

    Args:
        one: the text of the first run.
        other: that of the second.
        texts: of n other runs.
        values: shape (n,), finite, their target.
        metric: what the sentence calls it.
        tests: how many things are looked at (Bonferroni).
    """
    if one is None or other is None:
        return None
    first, second = read(one), read(other)
    if first is not None and second is not None and first != second:
        numbers = [
            (found, value) for text, value in zip(texts, values, strict=True) if (found := _read(text)) is not None
        ]
        return _numbers(numbers, second > first, metric, tests)
    return _texts(one, other, texts, values, metric, tests)


def _read(text: str | None) -> float | None:
    return None if text is None else read(text)


def _numbers(held: Sequence[tuple[float, float]], up: bool, metric: str, tests: int) -> Going | None:
    x, y = np.array(held, dtype=np.float64).reshape(-1, 2).T
    if len(x) < LEAST or not np.ptp(x) > 0 or not np.ptp(y) > 0:
        return None
    found = stats.spearmanr(x, y)
    rho, p = float(found.statistic), min(1.0, float(found.pvalue) * tests)
    if p > P:
        return None
    way = "up" if rho > 0 else "down"
    sentence = (
        f"Among {len(x)} other runs {metric} goes {way} with it (Spearman {number(rho)}, {_sure(p)}), whatever else"
        " differs."
    )
    return Going(rho if up else -rho, p, sentence)


def _texts(
    one: str, other: str, texts: Sequence[str | None], values: np.ndarray, metric: str, tests: int
) -> Going | None:
    said = np.array([text or "" for text in texts], dtype=object)
    left, right = values[said == one], values[said == other]
    if min(len(left), len(right)) < _LEAST_SIDE or len(left) + len(right) < LEAST:
        return None
    found = stats.mannwhitneyu(right, left)
    p = min(1.0, float(found.pvalue) * tests)
    if p > P:
        return None
    step = 2 * float(found.statistic) / (len(left) * len(right)) - 1
    apart = float(np.median(right) - np.median(left))
    sentence = (
        f"Among other runs {metric} is {signed(apart)} apart at the median between the {len(right)} with {other} and"
        f" the {len(left)} with {one} ({_sure(p)}), whatever else differs."
    )
    return Going(step, p, sentence)


def _sure(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"
