"""Which worker of several does what one alone must do."""

from __future__ import annotations

import sqlalchemy as sa

from mlflow_ext_server.contention import again
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.insert import insert_missing
from mlflow_ext_server.tables import duties

_of = duties.c


class DutyRepository:
    """Gives a duty to one holder at a time, until it gives it back or its time runs out.

    Args:
        backend: where our tables are.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def free(self, name: str, now: int) -> bool:
        """Whether nobody holds the duty at this moment; times in ms since the epoch."""
        query = sa.select(_of.until).where(_of.name == name, _of.holder.is_not(None))
        with self._backend.write() as session:
            until = session.execute(query).scalar()
        return until is None or until < now

    def take(self, name: str, holder: str, now: int, until: int) -> bool:
        """Take a duty that is free, or hold one's own for longer; False when another one has it."""
        row = {"name": name, "holder": None, "until": 0}
        open_ = sa.or_(_of.holder.is_(None), _of.holder == holder, _of.until < now)
        take = sa.update(duties).where(_of.name == name, open_).values(holder=holder, until=until)

        def write() -> bool:
            with self._backend.write() as session:
                session.execute(insert_missing(self._backend.dialect, duties, row))
                result = session.execute(take)
                assert isinstance(result, sa.CursorResult)
                return result.rowcount > 0

        return again(write)

    def give_back(self, name: str, holder: str) -> None:
        """Let another one take it at once."""
        mine = sa.update(duties).where(_of.name == name, _of.holder == holder).values(holder=None)

        def write() -> None:
            with self._backend.write() as session:
                session.execute(mine)

        again(write)
