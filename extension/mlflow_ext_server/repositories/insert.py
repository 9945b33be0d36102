"""Inserts that leave a row alone which another worker has made meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite


def insert_missing(dialect: str, table: sa.Table, row: Mapping[str, Any]) -> sa.Insert:
    """An insert that does nothing where a row with this primary key stands already; its rowcount says which."""
    return _insert(dialect, table, row).execution_options(preserve_rowcount=True)  # else psycopg 3 gives none


def _insert(dialect: str, table: sa.Table, row: Mapping[str, Any]) -> sa.Insert:
    if dialect == "postgresql":
        return postgresql.insert(table).values(**row).on_conflict_do_nothing()
    if dialect == "sqlite":
        return sqlite.insert(table).values(**row).on_conflict_do_nothing()
    if dialect == "mysql":
        return mysql.insert(table).values(**row).prefix_with("IGNORE")
    keys = sa.and_(*(column == row[column.name] for column in table.primary_key))
    absent = ~sa.select(sa.literal(1)).select_from(table).where(keys).exists()
    values = sa.select(*(sa.literal(value, table.c[name].type) for name, value in row.items())).where(absent)
    return sa.insert(table).from_select(list(row), values)
