"""One thing that a history of metrics tells."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal[
    "nonfinite",
    "divergence",
    "spike",
    "plateau",
    "overfitting",
    "stalled",
    "slow",
    "improving",
    "idle",
    "silent",
    "outlier",
]
Level = Literal["note", "warning", "serious"]
LEVELS: tuple[Level, ...] = ("serious", "warning", "note")


class Evidence(NamedTuple):
    """What a finding rests on.

    ``rule``: in one sentence; ``measured`` is what the rule compares with ``threshold``, both in ``unit``; ``values``:
    steps and values as logged that show it.
    """

    rule: str
    measured: float
    threshold: float
    unit: str
    values: tuple[tuple[int, float], ...] = ()


class Finding(NamedTuple):
    """What was found in one run.

    ``start`` and ``end``: steps, None where it has no step or lasts to the end; ``sentence``: what happened;
    ``advice``: what to look at; ``saved``: milliseconds that stopping at ``start``, or where numbers ended for good,
    would have saved, None where that is not meant.
    """

    kind: Kind
    level: Level
    run: str
    metrics: tuple[str, ...]
    start: int | None
    end: int | None
    evidence: Evidence
    sentence: str
    advice: str
    saved: int | None = None
