"""What the histories of the runs on screen tell, put into words and groups; and how an experiment's runs went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from mlflow_ext.rest import InsightFinding, InsightKind, InsightLevel, Insights
from mlflow_ext_ui import text
from mlflow_ext_ui.listing import first
from mlflow_ext_ui.source import DataSource, Principal
from mlflow_ext_ui.state import ViewState

MOST_JUMPS = 3
MOST_RUNS = 1000
"""Runs that are looked at together."""
_MOST = 1000
"""Findings that are told at once."""
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
    """Which runs the browser asks about: those named, or the list of an experiment as the address has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    runs: tuple[str, ...] = Field(default=(), max_length=MOST_RUNS)
    experiment: str | None = Field(default=None, max_length=100)
    search: str = Field(default="", max_length=60_000)


class TrendRequest(BaseModel):
    """Which experiment the browser asks about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    experiment: str = Field(max_length=100)


def insight_answer(source: DataSource, principal: Principal, request: InsightRequest) -> dict[str, Any]:
    """The findings in words, worst first, and ``groups`` of places among them; ``left``: runs to ask for again.

    Of a list: ``names`` of the runs told of, and ``total``, of which the first thousand are looked at.
    """
    names, total, asked = _asked(source, principal, request)
    found = source.insights(principal, asked)
    ordered = sorted(found.findings, key=_rank)
    told = ordered[:_MOST]
    return {
        "findings": [_words(one) for one in told],
        "groups": grouped(told),
        "names": {one.run_id: names[one.run_id] for one in told if one.run_id in names},
        "looked": len(found.runs),
        "total": total,
        "left": len(found.left_out),
        "omitted": _omitted(found, len(ordered) - len(told)),
    }


def _asked(
    source: DataSource, principal: Principal, request: InsightRequest
) -> tuple[dict[str, str], int, tuple[str, ...]]:
    """The names of listed runs, how many there are, and which of them to look at."""
    if request.experiment is None:
        return {}, len(request.runs), request.runs
    page = first(source, principal, request.experiment, ViewState.parse("plots", request.search), MOST_RUNS)
    return {run.id: run.name for run in page.runs}, page.total, tuple(run.id for run in page.runs)


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
        In order, ``level``, ``places`` among the findings, and ``title`` where there are many: of that many runs, or
        of the one ``run`` in several metrics.
    """
    alike: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for place, one in enumerate(ordered):
        alike[one.level, one.kind, "" if one.kind in _OF_THE_RUN else one.metrics[-1]].append(place)
    found: list[dict[str, Any]] = []
    single: list[int] = []
    for (level, kind, metric), places in alike.items():
        runs = len({ordered[place].run_id for place in places})
        if runs < _MANY:
            single += places
        else:
            title = f"{text.plural(runs, 'run')} {_KINDS[kind][1]} {metric}".rstrip()  # type: ignore[index]
            found.append({"level": level, "title": title, "run": None, "places": places})
    return sorted([*found, *_of_a_run(ordered, sorted(single))], key=lambda group: group["places"][0])


def _of_a_run(ordered: Sequence[InsightFinding], places: Sequence[int]) -> list[dict[str, Any]]:
    """Findings of one kind in several metrics of a run are told together."""
    alike: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for place in places:
        one = ordered[place]
        alike[one.level, one.kind, one.run_id].append(place)
    made: list[dict[str, Any]] = []
    for (level, kind, run), mine in alike.items():
        metrics = list(dict.fromkeys(ordered[place].metrics[-1] for place in mine if ordered[place].metrics))
        if len(metrics) > 1:
            title = f"{_KINDS[kind][0]} in {text.plural(len(metrics), 'metric')}"  # type: ignore[index]
            made.append({"level": level, "title": title, "run": run, "places": mine})
        else:
            made += [{"level": level, "title": None, "run": None, "places": [place]} for place in mine]
    return made


def _omitted(found: Insights, cut: int) -> str:
    """What was not looked at, or is not told; empty where nothing is."""
    parts = []
    if found.unread:
        named = found.unread[0]
        parts.append(
            f"{text.plural(len(found.unread), 'history', 'histories')} too long to be looked at, "
            f"such as {named.metric} with {text.count(named.points)} points."
        )
    if found.untold + cut:
        parts.append(f"{text.plural(found.untold + cut, 'lesser finding')} not shown.")
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
