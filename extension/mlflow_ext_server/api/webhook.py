"""Webhooks, and what became of each alert that was sent to one; for admins."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from mlflow_ext.rest import Delivery, DeliveryQuery, NewWebhook, Page, Webhook, WebhookChange
from mlflow_ext_server.api.encode import answer, page_headers
from mlflow_ext_server.api.principal import Asking
from mlflow_ext_server.api.query import check_limit
from mlflow_ext_server.writing.webhook import Webhooks


def register(router: APIRouter, webhooks: Webhooks, page_limit: int) -> None:
    """Add the routes."""

    @router.get("/webhooks", response_model=list[Webhook])
    def list_webhooks(request: Request, query: Annotated[Page, Query()], principal: Asking) -> Response:
        """Webhooks by name, without their secrets, each with what was sent to it last."""
        check_limit(query.limit, page_limit)
        found = webhooks.listed(principal)
        headers = page_headers(request, len(found), query.limit, query.offset)
        return answer(found[query.offset : query.offset + query.limit], headers)

    @router.post("/webhooks", response_model=Webhook, status_code=201)
    def create_webhook(body: NewWebhook, principal: Asking) -> Response:
        """Add a webhook, to an address that the server's settings allow."""
        return answer(webhooks.create(principal, body), status=201)

    @router.patch("/webhooks/{webhook_id}", response_model=Webhook)
    def change_webhook(webhook_id: str, body: WebhookChange, principal: Asking) -> Response:
        """Change a webhook, pause it or let it go on."""
        return answer(webhooks.change(principal, webhook_id, body))

    @router.delete("/webhooks/{webhook_id}", response_model=Webhook)
    def delete_webhook(webhook_id: str, principal: Asking) -> Response:
        """Delete a webhook, and show it once more; rules name it no more, and the record of what was sent stays."""
        return answer(webhooks.delete(principal, webhook_id))

    @router.post("/webhooks/{webhook_id}/test", response_model=Delivery, status_code=201)
    def test_webhook(webhook_id: str, principal: Asking) -> Response:
        """Send a test as an alert is sent, in place of a test that still waits; a paused webhook sends none."""
        return answer(webhooks.test(principal, webhook_id), status=201)

    @router.get("/deliveries", response_model=list[Delivery])
    def list_deliveries(request: Request, query: Annotated[DeliveryQuery, Query()], principal: Asking) -> Response:
        """What was sent, with every attempt, the newest first."""
        check_limit(query.limit, page_limit)
        found, total = webhooks.deliveries(principal, query)
        return answer(found, page_headers(request, total, query.limit, query.offset))
