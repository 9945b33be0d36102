"""What came of the runs of an experiment: one value each, to be told as a whole."""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa

from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.primary_metric import primary_metric
from mlflow_ext_server.repositories.run import RunRepository
from mlflow_ext_server.repositories.schema import latest_metrics, runs
from mlflow_ext_server.repositories.scope import number, raw_rows
from mlflow_ext_ui.source import Outcome, Outcomes, Principal, Status

MOST = 20_000


class OutcomeRepository:
    """Reads the newest runs of one experiment with their last value of its primary metric, in two queries."""

    def __init__(self, backend: Backend, known: RunRepository) -> None:
        self._backend = backend
        self._runs = known

    def read(self, principal: Principal, experiment_id: str) -> Outcomes:
        """Active runs, newest first, ``MOST`` at most; none when the experiment may not be read."""
        if not self._runs.may_read(principal, experiment_id):
            return Outcomes((), None)
        table = runs.c
        mine = sa.and_(table.experiment_id == int(experiment_id), table.lifecycle_stage == "active")
        with self._backend.read() as session:
            metric = primary_metric(session, int(experiment_id))
            last = latest_metrics.c
            query = (
                sa.select(
                    table.run_uuid, table.name, table.status, table.start_time, table.end_time, last.value, last.is_nan
                )
                .outerjoin(latest_metrics, sa.and_(last.run_uuid == table.run_uuid, last.key == (metric or "")))
                .where(mine)
                .order_by(table.start_time.desc(), table.run_uuid)
                .limit(MOST)
            )
            rows = raw_rows(session, query)
        found = tuple(
            Outcome(
                run, name or run[:8], cast(Status, status), start, end, None if value is None else number(value, nan)
            )
            for run, name, status, start, end, value, nan in rows
        )
        return Outcomes(found, metric)
