"""Runs: found, started, changed, ended, compared."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, model_validator
from typing_extensions import Self

from mlflow_ext.rest.base import (
    MAX_RUNS,
    MISSING,
    EndStatus,
    Model,
    Moment,
    Number,
    OwnRunId,
    Page,
    RunId,
    Stage,
    TagChange,
    TagMap,
    Text,
    Timestamp,
)


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
    missing: list[str] = Field(default_factory=list, description=MISSING)
