"""What ``MemorySource`` knows of filters, orders and columns: an honest part of what the server does."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from mlflow_ext.errors import ValidationError
from mlflow_ext_ui.column import ATTRIBUTES, Column, Kind
from mlflow_ext_ui.expression import conjuncts
from mlflow_ext_ui.source import Field, Run, Value

_COMPARISON = re.compile(
    r"(?:(?P<kind>metrics|params|tags|attributes)\.)?(?:`(?P<quoted>[^`]*)`|(?P<plain>[\w./:-]+))\s*"
    r"(?:(?P<sign><=|>=|!=|=|<|>)\s*(?:'(?P<text>[^']*)'|(?P<number>-?[\d.]+(?:e-?\d+)?|NaN)|(?P<word>[A-Z]+))"
    r"|(?P<like>I?LIKE)\s+'(?P<pattern>[^']*)'|(?P<null>IS\s+(?:NOT\s+)?NULL))",
    re.IGNORECASE,
)
_SIGNS: dict[str, Callable[[float, float], bool]] = {
    "=": lambda a, b: a == b or (math.isnan(a) and math.isnan(b)),
    "!=": lambda a, b: a != b and not (math.isnan(a) and math.isnan(b)),
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


@dataclass(frozen=True)
class Facts:
    """What a run was given beside its plots."""

    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)


Test = Callable[[Run, Facts], bool]


def value(run: Run, facts: Facts, column: Column) -> Value:
    """What a run has in a column."""
    if column.kind != "attributes":
        held: Mapping[str, Value] = getattr(facts, column.kind)
        return held.get(column.key)
    if column.key == "duration":
        return None if run.end_time is None or run.start_time is None else float(run.end_time - run.start_time)
    found: Value = {"run_name": run.name, "user_id": run.user}.get(column.key) or getattr(run, column.key, None)
    return found


def sort_key(found: Value, descending: bool) -> tuple[int, float, str]:
    """Orders values: numbers before texts, NaN before what is missing, both last in either direction."""
    number = _number(found)
    if number is not None:
        return (2, 0.0, "") if math.isnan(number) else (0, -number if descending else number, "")
    return (3, 0.0, "") if found is None else (1, 0.0, str(found))


def parse(where: str) -> list[Test]:
    """What a run must meet, all of it.

    Raises:
        ValidationError: it is more than comparisons joined by AND.
    """
    return [_test(part, where) for part in conjuncts(where)]


def fields(held: list[Facts]) -> tuple[Field, ...]:
    """What these runs hold, by kind."""
    found: list[Field] = []
    kinds: tuple[Kind, ...] = ("metrics", "params", "tags")
    for kind in kinds:
        keys = sorted({key for facts in held for key in getattr(facts, kind)})
        for key in keys:
            values = [getattr(facts, kind)[key] for facts in held if key in getattr(facts, kind)]
            found.append(Field(Column(kind, key), len(values), all(_number(one) is not None for one in values)))
    return tuple(found)


def _test(part: str, where: str) -> Test:
    match = _COMPARISON.fullmatch(part)
    key = (match["plain"] or match["quoted"]) if match else ""
    if match is None or (match["kind"] is None and key not in (*ATTRIBUTES, "run_name")):
        place = where.find(part) + 1
        raise ValidationError(
            f"filter, column {place}: expected comparisons joined by AND, got {part!r}.", field="filter"
        )
    column = Column(cast(Kind, match["kind"] or "attributes"), key)

    def test(run: Run, facts: Facts) -> bool:
        found = value(run, facts, column)
        if match["null"]:
            return (found is None) is ("NOT" not in match["null"].upper())
        return found is not None and _compared(found, match)

    return test


def _compared(found: float | str, match: re.Match[str]) -> bool:
    if match["like"]:
        flags = re.IGNORECASE if match["like"].upper() == "ILIKE" else 0
        pattern = "".join({"%": ".*", "_": "."}.get(sign, re.escape(sign)) for sign in match["pattern"])
        return re.fullmatch(pattern, str(found), flags | re.DOTALL) is not None
    if match["number"] is not None:
        number = _number(found)
        return number is not None and _SIGNS[match["sign"]](number, float(match["number"]))
    same = str(found) == (match["text"] if match["text"] is not None else match["word"].upper())
    return same if match["sign"] == "=" else not same


def _number(found: Value) -> float | None:
    try:
        return None if found is None else float(found)
    except ValueError:
        return None
