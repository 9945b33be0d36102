"""The Metrics view: every metric of every run on screen as a grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlflow_ext_ui.source import DataSource, Principal, Run, Summary
from mlflow_ext_ui.tables.comparison import best
from mlflow_ext_ui.tables.direction import ARROWS, direction, switched
from mlflow_ext_ui.tables.request import Lines, TablesRequest
from mlflow_ext_ui.tables.sheet import SheetColumn, selected
from mlflow_ext_ui.tables.state import TableState
from mlflow_ext_ui.text import count, number

COLUMNS = (
    SheetColumn("metric", "Metric", "string"),
    SheetColumn("run", "Run", "string"),
    SheetColumn("last", "Last", "number"),
    SheetColumn("min", "Min", "number"),
    SheetColumn("max", "Max", "number"),
    SheetColumn("mean", "Mean", "number"),
    SheetColumn("best_step", "Best step", "number"),
    SheetColumn("points", "Points", "number"),
)
_MARKED = ("last", "min", "max", "mean")
_WHOLE = ("best_step", "points")


def metrics(source: DataSource, principal: Principal, request: TablesRequest) -> dict[str, Any]:
    """A window of the rows, and which columns there are."""
    runs, summaries = _read(source, principal, request)
    cells = _cells(runs, summaries)
    state = request.state
    rows = selected(COLUMNS, cells, len(summaries), state.grid_sort, state.grid_where)
    window = rows[request.start : request.start + request.rows]
    marks = {} if state.plain else _best(runs, summaries, cells, {summaries[row].key for row in window}, state)
    return {
        "columns": [column._asdict() for column in COLUMNS if f"c:{column.field}" not in state.hide],
        "all": [[column.field, column.title] for column in COLUMNS],
        "total": len(rows),
        "held": len(summaries),
        "keys": len(set(cells["metric"])),
        "rows": [_row(row, summaries[row], cells, marks, state) for row in window],
    }


def lines(source: DataSource, principal: Principal, request: TablesRequest) -> Lines:
    """All rows that the grid shows as it is scrolled, numbers in full."""
    runs, summaries = _read(source, principal, request)
    cells = _cells(runs, summaries)
    state = request.state
    columns = [column for column in COLUMNS if f"c:{column.field}" not in state.hide]
    rows = selected(COLUMNS, cells, len(summaries), state.grid_sort, state.grid_where)
    body = ([cells[column.field][row] for column in columns] for row in rows)
    return Lines("metrics", [column.title for column in columns], body)


def _read(source: DataSource, principal: Principal, request: TablesRequest) -> tuple[dict[str, Run], list[Summary]]:
    """By metric and then in the order of the runs; those of the system last."""
    runs = {run.id: run for run in source.runs_by_id(principal, request.runs)}
    found = source.summaries(principal, list(runs), directions=switched(request.state))
    return runs, sorted(found, key=lambda one: (one.key.startswith("system/"), one.key.casefold(), one.key))


def _cells(runs: dict[str, Run], summaries: Sequence[Summary]) -> dict[str, list[Any]]:
    return {
        "metric": [one.key for one in summaries],
        "run": [runs[one.run_id].name for one in summaries],
        "last": [one.last for one in summaries],
        "min": [one.low for one in summaries],
        "max": [one.high for one in summaries],
        "mean": [one.mean for one in summaries],
        "best_step": [one.best_step for one in summaries],
        "points": [one.points for one in summaries],
    }


def _best(
    runs: dict[str, Run], summaries: Sequence[Summary], cells: dict[str, list[Any]], keys: set[str], state: TableState
) -> dict[tuple[int, str], bool]:
    """The places of the best values of these metrics, by row and column."""
    by_key: dict[str, list[int]] = {}
    for row, one in enumerate(summaries):
        if one.key in keys:
            by_key.setdefault(one.key, []).append(row)
    found = {}
    for key, rows in by_key.items():
        final = [runs[summaries[row].run_id].status not in ("RUNNING", "SCHEDULED") for row in rows]
        for field in _MARKED:
            values = [cells[field][row] for row in rows]
            found.update({(rows[at], field): True for at in best(values, final, direction(key, state))})
    return found


def _row(
    row: int, one: Summary, cells: dict[str, list[Any]], marks: dict[tuple[int, str], bool], state: TableState
) -> dict[str, Any]:
    texts = {
        column.field: _whole(cells[column.field][row]) if column.field in _WHOLE else number(cells[column.field][row])
        for column in COLUMNS[2:]
    }
    arrow = ARROWS[direction(one.key, state)]
    return {
        "id": f"{one.run_id} {one.key}",
        "metric": f"{one.key} {arrow}" if arrow else one.key,
        "run": cells["run"][row],
        "run_id": one.run_id,
        **texts,
        "best": [field for field in _MARKED if (row, field) in marks],
    }


def _whole(value: int | None) -> str:
    return number(None) if value is None else count(value)
