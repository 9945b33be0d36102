"""What a source in memory tells of runs: what a test has put there, or whatever answers that the test gives."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Protocol

from mlflow_ext.direction import Direction
from mlflow_ext.errors import NotFound
from mlflow_ext.rest import (
    AlertNews,
    DependenceAnswer,
    DependenceRequest,
    ExperimentTrend,
    InsightFinding,
    Insights,
    RunDifference,
    SuggestionAnswer,
    SuggestionRequest,
    SweepAnswer,
    SweepRequest,
)
from mlflow_ext_ui.source import Principal


class Sweeps(Protocol):
    """What answers on sweeps; a test gives the server's own, over the same source."""

    def sweep(self, principal: Principal, request: SweepRequest) -> SweepAnswer:
        """See ``DataSource.sweep``."""
        ...

    def dependence(self, principal: Principal, request: DependenceRequest) -> DependenceAnswer:
        """See ``DataSource.dependence``."""
        ...

    def suggestions(self, principal: Principal, request: SuggestionRequest) -> SuggestionAnswer:
        """See ``DataSource.suggestions``."""
        ...


def _missing(runs: tuple[str, str], metric: str | None, direction: Direction | None) -> RunDifference:
    return RunDifference(
        a=None, b=None, metric=metric, direction=direction, metrics=[], apart=None, alike=None, alike_pairs=0,
        history=0, sentence="Nothing is known of these runs.", things=[], texts=[], same={}, unknown=[],
        missing=list(runs),
    )  # fmt: skip


class Told(ABC):
    """The part of ``MemorySource`` that tells what analyses found; with ``failure`` set each question fails with it."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.sweeps: Sweeps | None = None
        self.differ: Callable[[tuple[str, str], str | None, Direction | None], RunDifference] = _missing
        self.findings: Callable[[Sequence[str]], list[InsightFinding]] = lambda runs: []
        self.trends: dict[str, ExperimentTrend] = {}
        self._alerts: dict[str, AlertNews] = {}
        self._lock = threading.RLock()

    def set_alerts(self, experiment: str, news: AlertNews) -> None:
        """Say how many alerts of an experiment were not seen yet."""
        with self._lock:
            self._alerts[experiment] = news

    def insights(self, principal: Principal, run_ids: Sequence[str]) -> Insights:
        """See ``DataSource.insights``; what ``findings`` gives for the runs that there are."""
        with self._lock:
            self._check()
            known = [run for run in dict.fromkeys(run_ids) if self._is_there(run)]
            missing = [run for run in dict.fromkeys(run_ids) if not self._is_there(run)]
        found = self.findings(known)
        return Insights(findings=found, runs=known, left_out=[], untold=0, unread=[], missing=missing)

    def trend(self, principal: Principal, experiment_id: str) -> ExperimentTrend | None:
        """See ``DataSource.trend``; what stands in ``trends``."""
        with self._lock:
            self._check()
            return self.trends.get(experiment_id)

    def difference(
        self,
        principal: Principal,
        run_ids: tuple[str, str],
        metric: str | None = None,
        direction: Direction | None = None,
    ) -> RunDifference:
        """See ``DataSource.difference``: what ``differ`` answers; without it the runs are missing."""
        with self._lock:
            self._check()
            return self.differ(run_ids, metric, direction)

    def alerts(self, principal: Principal, experiment_id: str) -> AlertNews | None:
        """See ``DataSource.alerts``."""
        with self._lock:
            self._check()
            known = self._is_experiment(experiment_id)
            return self._alerts.get(experiment_id, AlertNews(unseen=0, latest=None)) if known else None

    def sweep(self, principal: Principal, request: SweepRequest) -> SweepAnswer:
        """See ``DataSource.sweep``."""
        return self._sweeps().sweep(principal, request)

    def dependence(self, principal: Principal, request: DependenceRequest) -> DependenceAnswer:
        """See ``DataSource.dependence``."""
        return self._sweeps().dependence(principal, request)

    def suggestions(self, principal: Principal, request: SuggestionRequest) -> SuggestionAnswer:
        """See ``DataSource.suggestions``."""
        return self._sweeps().suggestions(principal, request)

    def _sweeps(self) -> Sweeps:
        self._check()
        if self.sweeps is None:
            raise NotFound("This source was given nothing that answers on sweeps.")
        return self.sweeps

    @abstractmethod
    def _is_there(self, run: str) -> bool: ...

    @abstractmethod
    def _is_experiment(self, experiment: str) -> bool: ...

    def _check(self) -> None:
        if self.failure is not None:
            raise self.failure
