"""What stands in a column of the run list: values to sort by, and their texts."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from mlflow_ext_ui import text
from mlflow_ext_ui.column import Column
from mlflow_ext_ui.source import Run, Value

_HEADER_ROOM = 38  # pixels: padding and the arrow of the order
_LEAST, _MOST = 60, 160  # pixels of a column
_NUMBER_WIDTH = 82  # a value in four digits, its sign and exponent
_CHARS = 18  # of a text that a column has room for


class Cells(NamedTuple):
    """One column of a page, one entry per run; a value of None sorts last."""

    values: list[Value]
    texts: list[str]


def cells(runs: Sequence[Run], place: int, column: Column, now_ms: int | None = None) -> Cells:
    """What ``runs`` show in ``column``, the one at ``place`` of those that were asked for."""
    if column.kind == "attributes":
        return _attribute(runs, column.key, int(time.time() * 1000) if now_ms is None else now_ms)
    held = [run.values[place] if place < len(run.values) else None for run in runs]
    if column.kind == "metrics":
        numbers = [value if isinstance(value, float) else None for value in held]
        return Cells([_finite(value) for value in numbers], text.aligned(numbers))
    return Cells(
        [_sortable(value) for value in held],
        [text.MISSING if value is None else text.param(str(value)) for value in held],
    )


def numeric(column: Column) -> bool:
    """Whether a column stands right, as numbers do."""
    return column.kind == "metrics" or column.key in ("duration", "start_time")


def width(column: Column, texts: Sequence[str]) -> int:
    """Pixels for what the column holds, and for its header as far as there is room."""
    most = max((len(one) for one in texts), default=0)
    content = _NUMBER_WIDTH if column.kind == "metrics" else min(most, _CHARS) * 7 + 20
    header = math.ceil(text.width(column.title, 12)) + _HEADER_ROOM
    return max(_LEAST, min(max(content, min(header, 110)), _MOST))


def _attribute(runs: Sequence[Run], key: str, now_ms: int) -> Cells:
    if key == "duration":
        spans = [_duration(run, now_ms) for run in runs]
        live = [run.status == "RUNNING" for run in runs]
        shown = [
            text.duration(None if span is None else span / 1000, running=run)
            for span, run in zip(spans, live, strict=True)
        ]
        return Cells([*spans], shown)
    if key == "start_time":
        return Cells([run.start_time for run in runs], [text.ago(run.start_time, now_ms) for run in runs])
    found: list[Any] = [run.status.capitalize() if key == "status" else run.user for run in runs]
    return Cells(found, [text.MISSING if one is None else one for one in found])


def _duration(run: Run, now_ms: int) -> int | None:
    end = now_ms if run.status == "RUNNING" else run.end_time
    return None if end is None or run.start_time is None else end - run.start_time


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _sortable(value: Value) -> Value:
    """A text that is a number sorts as that."""
    try:
        return value if value is None else _finite(float(value))
    except ValueError:
        return value
