"""What the histories of many runs tell: read in bounded portions, analysed once for each content."""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mlflow_ext.encoding import float_text
from mlflow_ext.rest import InsightEvidence, InsightFinding, Insights, UnreadHistory
from mlflow_ext_server.analysis.insight.curve import Curve, curve
from mlflow_ext_server.analysis.insight.finding import LEVELS, Finding
from mlflow_ext_server.analysis.insight.report import RunFact, findings
from mlflow_ext_server.group_outlier import outliers_of
from mlflow_ext_server.repositories.cache import SizedCache
from mlflow_ext_server.repositories.metric import History, Latest
from mlflow_ext_server.repositories.run import RunRow
from mlflow_ext_server.repositories.scope import Stage, askable
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_ui.source import Principal

LONGEST = 300_000
"""Points of the longest history that is looked at: its rows take some 100 MB while they are read."""
_AT_ONCE = 50_000  # points read before they are analysed
_LEAST_COST = 10  # of a history, in points: many short ones take long as well
_COUNTED = 25  # runs whose points are counted at a time
_MOST = 50  # findings told of a run
_KEPT = 30_000  # findings, of 1 to 2 kB
_FEW = 20  # runs, as on a screen: their histories are read for the plots as well
_PATIENCE_S = 1.0
_MINUTE_MS = 60_000
_BUSY = re.compile(r"system/(gpu_\d+|cpu)_utilization_percentage")

Metrics = Mapping[str, Latest]


class _Told(NamedTuple):
    """What was found in one run, each with when it began; and histories that were too long, with their points."""

    findings: tuple[tuple[Finding, int | None], ...] = ()
    untold: int = 0
    unread: tuple[tuple[str, int], ...] = ()


class InsightReader:
    """Answers what runs' histories tell; keeps what it found until a run's status or a last value changes.

    One question is worked on at a time, and for ``seconds`` at most: what is left out comes with the next.

    Args:
        store: what is read.
        clock: seconds from any start.
        longest: points of the longest history that is looked at.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic, longest: int = LONGEST) -> None:
        self._store = store
        self._longest = longest
        self._clock = clock
        self._turn = threading.Lock()
        self._cache: SizedCache[tuple[object, ...], _Told] = SizedCache(_KEPT)

    def read(
        self,
        principal: Principal,
        run_ids: Sequence[str],
        metrics: Sequence[str] | None = None,
        *,
        stage: Stage = "active",
        seconds: float = 10.0,
    ) -> Insights:
        """Findings of those of the runs that may be read; the others are ``missing``.

        Args:
            principal: who asks.
            run_ids: MLflow's ids.
            metrics: which to look at; all but system metrics, and how busy the machine was, by default.
            stage: which runs count.
            seconds: how long this may take; at least one portion of runs is looked at.
        """
        until = self._clock() + seconds
        rows = self._store.runs.rows(principal, run_ids, stage)
        wanted = None if metrics is None else [key for key in dict.fromkeys(metrics) if askable(key)]
        latest = self._store.metrics.latest(list(rows), wanted)
        held = {run: {k: v for k, v in latest.get(run, {}).items() if _counts(k, wanted)} for run in rows}
        told = self._told(rows, held, until)
        group = outliers_of({run: (rows[run], held[run]) for run in rows})
        missing = [run for run in dict.fromkeys(run_ids) if run not in rows]
        return _answer(rows, told, group).model_copy(update={"missing": missing})

    def _told(self, rows: Mapping[str, RunRow], held: Mapping[str, Metrics], until: float) -> dict[str, _Told]:
        now_ms = int(time.time() * 1000)
        marks = {run: _mark(row, held[run], now_ms) for run, row in rows.items()}
        found = {run: kept for run, mark in marks.items() if (kept := self._cache.get(mark)) is not None}
        if len(found) == len(rows) or not self._turn.acquire(timeout=_PATIENCE_S):
            return found
        try:
            # Whoever had the turn before may have looked at them meanwhile.
            found |= {
                run: kept for run in rows if run not in found and (kept := self._cache.get(marks[run])) is not None
            }
            fresh = {run: row for run, row in rows.items() if run not in found}
            for run, one in self._looked_at(fresh, held, now_ms, shared=len(rows) <= _FEW):
                self._cache.put(marks[run], one, 1 + len(one.findings))
                found[run] = one
                if self._clock() >= until:
                    break
        finally:
            self._turn.release()
        return found

    def _looked_at(
        self, rows: Mapping[str, RunRow], held: Mapping[str, Metrics], now_ms: int, *, shared: bool
    ) -> Iterator[tuple[str, _Told]]:
        """Each run with what is found in it, read in portions."""
        for portion, counts in self._portions(list(rows), held):
            pairs = [(run, key) for run in portion for key in held[run] if counts.get((run, key), 0) <= self._longest]
            if shared:
                histories = self._store.histories.read(pairs, {run: dict(held[run]) for run in portion})
            else:
                histories = self._store.metrics.histories([(run, key, None) for run, key in pairs])
            for run in portion:
                mine = {key: histories[run, key] for key in held[run] if (run, key) in histories}
                long = tuple((key, counts[run, key]) for key in held[run] if counts.get((run, key), 0) > self._longest)
                yield run, _analysed(rows[run], mine, now_ms)._replace(unread=long)

    def _portions(
        self, run_ids: Sequence[str], held: Mapping[str, Metrics]
    ) -> Iterator[tuple[list[str], dict[tuple[str, str], int]]]:
        for start in range(0, len(run_ids), _COUNTED):
            some = run_ids[start : start + _COUNTED]
            counts = self._store.metrics.counts(some)
            portion: list[str] = []
            points = 0
            for run in some:
                mine = sum(
                    max(count, _LEAST_COST)
                    for key in held[run]
                    if (count := counts.get((run, key), 0)) <= self._longest
                )
                if portion and points + mine > _AT_ONCE:
                    yield portion, counts
                    portion, points = [], 0
                portion.append(run)
                points += mine
            yield portion, counts


def _counts(key: str, wanted: Sequence[str] | None) -> bool:
    return wanted is not None or not key.startswith("system/") or _BUSY.fullmatch(key) is not None


def _mark(row: RunRow, held: Metrics, now_ms: int) -> tuple[object, ...]:
    """What its findings depend on. Of a run that runs also the minute: it may have gone silent."""
    minute = now_ms // _MINUTE_MS if row.status == "RUNNING" else 0
    values = hash(tuple((key, one.step, one.timestamp, repr(one.value)) for key, one in sorted(held.items())))
    return row.id, row.status, row.start_time, row.end_time, len(held), values, minute


def _analysed(row: RunRow, histories: Mapping[str, History], now_ms: int) -> _Told:
    curves = {key: curve(key, one.step, one.value, one.time) for key, one in histories.items()}
    fact = RunFact(row.id, row.status, row.start_time, row.end_time)
    found = findings(list(curves.values()), fact, now_ms)
    return _Told(tuple((one, _began(one, curves)) for one in found[:_MOST]), max(0, len(found) - _MOST))


def _began(one: Finding, curves: Mapping[str, Curve]) -> int | None:
    """When the value at its first step was logged."""
    mine = curves.get(one.metrics[-1]) if one.metrics else None
    if mine is None or one.start is None:
        return None
    at = int(np.searchsorted(mine.steps, one.start))
    return int(mine.times[at]) if at < len(mine.steps) else None


def _answer(rows: Mapping[str, RunRow], told: Mapping[str, _Told], group: Sequence[Finding]) -> Insights:
    far = {one.run: one for one in group}
    found: list[InsightFinding] = []
    for run in rows:
        mine = list(told[run].findings) if run in told else []
        if run in far and run in told and not _explained(far[run], mine):
            mine.append((far[run], None))
        found += [_plain(*each) for each in sorted(mine, key=lambda each: LEVELS.index(each[0].level))]
    looked = [run for run in rows if run in told]
    return Insights(
        findings=found,
        runs=looked,
        left_out=[run for run in rows if run not in told],
        untold=sum(told[run].untold for run in looked),
        unread=[
            UnreadHistory(run_id=run, metric=key, points=points) for run in looked for key, points in told[run].unread
        ],
    )


def _explained(outlier: Finding, others: Sequence[tuple[Finding, int | None]]) -> bool:
    """Whether what its own curve tells is why a run stands out."""
    return any(one.level != "note" and set(outlier.metrics) & set(one.metrics) for one, _ in others)


def _plain(one: Finding, began: int | None) -> InsightFinding:
    evidence = InsightEvidence(
        rule=one.evidence.rule,
        measured=_number(one.evidence.measured),
        threshold=_number(one.evidence.threshold),
        unit=one.evidence.unit,
        steps=[step for step, _ in one.evidence.values],
        values=[_number(value) for _, value in one.evidence.values],
    )
    return InsightFinding(
        run_id=one.run,
        kind=one.kind,
        level=one.level,
        metrics=list(one.metrics),
        start=one.start,
        end=one.end,
        time=began,
        evidence=evidence,
        sentence=one.sentence,
        advice=one.advice,
        saved=one.saved,
    )


def _number(value: float) -> float | str:
    return float(value) if math.isfinite(value) else float_text(value)
