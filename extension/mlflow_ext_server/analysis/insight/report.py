"""All that a run's histories tell, the gravest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mlflow_ext.direction import Direction, better
from mlflow_ext_server.analysis.insight.accelerator import idle
from mlflow_ext_server.analysis.insight.curve import Curve
from mlflow_ext_server.analysis.insight.divergence import divergence
from mlflow_ext_server.analysis.insight.finding import LEVELS, Finding
from mlflow_ext_server.analysis.insight.nonfinite import nonfinite
from mlflow_ext_server.analysis.insight.overfitting import overfitting
from mlflow_ext_server.analysis.insight.pace import pace
from mlflow_ext_server.analysis.insight.pair import pairs
from mlflow_ext_server.analysis.insight.plateau import plateau
from mlflow_ext_server.analysis.insight.silence import silent
from mlflow_ext_server.analysis.insight.spike import spikes

_SYSTEM = "system/"


class RunFact(NamedTuple):
    """What is known of a run besides its metrics; times in ms since 1970, None where not known."""

    run: str = ""
    status: str = "FINISHED"
    started_ms: int | None = None
    ended_ms: int | None = None


def findings(
    curves: Sequence[Curve],
    fact: RunFact,
    now_ms: int,
    directions: Mapping[str, Direction | None] | None = None,
) -> list[Finding]:
    """Every finding of one run, the gravest first, those of a level in order of step.

    Of one metric only what explains most is told: overfitting before divergence before plateau before pace.

    Args:
        curves: one per metric.
        fact: of the run.
        now_ms: the time now, for runs that have gone silent.
        directions: which way metrics are better, by name; those not given as their name tells.
    """
    known = {one.name: (directions or {}).get(one.name, better(one.name)) for one in curves}
    by_name = {one.name: one for one in curves}
    ended = fact.status != "RUNNING"
    found = [*silent(curves, fact.status, fact.started_ms, now_ms, fact.run), *idle(by_name, fact.run)]
    over: set[str] = set()
    for train, held_out in pairs(by_name):
        way = known[train] or known[held_out]
        gap = overfitting(by_name[train], by_name[held_out], way, fact.run)
        over.update(one.metrics[1] for one in gap)
        found += gap
    for one in curves:
        if not one.name.startswith(_SYSTEM) and len(one.values):
            found += of_metric(one, known[one.name], fact.run, ended=ended, overfits=one.name in over)
    return sorted(found, key=lambda each: (LEVELS.index(each.level), -1 if each.start is None else each.start))


def of_metric(
    one: Curve, direction: Direction | None, run: str = "", *, ended: bool = True, overfits: bool = False
) -> list[Finding]:
    """What one curve tells by itself; of spikes only such as come before it diverges."""
    broken = nonfinite(one, direction, run)
    if overfits:
        return broken + spikes(one, direction, run)
    if away := divergence(one, direction, run):
        return [*broken, *spikes(_until(one, away[0].start), direction, run), *away]
    course = plateau(one, direction, run) or pace(one, direction, run, ended=ended)
    return [*broken, *spikes(one, direction, run), *course]


def _until(one: Curve, step: int | None) -> Curve:
    at = len(one.steps) if step is None else int(np.searchsorted(one.steps, step))
    return Curve(one.name, one.steps[:at], one.values[:at], one.times[:at])
