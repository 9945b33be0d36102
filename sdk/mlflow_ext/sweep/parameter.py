"""What the values of one parameter are over many runs: a number, one on a log scale, yes or no, or a category."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Kind = Literal["number", "log", "boolean", "category"]

_BLANK = frozenset({"", "none", "null", "nan", "n/a", "na"})
_BOOLEAN = {"false": 0.0, "true": 1.0}
_NAME = re.compile(r"\s*[+-]?0\d")
_LEAST_RATIO = 8.0  # 16, 32, 64, 128 are steps of a factor


class Parameter(NamedTuple):
    """One parameter over n runs.

    ``texts``: as logged, None for a run that lacks it. ``numbers``, shape (n,): the value of a number, 0 or 1 of a
    boolean, the place in ``levels`` of a category; NaN where the run lacks it or has none (None, null, NaN, nothing)
    among numbers. ``levels``: the names that a boolean or category takes, most frequent first for a category.
    ``whole``: all numbers are whole. ``missing``: runs that lack it; ``blank``: runs that state none.
    """

    name: str
    kind: Kind
    texts: tuple[str | None, ...]
    numbers: FloatArray
    levels: tuple[str, ...]
    whole: bool
    missing: int
    blank: int
    distinct: int

    @property
    def varies(self) -> bool:
        """Whether two runs have different values; 1e-3 and 0.001 are the same."""
        return self.distinct > 1

    @property
    def numeric(self) -> bool:
        """Whether its values have an order and distances."""
        return self.kind in ("number", "log")


def parameter(name: str, texts: Sequence[str | None]) -> Parameter:
    """The parameter that these values are.

    Texts such as "1e-3" are numbers; "True" and "false" a boolean when there is nothing else; numbers among which some
    are none ("None", "null", "nan", "") stay numbers, those runs ``blank``; all else is a category.

    Args:
        name: what it is called.
        texts: as logged, one per run; None where the run lacks it.
    """
    held = tuple(texts)
    present = [text for text in held if text is not None]
    missing = len(held) - len(present)
    stated = [text for text in present if not _blank(text)]
    read = [number(text) for text in stated]
    if stated and all(value is not None for value in read):
        return _numeric(name, held, missing)
    if stated and len(stated) == len(present) and all(text.strip().lower() in _BOOLEAN for text in stated):
        values = [math.nan if text is None else _BOOLEAN[text.strip().lower()] for text in held]
        found = np.asarray(values, dtype=np.float64)
        return Parameter(name, "boolean", held, found, _spelling(present), True, missing, 0, _distinct(found))
    return _category(name, held, missing)


def _spelling(texts: Sequence[str]) -> tuple[str, str]:
    """No and yes of a boolean as its runs mostly write them."""
    counted = Counter(texts)
    no, yes = (
        min((text for text in counted if text.strip().lower() == word), default=None, key=lambda t: (-counted[t], t))
        for word in _BOOLEAN
    )
    low = (no or yes or "").islower()
    return no or ("false" if low else "False"), yes or ("true" if low else "True")


def number(text: str) -> float | None:
    """The finite number that a text is; None for any other.

    ``1_000`` and ``007`` are none, though Python reads them as such: what is written so is a name.
    """
    if "_" in text or _NAME.match(text):
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def on_log_scale(values: FloatArray) -> bool:
    """Whether positive numbers lie more evenly by factors than by differences.

    Their largest is at least 8 times the smallest, and the logarithms of the distinct values are nearer to even steps
    than the values are (largest distance from them, as in the Kolmogorov-Smirnov statistic).

    Args:
        values: finite, shape (n,).
    """
    distinct = np.unique(values)
    if len(distinct) < 2 or distinct[0] <= 0 or distinct[-1] / _LEAST_RATIO < distinct[0]:
        return False
    return _unevenness(np.log(distinct)) < _unevenness(distinct) or len(distinct) == 2


def _unevenness(ascending: FloatArray) -> float:
    at = (ascending - ascending[0]) / (ascending[-1] - ascending[0])
    return float(np.max(np.abs(at - np.linspace(0.0, 1.0, len(at)))))


def _numeric(name: str, held: tuple[str | None, ...], missing: int) -> Parameter:
    values = [None if text is None else number(text) for text in held]
    found = np.array([math.nan if value is None else value for value in values], dtype=np.float64)
    finite = found[np.isfinite(found)]
    blank = len(held) - missing - len(finite)
    kind: Kind = "log" if on_log_scale(finite) else "number"
    whole = bool(np.all(finite == np.round(finite)))
    return Parameter(name, kind, held, found, (), whole, missing, blank, _distinct(found) + (blank > 0))


def _category(name: str, held: tuple[str | None, ...], missing: int) -> Parameter:
    counted = Counter(text for text in held if text is not None)
    levels = tuple(sorted(counted, key=lambda level: (-counted[level], level)))
    place = {level: float(i) for i, level in enumerate(levels)}
    found = np.array([math.nan if text is None else place[text] for text in held], dtype=np.float64)
    return Parameter(name, "category", held, found, levels, False, missing, 0, len(levels))


def _distinct(values: FloatArray) -> int:
    return len(np.unique(values[np.isfinite(values)]))


def _blank(text: str) -> bool:
    return text.strip().lower() in _BLANK
