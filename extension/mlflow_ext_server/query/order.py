"""Sort keys to SQL over ``repositories.schema.runs``, joined to ``experiments``; all values are bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from mlflow_ext_server.query import dialect as sql
from mlflow_ext_server.query import metric as numbers
from mlflow_ext_server.query.compile import COLUMNS, TAGS, stored
from mlflow_ext_server.query.node import Attribute, Dataset, Metric, Order, Param, Tag
from mlflow_ext_server.query.syntax import parse_orders
from mlflow_ext_server.repositories.schema import params, runs, tags
from mlflow_ext_server.tables import run_aliases

Expression = sa.ColumnElement[Any]

_START = Attribute("start_time")


def order_by(
    texts: Sequence[str], dialect: str, *, literal_keys: frozenset[str] = frozenset()
) -> list[sa.ColumnElement[Any]]:
    """What to order a query by that selects from ``runs`` joined to ``experiments``.

    What a run lacks comes last in either direction, NaN before it; params that are numbers come first, as numbers.
    The newest start and then the id decide between equals.

    Args:
        texts: such as ``metrics.loss.min DESC``, the first one first.
        dialect: SQLAlchemy's name of the database.
        literal_keys: those of ``ambiguous_keys`` that are keys of a metric.

    Raises:
        FilterError: as ``parse_orders``.
    """
    orders = parse_orders(texts)
    clauses = [clause for order in orders for clause in _clauses(order, dialect, literal_keys)]
    if all(order.field != _START for order in orders):
        clauses += sql.last(runs.c.start_time, descending=True, dialect=dialect)
    return [*clauses, runs.c.run_uuid]


def _clauses(order: Order, dialect: str, literal_keys: frozenset[str]) -> list[Expression]:
    field = order.field
    if isinstance(field, Metric):
        return _metric(field.resolved(literal_keys), order.descending, dialect)
    if isinstance(field, Param):
        return _param(field, order.descending, dialect)
    assert not isinstance(field, Dataset), field
    if isinstance(field, Tag):
        value = _tag(field.key, dialect)
    elif field.name == "run_name":
        value = runs.c.name  # as MLflow's own search, which filters by the tag and orders by the column
    elif field.name == "alias":
        aliases = sa.select(sa.func.min(run_aliases.c.alias)).where(run_aliases.c.run_uuid == runs.c.run_uuid)
        value = aliases.correlate(runs).scalar_subquery()
    else:
        value = COLUMNS[field.name] if field.name in COLUMNS else _tag(TAGS[field.name], dialect)
    return sql.last(value, descending=order.descending, dialect=dialect)


def _metric(metric: Metric, descending: bool, dialect: str) -> list[Expression]:
    number, rows, _ = numbers.source(metric, dialect)
    value = rows.with_only_columns(number.value).scalar_subquery()
    if metric.aggregate != "last":
        return sql.last(value, descending=descending, dialect=dialect)
    rank = rows.with_only_columns(sa.case((number.nan, 1), else_=0)).scalar_subquery()
    return [sa.func.coalesce(rank, 2), value.desc() if descending else value.asc()]


def _param(param: Param, descending: bool, dialect: str) -> list[Expression]:
    rows = stored(params, param.key, dialect)
    number = rows.with_only_columns(sql.number(params.c.value, dialect)).scalar_subquery()
    text = rows.with_only_columns(params.c.value).scalar_subquery()
    return [
        *sql.last(number, descending=descending, dialect=dialect),
        *sql.last(text, descending=descending, dialect=dialect),
    ]


def _tag(key: str, dialect: str) -> Expression:
    return stored(tags, key, dialect).with_only_columns(tags.c.value).scalar_subquery()
