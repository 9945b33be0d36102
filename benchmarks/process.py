"""Servers and workers of a benchmark: real processes, on 127.0.0.1, with a clean environment."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import requests

BIN = Path(sys.executable).parent
START_SECONDS = 120


def environment(folder: Path, **extra: str) -> dict[str, str]:
    """Settings of nobody's but the benchmark's; nothing calls out."""
    foreign = ("MLFLOW_", "TRACKIO_", "HF_", "PYTHON")  # PYTHONDONTWRITEBYTECODE would have every import compile
    kept = {k: v for k, v in os.environ.items() if not k.lstrip("_").startswith(foreign)}
    own = {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "MLFLOW_EXT_SPOOL_DIR": str(folder / "spool"),
        "TRACKIO_DIR": str(folder / "trackio"),
        "HF_HOME": str(folder / "hf"),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "NO_PROXY": "*",
    }
    return {**kept, **own, **extra}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Server:
    """``mlflow server`` or ``ext-server`` on sqlite with proxied artifacts, both in ``folder``."""

    def __init__(self, folder: Path, program: str = "mlflow", workers: int = 1) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = f"sqlite:///{folder / 'mlflow.db'}"
        command = [str(BIN / "mlflow"), "server"] if program == "mlflow" else [str(BIN / program)]
        command += ["--host", "127.0.0.1", "--port", str(self.port), "--workers", str(workers)]
        self._command = [*command, "--backend-store-uri", self.database]
        self._command += ["--artifacts-destination", str(folder / "artifacts")]
        self._health = "/ext/health" if program == "ext-server" else "/health"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Server:
        log = self.folder / "server.log"
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                self._command,
                cwd=self.folder,
                env=environment(self.folder),
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self._command[0]} does not start:\n{log.read_text()[-3000:]}")
            time.sleep(0.1)
        return self

    def _answers(self) -> bool:
        try:
            return requests.get(self.url + self._health, timeout=5).ok
        except requests.RequestException:
            return False

    def kill9(self) -> None:
        """SIGKILL to the server and all its workers."""
        assert self._process is not None
        children = psutil.Process(self._process.pid).children(recursive=True)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        self._process.wait()
        psutil.wait_procs(children, timeout=20)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill9()


@contextlib.contextmanager
def server(program: str = "mlflow", workers: int = 1) -> Iterator[Server]:
    """A server in a folder of its own, as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="mlflow-ext-bench-", ignore_cleanup_errors=True) as name:
        one = Server(Path(name), program, workers)
        try:
            yield one.start()
        finally:
            one.stop()


def start_worker(
    case: str, folder: Path, url: str, *, extra: dict[str, str] | None = None, **arguments: Any
) -> subprocess.Popen[str]:
    """Start ``benchmarks.worker`` on a case; its last line on stdout is its result as JSON."""
    command = [sys.executable, "-m", "benchmarks.worker", case, json.dumps(arguments)]
    log = (folder / f"worker-{case}.log").open("a")
    return subprocess.Popen(
        command,
        cwd=Path(__file__).parents[1],
        env=environment(folder, MLFLOW_TRACKING_URI=url, **(extra or {})),
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )


def worker(case: str, folder: Path, url: str, **arguments: Any) -> Any:
    """Run a case in a process of its own and return what it measured."""
    process = start_worker(case, folder, url, **arguments)
    out, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{case} {arguments} failed:\n{(folder / f'worker-{case}.log').read_text()[-3000:]}")
    return json.loads(out.strip().splitlines()[-1])
