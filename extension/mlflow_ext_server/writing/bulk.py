"""One action on many runs, each answered by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mlflow_ext.errors import Conflict, MlflowExtError, NotFound, ValidationError
from mlflow_ext.rest import BulkAnswer, BulkRequest, BulkResult
from mlflow_ext_server.repositories.leftover import forget
from mlflow_ext_server.repositories.target import RunTarget, TargetRepository
from mlflow_ext_server.writing.access import Action, archived, forbidden, unknown
from mlflow_ext_server.writing.audit import recorded
from mlflow_ext_server.writing.backend import WritingBackend
from mlflow_ext_server.writing.change import check_note, check_tags, set_note, set_tags
from mlflow_ext_server.writing.lease import leased
from mlflow_ext_ui.source import Principal

Change = Callable[[RunTarget], None]


def bulk(backend: WritingBackend, principal: Principal, request: BulkRequest) -> BulkAnswer:
    """Tag, note, archive, restore or delete runs; one result per id, in the order asked.

    MLflow has no route for deleting a run for good: it takes the permission to delete runs here, as archiving does.
    Logged models that the run made, and traces, stay, as with ``mlflow gc --run-ids``.

    Raises:
        ValidationError: the action lacks what it takes, or a tag can't be stored; no run was touched.
    """
    change = _change(backend, principal, request)
    action: Action = "update" if request.action in ("tag", "note") else "delete"
    targets = TargetRepository(backend).runs(principal, request.ids)
    places = {target.experiment_id for target in targets.values()}
    allowed = (backend.editable if action == "update" else backend.deletable)(principal, places)

    def apply(run_id: str) -> None:
        target = targets.get(run_id)
        if target is None:
            raise unknown(run_id)
        if target.experiment_id not in allowed:
            raise forbidden(run_id, action)
        change(target)

    return BulkAnswer(results=[_result(run_id, apply) for run_id in request.ids])


def _result(run_id: str, apply: Callable[[str], None]) -> BulkResult:
    try:
        apply(run_id)
    except MlflowExtError as error:
        return BulkResult(run_id=run_id, ok=False, error=type(error).__name__, detail=str(error))
    return BulkResult(run_id=run_id, ok=True)


def _change(backend: WritingBackend, principal: Principal, request: BulkRequest) -> Change:
    """What to do with one run.

    Raises:
        ValidationError: the request lacks what its action takes.
    """
    if request.action == "tag":
        return _tagging(backend, principal, request)
    if request.action == "note":
        return _noting(backend, principal, request)
    if request.action == "archive":
        return _staging(backend, principal, active=False)
    if request.action == "restore":
        return _staging(backend, principal, active=True)
    if not request.confirm:
        raise ValidationError("delete is for good and takes the artifacts too: send confirm: true.", field="confirm")
    return lambda target: _delete(backend, principal, target)


def _tagging(backend: WritingBackend, principal: Principal, request: BulkRequest) -> Change:
    tags = request.tags
    if not tags:
        raise ValidationError("tag takes tags, a JSON object of key to value (null takes a tag away).", field="tags")
    check_tags(backend, tags)

    def change(target: RunTarget) -> None:
        _refuse_archived(target)
        with recorded(backend, principal, "run.tag", f"run:{target.id}", {"tags": tags}):
            set_tags(backend, target.id, tags)

    return change


def _noting(backend: WritingBackend, principal: Principal, request: BulkRequest) -> Change:
    if "note" not in request.model_fields_set:
        raise ValidationError("note takes note, a text (null takes the note away).", field="note")
    check_note(backend, request.note)

    def change(target: RunTarget) -> None:
        _refuse_archived(target)
        with recorded(backend, principal, "run.note", f"run:{target.id}", {"note": request.note}):
            set_note(backend, target.id, request.note)

    return change


def _refuse_archived(target: RunTarget) -> None:
    if not target.active:
        raise archived(target.id)


def _staging(backend: WritingBackend, principal: Principal, *, active: bool) -> Change:
    def archive(target: RunTarget) -> None:
        if target.active:
            with recorded(backend, principal, "run.archive", f"run:{target.id}"):
                backend.archive_run(target.id)

    def restore(target: RunTarget) -> None:
        if target.active:
            return
        with _alone(backend, target) as still_archived:
            if still_archived:
                with recorded(backend, principal, "run.restore", f"run:{target.id}"):
                    backend.restore_run(target.id)

    return restore if active else archive


def _delete(backend: WritingBackend, principal: Principal, target: RunTarget) -> None:
    """Delete one run for good: its files, then MLflow's rows, then ours."""
    with _alone(backend, target) as still_archived:
        if not still_archived:
            raise Conflict(f"The run {target.id!r} is not archived; archive it first.")
        detail = {"artifact_uri": target.artifact_uri}
        with recorded(backend, principal, "run.delete", f"run:{target.id}", detail):
            backend.delete_artifacts(target.artifact_uri, target.id)
            backend.erase_run(target.id)
        forget(backend, target.id)


@contextmanager
def _alone(backend: WritingBackend, target: RunTarget) -> Iterator[bool]:
    """Hold a run, so that nobody restores through us what another deletes for good; gives whether it is archived.

    Raises:
        NotFound: it was deleted meanwhile.
        StoreUnavailable: others held it for half a minute.
    """
    with leased(backend, target.id):
        stage = TargetRepository(backend).is_archived(target.id)
        if stage is None:
            forget(backend, target.id)  # the lease's own row
            raise NotFound(f"The run {target.id!r} is gone already.")
        yield stage
