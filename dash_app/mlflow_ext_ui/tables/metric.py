"""The Metrics view: every metric of every run on screen as a grid."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
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
    cells = _Cells(runs, summaries)
    state = request.state
    rows = selected(COLUMNS, cells, len(summaries), state.grid_sort, state.grid_where)
    window = rows[request.start : request.start + request.rows]
    marks = {} if state.plain else _best(runs, summaries, cells, {summaries[row].key for row in window}, state)
    return {
        "columns": [column._asdict() for column in COLUMNS if f"c:{column.field}" not in state.hide],
        "all": [[column.field, column.title] for column in COLUMNS],
        "total": len(rows),
        "held": len(summaries),
        "keys": len({one.key for one in summaries}),
        "rows": [_row(row, summaries[row], cells, marks, state) for row in window],
    }


def lines(source: DataSource, principal: Principal, request: TablesRequest) -> Lines:
    """All rows that the grid shows as it is scrolled, numbers in full."""
    runs, summaries = _read(source, principal, request)
    cells = _Cells(runs, summaries)
    state = request.state
    columns = [column for column in COLUMNS if f"c:{column.field}" not in state.hide]
    rows = selected(COLUMNS, cells, len(summaries), state.grid_sort, state.grid_where)
    body = ([cells.at(column.field, row) for column in columns] for row in rows)
    return Lines("metrics", [column.title for column in columns], body)


def _read(source: DataSource, principal: Principal, request: TablesRequest) -> tuple[dict[str, Run], list[Summary]]:
    """By metric and then in the order of the runs; those of the system last."""
    runs = {run.id: run for run in source.runs_by_id(principal, request.runs)}
    found = source.summaries(principal, list(runs), directions=switched(request.state))
    keys = sorted({one.key for one in found}, key=lambda key: (key.startswith("system/"), key.casefold(), key))
    place = {key: at for at, key in enumerate(keys)}
    return runs, sorted(found, key=lambda one: place[one.key])


class _Cells(Mapping[str, Sequence[Any]]):
    """The cells of each column by its field, read when they are asked for: a window needs few of ten thousand rows."""

    def __init__(self, runs: dict[str, Run], summaries: Sequence[Summary]) -> None:
        self._summaries = summaries
        self._read: dict[str, Callable[[Summary], Any]] = {
            "metric": attrgetter("key"),
            "run": lambda one: runs[one.run_id].name,
            "last": attrgetter("last"),
            "min": attrgetter("low"),
            "max": attrgetter("high"),
            "mean": attrgetter("mean"),
            "best_step": attrgetter("best_step"),
            "points": attrgetter("points"),
        }

    def __getitem__(self, field: str) -> Sequence[Any]:
        return list(map(self._read[field], self._summaries))

    def __iter__(self) -> Iterator[str]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)

    def at(self, field: str, row: int) -> Any:
        """One cell."""
        return self._read[field](self._summaries[row])


def _best(
    runs: dict[str, Run], summaries: Sequence[Summary], cells: _Cells, keys: set[str], state: TableState
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
            values = [cells.at(field, row) for row in rows]
            found.update({(rows[at], field): True for at in best(values, final, direction(key, state))})
    return found


def _row(
    row: int, one: Summary, cells: _Cells, marks: dict[tuple[int, str], bool], state: TableState
) -> dict[str, Any]:
    texts = {
        column.field: (_whole if column.field in _WHOLE else number)(cells.at(column.field, row))
        for column in COLUMNS[2:]
    }
    arrow = ARROWS[direction(one.key, state)]
    return {
        "id": f"{one.run_id} {one.key}",
        "metric": f"{one.key} {arrow}" if arrow else one.key,
        "run": cells.at("run", row),
        "run_id": one.run_id,
        **texts,
        "best": [field for field in _MARKED if (row, field) in marks],
    }


def _whole(value: int | None) -> str:
    return number(None) if value is None else count(value)
