"""The server's ``DataSource``: MLflow's store behind what the UI asks."""

from __future__ import annotations

from collections.abc import Sequence

from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.catalog import Holding, catalog
from mlflow_ext_server.repositories.drawing import DrawingReader
from mlflow_ext_server.repositories.history import HistoryReader
from mlflow_ext_server.repositories.holding import holdings_of
from mlflow_ext_server.repositories.metric import MetricRepository
from mlflow_ext_server.repositories.part import PartRepository
from mlflow_ext_server.repositories.plot import PlotRepository
from mlflow_ext_server.repositories.run import RunRepository, RunRow
from mlflow_ext_ui.source import Drawing, Experiment, Plot, Principal, Run, RunPage


class StoreSource:
    """Answers the UI from MLflow's database and artifacts; keeps nothing but caches that can be dropped."""

    def __init__(self, backend: Backend) -> None:
        self._runs = RunRepository(backend)
        self._plots = PlotRepository(backend)
        self._metrics = MetricRepository(backend)
        self._parts = PartRepository(backend)
        self._drawings = DrawingReader(self._plots, self._metrics, HistoryReader(self._metrics), self._parts)

    def experiments(self, principal: Principal, *, search: str = "", limit: int = 200) -> tuple[Experiment, ...]:
        """See ``DataSource.experiments``."""
        return self._runs.experiments(principal, search=search, limit=limit)

    def runs(
        self, principal: Principal, experiment_id: str, *, search: str = "", limit: int = 1000, offset: int = 0
    ) -> RunPage:
        """See ``DataSource.runs``."""
        return self._runs.page(principal, experiment_id, search=search, limit=limit, offset=offset)

    def runs_by_id(self, principal: Principal, run_ids: Sequence[str]) -> tuple[Run, ...]:
        """See ``DataSource.runs_by_id``."""
        return self._runs.by_id(principal, run_ids)

    def plots(self, principal: Principal, run_ids: Sequence[str]) -> tuple[Plot, ...]:
        """See ``DataSource.plots``."""
        rows = self._runs.rows(principal, run_ids)
        return tuple(catalog(list(rows), self._holdings(rows), self._metrics.latest(list(rows))))

    def held(self, principal: Principal, run_ids: Sequence[str]) -> dict[str, list[Plot]]:
        """The plots that each of these runs holds by itself; unreadable runs are missing."""
        rows = self._runs.rows(principal, run_ids)
        metrics = self._metrics.latest(list(rows))
        mine: dict[str, list[Holding]] = {run: [] for run in rows}
        for one in self._holdings(rows):
            mine[one.run_id].append(one)
        return {run: catalog([run], held, metrics) for run, held in mine.items()}

    def drawings(
        self, principal: Principal, run_ids: Sequence[str], keys: Sequence[str], *, step: int | None = None
    ) -> tuple[Drawing, ...]:
        """See ``DataSource.drawings``."""
        return self._drawings.read(self._runs.rows(principal, run_ids), keys, step=step)

    def _holdings(self, rows: dict[str, RunRow]) -> list[Holding]:
        return holdings_of(self._plots.holdings(rows), self._parts)
