"""A cache of what is computed from a run's histories, believed for a while as long as their last values stand."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from mlflow_ext_server.repositories.cache import SizedCache

V = TypeVar("V")

TRUSTED_S = 30.0
"""Then all is read anew: points may have come late, below the last step."""

LatestRow = tuple[Any, ...]
"""Run id and key first, then what tells one last value from another."""


class _Kept(NamedTuple, Generic[V]):
    rows: Sequence[LatestRow]
    read_at: float
    value: V


class TrustedCache(Generic[V]):
    """A value per key, of a run's last values; holds values of at most about ``limit`` last values.

    Args:
        limit: how many last values.
        clock: seconds that only go up.
    """

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: SizedCache[Hashable, _Kept[V]] = SizedCache(limit)

    def fresh(self, key: Hashable, rows: Sequence[LatestRow]) -> V | None:
        """What is kept and still to be believed, the last values being ``rows``; else None."""
        kept = self._kept.get(key)
        if kept is None or kept.rows != rows or self._clock() - kept.read_at > TRUSTED_S:
            return None
        return kept.value

    def keep(self, key: Hashable, rows: Sequence[LatestRow], value: V, read_at: float) -> None:
        """Keep a value for these last values, which were read at ``read_at`` of the clock."""
        self._kept.put(key, _Kept(rows, read_at, value), len(rows) or 1)

    def now(self) -> float:
        """The clock."""
        return self._clock()
