"""Values of metrics, written one run at a time and read for many runs as columns."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AliasChoices, Discriminator, Field, Tag, ValidatorFunctionWrapHandler, WrapValidator
from pydantic import ValidationError as NotTaken

from mlflow_ext.rest.base import MAX_RUNS, MISSING, Model, NotFinite, Number, RunId, Text, Timestamp


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
    missing: list[str] = Field(default_factory=list, description=MISSING)


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
    missing: list[str] = Field(default_factory=list, description=MISSING)
