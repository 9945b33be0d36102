"""What the rules look at: runs that go on or have just ended, and their metrics, each in one query for many runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import orjson
import sqlalchemy as sa

from mlflow_ext_server.alerting.episode import Points, State
from mlflow_ext_server.contention import again
from mlflow_ext_server.repositories.alert import AlertRow, store_alerts
from mlflow_ext_server.repositories.alert_mark import fresh_marks
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.insert import insert_missing
from mlflow_ext_server.repositories.schema import latest_metrics, metrics, runs
from mlflow_ext_server.repositories.scope import among, chunks, experiment_numbers, number, raw_rows
from mlflow_ext_server.tables import alert_rules, alert_states, deliveries

AT_ONCE = 20_000
"""Points of one metric that one look reads; the next one goes on."""
_RUNS = 100  # in one query of points


class WatchedRun(NamedTuple):
    """A run that rules may concern; times in ms since the epoch."""

    id: str
    experiment_id: str
    status: str
    started: int
    ended: int | None


class Kept(NamedTuple):
    """What a rule remembers of a run, and which writing of it this is; 0 for none."""

    state: State
    version: int


class Change(NamedTuple):
    """What a look gave: the state to keep in place of ``before``, and alerts to raise."""

    rule_id: str
    run_id: str
    before: Kept
    state: State
    alerts: tuple[AlertRow, ...]


class WatchRepository:
    """Reads for rules, on the primary database, and keeps their states.

    Args:
        backend: where MLflow's tables and ours are.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def idle(self, now: int) -> bool:
        """Whether there is nothing to do: no rule, no new alert of a script, nothing to send. One query."""
        waits = deliveries.c.state == "pending", deliveries.c.next_at <= now
        there = sa.union_all(
            sa.select(sa.literal(1)).where(sa.exists().where(alert_rules.c.paused.is_(sa.false()))),
            sa.select(sa.literal(1)).where(fresh_marks().exists()),
            sa.select(sa.literal(1)).where(sa.exists().where(*waits)),
        ).limit(1)
        with self._backend.write() as session:
            return session.execute(there).first() is None

    def runs(self, experiment_ids: Collection[str], ended_since: int) -> list[WatchedRun]:
        """Active runs of these experiments that go on, or ended at that time or later."""
        going = sa.or_(runs.c.status == "RUNNING", runs.c.end_time >= ended_since)
        columns = runs.c.run_uuid, runs.c.experiment_id, runs.c.status, runs.c.start_time, runs.c.end_time
        where = runs.c.experiment_id.in_(experiment_numbers(experiment_ids)), runs.c.lifecycle_stage == "active", going
        with self._backend.write() as session:
            rows = raw_rows(session, sa.select(*columns).where(*where))
        return [WatchedRun(run, str(place), status, start or 0, end) for run, place, status, start, end in rows]

    def last_points(self, run_ids: Sequence[str], keys: Collection[str]) -> dict[tuple[str, str], tuple[int, int]]:
        """Time and step of the last point of these metrics, by run and name."""
        of = latest_metrics.c
        columns = of.run_uuid, of.key, of.timestamp, of.step
        found = {}
        for chunk in chunks(list(run_ids)):
            where = of.key.in_(sorted(keys)), among(of.run_uuid, chunk, self._backend.dialect)
            with self._backend.write() as session:
                for run, key, at, step in raw_rows(session, sa.select(*columns).where(*where)):
                    found[run, key] = (at, step)
        return found

    def last_moments(self, run_ids: Sequence[str]) -> dict[str, int]:
        """When each run last logged a metric that is none of the system's."""
        of = latest_metrics.c
        found = {}
        for chunk in chunks(list(run_ids)):
            where = among(of.run_uuid, chunk, self._backend.dialect), of.key.not_like("system/%")
            with self._backend.write() as session:
                query = sa.select(of.run_uuid, sa.func.max(of.timestamp)).where(*where).group_by(of.run_uuid)
                found.update({run: int(at) for run, at in raw_rows(session, query)})
        return found

    def points(
        self, key: str, after: Mapping[str, tuple[int, int] | None], tails: Collection[str] = ()
    ) -> tuple[dict[str, Points], set[str]]:
        """Points of a metric in the order of their times.

        Args:
            key: the metric's name.
            after: run to time and step of the last point that is known; None for none.
            tails: runs of which the last points are wanted, and not all.

        Returns:
            The next points of each run, and those runs that have more than were read.
        """
        of = metrics.c
        found: dict[str, list[tuple[int, int, float]]] = {}
        cut: set[str] = set()
        columns = of.run_uuid, of.timestamp, of.step, of.value, of.is_nan
        fresh = [[run] for run, known in after.items() if known is None]
        known = [run for run, known in after.items() if known is not None]
        for part in [*fresh, *(known[start : start + _RUNS] for start in range(0, len(known), _RUNS))]:
            where = _new(part, after)
            tail = part[0] in tails
            order = (of.timestamp.desc(), of.step.desc()) if tail else (of.timestamp, of.step)
            query = sa.select(*columns).where(of.key == key, *where).order_by(*order).limit(AT_ONCE)
            with self._backend.write() as session:
                rows = raw_rows(session, query)
            rows = rows[::-1] if tail else rows
            for run, at, step, value, nan in rows:
                found.setdefault(run, []).append((at, step, number(value, nan)))
            if len(rows) == AT_ONCE and not tail:
                cut.update(part)
        return {run: _points(rows) for run, rows in found.items()}, cut

    def states(self, rule_ids: Sequence[str], run_ids: Sequence[str]) -> dict[tuple[str, str], Kept]:
        """What rules remember of runs, by rule and run."""
        of = alert_states.c
        found = {}
        for chunk in chunks(list(run_ids)):
            where = of.rule_id.in_(rule_ids), among(of.run_uuid, chunk, self._backend.dialect)
            with self._backend.write() as session:
                for rule, run, version, state in session.execute(
                    sa.select(of.rule_id, of.run_uuid, of.version, of.state).where(*where)
                ):
                    found[rule, run] = Kept(State.of(orjson.loads(state)), version)
        return found

    def keep(self, changes: Sequence[Change], chosen: dict[str, str | None]) -> list[bool]:
        """Keep states and raise their alerts, together; False for one that another worker has kept meanwhile.

        Args:
            changes: what looks gave.
            chosen: rule id to the webhook that it names.
        """

        def write() -> list[bool]:
            with self._backend.write() as session:
                kept = []
                for one in changes:
                    key = {"rule_id": one.rule_id, "run_uuid": one.run_id}
                    values = {"version": one.before.version + 1, "state": orjson.dumps(one.state.plain()).decode()}
                    statement: sa.Insert | sa.Update = insert_missing(
                        self._backend.dialect, alert_states, {**key, **values}
                    )
                    if one.before.version:
                        mine = [alert_states.c[name] == value for name, value in key.items()]
                        mine.append(alert_states.c.version == one.before.version)
                        statement = sa.update(alert_states).where(*mine).values(**values)
                    result = session.execute(statement)
                    assert isinstance(result, sa.CursorResult)
                    kept.append(result.rowcount > 0)
                    if kept[-1]:
                        store_alerts(session, self._backend.dialect, one.alerts, chosen)
                return kept

        return again(write)


def _new(run_ids: Sequence[str], after: Mapping[str, tuple[int, int] | None]) -> list[sa.ColumnElement[bool]]:
    """Bounds the points of runs: all of one, or of each those behind the last known one.

    MLflow's primary key of metrics begins with name and time, so that new points are found without a look at old ones;
    its index on the run would be taken instead, were the run's column compared by itself.
    """
    of = metrics.c
    known = [(run, at) for run in run_ids if (at := after[run]) is not None]
    if not known:
        return [of.run_uuid.in_(run_ids)]
    run_of = of.run_uuid + ""
    behind = [
        sa.and_(run_of == run, sa.or_(of.timestamp > at, sa.and_(of.timestamp == at, of.step > step)))
        for run, (at, step) in known
    ]
    return [of.timestamp >= min(at for _, (at, _) in known), sa.or_(*behind)]


def _points(rows: list[tuple[int, int, float]]) -> Points:
    times, steps, values = zip(*rows, strict=True)
    return Points(np.array(times, dtype=np.int64), np.array(steps, dtype=np.int64), np.array(values, dtype=np.float64))
