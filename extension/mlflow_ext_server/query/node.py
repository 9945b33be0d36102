"""What a filter says, as plain values: conditions over the fields of one run.

A condition is true or false of a run, never unknown: what a run lacks meets no comparison, ``!=`` and ``NOT IN``
included, and ``Not`` turns that round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Aggregate = Literal["last", "min", "max", "mean", "count"]
Operator = Literal["=", "!=", "<", "<=", ">", ">="]
AttributeName = Literal[
    "run_id", "run_name", "status", "start_time", "end_time", "duration", "user_id", "artifact_uri", "experiment_id",
    "experiment_name", "note", "dataset_id", "command", "alias",
]  # fmt: skip
Value = float | int | str
"""A number (NaN for metrics; infinities as the largest float, as MLflow stores them), ms since the epoch, or text."""


@dataclass(frozen=True)
class Metric:
    """A metric's number; ``ambiguous`` when ``key.aggregate`` may be meant as a key of its own."""

    key: str
    aggregate: Aggregate = "last"
    ambiguous: bool = False

    @property
    def literal_key(self) -> str:
        """The key that the text spells if it names no aggregate."""
        return f"{self.key}.{self.aggregate}" if self.ambiguous else self.key

    def resolved(self, literal_keys: frozenset[str]) -> Metric:
        """This metric, or the last value of the literal key where there is such a metric."""
        return Metric(self.literal_key) if self.ambiguous and self.literal_key in literal_keys else self


@dataclass(frozen=True)
class Param:
    """A parameter, by its key."""

    key: str


@dataclass(frozen=True)
class Tag:
    """A tag, by its key."""

    key: str


@dataclass(frozen=True)
class Attribute:
    """A fact of the run itself."""

    name: AttributeName


@dataclass(frozen=True)
class Dataset:
    """A fact of any of the run's datasets."""

    name: Literal["name", "digest", "context"]


Field = Metric | Param | Tag | Attribute | Dataset


@dataclass(frozen=True)
class Compare:
    """``field operator value``."""

    field: Field
    operator: Operator
    value: Value


@dataclass(frozen=True)
class Like:
    """``field [NOT] LIKE pattern``, or ILIKE; ``%`` is any text, ``_`` any character, nothing else is special."""

    field: Field
    pattern: str
    ignore_case: bool = False
    negated: bool = False


@dataclass(frozen=True)
class In:
    """``field [NOT] IN (values)``; the values are all numbers or all texts."""

    field: Field
    values: tuple[Value, ...]
    negated: bool = False


@dataclass(frozen=True)
class Between:
    """``field [NOT] BETWEEN low AND high``, both ends included."""

    field: Field
    low: Value
    high: Value
    negated: bool = False


@dataclass(frozen=True)
class Null:
    """``field IS NULL``: the run has no such thing; negated, it has."""

    field: Field
    negated: bool = False


@dataclass(frozen=True)
class Not:
    """The opposite of a condition."""

    condition: Condition


@dataclass(frozen=True)
class And:
    """All of them; none at all is true of every run."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Or:
    """One of them at least."""

    conditions: tuple[Condition, ...]


Predicate = Compare | Like | In | Between | Null
Condition = Predicate | Not | And | Or


@dataclass(frozen=True)
class Order:
    """One sort key."""

    field: Field
    descending: bool = False


def predicates(condition: Condition) -> list[Predicate]:
    """Every single predicate of a condition, from left to right."""
    if isinstance(condition, Not):
        return predicates(condition.condition)
    if isinstance(condition, And | Or):
        return [one for part in condition.conditions for one in predicates(part)]
    return [condition]
