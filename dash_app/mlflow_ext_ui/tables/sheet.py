"""Rows of a grid ordered and filtered as its header says: what AG Grid would do, had it all of them."""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from mlflow_ext_ui.figures.table import cell

ColumnType = Literal["number", "string", "boolean", "datetime", "mixed"]
_Test = Callable[[Any], bool]


class SheetColumn(NamedTuple):
    """A column: the field by which the grid knows it, its title, and the type of its cells."""

    field: str
    title: str
    type: ColumnType


class Condition(BaseModel):
    """One condition of a column, as AG Grid's filter model writes it.

    See https://www.ag-grid.com/javascript-data-grid/filter-api/; several stand in ``conditions``.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    filterType: str = "text"
    type: str = ""
    filter: float | str | None = None
    filterTo: float | str | None = None
    dateFrom: str | None = None
    dateTo: str | None = None
    operator: Literal["AND", "OR"] | None = None
    conditions: tuple[Condition, ...] = Field(default=(), max_length=10)


Filters = TypeAdapter(dict[str, Condition])


def selected(
    columns: Sequence[SheetColumn], cells: Mapping[str, Sequence[Any]], count: int, sort: str, where: str
) -> list[int]:
    """The places of the rows to show, in order.

    Args:
        columns: the grid's columns.
        cells: the cells of each column, by field.
        count: how many rows there are.
        sort: a field, with "-" in front from the highest down; an unknown one is passed over.
        where: AG Grid's filter model as JSON; what is no filter of a known column is passed over.

    Returns:
        Rows as they were where nothing orders them; what is missing or NaN comes last either way.
    """
    types = {column.field: column.type for column in columns}
    rows = list(range(count))
    for field, condition in _filters(where).items():
        if field in types:
            test, held = _test(condition), cells[field]
            rows = [row for row in rows if test(held[row])]
    field = sort.removeprefix("-")
    if field not in types:
        return rows
    held = cells[field]
    there = [row for row in rows if not _missing(held[row])]
    there.sort(key=lambda row: _rank(held[row]), reverse=sort.startswith("-"))
    return there + [row for row in rows if _missing(held[row])]


def shown(value: Any) -> Any:
    """A cell as the grid takes it."""
    return cell(value)


def _filters(where: str) -> dict[str, Condition]:
    try:
        return Filters.validate_json(where) if where else {}
    except ValidationError:
        return {}


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _rank(value: Any) -> tuple[int, float, str]:
    """Numbers before texts before the rest, numbers by size, texts by letters in any case."""
    if isinstance(value, bool):
        return 0, float(value), ""
    if isinstance(value, (int, float)):
        return 0, value, ""
    return (1, 0.0, value.casefold()) if isinstance(value, str) else (2, 0.0, _text(value))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


def _test(condition: Condition) -> _Test:
    if condition.conditions:
        tests = [_test(one) for one in condition.conditions]
        every = all if condition.operator != "OR" else any
        return lambda value: every(test(value) for test in tests)
    if condition.type == "blank":
        return lambda value: _missing(value) or value == ""
    if condition.type == "notBlank":
        return lambda value: not (_missing(value) or value == "")
    kind = {"number": _number_test, "date": _date_test}.get(condition.filterType, _text_test)
    return kind(condition)


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "equals": operator.eq,
    "notEqual": operator.ne,
    "lessThan": operator.lt,
    "lessThanOrEqual": operator.le,
    "greaterThan": operator.gt,
    "greaterThanOrEqual": operator.ge,
}


def _number_test(condition: Condition) -> _Test:
    low, high = condition.filter, condition.filterTo
    if not isinstance(low, (int, float)):
        return _anything
    if condition.type == "inRange":
        top = high if isinstance(high, (int, float)) else math.inf
        return lambda value: _is_number(value) and low <= value <= top
    compare = _COMPARE.get(condition.type)
    return _anything if compare is None else lambda value: _is_number(value) and compare(value, low)


def _date_test(condition: Condition) -> _Test:
    """ISO 8601 sorts as text; a filter names days."""
    low, high = (condition.dateFrom or "")[:10], (condition.dateTo or "")[:10]
    if condition.type == "inRange":
        return lambda value: isinstance(value, str) and low <= value[:10] <= (high or "9")
    compare = _COMPARE.get(condition.type)
    return (
        _anything if compare is None or not low else lambda value: isinstance(value, str) and compare(value[:10], low)
    )


def _text_test(condition: Condition) -> _Test:
    wanted = str(condition.filter if condition.filter is not None else "").casefold()
    tests: dict[str, Callable[[str], bool]] = {
        "contains": lambda text: wanted in text,
        "notContains": lambda text: wanted not in text,
        "equals": lambda text: text == wanted,
        "notEqual": lambda text: text != wanted,
        "startsWith": lambda text: text.startswith(wanted),
        "endsWith": lambda text: text.endswith(wanted),
    }
    test = tests.get(condition.type)
    if test is None:
        return _anything
    return lambda value: test("" if value is None else _text(value).casefold())


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _anything(value: Any) -> bool:
    return True
