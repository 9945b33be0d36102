"""Runs with all that the API tells of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from mlflow_ext.store_format import COMMAND_TAG, DATASET_TAG, INDEX_PREFIXES, NOTE_TAG, TAG_PREFIX, TagGlance
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.dataset import first_datasets
from mlflow_ext_server.repositories.index import primitives
from mlflow_ext_server.repositories.schema import experiments, latest_metrics, params, runs, tags
from mlflow_ext_server.repositories.scope import LARGEST, Stage, among, number, raw_rows, readable_runs, workspace_of
from mlflow_ext_server.repositories.selection import (
    RunSelection,
    experiments_to_search,
    matching,
    order,
)
from mlflow_ext_server.tables import run_aliases
from mlflow_ext_ui.source import Principal

_RUN_NAME = "mlflow.runName"
_COLUMNS = (
    runs.c.run_uuid,
    runs.c.name,
    runs.c.experiment_id,
    experiments.c.name,
    runs.c.status,
    sa.case(
        (sa.and_(runs.c.lifecycle_stage == "active", experiments.c.lifecycle_stage == "active"), "active"),
        else_="archived",
    ),
    runs.c.start_time,
    runs.c.end_time,
    runs.c.artifact_uri,
)


@dataclass(slots=True)
class RunRecord:
    """One run; times in ms since the epoch, ``metrics`` the last values, ``tags`` without those of primitives.

    ``dataset_id`` is the run's own or the name of its first dataset, training data before other.
    """

    run_id: str
    name: str
    experiment_id: str
    project: str
    status: str
    stage: Literal["active", "archived"]
    start_time: int | None
    end_time: int | None
    artifact_uri: str
    alias: str | None = None
    note: str | None = None
    dataset_id: str | None = None
    command: str | None = None
    params: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    primitives: list[TagGlance] = field(default_factory=list)


class RecordRepository:
    """Reads runs with a fixed number of queries, bounded by workspace and readable experiments."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def search(self, principal: Principal, selection: RunSelection) -> tuple[list[RunRecord], int]:
        """The runs selected, and how many there are without limit and offset."""
        dialect = self._backend.dialect
        within = experiments_to_search(self._backend, principal, selection)
        if not within:
            return [], 0
        query = matching(selection, within, dialect, *_COLUMNS).order_by(*order(selection))
        with self._backend.read() as session:
            rows = raw_rows(session, query.limit(selection.limit).offset(selection.offset))
            total = selection.offset + len(rows)
            if len(rows) == selection.limit or not rows:
                total = session.execute(matching(selection, within, dialect, sa.func.count())).scalar_one()
            return self._filled(session, principal, rows), total

    def by_ids(self, principal: Principal, run_ids: Sequence[str], stage: Stage = "all") -> dict[str, RunRecord]:
        """These runs in the order asked; unknown and unreadable ones are missing."""
        readable = readable_runs(self._backend, principal, run_ids, stage)
        query = (
            sa.select(*_COLUMNS)
            .select_from(runs.join(experiments, experiments.c.experiment_id == runs.c.experiment_id))
            .where(among(runs.c.run_uuid, readable, self._backend.dialect))
        )
        with self._backend.read() as session:
            found = {one.run_id: one for one in self._filled(session, principal, raw_rows(session, query))}
        return {run: found[run] for run in readable if run in found}

    def _filled(self, session: Session, principal: Principal, rows: Sequence[tuple[Any, ...]]) -> list[RunRecord]:
        dialect = self._backend.dialect
        found: dict[str, RunRecord] = {}
        for run, name, experiment, project, status, stage, start, end, uri in rows:
            found[run] = RunRecord(run, name or "", str(experiment), project, status, stage, start, end, uri or "")
        if not found:
            return []
        _add_params(session, found, dialect)
        _add_metrics(session, found, dialect)
        _add_tags(session, found, dialect)
        aliases = sa.select(run_aliases.c.run_uuid, run_aliases.c.alias).where(
            run_aliases.c.workspace == workspace_of(principal), among(run_aliases.c.run_uuid, found, dialect)
        )
        for run, alias in raw_rows(session, aliases.order_by(run_aliases.c.claimed_at.desc())):
            found[run].alias = alias
        bare = [run for run, one in found.items() if one.dataset_id is None]
        for run, dataset in first_datasets(session, bare, dialect).items():
            found[run].dataset_id = dataset
        return list(found.values())


def _add_params(session: Session, found: dict[str, RunRecord], dialect: str) -> None:
    query = sa.select(params.c.run_uuid, params.c.key, params.c.value).where(among(params.c.run_uuid, found, dialect))
    held = {run: one.params for run, one in found.items()}
    for run, key, value in raw_rows(session, query):
        held[run][key] = value


def _add_metrics(session: Session, found: dict[str, RunRecord], dialect: str) -> None:
    table = latest_metrics.c
    query = sa.select(table.run_uuid, table.key, table.value, table.is_nan).where(among(table.run_uuid, found, dialect))
    held = {run: one.metrics for run, one in found.items()}
    for run, key, value, nan in raw_rows(session, query):
        held[run][key] = value if -LARGEST < value < LARGEST and not nan else number(value, nan)


def _add_tags(session: Session, found: dict[str, RunRecord], dialect: str) -> None:
    query = sa.select(tags.c.run_uuid, tags.c.key, tags.c.value).where(among(tags.c.run_uuid, found, dialect))
    held = {run: one.tags for run, one in found.items()}
    ours: list[tuple[str, str, str]] = []
    for run, key, value in raw_rows(session, query):
        if key.startswith(TAG_PREFIX):
            ours.append((run, key, value))
        elif not key.startswith(INDEX_PREFIXES):
            held[run][key] = value or ""
    for run, plots in primitives(ours).items():
        found[run].primitives = plots
    for run, one in found.items():
        one.name = one.name or one.tags.get(_RUN_NAME) or run[:8]
        one.note = one.tags.get(NOTE_TAG) or None
        one.dataset_id = one.tags.get(DATASET_TAG) or None
        one.command = one.tags.get(COMMAND_TAG) or None
