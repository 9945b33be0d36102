"""Where runs came from, of many at once: tags, system metrics, the models they made and ran with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from mlflow_ext.store_format import TAG_PREFIX
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.schema import (
    experiments,
    inputs,
    latest_metrics,
    logged_model_tags,
    logged_models,
    runs,
    tags,
)
from mlflow_ext_server.repositories.scope import (
    Stage,
    among,
    experiment_numbers,
    in_workspace,
    number,
    raw_rows,
    readable_runs,
    staged,
)
from mlflow_ext_ui.source import Principal

GIT = "mlflow.source.git."
_COMMIT, _DIRTY, _DIFF = (GIT + name for name in ("commit", "dirty", "diff"))
_GIVEN, _MADE = "RUN_INPUT", "RUN_OUTPUT"


class MadeModel(NamedTuple):
    """A model that a run made, and where its files are."""

    model_id: str
    artifact_uri: str


class Origin(NamedTuple):
    """What is known of where a run came from.

    ``tags`` without those of primitives, with what ``mlflow.genai.enable_git_model_versioning`` found for this run;
    ``system``: keys of its system metrics; ``models``: that it made, the newest first.
    """

    artifact_uri: str
    tags: dict[str, str]
    system: list[str]
    models: list[MadeModel]


class ProvenanceRepository:
    """Reads origins with a fixed number of queries, bounded by workspace and readable experiments."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def finished(
        self, principal: Principal, experiment_ids: Collection[str], metric: str, most: int
    ) -> dict[str, float]:
        """The newest finished runs of these experiments that have the metric, with its last value."""
        within = experiment_numbers(self._backend.readable(principal, set(experiment_ids)))
        last = latest_metrics.c
        query = (
            sa.select(runs.c.run_uuid, last.value, last.is_nan)
            .select_from(
                runs.join(experiments, experiments.c.experiment_id == runs.c.experiment_id).join(
                    latest_metrics, sa.and_(last.run_uuid == runs.c.run_uuid, last.key == metric)
                )
            )
            .where(
                among(runs.c.experiment_id, within, self._backend.dialect),
                runs.c.status == "FINISHED",
                in_workspace(principal),
                staged("active"),
            )
            .order_by(runs.c.start_time.desc(), runs.c.run_uuid)
            .limit(most)
        )
        with self._backend.read() as session:
            return {run: number(value, nan) for run, value, nan in raw_rows(session, query)}

    def models(self, principal: Principal, run_ids: Sequence[str]) -> dict[str, Origin]:
        """Of those of these runs that made models, the models alone, without tags and place of the run."""
        readable = readable_runs(self._backend, principal, run_ids, "active")
        asked = self._with_models(principal, readable)
        found: dict[str, Origin] = {}
        with self._backend.read() as session:
            for run, _, model_id, place in self._models(session, asked, (_MADE,)):
                found.setdefault(run, Origin("", {}, [], [])).models.append(MadeModel(model_id, place or ""))
        return found

    def read(self, principal: Principal, run_ids: Sequence[str], stage: Stage = "all") -> dict[str, Origin]:
        """The origins of these runs, in the order asked; unknown and unreadable ones are missing."""
        readable = readable_runs(self._backend, principal, run_ids, stage)
        asked = self._with_models(principal, readable)
        dialect = self._backend.dialect
        mine = among(runs.c.run_uuid, readable, dialect)
        no_plots = sa.not_(tags.c.key.startswith(TAG_PREFIX, autoescape=True))
        last = latest_metrics.c
        system = sa.and_(among(last.run_uuid, readable, dialect), last.key.startswith("system/", autoescape=True))
        with self._backend.read() as session:
            places = dict(raw_rows(session, sa.select(runs.c.run_uuid, runs.c.artifact_uri).where(mine)))
            found = {run: Origin(places.get(run) or "", {}, [], []) for run in readable}
            query = sa.select(tags.c.run_uuid, tags.c.key, tags.c.value)
            for run, key, text in raw_rows(session, query.where(among(tags.c.run_uuid, readable, dialect), no_plots)):
                found[run].tags[key] = text or ""
            for run, key in raw_rows(session, sa.select(last.run_uuid, last.key).where(system)):
                found[run].system.append(key)
            self._add_models(session, found, asked)
        return found

    def _with_models(self, principal: Principal, readable: Mapping[str, str]) -> list[str]:
        """Those of these runs whose models may be read."""
        with_models = self._backend.with_readable_models(principal, set(readable.values()))
        return [run for run, experiment in readable.items() if experiment in with_models]

    def _models(self, session: Session, asked: Sequence[str], kinds: Sequence[str]) -> Iterable[Any]:
        """Run, kind, model and its place of the models that runs made or ran with, the newest first."""
        model = logged_models.c
        query = (
            sa.select(inputs.c.source_id, inputs.c.source_type, model.model_id, model.artifact_location)
            .select_from(inputs.join(logged_models, model.model_id == inputs.c.destination_id))
            .where(inputs.c.source_type.in_(kinds), among(inputs.c.source_id, asked, self._backend.dialect))
            .order_by(model.creation_timestamp_ms.desc(), model.model_id)
        )
        return raw_rows(session, query)

    def _add_models(self, session: Session, found: dict[str, Origin], asked: list[str]) -> None:
        given: dict[str, list[str]] = {}
        for run, kind, model_id, place in self._models(session, asked, (_GIVEN, _MADE)):
            if kind == _MADE:
                found[run].models.append(MadeModel(model_id, place or ""))
            else:
                given.setdefault(run, []).append(model_id)
        states = self._states(session, {one for models in given.values() for one in models})
        newest = self._newest(session, states)
        for run, models in given.items():
            mine = found[run].tags
            state = next((one for one in models if one in states and states[one].get(_COMMIT) == mine.get(_COMMIT)), "")
            if not state:
                continue
            mine.setdefault(_DIRTY, states[state][_DIRTY])
            # MLflow keeps one diff for all runs of a commit with changes, that of the last of them.
            if newest.get(state) == run and _DIFF in states[state]:
                mine.setdefault(_DIFF, states[state][_DIFF])

    def _states(self, session: Session, models: Collection[str]) -> dict[str, dict[str, str]]:
        """Of those models that stand for a state of a git repository, their tags of git."""
        tag = logged_model_tags.c
        query = sa.select(tag.model_id, tag.tag_key, tag.tag_value).where(
            among(tag.model_id, models, self._backend.dialect), tag.tag_key.in_((_COMMIT, _DIRTY, _DIFF))
        )
        found: dict[str, dict[str, str]] = {}
        for model, key, text in raw_rows(session, query):
            found.setdefault(model, {})[key] = text or ""
        return {model: mine for model, mine in found.items() if _DIRTY in mine}

    def _newest(self, session: Session, models: Collection[str]) -> dict[str, str]:
        """The last run that ran with each of these models."""
        query = (
            sa.select(inputs.c.destination_id, inputs.c.source_id)
            .select_from(inputs.join(runs, runs.c.run_uuid == inputs.c.source_id))
            .where(inputs.c.source_type == _GIVEN, among(inputs.c.destination_id, models, self._backend.dialect))
            .order_by(runs.c.start_time, runs.c.run_uuid)
        )
        return {model: run for model, run in raw_rows(session, query)}
