"""The best runs by one metric."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import sqlalchemy as sa

from mlflow_ext.direction import undecided
from mlflow_ext.errors import ValidationError
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.record import RecordRepository, RunRecord
from mlflow_ext_server.repositories.schema import latest_metrics, runs
from mlflow_ext_server.repositories.scope import askable, number, raw_rows
from mlflow_ext_server.repositories.selection import RunSelection, experiments_to_search, matching, order
from mlflow_ext_server.repositories.summary import SummaryRepository
from mlflow_ext_ui.figures.direction import better
from mlflow_ext_ui.source import Principal

Order = Literal["asc", "desc"]
Aggregate = Literal["last", "min", "max", "mean"]


class Ranked(NamedTuple):
    """A run and the value that it is ranked by."""

    run: RunRecord
    value: float


class LeaderboardRepository:
    """Ranks runs; a NaN never ranks."""

    def __init__(self, backend: Backend, records: RecordRepository, summaries: SummaryRepository) -> None:
        self._backend = backend
        self._records = records
        self._summaries = summaries

    def top(
        self,
        principal: Principal,
        metric: str,
        top_k: int,
        selection: RunSelection,
        *,
        direction: Order | None = None,
        aggregate: Aggregate = "last",
    ) -> tuple[list[Ranked], int]:
        """The first ``top_k`` of the runs selected, and how many rank in all; the selection's limit is of no matter.

        Args:
            principal: who asks.
            metric: the key to rank by.
            top_k: most runs to give.
            selection: which runs; its order decides between equal values.
            direction: "desc" puts the highest first; by default as the metric's name tells.
            aggregate: what of the metric to rank by.

        Raises:
            ValidationError: there are such runs, but neither ``direction`` nor the name tells which are the best.
        """
        chosen = direction or {"lower": "asc", "higher": "desc", None: None}[better(metric)]
        values = self._values(principal, metric, selection, aggregate)
        if values and chosen is None:
            raise ValidationError(undecided(metric, "order=asc or order=desc"), field="order")
        sign = 1 if chosen == "asc" else -1
        ranked = sorted(values, key=lambda row: sign * row[1])  # stable: the selection's order stays
        found = self._records.by_ids(principal, [run for run, _ in ranked[:top_k]], selection.stage)
        return [Ranked(found[run], value) for run, value in ranked[:top_k] if run in found], len(ranked)

    def _values(
        self, principal: Principal, metric: str, selection: RunSelection, aggregate: Aggregate
    ) -> Sequence[tuple[str, float]]:
        """Run id and value of all runs that rank, in the selection's order."""
        within = experiments_to_search(self._backend, principal, selection) if askable(metric) else []
        if not within:
            return []
        table = latest_metrics.c
        held = sa.and_(table.run_uuid == runs.c.run_uuid, table.key == metric)
        query = matching(selection, within, self._backend.dialect, table.run_uuid, table.value, table.is_nan)
        with self._backend.read() as session:
            rows = raw_rows(session, query.join(latest_metrics, held).order_by(*order(selection)))
        if aggregate == "last":
            return [(run, number(value, False)) for run, value, nan in rows if not nan]
        summary = self._summaries.of([run for run, *_ in rows], [metric], frozenset({aggregate}))
        values: list[float | None] = getattr(summary, aggregate)
        by_run = dict(zip(summary.run_id, values, strict=True))
        return [(run, value) for run, *_ in rows if (value := by_run.get(run)) is not None and not math.isnan(value)]
