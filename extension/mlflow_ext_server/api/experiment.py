"""Experiments, also called projects, and the runs in one."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from mlflow_ext.errors import ValidationError
from mlflow_ext.rest import (
    ExperimentChange,
    ExperimentInfo,
    ExperimentQuery,
    NewExperiment,
    NewRunIn,
    RunInfo,
    RunQuery,
)
from mlflow_ext_server.api.encode import answer, page_headers
from mlflow_ext_server.api.principal import Asking
from mlflow_ext_server.api.query import check_limit, experiments
from mlflow_ext_server.api.run import listed, started
from mlflow_ext_server.repositories.experiment import ExperimentRecord
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_server.writing import experiment, run
from mlflow_ext_server.writing.access import unknown_experiment
from mlflow_ext_server.writing.backend import WritingBackend
from mlflow_ext_ui.source import Principal


def register(router: APIRouter, store: Store, backend: WritingBackend, page_limit: int, word: str) -> None:
    """Add the routes below ``/{word}``."""
    one = f"/{word}/{{experiment_id}}"

    def record(principal: Principal, experiment_id: str) -> ExperimentRecord:
        found = store.experiments.by_ids(principal, [experiment_id]).get(experiment_id)
        if found is None:
            raise unknown_experiment(experiment_id)
        return found

    def searched(request: Request, query: ExperimentQuery, principal: Principal) -> Response:
        check_limit(query.limit, page_limit)
        found, total = store.experiments.search(principal, experiments(query))
        return answer(list(map(asdict, found)), page_headers(request, total, query.limit, query.offset))

    @router.get(f"/{word}", response_model=list[ExperimentInfo])
    def list_experiments(request: Request, query: Annotated[ExperimentQuery, Query()], principal: Asking) -> Response:
        """Experiments, the one with the newest run first; the header X-Total-Count says how many there are."""
        return searched(request, query, principal)

    @router.get(f"/{word}/search", response_model=list[ExperimentInfo])
    def search_experiments(request: Request, query: Annotated[ExperimentQuery, Query()], principal: Asking) -> Response:
        """The same as listing them, under the name that other tools know."""
        return searched(request, query, principal)

    @router.post(f"/{word}", response_model=ExperimentInfo, status_code=201)
    def create(request: Request, body: NewExperiment, principal: Asking) -> Response:
        """Make an experiment; whoever makes it may manage it."""
        made = experiment.create(backend, principal, body, headers=request.headers)
        return answer(asdict(record(principal, made)), status=201)

    @router.get(one, response_model=ExperimentInfo)
    def read(experiment_id: str, principal: Asking) -> Response:
        """One experiment, with its tags and the number of its active runs."""
        return answer(asdict(record(principal, experiment_id)))

    @router.patch(one, response_model=ExperimentInfo)
    def change(request: Request, experiment_id: str, body: ExperimentChange, principal: Asking) -> Response:
        """Rename, describe, tag, archive or restore an experiment."""
        experiment.change(backend, principal, experiment_id, body, headers=request.headers)
        return answer(asdict(record(principal, experiment_id)))

    @router.delete(one, response_model=ExperimentInfo)
    def archive(request: Request, experiment_id: str, principal: Asking) -> Response:
        """Archive an experiment with its runs; PATCH with stage "active" brings it back."""
        experiment.archive(backend, principal, experiment_id, headers=request.headers)
        return answer(asdict(record(principal, experiment_id)))

    @router.get(f"{one}/runs", response_model=list[RunInfo])
    def runs(request: Request, experiment_id: str, query: Annotated[RunQuery, Query()], principal: Asking) -> Response:
        """The runs of an experiment, asked for as by GET /runs."""
        found = record(principal, experiment_id)
        for field in ("project", "experiment_name", "experiment_id"):
            if field in query.model_fields_set:
                raise ValidationError(f"{field}: the address names the experiment already; leave it out.", field=field)
        within = query.model_copy(update={"experiment_id": [found.experiment_id]})
        return listed(store, page_limit, request, within, principal)

    @router.post(f"{one}/runs", response_model=RunInfo, status_code=201)
    def create_run(request: Request, experiment_id: str, body: NewRunIn, principal: Asking) -> Response:
        """Start a run in this experiment; `run_id` is an id of your own that works in every path from then on."""
        made = run.create(backend, principal, body, headers=request.headers, experiment_id=experiment_id)
        return started(store, principal, made, body)
