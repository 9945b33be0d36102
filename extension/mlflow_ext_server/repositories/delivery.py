"""Alerts on their way to webhooks: claimed by one worker for each attempt, with a record of every one."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

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


class DueDelivery(NamedTuple):
    """What one attempt needs."""

    id: str
    attempts: int
    url: str
    secret: str
    alert: dict[str, Any]


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
            .join(alerts, alerts.c.id == _of.alert_id)
            .join(runs, runs.c.run_uuid == alerts.c.run_uuid)
            .join(experiments, experiments.c.experiment_id == runs.c.experiment_id)
        )
        alert = alerts.c
        query = (
            sa.select(
                _of.id, _of.attempts, webhooks.c.url, webhooks.c.secret,
                alert.id.label("alert"), alert.level, alert.title, alert.text, alert.at, alert.rule_id,
                alert.experiment_id, alert.run_uuid, runs.c.name.label("run"), experiments.c.name.label("experiment"),
            )
            .select_from(joined)
            .where(_of.state == "pending", _of.next_at <= now, webhooks.c.paused.is_(sa.false()))
            .order_by(_of.next_at, _of.id)
            .limit(limit)
        )  # fmt: skip
        with self._backend.write() as session:
            rows = session.execute(query).all()
        return [
            DueDelivery(row.id, row.attempts, row.url, row.secret, {
                "id": row.alert, "level": row.level, "title": row.title, "text": row.text, "at": row.at,
                "rule_id": row.rule_id, "experiment_id": row.experiment_id, "experiment_name": row.experiment,
                "run_id": row.run_uuid, "run_name": row.run,
            })
            for row in rows
        ]  # fmt: skip

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
            rows = session.execute(query.limit(limit).offset(offset)).all()
            tries = session.execute(
                sa.select(delivery_attempts)
                .where(_tried.delivery_id.in_([row.id for row in rows]))
                .order_by(_tried.number)
            ).all()
        held: dict[str, list[dict[str, Any]]] = {row.id: [] for row in rows}
        for one in tries:
            shown = {"number": one.number, "at": one.at, "duration": one.duration}
            held[one.delivery_id].append({**shown, "status": one.status, "why": one.why})
        plain = ("id", "webhook_id", "alert_id", "state", "created_at")
        return [
            {
                **{name: getattr(row, name) for name in plain},
                "next_at": row.next_at if row.state == "pending" else None,
                "attempts": held[row.id],
            }
            for row in rows
        ], total
