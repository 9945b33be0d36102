"""The values of one plot as CSV: every point, not only those drawn."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from mlflow_ext_ui.source import DataSource, Drawing, Principal, Run

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def values(source: DataSource, principal: Principal, run_ids: Sequence[str], key: str) -> str:
    """The plot's values for these runs with the run's name in front; empty when no run holds it."""
    runs = {run.id: run for run in source.runs_by_id(principal, [run for run in run_ids if run])}
    text = io.StringIO()
    writer = csv.writer(text)
    for drawing in source.drawings(principal, list(runs), [key]):
        writer.writerows([_safe(cell) for cell in row] for row in _rows(drawing, runs))
    return text.getvalue()


def _rows(drawing: Drawing, runs: dict[str, Run]) -> Iterator[Iterable[Any]]:
    if drawing.lines:
        yield ("run", drawing.lines[0].index, drawing.plot.title, "time")
        for line in drawing.lines:
            index: Iterable[Any] = line.x_text if line.x_text is not None else line.x.tolist()
            name = runs[line.run_id].name
            for x, y, time in zip(index, line.y.tolist(), line.time.tolist(), strict=True):
                yield (name, _whole(x), y, _whole(time))
    header: tuple[str, ...] | None = None
    for version in drawing.versions:
        table = version.primitive.rows()
        if table.columns != header:
            header = table.columns
            yield ("run", *header)
        for row in table.rows:
            yield (runs[version.run_id].name, *row)


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _safe(cell: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets a quote in front; numbers stay numbers."""
    return "'" + cell if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
