"""Changes of runs, through the running server's own tracking store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from threading import BoundedSemaphore
from typing import Any, NamedTuple, TypeVar

from mlflow_ext.errors import StoreUnavailable
from mlflow_ext.uploader.mirror import MetricRow
from mlflow_ext_server.contention import SECONDS, again
from mlflow_ext_server.mlflow_adapter.failure import translated
from mlflow_ext_server.mlflow_adapter.server import dialect, tracking_store

T = TypeVar("T")
_WRITERS = 5  # MLflow's writes take a second connection while they hold one: more would wait for each other for ever


class MadeRun(NamedTuple):
    """A run that was just started, and where its artifacts belong."""

    id: str
    artifact_uri: str


@cache
def _turnstile() -> BoundedSemaphore:
    """Who may write at once in this process; sqlite has one writer in any case, and its waiting is not fair."""
    return BoundedSemaphore(1 if dialect() == "sqlite" else _WRITERS)


def _stored(write: Callable[[Any], T]) -> T:
    """What ``write`` makes of the store: one transaction, or something that may be repeated after a collision.

    Raises:
        MlflowExtError: MLflow's own error in our words.
    """
    from mlflow.exceptions import MlflowException

    def one_at_a_time() -> T:
        if not _turnstile().acquire(timeout=SECONDS):
            raise StoreUnavailable("Too many writes wait for the tracking database; try again.")
        try:
            return write(tracking_store())
        finally:
            _turnstile().release()

    try:
        return again(one_at_a_time)
    except MlflowException as error:
        raise translated(error) from error


def create_run(
    experiment_id: str, *, name: str | None, user: str | None, start_time: int, tags: Mapping[str, str]
) -> MadeRun:
    """Start a run; ``start_time`` in ms since the epoch. The caller has checked the tags."""
    from mlflow.entities import RunTag

    marks = [RunTag(key, value) for key, value in tags.items()]
    run = _stored(lambda store: store.create_run(experiment_id, user or "", start_time, marks, name or ""))
    return MadeRun(str(run.info.run_id), str(run.info.artifact_uri))


def log_batch(
    run_id: str,
    *,
    metrics: Sequence[MetricRow] = (),
    params: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
) -> None:
    """Log up to 1,000 metrics, 100 params and 100 tags, params first and tags last; each of the three as a whole."""
    from mlflow.entities import Metric, Param, RunTag

    rows = [Metric(*row) for row in metrics]
    values = [Param(key, value) for key, value in (params or {}).items()]
    marks = [RunTag(key, value) for key, value in (tags or {}).items()]
    _stored(lambda store: store.log_batch(run_id, rows, values, marks))


def delete_tag(run_id: str, key: str) -> None:
    """Take a tag away.

    Raises:
        NotFound: the run has none of that key.
    """
    _stored(lambda store: store.delete_tag(run_id, key))


def update_run(run_id: str, *, name: str | None = None, status: str | None = None, end_time: int | None = None) -> None:
    """Change a run's name, its status or its end; what is None stays."""
    from mlflow.entities import RunStatus

    number = None if status is None else RunStatus.from_string(status)
    _stored(lambda store: store.update_run_info(run_id, number, end_time, name))


def archive_run(run_id: str) -> None:
    """Put a run into MLflow's stage "deleted", from which it can be restored."""
    _stored(lambda store: store.delete_run(run_id))


def restore_run(run_id: str) -> None:
    """Bring an archived run back."""
    _stored(lambda store: store.restore_run(run_id))


def erase_run(run_id: str) -> None:
    """Delete a run's rows for good, as ``mlflow gc`` does after it has deleted the artifacts."""
    _stored(lambda store: store._hard_delete_run(run_id))
