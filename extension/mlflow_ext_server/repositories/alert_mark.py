"""Alerts that scripts left in the tags of their runs: which runs have new ones, and what they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from mlflow_ext.store_format.name import ALERT_MARK, ALERT_PREFIX
from mlflow_ext_server.contention import again
from mlflow_ext_server.repositories.alert import AlertRow, store_alerts
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.insert import insert_missing
from mlflow_ext_server.repositories.schema import experiments, runs, tags
from mlflow_ext_server.repositories.scope import chunks
from mlflow_ext_server.tables import alert_marks, alerts

_AT_ONCE = 100
_MARK = 80  # characters of it that count; we write about 40


class MarkedRun(NamedTuple):
    """A run whose alerts changed since they were last read; ``mark`` is what its tag says now."""

    run_id: str
    experiment_id: str
    workspace: str
    mark: str


def fresh_marks() -> sa.Select[tuple[str, str]]:
    """The runs whose mark is not the one that was last read: MLflow's key of tags begins with the name."""
    known = alert_marks.c
    mark = sa.func.substr(tags.c.value, 1, _MARK).label("value")
    return (
        sa.select(tags.c.run_uuid, mark)
        .select_from(tags.outerjoin(alert_marks, known.run_uuid == tags.c.run_uuid))
        .where(tags.c.key == ALERT_MARK, sa.or_(known.run_uuid.is_(None), known.value != mark))
    )


class AlertMarkRepository:
    """Reads alerts of scripts, and remembers how far.

    Args:
        backend: where our tables are.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def fresh(self) -> list[MarkedRun]:
        """Runs with alerts that were not read yet, a hundred at most."""
        marks = fresh_marks().limit(_AT_ONCE).subquery()
        query = (
            sa.select(marks.c.run_uuid, experiments.c.experiment_id, experiments.c.workspace, marks.c.value)
            .join(runs, runs.c.run_uuid == marks.c.run_uuid)
            .join(experiments, experiments.c.experiment_id == runs.c.experiment_id)
        )
        with self._backend.write() as session:  # a replica may have the mark and lag behind with the alerts
            return [MarkedRun(run, str(number), space, mark) for run, number, space, mark in session.execute(query)]

    def tags(self, run_ids: Sequence[str]) -> dict[str, dict[str, str]]:
        """The tags of alerts of each run."""
        found: dict[str, dict[str, str]] = {run: {} for run in run_ids}
        for chunk in chunks(list(run_ids)):
            query = sa.select(tags.c.run_uuid, tags.c.key, tags.c.value).where(
                tags.c.run_uuid.in_(chunk), tags.c.key.startswith(ALERT_PREFIX, autoescape=True)
            )
            with self._backend.write() as session:
                for run, key, value in session.execute(query):
                    found[run][key] = value
        return found

    def store(self, run: MarkedRun, rows: Sequence[AlertRow]) -> int:
        """Store a run's alerts and its mark together; gives how many were new."""

        def write() -> int:
            with self._backend.write() as session:
                fresh = store_alerts(session, self._backend.dialect, rows)
                for row in rows:
                    if row.source.endswith(".more"):  # the one that counts, and counts on
                        counted = {"title": row.title, "text": row.text, "at": row.at}
                        session.execute(sa.update(alerts).where(alerts.c.id == row.id).values(**counted))
                mark = {"run_uuid": run.run_id, "value": run.mark}
                session.execute(insert_missing(self._backend.dialect, alert_marks, mark))
                known = sa.update(alert_marks).where(alert_marks.c.run_uuid == run.run_id)
                session.execute(known.values(value=run.mark))
                return fresh

        return again(write)
