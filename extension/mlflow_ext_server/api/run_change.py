"""Runs made, changed and ended; one action on many of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from mlflow_ext.rest import BulkAnswer, BulkRequest, NewRun, NoteChange, RunChange, RunEnd, RunInfo
from mlflow_ext_server.api.encode import answer
from mlflow_ext_server.api.principal import Asking
from mlflow_ext_server.api.run import run_json, started
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_server.writing import bulk, run
from mlflow_ext_server.writing.backend import WritingBackend
from mlflow_ext_ui.source import Principal


def register(router: APIRouter, store: Store, backend: WritingBackend) -> None:
    """Add the routes."""

    def as_it_is(principal: Principal, run_id: str) -> Response:
        return answer(run_json(store.record(principal, run_id)))

    @router.post("/runs", response_model=RunInfo, status_code=201)
    def create(request: Request, body: NewRun, principal: Asking) -> Response:
        """Start a run; ``run_id`` is an id of your own that works in every path from then on."""
        made = run.create(backend, principal, body, headers=request.headers)
        return started(store, principal, made, body)

    @router.post("/runs/bulk", response_model=BulkAnswer)
    def change_many(body: BulkRequest, principal: Asking) -> BulkAnswer:
        """Tag, note, archive, restore or delete runs for good; each is answered by itself."""
        return bulk.bulk(backend, principal, body)

    @router.patch("/runs/{run_id}", response_model=RunInfo)
    def change(run_id: str, body: RunChange, principal: Asking) -> Response:
        """Change a run's name, tags, note or colour."""
        return as_it_is(principal, run.change(backend, principal, run_id, body))

    @router.patch("/runs/{run_id}/note", response_model=RunInfo)
    def note(run_id: str, body: NoteChange, principal: Asking) -> Response:
        """Set a run's note, such as PUBLISH or BAD; null takes it away."""
        return as_it_is(principal, run.note(backend, principal, run_id, body))

    @router.post("/runs/{run_id}/finish", response_model=RunInfo)
    def finish(run_id: str, principal: Asking, body: Annotated[RunEnd, Body()] = RunEnd()) -> Response:  # noqa: B008
        """End a run: FINISHED, FAILED or KILLED."""
        return as_it_is(principal, run.finish(backend, principal, run_id, body))
