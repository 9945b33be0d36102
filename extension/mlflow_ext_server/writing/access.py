"""Which run a request means, and whether the caller may change it as asked."""

from __future__ import annotations

from typing import Literal

from mlflow_ext.errors import Conflict, NotFound, PermissionDenied
from mlflow_ext_server.repositories.target import RunTarget, TargetRepository
from mlflow_ext_server.writing.backend import WritingBackend
from mlflow_ext_ui.source import Principal

Action = Literal["update", "delete"]


def unknown(run_id: str) -> NotFound:
    """The one answer for a run that does not exist and for one that may not be read."""
    return NotFound(f"There is no run {run_id!r} that you may read.")


def unknown_experiment(experiment_id: str) -> NotFound:
    """The one answer for an experiment that does not exist and for one that may not be read."""
    said = f"There is no experiment {experiment_id!r} that you may read."
    if experiment_id.isascii() and experiment_id.isdigit():
        return NotFound(said)
    return NotFound(f"{said} An id is meant, such as 1; GET /ext/api/experiments?search=NAME finds that of a name.")


def forbidden(run_id: str, action: Action) -> PermissionDenied:
    """The answer for a run that may be read but not changed so."""
    words = "change" if action == "update" else "archive, restore or delete"
    return PermissionDenied(f"You may read the run {run_id!r}, but not {words} it; ask the owner of its experiment.")


def archived(run_id: str) -> Conflict:
    """The answer for a change of an archived run."""
    return Conflict(f"The run {run_id!r} is archived; restore it first.")


def changeable(backend: WritingBackend, principal: Principal, run_id: str) -> RunTarget:
    """The active run of this id or alias, if the principal may change it.

    Raises:
        NotFound: it is unknown, or may not be read.
        PermissionDenied: it may be read only.
        Conflict: it is archived.
    """
    target = TargetRepository(backend).runs(principal, [run_id]).get(run_id)
    if target is None:
        raise unknown(run_id)
    if target.experiment_id not in backend.editable(principal, [target.experiment_id]):
        raise forbidden(run_id, "update")
    if not target.active:
        raise archived(run_id)
    return target
