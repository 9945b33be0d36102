"""Checked columns: what a kind's fields are made of.

A column of numbers is a read-only numpy array of dtype float64, int64 or uint64; of dtype object (int, float and None)
only where values are missing or where integers above 2**53 stand beside floats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sized
from datetime import date
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import array_or_list, describe, is_missing, storable
from mlflow_ext.primitives.uniform import uniform_column, uniform_rows
from mlflow_ext.times import is_iso, is_time, iso_text, iso_texts
from mlflow_ext.values import floats, number, plain_scalar, whole

Index = NDArray[Any] | tuple[str, ...]
_NUMERIC = {float, int, bool}
_SCALARS = (np.number, np.bool_)
_EXACT = float(2**53)


def numbers(value: Any, field: str, *, missing: bool = False) -> NDArray[Any]:
    """A column of numbers of shape (n,).

    Args:
        value: list, tuple, numpy array, pandas column or torch tensor of one dimension.
        field: the name to tell in errors.
        missing: whether None (and pandas' NA) is taken as "no value here"; NaN always is a value.

    Raises:
        ValidationError: wrong dimension, text, dates, or a missing value where none is taken.
    """
    return _column(array_or_list(value, field), field, lambda i: f"{field}[{i}]", missing)


def matrix(value: Any, field: str) -> NDArray[Any]:
    """Numbers of shape (n, m), in any nesting of lists, arrays and tensors; None is a missing cell.

    Raises:
        ValidationError: another number of dimensions, or rows of unequal length.
    """
    raw = array_or_list(value, field)
    if isinstance(raw, np.ndarray):
        if raw.ndim != 2:
            raise _wrong_shape(raw.shape, field, 2)
        flat = raw.reshape(-1)
        return _frozen(_column(flat, field, _cell_name(field, raw.shape[1]), True).reshape(raw.shape))
    uniform = uniform_rows(raw)
    if uniform is not None:
        return _frozen(uniform)
    rows: list[Any] = [
        row if isinstance(row, (list, tuple)) else array_or_list(row, f"{field}[{r}]") for r, row in enumerate(raw)
    ]
    for r, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise ValidationError(
                f"{field}[{r}] has {len(row)} values, but {field}[0] has {len(rows[0])}; rows need the same number.",
                field=field,
            )
    if rows and all(isinstance(row, np.ndarray) and row.dtype == rows[0].dtype for row in rows):
        return matrix(np.stack(rows), field)
    width = len(rows[0]) if rows else 0
    flat_list = list(chain.from_iterable(rows))
    return _frozen(_column(flat_list, field, _cell_name(field, width), True).reshape(len(rows), width))


def _cell_name(field: str, width: int) -> Callable[[int], str]:
    return lambda i: f"{field}[{i // max(width, 1)}][{i % max(width, 1)}]"


def index(value: Any, field: str) -> Index:
    """Index values of shape (n,): finite numbers, or times as ISO 8601 texts.

    Raises:
        ValidationError: None, NaN, an infinity, text that is no ISO 8601 time, or numbers and times mixed.
    """
    raw = array_or_list(value, field)
    if isinstance(raw, np.ndarray) and raw.dtype.kind == "M":
        if raw.ndim != 1:
            raise _wrong_shape(raw.shape, field, 1)
        _refuse_at(np.isnat(raw), field, "is missing (NaT)", "every point needs an index value")
        return tuple(iso_texts(raw))
    cells = raw.tolist() if isinstance(raw, np.ndarray) and raw.dtype.kind in "OU" else raw
    if isinstance(cells, list) and any(issubclass(kind, (str, date, np.datetime64)) for kind in set(map(type, cells))):
        return tuple(_time(cell, f"{field}[{i}]") for i, cell in enumerate(cells))
    column = numbers(cells, field)
    if column.dtype.kind == "f":
        _refuse_at(~np.isfinite(column), field, "is not finite", "index values are finite numbers or ISO 8601 times")
    return column


def _time(cell: Any, field: str) -> str:
    if is_missing(cell):
        raise ValidationError(f"{field} is missing; every point needs an index value.", field=field)
    text = iso_text(cell) if is_time(cell) else cell
    if isinstance(text, str) and is_iso(text):
        return str(text)
    raise ValidationError(
        f"{field} is {describe(cell)}; index values are all numbers or all ISO 8601 times such as 2026-01-31T09:00:00.",
        field=field,
    )


def labels(value: Any, field: str, *, missing: bool = False) -> tuple[str | None, ...]:
    """Texts of shape (n,); numbers, dates, enums and paths are turned into text.

    Args:
        value: list, tuple, array or pandas column of one dimension.
        field: the name to tell in errors.
        missing: whether None (and pandas' NaN) is taken.
    """
    raw = array_or_list(value, field)
    if isinstance(raw, np.ndarray):
        if raw.ndim != 1:
            raise _wrong_shape(raw.shape, field, 1)
        raw = list(raw) if raw.dtype.kind in "MmO" else raw.tolist()
    if set(map(type, raw)) <= {str}:
        texts = tuple(raw)
        if storable("".join(texts)):
            return texts
    return tuple(_label(item, f"{field}[{i}]", missing) for i, item in enumerate(raw))


def plain_labels(value: Any, field: str) -> tuple[str, ...]:
    """Texts of shape (n,), none missing; see ``labels``."""
    return tuple(item for item in labels(value, field) if item is not None)


def _label(item: Any, field: str, missing: bool) -> str | None:
    plain = plain_scalar(item, field)
    if plain is None or (missing and isinstance(plain, float) and plain != plain):
        if missing:
            return None
        raise ValidationError(f"{field} is missing, but takes text.", field=field)
    if isinstance(plain, str):
        return text(plain, field, empty=True)
    if isinstance(plain, (bool, int, float)):
        return str(plain)
    if type(plain).__module__.split(".")[0] == "pandas" and not hasattr(plain, "shape"):
        return str(plain)
    raise ValidationError(f"{field} is {describe(item)}, but takes text.", field=field)


def text(value: Any, field: str, *, empty: bool = False, what: str = "") -> str:
    """One text that has a UTF-8 form.

    Args:
        value: what was given.
        field: the name to tell in errors.
        empty: whether an empty text is taken.
        what: what the text is within the field, such as ``a group's name``, when it is not the field itself.
    """
    named = f"{field}: {what}" if what else field
    plain = plain_scalar(value, field)
    if not isinstance(plain, str):
        raise ValidationError(f"{named} is {describe(value)}, but takes text.", field=field)
    if not plain and not empty:
        raise ValidationError(f"{named} is empty; give it a name.", field=field)
    if not storable(plain):
        raise ValidationError(f"{named} is {describe(plain)}, which holds a lone surrogate: no UTF-8.", field=field)
    return plain


def same_length(columns: Mapping[str, Sized | None]) -> int:
    """The common length of the columns, None left out.

    Raises:
        ValidationError: naming the first column whose length differs from the first one's.
    """
    present = {name: len(column) for name, column in columns.items() if column is not None}
    first = next(iter(present), "")
    for name, length in present.items():
        if length != present[first]:
            raise ValidationError(
                f"{name} has {length} values, but {first} has {present[first]}; both need the same number.", field=name
            )
    return present[first] if present else 0


def at_most(size: int, limit: int, field: str, what: str) -> None:
    """Refuses what is beyond a kind's bound."""
    if size > limit:
        raise ValidationError(f"{field} has {size:,} {what}, more than the {limit:,} that are taken.", field=field)


def drawn(column: NDArray[Any]) -> NDArray[np.float64]:
    """A column or matrix of numbers as float64 to compute with or draw; missing values become NaN."""
    return np.asarray(column, dtype=np.float64)


def _column(raw: NDArray[Any] | list[Any], field: str, name: Callable[[int], str], missing: bool) -> NDArray[Any]:
    if isinstance(raw, np.ndarray):
        if raw.ndim != 1:
            raise _wrong_shape(raw.shape, field, 1)
        if raw.dtype.kind != "O" and not (raw.dtype.kind == "m" and np.isnat(raw).any()):
            return _frozen(_from_array(raw, field))
        raw = list(raw)
    column = _from_list(raw, field, name)
    if column.dtype.kind == "O" and not missing:
        gone = np.fromiter((cell is None for cell in column), np.bool_, len(column))
        if gone.any():
            position = name(int(np.argmax(gone)))
            raise ValidationError(f'{position} is missing (None); leave it out, or log float("nan").', field=field)
    return _frozen(column)


def _from_array(raw: NDArray[Any], field: str) -> NDArray[Any]:
    kind = raw.dtype.kind
    if raw.size == 0 and kind in "fiub":
        return np.empty(raw.shape, dtype=np.float64)
    if kind == "f":
        return floats(raw, field)
    if kind in "ib" or (kind == "u" and (raw.dtype.itemsize < 8 or int(raw.max()) < 2**63)):
        return np.array(raw, dtype=np.int64, order="C")
    if kind == "u":
        return np.array(raw, dtype=np.uint64, order="C")
    if kind == "m":
        return np.array(raw / np.timedelta64(1, "s"), dtype=np.float64)
    raise ValidationError(f"{field} is an array of {raw.dtype}, but takes numbers.", field=field)


def _from_list(cells: list[Any], field: str, name: Callable[[int], str]) -> NDArray[Any]:
    uniform = uniform_column(cells)
    if uniform is not None:
        return uniform
    kinds = set(map(type, cells))
    if kinds <= {float}:
        return np.array(cells, dtype=np.float64)
    if kinds <= {int, bool}:
        return _integers(cells, name)
    if kinds <= _NUMERIC:
        return _mixed(cells, name)
    if kinds <= _NUMERIC | {type(None)}:
        return _objects(cells, name)
    if len(kinds) == 1 and issubclass(only := next(iter(kinds)), _SCALARS) and not issubclass(only, np.timedelta64):
        return _from_array(np.array(cells), field)
    return _from_list([number(cell, name(i)) for i, cell in enumerate(cells)], field, name)


def _integers(cells: list[Any], name: Callable[[int], str]) -> NDArray[Any]:
    try:
        return np.array(cells, dtype=np.int64)
    except OverflowError:
        exact = _objects(cells, name)
    return exact if min(cells) < 0 else exact.astype(np.uint64)


def _mixed(cells: list[Any], name: Callable[[int], str]) -> NDArray[Any]:
    """Integers and floats as float64, unless an integer would lose digits: then each stays what it is."""
    try:
        column = np.array(cells, dtype=np.float64)
    except OverflowError:
        return _objects(cells, name)
    large = np.abs(column) >= _EXACT
    if large.any() and any(
        type(cells[i]) is int and int(column[i]) != cells[i] for i in np.flatnonzero(large).tolist()
    ):
        return _objects(cells, name)
    return column


def _objects(cells: Iterable[Any], name: Callable[[int], str]) -> NDArray[Any]:
    plain = [whole(int(cell), name(i)) if isinstance(cell, int) else cell for i, cell in enumerate(cells)]
    column = np.empty(len(plain), dtype=object)
    column[:] = plain
    return column


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array


def _refuse_at(mask: NDArray[np.bool_], field: str, what: str, why: str) -> None:
    if mask.any():
        raise ValidationError(f"{field}[{int(np.argmax(mask))}] {what}; {why}.", field=field)


def _wrong_shape(shape: tuple[int, ...], field: str, takes: int) -> ValidationError:
    if not shape:
        return ValidationError(
            f"{field} is a single number, but takes a list; write [value] for one point.", field=field
        )
    wanted = "1-D list or array" if takes == 1 else "2-D list or array (rows of numbers)"
    return ValidationError(
        f"{field} is {len(shape)}-D with shape {tuple(map(int, shape))}, but takes a {wanted}.", field=field
    )


def cells(column: NDArray[Any] | tuple[Any, ...]) -> list[Any]:
    """A column as plain Python values."""
    return column.tolist() if isinstance(column, np.ndarray) else list(column)
