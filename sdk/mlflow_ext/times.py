"""Dates and times as ISO 8601 text, and back."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.errors import ValidationError

_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2}(?::\d{2})?)?)?",
    re.ASCII,
)
_UNITS = ("s", "ms", "us", "ns")


def is_time(value: Any) -> bool:
    """Whether a value is a date or a date with time, of Python, numpy or pandas."""
    return isinstance(value, (date, np.datetime64))


def iso_text(value: date | np.datetime64) -> str:
    """ISO 8601 text of a date or date with time; an offset, and fractions down to nanoseconds, are kept."""
    if isinstance(value, np.datetime64):
        return iso_texts(np.asarray(value).reshape(1))[0]
    return value.isoformat()


def iso_texts(array: NDArray[Any]) -> list[str]:
    """ISO 8601 texts of a datetime64 array without NaT, in the coarsest unit from seconds on that loses nothing.

    Raises:
        ValidationError: a year is not of 1 to 9999, which ISO 8601 texts of four digits can't say.
    """
    edges = (array.min(), array.max()) if array.size else ()
    years = [int(edge.astype("datetime64[Y]").astype(np.int64)) + 1970 for edge in edges]
    if any(not 1 <= year <= 9999 for year in years):
        raise ValidationError(f"{array.min()} to {array.max()} goes beyond the years 1 to 9999, which are taken.")
    unit = np.datetime_data(array.dtype)[0]
    if unit in ("Y", "M", "W"):
        array = array.astype("datetime64[D]")
    elif unit != "D":
        exact = array if unit in _UNITS else array.astype("datetime64[s]" if unit in "hm" else "datetime64[ns]")
        for coarser in _UNITS:
            array = exact.astype(f"datetime64[{coarser}]")
            if np.array_equal(array, exact):
                break
    texts: list[str] = np.datetime_as_string(array).tolist()
    return texts


def moment(text: str) -> tuple[datetime, str] | None:
    """The second that an ISO 8601 text means, and the digits of its fraction; None when it is no such text.

    A time without offset counts as UTC, a date as its midnight.
    """
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    day, clock, second, fraction, offset = match.groups()
    zone = "+00:00" if offset in (None, "Z") else offset if ":" in offset else f"{offset[:3]}:{offset[3:]}"
    try:
        whole_second = datetime.fromisoformat(f"{day}T{clock or '00:00'}:{second or '00'}{zone}")
    except ValueError:
        return None
    return whole_second, (fraction or "").rstrip("0")


def is_iso(text: str) -> bool:
    """Whether a text is an ISO 8601 date, or date and time, that exists in the calendar."""
    return moment(text) is not None
