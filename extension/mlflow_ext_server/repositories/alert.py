"""Alerts as they are kept: read by who may read their runs, stored once however often they come."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from mlflow_ext.rest import AlertNews
from mlflow_ext.store_format.alert import ALERT_LEVELS
from mlflow_ext_server.contention import again
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.insert import insert_missing
from mlflow_ext_server.repositories.schema import experiments, runs
from mlflow_ext_server.repositories.scope import among, askable, experiment_numbers, staged, workspace_of
from mlflow_ext_server.tables import alerts, alerts_seen, deliveries, webhooks
from mlflow_ext_ui.source import Principal

_of = alerts.c


class AlertRow(NamedTuple):
    """One alert to store; times in ms since the epoch. ``source`` tells it from others of its run."""

    workspace: str
    experiment_id: str
    run_id: str
    rule_id: str | None
    source: str
    level: str
    title: str
    text: str
    at: int
    recorded_at: int

    @property
    def id(self) -> str:
        """The same for the same alert, whoever stores it."""
        return hashlib.sha256(f"{self.run_id}\0{self.source}".encode()).hexdigest()[:32]


class AlertFilter(NamedTuple):
    """Which alerts; None and () select nothing out."""

    experiment_id: str | None = None
    run_id: str | None = None
    levels: tuple[str, ...] = ()
    since: int | None = None


class AlertRepository:
    """Reads and stores alerts.

    Args:
        backend: where our tables are, and MLflow's permissions.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def page(
        self, principal: Principal, chosen: AlertFilter, limit: int, offset: int
    ) -> tuple[list[dict[str, Any]], int]:
        """Alerts of active runs that the principal may read, the last recorded first, and how many there are."""
        where = self._bounds(principal, chosen)
        if where is None:
            return [], 0
        order = _of.recorded_at.desc(), _of.at.desc(), _of.id
        query = _shown(principal).where(*where).order_by(*order).limit(limit).offset(offset)
        with self._backend.read() as session:
            total = session.execute(sa.select(sa.func.count()).select_from(_placed()).where(*where)).scalar_one()
            found = session.execute(query).all()
        return [_plain(row) for row in found], total

    def one(self, principal: Principal, alert_id: str) -> dict[str, Any]:
        """One alert that is known to be there, and to be the principal's to read."""
        with self._backend.write() as session:
            return _plain(session.execute(_shown(principal).where(_of.id == alert_id)).one())

    def news(self, principal: Principal, experiment_id: str) -> AlertNews | None:
        """What the principal has not seen of an experiment; None when it is unknown or may not be read."""
        numbers = experiment_numbers([experiment_id])
        if not numbers or not self._backend.readable(principal, [str(numbers[0])]):
            return None
        where = _of.experiment_id == str(numbers[0]), _of.workspace == workspace_of(principal), staged("active")
        fresh = sa.case((_of.recorded_at > sa.func.coalesce(_seen(principal), -1), 1), else_=0)
        query = sa.select(sa.func.sum(fresh), sa.func.max(_of.recorded_at)).select_from(_placed()).where(*where)
        with self._backend.read() as session:
            unseen, latest = session.execute(query).one()
        return AlertNews(unseen=int(unseen or 0), latest=latest)

    def mark_seen(self, principal: Principal, experiment_id: str, until: int) -> None:
        """Remember that the principal has seen what was recorded up to ``until``; never less than before."""
        who = principal.username or ""
        row = {"username": who, "experiment_id": experiment_id, "until": until}
        later = sa.update(alerts_seen).where(
            alerts_seen.c.username == who, alerts_seen.c.experiment_id == experiment_id, alerts_seen.c.until < until
        )

        def write() -> None:
            with self._backend.write() as session:
                session.execute(insert_missing(self._backend.dialect, alerts_seen, row))
                session.execute(later.values(until=until))

        again(write)

    def add(self, row: AlertRow) -> None:
        """Store one alert."""

        def write() -> None:
            with self._backend.write() as session:
                store_alerts(session, self._backend.dialect, [row])

        again(write)

    def _bounds(self, principal: Principal, chosen: AlertFilter) -> list[sa.ColumnElement[bool]] | None:
        """What a query goes by; None when nothing of it may be read."""
        where = [_of.workspace == workspace_of(principal)]
        if chosen.experiment_id is not None:
            numbers = experiment_numbers([chosen.experiment_id])
            where += [_of.experiment_id == str(numbers[0])] if numbers else [sa.false()]
        if chosen.run_id is not None:
            where += [_of.run_uuid == chosen.run_id] if askable(chosen.run_id) else [sa.false()]
        where += [_of.level.in_(chosen.levels)] if chosen.levels else []
        where += [_of.recorded_at >= chosen.since] if chosen.since is not None else []
        with self._backend.read() as session:
            places = set(session.execute(sa.select(_of.experiment_id).where(*where).distinct()).scalars())
        readable = self._backend.readable(principal, places) if places else set()
        if not readable:
            return None
        return [*where, among(_of.experiment_id, sorted(readable), self._backend.dialect), staged("active")]


def _placed() -> sa.Join:
    there = alerts.join(runs, runs.c.run_uuid == _of.run_uuid)
    return there.join(experiments, experiments.c.experiment_id == runs.c.experiment_id)


def _plain(row: sa.Row[Any]) -> dict[str, Any]:
    found = {str(name): value for name, value in row._mapping.items()}  # its names are a text of SQLAlchemy's own
    return {**found, "seen": bool(found["seen"])}


def _shown(principal: Principal) -> sa.Select[Any]:
    seen = sa.func.coalesce(_seen(principal), -1) >= _of.recorded_at
    columns = [_of.id, _of.experiment_id, _of.run_uuid.label("run_id"), runs.c.name.label("run_name"), _of.rule_id]
    columns += [_of.level, _of.title, _of.text, _of.at, _of.recorded_at, seen.label("seen")]
    return sa.select(*columns).select_from(_placed())


def _seen(principal: Principal) -> sa.ScalarSelect[int]:
    mine = alerts_seen.c.username == (principal.username or ""), alerts_seen.c.experiment_id == _of.experiment_id
    return sa.select(alerts_seen.c.until).where(*mine).correlate(alerts).scalar_subquery()


def store_alerts(
    session: Session, dialect: str, rows: Sequence[AlertRow], chosen: dict[str, str | None] | None = None
) -> int:
    """Store alerts that are not there yet, with their deliveries, in one transaction.

    Args:
        session: of the transaction.
        dialect: of its database.
        rows: the alerts.
        chosen: rule id to the webhook that it names.

    Returns:
        How many were new.
    """
    fresh = 0
    listeners = session.execute(sa.select(webhooks).where(webhooks.c.paused.is_(sa.false()))).all() if rows else []
    for row in rows:
        values = {**row._asdict(), "id": row.id, "run_uuid": row.run_id}
        del values["run_id"]
        result = session.execute(insert_missing(dialect, alerts, values))
        assert isinstance(result, sa.CursorResult)
        if result.rowcount <= 0:
            continue
        fresh += 1
        named = (chosen or {}).get(row.rule_id or "")
        for hook in listeners:
            if hook.workspace == row.workspace and (hook.id == named or _listens(hook, row)):
                session.execute(insert_missing(dialect, deliveries, delivery(row, hook.id)))
    return fresh


def _listens(hook: Any, row: AlertRow) -> bool:
    here = hook.experiment_id in (None, row.experiment_id)
    enough = ALERT_LEVELS.index(row.level) >= ALERT_LEVELS.index(hook.level)
    return bool(hook.every_alert and here and enough and row.at >= hook.created_at)


def delivery(row: AlertRow, webhook_id: str) -> dict[str, Any]:
    """The row of a delivery that is due at once."""
    return {
        "id": hashlib.sha256(f"{row.id}\0{webhook_id}".encode()).hexdigest()[:32],
        "workspace": row.workspace,
        "webhook_id": webhook_id,
        "alert_id": row.id,
        "state": "pending",
        "attempts": 0,
        "created_at": row.recorded_at,
        "next_at": row.recorded_at,
    }
