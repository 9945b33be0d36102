"""One run with all that is known of it, for its own page."""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa

from mlflow_ext.errors import NotFound
from mlflow_ext_server.repositories.dataset import DatasetRepository
from mlflow_ext_server.repositories.logged_model import LoggedModelRepository
from mlflow_ext_server.repositories.model_version import ModelVersionRepository
from mlflow_ext_server.repositories.schema import tags
from mlflow_ext_server.repositories.scope import raw_rows
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_ui.detail import Given, Made, Registered, RunDetail
from mlflow_ext_ui.source import Principal, Run, Status

_PARENT = "mlflow.parentRunId"
_CHILDREN = 200


class DetailReader:
    """Reads one run and what it is linked with, in a fixed number of queries."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._datasets = DatasetRepository(store.backend)
        self._models = LoggedModelRepository(store.backend)
        self._versions = ModelVersionRepository(store.backend)

    def read(self, principal: Principal, run_id: str) -> RunDetail | None:
        """The run of this id or alias, archived or not; None when it is unknown or may not be read."""
        try:
            record = self._store.record(principal, run_id)
        except NotFound:
            return None
        mine = record.run_id
        parent = record.tags.get(_PARENT)
        family = self._store.runs.by_id(principal, [*([parent] if parent else []), *self._children(mine)])
        links = self._models.links(principal, [mine]).get(mine, [])
        models = self._models.by_ids(principal, [link.model_id for link in links])
        return RunDetail(
            id=mine,
            name=record.name,
            experiment_id=record.experiment_id,
            experiment=record.project,
            status=cast(Status, record.status),
            archived=record.stage == "archived",
            start_time=record.start_time,
            end_time=record.end_time,
            alias=record.alias,
            note=record.note or "",
            params=record.params,
            metrics=record.metrics,
            tags=record.tags,
            parent=next((run for run in family if run.id == parent), None),
            children=_others(family, parent),
            datasets=tuple(
                Given(one.name, one.digest, one.context, one.source_type, one.source)
                for one in self._datasets.inputs(principal, [mine]).get(mine, [])
            ),
            models=tuple(
                Made(link.model_id, models[link.model_id].name, link.role, link.step)
                for link in links
                if link.model_id in models
            ),
            versions=tuple(
                Registered(one.name, one.version, tuple(one.aliases))
                for one in self._versions.of_runs(principal, [mine]).get(mine, [])
            ),
        )

    def _children(self, run_id: str) -> list[str]:
        query = sa.select(tags.c.run_uuid).where(tags.c.key == _PARENT, tags.c.value == run_id).limit(_CHILDREN)
        with self._store.backend.read() as session:
            return [run for (run,) in raw_rows(session, query)]


def _others(family: tuple[Run, ...], parent: str | None) -> tuple[Run, ...]:
    """The children, oldest first: they are numbered in the order of their start."""
    return tuple(sorted((run for run in family if run.id != parent), key=lambda run: (run.start_time or 0, run.name)))
