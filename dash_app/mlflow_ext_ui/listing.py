"""The run list of the sidebar as rows for its grid."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

from mlflow_ext_ui.figures.direction import better
from mlflow_ext_ui.source import DataSource, Principal, Run, RunPage
from mlflow_ext_ui.text import aligned, plural, width

PAGE = 1000
INFINITE_ABOVE = 2000
TOP_SCAN = 10_000
_VALUE_WIDTH = 82  # pixels: a value in four digits, its sign and exponent
_LEAST_HEADER = 93  # pixels: the last word of most metrics' names
_HEADER_ROOM = 38  # pixels: padding and the arrow of the order


def rows(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """One row per run; ``text`` is the metric as shown, all of one column with the same decimals."""
    texts = aligned([run.metric for run in runs])
    return [
        {
            "id": run.id,
            "name": run.name,
            "status": run.status,
            "nan": run.has_nan,
            "metric": run.metric if run.metric is not None and math.isfinite(run.metric) else None,
            "text": text,
            "start": run.start_time,
        }
        for run, text in zip(runs, texts, strict=True)
    ]


def listing(
    source: DataSource, principal: Principal, experiment_id: str | None, search: str, on_screen: Collection[str] = ()
) -> dict[str, Any]:
    """The first page of the run list; all of it up to 2,000 runs, above that the grid asks for more as it scrolls.

    ``pinned`` holds rows of runs on screen that the search leaves out, of the experiment's latest 1,000.
    """
    if experiment_id is None:
        return _answer(RunPage((), 0, 0), (), (), search, None)
    page = source.runs(principal, experiment_id, search=search, limit=PAGE)
    runs = page.runs
    if PAGE < page.total <= INFINITE_ABOVE:
        rest = source.runs(principal, experiment_id, search=search, limit=PAGE, offset=PAGE)
        known = {run.id for run in runs}
        runs = (*runs, *(run for run in rest.runs if run.id not in known))
    left_out = set(on_screen) - {run.id for run in runs} if search else set()
    latest = source.runs(principal, experiment_id, limit=PAGE).runs if left_out else ()
    return _answer(page, runs, [run for run in latest if run.id in left_out], search, experiment_id)


def _answer(
    page: RunPage, runs: Sequence[Run], pinned: Sequence[Run], search: str, experiment_id: str | None
) -> dict[str, Any]:
    both = rows([*runs, *pinned])
    return {
        "experiment": experiment_id,
        "search": search,
        "rows": both[: len(runs)],
        "pinned": both[len(runs) :],
        "total": page.total,
        "running": page.running,
        "metric": page.metric,
        "infinite": page.total > INFINITE_ABOVE,
        "columns": columns(page.total, page.metric, sortable=page.total <= INFINITE_ABOVE),
    }


def columns(total: int, metric: str | None, *, sortable: bool) -> list[dict[str, Any]]:
    """Name and metric; the header counts the runs and names the metric, in full once the list is wide enough."""
    header = max(_VALUE_WIDTH, math.ceil(width(metric or "", 12)) + _HEADER_ROOM)
    return [
        {
            "field": "name",
            "headerName": plural(total, "run"),
            "flex": 2,
            "cellRenderer": "MxRun",
            "sortable": sortable,
            "sortingOrder": ["asc", "desc", None],
            "cellClass": "x-run-cell",
        },
        {
            "field": "metric",
            "headerName": metric or "",
            "flex": 1,
            "minWidth": min(header, _LEAST_HEADER),
            "maxWidth": header,
            "headerComponentParams": {"innerHeaderComponent": "MxMetricHeader"},
            "type": "rightAligned",
            "cellRenderer": "MxMetric",
            "sortable": sortable,
            "headerTooltip": metric or "",
            "cellClass": "ag-right-aligned-cell x-num",
        },
    ]


def window(
    source: DataSource, principal: Principal, experiment_id: str | None, search: str, request: dict[str, Any]
) -> dict[str, Any]:
    """Answers the grid's request for the rows ``startRow`` to ``endRow`` of an endless list."""
    start, end = int(request.get("startRow", 0)), int(request.get("endRow", 100))
    if experiment_id is None or end <= start:
        return {"rowData": [], "rowCount": 0}
    page = source.runs(principal, experiment_id, search=search, limit=min(end - start, PAGE), offset=max(start, 0))
    return {"rowData": rows(page.runs), "rowCount": page.total}


def top(source: DataSource, principal: Principal, experiment_id: str, search: str, count: int) -> tuple[Run, ...]:
    """The best runs by the list's metric among the latest 10,000; runs without a finite value are left out.

    Low is best where the metric's name says so, else high.
    """
    found: list[Run] = []
    metric: str | None = None
    for offset in range(0, TOP_SCAN, PAGE):
        page = source.runs(principal, experiment_id, search=search, limit=PAGE, offset=offset)
        metric = metric or page.metric
        found.extend(run for run in page.runs if run.metric is not None and math.isfinite(run.metric))
        if offset + PAGE >= page.total:
            break
    best = sorted(found, key=lambda run: run.metric or 0.0, reverse=better(metric or "") != "lower")
    return tuple({run.id: run for run in best}.values())[:count]
