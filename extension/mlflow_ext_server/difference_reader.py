"""Why two runs differ: what MLflow stores of them and of the other runs, given to the pure analysis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlflow_ext.direction import Direction, better
from mlflow_ext.errors import StoreUnavailable
from mlflow_ext.rest import RunDifference, UnknownThing
from mlflow_ext_server.analysis.insight.difference import Recorded, difference
from mlflow_ext_server.analysis.insight.provenance import Dataset, comparable, recorded
from mlflow_ext_server.difference_answer import Side, answer, incomplete, unknown_thing
from mlflow_ext_server.repositories.dataset import DatasetRepository
from mlflow_ext_server.repositories.package import PackageReader
from mlflow_ext_server.repositories.primary_metric import primary_metric
from mlflow_ext_server.repositories.provenance import ProvenanceRepository
from mlflow_ext_server.repositories.record import RunRecord
from mlflow_ext_server.repositories.scope import askable
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_ui.source import Principal

MOST_RUNS = 500
"""Other runs that pairs are taken from, the newest."""
_SECONDS = 2.0
"""How long the packages of other runs may take."""


class DifferenceReader:
    """Answers for the route and for the page."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._origins = ProvenanceRepository(store.backend)
        self._datasets = DatasetRepository(store.backend)
        self._packages = PackageReader(store.backend)

    def read(
        self, principal: Principal, ids: Sequence[str], metric: str | None = None, direction: Direction | None = None
    ) -> RunDifference:
        """Why the second of two runs differs from the first; ids that are unknown or unreadable are ``missing``.

        Args:
            principal: who asks.
            ids: two, MLflow's or the runs' own.
            metric: what is to be explained; None: what most runs of the experiment share, of those that both have.
            direction: what is better; None: as its name tells.
        """
        known = self._store.aliases.resolve(principal, ids)
        wanted = list(dict.fromkeys(known.values()))
        records = self._store.records.by_ids(principal, wanted)
        sides, unread = self._sides(principal, records)
        one, other = (sides.get(known.get(each, "")) for each in ids)
        if one is None or other is None:
            missing = [each for each in dict.fromkeys(ids) if known.get(each) not in sides]
            return incomplete(one, other, metric, direction, missing)
        shared = sorted(one.record.metrics.keys() & other.record.metrics.keys())
        target = metric or self._metric(one.record, shared)
        way = direction or (better(target) if target else None)
        a, b, unknown = comparable(one.recorded(target), other.recorded(target))
        told: list[UnknownThing] = [unknown_thing(each) for each in unknown]
        if unread:
            told.append(UnknownThing(part="package", name=None, of="both", sentence=unread))
        history: list[Recorded] = []
        if target is not None:
            with_packages = a.package != b.package
            history, complete = self._history(principal, one.record, other.record, target, with_packages)
            if with_packages and not complete:
                words = "The packages of other runs take too long to read, so nothing tells what a package does."
                told.append(UnknownThing(part="package", name=None, of="both", sentence=words))
        found = difference(a, b, history, way, target)
        others = sum(each.run not in (a.run, b.run) for each in history)
        return answer((one, other), (a, b), found, target, way, shared, told, others)

    def _sides(self, principal: Principal, records: Mapping[str, RunRecord]) -> tuple[dict[str, Side], str]:
        origins = self._origins.read(principal, list(records))
        datasets = self._datasets.digests(principal, list(records))
        unread = ""
        sides: dict[str, Side] = {}
        for run, record in records.items():
            if run not in origins:
                continue
            try:
                text = self._packages.read(origins[run])
            except StoreUnavailable as error:
                text, unread = "", f"Packages could not be read: {error}"
            given = [Dataset(*one) for one in datasets.get(run, [])]
            sides[run] = Side(record, origins[run], given, text)
        return sides, unread

    def _metric(self, record: RunRecord, shared: Sequence[str]) -> str | None:
        with self._store.backend.read() as session:
            primary = primary_metric(session, int(record.experiment_id))
        if primary in shared:
            return primary
        plain = [key for key in shared if not key.startswith("system/")]
        return next((key for key in plain if better(key)), plain[0] if plain else None)

    def _history(
        self, principal: Principal, one: RunRecord, other: RunRecord, metric: str, with_packages: bool
    ) -> tuple[list[Recorded], bool]:
        """Other runs, the oldest first, and whether their packages were all read."""
        if not askable(metric):
            return [], True
        within = {one.experiment_id, other.experiment_id}
        values = self._origins.finished(principal, within, metric, MOST_RUNS)
        runs = [run for run in reversed(values) if run not in (one.run_id, other.run_id)]
        origins = self._origins.read(principal, runs, "active")
        params = self._store.params.read(principal, runs)
        datasets = self._datasets.digests(principal, runs, "active")
        read: dict[str, dict[str, str]] | None = {}
        if with_packages:
            try:
                read = self._packages.of_runs(origins, _SECONDS)
            except StoreUnavailable:
                read = None
        found = [
            recorded(
                run,
                values[run],
                params.get(run, {}),
                origin.tags,
                [Dataset(*each) for each in datasets.get(run, [])],
                (read or {}).get(run),
                origin.system,
            )
            for run, origin in origins.items()
        ]
        return found, read is not None
