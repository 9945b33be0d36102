"""Rules that raise alerts: added, changed and deleted by those who may change the runs of an experiment."""

from __future__ import annotations

import uuid
from typing import Any

from mlflow_ext.direction import better
from mlflow_ext.errors import Conflict, NotFound, PermissionDenied, ValidationError
from mlflow_ext.rest import AlertRuleChange, Condition, NewAlertRule, NoProgress
from mlflow_ext_server.alerting.condition import title
from mlflow_ext_server.repositories.alert_rule import AlertRuleRepository, AlertRuleRow
from mlflow_ext_server.repositories.scope import workspace_of
from mlflow_ext_server.repositories.target import ExperimentTarget, TargetRepository
from mlflow_ext_server.repositories.webhook import WebhookRepository
from mlflow_ext_server.writing.access import unknown_experiment
from mlflow_ext_server.writing.audit import recorded
from mlflow_ext_server.writing.backend import WritingBackend
from mlflow_ext_server.writing.run import now_ms
from mlflow_ext_server.writing.text import check_text
from mlflow_ext_ui.source import Principal

MOST = 50  # of an experiment: each is looked at again and again


def listed(backend: WritingBackend, principal: Principal, experiment_id: str) -> dict[str, Any]:
    """The rules of an experiment as ``rest.AlertRuleList``.

    Raises:
        NotFound: there is no such experiment that the principal may read.
    """
    found = AlertRuleRepository(backend).of_experiment(principal, experiment_id)
    place = None if found is None else TargetRepository(backend).experiment(principal, experiment_id)
    if found is None or place is None:
        raise unknown_experiment(experiment_id)
    editable = place.active and place.id in backend.editable(principal, [place.id])
    hooks = WebhookRepository(backend).all(principal) if editable else []
    named = [{"id": hook.id, "name": hook.name} for hook in hooks]
    return {"rules": [one.plain() for one in found], "editable": editable, "webhooks": named}


def create(backend: WritingBackend, principal: Principal, new: NewAlertRule) -> AlertRuleRow:
    """Add a rule, which goes by what happens from now on.

    Raises:
        ValidationError: the condition, the name or the webhook is wrong.
        NotFound: there is no such experiment that the principal may read.
        PermissionDenied: it may be read only.
        Conflict: it has as many rules as it may have, or is archived.
    """
    place = TargetRepository(backend).experiment(principal, new.experiment_id)
    if place is None:
        raise unknown_experiment(new.experiment_id)
    _check_place(backend, principal, place)
    _check(backend, principal, new.condition, new.name, new.webhook_id)
    rules = AlertRuleRepository(backend)
    if len(rules.of_experiment(principal, place.id) or ()) >= MOST:
        raise Conflict(f"{place.name!r} has {MOST} rules, and takes no more; change one, or delete one first.")
    now, who = now_ms(), principal.username
    rule = AlertRuleRow(
        uuid.uuid4().hex, workspace_of(principal), place.id, new.name or title(new.condition),
        new.condition.model_dump_json(), new.level, new.webhook_id, new.paused, 1, now, who, now, who, now,
    )  # fmt: skip
    detail = {"name": rule.name, "experiment_id": place.id, "condition": new.condition.model_dump()}
    with recorded(backend, principal, "rule.create", f"rule:{rule.id}", detail):
        rules.insert(rule)
    return rule


def change(backend: WritingBackend, principal: Principal, rule_id: str, asked: AlertRuleChange) -> AlertRuleRow:
    """Change a rule; with a new condition, or after a pause, it begins anew. Raises as ``create``."""
    before = _changeable(backend, principal, rule_id)
    _check(backend, principal, asked.condition, asked.name, asked.webhook_id)
    now = now_ms()
    changes: dict[str, Any] = {"updated_by": principal.username, "updated_at": now}
    changes |= {name: value for name in ("name", "level", "paused") if (value := getattr(asked, name)) is not None}
    if "webhook_id" in asked.model_fields_set:
        changes["webhook_id"] = asked.webhook_id
    if asked.condition is not None:
        changes["condition"] = asked.condition.model_dump_json()
        made = before.name == title(before.parsed())
        changes |= {"name": title(asked.condition)} if made and asked.name is None else {}
    anew = changes.get("condition", before.condition) != before.condition or (before.paused and asked.paused is False)
    changes |= {"epoch": before.epoch + 1, "since": now} if anew else {}
    detail = asked.model_dump(exclude_unset=True)
    with recorded(backend, principal, "rule.change", f"rule:{rule_id}", detail):
        if not AlertRuleRepository(backend).update(rule_id, changes):
            raise unknown(rule_id)
    return before._replace(**changes)


def delete(backend: WritingBackend, principal: Principal, rule_id: str) -> AlertRuleRow:
    """Delete a rule, and give what it was; its alerts stay. Raises as ``create``."""
    before = _changeable(backend, principal, rule_id)
    detail = {"name": before.name, "experiment_id": before.experiment_id}
    with recorded(backend, principal, "rule.delete", f"rule:{rule_id}", detail):
        if not AlertRuleRepository(backend).delete(rule_id):
            raise unknown(rule_id)
    return before


def unknown(rule_id: str) -> NotFound:
    """The one answer for a rule that does not exist and for one that may not be read."""
    return NotFound(f"There is no alert rule {rule_id!r} that you may read.")


def _changeable(backend: WritingBackend, principal: Principal, rule_id: str) -> AlertRuleRow:
    rule = AlertRuleRepository(backend).by_id(principal, rule_id)
    place = None if rule is None else TargetRepository(backend).experiment(principal, rule.experiment_id)
    if rule is None or place is None:
        raise unknown(rule_id)
    _check_place(backend, principal, place)
    return rule


def _check_place(backend: WritingBackend, principal: Principal, place: ExperimentTarget) -> None:
    if place.id not in backend.editable(principal, [place.id]):
        raise PermissionDenied(f"You may read the alerts of {place.name!r}, but not change its rules; ask its owner.")
    if not place.active:
        raise Conflict(f"The experiment {place.name!r} is archived; restore it first.")


def _check(
    backend: WritingBackend, principal: Principal, condition: Condition | None, name: str | None, hook: str | None
) -> None:
    check_text(name, "name")
    metric = getattr(condition, "metric", None)
    check_text(metric, "condition.metric")
    if isinstance(condition, NoProgress) and condition.better is None and better(condition.metric) is None:
        said = f"condition.better: whether {metric!r} is better low or high, its name does not tell: give it."
        raise ValidationError(said, field="condition.better")
    if hook is not None and WebhookRepository(backend).by_id(principal, hook) is None:
        raise ValidationError(f"webhook_id: there is no webhook {hook!r}.", field="webhook_id")
