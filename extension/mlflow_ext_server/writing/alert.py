"""Alerts that clients raise, and how far a person has seen them."""

from __future__ import annotations

import uuid
from typing import Any

from mlflow_ext.errors import NotFound
from mlflow_ext.rest import AlertNews, AlertsSeen, NewAlert
from mlflow_ext_server.repositories.alert import AlertRepository, AlertRow
from mlflow_ext_server.repositories.scope import workspace_of
from mlflow_ext_server.writing.access import changeable, unknown_experiment
from mlflow_ext_server.writing.backend import WritingBackend
from mlflow_ext_server.writing.run import now_ms
from mlflow_ext_server.writing.text import check_text
from mlflow_ext_ui.source import Principal


def create(backend: WritingBackend, principal: Principal, new: NewAlert) -> dict[str, Any]:
    """Store an alert of a run, and give it as ``rest.Alert``.

    Raises:
        ValidationError: title or text can't be stored.
        NotFound: there is no such run that the principal may read.
        PermissionDenied: it may be read only.
        Conflict: it is archived.
    """
    check_text(new.title, "title")
    check_text(new.text, "text")
    run = changeable(backend, principal, new.run_id)
    now = now_ms()
    source = f"rest.{uuid.uuid4().hex}"
    said = new.level, new.title, new.text, now if new.at is None else new.at
    row = AlertRow(workspace_of(principal), run.experiment_id, run.id, None, source, *said, now)
    alerts = AlertRepository(backend)
    alerts.add(row)
    return alerts.one(principal, row.id)


def mark_seen(backend: WritingBackend, principal: Principal, seen: AlertsSeen) -> AlertNews:
    """Remember what the principal has seen, and say what is left.

    Raises:
        NotFound: there is no such experiment that the principal may read.
    """
    alerts = AlertRepository(backend)
    if alerts.news(principal, seen.experiment_id) is None:
        raise unknown_experiment(seen.experiment_id)
    alerts.mark_seen(principal, str(int(seen.experiment_id)), seen.until)
    left = alerts.news(principal, seen.experiment_id)
    if left is None:
        raise NotFound(f"The experiment {seen.experiment_id!r} went away meanwhile.")
    return left
