"""Rules that raise alerts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from mlflow_ext.direction import Direction
from mlflow_ext.rest.alert import AlertTitle, ExperimentId, OwnId
from mlflow_ext.rest.base import Model, Text
from mlflow_ext.store_format.alert import AlertLevel

Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, le=1e12, allow_inf_nan=False)]
Seconds = Annotated[int, Field(ge=10, le=30 * 86_400)]
Way = Literal["up", "down", "either"]
_METRIC = "The metric's name."


class Threshold(Model):
    """A metric is above or below a value."""

    kind: Literal["threshold"] = Field(description="Which kind of rule.")
    metric: Text = Field(description=_METRIC)
    side: Literal["above", "below"] = Field(description="On which side of the value.")
    value: Finite = Field(description="The value; to be equal to it does not count.")
    points: Annotated[int, Field(ge=1, le=1_000)] = Field(default=1, description="For how many points in a row.")


class Change(Model):
    """A metric changes by a part of what it was."""

    kind: Literal["change"] = Field(description="Which kind of rule.")
    metric: Text = Field(description=_METRIC)
    way: Way = Field(default="either", description="Which way.")
    percent: Positive = Field(description="By more than how many percent.")
    window: Annotated[int, Field(ge=1, le=200)] = Field(
        default=1, description="Against the mean of how many points before; 1 for the previous point."
    )


class ZScore(Model):
    """A metric stands out from the points before, counted in their standard deviations."""

    kind: Literal["z_score"] = Field(description="Which kind of rule.")
    metric: Text = Field(description=_METRIC)
    way: Way = Field(default="either", description="Which way.")
    z: Positive = Field(default=4.0, description="By more than how many standard deviations.")
    window: Annotated[int, Field(ge=5, le=200)] = Field(default=50, description="Of how many points before.")


class NonFinite(Model):
    """A metric is NaN or infinite."""

    kind: Literal["not_finite"] = Field(description="Which kind of rule.")
    metric: Text = Field(description=_METRIC)


class NoProgress(Model):
    """A metric of a run that goes on has not got better for a while."""

    kind: Literal["no_progress"] = Field(description="Which kind of rule.")
    metric: Text = Field(description=_METRIC)
    seconds: Seconds = Field(description="For how long.")
    better: Direction | None = Field(default=None, description="Which way is better; null to tell by the name.")
    least: Annotated[float, Field(ge=0, allow_inf_nan=False)] = Field(
        default=0.0, description="A gain up to this much is none."
    )


class RunFailed(Model):
    """A run ends as failed."""

    kind: Literal["run_failed"] = Field(description="Which kind of rule.")


class RunSilent(Model):
    """A run that says it is running logs no metric for a while; system metrics don't count."""

    kind: Literal["run_silent"] = Field(description="Which kind of rule.")
    seconds: Seconds = Field(description="For how long.")


Condition = Annotated[
    Threshold | Change | ZScore | NonFinite | NoProgress | RunFailed | RunSilent, Field(discriminator="kind")
]
"""What a rule looks for."""


class AlertRule(Model):
    """What raises alerts of the runs of an experiment, once for each run and episode."""

    id: str = Field(description="Its id.")
    experiment_id: str = Field(description="MLflow's id of the experiment.")
    name: str = Field(description="Its name, the title of its alerts.")
    condition: Condition = Field(description="What it looks for.")
    level: AlertLevel = Field(description="The level of its alerts.")
    webhook_id: str | None = Field(description="The webhook that its alerts are sent to; null for none.")
    paused: bool = Field(description="Whether it is paused.")
    since: int = Field(description="What happened before does not count, ms since the epoch.")
    created_by: str | None = Field(description="Who made it; null without authentication.")
    created_at: int = Field(description="When, ms since the epoch.")
    updated_by: str | None = Field(description="Who changed it last; null without authentication.")
    updated_at: int = Field(description="When, ms since the epoch.")


class NamedWebhook(Model):
    """A webhook as those may see it who may choose it."""

    id: str = Field(description="Its id.")
    name: str = Field(description="Its name.")


class AlertRuleQuery(Model):
    """Of which experiment."""

    experiment_id: ExperimentId = Field(description="MLflow's id of the experiment.")


class AlertRuleList(Model):
    """The rules of an experiment, oldest first."""

    rules: list[AlertRule] = Field(description="The rules.")
    editable: bool = Field(description="Whether you may add, change and delete rules of this experiment.")
    webhooks: list[NamedWebhook] = Field(description="Webhooks that a rule may name; empty where you may not edit.")


class NewAlertRule(Model):
    """A rule to add."""

    experiment_id: ExperimentId = Field(description="MLflow's id of the experiment.")
    condition: Condition = Field(description="What it looks for.")
    name: AlertTitle | None = Field(default=None, description="Its name; made of the condition when left out.")
    level: AlertLevel = Field(default="warning", description="The level of its alerts.")
    webhook_id: OwnId | None = Field(default=None, description="The webhook that its alerts are sent to.")
    paused: bool = Field(default=False, description="Whether it begins paused.")


class AlertRuleChange(Model):
    """What to change of a rule; what is left out stays. With a new condition, or after a pause, it begins anew."""

    condition: Condition | None = Field(default=None, description="What it looks for.")
    name: AlertTitle | None = Field(default=None, description="Its name.")
    level: AlertLevel | None = Field(default=None, description="The level of its alerts.")
    webhook_id: OwnId | None = Field(default=None, description="The webhook; null for none.")
    paused: bool | None = Field(default=None, description="Whether it is paused.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        given = {name for name in self.model_fields_set if getattr(self, name) is not None or name == "webhook_id"}
        if not given:
            raise ValueError("give something to change: condition, name, level, webhook_id or paused")
        return self
