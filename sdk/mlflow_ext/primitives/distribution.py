"""Distribution: a sample of numbers, in groups or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import model_validator

from mlflow_ext.encoding import number_column, numbers_from_json
from mlflow_ext.primitives import columns
from mlflow_ext.primitives.base import Primitive, Rows
from mlflow_ext.primitives.fields import LabelsOrNone, Numbers

MAX_VALUES = 10_000_000


class Distribution(Primitive):
    """A sample of numbers, drawn as a histogram, or as one violin per group.

    Args:
        values: numbers of shape (n,), finite or not.
        groups: one label per value, None for a value without group; None for no groups at all.
        metadata: anything JSON holds.

    Example:
        >>> Distribution([0.1, -0.2, 0.05], groups=["train", "test", "test"]).groups
        ('train', 'test', 'test')
    """

    kind: ClassVar[str] = "distribution"
    positional: ClassVar[tuple[str, ...]] = ("values", "groups")
    max_points: ClassVar[int] = MAX_VALUES

    values: Numbers
    groups: LabelsOrNone = None

    if TYPE_CHECKING:

        def __init__(self, values: Any, groups: Any = None, *, metadata: Mapping[str, Any] | None = None) -> None: ...

    @model_validator(mode="after")
    def _consistent(self) -> Distribution:
        size = columns.same_length({"values": self.values, "groups": self.groups})
        columns.at_most(size, MAX_VALUES, "values", "values")
        return self

    @classmethod
    def example(cls) -> Distribution:
        """Residuals of a regression on train and test data."""
        train = [-0.42, -0.31, -0.18, -0.11, -0.04, 0.02, 0.07, 0.15, 0.28, 0.39]
        test = [-0.88, -0.51, -0.27, -0.09, 0.06, 0.21, 0.48, 0.95]
        return cls(train + test, groups=["train"] * len(train) + ["test"] * len(test))

    def rows(self) -> Rows:
        """One row per value, with its group where there are groups."""
        if self.groups is None:
            return Rows(("value",), [(value,) for value in columns.cells(self.values)])
        return Rows(("value", "group"), list(zip(columns.cells(self.values), self.groups, strict=True)))

    def to_data(self) -> dict[str, Any]:
        """``values`` and ``groups``."""
        return {"values": number_column(self.values), "groups": self.groups}

    @classmethod
    def decoded(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Numbers again where strings stood for them."""
        return {**data, "values": numbers_from_json(data["values"])} if "values" in data else data
