"""Curve: one line of y over x with its baseline and metric, such as a ROC curve with its AUC."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, cast, get_args

from pydantic import PlainValidator, WithJsonSchema, model_validator

from mlflow_ext.encoding import number_column, numbers_from_json
from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import describe
from mlflow_ext.primitives import columns
from mlflow_ext.primitives.base import Primitive, Rows
from mlflow_ext.primitives.fields import NUMBER_SCHEMA, Numbers, Text
from mlflow_ext.values import number

MAX_POINTS = 1_000_000
Baseline = Literal["diagonal", "horizontal", "vertical"]


class CurveMetric(NamedTuple):
    """The number that sums a curve up, such as ``("AUC", 0.93)``."""

    name: str
    value: int | float


def _baseline(value: Any) -> Baseline | None:
    for known in (None, *get_args(Baseline)):
        if value is known or (isinstance(value, str) and value == known):
            return cast("Baseline | None", known)
    raise ValidationError(
        f"baseline is {describe(value)}, but takes 'diagonal', 'horizontal', 'vertical' or None.", field="baseline"
    )


def _metric(value: Any) -> CurveMetric | None:
    if value is None or isinstance(value, CurveMetric):
        return value
    if not isinstance(value, Mapping) or set(value) != {"name", "value"}:
        got = f"a dict with the keys {sorted(map(str, value))}" if isinstance(value, Mapping) else describe(value)
        raise ValidationError(f'metric is {got}, but takes {{"name": "AUC", "value": 0.93}}.', field="metric")
    name = columns.text(value["name"], "metric.name")
    if "\0" in name:
        raise ValidationError("metric.name holds a NUL character, which can't be stored.", field="metric.name")
    plain = number(value["value"], "metric.value")
    if plain is None:
        raise ValidationError("metric.value is missing, but takes a number.", field="metric.value")
    return CurveMetric(name, plain)


class Curve(Primitive):
    """One line of y over x.

    Args:
        x: numbers of shape (n,), finite or not.
        y: numbers of shape (n,), finite or not.
        x_label: what stands under the axis.
        y_label: what stands beside the axis.
        baseline: what to compare with: "diagonal", "horizontal", "vertical" or None.
        metric: ``{"name", "value"}`` of the number that sums it up; it is also logged as an MLflow metric.
        metadata: anything JSON holds.

    Example:
        >>> Curve([0, 0.1, 1], [0, 0.8, 1], metric={"name": "AUC", "value": 0.85}).metric.value
        0.85
    """

    kind: ClassVar[str] = "curve"
    positional: ClassVar[tuple[str, ...]] = ("x", "y", "x_label", "y_label", "baseline", "metric")
    max_points: ClassVar[int] = MAX_POINTS

    x: Numbers
    y: Numbers
    x_label: Text = ""
    y_label: Text = ""
    baseline: Annotated[
        Baseline | None, PlainValidator(_baseline), WithJsonSchema({"enum": [*get_args(Baseline), None]})
    ] = None
    metric: Annotated[
        CurveMetric | None,
        PlainValidator(_metric),
        WithJsonSchema(
            {
                "anyOf": [
                    {
                        "type": "object",
                        "properties": {"name": {"type": "string"}, "value": NUMBER_SCHEMA},
                        "required": ["name", "value"],
                    },
                    {"type": "null"},
                ]
            }
        ),
    ] = None

    if TYPE_CHECKING:

        def __init__(
            self,
            x: Any,
            y: Any,
            x_label: str = "",
            y_label: str = "",
            baseline: Baseline | None = None,
            metric: Mapping[str, Any] | CurveMetric | None = None,
            *,
            metadata: Mapping[str, Any] | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _consistent(self) -> Curve:
        columns.at_most(columns.same_length({"x": self.x, "y": self.y}), MAX_POINTS, "x", "points")
        return self

    @classmethod
    def example(cls) -> Curve:
        """A ROC curve."""
        return cls(
            [0.0, 0.0, 0.05, 0.11, 0.24, 0.42, 1.0],
            [0.0, 0.38, 0.66, 0.81, 0.92, 0.97, 1.0],
            "False positive rate",
            "True positive rate",
            "diagonal",
            {"name": "AUC", "value": 0.9185},
        )

    def rows(self) -> Rows:
        """One row per point."""
        names = (self.x_label or "x", self.y_label or "y")
        return Rows(names, list(zip(columns.cells(self.x), columns.cells(self.y), strict=True)))

    def to_data(self) -> dict[str, Any]:
        """Columns, labels, baseline, and the metric as an object."""
        metric = self.metric and {"name": self.metric.name, "value": number_column([self.metric.value])[0]}
        return {
            "x": number_column(self.x),
            "y": number_column(self.y),
            "x_label": self.x_label,
            "y_label": self.y_label,
            "baseline": self.baseline,
            "metric": metric,
        }

    @classmethod
    def decoded(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Numbers again where strings stood for them."""
        plain = {key: numbers_from_json(value) if key in ("x", "y") else value for key, value in data.items()}
        metric = plain.get("metric")
        if isinstance(metric, Mapping) and "value" in metric:
            plain["metric"] = {**metric, "value": numbers_from_json([metric["value"]])[0]}
        return plain
