"""From what a request asks to what the repositories take: filter and order compiled, limits held."""

from __future__ import annotations

from mlflow_ext.errors import ValidationError
from mlflow_ext.rest import ExperimentQuery, Page, RunQuery, RunScope, too_many
from mlflow_ext_server import query
from mlflow_ext_server.repositories.experiment import ExperimentSelection
from mlflow_ext_server.repositories.selection import RunSelection
from mlflow_ext_server.repositories.store import Store


def check_limit(limit: int, most: int, field: str = "limit") -> None:
    """Refuse a page larger than the server gives.

    Raises:
        ValidationError: it is.
    """
    if limit > most:
        raise ValidationError(too_many(field, limit, most), field=field)


def selection(store: Store, scope: RunScope) -> RunSelection:
    """Which runs a request means.

    Raises:
        ValidationError: its filter or order can't be read; the message points at the place.
    """
    condition = query.parse(scope.filter) if scope.filter else None
    orders = scope.order_by if isinstance(scope, RunQuery) else []
    asked = query.ambiguous_keys(condition, orders)
    literal = store.keys(asked)
    where = None if condition is None else query.condition(condition, store.dialect, literal_keys=literal)
    order = query.order_by(orders, store.dialect, literal_keys=literal) if orders else []
    project = scope.project or scope.experiment_name
    page = scope if isinstance(scope, RunQuery) else Page()
    return RunSelection(
        experiment_ids=tuple(scope.experiment_id) or None,
        projects=(project,) if project else None,
        search=scope.search or None,
        where=where,
        order_by=tuple(order),
        stage=scope.stage,
        dataset_id=scope.dataset_id,
        metric_name=scope.metric_name,
        metric_min=scope.metric_min,
        metric_max=scope.metric_max,
        note_substring=scope.note_substring,
        command_substring=scope.command_substring,
        from_time=scope.from_timestamp,
        to_time=scope.to_timestamp,
        limit=page.limit,
        offset=page.offset,
    )


def experiments(asked: ExperimentQuery) -> ExperimentSelection:
    """Which experiments a request means."""
    tag, equals, value = (asked.tag or "").partition("=")
    return ExperimentSelection(
        search=asked.search or None,
        tag=tag or None,
        tag_value=value if equals else None,
        metric_name=asked.metric_name,
        metric_min=asked.metric_min,
        metric_max=asked.metric_max,
        from_time=asked.from_timestamp,
        to_time=asked.to_timestamp,
        stage=asked.stage,
        limit=asked.limit,
        offset=asked.offset,
    )
