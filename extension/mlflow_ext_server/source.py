"""The server's ``DataSource``: MLflow's store behind what the UI asks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from mlflow_ext.direction import Direction, better
from mlflow_ext.rest import (
    AlertNews,
    DependenceAnswer,
    DependenceRequest,
    ExperimentTrend,
    Insights,
    RunDifference,
    SuggestionAnswer,
    SuggestionRequest,
    SweepAnswer,
    SweepRequest,
)
from mlflow_ext_server import query
from mlflow_ext_server.difference_reader import DifferenceReader
from mlflow_ext_server.insight_reader import InsightReader
from mlflow_ext_server.repositories.catalog import Holding, catalog
from mlflow_ext_server.repositories.detail import DetailReader
from mlflow_ext_server.repositories.experiment import ExperimentSelection
from mlflow_ext_server.repositories.holding import holdings_of
from mlflow_ext_server.repositories.run import RunRow
from mlflow_ext_server.repositories.scope import askable
from mlflow_ext_server.repositories.selection import RunSelection
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_server.repositories.summary import COLUMNS
from mlflow_ext_server.sweep import SweepReader
from mlflow_ext_server.trend_reader import TrendReader
from mlflow_ext_ui.column import Column, parse_sort
from mlflow_ext_ui.detail import RunDetail
from mlflow_ext_ui.source import (
    Drawing,
    Experiment,
    Field,
    History,
    Outcomes,
    Plot,
    Principal,
    Run,
    RunPage,
    Stage,
    Summary,
)

_LAST = frozenset({"last"})
_A_MOMENT_S = 2.0


class StoreSource:
    """Answers the UI from MLflow's database and artifacts; keeps nothing but caches that can be dropped."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._details = DetailReader(store)
        self._sweeps = SweepReader(self)
        self.difference_reader = DifferenceReader(store)
        self.insight_reader = InsightReader(store)
        self.trend_reader = TrendReader(store)

    def experiments(self, principal: Principal, *, search: str = "", limit: int = 200) -> tuple[Experiment, ...]:
        """See ``DataSource.experiments``."""
        selection = ExperimentSelection(search=search, limit=limit)
        found, _ = self._store.experiments.search(principal, selection, tags=False)
        return tuple(Experiment(one.experiment_id, one.name, one.runs, one.last_activity) for one in found)

    def runs(
        self,
        principal: Principal,
        experiment_id: str,
        *,
        search: str = "",
        where: str = "",
        sort: str = "",
        columns: Sequence[Column] = (),
        stage: Stage = "active",
        limit: int = 1000,
        offset: int = 0,
    ) -> RunPage:
        """See ``DataSource.runs``."""
        condition = query.parse(where) if where.strip() else None
        orders = _orders(sort)
        literal = self._store.keys(query.ambiguous_keys(condition, orders))
        dialect = self._store.dialect
        selection = RunSelection(
            search=search or None,
            where=None if condition is None else query.condition(condition, dialect, literal_keys=literal),
            order_by=tuple(query.order_by(orders, dialect, literal_keys=literal)) if orders else (),
            stage=stage,
            limit=limit,
            offset=offset,
        )
        return self._store.runs.page(principal, experiment_id, selection, columns)

    def fields(self, principal: Principal, experiment_id: str) -> tuple[Field, ...]:
        """See ``DataSource.fields``."""
        return self._store.runs.fields(principal, experiment_id)

    def outcomes(self, principal: Principal, experiment_id: str) -> Outcomes:
        """See ``DataSource.outcomes``."""
        return self._store.outcomes.read(principal, experiment_id)

    def runs_by_id(
        self, principal: Principal, run_ids: Sequence[str], *, columns: Sequence[Column] = ()
    ) -> tuple[Run, ...]:
        """See ``DataSource.runs_by_id``."""
        return self._store.runs.by_id(principal, run_ids, columns)

    def detail(self, principal: Principal, run_id: str) -> RunDetail | None:
        """See ``DataSource.detail``."""
        return self._details.read(principal, run_id)

    def difference(
        self,
        principal: Principal,
        run_ids: tuple[str, str],
        metric: str | None = None,
        direction: Direction | None = None,
    ) -> RunDifference:
        """See ``DataSource.difference``."""
        return self.difference_reader.read(principal, run_ids, metric, direction)

    def plots(self, principal: Principal, run_ids: Sequence[str]) -> tuple[Plot, ...]:
        """See ``DataSource.plots``."""
        rows = self._store.runs.rows(principal, run_ids)
        return tuple(catalog(list(rows), self._holdings(rows), self._store.metrics.latest(list(rows))))

    def held(self, principal: Principal, run_ids: Sequence[str]) -> dict[str, list[Plot]]:
        """The plots that each of these runs holds by itself; unreadable runs are missing."""
        rows = self._store.runs.rows(principal, run_ids)
        metrics = self._store.metrics.latest(list(rows))
        mine: dict[str, list[Holding]] = {run: [] for run in rows}
        for one in self._holdings(rows):
            mine[one.run_id].append(one)
        return {run: catalog([run], held, metrics) for run, held in mine.items()}

    def drawings(
        self, principal: Principal, run_ids: Sequence[str], keys: Sequence[str], *, step: int | None = None
    ) -> tuple[Drawing, ...]:
        """See ``DataSource.drawings``."""
        return self._store.drawings.read(self._store.runs.rows(principal, run_ids), keys, step=step)

    def params(self, principal: Principal, run_ids: Sequence[str]) -> dict[str, dict[str, str]]:
        """See ``DataSource.params``."""
        return self._store.params.read(principal, run_ids)

    def summaries(
        self,
        principal: Principal,
        run_ids: Sequence[str],
        keys: Collection[str] | None = None,
        *,
        history: bool = True,
        directions: Mapping[str, Direction] | None = None,
    ) -> tuple[Summary, ...]:
        """See ``DataSource.summaries``."""
        read = self._store.summaries.read
        if not history:
            found, _ = read(principal, run_ids, keys, _LAST)
            return tuple(map(Summary, found.run_id, found.key, found.last))
        found, _ = read(principal, run_ids, keys, COLUMNS)
        said = {key: way for key, way in (directions or {}).items() if better(key) != way}
        steps = self._store.summaries.best_steps(list(dict.fromkeys(found.run_id)), said)
        best = [
            steps.get((run, key)) if key in said else step
            for run, key, step in zip(found.run_id, found.key, found.best_step, strict=True)
        ]
        columns = (found.run_id, found.key, found.last, found.min, found.max, found.mean, best, found.count)
        return tuple(map(Summary._make, zip(*columns, strict=True)))

    def steps(self, principal: Principal, run_ids: Sequence[str], key: str) -> dict[str, tuple[int | None, ...]]:
        """See ``DataSource.steps``."""
        return self._store.drawings.steps(self._store.runs.rows(principal, run_ids), key)

    def history(self, principal: Principal, run_ids: Sequence[str], key: str, *, most: int) -> History | None:
        """See ``DataSource.history``."""
        return self._store.drawings.history(self._store.runs.rows(principal, run_ids), key, most)

    def sweep(self, principal: Principal, request: SweepRequest) -> SweepAnswer:
        """See ``DataSource.sweep``."""
        return self._sweeps.sweep(principal, request)

    def dependence(self, principal: Principal, request: DependenceRequest) -> DependenceAnswer:
        """See ``DataSource.dependence``."""
        return self._sweeps.dependence(principal, request)

    def suggestions(self, principal: Principal, request: SuggestionRequest) -> SuggestionAnswer:
        """See ``DataSource.suggestions``."""
        return self._sweeps.suggestions(principal, request)

    def insights(self, principal: Principal, run_ids: Sequence[str]) -> Insights:
        """See ``DataSource.insights``."""
        return self.insight_reader.read(principal, run_ids, seconds=_A_MOMENT_S)

    def trend(self, principal: Principal, experiment_id: str) -> ExperimentTrend | None:
        """See ``DataSource.trend``."""
        return self.trend_reader.read(principal, experiment_id)

    def alerts(self, principal: Principal, experiment_id: str) -> AlertNews | None:
        """See ``DataSource.alerts``."""
        return self._store.alerts.news(principal, experiment_id)

    def _holdings(self, rows: dict[str, RunRow]) -> list[Holding]:
        return holdings_of(self._store.plots.holdings(rows), self._store.parts)


def _orders(sort: str) -> list[str]:
    found = parse_sort(sort)
    if found is None or not askable(found[0].key):
        return []
    column, descending = found
    return [f"{column.expression} {'DESC' if descending else 'ASC'}"]
