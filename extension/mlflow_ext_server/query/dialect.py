"""Comparisons that each database spells its own way; with the same answers on all of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

# A number as JSON writes it, at most as long as a database takes for a decimal number.
_NUMBER = r"^[ \t\n\r]*-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]{1,3})?[ \t\n\r]*$"
_LONGEST = 400

Text = sa.ColumnElement[Any]
Test = sa.ColumnElement[bool]


def same(column: Text, value: str, dialect: str) -> Test:
    """Whether a text is ``value``, to the case."""
    if dialect == "mysql":  # compares without case; the first half finds by index, the second decides
        return sa.and_(column == value, sa.func.binary(column) == value)
    return column == value


def one_of(column: Text, values: Sequence[str], dialect: str) -> Test:
    """Whether a text is one of ``values``, to the case."""
    return (sa.func.binary(column) if dialect == "mysql" else column).in_(values)


def like(column: Text, pattern: str, *, ignore_case: bool, dialect: str) -> Test:
    r"""Whether a text is as ``pattern`` says: ``%`` is any text, ``_`` any character, nothing else is special.

    sqlite's LIKE heeds case or not as its connection is set, its GLOB always does. Elsewhere a backslash escapes.
    """
    if dialect == "sqlite":
        glob = _glob(pattern)
        if ignore_case:
            return sa.func.lower(column).op("GLOB", is_comparison=True)(sa.func.lower(glob))
        return column.op("GLOB", is_comparison=True)(glob)
    escaped = pattern.replace("\\", "\\\\")
    if ignore_case:
        return column.ilike(escaped)
    return sa.func.binary(column).like(escaped) if dialect == "mysql" else column.like(escaped)


def number(column: Text, dialect: str) -> sa.ColumnElement[Any]:
    """The number that a stored text is, NULL where it is none; never an error."""
    value: sa.ColumnElement[Any]
    if dialect == "sqlite":
        is_number = sa.func.json_type(column).in_(("integer", "real"))
        valid, value = sa.func.json_valid(column) == 1, sa.case((is_number, sa.cast(column, sa.Float)))
    elif dialect == "postgresql":
        valid, value = column.regexp_match(_NUMBER), sa.cast(column, sa.Numeric)
    else:
        valid, value = column.regexp_match(_NUMBER), sa.type_coerce(column, sa.Float) + 0.0
    return sa.case((sa.and_(sa.func.length(column) <= _LONGEST, valid), value))


def number_literal(value: float, dialect: str) -> sa.ColumnElement[Any]:
    """``value`` as it compares with ``number``."""
    if dialect == "postgresql":
        return sa.literal(Decimal(repr(value)), sa.Numeric)
    return sa.literal(float(value), sa.Float)


def last(key: sa.ColumnElement[Any], *, descending: bool, dialect: str) -> list[sa.ColumnElement[Any]]:
    """Sort by ``key``, what is NULL at the end."""
    directed = key.desc() if descending else key.asc()
    if dialect in ("sqlite", "postgresql"):
        return [directed.nulls_last()]
    return [sa.case((key.is_(None), 1), else_=0), directed]


def _glob(pattern: str) -> str:
    return re.sub(r"[*?\[]", r"[\g<0>]", pattern).replace("%", "*").replace("_", "?")
