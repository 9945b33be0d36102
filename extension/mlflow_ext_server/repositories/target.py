"""What a request to change something names: runs of any stage, by id or alias, and experiments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from mlflow_ext.store_format import TAG_PREFIX, PlotTag
from mlflow_ext_server.repositories.alias import known_aliases
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.schema import experiments, runs, tags
from mlflow_ext_server.repositories.scope import askable, chunks, experiment_numbers, workspace_of
from mlflow_ext_ui.source import Principal

_ACTIVE = "active"


class RunTarget(NamedTuple):
    """A run to change."""

    id: str
    experiment_id: str
    artifact_uri: str
    active: bool


class ExperimentTarget(NamedTuple):
    """An experiment to change."""

    id: str
    name: str
    active: bool


class TargetRepository:
    """Looks up what is to be changed, on the primary database: a replica may lag behind the change before.

    Args:
        backend: MLflow's store and permissions.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def runs(self, principal: Principal, asked: Sequence[str]) -> dict[str, RunTarget]:
        """Those of ``asked``, ids or aliases, that the principal may read, archived ones among them."""
        wanted = [one for one in dict.fromkeys(asked) if askable(one)]
        with self._backend.write() as session:
            own = known_aliases(session, principal, wanted, self._backend.dialect)
            ids = {one: own.get(one, one) for one in wanted}
            rows = self._rows(session, principal, list(dict.fromkeys(ids.values())))
        readable = self._backend.readable(principal, {row.experiment_id for row in rows.values()})
        found = {one: rows[ids[one]] for one in wanted if ids[one] in rows}
        return {one: row for one, row in found.items() if row.experiment_id in readable}

    @staticmethod
    def _rows(session: Session, principal: Principal, ids: list[str]) -> dict[str, RunTarget]:
        rows: dict[str, RunTarget] = {}
        for chunk in chunks(ids):
            query = (
                sa.select(runs.c.run_uuid, runs.c.experiment_id, runs.c.artifact_uri, runs.c.lifecycle_stage)
                .join(experiments, experiments.c.experiment_id == runs.c.experiment_id)
                .where(runs.c.run_uuid.in_(chunk), experiments.c.workspace == workspace_of(principal))
            )
            for run, experiment, uri, stage in session.execute(query):
                rows[run] = RunTarget(run, str(experiment), uri or "", stage == _ACTIVE)
        return rows

    def is_archived(self, run_id: str) -> bool | None:
        """Whether a run is archived at this moment; None when it is gone."""
        with self._backend.write() as session:
            stage = session.execute(sa.select(runs.c.lifecycle_stage).where(runs.c.run_uuid == run_id)).scalar()
        return None if stage is None else bool(stage != _ACTIVE)

    def experiment(self, principal: Principal, experiment_id: str) -> ExperimentTarget | None:
        """One experiment, archived or not; None when it is unknown or may not be read."""
        numbers = experiment_numbers([experiment_id])
        found = self._experiment(principal, experiments.c.experiment_id == numbers[0]) if numbers else None
        if found is None or found.id not in self._backend.readable(principal, [found.id]):
            return None
        return found

    def experiment_named(self, principal: Principal, name: str) -> ExperimentTarget | None:
        """The experiment of a name in the principal's workspace, whether or not it may be read."""
        return self._experiment(principal, experiments.c.name == name)

    def _experiment(self, principal: Principal, where: sa.ColumnElement[bool]) -> ExperimentTarget | None:
        query = sa.select(experiments.c.experiment_id, experiments.c.name, experiments.c.lifecycle_stage).where(
            where, experiments.c.workspace == workspace_of(principal)
        )
        with self._backend.write() as session:
            row = session.execute(query).first()
        return None if row is None else ExperimentTarget(str(row[0]), row[1], row[2] == _ACTIVE)

    def plot_tags(self, run_id: str, slug: str) -> dict[str, PlotTag]:
        """What each writer's tag says of one plot of a run."""
        query = sa.select(tags.c.key, tags.c.value).where(
            tags.c.run_uuid == run_id, tags.c.key.startswith(f"{TAG_PREFIX}{slug}.", autoescape=True)
        )
        with self._backend.write() as session:
            found = [PlotTag.parse(key, value) for key, value in session.execute(query)]
        return {tag.writer: tag for tag in found if tag is not None}
