"""Training scripts as real processes, and a reader that says what a run holds, point by point."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import mlflow
import pytest

from mlflow_ext.store_format import MergedSeries, Part, PlotTag, decode_part, merge_series
from tests.conftest import Server, clean_environment, free_port

SCRIPT_HEAD = """
import os, sys, signal, threading, time
import mlflow
import mlflow_ext as ext
"""


@dataclass
class Script:
    """A training script in its own process; its output goes to files, so it never blocks."""

    process: subprocess.Popen[bytes]
    output: Path
    errors: Path

    def wait(self, timeout: float = 120.0) -> int:
        return self.process.wait(timeout)

    def ok(self, timeout: float = 120.0) -> Script:
        code = self.wait(timeout)
        assert code == 0, f"exit {code}\n{self.stdout()}\n{self.stderr()}"
        return self

    def kill9(self) -> None:
        self.process.kill()
        self.process.wait()

    def stdout(self) -> str:
        return self.output.read_text()

    def stderr(self) -> str:
        return self.errors.read_text()

    def until(self, text: str, timeout: float = 60.0) -> str:
        """Wait until ``text`` was printed."""

        def printed() -> bool:
            if text in self.stdout():
                return True
            assert self.process.poll() is None, f"ended before {text!r}\n{self.stdout()}\n{self.stderr()}"
            return False

        wait_for(printed, timeout)
        return self.stdout()


@dataclass
class Bench:
    """Where scripts run: an own spool folder, an own working folder."""

    folder: Path
    uri: str
    env: dict[str, str] = field(default_factory=dict)
    scripts: list[Script] = field(default_factory=list)

    @property
    def spool(self) -> Path:
        return self.folder / "spool"

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        own = {"MLFLOW_TRACKING_URI": self.uri, "MLFLOW_EXT_SPOOL_DIR": str(self.spool)}
        return clean_environment({**own, **self.env, **(extra or {})})

    def start(self, code: str, env: Mapping[str, str] | None = None, head: str = SCRIPT_HEAD) -> Script:
        number = len(self.scripts)
        path = self.folder / f"train{number}.py"
        path.write_text(head + textwrap.dedent(code))
        return self._popen([sys.executable, str(path)], number, env)

    def interactive(self, typed: str) -> Script:
        """An interpreter that is typed at."""
        cells = self.folder / "cells.txt"
        cells.write_text(typed)
        with cells.open("rb") as stdin:
            return self._popen([sys.executable, "-i", "-q"], len(self.scripts), None, stdin)

    def _popen(
        self, command: list[str], number: int, env: Mapping[str, str] | None, stdin: IO[bytes] | None = None
    ) -> Script:
        output, errors = self.folder / f"out{number}.txt", self.folder / f"err{number}.txt"
        with output.open("wb") as out, errors.open("wb") as err:
            process = subprocess.Popen(
                command, cwd=self.folder, env=self.environment(env), stdin=stdin, stdout=out, stderr=err
            )
        script = Script(process, output, errors)
        self.scripts.append(script)
        return script

    def run(self, code: str, env: Mapping[str, str] | None = None) -> Script:
        return self.start(code, env).ok()

    def command(self, *arguments: str, env: Mapping[str, str] | None = None) -> Script:
        """``python -m mlflow_ext ...``, until it ends."""
        script = self._popen([sys.executable, "-m", "mlflow_ext", *arguments], len(self.scripts), env)
        script.wait()
        return script

    def spool_files(self) -> list[Path]:
        return sorted(self.spool.glob("*.spool")) if self.spool.exists() else []


def wait_for(state: Callable[[], Any], timeout: float = 60.0) -> Any:
    """Wait until ``state`` is true, and return it."""
    deadline = time.monotonic() + timeout
    while not (value := state()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return value


class Reader:
    """What runs of one server hold."""

    def __init__(self, uri: str) -> None:
        self.client = mlflow.MlflowClient(uri)

    def only_run(self) -> str:
        """The newest run's id."""
        return str(self.client.search_runs(["0"], max_results=1)[0].info.run_id)

    def paths(self, run_id: str, folder: str | None = None) -> list[str]:
        found: list[str] = []
        for item in self.client.list_artifacts(run_id, folder):
            found += self.paths(run_id, item.path) if item.is_dir else [item.path]
        return found

    def content(self, run_id: str, path: str, folder: Path) -> bytes:
        return Path(self.client.download_artifacts(run_id, path, str(folder))).read_bytes()

    def parts(self, run_id: str, folder: Path) -> list[Part]:
        paths = [path for path in self.paths(run_id, "ext") if not path.startswith("ext/artifact/")]
        return [decode_part(self.content(run_id, path, folder)) for path in paths]

    def series(self, run_id: str, name: str, folder: Path) -> MergedSeries:
        return merge_series(part for part in self.parts(run_id, folder) if part.name == name)

    def tags(self, run_id: str) -> list[PlotTag]:
        tags = self.client.get_run(run_id).data.tags.items()
        return [tag for key, value in tags if (tag := PlotTag.parse(key, value)) is not None]

    def history(self, run_id: str, key: str) -> dict[int, float]:
        """Value by step of a mirrored metric."""
        return {point.step: point.value for point in self.client.get_metric_history(run_id, key)}


@pytest.fixture(scope="session")
def server(shared_mlflow: Server) -> Server:
    """A plain MLflow server for the tests that leave it running."""
    return shared_mlflow


@pytest.fixture
def unused_address() -> str:
    """Of a server that is not there."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture
def bench(tmp_path: Path, server: Server) -> Iterator[Bench]:
    """Scripts against ``server``."""
    yield from _bench(tmp_path, server.url)


@pytest.fixture
def make_bench(tmp_path: Path) -> Iterator[Callable[[str], Bench]]:
    """``make_bench(uri)``: scripts against any tracking address."""
    made: list[Bench] = []

    def make(uri: str) -> Bench:
        made.append(Bench(tmp_path, uri))
        return made[-1]

    yield make
    for bench in made:
        _stop(bench)


def _bench(folder: Path, uri: str) -> Iterator[Bench]:
    bench = Bench(folder, uri)
    yield bench
    _stop(bench)


def _stop(bench: Bench) -> None:
    for script in bench.scripts:
        if script.process.poll() is None:
            script.kill9()
