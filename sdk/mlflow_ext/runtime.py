"""What this process logs to: settings, open spool files, uploader. One per process; a forked child begins anew."""

from __future__ import annotations

import getpass
import logging
import os
import re
import sys
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import mlflow

from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import describe
from mlflow_ext.settings import Settings, read_settings
from mlflow_ext.spool.directory import spool_directory, spool_files
from mlflow_ext.spool.header import Header, new_writer, now_ms
from mlflow_ext.spool.session import Session

RUN_ID = re.compile(r"[A-Za-z0-9][\w-]{0,127}")
_log = logging.getLogger("mlflow_ext")


@dataclass(frozen=True)
class Address:
    """A run: its id or local key, and the server it is at, credentials included."""

    run_key: str
    tracking_uri: str


class Runtime:
    """One process's state; ``log`` compares ``bound_active`` with MLflow's active run to find ``bound_session``."""

    def __init__(self, inherited: Address | None = None, *, forked: bool = False) -> None:
        self.lock = threading.RLock()
        self.bound_active: Any = None
        self.bound_session: Session | None = None
        self.sessions: dict[Address, Session] = {}
        self.current: Any = None  # the Run of ext.init
        self.forked = forked
        self.inherited = inherited
        self._settings: Settings | None = None
        self._directory: Path | None = None
        self._uploader: Any = None
        self._main: Session | None = None
        self._served: set[Address] = set()
        self._attached: set[Session] = set()
        self._local_headers: dict[str, Header] = {}
        self._fork_address: Address | None = None
        self._told = False
        self._exit_hook = False

    @property
    def settings(self) -> Settings:
        """The settings, read at first use."""
        if self._settings is None:
            self._settings = read_settings()
        return self._settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        with self.lock:
            self._settings = settings
            self._directory = None
            if self._uploader is not None:
                self._uploader.interval = settings.upload_interval
            if self.uploads:
                for session in self.sessions.values():
                    self._attach(session)

    @property
    def directory(self) -> Path:
        """The spool folder."""
        if self._directory is None:
            self._directory = spool_directory(self.settings.spool_dir)
        return self._directory

    @property
    def uploader(self) -> Any:
        """The uploader, made at first use."""
        if self._uploader is None:
            from mlflow_ext.uploader.http import connect
            from mlflow_ext.uploader.worker import Uploader

            self._uploader = Uploader(self.directory, connect, self.settings.upload_interval)
        return self._uploader

    @property
    def started(self) -> bool:
        """Whether an uploader was made."""
        return self._uploader is not None

    @property
    def uploads(self) -> bool:
        """Whether this process delivers by itself.

        Not offline; nor in a forked child beside a database, whose connections of the parent must not be used twice:
        the parent adopts the child's file.
        """
        forked_database = self.forked and not mlflow.get_tracking_uri().startswith(("http://", "https://"))
        return not self.settings.offline and not forked_database

    def session(self, run_id: str | None = None) -> Session:
        """The spool file that a call goes to, opened if need be.

        Args:
            run_id: of the run meant; None for the active one, else one is started as MLflow's fluent API does.

        Raises:
            ValidationError: ``run_id`` can't be one.
            SpoolError: the file can't be made.
        """
        with self.lock:
            if run_id is not None:
                if not isinstance(run_id, str) or not RUN_ID.fullmatch(run_id):
                    raise ValidationError(f"run_id takes a run's id, got {describe(run_id)}.", field="run_id")
                return self.open(Address(run_id, mlflow.get_tracking_uri()))
            session = self._active_session(mlflow.active_run())
            active = mlflow.active_run()
            if active is not None or self.current is not None or self.inherited is not None:
                self.bound_active, self.bound_session = active, session
            if threading.current_thread() is threading.main_thread():
                self._main = session
            return session

    def _active_session(self, active: Any) -> Session:
        if active is not None:
            return self.open(Address(active.info.run_id, mlflow.get_tracking_uri()))
        if self.current is not None:
            return self.open(self.current.address)
        if self.inherited is not None:
            return self.open(self.inherited)
        if self._main is not None and threading.current_thread() is not threading.main_thread():
            return self._main if not self._main.writer.sealed else self.open(self._address_of(self._main))
        return self._start_run()

    def _address_of(self, session: Session) -> Address:
        return Address(session.header.run_key, session.header.tracking_uri)

    def _start_run(self) -> Session:
        from mlflow_ext.start import start_fluent

        ended = bool(self.sessions)
        run = start_fluent(self)
        if ended and not self._told:
            self._told = True
            _log.warning(
                "No run is active here any more, so run %s was started, as MLflow does. Log inside the `with` block, "
                "or give run_id=.",
                run.run_key,
            )
        return self.open(run)

    def open(self, address: Address, header: Header | None = None) -> Session:
        """The open session of a run, a new one when there is none or the last one was sealed.

        Args:
            address: of the run.
            header: for a run that no server knows yet.
        """
        with self.lock:
            session = self.sessions.get(address)
            if session is not None and not session.writer.sealed:
                return session
            header = self._header(address, header)
            settings = self.settings
            session = Session(
                self.directory,
                header,
                max_bytes=settings.spool_max_bytes,
                mirror=settings.mirror,
                wake=_nothing,
                before=session,
            )
            self.sessions[address] = session
            self._register_exit()
            if self.uploads:
                self._attach(session)
            return session

    def _attach(self, session: Session) -> None:
        if session not in self._attached:
            self._attached.add(session)
            session.wake = self.uploader.wake
            active = mlflow.active_run()
            mine = active is not None and active.info.run_id == session.header.run_id
            artifact_uri = active.info.artifact_uri if mine else None
            self.uploader.add(session.writer, session.header, artifact_uri=artifact_uri)
            self.uploader.start()
        self.uploader.wake()

    def _header(self, address: Address, header: Header | None) -> Header:
        key = address.run_key
        if not is_local(key):
            workspace = os.environ.get("MLFLOW_WORKSPACE") or None
            return Header(address.tracking_uri, new_writer(), run_id=key, workspace=workspace)
        header = header or self._local_headers.get(key) or self._header_of_another(key)
        header = header or Header(address.tracking_uri, "", local_key=key, start_time=now_ms())
        self._local_headers[key] = header
        return replace(header, tracking_uri=address.tracking_uri, writer=new_writer(), pid=os.getpid())

    def _header_of_another(self, local_key: str) -> Header | None:
        """The header that another process, mostly the parent of this one, gave a local run."""
        for path in spool_files(self.directory, local_key):
            with path.open("rb") as file:
                header = Header.parse(file.readline())
            if header is not None:
                return header
        return None

    def new_local(self, facts: Mapping[str, Any]) -> Address:
        """Open a run that no server knows yet; the uploader makes it later, as of now.

        Args:
            facts: ``experiment``, ``experiment_id``, ``run_name`` and ``tags``, each or none.
        """
        address = Address(f"local-{uuid.uuid4().hex}", mlflow.get_tracking_uri())
        script = os.fsencode(sys.argv[0] or "python").decode(errors="backslashreplace")
        source = {"mlflow.user": _user(), "mlflow.source.name": script, "mlflow.source.type": "LOCAL"}
        header = Header(
            tracking_uri=address.tracking_uri,
            writer=new_writer(),
            local_key=address.run_key,
            workspace=os.environ.get("MLFLOW_WORKSPACE") or None,
            start_time=now_ms(),
            **{**facts, "tags": {**source, **(facts.get("tags") or {})}},
        )
        self.open(address, header)
        return address

    def forget_binding(self) -> None:
        """Look afresh, at the next call, which run it goes to."""
        with self.lock:
            self.bound_active = self.bound_session = None

    def serve(self, address: Address) -> None:
        """Deliver what children of this process leave behind for a run."""
        self._served.add(address)
        if self.uploads and self._uploader is not None:
            self._uploader.serve(address.run_key, address.tracking_uri)
        self._register_exit()

    def note_fork(self) -> None:
        """Before a fork: remember which run the child is to log to, and that its file may be left to this process."""
        active = mlflow.active_run()
        if active is not None:
            address: Address | None = Address(active.info.run_id, mlflow.get_tracking_uri())
        elif self.current is not None:
            address = self.current.address
        else:
            address = self.inherited
        self._fork_address = address
        if address is not None:
            self.serve(address)

    def child(self) -> Runtime:
        """In a forked child: let go of everything of the parent's, locks included, and begin anew."""
        for session in self.sessions.values():
            session.writer.drop_after_fork()
        if self._uploader is not None:
            self._uploader.drop_after_fork()
        child = Runtime(self._fork_address, forked=True)
        child._settings = self._settings
        child._local_headers = self._local_headers
        return child

    @property
    def served(self) -> set[Address]:
        """Runs whose orphaned spool files are this process's to deliver."""
        return self._served | set(self.sessions)

    def _register_exit(self) -> None:
        if not self._exit_hook:
            self._exit_hook = True
            from mlflow_ext.shutdown import register

            register(self)


def is_local(run_key: str) -> bool:
    """Whether a run key names a run that no server knows yet."""
    return run_key.startswith("local-")


def _nothing() -> None:
    return None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


_runtime = Runtime()


def runtime() -> Runtime:
    """This process's runtime."""
    return _runtime


_FORK_SECONDS = 5.0
_held_for_fork = False


def _before_fork() -> None:
    """Wait until no other thread opens a session: a module that it half imported would stay locked in the child."""
    global _held_for_fork
    _held_for_fork = _runtime.lock.acquire(timeout=_FORK_SECONDS)
    _runtime.note_fork()


def _after_fork_in_parent() -> None:
    global _held_for_fork
    if _held_for_fork:
        _held_for_fork = False
        _runtime.lock.release()


def _after_fork_in_child() -> None:
    global _runtime, _held_for_fork
    _held_for_fork = False
    _runtime = _runtime.child()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
