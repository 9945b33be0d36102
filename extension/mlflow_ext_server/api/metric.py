"""Metrics of many runs: summaries and histories as columns; and new values."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Body, Query, Response

from mlflow_ext.rest import (
    Histories,
    HistoryRequest,
    MetricPoint,
    OneOrManyPoints,
    Stored,
    Summaries,
    SummaryRequest,
)
from mlflow_ext_server.api.encode import answer, numbers, texts
from mlflow_ext_server.api.missing import missing
from mlflow_ext_server.api.principal import Asking
from mlflow_ext_server.repositories.history import thinned
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_server.repositories.summary import COLUMNS
from mlflow_ext_server.writing import run as writing
from mlflow_ext_server.writing.backend import WritingBackend
from mlflow_ext_ui.source import Principal


def register(router: APIRouter, store: Store, backend: WritingBackend) -> None:
    """Add the routes."""

    @router.get("/metrics/summary", response_model=Summaries)
    def summary(query: Annotated[SummaryRequest, Query()], principal: Asking) -> Response:
        """Last, lowest, highest value, mean, count and best step per run and metric, as columns."""
        return answer(_summary(store, principal, query))

    @router.post("/metrics/summary", response_model=Summaries)
    def post_summary(query: SummaryRequest, principal: Asking) -> Response:
        """The same as GET /metrics/summary, for more ids than an address holds."""
        return answer(_summary(store, principal, query))

    @router.get("/metrics/history", response_model=Histories)
    def history(query: Annotated[HistoryRequest, Query()], principal: Asking) -> Response:
        """Whole histories, or thinned to ``max_points`` that keep extremes and both ends."""
        return answer(_history(store, principal, query))

    @router.post("/metrics/history", response_model=Histories)
    def post_history(query: HistoryRequest, principal: Asking) -> Response:
        """The same as GET /metrics/history, for more ids than an address holds."""
        return answer(_history(store, principal, query))

    @router.post("/runs/{run_id}/metrics", response_model=Stored, status_code=201)
    def log_metrics(run_id: str, body: Annotated[OneOrManyPoints, Body()], principal: Asking) -> Stored:
        """Log values of metrics, one or many; a value that stands already is stored once."""
        points = [body] if isinstance(body, MetricPoint) else body.metrics
        return Stored(stored=writing.log_metrics(backend, principal, run_id, points))


def _summary(store: Store, principal: Principal, query: SummaryRequest) -> dict[str, Any]:
    known = store.aliases.resolve(principal, query.runs)
    asked = list(dict.fromkeys(known.values()))
    columns = COLUMNS if query.columns is None else frozenset(query.columns)
    found, unreadable = store.summaries.read(principal, asked, query.keys, columns, stage="all")
    body = {column.name: getattr(found, column.name) for column in fields(found)}
    for name in ("last", "min", "max", "mean"):
        body[name] = texts(body[name])
    return {**body, "missing": missing(query.runs, known, set(unreadable))}


def _history(store: Store, principal: Principal, query: HistoryRequest) -> dict[str, Any]:
    known = store.aliases.resolve(principal, query.runs)
    asked = list(dict.fromkeys(known.values()))
    found = store.metric_histories(principal, asked, query.keys)
    readable, histories = found
    body = []
    for (run, key), whole in histories.items():
        history = whole if query.max_points is None else thinned(whole, query.max_points)
        body.append(
            {
                "run_id": run,
                "key": key,
                "step": np.ascontiguousarray(history.step),
                "value": numbers(history.value),
                "timestamp": history.time.astype(np.int64),
                "total": len(whole.step),
            }
        )
    return {"histories": body, "missing": missing(query.runs, known, set(asked) - readable)}
