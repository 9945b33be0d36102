"""How the points of a Series are numbered, and kept to one index: for a script's calls and for the server's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlflow_ext.errors import ValidationError

_WHOLE_END = 2**64
Index = Any  # int, float or ISO 8601 text


class SeriesState:
    """What must be remembered of one Series: enough to number the next point and to refuse another index.

    ``timed``: whether the index values are times; only a Series of numbers has the fast path, which knows no other.
    """

    __slots__ = ("index", "name", "previous", "section", "shapes", "timed")

    def __init__(self, name: str, section: str | None, index: str) -> None:
        self.name = name
        self.section = section
        self.index = index
        self.previous: Index = None
        self.timed: bool | None = None
        self.shapes: dict[tuple[str, ...], int] = {}


def first_index(series: SeriesState, data: Mapping[str, Any], start: Index) -> Index:
    """The first index value of a call that brings none; remembers its last one for the next call.

    Args:
        series: changed.
        data: what ``Series.to_data`` gave.
        start: the first index value that the call asks for, or None.

    Raises:
        ValidationError: times where there were numbers, or reverse; or nothing to count on from.
    """
    values = data["index_values"]
    if values is None:
        field = series.index if start is None else "step"
        start = next_index(series) if start is None else start
        if isinstance(start, str):
            message = f"step is a time, which can't be counted on; give {series.index!r} values."
            raise ValidationError(message, field="step")
        last = start + max(map(len, data["fields"].values())) - 1
        refuse_beyond(last, field, series)
        keep_apart(series, start)
        series.previous = last
        return start
    if len(values):
        keep_apart(series, values[0])
        last = values[-1]
        series.previous = last.item() if hasattr(last, "item") else last
    return None


def next_index(series: SeriesState) -> Index:
    """The value after the last one; of a Series of numbers without a check, for the fast path."""
    if series.previous is None:
        return 0
    if series.timed:
        message = f"The Series {series.name!r} is indexed by times, which can't be counted on; give {series.index!r}."
        raise ValidationError(message, field=series.index)
    return series.previous + 1


def keep_apart(series: SeriesState, value: Index) -> None:
    """Take the first index value as a time or a number, and refuse the other from then on."""
    timed = isinstance(value, str)
    if series.timed is None:
        series.timed = timed
    elif series.timed != timed:
        words = ("numbers", "times") if timed else ("times", "numbers")
        message = f"The Series {series.name!r} has {words[0]} as {series.index!r}, but this call brings {words[1]}."
        raise ValidationError(message, field=series.index)


def refuse_beyond(last: Index, field: str, series: SeriesState) -> None:
    """Refuse points counted on from an earlier value or from ``step`` where JSON has no whole numbers any more."""
    if isinstance(last, int) and last >= _WHOLE_END:
        message = f"{series.index!r} of the Series {series.name!r} would be counted on to {last}, beyond 64 bits."
        raise ValidationError(message, field=field)
