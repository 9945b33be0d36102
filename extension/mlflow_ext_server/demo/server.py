"""A plain MLflow server for the time of the training."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from mlflow_ext.errors import StoreUnavailable

_START_SECONDS = 180.0
_STOP_SECONDS = 20.0


@contextlib.contextmanager
def temporary_server(
    backend_store_uri: str,
    artifacts_destination: str,
    log: Path,
    program: Sequence[str] = (sys.executable, "-m", "mlflow", "server"),
) -> Iterator[str]:
    """Run ``mlflow server``, or another ``program`` that takes its flags, on a free port of this machine.

    It lasts as long as the block; gives its address.

    Raises:
        StoreUnavailable: it does not start; its words are in ``log``.
    """
    port = _free_port()
    flags = {
        "--host": "127.0.0.1",
        "--port": str(port),
        "--backend-store-uri": backend_store_uri,
        "--artifacts-destination": artifacts_destination,
        "--workers": "1",
    }
    command = [*program, *(part for pair in flags.items() for part in pair)]
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, cwd=log.parent, env=_environment(), stdout=out, stderr=out, start_new_session=True
        )
    try:
        uri = f"http://127.0.0.1:{port}"
        _wait(process, uri, log)
        yield uri
    finally:
        _stop(process)


def _environment() -> dict[str, str]:
    """Ours without the settings of a server that the user may run."""
    kept = {key: value for key, value in os.environ.items() if not key.lstrip("_").startswith("MLFLOW_")}
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    return {**kept, **quiet, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}  # without it MLflow waits for the internet


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], uri: str, log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise StoreUnavailable(f"The server ended with {process.returncode}; {log} says why")
        try:
            opener.open(f"{uri}/health", timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise StoreUnavailable(f"The server gave no answer within {_START_SECONDS:.0f} s; {log} may say why")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_SECONDS)
    with contextlib.suppress(ProcessLookupError):  # its session holds what it started
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
