"""The cells of a table column: which type they have, what is stored for them, and back."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mlflow_ext.encoding import float_text, from_jsonable, jsonable, numbers_from_json
from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import describe, is_missing, storable
from mlflow_ext.primitives.uniform import uniform_column
from mlflow_ext.times import is_iso, is_time, iso_text
from mlflow_ext.values import INT_END, INT_MIN, plain_scalar, single, whole

if TYPE_CHECKING:
    from mlflow_ext.primitives.table import ColumnType

_NONE = type(None)


class Typed(NamedTuple):
    """A column of plain cells; ``strict``: strict JSON is known to take them as they are."""

    type: ColumnType
    cells: tuple[Any, ...]
    strict: bool = False


def typed(column: tuple[Any, ...], declared: ColumnType | None, name: str) -> Typed:
    """The type of a column and its cells as plain values; the same tuple when nothing had to be turned into another.

    Args:
        column: one cell per row.
        declared: the type the caller gave, or None to find it.
        name: the column's name, for errors.

    Raises:
        ValidationError: a cell does not fit the declared type, or can't be stored; it names row and column.
    """
    if declared in (None, "number") and (numbers := uniform_column(column)) is not None:
        return Typed("number", column, bool(np.isfinite(numbers).all()))
    kinds = set(map(type, column)) - {_NONE}
    fast = _fast_type(column, kinds, name)
    if fast and declared in (None, "mixed", fast):
        return Typed(declared or fast, column, fast in ("string", "boolean"))
    times = (
        bool(kinds) and all(is_time(cell) or is_missing(cell) for cell in column) and not all(map(is_missing, column))
    )
    plain = tuple(_plain(cell, _at(row, name)) for row, cell in enumerate(column))
    found: ColumnType = "datetime" if times else _found(plain)
    if declared is None or declared == found:
        return Typed(found, plain)
    fits = _FITS[declared]
    for row, cell in enumerate(plain):
        if cell is not None and not fits(cell):
            raise ValidationError(
                f"{_at(row, name)} is {describe(column[row])}, but the column is declared {declared}.",
                field=_at(row, name),
            )
    return Typed(declared, plain)


def _at(row: int, name: str) -> str:
    return f"data[{row}].{name}"


def _fast_type(column: tuple[Any, ...], kinds: set[type], name: str) -> ColumnType | None:
    """The type of cells that are plain already; None when each cell needs a look."""
    if kinds == {str}:
        return "string" if storable("".join(column if None not in column else filter(None, column))) else None
    if kinds == {bool}:
        return "boolean"
    if not kinds or not kinds <= {int, float}:
        return None
    if int not in kinds:
        return "number"
    whole_numbers = column if kinds == {int} and None not in column else [cell for cell in column if type(cell) is int]
    if not INT_MIN <= min(whole_numbers) <= max(whole_numbers) < INT_END:
        for row, cell in enumerate(column):
            if type(cell) is int:
                whole(cell, _at(row, name))
    return "number"


def _plain(cell: Any, field: str) -> Any:
    kind = type(cell)
    if kind is float or kind is bool or cell is None:
        return cell
    if kind is dict or kind is list:
        return from_jsonable(jsonable(cell, field))
    if is_time(cell) and not is_missing(cell):
        return iso_text(cell)
    scalar = plain_scalar(single(cell, field), field)
    if isinstance(scalar, float):
        return scalar
    return from_jsonable(jsonable(scalar, field))


def _found(plain: tuple[Any, ...]) -> ColumnType:
    kinds = set(map(type, plain)) - {_NONE}
    if kinds == {str}:
        return "string"
    if kinds == {bool}:
        return "boolean"
    return "number" if kinds and kinds <= {int, float} else "mixed"


def _is_number(cell: Any) -> bool:
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)


_FITS: dict[str, Callable[[Any], bool]] = {
    "number": _is_number,
    "string": lambda cell: isinstance(cell, str),
    "boolean": lambda cell: isinstance(cell, bool),
    "datetime": lambda cell: isinstance(cell, str) and is_iso(cell),
    "mixed": lambda cell: True,
}


def encoded(column: tuple[Any, ...], kind: ColumnType) -> tuple[Any, ...]:
    """The cells as strict JSON takes them; the same tuple when they are ready."""
    if kind == "number":
        if _all_finite(column):
            return column
        return tuple(
            float_text(cell) if isinstance(cell, float) and not math.isfinite(cell) else cell for cell in column
        )
    if kind == "mixed":
        return tuple(jsonable(cell, "data") for cell in column)
    return column


def _all_finite(column: tuple[Any, ...]) -> bool:
    """One C loop: a NaN or infinity shows in the sum, and so does None as a NaN."""
    try:
        total = sum(column)
    except TypeError:
        total = sum(cell for cell in column if cell is not None)
    return math.isfinite(total) or bool(np.isfinite([0.0 if cell is None else cell for cell in column]).all())


def decoded(column: tuple[Any, ...], kind: ColumnType | None) -> tuple[Any, ...] | list[Any]:
    """The inverse of ``encoded``."""
    if kind == "number":
        plain: list[Any] = numbers_from_json(list(column))
        return plain
    if kind == "mixed":
        return [from_jsonable(cell) for cell in column]
    return column
