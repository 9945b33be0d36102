"""Fixtures that every tier shares: real MLflow and ext-server processes on free ports of 127.0.0.1."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import httpx
import mlflow
import psutil
import pytest
import sqlalchemy as sa
from hypothesis import settings

from tests.postgres import PROGRAMS, postgres_server

START_TIMEOUT = 120.0
STOP_TIMEOUT = 20.0

settings.register_profile("without a deadline", deadline=None)  # a busy machine is no failure
settings.load_profile("without a deadline")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # What a shell starts in the background ignores Ctrl-C, and so would all that the tests start.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """Let pass what is MLflow's own: its use of deprecated names, and database engines that it keeps for good."""
    config.addinivalue_line("filterwarnings", r"ignore:::mlflow\..*")
    config.addinivalue_line("filterwarnings", "ignore:.*was deleted while still open:ResourceWarning")


@pytest.fixture(scope="module", autouse=True)
def no_tracking_address() -> None:
    """MLflow's server code and its fluent API keep an address for the whole process; no module inherits another's."""
    mlflow.set_tracking_uri(None)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing listens on right now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without settings of MLflow and ours, quiet and offline, plus ``extra``."""
    kept = {key: value for key, value in os.environ.items() if not re.match(r"_?MLFLOW_", key)}
    quiet = {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": "*",
    }
    return {**kept, **quiet, **(extra or {})}


class Server:
    """One server process with all its workers.

    ``origin`` is ``http://127.0.0.1:port``, ``url`` the same plus the static prefix, ``dir`` its working directory with
    ``mlflow.db`` and ``artifacts`` in it unless flags say otherwise.
    """

    def __init__(
        self, program: str, health: str, directory: Path, flags: tuple[str, ...], env: Mapping[str, str]
    ) -> None:
        self.dir = directory
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        prefix = flags[flags.index("--static-prefix") + 1] if "--static-prefix" in flags else ""
        self.url = self.origin + prefix
        self._health = self.url + health
        self._log = directory / f"{program}-{self.port}.log"
        self._env = clean_environment(env)
        self._command = [str(Path(sys.executable).with_name(program)), *(["server"] if program == "mlflow" else [])]
        self._command += ["--host", "127.0.0.1", "--port", str(self.port), *self._defaults(flags), *flags]
        self._process: subprocess.Popen[bytes] | None = None

    def _defaults(self, flags: tuple[str, ...]) -> list[str]:
        own = {
            "--backend-store-uri": f"sqlite:///{self.dir / 'mlflow.db'}",
            "--artifacts-destination": str(self.dir / "artifacts"),
            "--workers": "1",
        }
        return [part for flag, value in own.items() if flag not in flags for part in (flag, value)]

    @property
    def pid(self) -> int:
        """Process id of the command itself; its workers are its children."""
        assert self._process is not None, "the server was not started"
        return self._process.pid

    def start(self) -> Server:
        """Start the process and wait until it answers its health check."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self.dir, env=self._env, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"{self._command[0]} exited with {self._process.returncode}:\n{self.log_text()}")
            if self._answers():
                return self
            time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"{self._health} gave no answer within {START_TIMEOUT} s:\n{self.log_text()}")

    def _answers(self) -> bool:
        try:
            return httpx.get(self._health, timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> int | None:
        """End the process politely, its workers included; returns the exit status."""
        if self._process is None:
            return None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                self.kill9()
        self._kill_group()
        return self._process.returncode

    def kill9(self) -> None:
        """SIGKILL to the command and every child at once, as a power cut would."""
        assert self._process is not None
        children = psutil.Process(self.pid).children(recursive=True) if self._process.poll() is None else []
        self._kill_group()
        for child in children:
            try:
                child.kill()
            except psutil.NoSuchProcess:
                continue
        self._process.wait()
        psutil.wait_procs(children, timeout=STOP_TIMEOUT)

    def _kill_group(self) -> None:
        assert self._process is not None
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def restart(self) -> Server:
        """Stop if need be, and start again on the same port, database and artifacts."""
        self.stop()
        return self.start()

    def log_text(self) -> str:
        """All that the process wrote to stdout and stderr so far."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""


StartServer = Callable[..., Server]


def _factory(program: str, health: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    servers: list[Server] = []

    def start(*flags: str, env: Mapping[str, str] | None = None, directory: Path | None = None) -> Server:
        folder = directory or tmp_path_factory.mktemp(program)
        server = Server(program, health, folder, flags, env or {})
        servers.append(server)
        return server.start()

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """``mlflow_server(*flags, env=None, directory=None) -> Server``: a plain ``mlflow server``."""
    yield from _factory("mlflow", "/health", tmp_path_factory)


@pytest.fixture(scope="module")
def ext_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """``ext_server(*flags, env=None, directory=None) -> Server``: an ``ext-server``."""
    yield from _factory("ext-server", "/ext/health", tmp_path_factory)


@pytest.fixture(scope="session")
def shared_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A plain ``mlflow server`` for all modules of this process: leave it running, look at what is your own in it."""
    for start in _factory("mlflow", "/health", tmp_path_factory):
        yield start()


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An ``ext-server`` without flags for all modules of this process, on the same terms."""
    for start in _factory("ext-server", "/ext/health", tmp_path_factory):
        yield start()


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[str]:
    """The address of a PostgreSQL server, without a database."""
    if PROGRAMS is None:
        pytest.skip("PostgreSQL's server programs are not installed")
    with postgres_server(free_port()) as address:
        yield address


@pytest.fixture
def postgres_uri(postgres_cluster: str) -> str:
    """The address of an empty PostgreSQL database, one for each test; mark the test ``postgres``."""
    return _new_database(postgres_cluster)


@pytest.fixture(scope="module")
def postgres_database(postgres_cluster: str) -> str:
    """The address of a PostgreSQL database that a module's tests share; mark them ``postgres``."""
    return _new_database(postgres_cluster)


def _new_database(postgres_cluster: str) -> str:
    name = f"db_{uuid.uuid4().hex}"
    engine = sa.create_engine(f"{postgres_cluster}/postgres", isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    return f"{postgres_cluster}/{name}"
