"""Parts of axes as the address writes them: ``100~2000``, or with what they are of, ``m:loss~0~1``."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

SEPARATOR = "~"
MOST_UNITS = 8
MOST_CARDS = 100
_LONGEST = 500
_FARTHEST = 1e300
_SHORTEST = 1e-200  # of less plotly makes no axis: pixels by value are beyond what a number holds

Ends = tuple[float | None, float | None]


def number_text(value: float | None) -> str:
    """A number in the fewest characters that 15 digits take; empty for an open end."""
    if value is None:
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"


def unit_ranges(texts: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Range of x by unit, from ``100~2000`` (steps, or the time that the x axis shows) and ``1~9~epoch``."""
    found = {}
    for text in texts:
        low, _, rest = text.partition(SEPARATOR)
        high, _, unit = rest.partition(SEPARATOR)
        ends = _ends(low, high)
        if ends is not None and None not in ends and len(unit) <= _LONGEST:
            found[unit] = (float(ends[0] or 0.0), float(ends[1] or 0.0))
    return found


def card_ranges(texts: Sequence[str]) -> dict[str, Ends]:
    """Range by card, from ``m:loss~0~1``; either end may be empty, but not both."""
    found = {}
    for text in texts:
        key, *rest = text.rsplit(SEPARATOR, 2)
        ends = _ends(*rest) if len(rest) == 2 and 0 < len(key) <= _LONGEST else None
        if ends is not None:
            found[key] = ends
    return found


def unit_texts(texts: Sequence[str]) -> tuple[str, ...]:
    """What of an address is a range of x, in its own spelling: each unit once, the last that it names, 8 at most."""
    return tuple(
        SEPARATOR.join([number_text(low), number_text(high), *([unit] if unit else [])])
        for unit, (low, high) in list(unit_ranges(texts).items())[:MOST_UNITS]
    )


def card_texts(texts: Sequence[str]) -> tuple[str, ...]:
    """What of an address is a range of a card, in its own spelling: each card once, 100 at most."""
    return _cards(texts, lambda ends: True)


def closed_texts(texts: Sequence[str]) -> tuple[str, ...]:
    """As ``card_texts``, those alone that have both ends."""
    return _cards(texts, lambda ends: None not in ends)


def _cards(texts: Sequence[str], keep: Callable[[Ends], bool]) -> tuple[str, ...]:
    kept = [(key, ends) for key, ends in card_ranges(texts).items() if keep(ends)][:MOST_CARDS]
    return tuple(SEPARATOR.join([key, *map(number_text, ends)]) for key, ends in kept)


def _ends(low: str, high: str) -> Ends | None:
    try:
        ends = tuple(float(text) if text else None for text in (low, high))
    except ValueError:
        return None
    known = [end for end in ends if end is not None]
    if not known or not all(math.isfinite(end) and abs(end) <= _FARTHEST for end in known):
        return None
    return (ends[0], ends[1]) if len(known) == 1 or known[1] - known[0] >= _SHORTEST else None
