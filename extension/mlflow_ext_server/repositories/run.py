"""Runs as the sidebar shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import sqlalchemy as sa

from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.color import ColorRepository
from mlflow_ext_server.repositories.column import column_values, fields
from mlflow_ext_server.repositories.primary_metric import primary_metric
from mlflow_ext_server.repositories.schema import experiments, latest_metrics, runs
from mlflow_ext_server.repositories.scope import Stage, askable, chunks, experiment_numbers, in_workspace, staged
from mlflow_ext_server.repositories.selection import RunSelection, conditions, order
from mlflow_ext_server.tables import run_colors
from mlflow_ext_ui.column import Column
from mlflow_ext_ui.source import Field, Principal, Run, RunPage, Status, Value


class RunRow(NamedTuple):
    """What reading a run's data needs: its artifact root, its status and its times in ms since the epoch."""

    id: str
    experiment_id: str
    artifact_uri: str
    status: str
    start_time: int | None
    end_time: int | None


class RunRepository:
    """Reads of runs, bounded by workspace and readable experiments."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._colors = ColorRepository(backend)

    def page(
        self, principal: Principal, experiment_id: str, selection: RunSelection, columns: Sequence[Column] = ()
    ) -> RunPage:
        """The selected runs of one experiment with these columns, and the metric that most of the newest runs share."""
        if not self.may_read(principal, experiment_id):
            return RunPage((), 0, 0)
        where = [
            runs.c.experiment_id == int(experiment_id),
            staged(selection.stage),
            *conditions(selection),
        ]
        self._colors.assign(experiment_id)
        count = sa.select(sa.func.count(), sa.func.sum(sa.case((runs.c.status == "RUNNING", 1), else_=0))).select_from(
            runs.join(experiments, experiments.c.experiment_id == runs.c.experiment_id)
        )
        query = _run_columns().join(experiments, experiments.c.experiment_id == runs.c.experiment_id).where(*where)
        with self._backend.read() as session:
            total, running = session.execute(count.where(*where)).one()
            page = query.order_by(*order(selection)).limit(selection.limit).offset(selection.offset)
            rows = session.execute(page).all()
            metric = primary_metric(session, int(experiment_id))
            ids = [row.run_uuid for row in rows]
            mine = () if metric is None else (Column("metrics", metric),)
            values = column_values(session, self._backend.dialect, ids, (*columns, *mine))
            nan = _with_nan(session, ids)
        found = tuple(_run(row, values.get(row.run_uuid, ()), row.run_uuid in nan, bool(mine)) for row in rows)
        return RunPage(found, total, int(running or 0), metric)

    def fields(self, principal: Principal, experiment_id: str) -> tuple[Field, ...]:
        """What the newest runs of an experiment hold; nothing when it may not be read."""
        if not self.may_read(principal, experiment_id):
            return ()
        with self._backend.read() as session:
            return fields(session, self._backend.dialect, int(experiment_id))

    def by_id(self, principal: Principal, run_ids: Sequence[str], columns: Sequence[Column] = ()) -> tuple[Run, ...]:
        """These runs in the order asked; deleted, unknown and unreadable ones are left out."""
        rows = {row.run_uuid: row for row in self._readable_rows(principal, run_ids)}
        for experiment_id in {str(row.experiment_id) for row in rows.values() if row.slot is None}:
            self._colors.assign(experiment_id)
        if any(row.slot is None for row in rows.values()):
            rows = {row.run_uuid: row for row in self._readable_rows(principal, run_ids)}
        with self._backend.read() as session:
            nan = _with_nan(session, list(rows))
            values = column_values(session, self._backend.dialect, list(rows), columns)
        return tuple(_run(rows[run], values.get(run, ()), run in nan) for run in dict.fromkeys(run_ids) if run in rows)

    def rows(self, principal: Principal, run_ids: Sequence[str], stage: Stage = "active") -> dict[str, RunRow]:
        """What reading their data needs, in the order asked, for those of ``run_ids`` that are readable."""
        found = {row.run_uuid: row for row in self._readable_rows(principal, run_ids, stage)}
        return {
            run: RunRow(run, str(row.experiment_id), row.artifact_uri, row.status, row.start_time, row.end_time)
            for run in dict.fromkeys(run_ids)
            if (row := found.get(run)) is not None
        }

    def _readable_rows(
        self, principal: Principal, run_ids: Sequence[str], stage: Stage = "active"
    ) -> list[sa.Row[Any]]:
        found: list[sa.Row[Any]] = []
        with self._backend.read() as session:
            for chunk in chunks([run for run in dict.fromkeys(run_ids) if askable(run)]):
                query = (
                    _run_columns()
                    .join(experiments, experiments.c.experiment_id == runs.c.experiment_id)
                    .where(
                        runs.c.run_uuid.in_(chunk),
                        staged(stage),
                        in_workspace(principal),
                    )
                )
                found += session.execute(query).all()
        readable = self._backend.readable(principal, {str(row.experiment_id) for row in found})
        return [row for row in found if str(row.experiment_id) in readable]

    def may_read(self, principal: Principal, experiment_id: str) -> bool:
        """Whether this is the id of an active experiment that the principal may read."""
        numbers = experiment_numbers([experiment_id])
        if not numbers:
            return False
        query = sa.select(experiments.c.experiment_id).where(
            experiments.c.experiment_id == numbers[0],
            experiments.c.lifecycle_stage == "active",
            in_workspace(principal),
        )
        with self._backend.read() as session:
            if session.execute(query).first() is None:
                return False
        return experiment_id in self._backend.readable(principal, [experiment_id])


def _run_columns() -> sa.Select[Any]:
    return sa.select(
        runs.c.run_uuid,
        runs.c.name,
        runs.c.experiment_id,
        runs.c.status,
        runs.c.start_time,
        runs.c.end_time,
        runs.c.artifact_uri,
        runs.c.user_id,
        run_colors.c.slot,
    ).select_from(runs.outerjoin(run_colors, run_colors.c.run_uuid == runs.c.run_uuid))


def _run(row: sa.Row[Any], values: tuple[Value, ...], has_nan: bool, with_metric: bool = False) -> Run:
    """The run of a row; ``with_metric``: the last of its values is that of the list's metric."""
    metric = values[-1] if with_metric and values else None
    return Run(
        id=row.run_uuid,
        name=row.name or row.run_uuid[:8],
        experiment_id=str(row.experiment_id),
        status=cast(Status, row.status),
        start_time=row.start_time,
        end_time=row.end_time,
        color=row.slot or 0,
        metric=metric if isinstance(metric, float) else None,
        has_nan=has_nan,
        user=row.user_id or None,
        values=values[:-1] if with_metric else values,
    )


def _with_nan(session: sa.orm.Session, run_ids: list[str]) -> set[str]:
    found: set[str] = set()
    for chunk in chunks(run_ids):
        query = sa.select(latest_metrics.c.run_uuid).where(
            latest_metrics.c.run_uuid.in_(chunk), latest_metrics.c.is_nan.is_(True)
        )
        found |= set(session.execute(query.distinct()).scalars())
    return found
