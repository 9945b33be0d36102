"""Answers for machines: strict JSON, and CSV that no spreadsheet runs as a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

import orjson
from pydantic import BaseModel

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|inf|infinity|nan)", re.IGNORECASE)


def json_text(data: Any) -> str:
    """Indented JSON; models and dataclasses as objects."""
    return orjson.dumps(data, _plain, orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """CSV with a header: every column that a row has, in the order met."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if columns:
        writer.writerow([_safe(column) for column in columns])
    writer.writerows([_safe(row.get(column)) for column in columns] for row in rows)
    return text.getvalue()


def _safe(cell: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets a quote in front; a number in words stays one."""
    formula = isinstance(cell, str) and cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if formula else cell


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value)
