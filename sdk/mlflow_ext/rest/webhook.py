"""Webhooks that alerts are sent to, and what became of each sending."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from mlflow_ext.rest.alert import ExperimentId, OwnId
from mlflow_ext.rest.base import Model, Page
from mlflow_ext.store_format.alert import AlertLevel

WebhookName = Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]
Url = Annotated[str, Field(min_length=1, max_length=2_000)]
Secret = Annotated[str, Field(min_length=16, max_length=256)]
DeliveryState = Literal["pending", "delivered", "failed"]
_SECRET = "Signs what is sent (HMAC-SHA256), 16 to 256 characters; no route ever gives it back."


class Attempt(Model):
    """One try to send an alert."""

    number: int = Field(description="1 for the first.")
    at: int = Field(description="When, ms since the epoch.")
    duration: int | None = Field(description="How long it took, ms; null while it is under way.")
    status: int | None = Field(description="The HTTP status of the answer; null without one.")
    why: str = Field(description="What happened, in words.")


class Delivery(Model):
    """An alert on its way to a webhook."""

    id: str = Field(description="Its id, which the receiver gets in a header, the same with each attempt.")
    webhook_id: str = Field(description="Where to.")
    alert_id: str | None = Field(description="Which alert; null for a test.")
    state: DeliveryState = Field(description="What became of it.")
    created_at: int = Field(description="Since when, ms since the epoch.")
    next_at: int | None = Field(description="When it is tried next, ms since the epoch; null when it is not.")
    attempts: list[Attempt] = Field(description="Each try, the first one first.")


class Webhook(Model):
    """An address that alerts are sent to."""

    id: str = Field(description="Its id.")
    name: str = Field(description="Its name.")
    url: str = Field(description="Where alerts are sent.")
    every_alert: bool = Field(description="Whether it gets every alert, beside those of rules that name it.")
    experiment_id: str | None = Field(description="Of `every_alert`: only of this experiment; null for all.")
    level: AlertLevel = Field(description="Of `every_alert`: of this level and above.")
    paused: bool = Field(description="Whether it is paused: alerts that come meanwhile are not sent.")
    created_by: str | None = Field(description="Who made it; null without authentication.")
    created_at: int = Field(description="When, ms since the epoch.")
    updated_by: str | None = Field(description="Who changed it last; null without authentication.")
    updated_at: int = Field(description="When, ms since the epoch.")
    last_delivery: Delivery | None = Field(description="What was sent to it last; null for nothing in 30 days.")


class NewWebhook(Model):
    """A webhook to add; its address is one that the server's settings allow."""

    name: WebhookName = Field(description="Its name.")
    url: Url = Field(description="Where alerts are sent.")
    secret: Secret = Field(description=_SECRET)
    every_alert: bool = Field(default=False, description="Whether it gets every alert.")
    experiment_id: ExperimentId | None = Field(default=None, description="Only those of this experiment.")
    level: AlertLevel = Field(default="info", description="Only those of this level and above.")
    paused: bool = Field(default=False, description="Whether it begins paused.")


class WebhookChange(Model):
    """What to change of a webhook; what is left out stays."""

    name: WebhookName | None = Field(default=None, description="Its name.")
    url: Url | None = Field(default=None, description="Where alerts are sent.")
    secret: Secret | None = Field(default=None, description=_SECRET)
    every_alert: bool | None = Field(default=None, description="Whether it gets every alert.")
    experiment_id: ExperimentId | None = Field(default=None, description="Only those of this experiment; null for all.")
    level: AlertLevel | None = Field(default=None, description="Only those of this level and above.")
    paused: bool | None = Field(default=None, description="Whether it is paused.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        given = {name for name in self.model_fields_set if getattr(self, name) is not None or name == "experiment_id"}
        if not given:
            raise ValueError("give something to change")
        return self


class DeliveryQuery(Page):
    """Which deliveries; what is left out selects nothing out."""

    webhook_id: OwnId | None = Field(default=None, description="Those to a webhook.")
    alert_id: OwnId | None = Field(default=None, description="Those of an alert.")
    state: DeliveryState | None = Field(default=None, description="Those in a state.")
