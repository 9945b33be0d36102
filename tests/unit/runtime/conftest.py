"""A tracking server in memory, and sessions that write to a temporary spool."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from mlflow_ext.encoding import dumps_ready
from mlflow_ext.spool.header import Header
from mlflow_ext.spool.session import Session
from mlflow_ext.store_format import MergedSeries, PlotTag, decode_part, merge_series
from mlflow_ext.uploader.delivery import Delivery
from mlflow_ext.uploader.mirror import MetricRow
from mlflow_ext.uploader.plot import Content
from mlflow_ext.uploader.transport import Refused, RunFacts, TryAgain

RUN = "a" * 32
WRITER = "0f3a9c11"


class MemoryServer:
    """A transport whose server is a few dicts; ``trouble`` may raise before a request is served.

    ``log`` holds what was asked, in order: ``("part", path)``, ``("metrics", n)``, ``("tags", n)``, ...
    """

    def __init__(self) -> None:
        self.answers = 0
        self.up = True
        self.deleted = False
        self.status = "RUNNING"
        self.artifact_uri = "mlflow-artifacts:/0/run/artifacts"
        self.files: dict[str, bytes] = {}
        self.sent: dict[str, int] = {}
        self.metrics: set[MetricRow] = set()
        self.tags: dict[str, str] = {}
        self.params: dict[str, str] = {}
        self.log_of: list[tuple[str, Any]] = []
        self.refuse = re.compile(r"(?!)")
        self.trouble: Callable[[str], None] = lambda what: None
        self.ended: tuple[str, int] | None = None

    def _ask(self, what: str, detail: Any) -> None:
        if not self.up:
            raise TryAgain("away")
        self.trouble(what)
        self.answers += 1
        self.log_of.append((what, detail))

    def alive(self) -> bool:
        return self.up

    def run_facts(self, run_id: str) -> RunFacts:
        self._ask("facts", run_id)
        return RunFacts(self.deleted, self.status, self.artifact_uri, dict(self.params))

    def make_run(self, header: Header) -> str:
        self._ask("make", header.local_key)
        return RUN

    def put(self, run_id: str, path: str, content: Content) -> None:
        self._ask("part", path)
        if self.refuse.search(path):
            raise Refused("not this part")
        self.files[path] = bytes(content)
        self.sent[path] = self.sent.get(path, 0) + len(content)

    def put_file(self, run_id: str, path: str, file: Path) -> None:
        self.put(run_id, path, Content(file.read_bytes()))

    def log(self, run_id: str, metrics: Sequence[MetricRow], tags: Mapping[str, str]) -> None:
        assert len(metrics) + len(tags) <= 1_000
        assert len(tags) <= 100
        if self.deleted or any(self.refuse.search(key) for key in [*(row.key for row in metrics), *tags]):
            raise Refused("not these")
        self._ask("metrics" if metrics else "tags", len(metrics) or len(tags))
        self.metrics.update(MetricRow(row.key, repr(row.value), row.timestamp, row.step) for row in metrics)
        self.tags.update(tags)

    def log_params(self, run_id: str, params: Mapping[str, str]) -> None:
        if any(key in self.params or self.refuse.search(key) for key in params):
            raise Refused("not these params")
        self._ask("params", len(params))
        self.params.update(params)

    def finish(self, run_id: str, status: str, end_time: int) -> None:
        self._ask("finish", status)
        self.ended = (status, end_time)

    def values(self, key: str) -> dict[int, float]:
        return {row.step: float(row.value) for row in self.metrics if row.key == key}

    def plot_tags(self) -> list[PlotTag]:
        return [tag for key, value in self.tags.items() if (tag := PlotTag.parse(key, value)) is not None]

    def series(self, name: str = "training") -> MergedSeries:
        parts = [decode_part(content) for path, content in self.files.items() if path.startswith("ext/series/")]
        return merge_series(part for part in parts if part.name == name)


@pytest.fixture
def server() -> MemoryServer:
    return MemoryServer()


@pytest.fixture
def header() -> Header:
    return Header("http://server.test", WRITER, run_id=RUN)


@pytest.fixture
def make_session(tmp_path: Path, header: Header) -> Iterator[Callable[..., Session]]:
    """``make_session(mirror="all", header=...) -> Session``."""
    made: list[Session] = []

    def make(mirror: str = "all", header: Header = header, before: Session | None = None) -> Session:
        made.append(Session(tmp_path, header, max_bytes=1 << 40, mirror=mirror, wake=lambda: None, before=before))
        return made[-1]

    yield make
    for session in made:
        session.writer.close()


@pytest.fixture
def session(make_session: Callable[..., Session]) -> Session:
    return make_session()


@pytest.fixture
def delivery(session: Session, server: MemoryServer) -> Delivery:
    return deliver(session, server)


def deliver(session: Session, server: MemoryServer, clock: Callable[[], float] = lambda: 0.0) -> Delivery:
    return Delivery(session.writer, session.header, server, server.make_run, clock)


def point(session: Session, step: int, loss: Any, name: str = "training") -> None:
    data = {"step": step, "loss": loss}
    if not session.point(name, data, None, None):
        session.careful_point(name, None, tuple(data), ("step", step, {"loss": loss}))


def version(session: Session, kind: str, name: str, data: Mapping[str, Any], step: int | None = None) -> None:
    dumps_ready(data)
    session.primitive(kind, name, data, {"section": None, "step": step, "metadata": None})


def settle(delivery: Delivery) -> None:
    while delivery.step(settle=True):
        continue
