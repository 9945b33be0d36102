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
    Discriminator,
    Field,
    RootModel,
    Tag,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)
from pydantic import ValidationError as NotTaken
from typing_extensions import Self

from mlflow_ext.store_format.name import is_reserved
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


def _free_key(key: str) -> str:
    if is_reserved(key):
        raise ValueError("a tag that mlflow-ext alone writes and reads; choose another key")
    return key


TagKey = Annotated[Text, AfterValidator(_free_key)]
_TagText = Annotated[str, Field(max_length=8000)]
TagMap = Annotated[dict[TagKey, _TagText], Field(max_length=100)]
TagChange = Annotated[dict[TagKey, _TagText | None], Field(max_length=100)]
"""Tags to set; those that are null are taken away."""
Kind = Literal["series", "distribution", "scatter", "matrix", "curve", "barchart", "table"]
Status = Literal["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]
EndStatus = Literal["FINISHED", "FAILED", "KILLED"]
Stage = Literal["active", "archived", "all"]


def _tell_aliases(schema: dict[str, Any], model: type[BaseModel]) -> None:
    """Say in a model's schema which other names its fields go by: ``x-aliases``, and a sentence in the description."""
    for name, field in model.model_fields.items():
        choices = field.validation_alias
        shown = schema.get("properties", {}).get(name)
        if not isinstance(choices, AliasChoices) or shown is None:
            continue
        aliases = [str(one) for one in choices.choices if one != name]
        words = " or ".join(f"`{one}`" for one in aliases)
        shown["x-aliases"] = aliases
        shown["description"] = f"{shown.get('description', '')} Also taken as {words}.".lstrip()


class Model(BaseModel):
    """Base of all models: strict about field names."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, json_schema_extra=_tell_aliases)


class ErrorBody(Model):
    """The one error shape: a short kind, what happened and what to do, the HTTP status.

    ``current`` is there when a change of a saved view met another one: the view that stands.
    """

    error: str = Field(description="A short kind, such as `ValidationError`.")
    detail: str = Field(description="What happened and what to do; it names the field at fault.")
    status: int = Field(description="The HTTP status again.")
    current: SavedView | None = Field(
        default=None,
        description="The view as it stands, where a change of a saved view met another one; else left out.",
    )


_MISSING = "Ids that are unknown or that you may not read; which of the two is not told."

# Runs ---------------------------------------------------------------------------------------------------------------


class PrimitiveInfo(Model):
    """One primitive that a run holds: ``points`` of a Series, versions of any other kind; ``fields`` of a Series."""

    name: str = Field(description="Its name, as logged.")
    kind: str = Field(description="One of the seven kinds, in lower case.")
    section: str | None = Field(default=None, description="The group of plots it belongs to.")
    points: int = Field(description="Points of a Series; versions of any other kind.")
    fields: list[str] = Field(default_factory=list, description="Names of a Series' fields; empty for any other kind.")


class RunInfo(Model):
    """One run. ``metrics`` are the last values.

    ``config`` is ``config.json`` where the run has one: in the answers of GET and POST of one run, null in all others,
    as ``artifacts`` are but for GET. ``alias`` is the run's own id, where it was given one.
    """

    run_id: str = Field(description="MLflow's id.")
    alias: str | None = Field(default=None, description="The caller's own id, given when the run was started.")
    name: str = Field(description="The run's name.")
    project: str = Field(description="The experiment's name.")
    experiment_id: str = Field(description="MLflow's id of the experiment.")
    status: str = Field(description="`RUNNING`, `SCHEDULED`, `FINISHED`, `FAILED` or `KILLED`.")
    stage: Literal["active", "archived"] = Field(
        default="active", description="Archived runs are those that MLflow calls deleted."
    )
    start_time: int | None = Field(description="ms since the epoch.")
    end_time: int | None = Field(description="ms since the epoch; null while it runs.")
    duration: int | None = Field(description="ms from start to end; null while it runs.")
    params: dict[str, str] = Field(description="Parameters; nested configuration is flattened with dots.")
    config: dict[str, Any] | None = Field(
        default=None, description="The content of `config.json`; only in the answers of GET and POST of one run."
    )
    metrics: dict[str, Number] = Field(description="The last value of each metric.")
    tags: dict[str, str] = Field(description="Tags.")
    note: str | None = Field(default=None, description="The note, MLflow's `mlflow.note.content`.")
    dataset_id: str | None = Field(default=None, description="The data set, as the caller names it.")
    command: str | None = Field(default=None, description="The command that started it.")
    artifacts: list[str] | None = Field(
        default=None, description="Paths of its artifacts; only where one run is asked for."
    )
    primitives: list[PrimitiveInfo] = Field(description="The typed data it holds, without the data.")


_FARTHEST = 10**18  # ms since the epoch, either way; what databases hold as an integer


def _moment(value: object) -> int:
    in_query = isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value)  # where a number is a text
    return int(value) if in_query else _time(value)  # type: ignore[call-overload]


def _time(value: object) -> int:
    if type(value) is int:
        if not -_FARTHEST < value < _FARTHEST:
            raise ValueError("is further away than any time that is stored")
        return value
    found = moment(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("takes ms since the epoch, or an ISO 8601 date or time")
    second, fraction = found
    return round(second.timestamp()) * 1000 + int(fraction[:3].ljust(3, "0"))


Moment = Annotated[
    int,
    BeforeValidator(_moment),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "exclusiveMinimum": -_FARTHEST, "exclusiveMaximum": _FARTHEST},
                {"type": "string", "format": "date-time"},
            ]
        }
    ),
]
"""ms since the epoch; an ISO 8601 text is taken too."""

_LATEST = 2**53 - 1
_MS = {"type": "integer", "minimum": 0, "maximum": _LATEST}
Timestamp = Annotated[
    int,
    Field(ge=0, le=_LATEST),
    BeforeValidator(_time),
    WithJsonSchema({"anyOf": [_MS, {"type": "string", "format": "date-time"}]}),
]
"""A Moment that MLflow can store: not before 1970."""


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

    limit: Annotated[int, Field(ge=1)] = Field(
        default=100, description="Rows of this page; the server refuses more than its page limit."
    )
    offset: Annotated[int, Field(ge=0, lt=2**31)] = Field(default=0, description="Rows to skip.")


class RunScope(Model):
    """Which runs. ``project`` and ``experiment_name`` mean the same: an experiment's name.

    ``search`` is part of a name, in any case, or the start of an id; ``filter`` is the language of docs/filter.md;
    ``metric_min`` and ``metric_max`` bound the last value of ``metric_name``; ``from_timestamp`` and ``to_timestamp``
    bound the start. ``stage``: archived runs are those that MLflow calls deleted.
    """

    project: Text | None = Field(default=None, description="Only runs of the experiment with this name.")
    experiment_name: Text | None = Field(
        default=None, description="The same as `project`, under the name that other tools know; give one of the two."
    )
    experiment_id: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=1000)] = Field(
        default_factory=list, description="Only runs of these experiments; repeat it for several."
    )
    search: Annotated[str, Field(max_length=250)] | None = Field(
        default=None, description="Part of a run's name in any case, or the start of its id."
    )
    filter: Annotated[str, Field(max_length=8000)] | None = Field(
        default=None,
        description="MLflow's search syntax and more: OR, parentheses, IN, NOT, BETWEEN, IS NULL, `metrics.loss.min`.",
    )
    stage: Stage = Field(default="active", description="Archived runs are those that MLflow calls deleted.")
    dataset_id: Annotated[str, Field(max_length=250)] | None = Field(
        default=None, description="Only runs on this data set."
    )
    metric_name: Text | None = Field(default=None, description="The metric that `metric_min` and `metric_max` bound.")
    metric_min: float | None = Field(
        default=None, description="Only runs whose last value of `metric_name` is at least this."
    )
    metric_max: float | None = Field(
        default=None, description="Only runs whose last value of `metric_name` is at most this."
    )
    note_substring: Annotated[str, Field(max_length=250)] | None = Field(
        default=None, description="Part of the note, in any case."
    )
    command_substring: Annotated[str, Field(max_length=250)] | None = Field(
        default=None, description="Part of the command or of MLflow's source name, in any case."
    )
    from_timestamp: Moment | None = Field(
        default=None, description="Only runs started then or later: ms since the epoch, or ISO 8601."
    )
    to_timestamp: Moment | None = Field(
        default=None, description="Only runs started then or earlier: ms since the epoch, or ISO 8601."
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.project and self.experiment_name and self.project != self.experiment_name:
            raise ValueError("project and experiment_name mean the same, but differ: give one of them")
        if self.metric_name is None and not (self.metric_min is None and self.metric_max is None):
            raise ValueError("metric_min and metric_max bound a metric: give its metric_name too")
        return self


class RunQuery(RunScope, Page):
    """Which runs, in which order; the newest first when ``order_by`` is left out."""

    order_by: Annotated[list[Annotated[str, Field(min_length=1, max_length=600)]], Field(max_length=10)] = Field(
        default_factory=list,
        description="Sort keys such as `metrics.loss.min ASC`, repeated for several; the newest first when left out.",
    )


Aggregate = Literal["last", "min", "max", "mean"]


class LeaderboardQuery(RunScope):
    """The best runs by a metric; ``order`` is needed where the metric's name does not tell it (loss, accuracy)."""

    metric_name: Text = Field(description="The metric that ranks; `metric_min` and `metric_max` bound it too.")
    top_k: Annotated[int, Field(ge=1)] = Field(
        default=10, description="How many runs; the server refuses more than its page limit."
    )
    order: Literal["asc", "desc"] | None = Field(
        default=None,
        description="`asc`: lower is better. Needed where the metric's name does not tell it, as loss and accuracy do.",
    )
    aggregate: Aggregate = Field(default="last", description="Which of the metric's values ranks.")


class RankedRun(RunInfo):
    """A run of a leaderboard: its rank from 1, and the value that it is ranked by."""

    rank: int = Field(description="Its place, from 1.")
    value: Number = Field(description="What it is ranked by.")


class NewRunIn(Model):
    """A run to start in the experiment of the path."""

    run_id: OwnRunId | None = Field(
        default=None,
        description="Your own id, which works in every path from then on; no 32 hex digits, no word of the paths.",
    )
    name: Text | None = Field(
        default=None,
        validation_alias=AliasChoices("name", "run_name"),
        serialization_alias="name",
        description="The run's name; MLflow makes one up when left out.",
    )
    config: dict[str, Any] | None = Field(
        default=None,
        description="The configuration, nested or not: flattened into params, kept whole in `config.json`. At most"
        " 2,000 values.",
    )
    tags: TagMap = Field(default_factory=dict, description="Tags to begin with.")
    dataset_id: Annotated[str, Field(max_length=250)] | None = Field(
        default=None, description="The data set, as you name it."
    )
    command: Annotated[str, Field(max_length=8000)] | None = Field(
        default=None, description="The command that started it."
    )
    start_time: Timestamp | None = Field(
        default=None, description="ms since the epoch, or ISO 8601 with its zone; now when left out."
    )


class NewRun(NewRunIn):
    """A run to start; in ``project`` (an experiment's name, made when there is none), else in "Default"."""

    project: Text | None = Field(
        default=None,
        validation_alias=AliasChoices("project", "experiment_name"),
        serialization_alias="project",
        description='An experiment\'s name; it is made when there is none. "Default" when left out.',
    )


Note = Annotated[str, Field(max_length=8000)]


class RunChange(Model):
    """What to change of a run; a tag or note of null is taken away, what is left out stays.

    ``color`` is the slot of the run's colour in the page, from 0 to 19; it takes it for everyone.
    """

    name: Text | None = Field(default=None, description="A new name; null leaves the old one.")
    tags: TagChange = Field(default_factory=dict, description="Tags to set; null takes one away, those left out stay.")
    note: Note | None = Field(
        default=None, description="A new note; null or an empty text takes it away, left out it stays."
    )
    color: Annotated[int, Field(ge=0, le=19, strict=True)] | None = Field(
        default=None, description="The slot of its colour on the page, 0 to 19, for everyone; null leaves it."
    )


class NoteChange(Model):
    """A run's note, such as "PUBLISH: best so far"; null or "" takes it away."""

    note: Note | None = Field(description="The note; null or an empty text takes it away.")


class RunEnd(Model):
    """How a run ended; ``end_time`` is now when left out."""

    status: EndStatus = Field(default="FINISHED", description="How it ended.")
    end_time: Timestamp | None = Field(
        default=None, description="ms since the epoch, or ISO 8601 with its zone; now when left out."
    )


class BulkRequest(Model):
    """One action on many runs.

    ``tag`` takes ``tags`` (null takes one away), ``note`` takes ``note``; ``delete`` is for good, takes archived runs
    only, with their artifacts, and needs ``confirm: true``.
    """

    action: Literal["tag", "note", "archive", "restore", "delete"] = Field(
        description="What to do. `archive` is MLflow's delete, `delete` is for good and takes archived runs only."
    )
    ids: Annotated[list[RunId], Field(min_length=1, max_length=MAX_RUNS)] = Field(
        description="The runs, by MLflow's ids or your own."
    )
    tags: TagChange | None = Field(default=None, description="For `tag`: tags to set; null takes one away.")
    note: Note | None = Field(default=None, description="For `note`: the note; null or an empty text takes it away.")
    confirm: bool = Field(default=False, description="Must be true for `delete`, which removes the artifacts too.")


class BulkResult(Model):
    """What became of one run; ``error`` and ``detail`` say why not."""

    run_id: str = Field(description="The id as asked.")
    ok: bool = Field(description="Whether it was done.")
    error: str | None = Field(default=None, description="The kind of error, when it was not.")
    detail: str | None = Field(default=None, description="Why not, and what to do.")


class BulkAnswer(Model):
    """One result per run, in the order asked."""

    results: list[BulkResult] = Field(description="One per id, in the order asked.")


class Comparison(Model):
    """Runs as rows: the union of what they hold, and each run; ``missing`` ids are unknown or may not be read."""

    metric_keys: list[str] = Field(description="All metrics of these runs, sorted.")
    param_keys: list[str] = Field(description="All params of these runs, sorted.")
    runs: list[RunInfo] = Field(description="The runs, in the order asked.")
    missing: list[str] = Field(default_factory=list, description=_MISSING)


# Data ---------------------------------------------------------------------------------------------------------------


class DataQuery(Model):
    """Which primitives of a run; a Series is thinned to ``max_points`` that keep its extremes and both ends."""

    name: Text | None = Field(default=None, description="Only the primitive of this name.")
    kind: Annotated[str, Field(max_length=40)] | None = Field(
        default=None, description="Only primitives of this kind, in any case."
    )
    max_points: Annotated[int, Field(ge=16, le=1_000_000)] | None = Field(
        default=None, description="Thin each Series to so many points; its extremes and both ends stay."
    )


class NewData(Model):
    """Typed data for a run: a kind (any case) and its data, as in the SDK."""

    name: Text = Field(description="Its name within the run.")
    primitive_type: Annotated[str, Field(max_length=40)] = Field(
        validation_alias=AliasChoices("primitive_type", "kind"),
        serialization_alias="primitive_type",
        description="`Series`, `Distribution`, `Scatter`, `Matrix`, `Curve`, `BarChart` or `Table`, in any case.",
    )
    data: dict[str, Any] = Field(description="What the kind takes, as in the SDK; see the example.")
    section: Annotated[str, Field(max_length=250)] | None = Field(default=None, description="Groups plots.")
    step: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = Field(
        default=None, description="The step of this version; for a Series without index values, where they begin."
    )
    metadata: dict[str, Any] | None = Field(default=None, description="Anything to keep beside it.")


class Stored(Model):
    """How many points or values were taken."""

    stored: int = Field(description="How many points or values were taken.")


class Primitive(Model):
    """One primitive with its data; of a Series ``points`` counts all points, ``shown`` those in ``data``."""

    name: str = Field(description="Its name.")
    kind: str = Field(description="One of the seven kinds, in lower case.")
    section: str | None = Field(default=None, description="The group of plots it belongs to.")
    step: int | None = Field(default=None, description="The step of this version.")
    logged_at: int = Field(description="When it was logged, ms since the epoch.")
    data: dict[str, Any] = Field(description="The content, as the kind has it.")
    metadata: dict[str, Any] | None = Field(default=None, description="What was kept beside it.")
    points: int = Field(description="All its points.")
    shown: int = Field(description="Points in `data`; fewer than `points` when thinned.")


class DataTrouble(Model):
    """A primitive that could not be read, and why."""

    name: str = Field(description="Its name.")
    kind: str = Field(description="Its kind.")
    detail: str = Field(description="Why it could not be read.")


class RunData(Model):
    """The primitives of one run; the newest version of each but Series."""

    run_id: str = Field(description="MLflow's id of the run.")
    primitives: list[Primitive] = Field(description="What was read.")
    troubles: list[DataTrouble] = Field(default_factory=list, description="What could not be read.")


class DataIndex(Model):
    """Run id to what it holds; ``missing`` ids are unknown or may not be read."""

    runs: dict[str, list[PrimitiveInfo]] = Field(description="Each id as asked, and what that run holds.")
    missing: list[str] = Field(default_factory=list, description=_MISSING)


def _value(value: object, read: ValidatorFunctionWrapHandler) -> object:
    try:
        return read(value)
    except NotTaken as error:
        raise ValueError('takes a number, or one of the texts "NaN", "Infinity", "-Infinity"') from error


class MetricPoint(Model):
    """One value of a metric; ``step`` 0 and the time of arrival when left out."""

    name: Text = Field(
        validation_alias=AliasChoices("name", "metric_name", "key"),
        serialization_alias="name",
        description="The metric.",
    )
    value: Annotated[float | NotFinite, WrapValidator(_value)] = Field(
        validation_alias=AliasChoices("value", "metric_value"),
        serialization_alias="value",
        description="A number, or one of the texts for what JSON has no sign for.",
    )
    step: Annotated[int, Field(ge=-(2**63), lt=2**63)] = Field(default=0, description="The step.")
    timestamp: Timestamp | None = Field(
        default=None,
        description="ms since the epoch, or ISO 8601 with its zone; the time of arrival when left out."
        " With it, a retry is stored once.",
    )


class MetricPoints(Model):
    """Many values of metrics of one run."""

    metrics: Annotated[list[MetricPoint], Field(min_length=1, max_length=100_000)] = Field(
        description="The values, of one metric or several."
    )


def _one_or_many(body: object) -> str:
    many = isinstance(body, MetricPoints) or (isinstance(body, dict) and "metrics" in body)
    return "many points" if many else "one point"


OneOrManyPoints = Annotated[
    Annotated[MetricPoints, Tag("many points")] | Annotated[MetricPoint, Tag("one point")], Discriminator(_one_or_many)
]
"""``metrics`` tells the two apart, so that an error is about what was meant."""


# Metrics of many runs -----------------------------------------------------------------------------------------------


class RunsAndKeys(Model):
    """Which runs and metric keys; all keys when left out."""

    runs: Annotated[list[RunId], Field(min_length=1, max_length=MAX_RUNS)] = Field(
        description="The runs, by MLflow's ids or your own."
    )
    keys: Annotated[list[Text], Field(max_length=1000)] | None = Field(
        default=None, description="The metrics; all of them when left out."
    )


SummaryColumn = Literal["last", "last_step", "min", "max", "mean", "count", "nan", "direction", "best_step"]


class SummaryRequest(RunsAndKeys):
    """Which summaries; ``columns`` spares what is not needed: ``best_step`` costs most, ``last`` next to nothing."""

    columns: Annotated[list[SummaryColumn], Field(min_length=1, max_length=9)] | None = Field(
        default=None,
        description="Which columns to fill; all when left out. `best_step` costs most, `last` next to nothing.",
    )


class HistoryRequest(RunsAndKeys):
    """Which histories, and into how many points each is thinned (extremes and both ends are kept)."""

    max_points: Annotated[int, Field(ge=16, le=1_000_000)] | None = Field(
        default=None,
        description="Thin each history to so many points; its extremes and both ends stay. Whole when left out.",
    )


class RunIds(Model):
    """Which runs."""

    runs: Annotated[list[RunId], Field(min_length=1, max_length=MAX_RUNS)] = Field(
        description="The runs, by MLflow's ids or your own."
    )


class Ids(Model):
    """Which runs, under the name that comparing takes."""

    ids: Annotated[list[RunId], Field(min_length=1, max_length=MAX_RUNS)] = Field(
        description="The runs, by MLflow's ids or your own; repeat it for several in an address."
    )


class Summaries(Model):
    """Columns of equal length, one row per run and metric; those that were not asked for are empty.

    ``min``, ``max`` and ``mean`` leave NaN out and are null where there is nothing else; ``count`` counts all points,
    ``nan`` those that are NaN. ``best`` is ``min`` or ``max`` as ``direction`` says ("lower", "higher", or null when
    the key does not tell), ``best_step`` its first step.
    """

    run_id: list[str] = Field(description="The run of each row, as MLflow's id.")
    key: list[str] = Field(description="The metric of each row.")
    last: list[Number] = Field(description="The value at the highest step.")
    last_step: list[int] = Field(description="That step.")
    min: list[Number | None] = Field(description="The lowest value that is a number.")
    max: list[Number | None] = Field(description="The highest value that is a number.")
    mean: list[Number | None] = Field(description="The mean of the values that are numbers.")
    count: list[int] = Field(description="How many values there are.")
    nan: list[int] = Field(description="How many of them are NaN.")
    direction: list[Literal["lower", "higher"] | None] = Field(
        description="What is better, as the metric's name tells; null when it does not."
    )
    best_step: list[int | None] = Field(description="The first step at which the best value stands.")
    missing: list[str] = Field(default_factory=list, description=_MISSING)


class History(Model):
    """One metric of one run in order of (step, timestamp), as columns; ``total`` counts the points before thinning."""

    run_id: str = Field(description="MLflow's id of the run.")
    key: str = Field(description="The metric.")
    step: list[int] = Field(description="The steps, ascending.")
    value: list[Number] = Field(description="The values.")
    timestamp: list[int] = Field(description="ms since the epoch.")
    total: int = Field(description="Points before thinning.")


class Histories(Model):
    """Histories that exist, in the order of runs and keys asked."""

    histories: list[History] = Field(description="Those that exist, in the order asked.")
    missing: list[str] = Field(default_factory=list, description=_MISSING)


# Experiments --------------------------------------------------------------------------------------------------------


class ExperimentInfo(Model):
    """One experiment; ``runs`` counts active runs, ``last_activity`` is the newest one's start."""

    experiment_id: str = Field(description="MLflow's id.")
    name: str = Field(description="Its name.")
    description: str | None = Field(default=None, description="Its description, MLflow's `mlflow.note.content`.")
    tags: dict[str, str] = Field(description="Tags.")
    stage: Literal["active", "archived"] = Field(
        description="Archived experiments are those that MLflow calls deleted."
    )
    runs: int = Field(description="Active runs in it.")
    creation_time: int | None = Field(description="ms since the epoch.")
    last_update_time: int | None = Field(description="ms since the epoch.")
    last_activity: int | None = Field(description="The newest run's start, ms since the epoch.")


class ExperimentQuery(Page):
    """Which experiments. ``tag`` is a key or ``key=value``; the metric bounds hold for the best last value in it."""

    search: Annotated[str, Field(max_length=250)] | None = Field(
        default=None, description="Part of the name, in any case."
    )
    stage: Stage = Field(default="active", description="Archived experiments are those that MLflow calls deleted.")
    tag: Annotated[str, Field(min_length=1, max_length=8250)] | None = Field(
        default=None, description="A tag's key, or `key=value`."
    )
    metric_name: Text | None = Field(default=None, description="The metric that `metric_min` and `metric_max` bound.")
    metric_min: float | None = Field(
        default=None, description="Only experiments in which a run's last value is at least this."
    )
    metric_max: float | None = Field(
        default=None, description="Only experiments in which a run's last value is at most this."
    )
    from_timestamp: Moment | None = Field(
        default=None, description="Only those last active then or later: ms since the epoch, or ISO 8601."
    )
    to_timestamp: Moment | None = Field(
        default=None,
        description="Only those last active then or earlier: ms since the epoch, or ISO 8601.",
    )


class NewExperiment(Model):
    """An experiment to make."""

    name: Text = Field(
        validation_alias=AliasChoices("name", "experiment_name", "project"),
        serialization_alias="name",
        description="Its name, free in this workspace.",
    )
    description: Note | None = Field(default=None, description="What it is about.")
    tags: TagMap = Field(default_factory=dict, description="Tags to begin with.")


class ExperimentChange(Model):
    """What to change of an experiment; ``stage`` archives or restores it with its runs; a null tag is taken away."""

    name: Text | None = Field(default=None, description="A new name; null leaves the old one.")
    description: Note | None = Field(
        default=None, description="A new description; null or an empty text takes it away, left out it stays."
    )
    tags: TagChange = Field(default_factory=dict, description="Tags to set; null takes one away, those left out stay.")
    stage: Literal["active", "archived"] | None = Field(
        default=None, description="`archived` archives it with its runs, `active` brings it back."
    )


# Saved views --------------------------------------------------------------------------------------------------------


ViewName = Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]
ViewVersion = Annotated[int, Field(ge=1, lt=2**31)]


class ViewInfo(Model):
    """One saved view of an experiment; ``version`` is one more with each change."""

    id: str = Field(description="Its id.")
    experiment_id: str = Field(description="The experiment that it shows.")
    name: str = Field(description="Its name, unique in the experiment.")
    version: int = Field(description="One more with each change; a change names the version that it has seen.")
    created_by: str | None = Field(description="Who saved it first; null without authentication.")
    created_at: int = Field(description="When, ms since the epoch.")
    updated_by: str | None = Field(description="Who changed it last; null without authentication.")
    updated_at: int = Field(description="When, ms since the epoch.")


class SavedView(ViewInfo):
    """One saved view with what it shows: ``state`` is the page's own, such as its address and layout."""

    state: dict[str, Any] = Field(description="What it shows: the page's own object, such as its address and layout.")


class ViewQuery(Model):
    """Of which experiment."""

    experiment_id: Annotated[str, Field(max_length=64)] = Field(description="MLflow's id of the experiment.")


class ViewList(Model):
    """The views of an experiment by name, without their state; ``editable`` says whether the caller may change them."""

    views: list[ViewInfo] = Field(description="The views, by name.")
    editable: bool = Field(description="Whether you may save, change and delete views of this experiment.")


class NewView(Model):
    """A view to save; its name is unique in the experiment, its ``state`` at most 64 KiB of JSON."""

    experiment_id: Annotated[str, Field(max_length=64)] = Field(description="MLflow's id of the experiment.")
    name: ViewName = Field(description="Its name, free in the experiment.")
    state: dict[str, Any] = Field(description="What it shows, any JSON object below 64 KiB.")


class ViewChange(Model):
    """A new name, a new state, or both, for the ``version`` that the caller has seen."""

    version: ViewVersion = Field(description="The version that you have seen; a newer one answers 409.")
    name: ViewName | None = Field(default=None, description="A new name; null leaves the old one.")
    state: dict[str, Any] | None = Field(default=None, description="A new state; null leaves the old one.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.name is None and self.state is None:
            raise ValueError("give a name, a state, or both")
        return self


class ViewDeletion(Model):
    """The ``version`` of the view that the caller has seen."""

    version: ViewVersion = Field(description="The version that you have seen; a newer one answers 409.")


# Who changed what ---------------------------------------------------------------------------------------------------


class AuditQuery(Page):
    """Which changes: of one ``target``, such as ``run:`` and an id, or all."""

    target: Annotated[str, Field(max_length=80)] | None = Field(
        default=None, description="What was changed: `run:` or `experiment:` and an id; all when left out."
    )


class AuditEntry(Model):
    """Who changed what through us, and when; ``detail`` is what the action was given."""

    id: int = Field(description="Its number; higher is later.")
    at: int = Field(description="When, ms since the epoch.")
    username: str | None = Field(description="Who; null without authentication.")
    workspace: str | None = Field(description="In which workspace; null on a server that has none.")
    action: str = Field(description="What was done, such as `run.note`.")
    target: str = Field(description="To what: `run:` or `experiment:` and an id.")
    detail: dict[str, Any] = Field(description="What the action was given.")


# What has come since the client last looked -------------------------------------------------------------------------
class TailHave(Model):
    """What a client shows of one run: points per plot key, the status it knows, how many plots it knows of."""

    plots: dict[PlotKey, Annotated[int, Field(ge=0)]] = Field(
        default_factory=dict, max_length=500, description="Plot key to the number of points that the client has."
    )
    status: str = Field(default="", description="The status that the client shows.")
    known: int | None = Field(
        default=None, ge=0, description="How many plots of the run the client knows; left out, `new_plots` stays false."
    )


class TailRequest(RootModel[Annotated[dict[RunId, TailHave], Field(max_length=100)]]):
    """A run's id, MLflow's or its own, to what the client has of it; at most 100 runs."""


class TailPoints(Model):
    """Points beyond those the client has, in order of x; ``time`` in ms since the epoch.

    ``total`` counts all points of the run in this plot. With ``reset`` the client's points no longer are a
    beginning of the plot: fetch it anew.
    """

    x: list[Number] = Field(description="Positions.")
    y: list[Number] = Field(description="Values.")
    time: list[Number] = Field(description="ms since the epoch, one per point.")
    total: int = Field(description="All points of the run in this plot.")
    reset: bool = Field(
        default=False, description="The client's points are no beginning of the plot any more: fetch it anew."
    )


class TailRun(Model):
    """News of one run.

    ``held`` counts the plots it holds, ``new_plots`` says that the client knows of fewer; ``versions`` counts what was
    logged of each plot of another kind than Series.
    """

    status: str = Field(description="The run's status now.")
    plots: dict[str, TailPoints] = Field(
        description="Plot key to the points beyond those that the client has; plots without news are missing."
    )
    held: int = Field(description="How many plots the run holds.")
    new_plots: bool = Field(description="The client knows of fewer.")
    versions: dict[str, int] = Field(
        default_factory=dict, description="Plot key to how often it was logged, for kinds other than Series."
    )


class TailAnswer(RootModel[dict[str, TailRun]]):
    """The run's id as it was asked for to its news; runs that are unknown, deleted or unreadable are missing."""
