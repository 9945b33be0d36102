"""Text to conditions and orders, every error with its column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from lark.exceptions import UnexpectedInput

from mlflow_ext_server.query.error import FilterError
from mlflow_ext_server.query.expected import complaint
from mlflow_ext_server.query.grammar import parser
from mlflow_ext_server.query.node import And, Condition, Dataset, Metric, Order, predicates
from mlflow_ext_server.query.reading import Misread

MAX_LENGTH = 8000
MAX_CONDITIONS = 50
"""More of them would outgrow what databases plan in reasonable time."""
MAX_ORDERS = 10


def parse(text: str) -> Condition:
    """The condition that a filter states; an empty text is true of every run.

    Args:
        text: at most 8,000 characters, 50 comparisons, parentheses 20 deep.

    Raises:
        FilterError: with the column of the first thing that is wrong.

    Example:
        >>> parse("metrics.loss < 0.2")
        Compare(field=Metric(key='loss', aggregate='last', ambiguous=False), operator='<', value=0.2)
    """
    _check(text, "filter")
    if not text.strip():
        return And(())
    condition = cast(Condition, _read(text, "filter"))
    if (count := len(predicates(condition))) > MAX_CONDITIONS:
        raise FilterError(text, 0, f"{count} comparisons are too many, at most {MAX_CONDITIONS}; IN takes long lists")
    return condition


def parse_orders(texts: Sequence[str]) -> tuple[Order, ...]:
    """The sort keys that texts such as ``metrics.loss.min DESC`` state.

    Raises:
        FilterError: a text is no sort key, or names a field that another one names.
    """
    if len(texts) > MAX_ORDERS:
        raise FilterError(texts[MAX_ORDERS], 0, f"more than {MAX_ORDERS} sort keys", field="order_by")
    orders: list[Order] = []
    for text in texts:
        _check(text, "order_by")
        order = cast(Order, _read(text, "order_by"))
        if isinstance(order.field, Dataset):
            raise FilterError(text, 0, "runs can't be ordered by their datasets", field="order_by")
        if any(order.field == other.field for other in orders):
            raise FilterError(text, 0, "the same field stands in an earlier sort key", field="order_by")
        orders.append(order)
    return tuple(orders)


def ambiguous_keys(condition: Condition | None, order_by: Sequence[str] = ()) -> frozenset[str]:
    """The keys that unquoted metrics with an aggregate spell, such as ``loss.min``.

    Those of them that are keys of a metric in the store are the ``literal_keys`` to compile with.

    Raises:
        FilterError: as ``parse_orders``.
    """
    named = () if condition is None else predicates(condition)
    fields = [one.field for one in (*named, *parse_orders(order_by))]
    return frozenset(field.literal_key for field in fields if isinstance(field, Metric) and field.ambiguous)


def _check(text: str, field: str) -> None:
    if len(text) > MAX_LENGTH:
        raise FilterError(text, MAX_LENGTH, f"{len(text)} characters are too many, at most {MAX_LENGTH}", field=field)
    for position, sign in enumerate(text):
        if sign == "\0" or "\ud800" <= sign <= "\udfff":
            raise FilterError(text, position, "a character that no database stores", field=field)


def _read(text: str, field: str) -> Condition | Order:
    try:
        return cast("Condition | Order", parser().parse(text, start="filter" if field == "filter" else "order"))
    except UnexpectedInput as problem:
        position, message = complaint(problem, text)
        raise FilterError(text, position, message, field=field) from None
    except Misread as problem:
        raise FilterError(text, problem.position, str(problem), field=field, example=problem.example) from None
