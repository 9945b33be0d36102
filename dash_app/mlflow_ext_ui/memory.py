"""A ``DataSource`` that lives in memory: for tests, and for looking at the page without a server."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from mlflow_ext.direction import Direction, better
from mlflow_ext.errors import NotFound
from mlflow_ext.primitives import Primitive
from mlflow_ext.rest import (
    AlertNews,
    DependenceAnswer,
    DependenceRequest,
    ExperimentTrend,
    InsightFinding,
    Insights,
    RunDifference,
    SuggestionAnswer,
    SuggestionRequest,
    SweepAnswer,
    SweepRequest,
)
from mlflow_ext_ui import memory_list
from mlflow_ext_ui.column import Column, parse_sort
from mlflow_ext_ui.detail import RunDetail
from mlflow_ext_ui.memory_list import Facts
from mlflow_ext_ui.source import (
    Drawing,
    Experiment,
    Field,
    FloatArray,
    History,
    Line,
    Moment,
    Origin,
    Outcome,
    Outcomes,
    Plot,
    Principal,
    Run,
    RunPage,
    Stage,
    Status,
    Summary,
    Trouble,
    Version,
)
from mlflow_ext_ui.step import nearest, thinned, union

_MOST_RUNS = 20
_ORDER: dict[Origin, int] = {"primitive": 0, "metric": 1, "system": 2}


@dataclass
class _Held:
    """One plot of one run."""

    plot: Plot
    lines: list[Line] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)


class Sweeps(Protocol):
    """What answers on sweeps; a test gives the server's own, over the same source."""

    def sweep(self, principal: Principal, request: SweepRequest) -> SweepAnswer:
        """See ``DataSource.sweep``."""
        ...

    def dependence(self, principal: Principal, request: DependenceRequest) -> DependenceAnswer:
        """See ``DataSource.dependence``."""
        ...

    def suggestions(self, principal: Principal, request: SuggestionRequest) -> SuggestionAnswer:
        """See ``DataSource.suggestions``."""
        ...


def _missing(runs: tuple[str, str], metric: str | None, direction: Direction | None) -> RunDifference:
    return RunDifference(
        a=None, b=None, metric=metric, direction=direction, metrics=[], apart=None, alike=None, alike_pairs=0,
        history=0, sentence="Nothing is known of these runs.", things=[], texts=[], same={}, unknown=[],
        missing=list(runs),
    )  # fmt: skip


class MemorySource:
    """Holds experiments, runs and their plots; every method may be called from several threads."""

    def __init__(self, *, metric: str | None = None) -> None:
        self.metric = metric
        self.failure: Exception | None = None
        self.sweeps: Sweeps | None = None
        self.differ: Callable[[tuple[str, str], str | None, Direction | None], RunDifference] = _missing
        self.findings: Callable[[Sequence[str]], list[InsightFinding]] = lambda runs: []
        self.trends: dict[str, ExperimentTrend] = {}
        self._lock = threading.RLock()
        self._experiments: dict[str, str] = {}
        self._runs: dict[str, Run] = {}
        self._details: dict[str, dict[str, Any]] = {}
        self._archived: dict[str, Run] = {}
        self._facts: dict[str, Facts] = {}
        self._held: dict[tuple[str, str], _Held] = {}
        self._troubles: dict[str, Trouble] = {}
        self._alerts: dict[str, AlertNews] = {}

    # Filling

    def add_experiment(self, name: str) -> str:
        """Make an experiment; returns its id."""
        with self._lock:
            experiment = str(len(self._experiments) + 1)
            self._experiments[experiment] = name
            return experiment

    def set_alerts(self, experiment: str, news: AlertNews) -> None:
        """Say how many alerts of an experiment were not seen yet."""
        with self._lock:
            self._alerts[experiment] = news

    def add_run(
        self,
        experiment: str,
        name: str,
        *,
        run_id: str | None = None,
        status: Status = "FINISHED",
        start: int = 1_790_000_000_000,
        metric: float | None = None,
        has_nan: bool = False,
        user: str | None = None,
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
        metrics: Mapping[str, float] | None = None,
    ) -> str:
        """Make a run; returns its id. A later call makes a newer run."""
        with self._lock:
            number = len(self._facts)
            run = run_id or hashlib.sha256(f"{experiment}/{number}/{name}".encode()).hexdigest()[:32]
            end = None if status == "RUNNING" else start + 3_600_000
            self._runs[run] = Run(run, name, experiment, status, start, end, number % 20, metric, has_nan, user)
            held = {key: float(one) for key, one in (metrics or {}).items()}
            self._facts[run] = Facts(params or {}, tags or {}, held)
            return run

    def describe_run(self, run: str, **detail: Any) -> None:
        """Say more of a run: fields of ``RunDetail`` such as ``params``, ``tags``, ``parent``."""
        with self._lock:
            self._details.setdefault(run, {}).update(detail)

    def set_params(self, run: str, params: Mapping[str, object]) -> None:
        """Log params of a run."""
        with self._lock:
            held = {**self._facts[run].params, **{name: str(value) for name, value in params.items()}}
            self._facts[run] = replace(self._facts[run], params=held)

    def change_run(self, run: str, **changes: Any) -> None:
        """Change fields of a run, such as its status."""
        with self._lock:
            self._runs[run] = replace(self._runs[run], **changes)

    def archive_run(self, run: str, *, archived: bool = True) -> None:
        """Move a run among the archived ones, or back; one that is there already stays.

        Raises:
            NotFound: there is no such run.
        """
        with self._lock:
            self._known(run)
            kept, put = (self._runs, self._archived) if archived else (self._archived, self._runs)
            if run in kept:
                put[run] = kept.pop(run)

    def is_archived(self, run: str) -> bool:
        """Whether a run is among the archived ones."""
        with self._lock:
            return run in self._archived

    def tag_run(self, run: str, tags: Mapping[str, str | None]) -> None:
        """Set tags of a run; None takes one away.

        Raises:
            NotFound: there is no such run.
        """
        with self._lock:
            self._known(run)
            held = {**self._facts[run].tags, **tags}
            kept = {key: text for key, text in held.items() if text is not None}
            self._facts[run] = replace(self._facts[run], tags=kept)

    def _known(self, run: str) -> None:
        if run not in self._runs and run not in self._archived:
            raise NotFound(f"There is no run {run!r} that you may read.")

    def delete_run(self, run: str) -> None:
        """Take a run out, as deleting it does."""
        with self._lock:
            (self._archived if run in self._archived else self._runs).pop(run)
            self._held = {key: held for key, held in self._held.items() if key[0] != run}

    def log(
        self, run: str, name: str, primitive: Primitive, *, section: str = "Evaluation", step: int | None = None
    ) -> str:
        """Log a version of any kind but Series; returns the plot's key."""
        key = _key(primitive.kind, name)
        version = Version(run, step, 1_790_000_000_000 + (step or 0), primitive)
        with self._lock:
            plot = Plot(key, primitive.kind, name, name, section, (run,), points=1, steps=(step,))
            self._held.setdefault((run, key), _Held(plot)).versions.append(version)
        return key

    def line(
        self,
        run: str,
        name: str,
        x: Iterable[float],
        y: Iterable[float],
        *,
        section: str = "Training",
        origin: Origin = "primitive",
        index: str = "step",
        every_ms: float = 100.0,
    ) -> str:
        """Log a step plot, or more points of it; returns the plot's key."""
        key = _key("series", name)
        xs: FloatArray = np.asarray(list(x), dtype=np.float64)
        ys: FloatArray = np.asarray(list(y), dtype=np.float64)
        with self._lock:
            start = self._runs[run].start_time or 0
            plot = Plot(key, "series", name, name, section, (run,), origin=origin, field=name, points=len(xs))
            held = self._held.setdefault((run, key), _Held(plot))
            if held.lines:
                old = held.lines[0]
                xs, ys = np.concatenate([old.x, xs]), np.concatenate([old.y, ys])
            time: FloatArray = np.arange(1, len(xs) + 1, dtype=np.float64) * every_ms + start
            held.lines = [Line(run, xs, ys, time, index=index, start_time=start)]
        return key

    def fail(self, key: str, trouble: Trouble | None) -> None:
        """Let a plot be unreadable from now on, or readable again with None."""
        with self._lock:
            if trouble:
                self._troubles[key] = trouble
            else:
                self._troubles.pop(key, None)

    # Reading

    def experiments(self, principal: Principal, *, search: str = "", limit: int = 200) -> tuple[Experiment, ...]:
        """See ``DataSource.experiments``."""
        with self._lock:
            self._check()
            found = []
            for experiment, name in self._experiments.items():
                starts = [run.start_time or 0 for run in self._runs.values() if run.experiment_id == experiment]
                if search.lower() in name.lower():
                    found.append(Experiment(experiment, name, len(starts), max(starts, default=None)))
            found.sort(key=lambda one: (one.last_activity or 0, int(one.id)), reverse=True)
            return tuple(found[:limit])

    def runs(
        self,
        principal: Principal,
        experiment_id: str,
        *,
        search: str = "",
        where: str = "",
        sort: str = "",
        columns: Sequence[Column] = (),
        stage: Stage = "active",
        limit: int = 1000,
        offset: int = 0,
    ) -> RunPage:
        """See ``DataSource.runs``; ``where`` takes comparisons joined by AND."""
        tests = memory_list.parse(where)
        with self._lock:
            self._check()
            kept = self._runs if stage == "active" else self._archived
            mine = [run for run in reversed(kept.values()) if run.experiment_id == experiment_id]
            words = search.lower().split()
            found = [
                run for run in mine if all(word in run.name.lower() for word in words) or run.id.startswith(search)
            ]
            found = [run for run in found if all(test(run, self._of(run)) for test in tests)]
            by = parse_sort(sort)
            if by is not None:
                column, down = by
                found.sort(key=lambda run: memory_list.sort_key(memory_list.value(run, self._of(run), column), down))
            running = sum(run.status == "RUNNING" for run in found)
            page = tuple(self._with(run, columns) for run in found[offset : offset + limit])
            return RunPage(page, len(found), running, self.metric)

    def fields(self, principal: Principal, experiment_id: str) -> tuple[Field, ...]:
        """See ``DataSource.fields``."""
        with self._lock:
            self._check()
            return memory_list.fields(
                [self._of(run) for run in self._runs.values() if run.experiment_id == experiment_id]
            )

    def _of(self, run: Run) -> Facts:
        """What a run holds; the list's metric comes as it was given."""
        facts = self._facts.get(run.id, Facts())
        if self.metric is None or run.metric is None:
            return facts
        return replace(facts, metrics={self.metric: run.metric, **facts.metrics})

    def _with(self, run: Run, columns: Sequence[Column]) -> Run:
        return replace(run, values=tuple(memory_list.value(run, self._of(run), column) for column in columns))

    def outcomes(self, principal: Principal, experiment_id: str) -> Outcomes:
        """See ``DataSource.outcomes``."""
        found = self.runs(principal, experiment_id, limit=len(self._runs)).runs
        return Outcomes(
            tuple(Outcome(run.id, run.name, run.status, run.start_time, run.end_time, run.metric) for run in found),
            self.metric,
        )

    def insights(self, principal: Principal, run_ids: Sequence[str]) -> Insights:
        """See ``DataSource.insights``; what ``findings`` gives for the runs that there are."""
        with self._lock:
            self._check()
            known = [run for run in dict.fromkeys(run_ids) if run in self._runs]
            missing = [run for run in dict.fromkeys(run_ids) if run not in self._runs]
        found = self.findings(known)
        return Insights(findings=found, runs=known, left_out=[], untold=0, unread=[], missing=missing)

    def trend(self, principal: Principal, experiment_id: str) -> ExperimentTrend | None:
        """See ``DataSource.trend``; what stands in ``trends``."""
        with self._lock:
            self._check()
            return self.trends.get(experiment_id)

    def runs_by_id(
        self, principal: Principal, run_ids: Sequence[str], *, columns: Sequence[Column] = ()
    ) -> tuple[Run, ...]:
        """See ``DataSource.runs_by_id``."""
        with self._lock:
            self._check()
            found = [self._runs[run] for run in run_ids if run in self._runs]
            return tuple(replace(self._with(run, columns), metric=None) for run in found)

    def detail(self, principal: Principal, run_id: str) -> RunDetail | None:
        """See ``DataSource.detail``."""
        with self._lock:
            self._check()
            run = self._runs.get(run_id)
            if run is None:
                return None
            metrics = {} if run.metric is None or self.metric is None else {self.metric: run.metric}
            experiment, times = self._experiments[run.experiment_id], (run.start_time, run.end_time)
            detail = RunDetail(
                run.id, run.name, run.experiment_id, experiment, run.status, False, *times, metrics=metrics
            )
            return replace(detail, **self._details.get(run_id, {}))

    def difference(
        self,
        principal: Principal,
        run_ids: tuple[str, str],
        metric: str | None = None,
        direction: Direction | None = None,
    ) -> RunDifference:
        """See ``DataSource.difference``: what ``differ`` answers; without it the runs are missing."""
        with self._lock:
            self._check()
            return self.differ(run_ids, metric, direction)

    def plots(self, principal: Principal, run_ids: Sequence[str]) -> tuple[Plot, ...]:
        """See ``DataSource.plots``."""
        with self._lock:
            self._check()
            found: dict[str, list[_Held]] = {}
            for (run, key), held in sorted(self._held.items(), key=lambda item: _place(item[0][0], run_ids)):
                if run in run_ids:
                    found.setdefault(key, []).append(held)
            plots = [_merged(held, run_ids) for held in found.values()]
            sections = list(dict.fromkeys(plot.section for plot in plots))
            return tuple(sorted(plots, key=lambda plot: (_ORDER[plot.origin], sections.index(plot.section))))

    def drawings(
        self, principal: Principal, run_ids: Sequence[str], keys: Sequence[str], *, step: int | None = None
    ) -> tuple[Drawing, ...]:
        """See ``DataSource.drawings``."""
        with self._lock:
            self._check()
            held = [key for key in keys if any((run, key) in self._held for run in run_ids)]
            return tuple(self._drawing(key, run_ids, step) for key in held)

    def params(self, principal: Principal, run_ids: Sequence[str]) -> dict[str, dict[str, str]]:
        """See ``DataSource.params``."""
        with self._lock:
            self._check()
            return {run: dict(self._facts[run].params) for run in dict.fromkeys(run_ids) if run in self._runs}

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
        said = directions or {}
        with self._lock:
            self._check()
            lines: dict[str, dict[str, Line]] = {run: {} for run in run_ids}
            for (run, _), held in self._held.items():
                if run in lines and held.lines and (keys is None or held.plot.title in keys):
                    lines[run][held.plot.title] = held.lines[0]
            return tuple(
                _summary(run, key, line, said.get(key) or better(key), history=history)
                for run, mine in lines.items()
                for key, line in sorted(mine.items())
            )

    def alerts(self, principal: Principal, experiment_id: str) -> AlertNews | None:
        """See ``DataSource.alerts``."""
        with self._lock:
            self._check()
            known = experiment_id in self._experiments
            return self._alerts.get(experiment_id, AlertNews(unseen=0, latest=None)) if known else None

    def steps(self, principal: Principal, run_ids: Sequence[str], key: str) -> dict[str, tuple[int | None, ...]]:
        """See ``DataSource.steps``."""
        with self._lock:
            self._check()
            if key in self._troubles:
                return {}
            held = {run: self._held[run, key] for run in run_ids if (run, key) in self._held}
            found = {run: {version.step for version in one.versions} for run, one in held.items() if one.versions}
            return {run: tuple(sorted(steps, key=lambda at: (at is not None, at or 0))) for run, steps in found.items()}

    def history(self, principal: Principal, run_ids: Sequence[str], key: str, *, most: int) -> History | None:
        """See ``DataSource.history``."""
        with self._lock:
            holders = [run for run in run_ids if (run, key) in self._held][:_MOST_RUNS]
            steps = union(self.steps(principal, holders, key))
            if not holders:
                return None
            kept = [steps[place] for place in thinned(len(steps), most)]
            return History(len(steps), tuple(Moment(at, self._drawing(key, holders, at)) for at in kept))

    def sweep(self, principal: Principal, request: SweepRequest) -> SweepAnswer:
        """See ``DataSource.sweep``."""
        return self._sweeps().sweep(principal, request)

    def dependence(self, principal: Principal, request: DependenceRequest) -> DependenceAnswer:
        """See ``DataSource.dependence``."""
        return self._sweeps().dependence(principal, request)

    def suggestions(self, principal: Principal, request: SuggestionRequest) -> SuggestionAnswer:
        """See ``DataSource.suggestions``."""
        return self._sweeps().suggestions(principal, request)

    def _sweeps(self) -> Sweeps:
        self._check()
        if self.sweeps is None:
            raise NotFound("This source was given nothing that answers on sweeps.")
        return self.sweeps

    def _drawing(self, key: str, run_ids: Sequence[str], step: int | None) -> Drawing:
        held = [self._held[run, key] for run in run_ids if (run, key) in self._held]
        plot = _merged(held, run_ids)
        if key in self._troubles:
            return Drawing(plot, troubles=(self._troubles[key],))
        lines = [
            replace(line, running=self._runs[line.run_id].status == "RUNNING") for one in held for line in one.lines
        ]
        versions = [_version(one.versions, step) for one in held if one.versions]
        return Drawing(plot, tuple(lines), tuple(versions))

    def _check(self) -> None:
        if self.failure is not None:
            raise self.failure


def _summary(run: str, key: str, line: Line, way: Direction | None, *, history: bool) -> Summary:
    last = float(line.y[-1])
    if not history:
        return Summary(run, key, last)
    there = ~np.isnan(line.y)
    x, y = line.x[there], line.y[there]
    if not len(y):
        return Summary(run, key, last, points=len(line.y))
    step = None if way is None else int(x[np.argmin(y) if way == "lower" else np.argmax(y)])
    return Summary(run, key, last, float(y.min()), float(y.max()), float(y.mean()), step, len(line.y))


def _version(versions: Sequence[Version], step: int | None) -> Version:
    """The newest, or as at a step; versions stand in order of logging."""
    at_steps = {version.step: version for version in versions if version.step is not None}
    if step is None or not at_steps:
        return versions[-1]
    steps = sorted(at_steps)
    return at_steps[steps[nearest(steps, step)]]


def _key(kind: str, name: str) -> str:
    return f"{kind}-{hashlib.sha256(f'{kind}/{name}'.encode()).hexdigest()[:12]}"


def _place(run: str, run_ids: Sequence[str]) -> int:
    return list(run_ids).index(run) if run in run_ids else len(run_ids)


def _merged(held: Sequence[_Held], run_ids: Sequence[str]) -> Plot:
    runs = tuple(sorted((one.plot.run_ids[0] for one in held), key=list(run_ids).index))
    points = sum(len(line.x) for one in held for line in one.lines) or sum(len(one.versions) for one in held)
    again = any(len(one.versions) > 1 for one in held)
    return replace(held[0].plot, run_ids=runs, points=points, again=again)
