"""The columns of the run list: which there are, and what they hold for a page of runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from mlflow_ext.store_format import INDEX_PREFIXES
from mlflow_ext_server.query.dialect import number as number_of
from mlflow_ext_server.repositories.schema import latest_metrics, params, runs, tags
from mlflow_ext_server.repositories.scope import among, askable, number, raw_rows
from mlflow_ext_ui.column import Column, Kind
from mlflow_ext_ui.source import Field, Value

SAMPLE = 500  # newest runs that are looked at
MOST = 200  # fields of one kind
_TEXT = 200  # characters of a value that a list has room for
_HIDDEN_TAGS = ("mlflow.runName", "mlflow.user", "mlflow.log-model.history")


def column_values(
    session: sa.orm.Session, dialect: str, run_ids: Sequence[str], columns: Sequence[Column]
) -> dict[str, tuple[Value, ...]]:
    """What these runs hold, by run id and in the order of ``columns``: one query for each kind among them."""
    if not columns:
        return {}
    found: dict[tuple[str, Column], Value] = {}
    for kind in ("metrics", "params", "tags"):
        keys = [column.key for column in columns if column.kind == kind and askable(column.key)]
        if keys:
            found |= _metrics(session, dialect, run_ids, keys) if kind == "metrics" else {}
            found |= _texts(session, dialect, run_ids, keys, kind) if kind != "metrics" else {}
    return {run: tuple(found.get((run, column)) for column in columns) for run in run_ids}


def fields(session: sa.orm.Session, dialect: str, experiment_id: int) -> tuple[Field, ...]:
    """What the newest runs of an experiment hold, by kind, in the order of keys."""
    newest = (
        sa.select(runs.c.run_uuid)
        .where(runs.c.experiment_id == experiment_id, runs.c.lifecycle_stage == "active")
        .order_by(runs.c.start_time.desc())
        .limit(SAMPLE)
        .subquery()
    )
    kinds: tuple[tuple[Kind, sa.TableClause], ...] = (("metrics", latest_metrics), ("params", params), ("tags", tags))
    found: list[Field] = []
    for kind, table in kinds:
        numbers = sa.func.count() if kind == "metrics" else sa.func.count(number_of(table.c.value, dialect))
        ours = [~table.c.key.startswith(prefix, autoescape=True) for prefix in INDEX_PREFIXES]
        query = (
            sa.select(table.c.key, sa.func.count(), numbers)
            .join(newest, newest.c.run_uuid == table.c.run_uuid)
            .where(*ours, table.c.key.not_in(_HIDDEN_TAGS))
            .group_by(table.c.key)
            .order_by(sa.func.count().desc(), table.c.key)
            .limit(MOST)
        )
        rows = sorted(raw_rows(session, query))
        found += [Field(Column(kind, key), int(have), have == numeric) for key, have, numeric in rows]
    return tuple(found)


def _metrics(
    session: sa.orm.Session, dialect: str, run_ids: Sequence[str], keys: list[str]
) -> dict[tuple[str, Column], Value]:
    table = latest_metrics.c
    query = sa.select(table.run_uuid, table.key, table.value, table.is_nan).where(
        among(table.run_uuid, run_ids, dialect), table.key.in_(keys)
    )
    return {(run, Column("metrics", key)): number(value, nan) for run, key, value, nan in raw_rows(session, query)}


def _texts(
    session: sa.orm.Session, dialect: str, run_ids: Sequence[str], keys: list[str], kind: Any
) -> dict[tuple[str, Column], Value]:
    table = params.c if kind == "params" else tags.c
    query = sa.select(table.run_uuid, table.key, table.value).where(
        among(table.run_uuid, run_ids, dialect), table.key.in_(keys)
    )
    return {(run, Column(kind, key)): value[:_TEXT] for run, key, value in raw_rows(session, query)}
