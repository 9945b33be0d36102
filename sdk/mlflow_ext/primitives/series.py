"""Series: values over an index, such as loss and accuracy per epoch."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from numpy.typing import NDArray
from pydantic import PlainValidator, ValidationInfo, WithJsonSchema, model_validator

from mlflow_ext.encoding import number_column, numbers_from_json
from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import describe, is_data_frame
from mlflow_ext.primitives import columns
from mlflow_ext.primitives.base import Primitive, Rows
from mlflow_ext.primitives.fields import GAPPED_SCHEMA

MAX_POINTS = 10_000_000
MAX_FIELDS = 10_000


def _index_name(value: Any) -> str:
    return columns.text(value, "index")


def _index_values(value: Any) -> columns.Index | None:
    return None if value is None else columns.index(value, "index_values")


def check_field_names(fields: Collection[Any], where: str) -> None:
    """Refuses field names that can't be stored.

    Args:
        fields: the names.
        where: the argument that they stand in.

    Raises:
        ValidationError: a name is no text, empty, or has a NUL or a lone surrogate; or there are too many.
    """
    columns.at_most(len(fields), MAX_FIELDS, where, "fields")
    for name in fields:
        if not isinstance(name, str) or "\0" in name:
            raise ValidationError(
                f"{where} has the key {describe(name)}; field names are text without NUL.", field=where
            )
        columns.text(name, where, what="a field's name")


def _fields(value: Any, info: ValidationInfo) -> dict[str, NDArray[Any] | tuple[str, ...]]:
    if is_data_frame(value):
        value = {name: value[name] for name in value.columns}
    if not isinstance(value, Mapping):
        raise ValidationError(
            f"fields is {describe(value)}, but takes a dict of name to list of numbers.", field="fields"
        )
    check_field_names(value, "fields")
    checked: dict[str, NDArray[Any] | tuple[str, ...]] = {}
    for name, column in value.items():
        name = columns.text(name, "fields", what="a field's name")
        own = name == info.data.get("index")
        checked[name] = (
            columns.index(column, f"fields.{name}") if own else columns.numbers(column, f"fields.{name}", missing=True)
        )
    return checked


class Series(Primitive):
    """Values over an index; logged again under its name it appends.

    Args:
        index: the name of the index, such as ``epoch``.
        fields: name to numbers of shape (n,), finite or not, None where missing. A field named like ``index``
            supplies the index values.
        index_values: finite numbers or times of shape (n,); None lets the run number the points.
        metadata: anything JSON holds.

    Example:
        >>> Series("epoch", {"epoch": [1, 2], "loss": [0.5, 0.3]}).index_values.tolist()
        [1, 2]
    """

    kind: ClassVar[str] = "series"
    positional: ClassVar[tuple[str, ...]] = ("index", "fields", "index_values")
    max_points: ClassVar[int] = MAX_POINTS

    index: Annotated[str, PlainValidator(_index_name), WithJsonSchema({"type": "string", "minLength": 1})]
    fields: Annotated[
        dict[str, NDArray[Any]],
        PlainValidator(_fields),
        WithJsonSchema({"type": "object", "additionalProperties": {"type": "array", "items": GAPPED_SCHEMA}}),
    ]
    index_values: Annotated[
        NDArray[Any] | tuple[str, ...] | None,
        PlainValidator(_index_values),
        WithJsonSchema({"anyOf": [{"type": "array", "items": {"type": ["number", "string"]}}, {"type": "null"}]}),
    ] = None

    if TYPE_CHECKING:

        def __init__(
            self,
            index: str,
            fields: Mapping[str, Any],
            index_values: Any = None,
            *,
            metadata: Mapping[str, Any] | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _consistent(self) -> Series:
        own = self.fields.pop(self.index, None)
        if own is not None:
            if self.index_values is not None:
                raise ValidationError(
                    f"index_values was given, and so was a field named like the index, {self.index!r}; give one.",
                    field="index_values",
                )
            self.__dict__["index_values"] = own
        if not self.fields:
            raise ValidationError("fields is empty; give at least one name with its numbers.", field="fields")
        lengths = {f"fields.{name}": column for name, column in self.fields.items()}
        index = self.index_values
        source = f"fields.{self.index}" if own is not None else "index_values"
        size = columns.same_length({**lengths, source: index} if index is not None else lengths)
        columns.at_most(size, MAX_POINTS, "fields", "points")
        return self

    def __len__(self) -> int:
        return len(next(iter(self.fields.values())))

    @classmethod
    def example(cls) -> Series:
        """Loss and accuracy of five epochs."""
        return cls(
            "epoch",
            {"loss": [0.92, 0.61, 0.44, 0.37, 0.33], "accuracy": [0.66, 0.78, 0.85, 0.88, 0.9]},
            [1, 2, 3, 4, 5],
        )

    def rows(self) -> Rows:
        """One row per point: the index, then the fields."""
        index = range(len(self)) if self.index_values is None else columns.cells(self.index_values)
        return Rows(
            (self.index, *self.fields), list(zip(index, *map(columns.cells, self.fields.values()), strict=True))
        )

    def to_data(self) -> dict[str, Any]:
        """Columns by field; ``index_values`` null while the run still has to number the points."""
        return {
            "index": self.index,
            "index_values": self.index_values,
            "fields": {name: number_column(column) for name, column in self.fields.items()},
        }

    @classmethod
    def decoded(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Drops ``calls``, which say when points were logged, not what they are."""
        data.pop("calls", None)
        if isinstance(data.get("fields"), Mapping):
            data["fields"] = {name: numbers_from_json(column) for name, column in data["fields"].items()}
            if data.get("index") in list(data["fields"]):
                raise ValidationError(
                    "Series: stored index values stand in index_values, not in fields.", field="fields"
                )
        return data
