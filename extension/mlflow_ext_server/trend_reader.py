"""Whether the runs of an experiment get better from one to the next, and what changed where they did."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from mlflow_ext.direction import Direction, better
from mlflow_ext.errors import StoreUnavailable
from mlflow_ext.rest import ExperimentTrend, TrendChange, TrendJump, TrendRecord
from mlflow_ext_server.analysis.insight.jump import Jump
from mlflow_ext_server.analysis.insight.trend import Trend, TrendRun, trend
from mlflow_ext_server.repositories.cache import SizedCache
from mlflow_ext_server.repositories.dataset import DatasetRepository
from mlflow_ext_server.repositories.package import PackageReader
from mlflow_ext_server.repositories.provenance import ProvenanceRepository
from mlflow_ext_server.repositories.record import RunRecord
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_ui.source import Principal

MOST = 2000
"""Runs that are compared, the newest."""
_SECONDS = 2.0
"""How long the packages of the runs may take; what was read is kept for the next question."""
_KEPT = 64  # answers
_CODE = {"mlflow.source.git.commit": "code.commit", "mlflow.source.name": "code.script"}
_THEIRS = "mlflow."


class TrendReader:
    """Reads what is recorded of an experiment's runs in a fixed number of queries, and keeps what followed from it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._datasets = DatasetRepository(store.backend)
        self._origins = ProvenanceRepository(store.backend)
        self._packages = PackageReader(store.backend)
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
        packages = self._package_facts(principal, [run for run, one in records.items() if key in one.metrics])
        runs = [
            _run(
                one,
                key or "",
                {f"data.{each.name}": each.digest for each in data.get(run, [])} | packages.get(run, {}),
            )
            for run, one in records.items()
        ]
        found = self._trend(runs, way, key or "a metric")
        return _answer(experiment_id, key, way, found, len(ended) - len(chosen) if key else 0)

    def _package_facts(self, principal: Principal, runs: Sequence[str]) -> dict[str, dict[str, str]]:
        """Of the runs, the newest first, the packages whose version is not the same in all; none where time is short.

        Runs that logged no model say nothing of their packages: they count as those beside them where these agree.
        """
        try:
            read = self._packages.of_runs(self._origins.models(principal, runs), _SECONDS)
        except StoreUnavailable:
            read = None
        if not read:
            return {}
        known = [read.get(run) or None for run in runs]
        before, after = _carried(known), _carried(known[::-1])[::-1]
        told = {
            run: one if one is not None else early if early == late else None
            for run, one, early, late in zip(runs, known, before, after, strict=True)
        }
        held = [one for one in told.values() if one is not None]
        names = {name for one in held for name in one}
        vary = {name for name in names if len({one.get(name) for one in held}) > 1}
        return {
            run: {f"package.{name}": one[name] for name in vary if name in one}
            for run, one in told.items()
            if one is not None
        }

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


def _carried(known: Sequence[dict[str, str] | None]) -> list[dict[str, str] | None]:
    """Each with the last that is known before it, or at it."""
    found: list[dict[str, str] | None] = []
    for one in known:
        found.append(one if one is not None or not found else found[-1])
    return found


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
