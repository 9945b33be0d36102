"""What is found of two runs, as ``mlflow_ext.rest`` describes it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from mlflow_ext.direction import Direction
from mlflow_ext.encoding import float_text
from mlflow_ext.rest import (
    DifferencePart,
    DifferenceText,
    DifferingRun,
    DifferingThing,
    Number,
    RunDifference,
    UnknownThing,
)
from mlflow_ext_server.analysis.insight.difference import Difference, Recorded
from mlflow_ext_server.analysis.insight.patch import Excerpt, excerpt, unified
from mlflow_ext_server.analysis.insight.provenance import COMMIT, DIFF, Dataset, Unknown, recorded
from mlflow_ext_server.analysis.insight.requirement import packages
from mlflow_ext_server.repositories.provenance import Origin
from mlflow_ext_server.repositories.record import RunRecord

_METRICS = 500


class Side(NamedTuple):
    """One of the two runs."""

    record: RunRecord
    origin: Origin
    datasets: Sequence[Dataset]
    requirements: str
    """None is ""."""

    def recorded(self, metric: str | None) -> Recorded:
        """What is recorded of it, with the last value of the metric."""
        value = None if metric is None else self.record.metrics.get(metric)
        return recorded(
            self.record.run_id,
            value,
            self.record.params,
            self.origin.tags,
            self.datasets,
            packages(self.requirements) or None,
            self.origin.system,
        )


def answer(
    sides: tuple[Side, Side],
    runs: tuple[Recorded, Recorded],
    found: Difference,
    metric: str | None,
    direction: Direction | None,
    shared: list[str],
    unknown: list[UnknownThing],
    history: int,
) -> RunDifference:
    """What is found of two runs, among so many others, as the route gives it."""
    same: dict[DifferencePart, list[str]] = {}
    for part, name in found.same:
        same.setdefault(part, []).append(name)
    commits = [side.origin.tags.get(COMMIT, "") for side in sides]
    if all(commits) and commits[0] != commits[1]:
        unknown.append(_between(commits[0], commits[1]))
    return RunDifference(
        a=_run(sides[0], runs[0].value),
        b=_run(sides[1], runs[1].value),
        metric=metric,
        direction=direction,
        metrics=shared[:_METRICS],
        apart=_number(found.apart),
        alike=_number(found.alike),
        alike_pairs=found.alike_pairs,
        history=history,
        sentence=_whole(found.sentence, unknown),
        things=[
            DifferingThing(**{name: _plain(getattr(one, name)) for name in DifferingThing.model_fields})
            for one in found.items
        ],
        texts=_texts(*sides),
        same=same,
        unknown=unknown,
    )


def incomplete(
    one: Side | None, other: Side | None, metric: str | None, direction: Direction | None, missing: list[str]
) -> RunDifference:
    """The answer where not both runs are here."""

    def shown(side: Side | None) -> DifferingRun | None:
        return None if side is None else _run(side, side.record.metrics.get(metric or ""))

    return RunDifference(
        a=shown(one), b=shown(other), metric=metric, direction=direction, metrics=[], apart=None, alike=None,
        alike_pairs=0, history=0, things=[], texts=[], same={}, unknown=[], missing=missing,
        sentence="One of the two runs is not here, or you may not read it: choose another.",
    )  # fmt: skip


def _number(value: float | None) -> Number | None:
    return value if value is None or math.isfinite(value) else float_text(value)


def _plain(value: Any) -> Any:
    return _number(value) if isinstance(value, float) else value


def _run(side: Side, value: float | None) -> DifferingRun:
    record = side.record
    shown = _number(value)
    return DifferingRun(
        run_id=record.run_id, alias=record.alias, name=record.name, experiment_id=record.experiment_id,
        status=record.status, stage=record.stage, start_time=record.start_time, value=shown,
    )  # fmt: skip


_KINDS = {
    "code": "code", "param": "params", "data": "datasets", "package": "packages", "hardware": "hardware", "tag": "tags",
}  # fmt: skip


def unknown_thing(one: Unknown) -> UnknownThing:
    """It with a sentence."""
    what = _KINDS[one.part] if one.name is None else one.name
    whose = {"a": "not recorded of A", "b": "not recorded of B", "both": "recorded of neither run"}[one.of]
    said = f"{what[0].upper()}{what[1:]}: {whose}, so not known to be the same."
    return UnknownThing(part=one.part, name=one.name, of=one.of, sentence=said)  # type: ignore[arg-type]


def _between(one: str, other: str) -> UnknownThing:
    said = (
        "What changed between the two commits is not recorded; in a clone this shows it: "
        f"git diff {one[:12]} {other[:12]}"
    )
    return UnknownThing(part="code", name="changes between the commits", of="both", sentence=said)


def _whole(sentence: str, unknown: Sequence[UnknownThing]) -> str:
    kinds = list(dict.fromkeys(_KINDS[one.part] for one in unknown if one.name is None))
    return f"{sentence} Not recorded of both, so not compared: {', '.join(kinds)}." if kinds else sentence


def _texts(one: Side, other: Side) -> list[DifferenceText]:
    found: list[DifferenceText] = []
    patches = (one.origin.tags.get(DIFF, ""), other.origin.tags.get(DIFF, ""))
    if patches[0] != patches[1]:
        for of, patch in (("a", patches[0]), ("b", patches[1])):
            if patch:
                found.append(_text("code", "Uncommitted changes", of, excerpt(patch)))
        if all(patches):
            between = unified(*patches, ("uncommitted changes of A", "uncommitted changes of B"))
            found.append(_text("code", "Uncommitted changes", "both", between))
    if one.requirements and other.requirements and one.requirements != other.requirements:
        between = unified(one.requirements, other.requirements, ("packages of A", "packages of B"))
        found.append(_text("package", "requirements.txt", "both", between))
    return found


def _text(part: str, name: str, of: str, shown: Excerpt) -> DifferenceText:
    return DifferenceText(part=part, name=name, of=of, lines=list(shown.lines), cut=shown.cut)  # type: ignore[arg-type]
