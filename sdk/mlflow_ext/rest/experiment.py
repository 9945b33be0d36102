"""Experiments."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AliasChoices, Field

from mlflow_ext.rest.base import Model, Moment, Page, Stage, TagChange, TagMap, Text
from mlflow_ext.rest.run import Note


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
