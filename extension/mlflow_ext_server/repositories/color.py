"""A run's colour slot: given once, in the order of start within its experiment, kept until someone chooses another."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.schema import runs
from mlflow_ext_server.tables import run_colors

SLOTS = 20


class ColorRepository:
    """Gives slots 0 to 19 round robin to runs that have none."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def assign(self, experiment_id: str) -> None:
        """Give every run of the experiment that has no slot the next one, in one statement; others keep theirs."""
        bare = (
            sa.select(runs.c.run_uuid, runs.c.start_time)
            .select_from(runs.outerjoin(run_colors, run_colors.c.run_uuid == runs.c.run_uuid))
            .where(runs.c.experiment_id == int(experiment_id), run_colors.c.run_uuid.is_(None))
        )
        with self._backend.read() as session:
            if session.execute(bare.limit(1)).first() is None:
                return
        missing = bare.subquery()
        given = sa.select(sa.func.count()).where(run_colors.c.experiment_id == str(experiment_id)).scalar_subquery()
        order = sa.func.row_number().over(order_by=(missing.c.start_time, missing.c.run_uuid))
        rows = sa.select(missing.c.run_uuid, sa.literal(str(experiment_id)), (given + order - 1) % SLOTS).where(
            sa.true()
        )
        with self._backend.write() as session:
            session.execute(_insert_new(self._backend.dialect, rows))

    def give(self, experiment_id: str, run_id: str, slot: int) -> None:
        """Give one run the slot that was chosen for it."""
        self.assign(experiment_id)
        with self._backend.write() as session:
            session.execute(sa.update(run_colors).where(run_colors.c.run_uuid == run_id).values(slot=slot))


def _insert_new(dialect: str, rows: sa.Select[tuple[str, str, int]]) -> sa.Executable:
    """An insert that leaves a run alone to which another worker gave a slot meanwhile."""
    columns = ["run_uuid", "experiment_id", "slot"]
    if dialect == "postgresql":
        return postgresql.insert(run_colors).from_select(columns, rows).on_conflict_do_nothing()
    if dialect == "sqlite":
        return sqlite.insert(run_colors).from_select(columns, rows).on_conflict_do_nothing()
    if dialect == "mysql":
        return mysql.insert(run_colors).from_select(columns, rows).prefix_with("IGNORE")
    return sa.insert(run_colors).from_select(columns, rows)
