"""Webhooks of a workspace. A row holds the secret; what is shown of it does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from mlflow_ext_server.contention import again
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.scope import askable, workspace_of
from mlflow_ext_server.tables import alert_rules, deliveries, webhooks
from mlflow_ext_ui.source import Principal

_of = webhooks.c


class WebhookRow(NamedTuple):
    """One webhook; times in ms since the epoch."""

    id: str
    workspace: str
    experiment_id: str | None
    name: str
    url: str
    secret: str
    every_alert: bool
    level: str
    paused: bool
    created_by: str | None
    created_at: int
    updated_by: str | None
    updated_at: int

    def plain(self) -> dict[str, Any]:
        """What the API shows of it, without the secret: ``rest.Webhook`` but for its last delivery."""
        found = {**self._asdict(), "every_alert": bool(self.every_alert), "paused": bool(self.paused)}
        return {name: value for name, value in found.items() if name not in ("workspace", "secret")}


_COLUMNS = [_of[name] for name in WebhookRow._fields]


class WebhookRepository:
    """Reads and writes webhooks of the principal's workspace; whether it may is for the caller to ask.

    Args:
        backend: where our tables are.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def all(self, principal: Principal) -> list[WebhookRow]:
        """Every webhook, by name."""
        query = sa.select(*_COLUMNS).where(_of.workspace == workspace_of(principal)).order_by(_of.name, _of.id)
        with self._backend.write() as session:
            return [WebhookRow(*row) for row in session.execute(query)]

    def by_id(self, principal: Principal, webhook_id: str) -> WebhookRow | None:
        """One webhook."""
        if not askable(webhook_id):
            return None
        query = sa.select(*_COLUMNS).where(_of.id == webhook_id, _of.workspace == workspace_of(principal))
        with self._backend.write() as session:
            row = session.execute(query).first()
        return None if row is None else WebhookRow(*row)

    def insert(self, row: WebhookRow) -> None:
        """Store a new webhook."""
        self._write(sa.insert(webhooks).values(**row._asdict()))

    def update(self, webhook_id: str, changes: Mapping[str, Any]) -> bool:
        """Change columns of a webhook; False when it is gone."""
        return self._write(sa.update(webhooks).where(_of.id == webhook_id).values(**changes))

    def delete(self, webhook_id: str) -> bool:
        """Delete a webhook: rules name it no more, what was still to be sent has failed; the record of it stays."""
        drop = sa.delete(webhooks).where(_of.id == webhook_id)
        named = sa.update(alert_rules).where(alert_rules.c.webhook_id == webhook_id).values(webhook_id=None)
        waiting = deliveries.c.webhook_id == webhook_id, deliveries.c.state == "pending"
        return self._write(drop, named, sa.update(deliveries).where(*waiting).values(state="failed"))

    def _write(self, *statements: sa.Insert | sa.Update | sa.Delete) -> bool:
        def write() -> bool:
            with self._backend.write() as session:
                results = [session.execute(statement) for statement in statements]
                assert isinstance(results[0], sa.CursorResult)
                return results[0].rowcount > 0

        return again(write)
