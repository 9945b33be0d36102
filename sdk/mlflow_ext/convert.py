"""Plain data, as a script has it at hand, turned into the primitive that it means."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import array_or_list, describe, is_data_frame, is_missing, is_tensor
from mlflow_ext.primitives import ColumnType, Distribution, Matrix, Primitive, Series, Table
from mlflow_ext.primitives import columns as column
from mlflow_ext.primitives.series import check_field_names
from mlflow_ext.times import is_time, iso_texts
from mlflow_ext.values import number

INDEX_NAMES = ("x", "epoch", "step", "time", "iteration")
DEFAULT_INDEX = "step"
_SCALARS = {float, int, bool}


def is_point(data: Any) -> bool:
    """Whether data is one more point of a Series: a dict of name to number, such as ``{"epoch": 3, "loss": 0.2}``.

    Text counts as a (wrong) number here, so that ``point`` can say what is wrong with it. One-element arrays count as
    numbers only beside a real one: a dict of arrays alone is a Series of as many points as they have.
    """
    if not isinstance(data, Mapping) or not data:
        return False
    if set(map(type, data.values())) <= _SCALARS:
        return True
    kinds = [_dimensions(value) for value in data.values()]
    if any(isinstance(value, (Mapping, set, frozenset)) for value in data.values()):
        return False
    return 0 in kinds and all(
        kind == 0 or (not isinstance(value, (list, tuple)) and _size(value) == 1)
        for kind, value in zip(kinds, data.values(), strict=True)
    )


def point(data: Mapping[str, Any]) -> tuple[str | None, Any, dict[str, float | int | None]]:
    """The index name, the index value and the fields of one point.

    The index is the first of x, epoch, step, time and iteration that is there; without one, name and value are None and
    the caller numbers the point. An index value is a finite number or an ISO 8601 text.

    Raises:
        ValidationError: a value is no number, or there is nothing but an index.
    """
    index = next((name for name in INDEX_NAMES if name in data), None)
    fields: dict[str, float | int | None] = {}
    for name, value in data.items():
        if name != index:
            fields[_field_name(name)] = value if type(value) is float else number(value, f"data.{name}")
    _known_names(tuple(fields))
    if not fields:
        raise ValidationError(f"data holds nothing but the index {index!r}; add at least one number.", field="data")
    return index, None if index is None else index_value(data[index], f"data.{index}"), fields


@lru_cache(maxsize=256)
def _known_names(names: tuple[str, ...]) -> None:
    """Checks the names of a point's fields, the same ones once."""
    check_field_names(names, "data")


def index_value(value: Any, field: str) -> int | float | str:
    """One index value: a finite number, or a time as ISO 8601 text.

    Raises:
        ValidationError: anything else, None, NaN and infinities among it.
    """
    if type(value) is int and -(2**63) <= value < 2**63:
        return value
    if not isinstance(value, str) and not is_time(value):
        plain = number(value, field)
        value = plain if plain is not None else value
    try:
        checked = column.cells(column.index([value], field))[0]
    except ValidationError as error:
        raise ValidationError(str(error).replace(f"{field}[0]", field), field=field) from None
    return checked  # type: ignore[no-any-return]


def to_primitive(data: Any) -> Primitive:
    """The primitive that plain data means.

    | data | becomes |
    |---|---|
    | a primitive | itself |
    | dict of name to list or array | Series; its index is the first of x, epoch, step, time and iteration that is
      there, else "step", numbered by the run |
    | dict of name to number | Series of one point, its index found alike |
    | pandas DataFrame | Table; an index that was set stands as its first columns |
    | list of dicts | Table, a column for each key, None where a dict lacks it |
    | list, array or tensor of numbers, 1-D | Distribution |
    | the same, 2-D | Matrix, rows and columns named "0", "1", ... |

    Raises:
        ValidationError: data is none of these; the message says what to do.
    """
    if isinstance(data, Primitive):
        return data
    if isinstance(data, Mapping):
        return _from_mapping(data)
    if is_data_frame(data):
        return _from_data_frame(data)
    dimensions = _dimensions(data)
    if isinstance(data, Iterator):
        array_or_list(data, "data")
    if dimensions == 0:
        raise ValidationError(
            f'data is {describe(data)}; a single value needs a name: log {{"loss": 0.3}} for a point, '
            "or use mlflow.log_metric or mlflow.log_param.",
            field="data",
        )
    if dimensions > 2:
        raise ValidationError(
            f"data is {dimensions}-D ({describe(data)}); take a slice or log it as an artifact, 1-D is a Distribution "
            "and 2-D a Matrix.",
            field="data",
        )
    cells = array_or_list(data, "data")
    if isinstance(cells, list) and cells and all(isinstance(row, Mapping) for row in cells):
        return _from_records(cells)
    if dimensions == 2:
        values = column.matrix(cells, "data")
        height, width = values.shape
        return Matrix([str(i) for i in range(height)], [str(i) for i in range(width)], values)
    return Distribution(column.numbers(cells, "data"))


def _from_mapping(data: Mapping[Any, Any]) -> Series:
    if not data:
        raise ValidationError("data is an empty dict; give at least one name with its numbers.", field="data")
    for name, value in data.items():
        _field_name(name)
        if isinstance(value, Mapping):
            raise ValidationError(
                f"data.{name} is a dict; nested dicts are not taken, write names such as 'train/loss'.",
                field=f"data.{name}",
            )
    if is_point(data):
        index, value, fields = point(data)
        one = {name: [item] for name, item in fields.items()}
        return Series(index or DEFAULT_INDEX, one, None if index is None else [value])
    for name, value in data.items():
        if _dimensions(value) == 0 and not isinstance(value, (set, frozenset)):
            raise ValidationError(
                f"data.{name} is {describe(value)} beside lists; give all lists (a Series) or all numbers (one point).",
                field=f"data.{name}",
            )
    index = next((name for name in INDEX_NAMES if name in data), DEFAULT_INDEX)
    if set(data) == {index}:
        raise ValidationError(f"data holds nothing but the index {index!r}; add at least one list.", field="data")
    return Series(index, dict(data))


def _from_data_frame(frame: Any) -> Table:
    numbered = type(frame.index).__name__ == "RangeIndex" and frame.index.name is None
    try:
        plain = frame if numbered else frame.reset_index()
    except ValueError as error:
        message = f"data's index becomes its first columns, which can't be: {error}; rename it, or drop it."
        raise ValidationError(message, field="data") from error
    names = [name if isinstance(name, str) else _joined(name) for name in plain.columns]
    stored = [_frame_column(plain.iloc[:, i]) for i in range(len(names))]
    head = [
        name if kind is None else {"name": name, "type": kind} for name, (kind, _) in zip(names, stored, strict=True)
    ]
    return Table(head, list(zip(*(cells for _, cells in stored), strict=True)))


def _joined(name: Any) -> str:
    """A column name as text; the levels of a pandas MultiIndex are joined by slashes."""
    if isinstance(name, tuple):
        return "/".join(str(level) for level in name if str(level))
    return str(name)


def _frame_column(values: Any) -> tuple[ColumnType | None, list[Any]]:
    """A column's cells, and its type where pandas knows what the cells no longer show."""
    cells = array_or_list(values, f"data.{values.name}")
    if isinstance(cells, list):
        return None, cells
    if cells.dtype.kind != "M":
        return None, list(cells) if cells.dtype.kind == "m" else list(cells.tolist())
    texts = np.full(len(cells), None, dtype=object)
    there = ~np.isnat(cells)
    texts[there] = iso_texts(cells[there])
    return "datetime", texts.tolist()


def _from_records(records: list[Mapping[Any, Any]]) -> Table:
    names = list(dict.fromkeys(name for record in records for name in record))
    return Table(names, [[record.get(name) for name in names] for record in records])


def _field_name(name: Any) -> str:
    if not isinstance(name, str):
        raise ValidationError(f"data has the key {describe(name)}; names are text.", field="data")
    return name


def _dimensions(value: Any) -> int:
    """How deep data is nested: 0 for one value; of lists the first element that is no list decides."""
    if isinstance(value, (str, bytes, bytearray, Mapping)) or is_missing(value):
        return 0
    shape = getattr(value, "shape", None)
    if isinstance(value, np.ndarray) or is_tensor(value) or (shape is not None and hasattr(value, "__array__")):
        return len(shape) if shape is not None else 1
    if isinstance(value, Collection):
        depth = 1
        first = next(iter(value), None)
        while isinstance(first, (list, tuple)) and depth < 4:
            depth, first = depth + 1, first[0] if first else None
        return depth + (_dimensions(first) if first is not None and not isinstance(first, (list, tuple)) else 0)
    return 0


def _size(value: Any) -> int:
    shape = getattr(value, "shape", (0,))
    return int(np.prod([int(side) for side in shape]))
