"""The run list of the sidebar as rows for its grid."""

from __future__ import annotations

import logging
import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from mlflow_ext.errors import ValidationError
from mlflow_ext_ui import cell
from mlflow_ext_ui.column import NAME, Column, parse_columns, parse_sort
from mlflow_ext_ui.expression import brief, conjuncts
from mlflow_ext_ui.figures.direction import better
from mlflow_ext_ui.held import Window, read
from mlflow_ext_ui.source import DataSource, Principal, Run, RunPage, Stage
from mlflow_ext_ui.state import ViewState
from mlflow_ext_ui.text import aligned, plural, width

logger = logging.getLogger(__name__)

PAGE = 1000
PARENT = Column("tags", "mlflow.parentRunId")
INFINITE_ABOVE = 2000
WINDOW = 200  # rows that the grid of an endless list asks for at a time
_VALUE_WIDTH = 82  # pixels: a value in four digits, its sign and exponent
_LEAST_HEADER = 93  # pixels: the last word of most metrics' names
_HEADER_ROOM = 38  # pixels: padding and the arrow of the order


class ListQuery(NamedTuple):
    """What the address asks of the run list; ``by`` is the column that it is sorted by and that is not among them."""

    search: str = ""
    where: str = ""
    columns: tuple[Column, ...] = ()
    stage: Stage = "active"
    group: str = ""
    by: Column | None = None

    @classmethod
    def of(cls, state: ViewState) -> ListQuery:
        """The part of the state that changes which rows there are, and what they hold."""
        columns = parse_columns(state.columns)
        return cls(state.search, state.where, columns, state.stage, state.group, _unseen(state.sort, columns))

    def shown_with(self, metric: str | None) -> ListQuery:
        """The same once it is known which metric stands beside the names where no column is chosen."""
        beside = None if self.columns or metric is None else Column("metrics", metric)
        return self._replace(by=None) if self.by == beside else self

    def narrow(self) -> bool:
        """Whether it leaves out any active run."""
        return bool(self.search or self.where or self.stage != "active")

    def read(self, source: DataSource, principal: Principal, experiment_id: str, **page: Any) -> RunPage:
        """A page of what it asks; ``page``: limit, offset and sort as ``DataSource.runs`` takes them."""
        asked: dict[str, Any] = {"search": self.search, "where": self.where, "stage": self.stage}
        columns = (*self.held(), *self.grouping())
        return source.runs(principal, experiment_id, columns=columns, **asked, **page)

    def held(self) -> tuple[Column, ...]:
        """The columns whose values rows hold: those chosen, and the one that the list is sorted by."""
        return (*self.columns, self.by) if self.by is not None else self.columns

    def grouping(self) -> tuple[Column, ...]:
        """The param or tag that runs are grouped by, if any: of ``parent`` the tag in which MLflow names it."""
        column = PARENT if self.group == "parent" else Column.parse(self.group)
        return (column,) if column is not None and column.kind in ("params", "tags") else ()


def first(source: DataSource, principal: Principal, experiment_id: str, state: ViewState, most: int) -> RunPage:
    """The list as the address has it, its first ``most`` runs alone; ``total`` stays that of the whole list."""
    page = ListQuery.of(state).read(source, principal, experiment_id, sort=state.sort, limit=most)
    return replace(page, runs=page.runs[:most])


def _unseen(sort: str, columns: Sequence[Column]) -> Column | None:
    column, _ = parse_sort(sort) or (None, False)
    return None if column is None or column.text == NAME or column in columns else column


def rows(runs: Sequence[Run], columns: Sequence[Column] = ()) -> list[dict[str, Any]]:
    """One row per run; ``text`` is the metric as shown, all of one column with the same decimals.

    Of ``columns`` the first has its values to sort by under ``c0`` and its texts under ``t0``, and so on.
    """
    texts = aligned([run.metric for run in runs])
    held = [cell.cells(runs, place, column) for place, column in enumerate(columns)]
    return [
        {
            "id": run.id,
            "name": run.name,
            "status": run.status,
            "nan": run.has_nan,
            "metric": run.metric if run.metric is not None and math.isfinite(run.metric) else None,
            "text": text,
            "start": run.start_time,
            **{f"c{i}": one.values[place] for i, one in enumerate(held)},
            **{f"t{i}": one.texts[place] for i, one in enumerate(held)},
        }
        for place, (run, text) in enumerate(zip(runs, texts, strict=True))
    ]


def listing(
    source: DataSource,
    principal: Principal,
    experiment_id: str | None,
    query: ListQuery = ListQuery(),  # noqa: B008
    on_screen: Collection[str] = (),
) -> dict[str, Any]:
    """The run list; all of it up to 2,000 runs, above that its beginning: the grid asks for more as it scrolls.

    ``pinned`` holds rows of runs on screen that are not among the others. A filter that can't be read gives ``error``
    and no rows.
    """
    if experiment_id is None:
        return _answer(RunPage((), 0, 0), (), (), query, None)
    try:
        page = query.read(source, principal, experiment_id, limit=PAGE)
    except ValidationError as error:
        return _answer(RunPage((), 0, 0), (), (), query, experiment_id) | {"error": str(error)}
    query = query.shown_with(page.metric)
    runs = page.runs if page.total <= INFINITE_ABOVE else page.runs[:WINDOW]
    if PAGE < page.total <= INFINITE_ABOVE:
        rest = query.read(source, principal, experiment_id, limit=PAGE, offset=PAGE)
        known = {run.id for run in runs}
        runs = (*runs, *(run for run in rest.runs if run.id not in known))
    beside = () if query.columns or page.metric is None else (Column("metrics", page.metric),)
    here = {run.id for run in runs}
    left_out = [run for run in on_screen if run not in here]
    pinned = source.runs_by_id(principal, left_out, columns=(*beside, *query.held())) if left_out else ()
    if beside:
        pinned = tuple(_with_metric(run) for run in pinned)
    return _answer(page, runs, pinned, query, experiment_id)


def _with_metric(run: Run) -> Run:
    """The run whose first value is the metric that stands beside its name."""
    value, *others = run.values
    return replace(run, metric=value if isinstance(value, float) else None, values=tuple(others))


def _answer(
    page: RunPage, runs: Sequence[Run], pinned: Sequence[Run], query: ListQuery, experiment_id: str | None
) -> dict[str, Any]:
    aligned = rows([*runs, *pinned], query.held())
    grouping = query.grouping() if page.total <= INFINITE_ABOVE else ()
    for run, row in zip(runs, aligned, strict=False):
        # Asked for last: the column that the list was read with for its order may have fallen away since.
        row.update({"group_value": run.values[-1]} if grouping else {})
    return {
        "experiment": experiment_id,
        "search": query.search,
        "where": query.where,
        "parts": [{"text": part, "brief": brief(part)} for part in conjuncts(query.where)],
        "stage": query.stage,
        "error": None,
        "group": query.group if grouping else None,
        "group_title": grouping[0].title if grouping else None,
        "directions": _directions(query.columns, page.metric) if grouping else {},
        "rows": aligned[: len(runs)],
        "pinned": aligned[len(runs) :],
        "total": page.total,
        "running": page.running,
        "metric": page.metric,
        "infinite": page.total > INFINITE_ABOVE,
        "columns": [*columns(page.total, page.metric, query.columns, aligned), *_hidden(query, aligned)],
    }


def _hidden(query: ListQuery, held: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The column that the list is sorted by without showing it."""
    return [] if query.by is None else [{**_column(len(query.columns), query.by, held), "hide": True}]


def _directions(chosen: Sequence[Column], metric: str | None) -> dict[str, dict[str, Any]]:
    """By field of the rows that hold a metric: the field of its text, and whether low is best."""
    fields = [(f"c{i}", f"t{i}", one.key) for i, one in enumerate(chosen) if one.kind == "metrics"]
    if not chosen and metric is not None:
        fields = [("metric", "text", metric)]
    return {field: {"text": shown, "lower": better(key) == "lower"} for field, shown, key in fields}


def columns(
    total: int, metric: str | None, chosen: Sequence[Column] = (), held: Sequence[dict[str, Any]] = ()
) -> list[dict[str, Any]]:
    """Name and metric, or what was chosen in its place; the first header counts the runs.

    The metric's header is named in full once the list is wide enough.
    """
    header = max(_VALUE_WIDTH, math.ceil(width(metric or "", 12)) + _HEADER_ROOM)
    name = {
        "colId": NAME,
        "field": "name",
        "headerName": plural(total, "run"),
        "flex": 2,
        "minWidth": 120,
        "cellRenderer": "MxRun",
        "sortingOrder": ["asc", "desc", None],
        "cellClass": "x-run-cell",
    }
    if chosen:
        return [name, *(_column(place, column, held) for place, column in enumerate(chosen))]
    shown = {
        "colId": Column("metrics", metric or "").text,
        "field": "metric",
        "headerName": metric or "",
        "flex": 1,
        "minWidth": min(header, _LEAST_HEADER),
        "maxWidth": header,
        "headerComponentParams": {"innerHeaderComponent": "MxMetricHeader"},
        "type": "rightAligned",
        "cellRenderer": "MxMetric",
        "cellRendererParams": {"shown": "text"},
        "headerTooltip": metric or "",
        "cellClass": "ag-right-aligned-cell x-num",
    }
    return [name, shown]


def ordered(columns: Sequence[dict[str, Any]], sort: str) -> list[dict[str, Any]]:
    """Columns of which one says that the list is sorted by it."""
    by, direction = sort.removeprefix("-"), "desc" if sort.startswith("-") else "asc"
    return [{**column, "sort": direction if column["colId"] == by else None} for column in columns]


def _column(place: int, column: Column, held: Sequence[dict[str, Any]]) -> dict[str, Any]:
    right = cell.numeric(column)
    return {
        "colId": column.text,
        "field": f"c{place}",
        "headerName": column.title,
        "width": cell.width(column, [row[f"t{place}"] for row in held]),
        "flex": None,
        "minWidth": 48,
        "maxWidth": None,
        "resizable": True,
        "headerComponentParams": {"innerHeaderComponent": "MxMetricHeader"},
        "cellRenderer": "MxMetric",
        "cellRendererParams": {"shown": f"t{place}", "left": not right},
        "headerTooltip": column.text,
        **({"type": "rightAligned"} if right else {}),
        "cellClass": "ag-right-aligned-cell x-num" if right else "x-num",
    }


def window(
    source: DataSource, principal: Principal, experiment_id: str | None, query: ListQuery, request: dict[str, Any]
) -> dict[str, Any]:
    """Answers the grid's request for the rows ``startRow`` to ``endRow`` of an endless list, in the grid's order."""
    asked = read(Window, request, "request")
    start, end = asked.startRow, asked.endRow
    if experiment_id is None or end <= start:
        return {"rowData": [], "rowCount": 0}
    sort = _sort(asked.sortModel)
    most = min(end - start, PAGE)
    try:
        page = query.read(source, principal, experiment_id, limit=most, offset=max(start, 0), sort=sort)
    except ValidationError as error:
        logger.info("The list shows no runs: %s", error)
        return {"rowData": [], "rowCount": 0}
    return {"rowData": rows(page.runs, query.held()), "rowCount": page.total}


def _sort(model: Any) -> str:
    first = model[0] if isinstance(model, list) and model and isinstance(model[0], dict) else {}
    return ("-" if first.get("sort") == "desc" else "") + str(first.get("colId", ""))


def fields(source: DataSource, principal: Principal, experiment_id: str) -> dict[str, Any]:
    """What the runs of an experiment hold, for choosing columns and building filters."""
    return {
        "fields": [
            {
                "text": field.column.text,
                "title": field.column.title,
                "kind": field.column.kind,
                "expression": field.column.expression,
                "number": field.number,
                "runs": field.runs,
            }
            for field in source.fields(principal, experiment_id)
        ]
    }
