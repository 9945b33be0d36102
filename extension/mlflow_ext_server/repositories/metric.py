"""MLflow metrics: which keys runs hold, and their histories as columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.schema import latest_metrics, metrics
from mlflow_ext_server.repositories.scope import LARGEST, chunks, number, raw_rows

T = TypeVar("T", bound=np.generic)
_PAIRS = 200  # (run, key) pairs in one statement


class Latest(NamedTuple):
    """The last value of a metric: highest step, then latest timestamp (ms since the epoch)."""

    step: int
    timestamp: int
    value: float


class History(NamedTuple):
    """A metric's points in order of (step, timestamp), each column of shape (n,), time in ms since the epoch."""

    step: NDArray[np.int64]
    value: NDArray[np.float64]
    time: NDArray[np.int64]

    def part(self, which: slice | NDArray[np.intp]) -> History:
        """Some of the points, copied."""
        return History(self.step[which].copy(), self.value[which].copy(), self.time[which].copy())


EMPTY = History(np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64))


class MetricRepository:
    """Set-based reads of metrics; the caller has checked that the runs may be read."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def latest(self, run_ids: Sequence[str], keys: Iterable[str] | None = None) -> dict[str, dict[str, Latest]]:
        """Per run and key the last value; ``keys`` limits what is read."""
        found: dict[str, dict[str, Latest]] = {}
        table = latest_metrics.c
        wanted = None if keys is None else sorted(set(keys))
        with self._backend.read() as session:
            for chunk in chunks(list(run_ids)):
                query = sa.select(
                    table.run_uuid, table.key, table.step, table.timestamp, table.value, table.is_nan
                ).where(table.run_uuid.in_(chunk))
                if wanted is not None:
                    query = query.where(table.key.in_(wanted))
                for run, key, step, timestamp, value, nan in session.execute(query):
                    found.setdefault(run, {})[key] = Latest(step, timestamp, number(value, nan))
        return found

    def counts(self, run_ids: Sequence[str]) -> dict[tuple[str, str], int]:
        """How many points each (run, key) has."""
        table = metrics.c
        found: dict[tuple[str, str], int] = {}
        with self._backend.read() as session:
            for chunk in chunks(list(run_ids)):
                query = sa.select(table.run_uuid, table.key, sa.func.count()).where(table.run_uuid.in_(chunk))
                for run, key, points in raw_rows(session, query.group_by(table.run_uuid, table.key)):
                    found[run, key] = points
        return found

    def histories(self, pairs: Sequence[tuple[str, str, int | None]]) -> dict[tuple[str, str], History]:
        """Points of each (run, key, step): all of them when step is None, else those above or at that step.

        Returns:
            (run, key) to its history; pairs without points are missing.
        """
        found: dict[tuple[str, str], History] = {}
        with self._backend.read() as session:
            for start in range(0, len(pairs), _PAIRS):
                some = pairs[start : start + _PAIRS]
                place, points = _columns(raw_rows(session, _points(some)))
                starts = np.searchsorted(place, np.arange(len(some) + 1)).tolist()
                for at, (run, key, _) in enumerate(some):
                    if starts[at] < starts[at + 1]:
                        found[run, key] = points.part(slice(starts[at], starts[at + 1]))
        return found


def _points(pairs: Sequence[tuple[str, str, int | None]]) -> sa.Select[Any]:
    """Numbers only, place of the pair first; unordered, since sorting columns is cheaper than sorting rows."""
    want = sa.union_all(
        *(
            sa.select(
                sa.literal(place, sa.Integer).label("place"),
                sa.literal(run, sa.String).label("run_uuid"),
                sa.literal(key, sa.String).label("key"),
                sa.literal(-(2**63) + 1 if step is None else step, sa.BigInteger).label("first"),
            )
            for place, (run, key, step) in enumerate(pairs)
        )
    ).subquery("want")
    table = metrics.c
    return sa.select(want.c.place, table.step, table.timestamp, table.value, table.is_nan).select_from(
        want.join(
            metrics, sa.and_(table.run_uuid == want.c.run_uuid, table.key == want.c.key, table.step >= want.c.first)
        )
    )


def _columns(rows: Sequence[tuple[Any, ...]]) -> tuple[NDArray[np.int64], History]:
    """Place of the pair, and the points, in order of (place, step, time)."""

    def column(at: int, kind: type[T]) -> NDArray[T]:
        return np.fromiter(map(itemgetter(at), rows), dtype=kind, count=len(rows))

    place, step, time = (column(at, np.int64) for at in range(3))
    value = column(3, np.float64)
    value[np.abs(value) >= LARGEST] *= np.inf
    value[column(4, np.bool_)] = np.nan
    order = np.lexsort((time, step, place))
    return place[order], History(step[order], value[order], time[order])
