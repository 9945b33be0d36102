"""What became of each metric of many runs: last, extremes, mean, counts and the step of the best."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from mlflow_ext.direction import Direction
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.schema import latest_metrics, metrics
from mlflow_ext_server.repositories.scope import (
    LARGEST,
    Stage,
    among,
    askable,
    number,
    raw_rows,
    readable_runs,
)
from mlflow_ext_server.repositories.trust import LatestRow, TrustedCache
from mlflow_ext_ui.figures.direction import better
from mlflow_ext_ui.source import Principal

_CACHED_KEYS = 500_000  # (run, key) pairs
_HUGE = 1e290  # the sum of values below it can't overflow
_SCALE = 2.0**-64  # and sums of any values scaled so can't


@dataclass(slots=True)
class Summaries:
    """Columns of equal length, one row per run and metric; those that were not asked for are empty.

    ``min``, ``max`` and ``mean`` leave NaN out and are None where there is nothing else; ``count`` counts all points,
    ``nan`` those that are NaN. ``best_step`` is the first step of the best value by ``direction``.
    """

    run_id: list[str] = field(default_factory=list)
    key: list[str] = field(default_factory=list)
    last: list[float] = field(default_factory=list)
    last_step: list[int] = field(default_factory=list)
    min: list[float | None] = field(default_factory=list)
    max: list[float | None] = field(default_factory=list)
    mean: list[float | None] = field(default_factory=list)
    count: list[int] = field(default_factory=list)
    nan: list[int] = field(default_factory=list)
    direction: list[Literal["lower", "higher"] | None] = field(default_factory=list)
    best_step: list[int | None] = field(default_factory=list)


_NAMES = tuple(one.name for one in dataclasses.fields(Summaries))
COLUMNS = frozenset(_NAMES)
_Block = tuple[list[Any], ...]
"""One run's rows of the columns, in their order."""
_EMPTY: _Block = tuple([] for _ in _NAMES)


_Stats = tuple[float | None, float | None, float | None, int, int]
_STATS = ("min", "max", "mean", "count", "nan")
_SUMMED = ("mean", "count", "nan")


class _Rough(NamedTuple):
    low: float
    high: float
    total: float | None
    points: int
    nan: int
    step: int | None = None
    at: float | None = None


class SummaryRepository:
    """Reads summaries with few aggregates over all runs at once, and keeps them while the last values stand.

    Args:
        backend: where to read.
        clock: seconds that only go up.
    """

    def __init__(self, backend: Backend, clock: Callable[[], float] = time.monotonic) -> None:
        self._backend = backend
        self._blocks: TrustedCache[_Block] = TrustedCache(_CACHED_KEYS, clock)

    def read(
        self,
        principal: Principal,
        run_ids: Sequence[str],
        keys: Collection[str] | None = None,
        columns: frozenset[str] = COLUMNS,
        stage: Stage = "active",
    ) -> tuple[Summaries, list[str]]:
        """Summaries in order of the runs asked and of the keys, and which runs are unknown or unreadable.

        Args:
            principal: who asks.
            run_ids: which runs.
            keys: which metrics; None for all.
            columns: which columns to fill; all but ``last``, ``last_step`` and ``direction`` cost one pass over the
                histories, and ``best_step`` one more on databases other than sqlite.
            stage: of the runs.
        """
        readable = readable_runs(self._backend, principal, run_ids, stage)
        missing = [run for run in dict.fromkeys(run_ids) if run not in readable]
        return self.of(list(readable), keys, columns), missing

    def of(
        self, run_ids: Sequence[str], keys: Collection[str] | None = None, columns: frozenset[str] = COLUMNS
    ) -> Summaries:
        """As ``read``, for runs that the caller knows to be readable."""
        wanted = None if keys is None else sorted({key for key in keys if askable(key)})
        began = self._blocks.now()
        latest = self._latest(run_ids, wanted)
        blocks = {run: self._blocks.fresh((run, columns), rows) for run, rows in latest.items()}
        stale = {run: latest[run] for run, block in blocks.items() if block is None}
        for run, block in self._fresh(stale, wanted, columns).items():
            self._blocks.keep((run, columns), latest[run], block, began)
            blocks[run] = block
        return _joined(blocks.values())

    def best_steps(
        self, run_ids: Sequence[str], directions: Mapping[str, Direction]
    ) -> dict[tuple[str, str], int | None]:
        """The first step of the best value of these metrics, by run and key, for runs known to be readable.

        Args:
            run_ids: which runs.
            directions: metrics, and which way each is better whatever its name says.
        """
        found: dict[tuple[str, str], int | None] = {}
        for direction in sorted(set(directions.values())):
            keys = [key for key, way in directions.items() if way == direction and askable(key)]
            rows = [row for mine in self._latest(run_ids, keys).values() for row in mine]
            if rows:
                with self._backend.read() as session:
                    query = _first_best(rows, direction, self._backend.dialect)
                    found |= {(run, key): step for run, key, step, *_ in raw_rows(session, query)}
        return found

    def _latest(self, run_ids: Sequence[str], keys: list[str] | None) -> dict[str, list[LatestRow]]:
        table = latest_metrics.c
        query = sa.select(table.run_uuid, table.key, table.step, table.timestamp, table.value, table.is_nan).where(
            among(table.run_uuid, run_ids, self._backend.dialect)
        )
        if keys is not None:
            query = query.where(among(table.key, keys, self._backend.dialect))
        by_run: dict[str, list[LatestRow]] = {run: [] for run in run_ids}
        with self._backend.read() as session:
            for row in raw_rows(session, query):
                by_run[row[0]].append(row)
        return by_run

    def _fresh(
        self, latest: dict[str, list[LatestRow]], keys: list[str] | None, columns: frozenset[str]
    ) -> dict[str, _Block]:
        """One block per run, its metrics in order of their keys."""
        rows = [row for mine in latest.values() for row in sorted(mine, key=itemgetter(1))]
        stats: dict[tuple[str, str], _Stats] = {}
        best: dict[tuple[str, str], int | None] = {}
        if rows and columns.intersection(_STATS):
            stats, best = self._of_history(rows, keys, columns)
            # A run that is deleted for good meanwhile has a last value in hand, but no history any more.
            rows = [row for row in rows if (row[0], row[1]) in stats]
        if "best_step" in columns:
            best = self._best_steps(rows, best)
        blocks = {run: _EMPTY for run in latest}
        for run, mine in groupby(rows, key=itemgetter(0)):
            blocks[run] = _block(list(mine), stats, best, columns)
        return blocks

    def _of_history(
        self, rows: list[LatestRow], keys: list[str] | None, columns: frozenset[str]
    ) -> tuple[dict[tuple[str, str], _Stats], dict[tuple[str, str], int | None]]:
        """Statistics of each pair, and the best step of those of which the same pass tells it."""
        runs = list(dict.fromkeys(row[0] for row in rows))
        stepped = "best_step" in columns and self._backend.dialect == "sqlite"
        if not stepped and not columns.intersection(_SUMMED):
            return self._of_extremes(runs, keys), {}
        queries = self._with_steps(runs, sorted({row[1] for row in rows})) if stepped else []
        dialect = self._backend.dialect
        found: dict[tuple[str, str], _Stats] = {}
        doubtful: dict[tuple[str, str], _Rough] = {}
        steps: dict[tuple[str, str], int | None] = {}
        with self._backend.read() as session:
            for query, turned in queries or [(_aggregate(runs, keys, dialect), False)]:
                for run, key, low, high, *rest in raw_rows(session, query):
                    rough = _Rough(high, low, *rest) if turned else _Rough(low, high, *rest)
                    if _is_doubtful(rough):
                        doubtful[run, key] = rough
                        continue
                    found[run, key] = _stats(rough)
                    if rough.at == (rough.low if better(key) == "lower" else rough.high):
                        steps[run, key] = rough.step
            if doubtful:
                found |= _exact(session, doubtful, dialect)
        return found, steps

    def _with_steps(self, runs: list[str], held: list[str]) -> list[tuple[sa.Select[Any], bool]]:
        """A query for the metrics that are better low, if any, and one for the others, and whether max stands first."""
        lower = [key for key in held if better(key) == "lower"]
        others = [key for key in held if better(key) != "lower"]
        queries = [(_with_step(runs, lower, "min"), True)] if lower else []
        return queries + ([(_with_step(runs, others, "max"), False)] if others else [])

    def _of_extremes(self, runs: list[str], keys: list[str] | None) -> dict[tuple[str, str], _Stats]:
        """The lowest and the highest of each pair alone: a sum, or a look at NaN, costs a fifth more.

        Only where the lowest or the highest is 0 can the 0 that stands for a NaN have spoiled it, and only there, and
        where values are huge, is the history read once more.
        """
        dialect = self._backend.dialect
        with self._backend.read() as session:
            rows = raw_rows(session, _extremes(runs, keys, dialect))
            found: dict[tuple[str, str], _Stats] = {(run, key): (low, high, None, 0, 0) for run, key, low, high in rows}
            doubtful = {
                (run, key): _Rough(low, high, 0.0, 1, 0)
                for run, key, low, high in rows
                if low == 0 or high == 0 or low <= -_HUGE or high >= _HUGE
            }
            if doubtful:
                found |= _exact(session, doubtful, dialect)
        return found

    def _best_steps(
        self, rows: list[LatestRow], known: dict[tuple[str, str], int | None]
    ) -> dict[tuple[str, str], int | None]:
        """``known``, and what it lacks of metrics whose direction is told."""
        found = dict(known)
        lacking = [row for row in rows if (row[0], row[1]) not in found and better(row[1])]
        for direction in ("lower", "higher"):
            some = [row for row in lacking if better(row[1]) == direction]
            if some:
                with self._backend.read() as session:
                    query = _first_best(some, direction, self._backend.dialect)
                    found |= {(run, key): step for run, key, step, *_ in raw_rows(session, query)}
        return found


def _aggregate(runs: Collection[str], keys: Collection[str] | None, dialect: str) -> sa.Select[Any]:
    """Aggregates as bare as can be: NaN counts as the 0 that stands for it, infinities as the largest floats."""
    table = metrics.c
    # sqlite adds up to infinity where PostgreSQL raises.
    summed = table.value if dialect == "sqlite" else sa.case((table.value.between(-_HUGE, _HUGE), table.value))
    nan: sa.ColumnElement[Any] = sa.func.sum(sa.type_coerce(table.is_nan, sa.Integer))
    if dialect == "postgresql":
        nan = sa.func.count().filter(table.is_nan)
    query = sa.select(
        table.run_uuid, table.key, sa.func.min(table.value), sa.func.max(table.value), sa.func.sum(summed),
        sa.func.count(), nan,
    )  # fmt: skip
    return _of(query, runs, keys, dialect).group_by(table.run_uuid, table.key)


def _extremes(runs: Collection[str], keys: Collection[str] | None, dialect: str) -> sa.Select[Any]:
    table = metrics.c
    query = sa.select(table.run_uuid, table.key, sa.func.min(table.value), sa.func.max(table.value))
    return _of(query, runs, keys, dialect).group_by(table.run_uuid, table.key)


def _with_step(runs: Collection[str], keys: Collection[str], best: Literal["min", "max"]) -> sa.Select[Any]:
    """The same in sqlite, with the step of the best in one pass.

    There a bare column is of a row that holds the extreme (https://sqlite.org/lang_select.html#bareagg), with both min
    and max asked for of either's. It is of the one named last, and of equal rows of the first in the index's order,
    which is that of steps; the bare value tells whether it is.
    """
    table = metrics.c
    low, high = sa.func.min(table.value), sa.func.max(table.value)
    query = sa.select(
        table.run_uuid, table.key, *((high, low) if best == "min" else (low, high)), sa.func.sum(table.value),
        sa.func.count(), sa.func.sum(sa.type_coerce(table.is_nan, sa.Integer)), table.step, table.value,
    )  # fmt: skip
    return _of(query, runs, keys, "sqlite").group_by(table.run_uuid, table.key)


def _of(query: sa.Select[Any], runs: Collection[str], keys: Collection[str] | None, dialect: str) -> sa.Select[Any]:
    query = query.where(among(metrics.c.run_uuid, runs, dialect))
    return query if keys is None else query.where(among(metrics.c.key, keys, dialect))


def _is_doubtful(rough: _Rough) -> bool:
    """Whether the 0 of a NaN may be the extreme, or the sum may have overflowed."""
    if rough.low <= -_HUGE or rough.high >= _HUGE:
        return True
    return rough.nan > 0 and (rough.low == 0 or rough.high == 0)


def _stats(rough: _Rough) -> _Stats:
    assert rough.total is not None
    return rough.low, rough.high, rough.total / (rough.points - rough.nan), rough.points, rough.nan


def _exact(session: Session, doubtful: dict[tuple[str, str], _Rough], dialect: str) -> dict[tuple[str, str], _Stats]:
    """The statistics of pairs for which NaN and size matter, by one more pass over their histories."""
    table = metrics.c
    scaled = sa.case((sa.func.abs(table.value) > 1, table.value * _SCALE), else_=0.0)
    query: sa.Select[Any] = sa.select(
        table.run_uuid, table.key, sa.func.min(table.value), sa.func.max(table.value), sa.func.sum(scaled)
    ).where(table.is_nan.is_(sa.false()))
    query = _of(query, {run for run, _ in doubtful}, {key for _, key in doubtful}, dialect)
    found: dict[tuple[str, str], _Stats] = {}
    for pair, rough in doubtful.items():
        found[pair] = (None, None, None, rough.points, rough.nan)
    for run, key, low, high, total in raw_rows(session, query.group_by(table.run_uuid, table.key)):
        if (run, key) in doubtful:
            rough = doubtful[run, key]
            mean = _large_mean(low, high, total, rough) if max(-low, high) >= _HUGE else _stats(rough)[2]
            found[run, key] = (number(low, False), number(high, False), mean, rough.points, rough.nan)
    return found


def _large_mean(low: float, high: float, scaled: float, rough: _Rough) -> float:
    if low <= -LARGEST and high >= LARGEST:
        return math.nan
    if low <= -LARGEST or high >= LARGEST:
        return number(low, False) if low <= -LARGEST else number(high, False)
    return min(max(scaled / (rough.points - rough.nan) / _SCALE, low), high)


def _first_best(rows: Sequence[LatestRow], direction: str, dialect: str) -> sa.Select[Any]:
    """Run, key and the first step of the lowest or highest value of each pair; NaN is never the best."""
    latest, table = latest_metrics.c, metrics.c
    runs, keys = list(dict.fromkeys(row[0] for row in rows)), sorted({row[1] for row in rows})
    if dialect == "sqlite":  # a bare column again, now with one extreme; the search below would take the wrong index
        extreme = sa.func.min(table.value) if direction == "lower" else sa.func.max(table.value)
        query = sa.select(table.run_uuid, table.key, table.step, extreme).where(table.is_nan.is_(sa.false()))
        return _of(query, runs, keys, dialect).group_by(table.run_uuid, table.key)
    best = (
        sa.select(table.step)
        .where(table.run_uuid == latest.run_uuid, table.key == latest.key, table.is_nan.is_(sa.false()))
        .order_by(table.value if direction == "lower" else table.value.desc(), table.step)
        .limit(1)
        .scalar_subquery()
    )
    pairs = among(latest.run_uuid, runs, dialect), among(latest.key, keys, dialect)
    return sa.select(latest.run_uuid, latest.key, best).where(*pairs)


def _block(
    rows: list[LatestRow],
    stats: dict[tuple[str, str], _Stats],
    best: dict[tuple[str, str], int | None],
    columns: frozenset[str],
) -> _Block:
    """The summaries of one run as columns in the order of ``_NAMES``; those not asked for are empty."""
    run, keys = rows[0][0], [row[1] for row in rows]
    filled: dict[str, list[Any]] = {"run_id": [run] * len(rows), "key": keys}
    if "last" in columns:
        filled["last"] = [number(row[4], row[5]) for row in rows]
    if "last_step" in columns:
        filled["last_step"] = [row[2] for row in rows]
    if "direction" in columns:
        filled["direction"] = [better(key) for key in keys]
    if "best_step" in columns:
        filled["best_step"] = [best.get((run, key)) if better(key) else None for key in keys]
    if stats:
        of_history = zip(*[stats[run, key] for key in keys], strict=True)
        filled |= {name: list(column) for name, column in zip(_STATS, of_history, strict=True) if name in columns}
    return tuple(filled.get(name, []) for name in _NAMES)


def _joined(blocks: Iterable[_Block | None]) -> Summaries:
    found = Summaries()
    for name, parts in zip(_NAMES, zip(*(block for block in blocks if block is not None), strict=True), strict=False):
        setattr(found, name, list(chain.from_iterable(parts)))
    return found
