"""The Compare view: runs on screen side by side, as JSON and as a file."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from mlflow_ext.direction import better
from mlflow_ext.store_format import mirror_key
from mlflow_ext_ui.source import DataSource, Principal, Run
from mlflow_ext_ui.tables.comparison import Comparison, MetricRow, ParamRow, comparison
from mlflow_ext_ui.tables.direction import switched
from mlflow_ext_ui.tables.request import Lines, TablesRequest
from mlflow_ext_ui.tables.state import TableState
from mlflow_ext_ui.text import MISSING, aligned, duration
from mlflow_ext_ui.text import param as short_param

MOST_CELLS = 100_000
LEAST_RUNS = 50
_MOST_PARAMS = 10
_MENDED = "-x"  # within a key that stands for a name which MLflow refuses


def compare(source: DataSource, principal: Principal, request: TablesRequest) -> dict[str, Any]:
    """Params and metrics of the runs on screen; rows that are hidden or folded are named or counted, but not sent.

    The first of the runs alone where all would be more than ``MOST_CELLS`` cells.
    """
    runs, found = _read(source, principal, request)
    titles = _titles(source, principal, runs, found)
    state = request.state
    shown, folded = _shown(found, state)
    groups = {"metrics": found.metrics, "system": found.system if "o:system" in state.hide else ()}
    return {
        "runs": [run.id for run in runs],
        "total": len(request.runs),
        "params": [
            {"name": row.name, "differs": row.differs, "cells": row.values, "texts": _short(row.values)}
            for row in shown
        ],
        "param_names": [row.name for row in found.params],
        "folded": folded,
        "differ": sum(row.differs for row in found.params),
        **{
            name: [
                _metric(row, titles.get(row.key, row.key), state.plain)
                for row in rows
                if f"m:{row.key}" not in state.hide
            ]
            for name, rows in groups.items()
        },
        "keys": [[row.key, titles.get(row.key, row.key)] for row in (*found.metrics, *found.system)],
        "system_held": len(found.system),
        "duration": _duration(found.seconds, runs, state.plain),
    }


def lines(source: DataSource, principal: Principal, request: TablesRequest) -> Lines:
    """The rows that ``compare`` shows, numbers in full."""
    runs, found = _read(source, principal, request)
    titles = _titles(source, principal, runs, found)
    return Lines("comparison", ["", "name", *(run.name for run in runs)], _rows(request, found, titles))


def _rows(request: TablesRequest, found: Comparison, titles: dict[str, str]) -> Iterator[list[Any]]:
    state = request.state
    for param in _shown(found, state)[0]:
        yield ["param", param.name, *param.values]
    system = found.system if "o:system" in state.hide else ()
    for row in (*found.metrics, *system):
        if f"m:{row.key}" not in state.hide:
            yield ["metric", titles.get(row.key, row.key), *row.values]
    yield ["metric", "duration in s", *found.seconds.values]


def _short(values: Sequence[str | None]) -> list[str]:
    """Values to read beside each other: with fewer digits where that leaves different ones different."""
    whole = [MISSING if value is None else value for value in values]
    short = [short_param(value) for value in whole]
    return short if len(set(short)) == len(set(whole)) else whole


def _shown(found: Comparison, state: TableState) -> tuple[list[ParamRow], int]:
    """The params to show, and how many more that differ are folded so that metrics stay within reach."""
    kept = [row for row in found.params if f"p:{row.name}" not in state.hide]
    differing = [row for row in kept if row.differs]
    same = [row for row in kept if not row.differs] if state.equal else []
    most = len(differing) if "o:differ" in state.hide or len(differing) <= _MOST_PARAMS + 1 else _MOST_PARAMS
    return [*differing[:most], *same], len(differing) - most


def _read(source: DataSource, principal: Principal, request: TablesRequest) -> tuple[list[Run], Comparison]:
    runs = list(source.runs_by_id(principal, request.runs))
    ids = [run.id for run in runs]
    state = request.state
    history = state.value != "last"
    summaries = source.summaries(principal, ids, history=history, directions=switched(state))
    params = source.params(principal, ids)
    now_ms = int(time.time() * 1000)
    found = comparison(runs, params, summaries, state, now_ms)
    most = _most_runs(found, state)
    if most >= len(runs):
        return runs, found
    kept = runs[:most]
    those = set(ids[:most])
    return kept, comparison(kept, params, [one for one in summaries if one.run_id in those], state, now_ms)


def _most_runs(found: Comparison, state: TableState) -> int:
    """How many runs can stand side by side; few rows leave room for many."""
    system = found.system if "o:system" in state.hide else ()
    rows = len(_shown(found, state)[0]) + len(found.metrics) + len(system) + 1
    return max(LEAST_RUNS, MOST_CELLS // rows)


def _titles(source: DataSource, principal: Principal, runs: Sequence[Run], found: Comparison) -> dict[str, str]:
    """How the fields are called that stand under a key which had to be mended."""
    if not any(_MENDED in row.key for row in found.metrics):
        return {}
    plots = source.plots(principal, [run.id for run in runs])
    return {mirror_key(plot.name, plot.field): plot.title for plot in plots if plot.field is not None}


def _metric(row: MetricRow, title: str, plain: bool) -> dict[str, Any]:
    return {
        "key": row.key,
        "title": title,
        "way": row.direction,
        "named": better(row.key),
        "cells": aligned(row.values),
        "best": () if plain else row.best,
    }


def _duration(row: MetricRow, runs: Sequence[Run], plain: bool) -> dict[str, Any]:
    cells = [
        MISSING if seconds is None else duration(seconds, running=run.status == "RUNNING")
        for seconds, run in zip(row.values, runs, strict=True)
    ]
    return {"cells": cells, "best": () if plain else row.best}
