"""BarChart: numbers per category, in one group or several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from numpy.typing import NDArray
from pydantic import PlainValidator, WithJsonSchema, model_validator

from mlflow_ext.encoding import number_column, numbers_from_json
from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import describe
from mlflow_ext.primitives import columns
from mlflow_ext.primitives.base import Primitive, Rows
from mlflow_ext.primitives.fields import GAPPED_SCHEMA, Flag, Labels, Text

MAX_BARS = 1_000_000


def _groups(value: Any) -> dict[str, NDArray[Any]]:
    if not isinstance(value, Mapping):
        raise ValidationError(
            f"groups is {describe(value)}, but takes a dict of name to list of numbers.", field="groups"
        )
    if not value:
        raise ValidationError("groups is empty; give at least one name with its numbers.", field="groups")
    return {
        columns.text(name, "groups", what="a group's name"): columns.numbers(column, f"groups.{name}", missing=True)
        for name, column in value.items()
    }


class BarChart(Primitive):
    """Numbers per category, as bars side by side or stacked.

    Args:
        categories: n texts.
        groups: name to n numbers, finite or not, None where missing.
        x_label: what stands at the category axis.
        y_label: what stands at the number axis.
        stacked: whether the groups of a category stand on each other.
        horizontal: whether the bars lie.
        metadata: anything JSON holds.

    Example:
        >>> BarChart(["age", "bmi"], {"importance": [0.3, 0.7]}, horizontal=True).groups["importance"].tolist()
        [0.3, 0.7]
    """

    kind: ClassVar[str] = "barchart"
    positional: ClassVar[tuple[str, ...]] = ("categories", "groups", "x_label", "y_label", "stacked", "horizontal")
    max_points: ClassVar[int] = MAX_BARS

    categories: Labels
    groups: Annotated[
        dict[str, NDArray[Any]],
        PlainValidator(_groups),
        WithJsonSchema({"type": "object", "additionalProperties": {"type": "array", "items": GAPPED_SCHEMA}}),
    ]
    x_label: Text = ""
    y_label: Text = ""
    stacked: Flag = False
    horizontal: Flag = False

    if TYPE_CHECKING:

        def __init__(
            self,
            categories: Any,
            groups: Mapping[str, Any],
            x_label: str = "",
            y_label: str = "",
            stacked: bool = False,
            horizontal: bool = False,
            *,
            metadata: Mapping[str, Any] | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _consistent(self) -> BarChart:
        groups = {f"groups.{name}": column for name, column in self.groups.items()}
        size = columns.same_length({"categories": self.categories, **groups})
        columns.at_most(size * len(groups), MAX_BARS, "groups", "bars")
        return self

    @classmethod
    def example(cls) -> BarChart:
        """Score per class on two splits."""
        return cls(
            ["cat", "dog", "bird"],
            {"train": [0.97, 0.95, 0.91], "test": [0.9, 0.88, 0.74]},
            x_label="class",
            y_label="F1",
        )

    def rows(self) -> Rows:
        """One row per category with a column per group."""
        names = (self.x_label or "category", *self.groups)
        return Rows(names, list(zip(self.categories, *map(columns.cells, self.groups.values()), strict=True)))

    def to_data(self) -> dict[str, Any]:
        """Categories, groups by name, labels and layout."""
        return {
            "categories": self.categories,
            "groups": {name: number_column(column) for name, column in self.groups.items()},
            "x_label": self.x_label,
            "y_label": self.y_label,
            "stacked": self.stacked,
            "horizontal": self.horizontal,
        }

    @classmethod
    def decoded(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Numbers again where strings stood for them."""
        groups = data.get("groups")
        if not isinstance(groups, Mapping):
            return data
        return {**data, "groups": {name: numbers_from_json(column) for name, column in groups.items()}}
