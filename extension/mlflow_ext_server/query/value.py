"""A value as its field takes it: which words, numbers and texts go with which kind of field and comparison."""

from __future__ import annotations

import datetime
import math

from lark import Token

from mlflow_ext_server.query.field import STATUSES, Kind, Problem, unquoted
from mlflow_ext_server.query.node import Value
from mlflow_ext_server.repositories.scope import LARGEST

_DIGITS = 19  # numbers with fewer signs fit into a database's integer
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def read(token: Token, kind: Kind) -> Value:
    """The value of a token for a field of this kind.

    Raises:
        Problem: the field takes no such value.
    """
    if token.type == "NUMBER":
        return _number(str(token), kind)
    if token.type == "SPECIAL":
        return _special(str(token), kind)
    if token.type == "WORD":
        return _word(str(token), kind)
    return _text(unquoted(str(token)), kind)


def _number(text: str, kind: Kind) -> Value:
    if kind in ("text", "status"):
        raise Problem(f"expected text in quotes, got the number {text}", example=f"run_name = '{text}'")
    value = float(text)
    if kind == "metric":
        return value
    if math.isinf(value):
        raise Problem("the number is too large", example="params.lr < 1e300")
    if len(text) < _DIGITS and text.lstrip("+-").isdigit():
        return int(text)
    if kind == "id":
        raise Problem(f"an experiment's id is a whole number, got {text}", example="experiment_id = 1")
    return value


def _special(text: str, kind: Kind) -> Value:
    if kind != "metric":
        raise Problem(
            f"only metrics are compared with {text}; a text stands in quotes", example=f"metrics.loss = {text}"
        )
    value = float(text)
    return value if math.isnan(value) else math.copysign(LARGEST, value)


def _word(text: str, kind: Kind) -> Value:
    if kind == "status" and text.upper() in STATUSES:
        return text.upper()
    if text.upper() == "NULL":
        raise Problem("NULL is asked for with IS NULL or IS NOT NULL", example="params.lr IS NULL")
    if kind == "status":
        raise Problem(f"expected {', '.join(STATUSES)} or a text in quotes, got {text}", example="status = FAILED")
    if kind in ("metric", "number"):
        raise Problem(f"expected a number, got {text}", example="metrics.loss < 0.2")
    raise Problem(f"text stands in quotes: '{text}'", example="params.model = 'resnet'")


def _text(text: str, kind: Kind) -> Value:
    if kind in ("metric", "number"):
        raise Problem("expected a number, without quotes, got a text", example="metrics.loss < 0.2")
    if kind == "time":
        return _time(text)
    if kind == "id":
        if not (len(text) < _DIGITS and text.isascii() and text.isdigit()):
            raise Problem(f"an experiment's id is a whole number, got {text!r}", example="experiment_id = '1'")
        return int(text)
    return text


def _time(text: str) -> int:
    try:
        moment = datetime.datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith(("Z", "z")) else text)
    except ValueError:
        raise Problem(
            "expected ms since the epoch, or a date or time as in ISO 8601", example="start_time >= '2026-01-31T12:00'"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    try:
        return (moment - _EPOCH) // datetime.timedelta(milliseconds=1)
    except OverflowError:
        raise Problem("the time is out of range", example="start_time >= '2026-01-31'") from None
