"""Steps at which a plot was logged again and again: which to show, which to keep, and how an address names them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, get_args

Over = Literal["ridge", "heatmap"]

MOST_SAID = 100
_STEP = re.compile(r"-?\d{1,19}")
_LEAST, _GREATEST = -(2**63), 2**63 - 1


def nearest(steps: Sequence[int], at: int) -> int:
    """The place of the nearest step at or below ``at``, of the first where all lie above it.

    Args:
        steps: one or more, ascending.
        at: the step wished for.
    """
    return max(bisect_right(steps, at) - 1, 0)


def thinned(count: int, most: int) -> list[int]:
    """Which of ``count`` places to keep: ``most`` of them at equal distances, the first and the last among them.

    Args:
        count: 0 or more.
        most: 2 or more.
    """
    if count <= most:
        return list(range(count))
    return [(i * (count - 1) + (most - 1) // 2) // (most - 1) for i in range(most)]


def union(steps: Mapping[str, Iterable[int | None]]) -> list[int]:
    """All steps of all runs, each once, ascending; versions without a step stand at none."""
    return sorted({step for held in steps.values() for step in held if step is not None})


def said_steps(values: Sequence[str]) -> tuple[str, ...]:
    """The entries ``<card key>~<step>`` that can be meant, the last of each card, 100 at most.

    An entry without a key moves all cards; one without a step is the latest, which only such an entry needs to say.
    """
    return _last(value for value in values if _is_step(*_parted(value)))


def said_over(values: Sequence[str]) -> tuple[str, ...]:
    """The entries ``<card key>~<ridge or heatmap>`` that can be meant, the last of each card, 100 at most."""
    return _last(value for value in values if _parted(value)[0] and _parted(value)[1] in get_args(Over))


def _parted(value: str) -> tuple[str, str]:
    key, _, word = value.rpartition("~")
    return key, word


def _is_step(key: str, word: str) -> bool:
    return (not word and not key) or (bool(_STEP.fullmatch(word)) and _LEAST <= int(word) <= _GREATEST)


def _last(values: Iterable[str]) -> tuple[str, ...]:
    found = {_parted(value)[0]: value for value in values if "~" in value}
    return tuple(list(found.values())[:MOST_SAID])
