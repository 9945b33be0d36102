"""The Logged tables view: one table of one run as a grid, whatever its length."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from mlflow_ext.primitives import Table
from mlflow_ext_ui.source import DataSource, Drawing, Plot, Principal, Trouble
from mlflow_ext_ui.tables.request import Lines, TablesRequest
from mlflow_ext_ui.tables.sheet import SheetColumn, selected, shown

_GONE = Trouble(None, "This table is not here any more", "It may have been deleted meanwhile.")


class _Shown(NamedTuple):
    """Which table, whose, and of which step; ``table`` is None where it can't be read."""

    plot: Plot
    run: str
    step: int | None
    logged_at: int
    table: Table | None
    trouble: Trouble | None


def logged(source: DataSource, principal: Principal, request: TablesRequest) -> dict[str, Any]:
    """Which tables there are, and a window of the one shown; of a later window of a table that is named, it alone."""
    if request.start and request.state.table and request.state.of:
        return _later(source, principal, request)
    held = [plot for plot in source.plots(principal, request.runs) if plot.kind == Table.kind]
    found = _find(source, principal, request, held)
    if found is None:
        return {"tables": [], "columns": [], "total": 0, "rows": []}
    answer: dict[str, Any] = {
        "tables": [{"key": plot.key, "title": plot.title, "section": plot.section} for plot in held],
        "table": found.plot.key,
        "title": found.plot.title,
        "runs": found.plot.run_ids,
        "of": found.run,
        "steps": source.steps(principal, [found.run], found.plot.key).get(found.run, ()),
        "at": found.step,
    }
    if found.table is None:
        why = found.trouble or _GONE
        return {**answer, "trouble": {"title": why.title, "why": why.why}, "columns": [], "total": 0, "rows": []}
    return {**answer, **_window(found, found.table, request)}


def _later(source: DataSource, principal: Principal, request: TablesRequest) -> dict[str, Any]:
    state = request.state
    drawings = source.drawings(principal, [state.of], [state.table], step=state.at)
    found = _shown(drawings, drawings[0].plot, state.of) if drawings else None
    if found is None or found.table is None:
        why = (found and found.trouble) or _GONE
        return {"trouble": {"title": why.title, "why": why.why}, "total": 0, "rows": []}
    return _window(found, found.table, request)


def _window(found: _Shown, table: Table, request: TablesRequest) -> dict[str, Any]:
    """Its columns, how many rows it has, and those of them that were asked for."""
    columns = _columns(table)
    rows = _rows(found, request, columns)
    kept = [(at, column) for at, column in enumerate(columns) if f"t:{column.title}" not in request.state.hide]
    data = table.data
    return {
        "columns": [column._asdict() for _, column in kept],
        "all": [[column.title, column.title] for column in columns],
        "total": len(rows),
        "held": len(data),
        "rows": [
            {"id": str(row), **{column.field: shown(data[row][at]) for at, column in kept}}
            for row in rows[request.start : request.start + request.rows]
        ],
    }


def lines(source: DataSource, principal: Principal, request: TablesRequest) -> Lines:
    """All rows of the table shown, ordered and filtered as on screen."""
    held = [plot for plot in source.plots(principal, request.runs) if plot.kind == Table.kind]
    found = _find(source, principal, request, held)
    if found is None or found.table is None:
        return Lines("table", [], [])
    columns = _columns(found.table)
    kept = [at for at, column in enumerate(columns) if f"t:{column.title}" not in request.state.hide]
    data = found.table.data
    body = ([data[row][at] for at in kept] for row in _rows(found, request, columns))
    return Lines(found.plot.title, [columns[at].title for at in kept], body)


def _find(source: DataSource, principal: Principal, request: TablesRequest, held: Sequence[Plot]) -> _Shown | None:
    """The table that the address names, else the first; of the run that it names, else the first that holds it."""
    state = request.state
    plot = next((plot for plot in held if plot.key == state.table), held[0] if held else None)
    if plot is None:
        return None
    run = state.of if state.of in plot.run_ids else plot.run_ids[0]
    return _shown(source.drawings(principal, [run], [plot.key], step=state.at), plot, run)


def _shown(drawings: Sequence[Drawing], plot: Plot, run: str) -> _Shown:
    version = next((one for drawing in drawings for one in drawing.versions), None)
    trouble = next((one for drawing in drawings for one in drawing.troubles), None)
    if version is None or not isinstance(version.primitive, Table):
        return _Shown(plot, run, None, 0, None, trouble)
    return _Shown(plot, run, version.step, version.logged_at, version.primitive, None)


def _columns(table: Table) -> list[SheetColumn]:
    return [SheetColumn(f"c{at}", column.name, column.type) for at, column in enumerate(table.columns)]


class _Question(NamedTuple):
    """What an order of rows depends on; a table that was logged again has another time."""

    run: str
    key: str
    step: int | None
    logged_at: int
    length: int
    sort: str
    where: str


class _Orders:
    """The latest orders of rows: scrolling asks for the same one again and again."""

    def __init__(self, most: int = 32) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Question, list[int]] = OrderedDict()

    def get_or(self, question: _Question, make: Callable[[], list[int]]) -> list[int]:
        with self._lock:
            found = self._kept.get(question)
            if found is not None:
                self._kept.move_to_end(question)
                return found
        found = make()
        with self._lock:
            self._kept[question] = found
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return found


_orders = _Orders()


def _rows(found: _Shown, request: TablesRequest, columns: list[SheetColumn]) -> Sequence[int]:
    assert found.table is not None
    data = found.table.data
    sort, where = request.state.grid_sort, request.state.grid_where
    if not sort and not where:
        return range(len(data))

    def order() -> list[int]:
        cells = {column.field: [row[at] for row in data] for at, column in enumerate(columns)}
        return selected(columns, cells, len(data), sort, where)

    question = _Question(found.run, found.plot.key, found.step, found.logged_at, len(data), sort, where)
    return _orders.get_or(question, order)
