"""One value of any library turned into one plain number or JSON scalar."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import PurePath
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import array_or_list, describe, is_missing, is_tensor
from mlflow_ext.times import is_time, iso_text

_READY = {bool, str, float, dict, list, tuple}
INT_MIN, INT_END = -(2**63), 2**64


def whole(value: int, field: str) -> int:
    """An integer that JSON readers take, checked against 64 bits.

    Raises:
        ValidationError: it is below -2**63 or above 2**64 - 1.
    """
    if INT_MIN <= value < INT_END:
        return value
    shown = str(value) if value.bit_length() < 200 else f"an integer of {value.bit_length()} bits"
    raise ValidationError(f"{field} is {shown}, beyond 64 bits; log it as a float or as text.", field=field)


def number(value: Any, field: str) -> int | float | None:
    """One plain number, or None for a missing one.

    Booleans become 0 and 1, durations seconds; arrays and tensors of one element give that element; what is wider
    than a float64 is rounded to the nearest one, unless it is a whole number.

    Raises:
        ValidationError: the value is no number, or is one beyond the range of a float64.
    """
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int):
        return whole(int(value), field)
    if is_missing(value):
        return None
    if isinstance(value, Enum):
        return number(value.value, field)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, np.generic):
        return _numpy_number(value, field)
    if isinstance(value, (Decimal, Fraction)):
        return _rational(value, field)
    element = single(value, field)
    if element is not value:
        return number(element, field)
    if isinstance(value, (str, bytes, bytearray, Collection, date, time, complex)):
        raise _no_number(value, field)
    return _by_protocol(value, field)


def single(value: Any, field: str) -> Any:
    """The only element of a one-element array, tensor or pandas object; anything else comes back as it is."""
    if isinstance(value, np.ndarray) or is_tensor(value) or hasattr(value, "__array__"):
        array = array_or_list(value, field)
        if isinstance(array, np.ndarray) and array.size == 1:
            return array.reshape(-1)[0]
        if isinstance(array, list) and len(array) == 1:
            return array[0]
    return value


def _by_protocol(value: Any, field: str) -> int | float:
    """Numbers of other libraries (symbolic, arbitrary precision) through Python's own conversions."""
    for method, convert in (("__index__", int), ("__float__", float)):
        if hasattr(value, method):
            try:
                plain = convert(value)
            except Exception as error:
                raise _no_number(value, field) from error
            return whole(plain, field) if isinstance(plain, int) else plain
    raise _no_number(value, field)


def _no_number(value: Any, field: str) -> ValidationError:
    hint = ""
    if isinstance(value, str) and value.strip().lower().lstrip("+-") in {"nan", "inf", "infinity"}:
        hint = f'; write float("{value.strip().lower()}") for the number'
    elif isinstance(value, (list, tuple, np.ndarray)) or is_tensor(value):
        hint = "; that is one dimension too many"
    elif isinstance(value, str):
        hint = "; text stands in a Table"
    return ValidationError(f"{field} is {describe(value)}, but takes a number{hint}.", field=field)


def _numpy_number(value: np.generic, field: str) -> int | float:
    if isinstance(value, np.timedelta64):
        return float(value / np.timedelta64(1, "s"))
    if isinstance(value, (np.bool_, np.integer)):
        return int(value)
    if isinstance(value, np.floating):
        return float(floats(np.asarray(value), field))
    raise _no_number(value, field)


def floats(array: NDArray[Any], field: str) -> NDArray[np.float64]:
    """A copy as float64, rounded to nearest.

    Raises:
        ValidationError: a finite value of a wider type would become infinite.
    """
    if array.dtype.itemsize <= 8:
        return np.array(array, dtype=np.float64, order="C")
    with np.errstate(over="ignore"):
        narrow = np.array(array, dtype=np.float64, order="C")
    if np.any(np.isinf(narrow) & ~np.isinf(array)):
        raise ValidationError(f"{field} holds a {array.dtype} beyond the range of a 64-bit float.", field=field)
    return narrow


def _rational(value: Decimal | Fraction, field: str) -> int | float:
    if isinstance(value, Decimal) and not value.is_finite():
        return float("nan") if value.is_nan() else float(value)
    try:
        nearest = float(value)
        if abs(nearest) == float("inf"):
            raise OverflowError
    except OverflowError as error:
        raise ValidationError(
            f"{field} is {describe(value)}, beyond the range of a 64-bit float.", field=field
        ) from error
    if abs(nearest) > 2**53 and value == int(value) and INT_MIN <= int(value) < INT_END:
        return int(value)
    return nearest


def plain_scalar(value: Any, field: str) -> Any:
    """One JSON scalar for a value: None, bool, int, float (finite or not) or text; anything else unchanged.

    Dates become ISO 8601, durations seconds, paths, UUIDs and times text, enums their value.
    """
    if value is None or type(value) in _READY:
        return value
    if isinstance(value, Enum):
        return plain_scalar(value.value, field)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (float, int, Decimal, Fraction, timedelta)) and not is_missing(value):
        return number(value, field)
    if is_missing(value):
        return None
    if is_time(value):
        return iso_text(value)
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, (PurePath, UUID)):
        return str(value)
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, np.generic) and not isinstance(value, (np.str_, np.bytes_, np.void, np.complexfloating)):
        return number(value, field)
    return value
