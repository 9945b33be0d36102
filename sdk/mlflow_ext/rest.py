"""Request and response models of the REST API, shared by the server and by clients. Unknown fields are refused.

Times are ms since the epoch. A float that JSON has no sign for is the text "NaN", "Infinity" or "-Infinity".
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    WithJsonSchema,
    model_validator,
)
from typing_extensions import Self

from mlflow_ext.times import moment

Number = float | str
"""A float, or one of "NaN", "Infinity", "-Infinity"."""

NotFinite = Literal["NaN", "Infinity", "-Infinity"]
RunId = Annotated[str, Field(min_length=1, max_length=128)]
PlotKey = Annotated[str, Field(min_length=1, max_length=1000)]

RUN_PATH_WORDS = frozenset({"search", "compare", "leaderboard", "bulk"})
MAX_RUNS = 1000
"""How many runs one request may name."""
_ALIAS = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
_MLFLOW_ID = re.compile(r"[0-9a-fA-F]{32}")


def _own_id(text: str) -> str:
    if not _ALIAS.fullmatch(text):
        raise ValueError("takes 1 to 128 letters, digits, _ and -, the first a letter or digit")
    if _MLFLOW_ID.fullmatch(text):
        raise ValueError("32 hex digits are left to the ids that MLflow gives")
    if text in RUN_PATH_WORDS:
        raise ValueError(f"{text!r} is a word of the API's paths")
    return text


OwnRunId = Annotated[str, AfterValidator(_own_id), Field(json_schema_extra={"pattern": f"^{_ALIAS.pattern}$"})]
"""A caller's own id of a run: an alias that works wherever MLflow's does."""

Text = Annotated[str, Field(min_length=1, max_length=250)]
TagMap = Annotated[dict[Text, Annotated[str, Field(max_length=8000)]], Field(max_length=100)]
Kind = Literal["series", "distribution", "scatter", "matrix", "curve", "barchart", "table"]
Status = Literal["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]
EndStatus = Literal["FINISHED", "FAILED", "KILLED"]
Stage = Literal["active", "archived", "all"]


class Model(BaseModel):
    """Base of all models: strict about field names."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class ErrorBody(Model):
    """The one error shape: a short kind, what happened and what to do, the HTTP status."""

    error: str
    detail: str
    status: int


# Runs ---------------------------------------------------------------------------------------------------------------


class PrimitiveInfo(Model):
    """One primitive that a run holds: ``points`` of a Series, versions of any other kind; ``fields`` of a Series."""

    name: str
    kind: str
    section: str | None = None
    points: int
    fields: list[str] = Field(default_factory=list)


class RunInfo(Model):
    """One run. ``metrics`` are the last values; ``config`` is ``config.json`` where the run has one (detail only)."""

    run_id: str
    alias: str | None = None
    name: str
    project: str
    experiment_id: str
    status: str
    stage: Literal["active", "archived"] = "active"
    start_time: int | None
    end_time: int | None
    duration: int | None
    params: dict[str, str]
    config: dict[str, Any] | None = None
    metrics: dict[str, Number]
    tags: dict[str, str]
    note: str | None = None
    dataset_id: str | None = None
    command: str | None = None
    artifacts: list[str] | None = None
    primitives: list[PrimitiveInfo]


def _moment(value: object) -> int:
    if type(value) is int:
        return value
    if not isinstance(value, str):
        raise ValueError("takes ms since the epoch, or an ISO 8601 date or time")
    if re.fullmatch(r"-?[0-9]{1,18}", value):  # in a query string a number is a text
        return int(value)
    found = moment(value)
    if found is None:
        raise ValueError("takes ms since the epoch, or an ISO 8601 date or time")
    second, fraction = found
    return round(second.timestamp()) * 1000 + int(fraction[:3].ljust(3, "0"))


Moment = Annotated[
    int,
    BeforeValidator(_moment),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "format": "date-time"}]}),
]
"""ms since the epoch; an ISO 8601 text is taken too."""


_GIVES = re.compile(r"this server gives (\d+) at most")


def too_many(field: str, asked: int, most: int) -> str:
    """What a server says to a page larger than it gives; ``page_limit`` understands it."""
    return f"{field} is {asked}, but this server gives {most} at most: ask for less."


def page_limit(detail: str) -> int | None:
    """The most rows of a page that a server's refusal names; None when it refuses something else."""
    found = _GIVES.search(detail)
    return int(found[1]) if found else None


class Page(Model):
    """Which rows of a list: ``limit`` up to the server's page limit."""

    limit: Annotated[int, Field(ge=1)] = 100
    offset: Annotated[int, Field(ge=0, lt=2**31)] = 0


class RunScope(Page):
    """Which runs. ``project`` and ``experiment_name`` mean the same: an experiment's name.

    ``search`` is part of a name, in any case, or the start of an id; ``filter`` is the language of docs/filter.md;
    ``metric_min`` and ``metric_max`` bound the last value of ``metric_name``; ``from_timestamp`` and ``to_timestamp``
    bound the start. ``stage``: archived runs are those that MLflow calls deleted.
    """

    project: Text | None = None
    experiment_name: Text | None = None
    experiment_id: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=1000)] = Field(
        default_factory=list
    )
    search: Annotated[str, Field(max_length=250)] | None = None
    filter: Annotated[str, Field(max_length=8000)] | None = None
    stage: Stage = "active"
    dataset_id: Annotated[str, Field(max_length=250)] | None = None
    metric_name: Text | None = None
    metric_min: float | None = None
    metric_max: float | None = None
    note_substring: Annotated[str, Field(max_length=250)] | None = None
    command_substring: Annotated[str, Field(max_length=250)] | None = None
    from_timestamp: Moment | None = None
    to_timestamp: Moment | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.project and self.experiment_name and self.project != self.experiment_name:
            raise ValueError("project and experiment_name mean the same, but differ: give one of them")
        if self.metric_name is None and not (self.metric_min is None and self.metric_max is None):
            raise ValueError("metric_min and metric_max bound a metric: give its metric_name too")
        return self


class RunQuery(RunScope):
    """Which runs, in which order: ``order_by`` as in docs/filter.md, the newest first when left out."""

    order_by: Annotated[list[Annotated[str, Field(min_length=1, max_length=600)]], Field(max_length=10)] = Field(
        default_factory=list
    )


Aggregate = Literal["last", "min", "max", "mean"]


class LeaderboardQuery(RunScope):
    """The best runs by a metric; ``order`` as the metric's name tells, descending where it does not."""

    metric_name: Text
    top_k: Annotated[int, Field(ge=1)] = 10
    order: Literal["asc", "desc"] | None = None
    aggregate: Aggregate = "last"


class NewRunIn(Model):
    """A run to start in the experiment of the path."""

    run_id: OwnRunId | None = None
    name: Text | None = Field(
        default=None, validation_alias=AliasChoices("name", "run_name"), serialization_alias="name"
    )
    config: dict[str, Any] | None = None
    tags: TagMap = Field(default_factory=dict)
    dataset_id: Annotated[str, Field(max_length=250)] | None = None
    command: Annotated[str, Field(max_length=8000)] | None = None
    start_time: Annotated[int, Field(ge=0, lt=2**53)] | None = None


class NewRun(NewRunIn):
    """A run to start; in ``project`` (an experiment's name, made when there is none), else in "Default"."""

    project: Text | None = Field(
        default=None, validation_alias=AliasChoices("project", "experiment_name"), serialization_alias="project"
    )


Note = Annotated[str, Field(max_length=8000)]


class RunChange(Model):
    """What to change of a run; a tag or note of null is taken away, what is left out stays.

    ``color`` is the slot of the run's colour in the page, from 0 to 19; it takes it for everyone.
    """

    name: Text | None = None
    tags: Annotated[dict[Text, Annotated[str, Field(max_length=8000)] | None], Field(max_length=100)] = Field(
        default_factory=dict
    )
    note: Note | None = None
    color: Annotated[int, Field(ge=0, le=19, strict=True)] | None = None


class NoteChange(Model):
    """A run's note, such as "PUBLISH: best so far"; null or "" takes it away."""

    note: Note | None


class RunEnd(Model):
    """How a run ended; ``end_time`` is now when left out."""

    status: EndStatus = "FINISHED"
    end_time: Annotated[int, Field(ge=0, lt=2**53)] | None = None


class BulkRequest(Model):
    """One action on many runs.

    ``tag`` takes ``tags`` (null takes one away), ``note`` takes ``note``; ``delete`` is for good, takes archived runs
    only, with their artifacts, and needs ``confirm: true``.
    """

    action: Literal["tag", "note", "archive", "restore", "delete"]
    ids: Annotated[list[RunId], Field(min_length=1, max_length=MAX_RUNS)]
    tags: Annotated[dict[Text, Annotated[str, Field(max_length=8000)] | None], Field(max_length=100)] | None = None
    note: Note | None = None
    confirm: bool = False


class BulkResult(Model):
    """What became of one run; ``error`` and ``detail`` say why not."""

    run_id: str
    ok: bool
    error: str | None = None
    detail: str | None = None


class BulkAnswer(Model):
    """One result per run, in the order asked."""

    results: list[BulkResult]


class Comparison(Model):
    """Runs as rows: the union of what they hold, and each run; ``missing`` ids are unknown or may not be read."""

    metric_keys: list[str]
    param_keys: list[str]
    runs: list[RunInfo]
    missing: list[str] = Field(default_factory=list)


# Data ---------------------------------------------------------------------------------------------------------------


class DataQuery(Model):
    """Which primitives of a run; a Series is thinned to ``max_points`` that keep its extremes and both ends."""

    name: Text | None = None
    kind: Annotated[str, Field(max_length=40)] | None = None
    max_points: Annotated[int, Field(ge=16, le=1_000_000)] | None = None


class NewData(Model):
    """Typed data for a run: a kind (any case) and its data, as in the SDK."""

    name: Text
    primitive_type: Annotated[str, Field(max_length=40)] = Field(
        validation_alias=AliasChoices("primitive_type", "kind"), serialization_alias="primitive_type"
    )
    data: dict[str, Any]
    section: Annotated[str, Field(max_length=250)] | None = None
    step: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    metadata: dict[str, Any] | None = None


class Stored(Model):
    """How many points or values were taken."""

    stored: int


class Primitive(Model):
    """One primitive with its data; of a Series ``points`` counts all points, ``shown`` those in ``data``."""

    name: str
    kind: str
    section: str | None = None
    step: int | None = None
    logged_at: int
    data: dict[str, Any]
    metadata: dict[str, Any] | None = None
    points: int
    shown: int


class DataTrouble(Model):
    """A primitive that could not be read, and why."""

    name: str
    kind: str
    detail: str


class RunData(Model):
    """The primitives of one run; the newest version of each but Series."""

    run_id: str
    primitives: list[Primitive]
    troubles: list[DataTrouble] = Field(default_factory=list)


class DataIndex(Model):
    """Run id to what it holds; ``missing`` ids are unknown or may not be read."""

    runs: dict[str, list[PrimitiveInfo]]
    missing: list[str] = Field(default_factory=list)


class MetricPoint(Model):
    """One value of a metric; ``step`` 0 and the time of arrival when left out."""

    name: Text = Field(validation_alias=AliasChoices("name", "metric_name", "key"), serialization_alias="name")
    value: float | NotFinite = Field(
        validation_alias=AliasChoices("value", "metric_value"), serialization_alias="value"
    )
    step: Annotated[int, Field(ge=-(2**63), lt=2**63)] = 0
    timestamp: Annotated[int, Field(ge=0, lt=2**53)] | None = None


class MetricPoints(Model):
    """Many values of metrics of one run."""

    metrics: Annotated[list[MetricPoint], Field(min_length=1, max_length=100_000)]


# Metrics of many runs -----------------------------------------------------------------------------------------------


class RunsAndKeys(Model):
    """Which runs and metric keys; all keys when left out."""

    runs: Annotated[list[RunId], Field(min_length=1, max_length=MAX_RUNS)]
    keys: Annotated[list[Text], Field(max_length=1000)] | None = None


SummaryColumn = Literal["last", "last_step", "min", "max", "mean", "count", "nan", "direction", "best_step"]


class SummaryRequest(RunsAndKeys):
    """Which summaries; ``columns`` spares what is not needed: ``best_step`` costs most, ``last`` next to nothing."""

    columns: Annotated[list[SummaryColumn], Field(min_length=1, max_length=9)] | None = None


class HistoryRequest(RunsAndKeys):
    """Which histories, and into how many points each is thinned (extremes and both ends are kept)."""

    max_points: Annotated[int, Field(ge=16, le=1_000_000)] | None = None


class RunIds(Model):
    """Which runs."""

    runs: Annotated[list[RunId], Field(min_length=1, max_length=MAX_RUNS)]


class Ids(Model):
    """Which runs, under the name that comparing takes."""

    ids: Annotated[list[RunId], Field(min_length=1, max_length=MAX_RUNS)]


class Summaries(Model):
    """Columns of equal length, one row per run and metric; those that were not asked for are empty.

    ``min``, ``max`` and ``mean`` leave NaN out and are null where there is nothing else; ``count`` counts all points,
    ``nan`` those that are NaN. ``best`` is ``min`` or ``max`` as ``direction`` says ("lower", "higher", or null when
    the key does not tell), ``best_step`` its first step.
    """

    run_id: list[str]
    key: list[str]
    last: list[Number]
    last_step: list[int]
    min: list[Number | None]
    max: list[Number | None]
    mean: list[Number | None]
    count: list[int]
    nan: list[int]
    direction: list[Literal["lower", "higher"] | None]
    best_step: list[int | None]
    missing: list[str] = Field(default_factory=list)


class History(Model):
    """One metric of one run in order of (step, timestamp), as columns; ``total`` counts the points before thinning."""

    run_id: str
    key: str
    step: list[int]
    value: list[Number]
    timestamp: list[int]
    total: int


class Histories(Model):
    """Histories that exist, in the order of runs and keys asked."""

    histories: list[History]
    missing: list[str] = Field(default_factory=list)


# Experiments --------------------------------------------------------------------------------------------------------


class ExperimentInfo(Model):
    """One experiment; ``runs`` counts active runs, ``last_activity`` is the newest one's start."""

    experiment_id: str
    name: str
    description: str | None = None
    tags: dict[str, str]
    stage: Literal["active", "archived"]
    runs: int
    creation_time: int | None
    last_update_time: int | None
    last_activity: int | None


class ExperimentQuery(Page):
    """Which experiments. ``tag`` is a key or ``key=value``; the metric bounds hold for the best last value in it."""

    search: Annotated[str, Field(max_length=250)] | None = None
    stage: Stage = "active"
    tag: Annotated[str, Field(min_length=1, max_length=8250)] | None = None
    metric_name: Text | None = None
    metric_min: float | None = None
    metric_max: float | None = None
    from_timestamp: Moment | None = None
    to_timestamp: Moment | None = None


class NewExperiment(Model):
    """An experiment to make."""

    name: Text = Field(validation_alias=AliasChoices("name", "experiment_name", "project"), serialization_alias="name")
    description: Note | None = None
    tags: TagMap = Field(default_factory=dict)


class ExperimentChange(Model):
    """What to change of an experiment; ``stage`` archives or restores it with its runs; a null tag is taken away."""

    name: Text | None = None
    description: Note | None = None
    tags: Annotated[dict[Text, Annotated[str, Field(max_length=8000)] | None], Field(max_length=100)] = Field(
        default_factory=dict
    )
    stage: Literal["active", "archived"] | None = None


class AuditQuery(Page):
    """Which changes: of one ``target``, such as ``run:`` and an id, or all."""

    target: Annotated[str, Field(max_length=80)] | None = None


class AuditEntry(Model):
    """Who changed what through us, and when; ``detail`` is what the action was given."""

    id: int
    at: int
    username: str | None
    workspace: str | None
    action: str
    target: str
    detail: dict[str, Any]


# What has come since the client last looked -------------------------------------------------------------------------
class TailHave(Model):
    """What a client shows of one run: points per plot key, the status it knows, how many plots it knows of."""

    plots: dict[PlotKey, Annotated[int, Field(ge=0)]] = Field(default_factory=dict, max_length=500)
    status: str = ""
    known: int | None = Field(default=None, ge=0)


class TailRequest(RootModel[Annotated[dict[RunId, TailHave], Field(max_length=100)]]):
    """Run id to what the client has of it; at most 100 runs."""


class TailPoints(Model):
    """Points beyond those the client has, in order of x; ``time`` in ms since the epoch.

    ``total`` counts all points of the run in this plot. With ``reset`` the client's points no longer are a
    beginning of the plot: fetch it anew.
    """

    x: list[Number]
    y: list[Number]
    time: list[Number]
    total: int
    reset: bool = False


class TailRun(Model):
    """News of one run.

    ``held`` counts the plots it holds, ``new_plots`` says that the client knows of fewer; ``versions`` counts what was
    logged of each plot of another kind than Series.
    """

    status: str
    plots: dict[str, TailPoints]
    held: int
    new_plots: bool
    versions: dict[str, int] = Field(default_factory=dict)


class TailAnswer(RootModel[dict[str, TailRun]]):
    """Run id to its news; runs that are unknown, deleted or unreadable are missing."""
