"""Logged models and which runs gave or took them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.schema import (
    experiments,
    inputs,
    logged_model_metrics,
    logged_model_params,
    logged_model_tags,
    logged_models,
)
from mlflow_ext_server.repositories.scope import (
    Stage,
    among,
    askable,
    experiment_numbers,
    in_workspace,
    number,
    raw_rows,
    readable_runs,
)
from mlflow_ext_ui.source import Principal

_STATUS = {1: "PENDING", 2: "READY", 3: "FAILED"}
_INPUT = ("RUN_INPUT", "MODEL_INPUT")
_OUTPUT = ("RUN_OUTPUT", "MODEL_OUTPUT")


class ModelMetric(NamedTuple):
    """A metric of a logged model; of a NaN MLflow stores only the 0 that stands for it."""

    name: str
    value: float
    step: int
    timestamp: int
    run_id: str | None
    dataset: str | None


@dataclass(slots=True)
class LoggedModelRecord:
    """One logged model; times in ms since the epoch."""

    model_id: str
    experiment_id: str
    name: str
    model_type: str | None
    status: str
    stage: Literal["active", "archived"]
    source_run_id: str | None
    artifact_uri: str
    creation_time: int
    last_update_time: int
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    metrics: list[ModelMetric] = field(default_factory=list)


class ModelLink(NamedTuple):
    """A run that gave a model (``output``, at ``step``) or took one (``input``)."""

    run_id: str
    model_id: str
    role: Literal["input", "output"]
    step: int


class LoggedModelRepository:
    """Reads logged models, bounded by workspace and by the experiments whose models may be read."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def links(self, principal: Principal, run_ids: Sequence[str], stage: Stage = "all") -> dict[str, list[ModelLink]]:
        """The models that each of these runs took and gave; unknown and unreadable runs are missing."""
        readable = readable_runs(self._backend, principal, run_ids, stage)
        with_models = self._backend.with_readable_models(principal, set(readable.values()))
        asked = [run for run, experiment in readable.items() if experiment in with_models]
        query = sa.select(inputs.c.source_id, inputs.c.destination_id, inputs.c.source_type, inputs.c.step).where(
            sa.or_(*(sa.and_(inputs.c.source_type == a, inputs.c.destination_type == b) for a, b in (_INPUT, _OUTPUT))),
            among(inputs.c.source_id, asked, self._backend.dialect),
        )
        found: dict[str, list[ModelLink]] = {run: [] for run in readable}
        with self._backend.read() as session:
            for run, model, kind, step in raw_rows(session, query):
                found[run].append(ModelLink(run, model, "input" if kind == _INPUT[0] else "output", step))
        for links in found.values():
            links.sort(key=lambda link: (link.role, link.step, link.model_id))
        return found

    def by_ids(self, principal: Principal, model_ids: Sequence[str]) -> dict[str, LoggedModelRecord]:
        """These models in the order asked; unknown and unreadable ones are missing."""
        asked = [one for one in dict.fromkeys(model_ids) if askable(one)]
        found = self._read(principal, among(logged_models.c.model_id, asked, self._backend.dialect))
        return {one: found[one] for one in asked if one in found}

    def of_runs(self, principal: Principal, run_ids: Sequence[str], stage: Stage = "all") -> list[LoggedModelRecord]:
        """The models made by these runs, newest first; those of unreadable runs are left out."""
        readable = readable_runs(self._backend, principal, run_ids, stage)
        condition = among(logged_models.c.source_run_id, readable, self._backend.dialect)
        return list(self._read(principal, condition, "active").values())

    def of_experiments(self, principal: Principal, experiment_ids: Sequence[str]) -> list[LoggedModelRecord]:
        """The models of these experiments, newest first."""
        numbers = experiment_numbers(experiment_ids)
        condition = among(logged_models.c.experiment_id, numbers, self._backend.dialect)
        return list(self._read(principal, condition, "active").values())

    def _read(
        self, principal: Principal, condition: sa.ColumnElement[bool], stage: Stage = "all"
    ) -> dict[str, LoggedModelRecord]:
        table = logged_models.c
        active = sa.and_(table.lifecycle_stage == "active", experiments.c.lifecycle_stage == "active")
        query = (
            sa.select(
                table.model_id, table.experiment_id, table.name, table.model_type, table.status,
                sa.case((active, "active"), else_="archived"), table.source_run_id, table.artifact_location,
                table.creation_timestamp_ms, table.last_updated_timestamp_ms,
            )
            .select_from(logged_models.join(experiments, experiments.c.experiment_id == table.experiment_id))
            .where(in_workspace(principal), condition, active if stage == "active" else sa.true())
            .order_by(table.creation_timestamp_ms.desc(), table.model_id)
        )  # fmt: skip
        with self._backend.read() as session:
            rows = raw_rows(session, query)
        within = {str(row[1]) for row in rows}
        readable = self._backend.with_readable_models(principal, within)
        found = {
            row[0]: LoggedModelRecord(row[0], str(row[1]), row[2], row[3], _STATUS.get(row[4], "UNSPECIFIED"), *row[5:])
            for row in rows
            if str(row[1]) in readable
        }
        with self._backend.read() as session:
            self._fill(session, found)
        with_runs = self._backend.readable(principal, within)
        for one in found.values():
            if one.experiment_id not in with_runs:  # models may be read, runs not
                one.source_run_id = None
                one.metrics = [metric._replace(run_id=None) for metric in one.metrics]
        return found

    def _fill(self, session: Session, found: dict[str, LoggedModelRecord]) -> None:
        for model, key, value in self._of(session, found, logged_model_params, "param_key", "param_value"):
            found[model].params[key] = value
        for model, key, value in self._of(session, found, logged_model_tags, "tag_key", "tag_value"):
            found[model].tags[key] = value
        columns = ("metric_name", "metric_value", "metric_step", "metric_timestamp_ms", "run_id", "dataset_name")
        for model, name, value, *rest in self._of(session, found, logged_model_metrics, *columns):
            found[model].metrics.append(ModelMetric(name, number(value or 0.0, value is None), *rest))
        for one in found.values():
            one.metrics.sort(key=lambda metric: (metric.name, metric.step, metric.timestamp, metric.run_id or ""))

    def _of(
        self, session: Session, found: Collection[str], table: sa.TableClause, *columns: str
    ) -> Sequence[tuple[Any, ...]]:
        query = sa.select(table.c.model_id, *(table.c[name] for name in columns)).where(
            among(table.c.model_id, found, self._backend.dialect)
        )
        return raw_rows(session, query)
