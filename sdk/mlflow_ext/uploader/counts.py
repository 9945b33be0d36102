"""How much was not delivered: the one place that ``flush``, ``sync`` and ``status`` count with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Counts:
    """Records of one or several runs that their server lacks.

    Args:
        pending: on their way.
        rejected: refused by the server for good, kept in ``rejected/``.
        parked: waiting for a person, mostly for credentials.
    """

    pending: int = 0
    rejected: int = 0
    parked: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.pending + other.pending, self.rejected + other.rejected, self.parked + other.parked)

    def __bool__(self) -> bool:
        return bool(self.pending or self.rejected or self.parked)

    def __str__(self) -> str:
        words = [f"{records(count)} {what}" for what, count in vars(self).items() if count]
        return ", ".join(words) or "nothing is left to deliver"


def records(count: int) -> str:
    """A number of records in words."""
    return f"{count:,} record{'' if count == 1 else 's'}"


def total(counts: Iterable[Counts]) -> Counts:
    """The sum."""
    return sum(counts, Counts())
