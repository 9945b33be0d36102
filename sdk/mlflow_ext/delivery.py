"""Waiting for delivery, from the caller's side: ``flush``, and the end of a run or of the process."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any

import mlflow

from mlflow_ext.errors import StoreUnavailable, ValidationError
from mlflow_ext.foreign import describe, read
from mlflow_ext.runtime import Runtime, runtime
from mlflow_ext.spool.directory import spool_files
from mlflow_ext.uploader.counts import Counts, total
from mlflow_ext.values import number

EXPLICIT_SECONDS = 7 * 24 * 3600.0
CHILD_SECONDS = 5.0


def flush(timeout: float | None = None, strict: bool = False) -> Counts:
    """Wait until the server has everything that was logged.

    Gives up when the server stays silent for 5 seconds, or when nothing moves for a minute; what remains stays in the
    spool and goes on being delivered.

    Args:
        timeout: seconds to wait at most; None for no limit while records arrive. Below 0 counts as 0.
        strict: raise when something remains.

    Returns:
        How many records are pending, rejected and parked.

    Raises:
        ValidationError: ``timeout`` is no number.
        StoreUnavailable: ``strict``, and not everything arrived.

    Example:
        >>> import mlflow_ext as ext
        >>> ext.flush().pending
        0
    """
    seconds = _seconds(timeout)
    state = runtime()
    if state.started or (state.served and state.uploads):
        wait(state, seconds)
    counts = count(state)
    if strict and (counts.pending or counts.rejected or counts.parked):
        raise StoreUnavailable(f"Not everything was delivered: {counts}. {remedy(state)}")
    return counts


def _seconds(timeout: Any) -> float:
    if timeout is None:
        return EXPLICIT_SECONDS
    seconds = read("timeout", number, timeout, "timeout")
    if seconds is None or seconds != seconds:
        raise ValidationError(f"timeout is {describe(timeout)}, but takes seconds.", field="timeout")
    return min(max(float(seconds), 0.0), EXPLICIT_SECONDS)


def wait(state: Runtime, timeout: float) -> None:
    """Wait for delivery, ``timeout`` seconds at most."""
    for address in state.served:
        state.uploader.serve(address.run_key, address.tracking_uri)
    state.uploader.start()
    state.uploader.flush(timeout, patience=state.settings.exit_timeout)


def count(state: Runtime) -> Counts:
    """What this process has not delivered."""
    if state.started:
        return total(item.counts() for item in state.uploader.items)
    return total(session_counts(state))


def session_counts(state: Runtime) -> Iterator[Counts]:
    """Records of the open spool files, none of which was delivered."""
    from mlflow_ext.uploader.status import count_records, header_size

    for session in state.sessions.values():
        yield Counts(pending=count_records(session.writer, header_size(session.writer)))


def remedy(state: Runtime) -> str:
    """What to do about records that remain."""
    gone = [item.source.path for item in state.uploader.items if not item.source.path.exists()] if state.started else []
    if gone:
        return f"Their spool file was deleted by another hand, and they are lost with it: {gone[0]}"
    waiting = [item for item in state.uploader.items if not item.settled] if state.started else []
    if waiting and all(item.parked is not None for item in waiting):
        return (
            f"They are kept in {state.directory}; the warning above says why, and the command that delivers them then."
        )
    where = f"MLFLOW_EXT_SPOOL_DIR={state.directory} " if state.settings.spool_dir else ""
    return f"They are kept in {state.directory}; deliver them with: {where}mlflow-ext sync"


def close_all(state: Runtime, limit: float | None) -> None:
    """End the process's logging: finish an ``init`` run, wait as long as there is hope, say on stderr what remains."""
    if not state.served or not (state.started or _left_by_children(state)):
        return
    timeout = state.settings.exit_timeout if limit is None else limit
    end = state.current.end_at_exit() if state.current is not None else None
    try:
        for session in state.sessions.values():
            session.writer.seal()
        if state.uploads:
            _end_daemon_children()
            wait(state, timeout)
    except KeyboardInterrupt:
        print("mlflow-ext: stopped waiting for delivery.", file=sys.stderr)
    counts = count(state)
    if counts.pending or counts.parked or counts.rejected:
        print(f"mlflow-ext: {counts}. {remedy(state)}", file=sys.stderr)
    if end is not None:
        end()
    if state.uploads:
        hasten_mlflow()


def _left_by_children(state: Runtime) -> bool:
    """Whether this process logged, or a child of it left a spool file."""
    return bool(state.sessions) or any(spool_files(state.directory, address.run_key) for address in state.served)


def _end_daemon_children() -> None:
    """End daemonic children, as multiprocessing is about to do anyway, so that what they left is delivered now."""
    if "multiprocessing.process" not in sys.modules:
        return
    import multiprocessing

    children = [child for child in multiprocessing.active_children() if child.daemon]
    for child in children:
        child.terminate()
    for child in children:
        child.join(CHILD_SECONDS)


def hasten_mlflow() -> None:
    """Spare the process MLflow's own four minutes of retries at exit when the server is known to be away."""
    from mlflow_ext.uploader.client import server_answers

    active = mlflow.active_run()
    if active is not None and not server_answers(mlflow.get_tracking_uri()):
        os.environ.update(_IMPATIENT)


_IMPATIENT = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": "2"}


@contextlib.contextmanager
def impatient() -> Iterator[None]:
    """MLflow's client with no retries, for one call to a server that is away."""
    before: dict[str, Any] = {name: os.environ.get(name) for name in _IMPATIENT}
    os.environ.update(_IMPATIENT)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
