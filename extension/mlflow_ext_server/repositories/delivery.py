"""Alerts on their way to webhooks: claimed by one worker for each attempt, with a record of every one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from mlflow_ext_server.contention import again
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.insert import insert_missing
from mlflow_ext_server.repositories.schema import experiments, runs
from mlflow_ext_server.repositories.scope import askable, workspace_of
from mlflow_ext_server.tables import alerts, deliveries, delivery_attempts, webhooks
from mlflow_ext_ui.source import Principal

_of = deliveries.c
_tried = delivery_attempts.c
UNDER_WAY = "under way; when it stays so, the server ended meanwhile"
NO_ALERT = ""
"""The alert of a test: no run raised it, so that no row of an alert stands behind it."""


class DueDelivery(NamedTuple):
    """What one attempt needs; ``webhook`` is its name, ``alert`` None for a test."""

    id: str
    attempts: int
    created_at: int
    webhook: str
    url: str
    secret: str
    alert: dict[str, Any] | None


class Outcome(NamedTuple):
    """What came of an attempt; ``status`` is HTTP's, None without an answer; ``again``: another attempt may help."""

    delivered: bool
    status: int | None
    why: str
    again: bool
    duration: int


class DeliveryRepository:
    """Keeps deliveries and their attempts; times in ms since the epoch.

    Args:
        backend: where our tables are.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def due(self, now: int, limit: int) -> list[DueDelivery]:
        """Deliveries to be tried now, those first that have waited longest."""
        joined = (
            deliveries.join(webhooks, webhooks.c.id == _of.webhook_id)
            .outerjoin(alerts, alerts.c.id == _of.alert_id)
            .outerjoin(runs, runs.c.run_uuid == alerts.c.run_uuid)
            .outerjoin(experiments, experiments.c.experiment_id == runs.c.experiment_id)
        )
        alert = alerts.c
        query = (
            sa.select(
                _of.id, _of.attempts, _of.created_at, _of.alert_id,
                webhooks.c.name.label("webhook"), webhooks.c.url, webhooks.c.secret,
                alert.id.label("alert"), alert.level, alert.title, alert.text, alert.at, alert.rule_id,
                alert.experiment_id, alert.run_uuid, runs.c.name.label("run"), experiments.c.name.label("experiment"),
            )
            .select_from(joined)
            .where(_of.state == "pending", _of.next_at <= now, webhooks.c.paused.is_(sa.false()))
            .where(sa.or_(experiments.c.experiment_id.is_not(None), _of.alert_id == NO_ALERT))
            .order_by(_of.next_at, _of.id)
            .limit(limit)
        )  # fmt: skip
        with self._backend.write() as session:
            rows = session.execute(query).all()
        return [
            DueDelivery(
                row.id, row.attempts, row.created_at, row.webhook, row.url, row.secret,
                None if row.alert_id == NO_ALERT else _alert(row),
            )
            for row in rows
        ]  # fmt: skip

    def test(self, principal: Principal, webhook_id: str, now: int) -> dict[str, Any]:
        """Queue a test, which is due at once, in place of an earlier one that still waits: as ``rest.Delivery``."""
        row = {
            "id": uuid.uuid4().hex, "workspace": workspace_of(principal), "webhook_id": webhook_id,
            "alert_id": NO_ALERT, "state": "pending", "attempts": 0, "created_at": now, "next_at": now,
        }  # fmt: skip
        waiting = _of.webhook_id == webhook_id, _of.alert_id == NO_ALERT, _of.state == "pending"

        def write() -> None:
            with self._backend.write() as session:
                session.execute(sa.update(deliveries).where(*waiting).values(state="failed"))
                session.execute(sa.insert(deliveries).values(**row))

        again(write)
        with self._backend.write() as session:
            return _shown(session, session.execute(sa.select(deliveries).where(_of.id == row["id"])).all())[0]

    def claim(self, delivery: DueDelivery, now: int, until: int) -> bool:
        """Begin an attempt, which nobody else begins before ``until``; False when another worker was quicker."""
        number = delivery.attempts + 1
        mine = _of.id == delivery.id, _of.state == "pending", _of.attempts == delivery.attempts
        take = sa.update(deliveries).where(*mine).values(attempts=number, next_at=until)
        attempt = {"delivery_id": delivery.id, "number": number, "at": now, "why": UNDER_WAY}

        def write() -> bool:
            with self._backend.write() as session:
                result = session.execute(take)
                assert isinstance(result, sa.CursorResult)
                if result.rowcount > 0:
                    session.execute(insert_missing(self._backend.dialect, delivery_attempts, attempt))
                return result.rowcount > 0

        return again(write)

    def settle(self, delivery: DueDelivery, outcome: Outcome, next_at: int | None) -> None:
        """Record what came of the attempt that was claimed; with ``next_at`` there will be another one."""
        number = delivery.attempts + 1
        state = "delivered" if outcome.delivered else "failed" if next_at is None else "pending"
        said = {"duration": outcome.duration, "status": outcome.status, "why": outcome.why[:500]}
        mine = _of.id == delivery.id, _of.state == "pending", _of.attempts == number

        def write() -> None:
            with self._backend.write() as session:
                record = sa.update(delivery_attempts).where(_tried.delivery_id == delivery.id, _tried.number == number)
                session.execute(record.values(**said))
                session.execute(sa.update(deliveries).where(*mine).values(state=state, next_at=next_at or 0))

        again(write)

    def page(
        self, principal: Principal, chosen: dict[str, str | None], limit: int, offset: int
    ) -> tuple[list[dict[str, Any]], int]:
        """Deliveries of the principal's workspace, newest first, as ``rest.Delivery``, and how many there are.

        ``chosen``: values of ``webhook_id``, ``alert_id`` and ``state``; None selects nothing out.
        """
        given = {name: value for name, value in chosen.items() if value is not None}
        if not all(map(askable, given.values())):
            return [], 0
        where = [_of.workspace == workspace_of(principal), *(_of[name] == value for name, value in given.items())]
        query = sa.select(deliveries).where(*where).order_by(_of.created_at.desc(), _of.id)
        with self._backend.write() as session:
            total = session.execute(sa.select(sa.func.count()).select_from(deliveries).where(*where)).scalar_one()
            return _shown(session, session.execute(query.limit(limit).offset(offset)).all()), total

    def last(self, webhook_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The newest delivery to each of these webhooks, as ``rest.Delivery``."""
        turn = sa.func.row_number().over(partition_by=_of.webhook_id, order_by=(_of.created_at.desc(), _of.id))
        turns = sa.select(_of.id, turn.label("turn")).where(_of.webhook_id.in_(webhook_ids)).subquery()
        query = sa.select(deliveries).join(turns, turns.c.id == _of.id).where(turns.c.turn == 1)
        with self._backend.write() as session:
            found = _shown(session, session.execute(query).all())
        return {one["webhook_id"]: one for one in found}


def _alert(row: Any) -> dict[str, Any]:
    return {
        "id": row.alert, "level": row.level, "title": row.title, "text": row.text, "at": row.at,
        "rule_id": row.rule_id, "experiment_id": row.experiment_id, "experiment_name": row.experiment,
        "run_id": row.run_uuid, "run_name": row.run,
    }  # fmt: skip


def _shown(session: Session, rows: Sequence[sa.Row[Any]]) -> list[dict[str, Any]]:
    """Rows of deliveries as ``rest.Delivery``, with their attempts."""
    mine = _tried.delivery_id.in_([row.id for row in rows])
    held: dict[str, list[dict[str, Any]]] = {row.id: [] for row in rows}
    for one in session.execute(sa.select(delivery_attempts).where(mine).order_by(_tried.number)):
        shown = {"number": one.number, "at": one.at, "duration": one.duration}
        held[one.delivery_id].append({**shown, "status": one.status, "why": one.why})
    return [
        {
            **{name: getattr(row, name) for name in ("id", "webhook_id", "state", "created_at")},
            "alert_id": None if row.alert_id == NO_ALERT else row.alert_id,
            "next_at": row.next_at if row.state == "pending" else None,
            "attempts": held[row.id],
        }
        for row in rows
    ]
