"""Alerts and the rules that raise them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from mlflow_ext.rest import (
    Alert,
    AlertNews,
    AlertQuery,
    AlertRule,
    AlertRuleChange,
    AlertRuleList,
    AlertRuleQuery,
    AlertsSeen,
    NewAlert,
    NewAlertRule,
)
from mlflow_ext_server.api.encode import answer, page_headers
from mlflow_ext_server.api.principal import Asking
from mlflow_ext_server.api.query import check_limit
from mlflow_ext_server.repositories.alert import AlertFilter
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_server.writing import alert, alert_rule
from mlflow_ext_server.writing.backend import WritingBackend


def register(router: APIRouter, store: Store, backend: WritingBackend, page_limit: int) -> None:
    """Add the routes."""

    @router.get("/alerts", response_model=list[Alert])
    def list_alerts(request: Request, query: Annotated[AlertQuery, Query()], principal: Asking) -> Response:
        """Alerts of active runs, those first that this server learned of last."""
        check_limit(query.limit, page_limit)
        run = query.run_id and store.aliases.resolve(principal, [query.run_id]).get(query.run_id, query.run_id)
        chosen = AlertFilter(query.experiment_id, run, tuple(query.level), query.since)
        found, total = store.alerts.page(principal, chosen, query.limit, query.offset)
        return answer(found, page_headers(request, total, query.limit, query.offset))

    @router.post("/alerts", response_model=Alert, status_code=201)
    def raise_alert(body: NewAlert, principal: Asking) -> Response:
        """Raise an alert of a run, as `ext.alert` does in its script."""
        return answer(alert.create(backend, principal, body), status=201)

    @router.patch("/alerts", response_model=AlertNews)
    def mark_alerts(body: AlertsSeen, principal: Asking) -> Response:
        """Mark alerts of an experiment as seen by you, up to the one that you have seen last."""
        return answer(alert.mark_seen(backend, principal, body).model_dump())

    @router.get("/alert-rules", response_model=AlertRuleList)
    def list_rules(query: Annotated[AlertRuleQuery, Query()], principal: Asking) -> Response:
        """The rules of an experiment, oldest first."""
        return answer(alert_rule.listed(backend, principal, query.experiment_id))

    @router.post("/alert-rules", response_model=AlertRule, status_code=201)
    def create_rule(body: NewAlertRule, principal: Asking) -> Response:
        """Add a rule; what happened before does not count."""
        return answer(alert_rule.create(backend, principal, body).plain(), status=201)

    @router.patch("/alert-rules/{rule_id}", response_model=AlertRule)
    def change_rule(rule_id: str, body: AlertRuleChange, principal: Asking) -> Response:
        """Change a rule, pause it or let it go on; with a new condition, or after a pause, it begins anew."""
        return answer(alert_rule.change(backend, principal, rule_id, body).plain())

    @router.delete("/alert-rules/{rule_id}", response_model=AlertRule)
    def delete_rule(rule_id: str, principal: Asking) -> Response:
        """Delete a rule, and show it once more; its alerts stay."""
        return answer(alert_rule.delete(backend, principal, rule_id).plain())
