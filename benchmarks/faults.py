"""The rows on what is lost when servers and training processes are killed: counts, not times."""

from __future__ import annotations

import math
import os
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import mlflow

from benchmarks.process import BIN, Server, environment, server, start_worker
from benchmarks.report import Row
from benchmarks.rest import Reader, wait_for
from benchmarks.subject import keys, values
from mlflow_ext.store_format import decode_part, merge_series

GROUP = "Faults (steps lost)"
DOWN_SECONDS = 3.0


def rows(quick: bool) -> Iterator[Row]:
    """Everything, one row after another as it is measured."""
    steps = 400 if quick else 1_500
    yield _row(f"server killed amid {steps:,} steps, back after 3 s", _server_killed, ("mlflow async",), steps)
    yield _row(f"server gone for good amid {steps:,} steps, then sync", _server_gone, (), steps)
    yield _row(f"training killed amid {4 * steps:,} steps", _training_killed, ("mlflow async", "trackio"), 4 * steps)
    calls = 50 if quick else 200
    yield Row(
        GROUP,
        f"4 writers x {calls} calls, one Series, 4 workers: kept",
        _writers("ours", calls),
        "",
        {"mlflow sync": _writers("mlflow sync", calls)},
        4 * calls,
        at_least=True,
    )


def _row(name, measure, peers, steps) -> Row:
    found = {subject: float(measure(subject, steps)) for subject in peers}
    return Row(GROUP, name, float(measure("ours", steps)), "", found, 0)


class Stream:
    """A worker that logs at a steady pace, and the count of its calls that returned."""

    def __init__(self, one: Server, subject: str, steps: int, pause: float, **settings: str) -> None:
        self.subject, self.steps = subject, steps
        self._counter = one.folder / f"acknowledged-{subject.replace(' ', '-')}"
        self._counter.write_bytes(bytes(8))
        arguments = {"subject": subject, "steps": steps, "pause": pause, "acknowledged": str(self._counter)}
        self.process = start_worker("stream", one.folder, one.url, extra=settings, **arguments)

    @property
    def acknowledged(self) -> int:
        return int.from_bytes(self._counter.read_bytes(), "little")

    @property
    def run_id(self) -> str:
        return Path(f"{self._counter}.run").read_text()

    def wait_until(self, share: float) -> None:
        """Wait until this share of the steps was logged, or the process ended."""
        wait_for(lambda: self.acknowledged >= share * self.steps or self.process.poll() is not None)


def _server_killed(subject: str, steps: int) -> int:
    with server() as one:
        stream = Stream(one, subject, steps, pause=0.005)
        stream.wait_until(0.3)
        one.kill9()
        time.sleep(DOWN_SECONDS)
        one.start()
        stream.process.communicate()
        return _lost(stream, Reader(one.url, stream.run_id))


def _server_gone(subject: str, steps: int) -> int:
    with tempfile.TemporaryDirectory(prefix="mlflow-ext-bench-", ignore_cleanup_errors=True) as name:
        one = Server(Path(name)).start()
        try:
            # else MLflow's own `with` goes on asking for minutes at its end
            stream = Stream(one, subject, steps, pause=0.005, MLFLOW_HTTP_REQUEST_MAX_RETRIES="1")
            stream.wait_until(0.3)
            one.kill9()
            stream.process.communicate()
            other = Server(Path(name))  # the same store, at another address
            other.start()
            try:
                _sync(other)
                return _lost(stream, Reader(other.url, stream.run_id))
            finally:
                other.stop()
        finally:
            one.stop()


def _training_killed(subject: str, steps: int) -> int:
    with server() as one:
        stream = Stream(one, subject, steps, pause=0.001)
        stream.wait_until(0.5)
        os.kill(stream.process.pid, signal.SIGKILL)
        stream.process.communicate()
        if subject == "trackio":
            return stream.acknowledged - _trackio_steps(one.folder)
        if subject == "ours":
            _sync(one)
        return _lost(stream, Reader(one.url, stream.run_id))


def _sync(one: Server) -> None:
    command = [str(BIN / "mlflow-ext"), "sync", "--tracking-uri", one.url]
    done = subprocess.run(command, env=environment(one.folder), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"mlflow-ext sync ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def _lost(stream: Stream, reader: Reader) -> int:
    """Steps whose call returned, and of which the server lacks a value or has another one."""
    stored = [_series(reader)] if stream.subject == "ours" else []
    stored.append(_metrics(reader, stream.subject))
    return sum(any(found.get(step) != values(step) for found in stored) for step in range(stream.acknowledged))


def _metrics(reader: Reader, subject: str) -> dict[int, dict[str, float]]:
    found: dict[int, dict[str, float]] = {}
    for name, key in zip(values(0), keys(subject), strict=True):
        for step, value in reader.history(key):
            found.setdefault(step, {})[name] = value
    return found


def _series(reader: Reader) -> dict[int, dict[str, float]]:
    """The points of the run's part files, merged as any reader does."""
    with tempfile.TemporaryDirectory() as folder:
        place = mlflow.MlflowClient(reader.url).download_artifacts(reader.run_id, "ext/series", folder)
        parts = [decode_part(path.read_bytes()) for path in sorted(Path(place).rglob("*.json"))]
    merged = merge_series(parts)
    columns = {name: column for name, (column, _) in merged.fields.items()}
    steps = [int(step) for step in merged.x]
    return {step: {name: float(column[i]) for name, column in columns.items()} for i, step in enumerate(steps)}


def _trackio_steps(folder: Path) -> int:
    """Rows that a killed training left in trackio's own database."""
    databases = list((folder / "trackio").glob("*.db"))
    if not databases:
        return 0
    with sqlite3.connect(databases[0]) as connection:
        return int(connection.execute("select count(*) from metrics").fetchone()[0])


def _writers(subject: str, calls: int) -> float:
    with server("ext-server", workers=4) as one:
        client = mlflow.MlflowClient(one.url)
        run = client.create_run("0")
        reader = Reader(one.url, run.info.run_id)
        arguments = {"subject": subject, "run_id": run.info.run_id, "calls": calls}
        workers = [start_worker("writer", one.folder, one.url, number=n, **arguments) for n in range(4)]
        for process in workers:
            process.communicate()
        expected = {step: step + 0.5 for step in range(4 * calls)}
        if subject == "ours":
            stored = {step: point["value"] for step, point in _series(reader).items()}
        else:
            stored = dict(reader.history("shared"))
        return float(sum(math.isclose(stored.get(step, math.nan), value) for step, value in expected.items()))
