"""Conditions to SQL over ``repositories.schema.runs``, joined to ``experiments``; all values are bound."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from mlflow_ext.store_format import COMMAND_TAG, DATASET_TAG, NOTE_TAG
from mlflow_ext_server.query import dialect as sql
from mlflow_ext_server.query import metric as numbers
from mlflow_ext_server.query.node import (
    And,
    Attribute,
    AttributeName,
    Between,
    Compare,
    Condition,
    Dataset,
    Field,
    In,
    Like,
    Metric,
    Not,
    Null,
    Or,
    Param,
    Predicate,
    Tag,
)
from mlflow_ext_server.repositories.schema import datasets, experiments, input_tags, inputs, params, runs, tags
from mlflow_ext_server.tables import run_aliases

Test = sa.ColumnElement[bool]
Expression = sa.ColumnElement[Any]

COLUMNS: dict[AttributeName, Expression] = {
    "run_id": runs.c.run_uuid,
    "status": runs.c.status,
    "start_time": runs.c.start_time,
    "end_time": runs.c.end_time,
    "duration": runs.c.end_time - runs.c.start_time,
    "user_id": runs.c.user_id,
    "artifact_uri": runs.c.artifact_uri,
    "experiment_id": runs.c.experiment_id,
    "experiment_name": experiments.c.name,
}
TAGS: dict[AttributeName, str] = {
    "run_name": "mlflow.runName",  # as MLflow's own search
    "note": NOTE_TAG,
    "dataset_id": DATASET_TAG,
    "command": COMMAND_TAG,
}
_CONTEXT = "mlflow.data.context"
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def condition(node: Condition, dialect: str, *, literal_keys: frozenset[str] = frozenset()) -> Test:
    """The SQL of a condition, for a query that selects from ``runs`` joined to ``experiments``.

    Args:
        node: what ``parse`` gave.
        dialect: SQLAlchemy's name of the database.
        literal_keys: those of ``ambiguous_keys`` that are keys of a metric.
    """
    if isinstance(node, And):
        return sa.and_(sa.true(), *(condition(one, dialect, literal_keys=literal_keys) for one in node.conditions))
    if isinstance(node, Or):
        return sa.or_(sa.false(), *(condition(one, dialect, literal_keys=literal_keys) for one in node.conditions))
    if isinstance(node, Not):
        return sa.not_(condition(node.condition, dialect, literal_keys=literal_keys))
    found = _predicate(node, dialect, literal_keys)
    # IS TRUE keeps PostgreSQL from making a join of every EXISTS: planning that takes longer than reading.
    return found.is_(sa.true()) if dialect == "postgresql" else found


def stored(table: sa.TableClause, key: str, dialect: str) -> sa.Select[Any]:
    """The row that holds a run's param or tag, correlated to the outer query's ``runs``."""
    return (
        sa.select(table.c.run_uuid)
        .where(table.c.run_uuid == runs.c.run_uuid, sql.same(table.c.key, key, dialect))
        .correlate(runs)
    )


def _predicate(node: Predicate, dialect: str, literal_keys: frozenset[str]) -> Test:
    field = node.field
    if isinstance(node, Null):
        present = _present(field, dialect, literal_keys)
        return present if node.negated else sa.not_(present)
    if isinstance(field, Metric):
        source = numbers.source(field.resolved(literal_keys), dialect)
        return source.where(_metric_test(source.number, node)).exists()
    if isinstance(field, Attribute) and field.name in COLUMNS:
        column = COLUMNS[field.name]
        return sa.and_(column.is_not(None), _test(column, node, dialect, _integer))
    rows, column = _rows(field, dialect)
    return rows.where(_test(column, node, dialect, None)).exists()


def _present(field: Field, dialect: str, literal_keys: frozenset[str]) -> Test:
    if isinstance(field, Metric):
        return numbers.source(Metric(field.resolved(literal_keys).key), dialect).rows.exists()
    if isinstance(field, Attribute) and field.name in COLUMNS:
        return COLUMNS[field.name].is_not(None)
    return _rows(field, dialect)[0].exists()


def _rows(field: Param | Tag | Attribute | Dataset, dialect: str) -> tuple[sa.Select[Any], Expression]:
    """The rows of a run that hold a text, and the text."""
    if isinstance(field, Param):
        return stored(params, field.key, dialect), params.c.value
    if isinstance(field, Tag):
        return stored(tags, field.key, dialect), tags.c.value
    if isinstance(field, Dataset):
        return _datasets(field), input_tags.c.value if field.name == "context" else datasets.c[field.name]
    if field.name == "alias":
        return sa.select(run_aliases.c.alias).where(run_aliases.c.run_uuid == runs.c.run_uuid).correlate(
            runs
        ), run_aliases.c.alias
    return stored(tags, TAGS[field.name], dialect), tags.c.value


def _datasets(field: Dataset) -> sa.Select[Any]:
    joined = inputs.join(datasets, datasets.c.dataset_uuid == inputs.c.source_id)
    if field.name == "context":
        tagged = sa.and_(input_tags.c.input_uuid == inputs.c.input_uuid, input_tags.c.name == _CONTEXT)
        joined = joined.join(input_tags, tagged)
    rows = sa.select(inputs.c.input_uuid).select_from(joined)
    return rows.where(inputs.c.destination_id == runs.c.run_uuid).correlate(runs)


def _test(column: Expression, node: Predicate, dialect: str, literal: Callable[[Any], Expression] | None) -> Test:
    """Whether a value meets a predicate; without ``literal`` it is a text, of which numbers are asked all the same."""
    if isinstance(node, Like):
        found = sql.like(column, node.pattern, ignore_case=node.ignore_case, dialect=dialect)
    elif isinstance(node, Compare) and isinstance(node.value, str):
        found = sql.same(column, node.value, dialect)
    elif isinstance(node, In) and all(isinstance(value, str) for value in node.values):
        found = sql.one_of(column, [str(value) for value in node.values], dialect)
    elif literal is not None:
        found = _numeric(column, node, literal)
    else:
        found = _numeric(sql.number(column, dialect), node, lambda value: sql.number_literal(value, dialect))
    return sa.not_(found) if _negated(node) else found


def _metric_test(number: numbers.Number, node: Predicate) -> Test:
    """NaN equals NaN alone, and is neither less nor more than anything."""
    given = node.values if isinstance(node, In) else (node.value,) if isinstance(node, Compare) else ()
    nan = any(isinstance(value, float) and math.isnan(value) for value in given)
    if isinstance(node, In):
        node = In(node.field, tuple(value for value in node.values if value == value), node.negated)
    if nan and isinstance(node, Compare):
        found: Test = number.nan
    else:
        found = sa.and_(sa.not_(number.nan), _numeric(number.value, node, numbers.literal))
        found = sa.or_(number.nan, found) if nan else found
    return sa.not_(found) if _negated(node) else found


def _numeric(column: Expression, node: Predicate, literal: Callable[[Any], Expression]) -> Test:
    if isinstance(node, In):
        return column.in_([literal(value) for value in node.values])
    if isinstance(node, Between):
        return column.between(literal(node.low), literal(node.high))
    assert isinstance(node, Compare), node
    sign = "=" if node.operator == "!=" else node.operator
    result: Test = _OPERATORS[sign](column, literal(node.value))
    return result


def _negated(node: Predicate) -> bool:
    return node.operator == "!=" if isinstance(node, Compare) else node.negated


def _integer(value: float) -> Expression:
    return sa.literal(value, sa.BigInteger if isinstance(value, int) else sa.Float)
