"""What the UI asks of the world: one protocol, implemented by the server and by an in-memory twin in the tests."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.direction import Direction
from mlflow_ext.primitives import Primitive
from mlflow_ext.rest import (
    AlertNews,
    DependenceAnswer,
    DependenceRequest,
    ExperimentTrend,
    Insights,
    RunDifference,
    SuggestionAnswer,
    SuggestionRequest,
    SweepAnswer,
    SweepRequest,
)
from mlflow_ext_ui.column import Column
from mlflow_ext_ui.detail import RunDetail

FloatArray = NDArray[np.float64]
Status = Literal["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]
Origin = Literal["primitive", "metric", "system"]
Stage = Literal["active", "archived"]
Value = float | str | None


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. ``username`` is None when the server runs without authentication; then everything is readable."""

    username: str | None = None
    is_admin: bool = False
    workspace: str | None = None


@dataclass(frozen=True, slots=True)
class Experiment:
    """One experiment as the switcher shows it; ``last_activity`` in ms since the epoch, None without runs."""

    id: str
    name: str
    runs: int
    last_activity: int | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run as the sidebar shows it; times in ms since the epoch; ``color`` a slot from 0 to 19.

    ``values`` are those of the columns that were asked for, in their order: of a metric its last value, of a param or
    tag its text, None where the run has none; attributes stand in the fields of their own.
    """

    id: str
    name: str
    experiment_id: str
    status: Status
    start_time: int | None
    end_time: int | None
    color: int
    metric: float | None = None
    has_nan: bool = False
    user: str | None = None
    values: tuple[Value, ...] = ()


class Field(NamedTuple):
    """What the newest runs of an experiment hold: ``runs`` of them have it, ``number``: as a number throughout."""

    column: Column
    runs: int
    number: bool


@dataclass(frozen=True, slots=True)
class RunPage:
    """A page of the run list; ``metric`` names the column that ``Run.metric`` holds."""

    runs: tuple[Run, ...]
    total: int
    running: int
    metric: str | None = None


class Outcome(NamedTuple):
    """What came of one run: its status, its times in ms since the epoch, its last value of the metric, if any."""

    id: str
    name: str
    status: Status
    start_time: int | None
    end_time: int | None
    value: float | None


class Outcomes(NamedTuple):
    """All runs of an experiment, newest first; ``metric`` names what ``Outcome.value`` holds."""

    runs: tuple[Outcome, ...]
    metric: str | None


@dataclass(frozen=True, slots=True)
class Plot:
    """One card to draw.

    ``key`` is stable across runs, reloads and servers, and fits into a URL. A Series gives one Plot per field
    (``field`` set, ``title`` is ``<name>/<field>``); an MLflow metric that is no mirror gives one Plot with kind
    "series".
    ``points`` sums over ``run_ids``; ``again``: a run has logged it more than once, and it is no Series.
    """

    key: str
    kind: str
    name: str
    title: str
    section: str
    run_ids: tuple[str, ...]
    origin: Origin = "primitive"
    field: str | None = None
    points: int = 0
    steps: tuple[int | None, ...] = ()
    again: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One run's values of a step plot.

    ``x``, ``y``: shape (n,), float64, in order of x; y holds NaN and infinities as logged; missing points are left out.
    ``time``: shape (n,), ms since the epoch. ``x_text``: ISO 8601 texts when the index is no number, then x counts
    from 0. ``start_time``: the run's, ms since the epoch. ``stale``: why a running run's line may lag, or None.
    """

    run_id: str
    x: FloatArray
    y: FloatArray
    time: FloatArray
    index: str = "step"
    x_text: tuple[str, ...] | None = None
    start_time: int | None = None
    running: bool = False
    stale: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One logged version of any kind but Series."""

    run_id: str
    step: int | None
    logged_at: int
    primitive: Primitive
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a plot of a run can't be shown: ``title`` what happened, ``why`` what is safe and what to do."""

    run_id: str | None
    title: str
    why: str
    retry: bool = True
    details: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """All that one card needs: lines for kind "series", versions for the others (newest per run, or as at a step)."""

    plot: Plot
    lines: tuple[Line, ...] = ()
    versions: tuple[Version, ...] = ()
    troubles: tuple[Trouble, ...] = ()


class Moment(NamedTuple):
    """A plot at one step: of each run its version there or nearest before; of one that starts later its first."""

    step: int
    drawing: Drawing


class History(NamedTuple):
    """A plot at some of its steps, in order, the first and the last among them; ``total`` counts all steps."""

    total: int
    moments: tuple[Moment, ...]


class Summary(NamedTuple):
    """What became of one metric of one run.

    ``low``, ``high`` and ``mean`` leave NaN out and are None where there is nothing else, or were not asked for;
    ``best_step`` is the first step of the best value, None without a direction; ``points`` counts all, NaN included.
    """

    run_id: str
    key: str
    last: float
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    best_step: int | None = None
    points: int | None = None


class DataSource(Protocol):
    """Everything that the UI reads. Every call is bounded by what ``principal`` may read; unknown ids are left out."""

    def experiments(self, principal: Principal, *, search: str = "", limit: int = 200) -> tuple[Experiment, ...]:
        """Active experiments, the one with the newest run first."""
        ...

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
        """Runs of an experiment, newest first.

        Args:
            principal: who asks.
            experiment_id: where.
            search: words that the name has, in any case and order, or the id's start.
            where: a filter as docs/filter.md has it.
            sort: a column such as ``metrics.loss``, behind ``-`` descending; what a run lacks comes last, NaN before.
            columns: what ``Run.values`` is to hold.
            stage: active runs, or archived ones.
            limit: most runs to give.
            offset: how many to pass over.

        Raises:
            ValidationError: ``where`` can't be read; the message points at the place.
        """
        ...

    def fields(self, principal: Principal, experiment_id: str) -> tuple[Field, ...]:
        """Metrics, params and tags of the newest 500 active runs, by kind; of each kind the 200 that most have."""
        ...

    def outcomes(self, principal: Principal, experiment_id: str) -> Outcomes:
        """What came of the active runs of an experiment, of the newest 20,000 at most."""
        ...

    def runs_by_id(
        self, principal: Principal, run_ids: Sequence[str], *, columns: Sequence[Column] = ()
    ) -> tuple[Run, ...]:
        """These runs in the order asked, of any experiment, without ``metric``; deleted or unreadable: missing."""
        ...

    def detail(self, principal: Principal, run_id: str) -> RunDetail | None:
        """All that is known of one run, archived or not, by its id or its own id; None: unknown or unreadable."""
        ...

    def difference(
        self,
        principal: Principal,
        run_ids: tuple[str, str],
        metric: str | None = None,
        direction: Direction | None = None,
    ) -> RunDifference:
        """Why the second of two runs differs from the first, archived or not; those that can't be read: ``missing``.

        Args:
            principal: who asks.
            run_ids: the two.
            metric: what is to be explained; None: what most runs of the experiment share.
            direction: what is better; None: as the metric's name tells.
        """
        ...

    def plots(self, principal: Principal, run_ids: Sequence[str]) -> tuple[Plot, ...]:
        """What the runs hold, in the order to show: primitives by section, then plain metrics, then system metrics."""
        ...

    def drawings(
        self, principal: Principal, run_ids: Sequence[str], keys: Sequence[str], *, step: int | None = None
    ) -> tuple[Drawing, ...]:
        """The data of these plots for these runs, in the order of ``keys``; a plot that no run holds is left out.

        With a ``step``, of each run the version there or nearest before, of one that starts later its first.
        ``m:`` before the name of a metric is a key as well, also where no plot shows the metric by itself.
        """
        ...

    def params(self, principal: Principal, run_ids: Sequence[str]) -> dict[str, dict[str, str]]:
        """The params of each of these runs, in the order asked; deleted or unreadable ones are missing."""
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
        """What became of these metrics (None: of all), in the order of the runs and of the keys' names.

        Args:
            principal: who asks.
            run_ids: which runs; deleted or unreadable ones are left out.
            keys: which metrics.
            history: whether more than the last value is wanted.
            directions: which way is better where the metric's name does not say so, or says otherwise.
        """
        ...

    def alerts(self, principal: Principal, experiment_id: str) -> AlertNews | None:
        """How many alerts of an experiment's runs the principal has not seen; None: unknown or unreadable."""
        ...

    def steps(self, principal: Principal, run_ids: Sequence[str], key: str) -> dict[str, tuple[int | None, ...]]:
        """The steps at which each run logged a plot of any kind but Series, each once, in order; None: without a step.

        Runs that do not hold the plot, or whose every file of it can't be read, are missing.
        """
        ...

    def history(self, principal: Principal, run_ids: Sequence[str], key: str, *, most: int) -> History | None:
        """A plot of any kind but Series over its steps, of the first 20 runs that hold it; None where none does.

        Args:
            principal: who asks.
            run_ids: which runs; deleted or unreadable ones are left out.
            key: which plot.
            most: most steps to read, 2 or more; large versions are read at fewer.
        """
        ...

    def sweep(self, principal: Principal, request: SweepRequest) -> SweepAnswer:
        """What varies among runs and how it goes with a metric; importance as far as it is by then.

        Raises:
            ValidationError: names the field at fault.
        """
        ...

    def dependence(self, principal: Principal, request: DependenceRequest) -> DependenceAnswer:
        """How a metric depends on one param or two.

        Raises:
            ValidationError: the runs are no sweep, or a param does not vary among them.
        """
        ...

    def suggestions(self, principal: Principal, request: SuggestionRequest) -> SuggestionAnswer:
        """What to try next.

        Raises:
            ValidationError: names the field at fault.
        """
        ...

    def insights(self, principal: Principal, run_ids: Sequence[str]) -> Insights:
        """What the histories of these runs tell; those for which a moment is too short are left out until asked again.

        Deleted, unknown and unreadable runs are ``missing``.
        """
        ...

    def trend(self, principal: Principal, experiment_id: str) -> ExperimentTrend | None:
        """Whether the runs of an experiment get better, by the metric that most share; None: unknown or unreadable."""
        ...
