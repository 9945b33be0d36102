"""Alerts, and how many of them a person has not seen."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mlflow_ext.rest.base import Model, Moment, Page, RunId, Timestamp
from mlflow_ext.store_format.alert import TEXT_LIMIT, AlertLevel

AlertTitle = Annotated[str, Field(min_length=1, max_length=250, pattern=r"\S")]
ExperimentId = Annotated[str, Field(max_length=64)]
OwnId = Annotated[str, Field(min_length=1, max_length=64)]


class Alert(Model):
    """Something that happened in a run: what its script said, or what a rule found."""

    id: str = Field(description="Its id.")
    experiment_id: str = Field(description="MLflow's id of the run's experiment.")
    run_id: str = Field(description="MLflow's id of the run.")
    run_name: str | None = Field(description="The run's name.")
    rule_id: str | None = Field(description="The rule that raised it; null when the run's script or a client did.")
    level: AlertLevel = Field(description="How much it matters.")
    title: str = Field(description="What happened.")
    text: str = Field(description="More about it; may be empty.")
    at: int = Field(description="When it happened, ms since the epoch.")
    recorded_at: int = Field(description="When this server learned of it, ms since the epoch; lists go by it.")
    seen: bool = Field(description="Whether you have marked it, or a later one, as seen.")


class AlertQuery(Page):
    """Which alerts; what is left out selects nothing out."""

    experiment_id: ExperimentId | None = Field(default=None, description="Those of an experiment's runs.")
    run_id: RunId | None = Field(default=None, description="Those of a run, by MLflow's id or your own.")
    level: Annotated[list[AlertLevel], Field(max_length=3)] = Field(
        default_factory=list, description="Those of a level; repeat it for several."
    )
    since: Moment | None = Field(default=None, description="Those that this server learned of at this time or later.")


class NewAlert(Model):
    """An alert of a run."""

    run_id: RunId = Field(description="The run, by MLflow's id or your own.")
    title: AlertTitle = Field(description="What happened.")
    text: Annotated[str, Field(max_length=TEXT_LIMIT)] = Field(default="", description="More about it.")
    level: AlertLevel = Field(default="info", description="How much it matters.")
    at: Timestamp | None = Field(default=None, description="When it happened; now when left out.")


class AlertsSeen(Model):
    """Up to which alert of an experiment the caller has seen them."""

    experiment_id: ExperimentId = Field(description="MLflow's id of the experiment.")
    until: Timestamp = Field(description="The `recorded_at` of the latest alert that you have seen.")


class AlertNews(Model):
    """How many alerts of an experiment the caller has not seen, and when the last one came."""

    unseen: int = Field(description="How many you have not seen.")
    latest: int | None = Field(description="The `recorded_at` of the last one; null when there is none.")
