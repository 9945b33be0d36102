"""A field of runs as a column of the run list: how the address, the list and the filter language write it."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, get_args

Kind = Literal["metrics", "params", "tags", "attributes"]
KINDS: tuple[Kind, ...] = get_args(Kind)
ATTRIBUTES = {"status": "Status", "start_time": "Started", "duration": "Duration", "user_id": "User"}
NAME = "attributes.run_name"
_PLAIN = re.compile(r"[\w./:-]+")
_AGGREGATED = re.compile(r".\.(min|max|mean|count|last)$")


class Column(NamedTuple):
    """What a column shows: ``key`` is a metric's, param's or tag's as logged, or one of ``ATTRIBUTES``."""

    kind: Kind
    key: str

    @classmethod
    def parse(cls, text: str) -> Column | None:
        """The column of ``metrics.val/loss`` and the like, the key unquoted; None for anything else."""
        kind, _, key = text.partition(".")
        if kind not in KINDS or not key or (kind == "attributes" and key not in ATTRIBUTES and text != NAME):
            return None
        return cls(kind, key)

    @property
    def text(self) -> str:
        """As the address has it."""
        return f"{self.kind}.{self.key}"

    @property
    def title(self) -> str:
        """As its header has it."""
        return ATTRIBUTES.get(self.key, self.key) if self.kind == "attributes" else self.key

    @property
    def expression(self) -> str:
        """As the filter language has it; of a metric, the last value."""
        return expression(self.kind, self.key)


def expression(kind: Kind, key: str) -> str:
    """The field as the filter language writes it, quoted where it must be."""
    if kind == "attributes" or (_PLAIN.fullmatch(key) and not (kind == "metrics" and _AGGREGATED.search(key))):
        return key if kind == "attributes" else f"{kind}.{key}"
    return f"{kind}.`{key.replace('`', '``')}`"


def parse_columns(texts: tuple[str, ...]) -> tuple[Column, ...]:
    """Each column once, in order; what is none is left out."""
    return tuple(dict.fromkeys(column for text in texts if (column := Column.parse(text)) is not None))


def parse_sort(text: str) -> tuple[Column, bool] | None:
    """The column that ``-metrics.loss`` and the like sort by, and whether descending; None for anything else."""
    column = Column.parse(text.removeprefix("-"))
    return None if column is None else (column, text.startswith("-"))
