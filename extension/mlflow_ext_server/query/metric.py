"""The numbers of a metric in SQL. MLflow stores NaN as 0 with ``is_nan``, infinities as the largest float."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

from mlflow_ext_server.query.dialect import same
from mlflow_ext_server.query.node import Aggregate, Metric
from mlflow_ext_server.repositories.schema import latest_metrics, metrics, runs
from mlflow_ext_server.repositories.scope import LARGEST

_HUGE = 1e290  # numbers beyond it count as it in a mean, so that no sum overflows
_FIRST_STEP = -(2**63)
"""Asking for it, sqlite reads by the index of run, key and step; else by the primary key, all runs' points for each."""


class Number(NamedTuple):
    """A number in SQL, and whether it is NaN; ``value`` means nothing then."""

    value: sa.ColumnElement[Any]
    nan: sa.ColumnElement[bool]


class Source(NamedTuple):
    """A number of one run, and the rows that hold it: none when the run lacks the metric, else one."""

    number: Number
    rows: sa.Select[Any]
    grouped: bool

    def where(self, test: sa.ColumnElement[bool]) -> sa.Select[Any]:
        """The rows whose number meets a test."""
        return self.rows.having(test) if self.grouped else self.rows.where(test)


def source(metric: Metric, dialect: str) -> Source:
    """Where a metric's number comes from, correlated to the outer query's ``runs``."""
    table = latest_metrics if metric.aggregate == "last" else metrics
    rows = (
        sa.select(sa.true())
        .where(table.c.run_uuid == runs.c.run_uuid, same(table.c.key, metric.key, dialect))
        .correlate(runs)
    )
    if metric.aggregate == "last":
        return Source(Number(table.c.value, table.c.is_nan == sa.true()), rows, grouped=False)
    value = _aggregate(metric.aggregate)
    rows = rows.where(table.c.step >= _FIRST_STEP).group_by(table.c.key)
    return Source(Number(value, value.is_(None)), rows, grouped=True)


def literal(value: float) -> sa.ColumnElement[Any]:
    """A number as metrics compare with it."""
    return sa.literal(float(value), sa.Float)


def _aggregate(aggregate: Aggregate) -> sa.ColumnElement[Any]:
    """NULL when all of the points are NaN; ``count`` counts those as well."""
    number = sa.case((metrics.c.is_nan == sa.false(), metrics.c.value))
    if aggregate == "count":
        return sa.func.count(metrics.c.run_uuid)
    low, high = sa.func.min(number), sa.func.max(number)
    if aggregate == "mean":
        clamped = sa.case(
            (number > literal(_HUGE), literal(_HUGE)), (number < literal(-_HUGE), literal(-_HUGE)), else_=number
        )
        up, down = high >= literal(LARGEST), low <= literal(-LARGEST)
        return sa.case(
            (sa.and_(up, down), sa.null()),
            (up, literal(LARGEST)),
            (down, literal(-LARGEST)),
            else_=sa.func.sum(clamped) / sa.func.count(number),
        )
    return low if aggregate == "min" else high
