"""Runs and experiments through MLflow's own public client: any tracking server, or a database without one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, TypeVar

from mlflow import MlflowClient
from mlflow.entities import RunTag, ViewType

from mlflow_ext.errors import Conflict, MlflowExtError, NotFound, PermissionDenied, StoreUnavailable, ValidationError
from mlflow_ext.rest import BulkAnswer, BulkRequest, BulkResult, Comparison, History, RunChange, RunInfo, Stage
from mlflow_ext.spool.header import bare_uri
from mlflow_ext.store_format import NOTE_TAG
from mlflow_ext.tracking.beyond import check_aggregates
from mlflow_ext.tracking.entity import exact, experiment, run_info, wire
from mlflow_ext.tracking.store import PAGE, Experiment, Ranked, Ranking, RunQuery, number
from mlflow_ext.tracking.trouble import NAMES, mlflow_errors, no_experiment

_VIEW = {"active": ViewType.ACTIVE_ONLY, "archived": ViewType.DELETED_ONLY, "all": ViewType.ALL}
_AT_ONCE = 8
_T = TypeVar("_T")


def _brief(error: Exception) -> str:
    """The first sentence: MLflow goes on with advice for servers."""
    return " ".join(str(error).split()).partition(". ")[0][:300].rstrip(".")


class MlflowStore:
    """A RunStore over ``mlflow.MlflowClient``.

    Args:
        tracking_uri: as MLflow takes it.
        page: how many runs or experiments one request asks for.

    Raises:
        StoreUnavailable: MLflow can't use the address.
    """

    def __init__(self, tracking_uri: str, page: int = PAGE) -> None:
        self._page = page
        self._uri = bare_uri(tracking_uri)
        self._projects: dict[str, str] = {}
        try:
            self._client = MlflowClient(tracking_uri)
        except Exception as error:  # of a database's driver too
            raise StoreUnavailable(
                f"MLflow as it is installed here can't use the address {self._uri} ({_brief(error)}). Set "
                "MLFLOW_TRACKING_URI to a server, or for a database install the whole of MLflow (pip install mlflow) "
                "and its driver."
            ) from error

    @property
    def uri(self) -> str:
        """The address without credentials."""
        return self._uri

    def _call(self, action: Callable[[], _T]) -> _T:
        with mlflow_errors(self._uri):
            return action()

    def runs(self, query: RunQuery) -> list[RunInfo]:
        """The runs that a query finds, in MLflow's own filter syntax."""
        check_aggregates(query.filter or "", "filter", self._uri)
        for key in query.order_by:
            check_aggregates(key, "order_by", self._uri)
        try:
            return list(islice(self._found(query), query.limit))
        except ValidationError as error:
            if not query.filter:
                raise
            raise ValidationError(
                f"{self._uri} takes filters in MLflow's own syntax only (no OR, NOT, parentheses or ranges), as it is "
                f"no ext-server: {error}",
                field="filter",
            ) from error

    def _found(self, query: RunQuery) -> Iterator[RunInfo]:
        ids = self._experiment_ids(query.project)
        token: str | None = None
        left = query.limit
        while ids:
            size = self._page if left is None else min(self._page, left)
            page = self._call(
                lambda size=size, token=token: self._client.search_runs(  # type: ignore[misc]
                    ids, query.filter or "", _VIEW[query.stage], size, list(query.order_by) or None, token
                )
            )
            yield from (self._info(run) for run in page)
            left = None if left is None else left - len(page)
            token = page.token
            if not token or left == 0:
                return

    def _experiment_ids(self, project: str | None) -> list[str]:
        if project is not None:
            return [self.experiment(project).experiment_id]
        return [one.experiment_id for one in self.experiments(None, "active", None)]

    def _info(self, run: Any) -> RunInfo:
        key = str(run.info.experiment_id)
        if key not in self._projects:
            self._projects[key] = self._call(lambda: self._client.get_experiment(key)).name
        return run_info(run, self._projects[key])

    def run(self, run_id: str) -> RunInfo:
        """One run, archived or not."""
        return self._info(self._call(lambda: self._client.get_run(run_id)))

    def compare(self, run_ids: Sequence[str]) -> Comparison:
        """The runs in the order asked; each is one request, eight at once."""
        ids = list(dict.fromkeys(run_ids))
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = list(pool.map(self._run_or_none, ids))
        runs = [run for run in found if run is not None]
        return Comparison(
            metric_keys=sorted({key for run in runs for key in run.metrics}),
            param_keys=sorted({key for run in runs for key in run.params}),
            runs=runs,
            missing=[name for name, run in zip(ids, found, strict=True) if run is None],
        )

    def _run_or_none(self, run_id: str) -> RunInfo | None:
        try:
            return self.run(run_id)
        except (NotFound, PermissionDenied):
            return None

    def leaderboard(self, ranking: Ranking) -> list[Ranked]:
        """The best runs; for another aggregate than the last value, every run's history is read."""
        if "`" in ranking.metric:  # MLflow takes no such key
            return []
        word = "ASC" if ranking.order == "asc" else "DESC"
        query = RunQuery(ranking.project, order_by=(f"metrics.`{ranking.metric}` {word}",), limit=None)
        ranked = []
        for run in self._found(query):
            value = run.metrics.get(ranking.metric)
            if value is None:  # those without the metric come last
                break
            if ranking.aggregate != "last":
                value = self._aggregate(run.run_id, ranking)
            if not math.isnan(number(value)):
                ranked.append(Ranked(run, number(value)))
            if ranking.aggregate == "last" and len(ranked) == ranking.top_k:
                break
        ranked.sort(key=lambda one: one.value, reverse=ranking.order == "desc")
        return ranked[: ranking.top_k]

    def _aggregate(self, run_id: str, ranking: Ranking) -> float:
        points = self._call(lambda: self._client.get_metric_history(run_id, ranking.metric))
        values = [value for point in points if not math.isnan(value := exact(point.value))]
        if not values:
            return math.nan
        if ranking.aggregate == "mean":
            return sum(values) / len(values)
        return min(values) if ranking.aggregate == "min" else max(values)

    def change(self, run_id: str, change: RunChange) -> None:
        """Change a run's name, tags and note."""
        tags = dict(change.tags)
        if "note" in change.model_fields_set:
            tags[NOTE_TAG] = change.note or None
        run = self._call(lambda: self._client.get_run(run_id))
        if run.info.lifecycle_stage != "active":
            raise Conflict(f"Run {run_id} is archived: restore it before you change it.")
        if change.name is not None:
            self._call(lambda: self._client.update_run(run_id, name=change.name))
        rows = [RunTag(key, value) for key, value in tags.items() if value is not None]
        if rows:
            self._call(lambda: self._client.log_batch(run_id, tags=rows))
        for key in [key for key, value in tags.items() if value is None and key in run.data.tags]:
            self._call(lambda key=key: self._client.delete_tag(run_id, key))  # type: ignore[misc]

    def bulk(self, request: BulkRequest) -> BulkAnswer:
        """One action on many runs; MLflow can't delete for good but on its server's own machine."""
        if request.action == "delete":
            raise ValidationError(
                f"{self._uri} can't delete runs for good, as it is no ext-server. On its machine run: mlflow gc "
                "--backend-store-uri URI --run-ids ID,ID",
                field="action",
            )
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return BulkAnswer(results=list(pool.map(lambda run_id: self._one(run_id, request), request.ids)))

    def _one(self, run_id: str, request: BulkRequest) -> BulkResult:
        try:
            if request.action == "archive":
                self._call(lambda: self._client.delete_run(run_id))
            elif request.action == "restore":
                self._call(lambda: self._client.restore_run(run_id))
            else:
                given = {"tags": request.tags or {}} if request.action == "tag" else {"note": request.note}
                self.change(run_id, RunChange.model_validate(given))
        except MlflowExtError as error:
            return BulkResult(run_id=run_id, ok=False, error=type(error).__name__, detail=str(error))
        return BulkResult(run_id=run_id, ok=True)

    def history(self, run_id: str, keys: Sequence[str]) -> list[History]:
        """Every point of those of these metrics that the run has."""
        found = []
        for key in keys:
            points = self._call(lambda key=key: self._client.get_metric_history(run_id, key))  # type: ignore[misc]
            points = sorted(points, key=lambda point: (point.step, point.timestamp))
            if points:
                found.append(
                    History(
                        run_id=run_id,
                        key=key,
                        step=[point.step for point in points],
                        value=[wire(point.value) for point in points],
                        timestamp=[point.timestamp for point in points],
                        total=len(points),
                    )
                )
        if not found:
            self.run(run_id)  # an unknown one is told from one without these metrics
        return found

    def experiments(self, search: str | None, stage: Stage, limit: int | None) -> list[Experiment]:
        """Experiments whose name contains ``search``, last changed first."""
        return list(islice(self._experiments(search, stage), limit))

    def _experiments(self, search: str | None, stage: Stage) -> Iterator[Experiment]:
        token: str | None = None
        while True:
            page = self._call(
                lambda token=token: self._client.search_experiments(  # type: ignore[misc]
                    _VIEW[stage], self._page, None, ["last_update_time DESC"], token
                )
            )
            for item in page:
                self._projects[str(item.experiment_id)] = item.name
                if (search or "").lower() in item.name.lower():
                    yield experiment(item)
            token = page.token
            if not token:
                return

    def experiment(self, name_or_id: str) -> Experiment:
        """One experiment, archived or not; a name goes before an id."""
        found = self._call(lambda: self._client.get_experiment_by_name(name_or_id)) if name_or_id else None
        if found is None and name_or_id.isascii() and name_or_id.isdigit():
            found = self._call(lambda: self._client.get_experiment(name_or_id))
        if found is None:
            raise no_experiment(name_or_id, self._uri, [one.name for one in self.experiments(None, "active", NAMES)])
        self._projects[str(found.experiment_id)] = found.name
        return experiment(found)
