"""Who writes data into a run for callers of the REST API: one worker at a time, however many there are."""

from __future__ import annotations

import secrets
from typing import NamedTuple

import sqlalchemy as sa

from mlflow_ext_server.contention import again
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.insert import insert_missing
from mlflow_ext_server.tables import run_writers

_of = run_writers.c


class Lease(NamedTuple):
    """The right to write as ``writer``, with the number of the one call that it is for."""

    holder: str
    writer: str
    seq: int


class LeaseRepository:
    """Gives each run's writer to one holder after the other.

    A lease that ran out is never taken over with its writer: the next holder gets a new one, so that whatever the
    late holder still stores stands beside it and not in its place.

    Args:
        backend: where our tables are.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def acquire(self, run_id: str, now: int, until: int) -> Lease | None:
        """The run's lease; None while somebody else holds it.

        Args:
            run_id: MLflow's.
            now: ms since the epoch.
            until: when the lease runs out, ms since the epoch.
        """
        return again(lambda: self._acquire(run_id, now, until))

    def _acquire(self, run_id: str, now: int, until: int) -> Lease | None:
        with self._backend.write() as session:
            known = session.execute(sa.select(_of.lease_by, _of.lease_until).where(_of.run_uuid == run_id)).first()
        if known is not None and known.lease_by is not None and known.lease_until >= now:
            return None
        holder = secrets.token_hex(16)
        taken = {"lease_by": holder, "lease_until": until, "next_seq": _of.next_seq + 1}
        fresh = {"run_uuid": run_id, "writer": new_writer(), "next_seq": 0, "lease_by": None, "lease_until": 0}
        free = sa.update(run_writers).where(_of.run_uuid == run_id, _of.lease_by.is_(None)).values(**taken)
        ran_out = sa.and_(_of.run_uuid == run_id, _of.lease_by.is_not(None), _of.lease_until < now)
        overdue = sa.update(run_writers).where(ran_out).values(**taken, writer=new_writer())
        with self._backend.write() as session:
            if known is None:
                session.execute(insert_missing(self._backend.dialect, run_writers, fresh))
            for statement in (free, overdue):
                session.execute(statement)
            mine = sa.select(_of.writer, _of.next_seq).where(_of.run_uuid == run_id, _of.lease_by == holder)
            row = session.execute(mine).first()
        return None if row is None else Lease(holder, row.writer, row.next_seq - 1)

    def renamed(self, run_id: str, lease: Lease) -> Lease:
        """The same lease under a new writer, for when the old one's files can't be gone on with."""
        writer = new_writer()
        self._write(_held(run_id, lease).values(writer=writer))
        return lease._replace(writer=writer)

    def release(self, run_id: str, lease: Lease) -> None:
        """Let the next one write."""
        self._write(_held(run_id, lease).values(lease_by=None))

    def _write(self, statement: sa.Update) -> None:
        def write() -> None:
            with self._backend.write() as session:
                session.execute(statement)

        again(write)


def _held(run_id: str, lease: Lease) -> sa.Update:
    return sa.update(run_writers).where(_of.run_uuid == run_id, _of.lease_by == lease.holder)


def new_writer() -> str:
    """A writer's id: 8 hex digits."""
    return secrets.token_hex(4)
