"""Datasets that runs were given."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.schema import datasets, input_tags, inputs
from mlflow_ext_server.repositories.scope import Stage, among, raw_rows, readable_runs
from mlflow_ext_ui.source import Principal

_CONTEXT = "mlflow.data.context"
_TRAINING = ("training", "train")


@dataclass(frozen=True, slots=True)
class DatasetInput:
    """A dataset that a run was given; ``source``, ``schema`` and ``profile`` are MLflow's own JSON texts.

    ``context`` is what the run used it for, such as "training"; it stands among ``tags``, too.
    """

    dataset_uuid: str
    experiment_id: str
    name: str
    digest: str
    source_type: str
    source: str
    schema: str | None
    profile: str | None
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def context(self) -> str | None:
        """What the run used it for, or None."""
        return self.tags.get(_CONTEXT)


class Digest(NamedTuple):
    """A dataset that a run was given, by what tells it from others."""

    name: str
    digest: str
    context: str | None


class DatasetRepository:
    """Reads which datasets runs were given. MLflow keeps no order among them."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def inputs(
        self, principal: Principal, run_ids: Sequence[str], stage: Stage = "all"
    ) -> dict[str, list[DatasetInput]]:
        """The datasets of each of these runs, training data first; unknown and unreadable runs are missing."""
        readable = readable_runs(self._backend, principal, run_ids, stage)
        table = datasets.c
        query = _given(
            readable, self._backend.dialect, inputs.c.destination_id, inputs.c.input_uuid, table.dataset_uuid,
            table.experiment_id, table.name, table.digest, table.dataset_source_type, table.dataset_source,
            table.dataset_schema, table.dataset_profile,
        )  # fmt: skip
        found: dict[str, list[DatasetInput]] = {run: [] for run in readable}
        with self._backend.read() as session:
            rows = raw_rows(session, query)
            tags = _tags(session, [row[1] for row in rows], self._backend.dialect)
        for run, edge, uuid, experiment, name, digest, kind, source, schema, profile in rows:
            given = DatasetInput(uuid, str(experiment), name, digest, kind, source, schema, profile, tags.get(edge, {}))
            found[run].append(given)
        for mine in found.values():
            mine.sort(key=lambda one: _place(one.context, one.name, one.digest))
        return found

    def digests(self, principal: Principal, run_ids: Sequence[str], stage: Stage = "all") -> dict[str, list[Digest]]:
        """Name, digest and context of the datasets of each of these runs, without what else MLflow tells of them."""
        readable = readable_runs(self._backend, principal, run_ids, stage)
        context = sa.and_(input_tags.c.input_uuid == inputs.c.input_uuid, input_tags.c.name == _CONTEXT)
        query = _given(
            readable, self._backend.dialect, inputs.c.destination_id, datasets.c.name, datasets.c.digest,
            input_tags.c.value,
        )  # fmt: skip
        found: dict[str, list[Digest]] = {run: [] for run in readable}
        with self._backend.read() as session:
            for run, name, digest, used in raw_rows(session, query.outerjoin(input_tags, context)):
                found[run].append(Digest(name, digest, used))
        return found


def first_datasets(session: Session, run_ids: Collection[str], dialect: str) -> dict[str, str]:
    """Run id to the name of its first dataset, training data before other; runs without one are missing."""
    if not run_ids:
        return {}
    context = sa.and_(input_tags.c.input_uuid == inputs.c.input_uuid, input_tags.c.name == _CONTEXT)
    query = _given(run_ids, dialect, inputs.c.destination_id, input_tags.c.value, datasets.c.name, datasets.c.digest)
    rows = raw_rows(session, query.outerjoin(input_tags, context))
    found: dict[str, str] = {}
    for run, _, name, _ in sorted(rows, key=lambda row: _place(*row[1:])):
        found.setdefault(run, name)
    return found


def _given(run_ids: Collection[str], dialect: str, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return (
        sa.select(*columns)
        .select_from(inputs.join(datasets, datasets.c.dataset_uuid == inputs.c.source_id))
        .where(
            inputs.c.destination_type == "RUN",
            inputs.c.source_type == "DATASET",
            among(inputs.c.destination_id, run_ids, dialect),
        )
    )


def _tags(session: Session, edges: Collection[str], dialect: str) -> dict[str, dict[str, str]]:
    query = sa.select(input_tags.c.input_uuid, input_tags.c.name, input_tags.c.value).where(
        among(input_tags.c.input_uuid, edges, dialect)
    )
    found: dict[str, dict[str, str]] = {}
    for edge, name, value in raw_rows(session, query):
        found.setdefault(edge, {})[name] = value
    return found


def _place(context: str | None, name: str, digest: str) -> tuple[bool, str, str]:
    return context not in _TRAINING, name, digest
