"""Reading runs: list, search, detail, comparison, leaderboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from mlflow_ext.encoding import jsonable
from mlflow_ext.rest import Comparison, Ids, LeaderboardQuery, NewRunIn, RankedRun, RunInfo, RunQuery
from mlflow_ext.store_format import TagGlance
from mlflow_ext_server.api.encode import answer, number, page_headers
from mlflow_ext_server.api.principal import Asking
from mlflow_ext_server.api.query import check_limit, selection
from mlflow_ext_server.repositories.record import RunRecord
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_ui.source import Principal


def register(router: APIRouter, store: Store, page_limit: int) -> None:
    """Add the routes; those with a word in place of an id first."""

    @router.get("/runs", response_model=list[RunInfo])
    def list_runs(request: Request, query: Annotated[RunQuery, Query()], principal: Asking) -> Response:
        """Runs, the newest first; the header X-Total-Count says how many there are, Link where the next page is."""
        return listed(store, page_limit, request, query, principal)

    @router.get("/runs/search", response_model=list[RunInfo])
    def search_runs(request: Request, query: Annotated[RunQuery, Query()], principal: Asking) -> Response:
        """The same as GET /runs, under the name that other tools know."""
        return listed(store, page_limit, request, query, principal)

    @router.post("/runs/search", response_model=list[RunInfo])
    def post_search(request: Request, query: RunQuery, principal: Asking) -> Response:
        """The same as GET /runs for a filter too long for an address."""
        return listed(store, page_limit, request, query, principal)

    @router.get("/runs/compare", response_model=Comparison)
    def compare(query: Annotated[Ids, Query()], principal: Asking) -> Response:
        """Runs beside each other, with the union of their metrics and params."""
        return answer(_comparison(store, principal, query.ids))

    @router.post("/runs/compare", response_model=Comparison)
    def post_compare(query: Ids, principal: Asking) -> Response:
        """The same as GET /runs/compare, for more ids than an address holds."""
        return answer(_comparison(store, principal, query.ids))

    @router.get("/runs/leaderboard", response_model=list[RankedRun])
    def leaderboard(query: Annotated[LeaderboardQuery, Query()], principal: Asking) -> Response:
        """The best runs by a metric, each with its rank and value; runs without it, or with NaN, have none."""
        check_limit(query.top_k, page_limit, "top_k")
        found, total = store.leaderboards.top(
            principal,
            query.metric_name,
            query.top_k,
            selection(store, query),
            direction=query.order,
            aggregate=query.aggregate,
        )
        rows = [
            {**run_json(one.run), "rank": rank, "value": number(one.value)} for rank, one in enumerate(found, start=1)
        ]
        return answer(rows, {"X-Total-Count": str(total)})

    @router.get("/runs/{run_id}", response_model=RunInfo)
    def run(run_id: str, principal: Asking) -> Response:
        """One run, with its configuration and the names of its artifacts."""
        record = store.record(principal, run_id)
        detail = {"config": store.config(record), "artifacts": store.artifacts(record)}
        return answer({**run_json(record), **detail})


def listed(store: Store, page_limit: int, request: Request, query: RunQuery, principal: Principal) -> Response:
    """A page of runs with its headers."""
    check_limit(query.limit, page_limit)
    found, total = store.records.search(principal, selection(store, query))
    return answer(list(map(run_json, found)), page_headers(request, total, query.limit, query.offset))


def started(store: Store, principal: Principal, run_id: str, asked: NewRunIn) -> Response:
    """A run that was just made; its configuration is known without reading it back."""
    config = None if asked.config is None else jsonable(asked.config, "config")
    return answer({**run_json(store.record(principal, run_id)), "config": config}, status=201)


def run_json(record: RunRecord) -> dict[str, Any]:
    """A run as ``RunInfo`` has it."""
    start, end = record.start_time, record.end_time
    return {
        "run_id": record.run_id,
        "alias": record.alias,
        "name": record.name,
        "project": record.project,
        "experiment_id": record.experiment_id,
        "status": record.status,
        "stage": record.stage,
        "start_time": start,
        "end_time": end,
        "duration": None if start is None or end is None else end - start,
        "params": record.params,
        "config": None,
        "metrics": {key: number(value) for key, value in record.metrics.items()},
        "tags": record.tags,
        "note": record.note,
        "dataset_id": record.dataset_id,
        "command": record.command,
        "artifacts": None,
        "primitives": [held_json(one) for one in record.primitives],
    }


def held_json(one: TagGlance) -> dict[str, Any]:
    """A primitive as ``PrimitiveInfo`` has it."""
    return {"name": one.name, "kind": one.kind, "section": one.section, "points": one.points, "fields": one.fields}


def _comparison(store: Store, principal: Principal, ids: Sequence[str]) -> dict[str, Any]:
    known = store.aliases.resolve(principal, ids)
    records = store.records.by_ids(principal, list(dict.fromkeys(known.values())))
    shown = [records[known[one]] for one in dict.fromkeys(ids) if known.get(one) in records]
    return {
        "metric_keys": sorted({key for record in shown for key in record.metrics}),
        "param_keys": sorted({key for record in shown for key in record.params}),
        "runs": [run_json(record) for record in shown],
        "missing": [one for one in dict.fromkeys(ids) if known.get(one) not in records],
    }
