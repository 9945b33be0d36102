"""Experiments: made and changed by MLflow's own routes, so that its checks and grants are exactly its own."""

from __future__ import annotations

from collections.abc import Mapping

from mlflow_ext.errors import Conflict, NotFound, PermissionDenied, StoreUnavailable
from mlflow_ext.rest import ExperimentChange, NewExperiment
from mlflow_ext.store_format import NOTE_TAG
from mlflow_ext_server.repositories.target import ExperimentTarget, TargetRepository
from mlflow_ext_server.writing.access import unknown_experiment
from mlflow_ext_server.writing.audit import recorded
from mlflow_ext_server.writing.backend import WritingBackend
from mlflow_ext_server.writing.change import check_note, check_tags
from mlflow_ext_server.writing.text import check_text
from mlflow_ext_ui.source import Principal

Headers = Mapping[str, str]
DEFAULT_ID = "0"
"""MLflow's own experiment, which its fluent API falls back on."""


def create(backend: WritingBackend, principal: Principal, new: NewExperiment, *, headers: Headers) -> str:
    """Make an experiment that its caller owns, and give its id.

    Raises:
        ValidationError: a text or tag can't be stored.
        PermissionDenied: MLflow does not let the caller make experiments.
        Conflict: there is one of that name.
    """
    tags = {**new.tags, **({NOTE_TAG: new.description} if new.description else {})}
    check_text(new.name, "name")
    check_note(backend, new.description)
    check_tags(backend, tags)
    known = TargetRepository(backend).experiment_named(principal, new.name)
    if known is not None:
        raise _taken(known)
    return _made(backend, principal, new.name, tags, headers)


def made_or_found(backend: WritingBackend, principal: Principal, name: str, headers: Headers) -> str:
    """The id of the experiment of a name, made if nobody else makes it at this moment. Raises as ``create``."""
    try:
        return _made(backend, principal, name, {}, headers)
    except Conflict:
        found = TargetRepository(backend).experiment_named(principal, name)
        if found is None or not found.active:
            raise
        return found.id


def _made(backend: WritingBackend, principal: Principal, name: str, tags: Mapping[str, str], headers: Headers) -> str:
    body = {"name": name, "tags": [{"key": key, "value": value} for key, value in tags.items()]}
    with recorded(backend, principal, "experiment.create", "experiment:", {"name": name}) as entry:
        try:
            answer = backend.ask(principal, "experiments/create", body, headers)
        except PermissionDenied as error:
            raise PermissionDenied(f"You may not make the experiment {name!r}; ask an admin.") from error
        experiment_id = answer.get("experiment_id")
        if not isinstance(experiment_id, str):
            raise StoreUnavailable(f"MLflow made the experiment {name!r} but did not say its id.")
        entry.about(f"experiment:{experiment_id}")
    return experiment_id


def _taken(known: ExperimentTarget) -> Conflict:
    cure = "choose another name" if known.active else "it is archived: restore it, or choose another name"
    return Conflict(f"There is an experiment {known.name!r} already; {cure}.")


def change(
    backend: WritingBackend, principal: Principal, experiment_id: str, asked: ExperimentChange, *, headers: Headers
) -> None:
    """Restore, rename, describe, tag, archive an experiment, in this order; MLflow judges each by itself.

    Raises:
        ValidationError: a text or tag can't be stored; nothing was changed.
        NotFound: there is no such experiment that the principal may read.
        PermissionDenied: MLflow refuses one of them; those before it were done.
        Conflict: the new name is taken, or the experiment is archived.
    """
    target = _readable(backend, principal, experiment_id)
    check_text(asked.name, "name")
    check_note(backend, asked.description)
    check_tags(backend, asked.tags)
    if asked.stage == "archived" and target.active and target.id == DEFAULT_ID:
        raise Conflict(
            f"The experiment {target.name!r} (id {DEFAULT_ID}) is where MLflow puts runs that name no experiment, and "
            "without it they fail: it can't be archived here. Archive its runs instead."
        )
    steps = _Steps(backend, principal, target, headers)
    if asked.stage == "active" and not target.active:
        steps.take("restore", {}, "experiments/restore", {})
    if asked.name is not None and asked.name != target.name:
        other = TargetRepository(backend).experiment_named(principal, asked.name)
        if other is not None:
            raise _taken(other)
        steps.take("rename", {"name": asked.name}, "experiments/update", {"new_name": asked.name})
    described = {NOTE_TAG: asked.description or None} if "description" in asked.model_fields_set else {}
    for key, value in {**asked.tags, **described}.items():
        steps.tag(key, value)
    if asked.stage == "archived" and target.active:
        steps.take("archive", {}, "experiments/delete", {})


def archive(backend: WritingBackend, principal: Principal, experiment_id: str, *, headers: Headers) -> None:
    """Archive an experiment with its runs. Raises as ``change``."""
    change(backend, principal, experiment_id, ExperimentChange(stage="archived"), headers=headers)


def _readable(backend: WritingBackend, principal: Principal, experiment_id: str) -> ExperimentTarget:
    found = TargetRepository(backend).experiment(principal, experiment_id)
    if found is None:
        raise unknown_experiment(experiment_id)
    return found


class _Steps:
    """Single changes of one experiment, each recorded."""

    def __init__(
        self, backend: WritingBackend, principal: Principal, target: ExperimentTarget, headers: Headers
    ) -> None:
        self._backend = backend
        self._principal = principal
        self._target = target
        self._headers = headers

    def take(self, word: str, detail: Mapping[str, object], action: str, body: Mapping[str, str]) -> None:
        """Ask MLflow for one change, and record it as ``experiment.<word>``."""
        target = self._target
        with recorded(self._backend, self._principal, f"experiment.{word}", f"experiment:{target.id}", detail):
            try:
                self._backend.ask(self._principal, action, {"experiment_id": target.id, **body}, self._headers)
            except PermissionDenied as error:
                raise PermissionDenied(
                    f"You may read the experiment {target.name!r}, but not {word} it; ask its owner."
                ) from error

    def tag(self, key: str, value: str | None) -> None:
        """Set a tag; None takes it away."""
        if value is not None:
            self.take("tag", {"tags": {key: value}}, "experiments/set-experiment-tag", {"key": key, "value": value})
            return
        try:
            self.take("tag", {"tags": {key: None}}, "experiments/delete-experiment-tag", {"key": key})
        except NotFound:  # it is away already
            return
