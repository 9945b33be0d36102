"""A run from the script's side."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

import mlflow
from mlflow.exceptions import MlflowException

from mlflow_ext import shutdown
from mlflow_ext.artifact import store_artifact
from mlflow_ext.config import checked_config
from mlflow_ext.delivery import EXPLICIT_SECONDS, impatient, wait
from mlflow_ext.encoding import from_jsonable
from mlflow_ext.entry import Context, name_and_data, write
from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import describe
from mlflow_ext.notice import raise_alert
from mlflow_ext.runtime import Address, Runtime, is_local, runtime
from mlflow_ext.spool.session import Session
from mlflow_ext.spool.writer import SpoolSealed
from mlflow_ext.store_format.alert import AlertLevel

STATUSES = ("FINISHED", "FAILED", "KILLED")
_log = logging.getLogger("mlflow_ext")


class Run:
    """A run as the script sees it; what ``init`` and ``get_run`` give.

    As a context manager it ends with the block, as FAILED when an exception leaves it.

    Attributes:
        name: of the run, or None while only the server knows it.
        project: name of its experiment, or None for MLflow's active one.
        address: where it is.
    """

    def __init__(self, address: Address, *, name: str | None = None, project: str | None = None) -> None:
        self.address = address
        self.name = name
        self.project = project
        self._config: dict[str, Any] = {}
        self._finished = False

    @property
    def id(self) -> str:
        """The run's id; of a run that no server knows yet its local key, until the server has made it."""
        key = self.address.run_key
        if not is_local(key):
            return key
        from mlflow_ext.uploader.local_run import known_run

        return known_run(runtime().directory, key, self.address.tracking_uri) or key

    @property
    def config(self) -> dict[str, Any]:
        """The configuration logged so far through this object, a copy."""
        plain: dict[str, Any] = from_jsonable(self._config)
        return plain

    def log(
        self,
        first: Any = None,
        second: Any = None,
        /,
        *,
        name: Any = None,
        data: Any = None,
        section: str | None = None,
        step: int | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Log to this run; everything as ``mlflow_ext.log``.

        Raises:
            ValidationError: the call is wrong.
            SpoolError: the local disk can't take it.
        """
        if type(second) is dict and type(first) is str and metadata is None:
            session = runtime().sessions.get(self.address)
            try:
                if session is not None and session.point(first, second, section, step):
                    return
            except SpoolSealed:
                runtime().forget_binding()
        name, data = name_and_data(first, second, name, data)
        write(self._session, name, data, Context(section, step, metadata))

    def alert(self, title: str, text: str = "", level: AlertLevel = "info") -> None:
        """Tell people about something in this run; everything as ``mlflow_ext.alert``.

        Raises:
            ValidationError: an argument is wrong.
            SpoolError: the local disk can't take it.
        """
        raise_alert(self._session, title, text, level)

    def _session(self) -> Session:
        return runtime().open(self.address)

    def log_artifact(
        self,
        name: str,
        path: str | os.PathLike[str],
        *,
        role: str = "output",
        artifact_type: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Log a file or folder to this run; everything else as ``mlflow_ext.log_artifact``.

        Raises:
            ValidationError: there is no such file, or an argument is wrong.
            SpoolError: the local disk can't take it.
        """
        facts = {"role": role, "artifact_type": artifact_type, "metadata": metadata}
        store_artifact(self._session, name, path, facts)

    def update_config(self, config: Mapping[str, Any]) -> None:
        """Merge into the run's configuration; everything else as ``mlflow_ext.log_config``.

        Raises:
            ValidationError: a key or value that JSON can't hold.
            SpoolError: the local disk can't take it.
        """
        self._record_config(checked_config(config))

    def _record_config(self, plain: Mapping[str, Any]) -> None:
        """Merge configuration that is ready for JSON."""
        from mlflow_ext.uploader.fold import merge

        self._session().record("c", plain)
        merge(self._config, plain)

    def finish(self, status: str = "FINISHED") -> None:
        """Deliver what is left, as long as there is hope, and end the run; a second call does nothing.

        With the server away the end is delivered later, as of now.

        Args:
            status: "FINISHED", "FAILED" or "KILLED".

        Raises:
            ValidationError: another status.
            SpoolError: the local disk can't take it.
        """
        if not isinstance(status, str) or status not in STATUSES:
            raise ValidationError(f"status is {describe(status)}, but takes {', '.join(STATUSES)}.", field="status")
        if self._finished:
            return
        state = runtime()
        if state.uploads:
            wait(state, EXPLICIT_SECONDS)
            if self._end_at_server(state, status):
                return
        self._end(status)
        if state.uploads:
            wait(state, EXPLICIT_SECONDS)
        _pop_active(self.address, status)

    def _end_at_server(self, state: Runtime, status: str) -> bool:
        """End a run of which nothing is left to deliver through MLflow, at once or not at all."""
        session = state.sessions.get(self.address)
        if session is None or not _is_active(self.address) or not state.uploader.delivered(session.writer):
            return False
        try:
            with impatient():
                mlflow.end_run(status)
        except MlflowException as error:
            _log.info("The end of run %s is delivered later: %s", self.address.run_key, error)
            return False
        session.writer.seal()
        state.uploader.wake()
        self._forget(state)
        return True

    def end_at_exit(self) -> Callable[[], None]:
        """Record that the run ends with its process.

        Returns:
            What is to be called after delivery, so that MLflow's own hook does not end it otherwise.
        """
        status = "FAILED" if shutdown.failed() else "FINISHED"
        self._end(status)
        return lambda: _pop_active(self.address, status)

    def _end(self, status: str) -> None:
        state = runtime()
        session = state.open(self.address)
        session.record("f", status)
        session.writer.seal()
        self._forget(state)

    def _forget(self, state: Runtime) -> None:
        self._finished = True
        if state.current is self:
            state.current = None
        state.forget_binding()

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finish("FINISHED" if kind is None or shutdown.clean_exit(error) else "FAILED")

    def __repr__(self) -> str:
        return f"Run(id={self.id!r}, name={self.name!r}, project={self.project!r})"


def _is_active(address: Address) -> bool:
    active = mlflow.active_run()
    return active is not None and active.info.run_id == address.run_key


def _pop_active(address: Address, status: str) -> None:
    """End the run for MLflow's fluent API as well, without waiting for a server that is away."""
    from mlflow_ext.uploader.client import server_answers

    if not _is_active(address):
        return
    try:
        if server_answers(address.tracking_uri):
            mlflow.end_run(status)
        else:
            with impatient():
                mlflow.end_run(status)
    except MlflowException as error:
        _log.info("The end of run %s is delivered later: %s", address.run_key, error)
