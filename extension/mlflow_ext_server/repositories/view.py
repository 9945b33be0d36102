"""Named saved views of experiments."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from mlflow_ext.errors import Conflict
from mlflow_ext_server.contention import again
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.insert import insert_missing
from mlflow_ext_server.repositories.schema import experiments
from mlflow_ext_server.repositories.scope import askable, experiment_numbers, workspace_of
from mlflow_ext_server.tables import views
from mlflow_ext_ui.source import Principal

_of = views.c


class ViewRow(NamedTuple):
    """One view; times in ms since the epoch; ``state`` is JSON, None where it was not asked for."""

    id: str
    experiment_id: str
    name: str
    version: int
    created_by: str | None
    created_at: int
    updated_by: str | None
    updated_at: int
    state: str | None = None

    def plain(self) -> dict[str, Any]:
        """As the API shows it: ``rest.SavedView``, or ``rest.ViewInfo`` without a state."""
        found = self._asdict()
        state = found.pop("state")
        return found if state is None else {**found, "state": orjson.loads(state)}


_INFO = [_of[name] for name in ViewRow._fields if name != "state"]


class ViewRepository:
    """Reads views that the principal may read, and writes them.

    Args:
        backend: where our tables are, and MLflow's permissions.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def of_experiment(self, principal: Principal, experiment_id: str) -> list[ViewRow] | None:
        """The views of an experiment by name, without state; None when it is unknown or may not be read."""
        numbers = experiment_numbers([experiment_id])
        if not numbers:
            return None
        here = sa.select(sa.literal(1)).where(
            experiments.c.experiment_id == numbers[0], experiments.c.workspace == workspace_of(principal)
        )
        mine = _of.workspace == workspace_of(principal), _of.experiment_id == str(numbers[0])
        with self._backend.read() as session:
            known = session.execute(here).first() is not None
            rows = session.execute(sa.select(*_INFO).where(*mine).order_by(_of.name, _of.id)).all()
        if not known or not self._backend.readable(principal, [str(numbers[0])]):
            return None
        return [ViewRow(*row) for row in rows]

    def by_id(self, principal: Principal, view_id: str, *, primary: bool = False) -> ViewRow | None:
        """One view; None when it is unknown or may not be read.

        Args:
            principal: who asks.
            view_id: the view's.
            primary: look where changes are made: a replica may lag behind.
        """
        if not askable(view_id):
            return None
        number = sa.cast(experiments.c.experiment_id, sa.String(32))
        there = sa.exists().where(number == _of.experiment_id, experiments.c.workspace == _of.workspace)
        query = _whole().where(_of.id == view_id, _of.workspace == workspace_of(principal), there)
        with self._session(primary) as session:
            row = session.execute(query).first()
        if row is None or not self._backend.readable(principal, [row.experiment_id]):
            return None
        return ViewRow(*row)

    def named(self, principal: Principal, experiment_id: str, name: str) -> ViewRow | None:
        """The view that has a name, whether or not it may be read."""
        mine = _of.workspace == workspace_of(principal), _of.experiment_id == experiment_id, _of.name == name
        with self._session(primary=True) as session:
            row = session.execute(_whole().where(*mine)).first()
        return None if row is None else ViewRow(*row)

    def count(self, principal: Principal, experiment_id: str) -> int:
        """How many views an experiment has, whether or not they may be read."""
        mine = _of.workspace == workspace_of(principal), _of.experiment_id == experiment_id
        with self._session(primary=True) as session:
            return session.execute(sa.select(sa.func.count()).where(*mine)).scalar_one()

    def insert(self, principal: Principal, view: ViewRow) -> bool:
        """Store a new view; False when its name is taken."""
        row = {"workspace": workspace_of(principal), **view._asdict()}
        return self._write(insert_missing(self._backend.dialect, views, row))

    def update(self, view_id: str, version: int, changes: Mapping[str, Any]) -> bool:
        """Change columns of a view and count its version up; False when that version no longer stands.

        Raises:
            Conflict: another request gave its new name to another view at this moment.
        """
        statement = sa.update(views).where(_seen(view_id, version)).values(**changes, version=version + 1)
        try:
            return self._write(statement)
        except sa.exc.IntegrityError as error:
            raise Conflict("Another view was given this name at this moment; choose another one.") from error

    def delete(self, view_id: str, version: int) -> bool:
        """Delete a view; False when that version no longer stands."""
        return self._write(sa.delete(views).where(_seen(view_id, version)))

    def _session(self, primary: bool) -> AbstractContextManager[Session]:
        return self._backend.write() if primary else self._backend.read()

    def _write(self, statement: sa.Insert | sa.Update | sa.Delete) -> bool:
        def write() -> bool:
            with self._backend.write() as session:
                result = session.execute(statement)
                assert isinstance(result, sa.CursorResult)
                return result.rowcount > 0

        return again(write)


def _whole() -> sa.Select[Any]:
    return sa.select(*_INFO, _of.state)


def _seen(view_id: str, version: int) -> sa.ColumnElement[bool]:
    return sa.and_(_of.id == view_id, _of.version == version)
