"""Whether the runs of an experiment get better from one to the next, and what changed where they did."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from mlflow_ext.direction import Direction, better
from mlflow_ext.rest import ExperimentTrend, TrendChange, TrendJump, TrendRecord
from mlflow_ext_server.analysis.insight.jump import Jump
from mlflow_ext_server.analysis.insight.trend import Trend, TrendRun, trend
from mlflow_ext_server.repositories.cache import SizedCache
from mlflow_ext_server.repositories.dataset import DatasetRepository
from mlflow_ext_server.repositories.record import RunRecord
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_ui.source import Principal

MOST = 2000
"""Runs that are compared, the newest."""
_KEPT = 64  # answers
_CODE = {"mlflow.source.git.commit": "code.commit", "mlflow.source.name": "code.script"}
_THEIRS = "mlflow."


class TrendReader:
    """Reads what is recorded of an experiment's runs in a fixed number of queries, and keeps what followed from it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._datasets = DatasetRepository(store.backend)
        self._cache: SizedCache[int, Trend] = SizedCache(_KEPT)

    def read(
        self, principal: Principal, experiment_id: str, metric: str | None = None, direction: Direction | None = None
    ) -> ExperimentTrend | None:
        """The trend of a metric's last values among runs that ended; None: the experiment may not be read, or is none.

        Args:
            principal: who asks.
            experiment_id: of an active experiment.
            metric: by default what most of its newest runs share.
            direction: by default as the metric's name tells, else higher is better.
        """
        if not self._store.runs.may_read(principal, experiment_id):
            return None
        outcomes = self._store.outcomes.read(principal, experiment_id)
        key = metric or outcomes.metric
        way = direction or better(key or "") or "higher"
        ended = [one.id for one in outcomes.runs if one.status != "RUNNING" and one.start_time is not None]
        chosen = ended[:MOST] if key else []
        records = self._store.records.by_ids(principal, chosen)
        data = self._datasets.inputs(principal, list(records), "active")
        runs = [
            _run(one, key or "", {f"data.{each.name}": each.digest for each in data.get(run, [])})
            for run, one in records.items()
        ]
        found = self._trend(runs, way, key or "a metric")
        return _answer(experiment_id, key, way, found, len(ended) - len(chosen) if key else 0)

    def _trend(self, runs: Sequence[TrendRun], way: Direction, metric: str) -> Trend:
        content = ((one.run, one.started_ms, repr(one.value), *sorted(one.facts.items())) for one in runs)
        mark = hash((way, metric, *content))
        return self._cache.get_or(mark, lambda: (trend(runs, way, metric), 1))


def _run(record: RunRecord, metric: str, data: Mapping[str, str]) -> TrendRun:
    params = {f"param.{name}": value for name, value in record.params.items()}
    code = {_CODE[name]: value for name, value in record.tags.items() if name in _CODE}
    tags = {f"tag.{name}": value for name, value in record.tags.items() if not name.startswith(_THEIRS)}
    return TrendRun(
        record.run_id, record.start_time or 0, record.metrics.get(metric), {**params, **code, **tags, **data}
    )


def _answer(
    experiment_id: str, metric: str | None, direction: Direction, found: Trend, left_out: int
) -> ExperimentTrend:
    return ExperimentTrend(
        experiment_id=experiment_id,
        metric=metric,
        direction=direction,
        runs=len(found.runs),
        lacking=len(found.lacking),
        left_out=left_out,
        records=[TrendRecord(run_id=one.run, place=one.place, value=one.value) for one in found.records],
        since=found.since,
        chance=found.chance,
        records_p=found.records_p,
        drift_p=found.drift_p,
        jumps=[_jump(one, found.runs) for one in found.jumps],
        shift=None if found.shift is None else _jump(found.shift, found.runs),
        sentence=found.sentence,
    )


def _jump(one: Jump, runs: Sequence[str]) -> TrendJump:
    return TrendJump(
        run_id=runs[one.place],
        place=one.place,
        changes=[TrendChange(name=each.name, before=each.before, after=each.after) for each in one.changes],
        before=one.before,
        after=one.after,
        effect=one.effect if math.isfinite(one.effect) else 0.0,
        better=one.better,
        p=one.p,
        drifts=one.drifts,
        sentence=one.sentence,
    )
