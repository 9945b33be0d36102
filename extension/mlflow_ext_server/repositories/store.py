"""Every repository over one backend, with the caches that they share."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import orjson
import sqlalchemy as sa

from mlflow_ext.errors import NotFound
from mlflow_ext.store_format import TagGlance
from mlflow_ext_server.repositories.alert import AlertRepository
from mlflow_ext_server.repositories.alias import AliasRepository
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.catalog import Holding
from mlflow_ext_server.repositories.drawing import DrawingReader
from mlflow_ext_server.repositories.experiment import ExperimentRepository
from mlflow_ext_server.repositories.history import HistoryReader
from mlflow_ext_server.repositories.holding import holdings_of
from mlflow_ext_server.repositories.index import IndexRepository
from mlflow_ext_server.repositories.leaderboard import LeaderboardRepository
from mlflow_ext_server.repositories.metric import History, MetricRepository
from mlflow_ext_server.repositories.outcome import OutcomeRepository
from mlflow_ext_server.repositories.param import ParamRepository
from mlflow_ext_server.repositories.part import PartRepository
from mlflow_ext_server.repositories.plot import PlotRepository
from mlflow_ext_server.repositories.primitive import PrimitiveReader
from mlflow_ext_server.repositories.record import RecordRepository, RunRecord
from mlflow_ext_server.repositories.run import RunRepository, RunRow
from mlflow_ext_server.repositories.schema import latest_metrics
from mlflow_ext_server.repositories.scope import askable, readable_runs
from mlflow_ext_server.repositories.summary import SummaryRepository
from mlflow_ext_server.repositories.view import ViewRepository
from mlflow_ext_ui.source import Principal

_CONFIG = "config.json"
_OURS = "ext/"
_FILES = 1000


class Store:
    """Reads MLflow's database and artifacts; keeps nothing but caches that can be dropped."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.runs = RunRepository(backend)
        self.outcomes = OutcomeRepository(backend, self.runs)
        self.plots = PlotRepository(backend)
        self.metrics = MetricRepository(backend)
        self.parts = PartRepository(backend)
        self.histories = HistoryReader(self.metrics)
        self.drawings = DrawingReader(self.plots, self.metrics, self.histories, self.parts)
        self.primitives = PrimitiveReader(self.plots, self.parts)
        self.records = RecordRepository(backend)
        self.params = ParamRepository(backend)
        self.aliases = AliasRepository(backend)
        self.summaries = SummaryRepository(backend)
        self.index = IndexRepository(backend)
        self.experiments = ExperimentRepository(backend)
        self.alerts = AlertRepository(backend)
        self.views = ViewRepository(backend)
        self.leaderboards = LeaderboardRepository(backend, self.records, self.summaries)

    @property
    def dialect(self) -> str:
        """SQLAlchemy's name of the database."""
        return self.backend.dialect

    def keys(self, keys: Collection[str]) -> frozenset[str]:
        """Those of ``keys`` that are the name of a metric of any run."""
        if not keys:
            return frozenset()
        query = sa.select(latest_metrics.c.key).where(latest_metrics.c.key.in_(sorted(keys))).distinct()
        with self.backend.read() as session:
            return frozenset(session.execute(query).scalars())

    def run_id(self, principal: Principal, run_id: str) -> str:
        """MLflow's id of a run, given that or the run's own.

        Raises:
            NotFound: no run of this workspace has that id of its own.
        """
        known = self.aliases.resolve(principal, [run_id]).get(run_id)
        if known is None:
            raise NotFound(f"There is no run {run_id!r}, or you may not read it.")
        return known

    def record(self, principal: Principal, run_id: str) -> RunRecord:
        """One run by MLflow's id or its own.

        Raises:
            NotFound: there is none, or it may not be read.
        """
        known = self.run_id(principal, run_id)
        record = self.records.by_ids(principal, [known]).get(known)
        if record is None:
            raise NotFound(f"There is no run {run_id!r}, or you may not read it.")
        return record

    def row(self, record: RunRecord) -> RunRow:
        """What reading a run's data needs."""
        return RunRow(
            record.run_id,
            record.experiment_id,
            record.artifact_uri,
            record.status,
            record.start_time,
            record.end_time,
        )

    def held(self, principal: Principal, run_ids: Sequence[str]) -> dict[str, list[TagGlance]]:
        """What each of these runs holds; a name that its tag had to cut is read from its part."""
        found = self.index.read(principal, run_ids, "all")
        cut = [run for run, plots in found.items() if any(plot.cut for plot in plots)]
        for run, record in self.records.by_ids(principal, cut).items():
            whole = {one.slug: one for one in holdings_of(self.plots.holdings({run: self.row(record)}), self.parts)}
            found[run] = [_completed(plot, whole.get(plot.slug)) if plot.cut else plot for plot in found[run]]
        return found

    def metric_histories(
        self, principal: Principal, run_ids: Sequence[str], keys: Sequence[str] | None
    ) -> tuple[set[str], dict[tuple[str, str], History]]:
        """Which of the runs may be read, and their histories in the order of runs and keys."""
        readable = list(readable_runs(self.backend, principal, run_ids, "all"))
        wanted = None if keys is None else [key for key in dict.fromkeys(keys) if askable(key)]
        latest = self.metrics.latest(readable, wanted)
        pairs = [(run, key) for run in readable for key in (sorted(latest.get(run, {})) if wanted is None else wanted)]
        return set(readable), self.histories.read(pairs, latest)

    def artifacts(self, record: RunRecord) -> list[str]:
        """Paths of the run's files, but for those that hold its primitives; the first thousand."""
        paths = self.backend.artifact_paths(record.artifact_uri, _FILES)
        return [path for path in paths if not path.startswith(_OURS)]

    def config(self, record: RunRecord) -> dict[str, Any] | None:
        """The run's ``config.json``; None where it has none, or one that is no JSON object."""
        try:
            plain = orjson.loads(self.backend.artifact(record.artifact_uri, _CONFIG))
        except (NotFound, orjson.JSONDecodeError):
            return None
        return plain if isinstance(plain, dict) else None


def _completed(plot: TagGlance, whole: Holding | None) -> TagGlance:
    if whole is None:
        return plot
    return plot._replace(name=whole.name, section=whole.section, fields=whole.fields)
