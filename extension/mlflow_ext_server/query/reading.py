"""What the parser calls rule by rule: names looked up, values checked against their fields, conditions built."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar, cast

from lark import Token, Transformer

from mlflow_ext_server.query.field import Kind, Problem, kind, named, referenced
from mlflow_ext_server.query.node import (
    And,
    Between,
    Compare,
    Condition,
    Field,
    In,
    Like,
    Not,
    Null,
    Operator,
    Or,
    Order,
    Predicate,
    Value,
)
from mlflow_ext_server.query.value import read

MAX_DEPTH = 20  # parentheses within parentheses

_SAME = {"==": "=", "<>": "!="}
_TEXTS: tuple[Kind, ...] = ("text", "status", "either")
T = TypeVar("T")


class Misread(Exception):
    """A ``Problem`` and its place."""

    def __init__(self, position: int, message: str, example: str | None = None) -> None:
        super().__init__(message)
        self.position = position
        self.example = example


class _Part(NamedTuple):
    condition: Condition
    depth: int


class _Named(NamedTuple):
    field: Field
    position: int


class Reading(Transformer[Token, Any]):
    """Callbacks by the names of the grammar's rules."""

    def filter(self, children: list[_Part]) -> Condition:
        """The whole filter."""
        return children[0].condition

    def order(self, children: list[Any]) -> Order:
        """The whole sort key."""
        name, direction = children
        return Order(name.field, descending=direction is not None and direction.type == "DESC")

    def either(self, children: list[Any]) -> _Part:
        """Conditions joined by OR."""
        return _joined(Or, children)

    def both(self, children: list[Any]) -> _Part:
        """Conditions joined by AND."""
        return _joined(And, children)

    def inverse(self, children: list[Any]) -> _Part:
        """NOT condition."""
        inner = children[1]
        condition = inner.condition.condition if isinstance(inner.condition, Not) else Not(inner.condition)
        return _Part(condition, inner.depth)

    def group(self, children: list[Any]) -> _Part:
        """A condition in parentheses."""
        opening, inner, _ = children
        if inner.depth == MAX_DEPTH:
            raise Misread(opening.start_pos, f"parentheses more than {MAX_DEPTH} deep; take the outer ones away")
        return _Part(inner.condition, inner.depth + 1)

    def compare(self, children: list[Any]) -> _Part:
        """Field, operator, value."""
        (field, _), sign, token = children
        value = _value(token, field)
        operator = cast(Operator, _SAME.get(sign, str(sign)))
        if operator not in ("=", "!=") and isinstance(value, str):
            raise Misread(
                sign.start_pos, f"text is not compared with {sign}; take =, !=, LIKE, ILIKE or IN, or a number"
            )
        if operator not in ("=", "!="):
            _refuse_nan(token, value, f"NaN is not compared with {sign}; take = or !=")
        return _plain(Compare(field, operator, value))

    def like(self, children: list[Any]) -> _Part:
        """Field, NOT or nothing, LIKE or ILIKE, pattern."""
        (field, position), negated, word, token = children
        if kind(field) not in _TEXTS:
            raise Misread(position, f"{word.upper()} goes with text, this field is a number", "run_name LIKE 'base%'")
        pattern = _value(token, field)
        if not isinstance(pattern, str):
            raise Misread(token.start_pos, f"a pattern stands in quotes: '{token}'", "params.model LIKE 'res%'")
        return _plain(Like(field, pattern, ignore_case=word.type == "ILIKE", negated=negated is not None))

    def contained(self, children: list[Any]) -> _Part:
        """Field, NOT or nothing, IN and what stands in its parentheses."""
        (field, _), negated, _, *rest = children
        tokens = [token for token in rest if token is not None and token.type not in ("OPEN", "COMMA", "CLOSE")]
        values = [_value(token, field) for token in tokens]
        for token, value in zip(tokens, values, strict=True):
            if isinstance(value, str) != isinstance(values[0], str):
                raise Misread(token.start_pos, "a list is all numbers or all texts", "params.units IN (64, 128)")
        return _plain(In(field, tuple(values), negated=negated is not None))

    def between(self, children: list[Any]) -> _Part:
        """Field, NOT or nothing, BETWEEN, value, AND, value."""
        (field, position), negated, _, first, _, second = children
        if kind(field) in ("text", "status"):
            raise Misread(
                position, "BETWEEN goes with numbers and times, this field is text", "duration BETWEEN 0 AND 9000"
            )
        ends = []
        for token in (first, second):
            value = _value(token, field)
            if isinstance(value, str):
                raise Misread(
                    token.start_pos, "BETWEEN takes numbers, without quotes", "params.lr BETWEEN 0.01 AND 0.1"
                )
            _refuse_nan(token, value, "NaN is no end of a range")
            ends.append(value)
        return _plain(Between(field, ends[0], ends[1], negated=negated is not None))

    def null(self, children: list[Any]) -> _Part:
        """Field, IS, NOT or nothing, NULL."""
        (field, _), _, negated, _ = children
        return _plain(Null(field, negated=negated is not None))

    def field(self, children: list[Token]) -> _Named:
        """A reference such as ``metrics.loss``, or an attribute's name."""
        (token,) = children
        lookup: Callable[[str], Field] = referenced if token.type == "REFERENCE" else named
        return _Named(_placed(token, lambda: lookup(str(token))), token.start_pos or 0)

    def value(self, children: list[Token]) -> Token:
        """A value as it was written; its field decides what it means."""
        return children[0]


def _joined(node: Callable[[tuple[Condition, ...]], Condition], children: Sequence[Any]) -> _Part:
    parts = [child for child in children if isinstance(child, _Part)]
    return _Part(node(tuple(part.condition for part in parts)), max(part.depth for part in parts))


def _plain(predicate: Predicate) -> _Part:
    return _Part(predicate, 0)


def _value(token: Token, field: Field) -> Value:
    return _placed(token, lambda: read(token, kind(field)))


def _placed(token: Token, look: Callable[[], T]) -> T:
    try:
        return look()
    except Problem as problem:
        raise Misread(token.start_pos or 0, str(problem), problem.example) from None


def _refuse_nan(token: Token, value: Value, message: str) -> None:
    if isinstance(value, float) and math.isnan(value):
        raise Misread(token.start_pos or 0, message, "metrics.loss = NaN")
