"""Answers on sweeps from runs as a source has them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from mlflow_ext.direction import Direction, better, undecided
from mlflow_ext.errors import ValidationError
from mlflow_ext.rest import (
    Aggregation,
    DependenceAnswer,
    DependenceRequest,
    ImportanceJob,
    SuggestionAnswer,
    SuggestionRequest,
    SweepAnswer,
    SweepQuery,
    SweepRequest,
    SweepTarget,
)
from mlflow_ext.store_format import COMMAND_TAG
from mlflow_ext.sweep import NoSweep, Outcome, Parameter, Space, Suggestions, Target, parameter, suggestions, sweep
from mlflow_ext.sweep.command import of_source
from mlflow_ext_server.analysis.association import FloatArray
from mlflow_ext_server.analysis.dependence import Dependence, dependence
from mlflow_ext_server.analysis.front import front
from mlflow_ext_server.analysis.importance import LEAST_RUNS, RESAMPLES, Importance, Method, importance
from mlflow_ext_server.analysis.library import load
from mlflow_ext_server.analysis.report import MOST_PARAMS, SweepReport, strongest, sweep_report
from mlflow_ext_server.repositories.cache import SizedCache
from mlflow_ext_server.repositories.primary_metric import preferred
from mlflow_ext_server.sweep import answer
from mlflow_ext_server.sweep.job import Dropped, Job, Jobs, Progress
from mlflow_ext_ui.column import Column, parse_columns
from mlflow_ext_ui.source import Principal, Run, Summary

_Found = dict[Method, Importance]
_MANY = 300  # runs, above which a resample costs tenths of a second
_FEWER = 20
_KEPT_CELLS = 200_000  # params times runs of reports that are kept while importance is asked for again and again
_COLUMNS = (f"tags.{COMMAND_TAG}", "tags.mlflow.source.name")
MOST_CELLS = 500_000  # params of all runs together
_CELLS = 40_000  # runs x params that suggestions rest on: some 10 s
_LEAST_SUGGESTED = 20
_MOST_WEIGHED = 60
"""Params whose importance is worked out: of more those that go most strongly with the target."""


class SweepFacts(Protocol):
    """What is asked of a source."""

    def params(self, principal: Principal, run_ids: Sequence[str]) -> dict[str, dict[str, str]]:
        """See ``DataSource.params``."""
        ...

    def summaries(
        self,
        principal: Principal,
        run_ids: Sequence[str],
        keys: Collection[str] | None = None,
        *,
        history: bool = True,
        directions: Mapping[str, Direction] | None = None,
    ) -> tuple[Summary, ...]:
        """See ``DataSource.summaries``."""
        ...

    def runs_by_id(
        self, principal: Principal, run_ids: Sequence[str], *, columns: Sequence[Column] = ()
    ) -> tuple[Run, ...]:
        """See ``DataSource.runs_by_id``."""
        ...


class _Asked(NamedTuple):
    """What is stored: params of the runs in the order asked, metrics by key and run, the targets and their ways."""

    params: dict[str, dict[str, str]]
    metrics: dict[str, dict[str, float]]
    targets: tuple[str, ...]
    ways: tuple[Direction | None, ...]
    missing: list[str]

    @property
    def way(self) -> Direction | None:
        """Which values of the target are good."""
        return self.ways[0] if self.ways else None

    @property
    def used(self) -> tuple[list[str], list[str]]:
        """Runs that have a finite value of the target, and those that have none."""
        has = self.metrics.get(self.targets[0], {}) if self.targets else {}
        finite = {run for run in self.params if math.isfinite(has.get(run, math.nan))}
        return [run for run in self.params if run in finite], [run for run in self.params if run not in finite]


class SweepReader:
    """Reads runs and says what they tell as a sweep; importance is worked out beside and kept for the same data."""

    def __init__(self, facts: SweepFacts) -> None:
        self._facts = facts
        self._jobs: Jobs[_Found] = Jobs(load)
        self._reports: SizedCache[str, SweepReport | NoSweep] = SizedCache(_KEPT_CELLS)
        self._surfaces: Jobs[Dependence] = Jobs(load)
        self._suggestions: Jobs[Suggestions] = Jobs(load)

    def sweep(self, principal: Principal, request: SweepRequest) -> SweepAnswer:
        """See ``DataSource.sweep``."""
        asked = self._asked(principal, request)
        target = asked.targets[0] if asked.targets else None
        report = self._report(asked, request.params)
        if isinstance(report, NoSweep):
            return _none(report, target, request.aggregation, asked)
        job = self._importance(report, asked.way, request.wait)
        return _whole(report, asked, request.aggregation, job)

    def dependence(self, principal: Principal, request: DependenceRequest) -> DependenceAnswer:
        """See ``DataSource.dependence``."""
        asked = self._asked(principal, request)
        report = self._report(asked, request.params, request.of)
        if not isinstance(report, NoSweep) and len(report.values) < LEAST_RUNS:
            sentence = f"{len(report.values)} runs: this needs at least {LEAST_RUNS}."
            report = NoSweep("few", sentence, tuple(one.name for one in report.sweep.varying if not one.missing))
        if isinstance(report, NoSweep):
            target = asked.targets[0] if asked.targets else None
            return answer.independent(report, target, asked.used[0], asked.missing)
        varying, values = report.sweep.varying, report.values
        names = [one.name for one in varying]
        for name in request.of:
            if name not in names:
                raise ValidationError(
                    f"of: {name!r} does not vary among these runs; these do: {', '.join(names[:10])}.", field="of"
                )
        places = [names.index(name) for name in dict.fromkeys(request.of)]
        key = _key([[one.name, one.texts] for one in varying], values.tolist(), places)
        job = self._surfaces.ask(key, lambda told: dependence(varying, values, places))
        return answer.dependent(job.outcome(), report.target, list(report.sweep.runs), asked.missing)

    def suggestions(self, principal: Principal, request: SuggestionRequest) -> SuggestionAnswer:
        """See ``DataSource.suggestions``."""
        asked = self._asked(principal, request)
        targets = []
        for key, way in zip(asked.targets, asked.ways, strict=True):
            if way is None:
                raise ValidationError(
                    undecided(key, "direction=lower or direction=higher", "direction"), field="direction"
                )
            targets.append(Target(key, way))
        if not targets:
            why = "None of these runs has a metric to go by." if asked.params else "None of these runs can be read."
            nothing = Suggestions((), Space(params={}), (), (why,))
            return answer.suggested(nothing, [], asked.missing)
        only, notes = _suggestible(asked, request)
        outcomes = self._outcomes(principal, asked, only)
        tested = len(outcomes) <= _MANY
        job = self._suggestions.ask(
            _key(outcomes, targets, request.n, request.space),
            lambda told: suggestions(outcomes, targets, request.n, request.space or None, tested=tested),
        )
        found = answer.suggested(job.outcome(), [one.run_id for one in outcomes], asked.missing)
        return found.model_copy(update={"notes": [*notes, *found.notes]})

    def _asked(self, principal: Principal, query: SweepQuery) -> _Asked:
        ids = sorted(set(query.ids))  # what is drawn at random, and what is kept, is by the runs, not their order
        params = self._facts.params(principal, ids)
        if query.params:
            wanted = set(query.params)
            params = {run: {name: mine[name] for name in mine if name in wanted} for run, mine in params.items()}
        _check_size(params)
        lasts: dict[str, dict[str, float]] = {}
        for one in self._facts.summaries(principal, list(params), history=False):
            if not one.key.startswith("system/"):
                lasts.setdefault(one.key, {})[one.run_id] = one.last
        targets = tuple(dict.fromkeys([*(_first(query, lasts)), *query.also]))
        ways = tuple(query.direction if at == 0 and query.direction else better(key) for at, key in enumerate(targets))
        if query.aggregation != "last" and targets:
            found = self._facts.summaries(principal, list(params), set(targets))
            said = dict(zip(targets, ways, strict=True))
            lasts |= {key: {} for key in targets}
            for one in found:
                value = _value(one, query.aggregation, said[one.key])
                if value is not None:
                    lasts[one.key][one.run_id] = value
        missing = [one for one in dict.fromkeys(query.ids) if one not in params]
        return _Asked(params, lasts, targets, ways, missing)

    def _report(self, asked: _Asked, only: Sequence[str], keep: Sequence[str] = ()) -> SweepReport | NoSweep:
        if not asked.targets:
            sentence = "None of these runs has a metric: log one with mlflow.log_metric or ext.log."
            return NoSweep("few", sentence, ())
        chosen = frozenset(only) or None
        metrics = dict(sorted(asked.metrics.items(), key=lambda item: -len(item[1]))[: answer.LISTED_METRICS])
        metrics |= {key: asked.metrics.get(key, {}) for key in asked.targets}
        target, way = asked.targets[0], asked.way

        def made() -> tuple[SweepReport | NoSweep, int]:
            found = sweep_report(asked.params, metrics, target, way, chosen, keep)
            return found, sum(map(len, asked.params.values()))

        return self._reports.get_or(_key(asked.params, metrics, target, way, sorted(chosen or ()), list(keep)), made)

    def _importance(self, report: SweepReport, way: Direction | None, wait: float) -> ImportanceJob:
        if len(report.values) < LEAST_RUNS:
            return answer.impossible(f"Importance needs at least {LEAST_RUNS} runs.")
        if not np.ptp(report.values) > 0:
            return answer.impossible("The target is the same in all runs: no param can matter to it.")
        weighed, values = _in_order(strongest(report.sweep.varying, report.values, _MOST_WEIGHED), report.values)
        resamples = RESAMPLES if len(report.values) <= _MANY else _FEWER

        def work(told: Progress) -> _Found:
            return importance(weighed, values, way or "higher", resamples=resamples, told=told)

        key = _key([[one.name, one.texts] for one in weighed], values.tolist(), way)
        job: Job[_Found] | None = self._jobs.ask(key, work) if wait else self._jobs.known(key)
        if job is None:
            return ImportanceJob(state="waiting", of=resamples)
        job.wait(wait)
        if job.error is not None and not isinstance(job.error, Dropped):
            raise job.error
        if job.result is None:
            return ImportanceJob(state="running" if job.begun else "waiting", done=job.done, of=job.of or resamples)
        found = answer.methods(job.result, weighed)
        return ImportanceJob(state="done", done=resamples, of=resamples, methods=found)

    def _outcomes(self, principal: Principal, asked: _Asked, only: Sequence[str]) -> list[Outcome]:
        made = []
        for run in self._facts.runs_by_id(principal, list(asked.params), columns=parse_columns(_COLUMNS)):
            said = [one if isinstance(one, str) else None for one in (*run.values, None, None)]
            mine = asked.params[run.id]
            params = {name: mine[name] for name in only if name in mine} if only else mine
            values = tuple(asked.metrics.get(key, {}).get(run.id) for key in asked.targets)
            made.append(Outcome(run.id, params, values, run.status, said[0] or of_source(said[1] or "")))
        return made


def _first(query: SweepQuery, lasts: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The target asked for, else the one that runs are listed by."""
    found = query.target or preferred([(key, len(held)) for key, held in sorted(lasts.items())])
    return [] if found is None else [found]


def _value(one: Summary, aggregation: Aggregation, way: Direction | None) -> float | None:
    if aggregation == "mean":
        return one.mean
    low = aggregation == "min" or (aggregation == "best" and way == "lower")
    if aggregation == "best" and way is None:
        return one.last
    return one.low if low else one.high


def _in_order(params: Sequence[Parameter], values: FloatArray) -> tuple[tuple[Parameter, ...], FloatArray]:
    """The same runs in an order that their content alone decides, as it decides what is drawn from them."""
    rows = list(zip(*(one.texts for one in params), values.tolist(), strict=True))
    order = sorted(range(len(rows)), key=lambda at: [str(cell) for cell in rows[at]])
    return tuple(parameter(one.name, [one.texts[at] for at in order]) for one in params), values[order]


def _check_size(params: Mapping[str, Mapping[str, str]]) -> None:
    cells = sum(map(len, params.values()))
    if cells > MOST_CELLS:
        raise ValidationError(
            f"ids: these {len(params):,} runs hold {cells:,} params, more than the {MOST_CELLS:,} that are looked at"
            " together; ask for fewer runs, or for some of their params.",
            field="ids",
        )


def _suggestible(asked: _Asked, request: SuggestionRequest) -> tuple[Sequence[str], list[str]]:
    """The params to choose from, empty for all, and a note where these are not all that vary."""
    found = sweep(asked.params)
    most = max(_LEAST_SUGGESTED, min(MOST_PARAMS, _CELLS // max(1, len(asked.params))))
    if isinstance(found, NoSweep) or len(found.varying) <= most:
        return request.params, []
    values = np.array([asked.metrics.get(asked.targets[0], {}).get(run, math.nan) for run in asked.params])
    kept = {one.name for one in strongest(found.varying, values, most, request.space)}
    note = (
        f"{len(found.varying):,} params vary: the {most} that go most strongly with {asked.targets[0]} are chosen"
        " anew; name others in params."
    )
    return [*kept, *found.constant], [note]


def _key(*parts: Any) -> str:
    """Tells this content and question apart from all others; NaN and infinities too."""
    return hashlib.sha256(repr(parts).encode(errors="surrogatepass")).hexdigest()


def _none(found: NoSweep, target: str | None, aggregation: Aggregation, asked: _Asked) -> SweepAnswer:
    used, without = asked.used
    return SweepAnswer(
        target=target,
        aggregation=aggregation,
        none=answer.no_sweep(found),
        runs=used,
        without=without,
        params=[],
        constant={},
        partial={},
        targets=[],
        front=[],
        measured={},
        metrics=sorted(asked.metrics)[: answer.LISTED_METRICS],
        matrix=[],
        trends={},
        together=[],
        warnings=[],
        importance=answer.impossible(found.sentence),
        missing=asked.missing,
    )


def _whole(report: SweepReport, asked: _Asked, aggregation: Aggregation, job: ImportanceJob) -> SweepAnswer:
    runs = report.sweep.runs
    values = [np.array([asked.metrics.get(key, {}).get(run, np.nan) for run in runs]) for key in asked.targets]
    known = [way for way in asked.ways if way is not None]
    several = len(asked.targets) > 1 and len(known) == len(asked.targets)
    trends = {one.name: answer.trend(one, report.values) for one in report.sweep.varying if one.numeric}
    return SweepAnswer(
        target=report.target,
        aggregation=aggregation,
        none=None,
        runs=list(runs),
        without=list(report.without),
        params=[answer.param(one) for one in report.sweep.varying],
        constant=report.sweep.constant,
        partial=report.sweep.partial,
        targets=[
            SweepTarget(metric=key, direction=way, values=answer.column(mine))
            for key, way, mine in zip(asked.targets, asked.ways, values, strict=True)
        ],
        front=front(np.column_stack(values), known).tolist() if several else [],
        measured={name: [answer.measured(one) for one in found] for name, found in report.measured.items()},
        metrics=list(report.metrics),
        matrix=[[answer.measured(one) for one in row] for row in report.matrix],
        trends={name: one for name, one in trends.items() if one is not None},
        together=[answer.pair(one) for one in report.together],
        warnings=list(report.warnings),
        importance=job,
        missing=asked.missing,
    )
