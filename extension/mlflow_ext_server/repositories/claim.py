"""Callers' own ids of runs: claimed before the run is made, so that one id never names two."""

from __future__ import annotations

import sqlalchemy as sa

from mlflow_ext_server.contention import again
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.insert import insert_missing
from mlflow_ext_server.repositories.schema import runs
from mlflow_ext_server.tables import run_aliases

ABANDONED_MS = 60_000
_of = run_aliases.c


class ClaimRepository:
    """Claims, fills in and gives back aliases.

    Args:
        backend: where our tables are.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def claim(self, workspace: str, alias: str, now: int) -> bool:
        """Take an alias for a run that is still to be made; True for one of all that ask at once.

        One that was claimed a minute ago and got no run, or whose run is gone for good, counts as free.

        Args:
            workspace: it is unique in this one.
            alias: the caller's own id.
            now: ms since the epoch; with it the claimer proves later that the claim is still its own.
        """
        row = {"workspace": workspace, "alias": alias, "run_uuid": None, "claimed_at": now}
        gone = ~sa.select(runs.c.run_uuid).where(runs.c.run_uuid == _of.run_uuid).exists()
        free = sa.or_(
            sa.and_(_of.run_uuid.is_(None), _of.claimed_at < now - ABANDONED_MS),
            sa.and_(_of.run_uuid.is_not(None), gone),
        )
        take_over = sa.update(run_aliases).where(_key(workspace, alias), free).values(run_uuid=None, claimed_at=now)

        def write() -> bool:
            with self._backend.write() as session:
                made = session.execute(insert_missing(self._backend.dialect, run_aliases, row))
                return _changed(made) or _changed(session.execute(take_over))

        return again(write)

    def fill(self, workspace: str, alias: str, claimed_at: int, run_id: str) -> bool:
        """Say which run was made for a claim; False when somebody else has taken the alias over."""
        mine = sa.update(run_aliases).where(
            _key(workspace, alias), _of.claimed_at == claimed_at, _of.run_uuid.is_(None)
        )
        return self._write(mine.values(run_uuid=run_id)) > 0

    def release(self, workspace: str, alias: str, claimed_at: int, run_id: str | None) -> None:
        """Give a claim back, with the run that it was filled with or None."""
        run = _of.run_uuid.is_(None) if run_id is None else _of.run_uuid == run_id
        self._write(sa.delete(run_aliases).where(_key(workspace, alias), _of.claimed_at == claimed_at, run))

    def _write(self, statement: sa.Update | sa.Delete) -> int:
        def write() -> int:
            with self._backend.write() as session:
                return _count(session.execute(statement))

        return again(write)


def _key(workspace: str, alias: str) -> sa.ColumnElement[bool]:
    return sa.and_(_of.workspace == workspace, _of.alias == alias)


def _changed(result: sa.Result[tuple[()]]) -> bool:
    return _count(result) > 0


def _count(result: sa.Result[tuple[()]]) -> int:
    assert isinstance(result, sa.CursorResult)
    return result.rowcount
