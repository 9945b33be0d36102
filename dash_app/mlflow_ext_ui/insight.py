"""What the histories of the runs on screen tell, put into words and groups; and how an experiment's runs went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from mlflow_ext.rest import InsightFinding, InsightKind, InsightLevel, Insights
from mlflow_ext_ui import text
from mlflow_ext_ui.source import DataSource, Principal

MOST_JUMPS = 3
_MANY = 3
"""Runs of which the same is told, from which on it is told once."""
_VALUES = 6  # of a finding's evidence
_LEVELS: tuple[InsightLevel, ...] = ("serious", "warning", "note")
_KINDS: dict[InsightKind, tuple[str, str]] = {
    "nonfinite": ("NaN or infinite", "have NaN or infinite values of"),
    "divergence": ("Divergence", "diverged in"),
    "overfitting": ("Overfitting", "overfit by"),
    "silent": ("Gone silent", "have gone silent"),
    "stalled": ("No learning", "do not get better in"),
    "idle": ("Idle hardware", "left hardware idle"),
    "spike": ("Spike", "have spikes in"),
    "outlier": ("Stands out", "stand out in"),
    "slow": ("Slow learning", "learn slowly in"),
    "plateau": ("Plateau", "reached a plateau in"),
    "improving": ("Still improving", "were still getting better in"),
}
"""What each kind is called, and what is said of many runs; the gravest of a level first."""
_ORDER = list(_KINDS)
_OF_THE_RUN = ("silent", "idle")
"""Kinds that are about the run, whichever metric showed it."""


class InsightRequest(BaseModel):
    """Which runs the browser asks about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    runs: tuple[str, ...] = Field(max_length=1000)


class TrendRequest(BaseModel):
    """Which experiment the browser asks about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    experiment: str = Field(max_length=100)


def insight_answer(source: DataSource, principal: Principal, request: InsightRequest) -> dict[str, Any]:
    """The findings in words, worst first, and ``groups`` of places among them; ``left``: runs to ask for again."""
    found = source.insights(principal, request.runs)
    ordered = sorted(found.findings, key=_rank)
    return {
        "findings": [_words(one) for one in ordered],
        "groups": grouped(ordered),
        "looked": len(found.runs),
        "left": len(found.left_out),
        "omitted": _omitted(found),
    }


def _rank(one: InsightFinding) -> tuple[int, int, int]:
    return _LEVELS.index(one.level), _ORDER.index(one.kind), -(one.saved or 0)


def _words(one: InsightFinding) -> dict[str, Any]:
    evidence = one.evidence
    pairs = zip(evidence.steps, evidence.values, strict=True)
    return {
        "run": one.run_id,
        "kind": one.kind,
        "name": _KINDS[one.kind][0],
        "level": one.level,
        "metric": one.metrics[-1] if one.metrics else None,
        "step": one.start,
        "end": one.end,
        "time": one.time,
        "sentence": one.sentence,
        "advice": one.advice,
        "rule": evidence.rule,
        "measured": f"{_number(evidence.measured)} against {_number(evidence.threshold)} ({evidence.unit})",
        "values": [[text.count(step), _number(value)] for step, value in pairs][:_VALUES],
        "saved": None if not one.saved else text.duration(one.saved / 1000),
    }


def _number(value: float | str) -> str:
    return text.number(float(value))


def grouped(ordered: Sequence[InsightFinding]) -> list[dict[str, Any]]:
    """Findings as told: those of one kind and metric once from 3 runs on, the others each by itself.

    Returns:
        In order, ``level``, ``places`` among the findings, and ``title`` where there are many.
    """
    alike: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for place, one in enumerate(ordered):
        alike[one.level, one.kind, "" if one.kind in _OF_THE_RUN else one.metrics[-1]].append(place)
    found = []
    for (level, kind, metric), places in alike.items():
        runs = len({ordered[place].run_id for place in places})
        if runs < _MANY:
            found += [{"level": level, "title": None, "places": [place]} for place in places]
        else:
            title = f"{text.plural(runs, 'run')} {_KINDS[kind][1]} {metric}".rstrip()  # type: ignore[index]
            found.append({"level": level, "title": title, "places": places})
    return sorted(found, key=lambda group: group["places"][0])


def _omitted(found: Insights) -> str:
    """What was not looked at, or is not told; empty where nothing is."""
    parts = []
    if found.unread:
        named = found.unread[0]
        parts.append(
            f"{text.plural(len(found.unread), 'history', 'histories')} too long to be looked at, "
            f"such as {named.metric} with {text.count(named.points)} points."
        )
    if found.untold:
        parts.append(f"{text.plural(found.untold, 'lesser finding')} not shown.")
    return " ".join(parts)


def trend_answer(source: DataSource, principal: Principal, request: TrendRequest) -> dict[str, Any]:
    """The trend of an experiment as sentences: ``sentence`` None where there is nothing to tell."""
    found = source.trend(principal, request.experiment)
    if found is None or found.metric is None or not found.runs:
        return {"metric": found.metric if found else None, "sentence": None, "jumps": [], "more": 0}
    jumps = found.jumps or ([found.shift] if found.shift else [])
    return {
        "metric": found.metric,
        "sentence": found.sentence,
        "jumps": [
            {"run": one.run_id, "better": one.better, "sentence": one.sentence}
            for one in sorted(jumps[:MOST_JUMPS], key=lambda one: one.place)
        ],
        "more": max(0, len(jumps) - MOST_JUMPS),
    }
