"""Our own rows of a run that is deleted for good."""

from __future__ import annotations

import sqlalchemy as sa

from mlflow_ext_server.contention import again
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.tables import alert_marks, alert_states, alerts, run_aliases, run_colors, run_writers


def forget(backend: Backend, run_id: str) -> None:
    """Drop a run's alias, colour, writer and alerts; what the audit says of it stays."""

    def write() -> None:
        with backend.write() as session:
            for table in (run_aliases, run_colors, run_writers, alerts, alert_marks, alert_states):
                session.execute(sa.delete(table).where(table.c.run_uuid == run_id))

    again(write)
