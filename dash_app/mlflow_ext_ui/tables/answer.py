"""One route for the whole tab: its parts as JSON, and as files."""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Callable
from typing import Any

from mlflow_ext.errors import MlflowExtError
from mlflow_ext_ui.source import DataSource, Principal
from mlflow_ext_ui.tables import compare, difference, groups, logged, metric
from mlflow_ext_ui.tables.request import Lines, Part, TablesRequest
from mlflow_ext_ui.values import safe

logger = logging.getLogger(__name__)

_PARTS: dict[Part, Callable[[DataSource, Principal, TablesRequest], dict[str, Any]]] = {
    "compare": compare.compare,
    "difference": difference.difference,
    "groups": groups.groups,
    "leaderboard": groups.groups,
    "metrics": metric.metrics,
    "logged": logged.logged,
}
_LINES: dict[Part, Callable[[DataSource, Principal, TablesRequest], Lines]] = {
    "compare": compare.lines,
    "difference": difference.lines,
    "groups": groups.lines,
    "leaderboard": groups.lines,
    "metrics": metric.lines,
    "logged": logged.lines,
}


def answer(source: DataSource, principal: Principal, request: TablesRequest) -> dict[str, Any]:
    """The part asked for; ``trouble`` instead when the store gives no answer."""
    try:
        return _PARTS[request.part](source, principal, request)
    except MlflowExtError as error:
        logger.warning("A part of the Tables tab could not be read: %s", error)
        return {"trouble": {"title": "This table could not be read", "why": f"{error} What is stored is safe."}}


def as_csv(source: DataSource, principal: Principal, request: TablesRequest) -> tuple[str, str]:
    """A name for the file, and what is on screen as CSV, without its rounding."""
    found = _LINES[request.part](source, principal, request)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([safe(cell) for cell in found.columns])
    writer.writerows([safe(cell) for cell in row] for row in found.rows)
    return found.name, text.getvalue()
