"""Who changed what through us: rows that are added and read, never changed by a caller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from mlflow_ext_server.contention import again
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.scope import askable
from mlflow_ext_server.tables import audit
from mlflow_ext_ui.source import Principal


class AuditRow(NamedTuple):
    """One entry; ``at`` in ms since the epoch."""

    id: int
    at: int
    username: str | None
    workspace: str | None
    action: str
    target: str
    detail: dict[str, Any]


class AuditRepository:
    """Adds and reads audit entries.

    Args:
        backend: where our tables are.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def add(self, principal: Principal, at: int, action: str, target: str, detail: str) -> int:
        """Add an entry and give its id; ``detail`` is JSON."""
        row = {
            "at": at,
            "workspace": principal.workspace,
            "username": principal.username,
            "action": action,
            "target": target,
            "detail": detail,
        }

        def write() -> int:
            with self._backend.write() as session:
                result = session.execute(sa.insert(audit).values(**row))
                assert isinstance(result, sa.CursorResult)
                assert result.inserted_primary_key is not None
                return int(result.inserted_primary_key[0])

        return again(write)

    def retarget(self, entry: int, target: str) -> None:
        """Say what an entry is about, once that is known."""
        self._write(sa.update(audit).where(audit.c.id == entry).values(target=target))

    def withdraw(self, entry: int) -> None:
        """Take an entry back whose change did not come about."""
        self._write(sa.delete(audit).where(audit.c.id == entry))

    def page(self, workspace: str | None, target: str | None, limit: int, offset: int) -> tuple[list[AuditRow], int]:
        """Entries, newest first, and how many there are.

        Args:
            workspace: only this one's; None for all.
            target: only those about this; None for all.
            limit: how many at most.
            offset: how many to pass over.
        """
        if target is not None and not askable(target):
            return [], 0
        where: Mapping[sa.Column[Any], str | None] = {audit.c.workspace: workspace, audit.c.target: target}
        bounds = [column == value for column, value in where.items() if value is not None]
        query = sa.select(audit).where(*bounds).order_by(audit.c.id.desc()).limit(limit).offset(offset)
        with self._backend.read() as session:
            total = session.execute(sa.select(sa.func.count()).select_from(audit).where(*bounds)).scalar_one()
            rows = session.execute(query).all()
        return [
            AuditRow(row.id, row.at, row.username, row.workspace, row.action, row.target, orjson.loads(row.detail))
            for row in rows
        ], total

    def _write(self, statement: sa.Update | sa.Delete) -> None:
        def write() -> None:
            with self._backend.write() as session:
                session.execute(statement)

        again(write)
