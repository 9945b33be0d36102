"""Runs to put on screen by what they are, not one by one: the best, the latest, all that match."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from mlflow_ext_ui.column import Column, parse_sort
from mlflow_ext_ui.figures.direction import better
from mlflow_ext_ui.listing import PAGE, ListQuery
from mlflow_ext_ui.screen import first_runs
from mlflow_ext_ui.source import DataSource, Principal, Run
from mlflow_ext_ui.state import ViewState

MOST = 20


class PickRequest(BaseModel):
    """What to pick, of the list that an address shows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = ""
    search: str = ""
    experiment: str = ""
    what: Literal["top", "latest", "all"]
    count: int = Field(default=MOST, ge=1, le=MOST)


def picked(source: DataSource, principal: Principal, request: PickRequest) -> list[str]:
    """The ids of the runs.

    Raises:
        ValidationError: the address' filter can't be read.
    """
    state = ViewState.parse(request.path, request.search)
    query = ListQuery.of(state)
    experiment = request.experiment or state.experiment or ""
    if request.what == "top":
        return [run.id for run in top(source, principal, experiment, query, request.count, state.sort)]
    if request.what == "latest" and not query.narrow():
        return [run.id for run in first_runs(source, principal, experiment, request.count)]
    sort = state.sort if request.what == "all" else ""
    return [run.id for run in query.read(source, principal, experiment, sort=sort, limit=request.count).runs]


def top(
    source: DataSource, principal: Principal, experiment_id: str, query: ListQuery, count: int, sort: str = ""
) -> tuple[Run, ...]:
    """The best runs by the metric that the list is sorted by, else by that which most runs share.

    Low is best where the metric's name says so, else high; runs without a finite value are left out.
    """
    by = parse_sort(sort)
    metric = by[0].key if by is not None and by[0].kind == "metrics" else _shared(source, principal, experiment_id)
    if metric is None:
        return ()
    column = Column("metrics", metric)
    order = ("" if better(metric) == "lower" else "-") + column.text
    asked = query._replace(columns=(column,))
    found: list[Run] = []
    offset = 0
    while len(found) < count:
        page = asked.read(source, principal, experiment_id, sort=order, limit=min(PAGE, 2 * count), offset=offset)
        found += [run for run in page.runs if _finite(run)]
        offset += len(page.runs)
        if not page.runs or not _number(page.runs[-1]):
            break
    return tuple(found[:count])


def _shared(source: DataSource, principal: Principal, experiment_id: str) -> str | None:
    return source.runs(principal, experiment_id, limit=1).metric


def _finite(run: Run) -> bool:
    return isinstance(run.values[0], float) and math.isfinite(run.values[0])


def _number(run: Run) -> bool:
    """Whether runs with a value may follow: those without, or with NaN, come last."""
    return isinstance(run.values[0], float) and not math.isnan(run.values[0])
