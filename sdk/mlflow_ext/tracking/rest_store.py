"""Runs and experiments through the REST API of our own server: one request where MLflow's client needs many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel
from pydantic import ValidationError as NotUnderstood

from mlflow_ext.errors import NotFound, StoreUnavailable, ValidationError
from mlflow_ext.rest import (
    MAX_RUNS,
    BulkAnswer,
    BulkRequest,
    Comparison,
    Histories,
    History,
    HistoryRequest,
    PrimitiveInfo,
    RunChange,
    RunInfo,
    Stage,
    Summaries,
    page_limit,
)
from mlflow_ext.rest import ExperimentInfo as Info
from mlflow_ext.tracking.api import Api, Parameters, segment
from mlflow_ext.tracking.store import PAGE, Experiment, Ranked, Ranking, RunQuery, number
from mlflow_ext.tracking.trouble import NAMES, no_experiment

_ALL_POINTS = 1_000_000
_M = TypeVar("_M", bound=BaseModel)


class RestStore:
    """A RunStore over ``/ext/api``; own ids of runs work wherever MLflow's do.

    Args:
        api: of the server.
        page: how many runs or experiments one request asks for.
    """

    def __init__(self, api: Api, page: int = PAGE) -> None:
        self._api = api
        self._page = page

    @property
    def uri(self) -> str:
        """The address without credentials."""
        return self._api.uri

    def runs(self, query: RunQuery) -> list[RunInfo]:
        """The runs that a query finds."""
        project = self._name(query.project)
        asked: Parameters = {
            "project": project,
            "filter": query.filter or None,
            "order_by": list(query.order_by) or None,
            "stage": query.stage,
        }
        found = self._pages(RunInfo, "/runs", asked, query.limit, "/runs/search")
        if not found and project is not None:
            self.experiment(project)  # an unknown one is told from one without such runs
        return list({run.run_id: run for run in found}.values())  # pages shift while runs are started

    def _name(self, project: str | None) -> str | None:
        """An experiment's name; only what may be an id is looked up."""
        return self.experiment(project).name if project is not None and _numeric(project) else project

    def _pages(
        self, model: type[_M], path: str, asked: Parameters, limit: int | None, post_path: str | None = None
    ) -> list[_M]:
        found: list[_M] = []
        while limit is None or len(found) < limit:
            size = self._page if limit is None else min(self._page, limit - len(found))
            try:
                answer = self._api.ask(path, {**asked, "limit": size, "offset": len(found)}, post_path)
            except ValidationError as error:
                most = page_limit(str(error))
                if most is None or most >= size:
                    raise
                self._page = most
                continue
            rows = orjson.loads(answer.content)
            found += [self._read(model, row) for row in rows]
            total = answer.headers.get("X-Total-Count", "")
            if len(rows) < size or (total.isdigit() and len(found) >= int(total)):
                break
        return found

    def _read(self, model: type[_M], content: Any) -> _M:
        """A model from JSON; what only a newer server says is passed over."""
        try:
            return model.model_validate(_known(model, content))
        except NotUnderstood as error:
            raise StoreUnavailable(
                f"{self.uri} answers in a form that this version of mlflow-ext does not know; update it ({error})."
            ) from error

    def run(self, run_id: str) -> RunInfo:
        """One run, archived or not."""
        return self._read(RunInfo, orjson.loads(self._api.get(f"/runs/{segment(run_id)}").content))

    def compare(self, run_ids: Sequence[str]) -> Comparison:
        """The runs in the order asked, each once."""
        answer = self._api.ask("/runs/compare", {"ids": list(dict.fromkeys(run_ids))})
        return self._read(Comparison, orjson.loads(answer.content))

    def leaderboard(self, ranking: Ranking) -> list[Ranked]:
        """The best active runs, ranked by the server."""
        project = self._name(ranking.project)
        asked: Parameters = {
            "metric_name": ranking.metric,
            "top_k": ranking.top_k,
            "order": ranking.order,
            "aggregate": ranking.aggregate,
            "project": project,
        }
        rows = orjson.loads(self._api.get("/runs/leaderboard", asked).content)
        runs = [self._read(RunInfo, row) for row in rows]
        if not runs and project is not None:
            self.experiment(project)
        values = {row["run_id"]: number(row["value"]) for row in rows if "value" in row}
        if len(values) < len(runs):  # an older server names no values
            values = self._values(runs, ranking)
        return [Ranked(run, values[run.run_id]) for run in runs if run.run_id in values]

    def _values(self, runs: Sequence[RunInfo], ranking: Ranking) -> dict[str, float]:
        """What each run ranks by: its last value stands in the run, the rest in the summaries."""
        if ranking.aggregate == "last":
            return {run.run_id: number(run.metrics[ranking.metric]) for run in runs if ranking.metric in run.metrics}
        values: dict[str, float] = {}
        for start in range(0, len(runs), MAX_RUNS):
            ids = [run.run_id for run in runs[start : start + MAX_RUNS]]
            asked: Parameters = {"runs": ids, "keys": [ranking.metric]}
            table = self._read(Summaries, orjson.loads(self._api.ask("/metrics/summary", asked).content))
            column = getattr(table, ranking.aggregate)
            values |= {run: number(value) for run, value in zip(table.run_id, column, strict=True) if value is not None}
        return values

    def change(self, run_id: str, change: RunChange) -> None:
        """Change a run's name, tags and note."""
        self._api.send("PATCH", f"/runs/{segment(run_id)}", change.model_dump_json(exclude_unset=True).encode())

    def bulk(self, request: BulkRequest) -> BulkAnswer:
        """One action on many runs, each answered by itself."""
        answer = self._api.send("POST", "/runs/bulk", request.model_dump_json(exclude_unset=True).encode())
        return self._read(BulkAnswer, orjson.loads(answer.content))

    def history(self, run_id: str, keys: Sequence[str]) -> list[History]:
        """Every point of those of these metrics that the run has.

        Raises:
            StoreUnavailable: there are more points than the server sends.
        """
        request = HistoryRequest(runs=[run_id], keys=list(keys), max_points=_ALL_POINTS)
        answer = self._api.send("POST", "/metrics/history", request.model_dump_json().encode())
        found = self._read(Histories, orjson.loads(answer.content))
        if found.missing:
            raise NotFound(f"There is no run {run_id!r} at {self.uri}.")
        for history in found.histories:
            if history.total > len(history.step):
                raise StoreUnavailable(
                    f"{self.uri} sends {len(history.step):,} of the {history.total:,} points of {history.key!r}. Read "
                    "them with mlflow.MlflowClient().get_metric_history()."
                )
        return found.histories

    def experiments(self, search: str | None, stage: Stage, limit: int | None) -> list[Experiment]:
        """Experiments whose name contains ``search``."""
        found = self._pages(Info, "/experiments", {"search": search or None, "stage": stage}, limit)
        return [_experiment(info) for info in found]

    def experiment(self, name_or_id: str) -> Experiment:
        """One experiment, archived or not; a name goes before an id."""
        for found in self.experiments(name_or_id, "all", None):
            if found.name == name_or_id:
                return found
        if _numeric(name_or_id):
            content = orjson.loads(self._api.get(f"/experiments/{name_or_id}").content)
            return _experiment(self._read(Info, content))
        raise no_experiment(name_or_id, self.uri, [one.name for one in self.experiments(None, "active", NAMES)])


def _experiment(info: Info) -> Experiment:
    return Experiment(**{field.name: getattr(info, field.name) for field in fields(Experiment)})


def _numeric(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _known(model: type[BaseModel], content: Any) -> Any:
    """The fields of ``content`` that ``model`` has; the same of the runs and primitives within."""
    if not isinstance(content, dict):
        return content
    kept = {key: value for key, value in content.items() if key in model.model_fields}
    for key, inner in (("runs", RunInfo), ("primitives", PrimitiveInfo)):
        if isinstance(kept.get(key), list):
            kept[key] = [_known(inner, item) for item in kept[key]]
    return kept
