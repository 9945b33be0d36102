"""Webhooks: for admins, and only to addresses that the server's settings allow."""

from __future__ import annotations

import uuid
from typing import Any

from mlflow_ext.errors import Conflict, NotFound, PermissionDenied, ValidationError
from mlflow_ext.rest import DeliveryQuery, NewWebhook, WebhookChange
from mlflow_ext_server.alerting.address import AllowedAddresses
from mlflow_ext_server.repositories.delivery import DeliveryRepository
from mlflow_ext_server.repositories.scope import workspace_of
from mlflow_ext_server.repositories.target import TargetRepository
from mlflow_ext_server.repositories.webhook import WebhookRepository, WebhookRow
from mlflow_ext_server.writing.audit import recorded
from mlflow_ext_server.writing.backend import WritingBackend
from mlflow_ext_server.writing.run import now_ms
from mlflow_ext_server.writing.text import check_text
from mlflow_ext_ui.source import Principal

MOST = 200  # of a workspace


class Webhooks:
    """What admins do with webhooks.

    Every method raises PermissionDenied for anybody else.

    Args:
        backend: where our tables are, and who is an admin.
        allowed: addresses that the settings allow.
    """

    def __init__(self, backend: WritingBackend, allowed: AllowedAddresses) -> None:
        self._backend = backend
        self._allowed = allowed
        self._hooks = WebhookRepository(backend)
        self._sent = DeliveryRepository(backend)

    def listed(self, principal: Principal) -> list[dict[str, Any]]:
        """All of the workspace, as ``rest.Webhook``."""
        self._check_admin(principal)
        rows = self._hooks.all(principal)
        return self._shown(*rows)

    def create(self, principal: Principal, new: NewWebhook) -> dict[str, Any]:
        """Add one.

        Raises:
            ValidationError: the address is not allowed, or another field is wrong.
            Conflict: there are as many as there may be.
        """
        self._check_admin(principal)
        self._check(principal, new)
        if len(self._hooks.all(principal)) >= MOST:
            raise Conflict(f"There are {MOST} webhooks, and no more are taken; change one, or delete one first.")
        now, who = now_ms(), principal.username
        row = WebhookRow(
            uuid.uuid4().hex, workspace_of(principal), new.experiment_id, new.name, new.url, new.secret,
            new.every_alert, new.level, new.paused, who, now, who, now,
        )  # fmt: skip
        with self._recorded(principal, "create", row.id, new):
            self._hooks.insert(row)
        return self._shown(row)[0]

    def change(self, principal: Principal, webhook_id: str, asked: WebhookChange) -> dict[str, Any]:
        """Change one. Raises as ``create``, and NotFound."""
        before = self._known(principal, webhook_id)
        self._check(principal, asked)
        given = asked.model_dump(exclude_unset=True)
        kept = {name: value for name, value in given.items() if value is not None or name == "experiment_id"}
        changes = {**kept, "updated_by": principal.username, "updated_at": now_ms()}
        with self._recorded(principal, "change", webhook_id, asked):
            if not self._hooks.update(webhook_id, changes):
                raise _unknown(webhook_id)
        return self._shown(before._replace(**changes))[0]

    def delete(self, principal: Principal, webhook_id: str) -> dict[str, Any]:
        """Delete one, and give what it was. Raises as ``change``."""
        before = self._known(principal, webhook_id)
        with self._recorded(principal, "delete", webhook_id, None):
            if not self._hooks.delete(webhook_id):
                raise _unknown(webhook_id)
        return self._shown(before)[0]

    def test(self, principal: Principal, webhook_id: str) -> dict[str, Any]:
        """Send a test as alerts are sent, and give its delivery as ``rest.Delivery``. Raises as ``change``."""
        hook = self._known(principal, webhook_id)
        if hook.paused:
            raise Conflict(f"The webhook {hook.name!r} is paused and sends nothing; let it go on first.")
        with self._recorded(principal, "test", webhook_id, None):
            return self._sent.test(principal, webhook_id, now_ms())

    def deliveries(self, principal: Principal, query: DeliveryQuery) -> tuple[list[dict[str, Any]], int]:
        """What became of what was sent, as ``rest.Delivery``, newest first, and how many there are."""
        self._check_admin(principal)
        chosen: dict[str, str | None] = {
            "webhook_id": query.webhook_id, "alert_id": query.alert_id, "state": query.state,
        }  # fmt: skip
        return self._sent.page(principal, chosen, query.limit, query.offset)

    def _shown(self, *rows: WebhookRow) -> list[dict[str, Any]]:
        last = self._sent.last([row.id for row in rows])
        return [{**row.plain(), "last_delivery": last.get(row.id)} for row in rows]

    def _recorded(
        self, principal: Principal, action: str, webhook_id: str, asked: NewWebhook | WebhookChange | None
    ) -> Any:
        detail = {} if asked is None else asked.model_dump(exclude_unset=True)
        return recorded(self._backend, principal, f"webhook.{action}", f"webhook:{webhook_id}", detail)

    def _known(self, principal: Principal, webhook_id: str) -> WebhookRow:
        self._check_admin(principal)
        found = self._hooks.by_id(principal, webhook_id)
        if found is None:
            raise _unknown(webhook_id)
        return found

    def _check_admin(self, principal: Principal) -> None:
        if not self._backend.administers(principal):
            raise PermissionDenied("Only admins may see and change webhooks.")

    def _check(self, principal: Principal, asked: NewWebhook | WebhookChange) -> None:
        check_text(asked.name, "name")
        check_text(asked.secret, "secret")
        if asked.url is not None:
            self._allowed.check(asked.url)
        place = asked.experiment_id
        if place is not None and TargetRepository(self._backend).experiment(principal, place) is None:
            said = f"experiment_id: there is no experiment {place!r} that you may read."
            raise ValidationError(said, field="experiment_id")


def _unknown(webhook_id: str) -> NotFound:
    return NotFound(f"There is no webhook {webhook_id!r}.")
