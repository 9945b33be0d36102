"""Runs: made, changed, ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import orjson

from mlflow_ext.encoding import jsonable
from mlflow_ext.errors import Conflict, MlflowExtError, PermissionDenied, ValidationError
from mlflow_ext.rest import MetricPoint, NewRun, NewRunIn, NoteChange, RunChange, RunEnd
from mlflow_ext.store_format import ALIAS_TAG, COMMAND_TAG, DATASET_TAG
from mlflow_ext.uploader.fold import flattened
from mlflow_ext.uploader.mirror import MetricRow, number
from mlflow_ext.uploader.sending import BATCH_ENTITIES, BATCH_PARAMS
from mlflow_ext_server.repositories.claim import ClaimRepository
from mlflow_ext_server.repositories.color import ColorRepository
from mlflow_ext_server.repositories.leftover import forget
from mlflow_ext_server.repositories.scope import workspace_of
from mlflow_ext_server.repositories.target import ExperimentTarget, TargetRepository
from mlflow_ext_server.writing import experiment as experiments
from mlflow_ext_server.writing.access import changeable, unknown_experiment
from mlflow_ext_server.writing.audit import recorded
from mlflow_ext_server.writing.backend import MadeRun, WritingBackend
from mlflow_ext_server.writing.change import check_note, check_tags, set_note, set_tags
from mlflow_ext_server.writing.text import check_text
from mlflow_ext_ui.source import Principal

DEFAULT_PROJECT = "Default"
USER_TAG = "mlflow.user"
MOST_VALUES = 2000
"""Values of one config: a run whose config takes minutes to store is a mistake."""
logger = logging.getLogger(__name__)


def now_ms() -> int:
    """This moment, ms since the epoch."""
    return time.time_ns() // 1_000_000


def create(
    backend: WritingBackend,
    principal: Principal,
    new: NewRun | NewRunIn,
    *,
    headers: Mapping[str, str],
    experiment_id: str | None = None,
) -> str:
    """Start a run and give MLflow's id for it.

    Args:
        backend: MLflow.
        principal: who asks.
        new: what the run is to be.
        headers: the request's, with which MLflow is asked for a missing experiment.
        experiment_id: where; by the project's name when None.

    Raises:
        ValidationError: a text, tag or the config can't be stored; nothing was made.
        NotFound: there is no such experiment that the principal may read.
        PermissionDenied: the principal may not start runs there.
        Conflict: the id is taken, or the experiment is archived.
    """
    tags = _tags(principal, new)
    check_tags(backend, tags)
    check_text(new.name, "name")
    config = None if new.config is None else _config(new.config)
    name = (new.project if isinstance(new, NewRun) else None) or DEFAULT_PROJECT
    check_text(name, "project")
    known = _known(backend, principal, name, experiment_id)  # first: who may not start runs there learns no alias
    with _claimed(backend, principal, new.run_id) as claim:
        place = known or _made(backend, principal, name, headers)
        detail = {"name": new.name, "alias": new.run_id, "experiment_id": place}
        with recorded(backend, principal, "run.create", f"experiment:{place}", detail) as entry:
            start = now_ms() if new.start_time is None else new.start_time
            run = backend.create_run(place, name=new.name, user=principal.username, start_time=start, tags=tags)
            with _undone_on_failure(backend, run):
                if config is not None:
                    _log_config(backend, run, config)
                claim.fill(run.id)  # last: should all end here, a retry finds no half of a run under its id
                entry.about(f"run:{run.id}")
    return run.id


def _tags(principal: Principal, new: NewRun | NewRunIn) -> dict[str, str]:
    own = {DATASET_TAG: new.dataset_id, COMMAND_TAG: new.command, ALIAS_TAG: new.run_id}
    user = {} if principal.username is None else {USER_TAG: principal.username}
    return {**user, **new.tags, **{key: value for key, value in own.items() if value is not None}}


class _Claim:
    """An alias that is kept for a run to come; of no alias, nothing."""

    def __init__(self, aliases: ClaimRepository, workspace: str, alias: str | None) -> None:
        self._aliases = aliases
        self._workspace = workspace
        self._alias = alias
        self._at = now_ms()
        self._run: str | None = None

    def take(self) -> None:
        if self._alias is not None and not self._aliases.claim(self._workspace, self._alias, self._at):
            raise self._conflict()

    def fill(self, run_id: str) -> None:
        if self._alias is None:
            return
        if not self._aliases.fill(self._workspace, self._alias, self._at, run_id):
            raise self._conflict()
        self._run = run_id

    def give_back(self) -> None:
        if self._alias is not None:
            self._aliases.release(self._workspace, self._alias, self._at, self._run)

    def _conflict(self) -> Conflict:
        return Conflict(f"The run_id {self._alias!r} is taken in this workspace; choose another, or leave it out.")


@contextmanager
def _claimed(backend: WritingBackend, principal: Principal, alias: str | None) -> Iterator[_Claim]:
    """Keep an alias while the block makes its run; given back when it does not come about."""
    claim = _Claim(ClaimRepository(backend), workspace_of(principal), alias)
    claim.take()
    try:
        yield claim
    except BaseException:
        try:
            claim.give_back()
        except MlflowExtError:
            logger.exception("The alias %s stays taken for a minute", alias)
        raise


@contextmanager
def _undone_on_failure(backend: WritingBackend, run: MadeRun) -> Iterator[None]:
    """Delete a run for good whose making failed half-way: the caller is told that there is none."""
    try:
        yield
    except BaseException:
        try:
            backend.erase_run(run.id)
            forget(backend, run.id)
            backend.delete_artifacts(run.artifact_uri, run.id)
        except MlflowExtError:
            logger.exception("The run %s was made only half, and could not be deleted whole", run.id)
        raise


def _known(backend: WritingBackend, principal: Principal, name: str, experiment_id: str | None) -> str | None:
    """The experiment to start a run in; None where there is none of that name."""
    targets = TargetRepository(backend)
    if experiment_id is None:
        found = targets.experiment_named(principal, name)
        return None if found is None else _checked(backend, principal, found)
    found = targets.experiment(principal, experiment_id)
    if found is None:
        raise unknown_experiment(experiment_id)
    return _checked(backend, principal, found)


def _made(backend: WritingBackend, principal: Principal, name: str, headers: Mapping[str, str]) -> str:
    made = experiments.made_or_found(backend, principal, name, headers)
    return _checked(backend, principal, ExperimentTarget(made, name, True))


def _checked(backend: WritingBackend, principal: Principal, found: ExperimentTarget) -> str:
    if not backend.may_create_run(principal, found.id):
        raise PermissionDenied(f"You may not start runs in the experiment {found.name!r}; ask its owner.")
    if not found.active:
        raise Conflict(f"The experiment {found.name!r} is archived; restore it, or choose another project.")
    return found.id


def _config(given: dict[str, Any]) -> dict[str, Any]:
    config: dict[str, Any] = jsonable(given, "config")
    count = len(flattened(config))
    if count > MOST_VALUES:
        raise ValidationError(
            f"config: got {count:,} values, takes {MOST_VALUES:,}; each becomes a param. Log what is data as a Table.",
            field="config",
        )
    return config


def _log_config(backend: WritingBackend, run: MadeRun, config: dict[str, Any]) -> None:
    """The params that MLflow can hold, and all of it in ``config.json``, as the SDK stores it."""
    params = [
        (key, text)
        for key, text in flattened(config).items()
        if "\0" not in key + text and backend.takes_param(key, text)
    ]
    for start in range(0, len(params), BATCH_PARAMS):
        backend.log_batch(run.id, params=dict(params[start : start + BATCH_PARAMS]))
    backend.write_artifact(run.artifact_uri, "config.json", orjson.dumps(config, option=orjson.OPT_INDENT_2))


def change(backend: WritingBackend, principal: Principal, run_id: str, asked: RunChange) -> str:
    """Change a run's name, tags, note or colour, and give MLflow's id for it.

    Raises:
        ValidationError: a text or tag can't be stored; nothing was changed.
        NotFound, PermissionDenied, Conflict: as ``access.changeable``.
    """
    given = asked.model_fields_set
    target = changeable(backend, principal, run_id)
    check_tags(backend, asked.tags)
    check_text(asked.name, "name")
    check_note(backend, asked.note)
    if asked.name is not None:
        with recorded(backend, principal, "run.rename", f"run:{target.id}", {"name": asked.name}):
            backend.update_run(target.id, name=asked.name)
    if asked.tags:
        with recorded(backend, principal, "run.tag", f"run:{target.id}", {"tags": asked.tags}):
            set_tags(backend, target.id, asked.tags)
    if "note" in given:
        with recorded(backend, principal, "run.note", f"run:{target.id}", {"note": asked.note}):
            set_note(backend, target.id, asked.note)
    if asked.color is not None:
        with recorded(backend, principal, "run.color", f"run:{target.id}", {"color": asked.color}):
            ColorRepository(backend).give(target.experiment_id, target.id, asked.color)
    return target.id


def note(backend: WritingBackend, principal: Principal, run_id: str, asked: NoteChange) -> str:
    """Set a run's note, and give MLflow's id for it. Raises as ``change``."""
    return change(backend, principal, run_id, RunChange(note=asked.note))


def finish(backend: WritingBackend, principal: Principal, run_id: str, end: RunEnd) -> str:
    """End a run, and give MLflow's id for it. Raises as ``change``."""
    target = changeable(backend, principal, run_id)
    end_time = now_ms() if end.end_time is None else end.end_time
    with recorded(backend, principal, "run.finish", f"run:{target.id}", {"status": end.status, "end_time": end_time}):
        backend.update_run(target.id, status=end.status, end_time=end_time)
    return target.id


def log_metrics(backend: WritingBackend, principal: Principal, run_id: str, points: Sequence[MetricPoint]) -> int:
    """Log values of metrics and give how many were taken.

    Raises:
        ValidationError: MLflow refuses a name; nothing was logged.
        NotFound, PermissionDenied, Conflict: as ``access.changeable``.
    """
    target = changeable(backend, principal, run_id)
    first = {point.name: place for place, point in reversed(list(enumerate(points)))}
    for name, place in first.items():
        check_text(name, f"metrics[{place}].name")
        backend.check_metric_key(name, f"metrics[{place}].name")
    arrived = now_ms()
    rows = [
        MetricRow(point.name, number(point.value), arrived if point.timestamp is None else point.timestamp, point.step)
        for point in points
    ]
    for start in range(0, len(rows), BATCH_ENTITIES):
        backend.log_batch(target.id, metrics=rows[start : start + BATCH_ENTITIES])
    return len(rows)
