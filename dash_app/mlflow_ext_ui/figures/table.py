"""Table: no figure but a sheet per run for a grid."""

from __future__ import annotations

import json
import math
from typing import Any

from mlflow_ext.primitives import Table
from mlflow_ext_ui.figures.frame import nothing, step_suffix
from mlflow_ext_ui.figures.picture import Column, GridInfo, Look, Picture, Sheet
from mlflow_ext_ui.source import Drawing, Version
from mlflow_ext_ui.text import INFINITY, MINUS, badge, count, plural, shorten

MOST_ROWS = 2000
_MOST_TEXT = 500


def table(drawing: Drawing, look: Look) -> Picture:
    """The sheets of a table."""
    sheets = tuple(
        _sheet(version, version.primitive) for version in drawing.versions if isinstance(version.primitive, Table)
    )
    if not sheets:
        return nothing("No rows yet.")
    widest = max(len(sheet.columns) for sheet in sheets)
    captions = {sheet.caption for sheet in sheets}
    cut = [sheet for sheet in sheets if sheet.total > len(sheet.rows)]
    notes = (f"The first {count(MOST_ROWS)} rows are shown; the CSV holds all.",) if cut else ()
    return Picture(
        grid=GridInfo(sheets),
        caption=(captions.pop() if len(captions) == 1 else plural(len(sheets), "table"))
        + step_suffix(drawing.versions),
        columns=min(look.across, 1 if widest <= 4 else 2 if widest <= 8 else look.across),
        rows=1,
        notes=notes,
    )


def _sheet(version: Version, table: Table) -> Sheet:
    columns = tuple(Column(f"c{i}", column.name, column.type) for i, column in enumerate(table.columns))
    fields = [column.field for column in columns]
    rows = tuple(dict(zip(fields, map(cell, row), strict=True)) for row in table.data[:MOST_ROWS])
    total = len(table.data)
    caption = plural(total, "row") if total <= MOST_ROWS else f"{count(MOST_ROWS)} of {badge(total)} rows"
    return Sheet(version.run_id, columns, rows, total, caption)


def cell(value: Any) -> str | int | float | bool | None:
    """A cell as a grid takes it: plain values as they are, NaN and infinities as words, the rest as JSON."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= 2**53 else str(value)
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "NaN" if math.isnan(value) else INFINITY if value > 0 else MINUS + INFINITY
    if isinstance(value, str):
        return shorten(value, _MOST_TEXT)
    return shorten(json.dumps(value, default=str, ensure_ascii=False), _MOST_TEXT)
