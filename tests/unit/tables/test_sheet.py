"""Order and filters of a grid, as its header says them."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from mlflow_ext_ui.tables.sheet import SheetColumn, selected

COLUMNS = [
    SheetColumn("n", "n", "number"),
    SheetColumn("s", "s", "string"),
    SheetColumn("d", "d", "datetime"),
    SheetColumn("m", "m", "mixed"),
]
CELLS: dict[str, list[Any]] = {
    "n": [3, math.nan, 1.5, None, -2, math.inf],
    "s": ["b", "A", None, "ab", "", "C"],
    "d": ["2025-01-02T10:00:00", "2025-01-01", None, "2024-12-31T23:59:59", "2025-01-02", "2026-01-01"],
    "m": [1, "x", None, [1, 2], True, {"a": "x"}],
}


def rows(sort: str = "", **where: Any) -> list[int]:
    return selected(COLUMNS, CELLS, 6, sort, json.dumps(where) if where else "")


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("n", [4, 2, 0, 5, 1, 3]),
        ("-n", [5, 0, 2, 4, 1, 3]),
        ("s", [4, 1, 3, 0, 5, 2]),
        ("-d", [5, 0, 4, 1, 3, 2]),
        ("m", [0, 4, 1, 3, 5, 2]),
        ("unknown", [0, 1, 2, 3, 4, 5]),
    ],
)
def test_what_is_missing_comes_last_either_way(sort: str, order: list[int]):
    assert rows(sort) == order


def number(type: str, value: float, to: float | None = None) -> dict[str, Any]:
    return {"filterType": "number", "type": type, "filter": value, "filterTo": to}


def text(type: str, value: str) -> dict[str, Any]:
    return {"filterType": "text", "type": type, "filter": value}


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"n": number("greaterThan", 1.5)}, [0, 5]),
        ({"n": number("greaterThanOrEqual", 1.5)}, [0, 2, 5]),
        ({"n": number("lessThan", 3)}, [2, 4]),
        ({"n": number("lessThanOrEqual", 3)}, [0, 2, 4]),
        ({"n": number("equals", 3)}, [0]),
        ({"n": number("notEqual", 3)}, [1, 2, 4, 5]),
        ({"n": number("inRange", -2, 2)}, [2, 4]),
        ({"n": {"filterType": "number", "type": "blank"}}, [1, 3]),
        ({"n": {"filterType": "number", "type": "notBlank"}}, [0, 2, 4, 5]),
        ({"s": text("contains", "A")}, [1, 3]),
        ({"s": text("notContains", "a")}, [0, 2, 4, 5]),
        ({"s": text("equals", "c")}, [5]),
        ({"s": text("notEqual", "c")}, [0, 1, 2, 3, 4]),
        ({"s": text("startsWith", "a")}, [1, 3]),
        ({"s": text("endsWith", "b")}, [0, 3]),
        ({"s": {"filterType": "text", "type": "blank"}}, [2, 4]),
        ({"m": text("contains", "x")}, [1, 5]),
        ({"m": text("equals", "true")}, [4]),
        ({"d": {"filterType": "date", "type": "equals", "dateFrom": "2025-01-02 00:00:00"}}, [0, 4]),
        ({"d": {"filterType": "date", "type": "lessThan", "dateFrom": "2025-01-01 00:00:00"}}, [3]),
        ({"d": {"filterType": "date", "type": "inRange", "dateFrom": "2025-01-01", "dateTo": "2025-01-02"}}, [0, 1, 4]),
        ({"n": number("greaterThan", 0), "s": text("startsWith", "c")}, [5]),
        (
            {"n": {"operator": "OR", "conditions": [number("equals", 3), number("equals", -2)]}},
            [0, 4],
        ),
        (
            {"n": {"operator": "AND", "conditions": [number("greaterThan", -5), number("lessThan", 2)]}},
            [2, 4],
        ),
        ({"unknown": number("equals", 3)}, [0, 1, 2, 3, 4, 5]),
        ({"n": number("no such test", 3)}, [0, 1, 2, 3, 4, 5]),
    ],
)
def test_filters(where: dict[str, Any], found: list[int]):
    assert rows(**where) == found


@pytest.mark.parametrize("where", ["no json", "[]", '{"n": 3}', '{"n": {"conditions": 4}}'])
def test_what_is_no_filter_is_passed_over(where: str):
    assert selected(COLUMNS, CELLS, 6, "", where) == [0, 1, 2, 3, 4, 5]
