"""MLflow metrics: which keys runs hold, and their histories as columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple, cast

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.run import chunks
from mlflow_ext_server.repositories.schema import latest_metrics, metrics

_LARGEST = 1.7976931348623157e308  # how MLflow stores infinity
_PAIRS = 200  # (run, key) pairs in one statement


class Latest(NamedTuple):
    """The last value of a metric: highest step, then latest timestamp (ms since the epoch)."""

    step: int
    timestamp: int
    value: float


class History(NamedTuple):
    """A metric's points in order of (step, timestamp), each column of shape (n,), time in ms since the epoch."""

    step: NDArray[np.float64]
    value: NDArray[np.float64]
    time: NDArray[np.float64]


EMPTY = History(np.empty(0), np.empty(0), np.empty(0))


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
                    found.setdefault(run, {})[key] = Latest(step, timestamp, float("nan") if nan else value)
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
                result = cast("sa.CursorResult[Any]", session.execute(_points(some)))
                assert result.cursor is not None
                points = _columns(result.cursor.fetchall())
                starts = np.searchsorted(points[:, 0], np.arange(len(some) + 1))
                for place, (run, key, _) in enumerate(some):
                    if starts[place] < starts[place + 1]:
                        found[run, key] = _history(points[starts[place] : starts[place + 1]])
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


def _columns(rows: Sequence[tuple[Any, ...]]) -> NDArray[np.float64]:
    """Rows as an array of shape (n, 5), in order of the first three columns: place, step, timestamp."""
    points = np.fromiter(chain.from_iterable(rows), dtype=np.float64, count=5 * len(rows)).reshape(-1, 5)
    return points[np.lexsort((points[:, 2], points[:, 1], points[:, 0]))]


def _history(points: NDArray[np.float64]) -> History:
    values = points[:, 3].copy()
    values[np.abs(values) >= _LARGEST] *= np.inf
    values[points[:, 4] != 0] = np.nan
    return History(points[:, 1].copy(), values, points[:, 2].copy())
