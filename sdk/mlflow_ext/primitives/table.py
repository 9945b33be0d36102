"""Table: rows of cells under typed columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, get_args

from pydantic import ModelWrapValidatorHandler, PrivateAttr, SkipValidation, WithJsonSchema, model_validator

from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import array_or_list, describe, is_data_frame
from mlflow_ext.primitives import cells, columns
from mlflow_ext.primitives.base import Primitive, Rows

ColumnType = Literal["number", "string", "boolean", "datetime", "mixed"]
TYPES: tuple[ColumnType, ...] = get_args(ColumnType)
MAX_CELLS = 1_000_000
MAX_COLUMNS = 10_000


class Column(NamedTuple):
    """A column's name and the type that all its cells have."""

    name: str
    type: ColumnType


class Table(Primitive):
    """Rows of cells under typed columns.

    Args:
        columns: names, or ``{"name", "type"}`` with type one of number, string, boolean, datetime, mixed. The type of
            a mere name is found from its cells.
        data: rows, each with one cell per column: None, numbers, text, booleans, dates, or in mixed columns any JSON.
        metadata: anything JSON holds.

    Example:
        >>> Table(["image", "score"], [["a.png", 0.9], ["b.png", None]]).columns[1]
        Column(name='score', type='number')
    """

    kind: ClassVar[str] = "table"
    positional: ClassVar[tuple[str, ...]] = ("columns", "data")
    max_points: ClassVar[int] = MAX_CELLS

    columns: Annotated[
        SkipValidation[tuple[Column, ...]],
        WithJsonSchema(
            {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"name": {"type": "string"}, "type": {"enum": list(TYPES)}},
                    "required": ["name", "type"],
                },
            }
        ),
    ]
    data: Annotated[
        SkipValidation[tuple[tuple[Any, ...], ...]], WithJsonSchema({"type": "array", "items": {"type": "array"}})
    ]

    if TYPE_CHECKING:

        def __init__(self, columns: Any, data: Any, *, metadata: Mapping[str, Any] | None = None) -> None: ...

    _strict: bool = PrivateAttr(default=False)

    @model_validator(mode="wrap")
    @classmethod
    def _typed(cls, raw: Any, handler: ModelWrapValidatorHandler[Table]) -> Table:
        if not isinstance(raw, dict) or "columns" not in raw or "data" not in raw:
            return handler(raw)
        declared = _declared(raw["columns"])
        rows = _rows(raw["data"], len(declared))
        columns.at_most(len(rows) * len(declared), MAX_CELLS, "data", "cells")
        stored = list(zip(*rows, strict=True)) if rows else [()] * len(declared)
        typed = [cells.typed(column, kind, name) for column, (name, kind) in zip(stored, declared, strict=True)]
        changed = any(new.cells is not old for new, old in zip(typed, stored, strict=True))
        checked = {
            "columns": tuple(Column(name, column.type) for (name, _), column in zip(declared, typed, strict=True)),
            "data": tuple(zip(*(column.cells for column in typed), strict=True)) if changed else tuple(rows),
        }
        table = handler({**raw, **checked})
        object.__setattr__(table, "__pydantic_private__", {"_strict": all(column.strict for column in typed)})
        return table

    def __len__(self) -> int:
        return len(self.data)

    @classmethod
    def example(cls) -> Table:
        """Predictions of an image classifier."""
        return cls(
            ["image", "label", "predicted", "confidence", "correct"],
            [
                ["digits/0017.png", "7", "7", 0.98, True],
                ["digits/0242.png", "4", "9", 0.51, False],
                ["digits/1033.png", "1", "1", 0.87, True],
            ],
        )

    def rows(self) -> Rows:
        """The rows as they are."""
        return Rows(tuple(column.name for column in self.columns), list(self.data))

    def to_data(self) -> dict[str, Any]:
        """``columns`` with their types and ``data`` row by row."""
        head = [{"name": column.name, "type": column.type} for column in self.columns]
        if self._strict:
            return {"columns": head, "data": self.data}
        stored = list(zip(*self.data, strict=True)) if self.data else []
        coded = [cells.encoded(column, kind) for column, (_, kind) in zip(stored, self.columns, strict=False)]
        same = all(new is old for new, old in zip(coded, stored, strict=True))
        return {"columns": head, "data": self.data if same else list(zip(*coded, strict=True))}

    @classmethod
    def decoded(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Cells again as they were: strings for NaN in number columns, marks in mixed ones."""
        head, rows = data.get("columns"), data.get("data")
        if not isinstance(head, list) or not isinstance(rows, list):
            return data
        declared = _declared(head)
        for name, kind in declared:
            if kind is None:
                raise ValidationError(f"Table: the stored column {name!r} has no type.", field="columns")
        plain = _rows(rows, len(declared))
        if not plain:
            return data
        stored = [
            cells.decoded(column, kind) for column, (_, kind) in zip(zip(*plain, strict=True), declared, strict=True)
        ]
        return {**data, "data": list(zip(*stored, strict=True))}


def _declared(value: Any) -> list[tuple[str, ColumnType | None]]:
    raw = array_or_list(value, "columns")
    columns.at_most(len(raw), MAX_COLUMNS, "columns", "columns")
    declared: list[tuple[str, ColumnType | None]] = []
    seen: set[str] = set()
    for i, item in enumerate(raw):
        name, kind = _column(item, i)
        if name in seen:
            raise ValidationError(f"columns[{i}] is {name!r} again; column names must differ.", field="columns")
        seen.add(name)
        declared.append((name, kind))
    if not declared:
        raise ValidationError("columns is empty; give at least one name.", field="columns")
    return declared


def _column(item: Any, position: int) -> tuple[str, ColumnType | None]:
    if isinstance(item, Column):
        item = item._asdict()
    if not isinstance(item, Mapping):
        return columns.text(item, f"columns[{position}]"), None
    if "name" not in item or not item.keys() <= {"name", "type"}:
        raise ValidationError(
            f'columns[{position}] takes {{"name": ..., "type": ...}}, got {describe(item)}.', field="columns"
        )
    kind = item.get("type")
    if kind is not None and not (isinstance(kind, str) and kind in TYPES):
        raise ValidationError(
            f"columns[{position}].type is {describe(kind)}, but takes {', '.join(TYPES)}.", field="columns"
        )
    return columns.text(item["name"], f"columns[{position}].name"), kind


def _rows(value: Any, width: int) -> list[tuple[Any, ...]]:
    if is_data_frame(value):
        value = list(zip(*(array_or_list(value.iloc[:, i], "data") for i in range(value.shape[1])), strict=True))
    raw = array_or_list(value, "data")
    if not isinstance(raw, list):
        raw = list(raw) if raw.dtype.kind in "OMm" else raw.tolist()
    if set(map(type, raw)) <= {list, tuple}:
        rows = list(map(tuple, raw))
    else:
        rows = [_row(row, f"data[{r}]") for r, row in enumerate(raw)]
    if not set(map(len, rows)) <= {width}:
        wrong = next(r for r, row in enumerate(rows) if len(row) != width)
        raise ValidationError(
            f"data[{wrong}] has {len(rows[wrong])} cells, but there are {width} columns.", field=f"data[{wrong}]"
        )
    return rows


def _row(row: Any, field: str) -> tuple[Any, ...]:
    if isinstance(row, Mapping):
        raise ValidationError(
            f"{field} is {describe(row)}, but takes a list of cells; log the list of dicts itself.", field=field
        )
    raw = array_or_list(row, field)
    return tuple(raw if isinstance(raw, list) or raw.dtype.kind in "OMm" else raw.tolist())
