"""Matrix: a grid of numbers with row and column labels, such as a confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from numpy.typing import NDArray
from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from mlflow_ext.encoding import number_column, numbers_from_json
from mlflow_ext.errors import ValidationError
from mlflow_ext.primitives import columns
from mlflow_ext.primitives.base import Primitive, Rows
from mlflow_ext.primitives.fields import GAPPED_SCHEMA

MAX_CELLS = 4_000_000
_LABELS = WithJsonSchema({"type": "array", "items": {"type": "string"}})


def _values(value: Any) -> NDArray[Any]:
    return columns.matrix(value, "values")


class Matrix(Primitive):
    """A grid of numbers, drawn as a heatmap.

    Since ``rows()`` gives the table form, the labels are read as ``row_labels`` and ``col_labels``.

    Args:
        rows: n labels, from top to bottom.
        cols: m labels, from left to right.
        values: numbers of shape (n, m), finite or not, None where missing.
        metadata: anything JSON holds.

    Example:
        >>> Matrix(rows=["cat", "dog"], cols=["cat", "dog"], values=[[8, 2], [1, 9]]).values.shape
        (2, 2)
    """

    kind: ClassVar[str] = "matrix"
    positional: ClassVar[tuple[str, ...]] = ("rows", "cols", "values")
    max_points: ClassVar[int] = MAX_CELLS

    row_labels: Annotated[
        tuple[str, ...], Field(alias="rows"), PlainValidator(lambda value: columns.plain_labels(value, "rows")), _LABELS
    ]
    col_labels: Annotated[
        tuple[str, ...], Field(alias="cols"), PlainValidator(lambda value: columns.plain_labels(value, "cols")), _LABELS
    ]
    values: Annotated[
        NDArray[Any],
        PlainValidator(_values),
        WithJsonSchema({"type": "array", "items": {"type": "array", "items": GAPPED_SCHEMA}}),
    ]

    if TYPE_CHECKING:

        def __init__(self, rows: Any, cols: Any, values: Any, *, metadata: Mapping[str, Any] | None = None) -> None: ...

    @model_validator(mode="after")
    def _consistent(self) -> Matrix:
        n, m = len(self.row_labels), len(self.col_labels)
        if self.values.shape == (0, 0) and n == 0:
            self.__dict__["values"] = self.values.reshape(0, m)
        height, width = self.values.shape
        if height != n:
            raise ValidationError(
                f"rows has {n} labels, but values has {height} rows; give one label per row.", field="rows"
            )
        if width != m:
            raise ValidationError(
                f"cols has {m} labels, but values has {width} columns; give one label per column.", field="cols"
            )
        columns.at_most(n * m, MAX_CELLS, "values", "cells")
        return self

    @classmethod
    def example(cls) -> Matrix:
        """A confusion matrix of three kinds of wine."""
        names = ["barolo", "grignolino", "barbera"]
        return cls(names, names, [[19, 1, 0], [1, 20, 2], [0, 1, 14]])

    def rows(self) -> Rows:
        """One row per matrix row, its label first."""
        labelled = zip(self.row_labels, self.values.tolist(), strict=True)
        return Rows(("row", *self.col_labels), [(label, *values) for label, values in labelled])

    def to_data(self) -> dict[str, Any]:
        """``rows``, ``cols`` and ``values`` row by row."""
        return {"rows": self.row_labels, "cols": self.col_labels, "values": number_column(self.values)}

    @classmethod
    def decoded(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Numbers again where strings stood for them."""
        values = data.get("values")
        return {**data, "values": list(map(numbers_from_json, values))} if isinstance(values, list) else data
