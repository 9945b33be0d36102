"""The background thread: what it serves, adopts, waits for and lets go of."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mlflow_ext.spool.header import Header
from mlflow_ext.spool.session import Session
from mlflow_ext.uploader.counts import Counts, total
from mlflow_ext.uploader.local_run import known_run
from mlflow_ext.uploader.transport import TryAgain
from mlflow_ext.uploader.worker import Uploader
from tests.unit.runtime.conftest import RUN, MemoryServer, point


@pytest.fixture
def uploader(tmp_path: Path, server: MemoryServer) -> Iterator[Uploader]:
    made = Uploader(tmp_path, lambda uri: server, interval=0.01, unreachable=0.2)
    yield made
    made.stop()


def add(uploader: Uploader, session: Session) -> None:
    uploader.add(session.writer, session.header)
    session.wake = uploader.wake
    uploader.start()


def test_flush_returns_when_everything_is_there(uploader: Uploader, session: Session, server: MemoryServer) -> None:
    add(uploader, session)
    for step in range(100):
        point(session, step, 0.5)
    uploader.flush(30, patience=30)
    assert server.series().x.tolist() == list(range(100))
    assert total(item.counts() for item in uploader.items) == Counts()


def test_flush_gives_up_on_a_silent_server_and_the_next_one_delivers(
    uploader: Uploader, session: Session, server: MemoryServer
) -> None:
    server.up = False
    add(uploader, session)
    point(session, 0, 0.5)
    uploader.flush(30, patience=30)
    assert total(item.counts() for item in uploader.items) == Counts(pending=1)
    server.up = True
    uploader.flush(30, patience=30)
    assert server.series().x.tolist() == [0]


def test_flush_goes_on_while_a_server_that_often_says_later_takes_something(
    uploader: Uploader, session: Session, server: MemoryServer
) -> None:
    """It asks again after half a second, longer than silence is borne with here."""
    told: set[str] = set()

    def later_once(what: str) -> None:
        if what not in told:
            told.add(what)
            raise TryAgain("429 Too Many Requests", answered=True)

    server.trouble = later_once
    add(uploader, session)
    point(session, 0, 0.5)
    uploader.flush(30, patience=30)
    assert {"part", "metrics"} <= told
    assert total(item.counts() for item in uploader.items) == Counts()


@pytest.mark.parametrize(("timeout", "patience"), [(0.5, 30), (30, 0.5)])
def test_flush_ends_at_its_timeout_or_patience_when_the_server_says_nothing_but_later(
    uploader: Uploader, session: Session, server: MemoryServer, timeout: float, patience: float
) -> None:
    def later(what: str) -> None:
        raise TryAgain("429 Too Many Requests", answered=True)

    server.trouble = later
    add(uploader, session)
    point(session, 0, 0.5)
    began = time.monotonic()
    uploader.flush(timeout, patience=patience)
    assert 0.5 <= time.monotonic() - began < 10
    assert total(item.counts() for item in uploader.items) == Counts(pending=1)


def test_a_server_that_falls_silent_after_it_said_later_is_given_up(
    uploader: Uploader, session: Session, server: MemoryServer
) -> None:
    def later_then_away(what: str) -> None:
        server.up = False
        raise TryAgain("429 Too Many Requests", answered=True)

    server.trouble = later_then_away
    add(uploader, session)
    point(session, 0, 0.5)
    began = time.monotonic()
    uploader.flush(30, patience=30)
    assert time.monotonic() - began < 10


def test_flush_ends_at_its_timeout_while_the_server_is_busy(
    uploader: Uploader, session: Session, server: MemoryServer
) -> None:
    release = threading.Event()

    def slow(what: str) -> None:
        release.wait(30)

    server.trouble = slow
    add(uploader, session)
    point(session, 0, 0.5)
    uploader.flush(0.1, patience=30)
    assert not server.files
    release.set()
    uploader.flush(30, patience=30)
    assert server.series().x.tolist() == [0]


def test_what_the_server_fails_at_keeps_nothing_else_waiting(
    uploader: Uploader, make_session: Callable[..., Session], header: Header, server: MemoryServer
) -> None:
    """One plot's parts are answered with an error for ever; other plots of the run, and other runs, arrive."""
    put, healed = server.put, threading.Event()

    def failing(run_id: str, path: str, content: bytes) -> None:
        if "/poison" in path and not healed.is_set():
            raise TryAgain("500 Internal Server Error", away=False)
        put(run_id, path, content)

    server.put = failing  # type: ignore[method-assign]
    ill, well = make_session(), make_session(header=replace(header, writer="22222222", run_id="b" * 32))
    point(ill, 0, 0.5, "poison")
    for step in range(3):
        point(ill, step, 0.5)
        point(well, step, 0.5, "elsewhere")
    add(uploader, ill)
    add(uploader, well)
    uploader.flush(30, patience=30)
    assert server.series().x.tolist() == [0, 1, 2]
    assert server.series("elsewhere").x.tolist() == [0, 1, 2]
    by_writer = {item.header.writer: item for item in uploader.items}
    assert by_writer["22222222"].counts() == Counts()
    assert by_writer[header.writer].counts().pending
    assert "500" in uploader.reason(by_writer[header.writer])
    healed.set()
    uploader.flush(30, patience=30)
    assert total(item.counts() for item in uploader.items) == Counts()


def test_the_thread_outlives_a_folder_that_can_t_be_read(
    uploader: Uploader, session: Session, server: MemoryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_descriptors(*_: object) -> list[Path]:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("mlflow_ext.uploader.worker.spool_files", no_descriptors)
    monkeypatch.setattr("mlflow_ext.uploader.status.spool_files", no_descriptors)
    add(uploader, session)
    point(session, 0, 0.5)
    uploader.flush(30, patience=30)
    assert server.series().x.tolist() == [0]


def test_a_sealed_file_is_deleted_once_delivered(uploader: Uploader, session: Session) -> None:
    add(uploader, session)
    point(session, 0, 0.5)
    session.writer.seal()
    uploader.flush(30, patience=30)
    assert not session.path.exists()
    assert uploader.items == []


def test_files_that_dead_processes_left_for_the_same_run_are_adopted(
    uploader: Uploader, make_session: Callable[..., Session], header: Header, server: MemoryServer
) -> None:
    dead = make_session(header=replace(header, writer="11111111"))
    other_run = make_session(header=replace(header, writer="22222222", run_id="b" * 32))
    alive = make_session(header=replace(header, writer="33333333"))
    for number, session in enumerate((dead, other_run, alive)):
        point(session, number, 0.5)
    dead.writer.close()
    other_run.writer.close()
    mine = make_session()
    add(uploader, mine)
    point(mine, 3, 0.5)
    uploader.flush(30, patience=30)
    assert server.series().x.tolist() == [0, 3]
    assert not dead.path.exists()
    assert other_run.path.exists()
    assert alive.path.exists()


def test_a_file_of_an_unknown_version_is_left_alone(
    uploader: Uploader, session: Session, tmp_path: Path, server: MemoryServer
) -> None:
    strange = tmp_path / f"{RUN}.99999999.spool"
    strange.write_bytes(b'{"mlflow_ext_spool": 99}\n[1]\n')
    add(uploader, session)
    point(session, 0, 0.5)
    uploader.flush(30, patience=30)
    assert server.series().x.tolist() == [0]
    assert strange.exists()


def test_a_run_that_no_server_knew_is_made_once_for_all_its_writers(
    tmp_path: Path, make_session: Callable[..., Session], server: MemoryServer
) -> None:
    header = Header("http://server.test", "0" * 8, local_key="local-1", start_time=5)
    sessions = [make_session(header=replace(header, writer=f"{number:08x}")) for number in range(4)]
    uploaders = [Uploader(tmp_path, lambda uri: server, interval=0.01) for _ in sessions]
    for number, (uploader, session) in enumerate(zip(uploaders, sessions, strict=True)):
        point(session, number, 0.5)
        add(uploader, session)
    for uploader in uploaders:
        uploader.flush(30, patience=30)
        uploader.stop()
    assert [what for what, _ in server.log_of].count("make") == 1
    assert server.series().x.tolist() == [0, 1, 2, 3]
    assert known_run(tmp_path, "local-1", "http://server.test") == RUN


def test_a_run_that_has_ended_is_settled_and_its_file_let_go(
    tmp_path: Path, session: Session, server: MemoryServer
) -> None:
    now = [0.0]
    uploader = Uploader(tmp_path, lambda uri: server, clock=lambda: now[0])
    uploader.add(session.writer, session.header)
    for step in range(10):
        point(session, step, 0.5)
    uploader.turn()
    for step in range(10, 15):
        point(session, step, 0.5)
    uploader.turn()
    for step in range(15, 20):
        point(session, step, 0.5)
    uploader.turn()
    (tag,) = server.plot_tags()
    assert tag.points == 15
    server.status = "FINISHED"
    for _ in range(20):
        now[0] += 1.0
        uploader.turn()
    (tag,) = server.plot_tags()
    assert tag.points == 20
    assert not session.path.exists()
    assert session.writer.sealed


def test_a_quiet_run_is_asked_for_ever_more_rarely(tmp_path: Path, session: Session, server: MemoryServer) -> None:
    now = [0.0]
    uploader = Uploader(tmp_path, lambda uri: server, clock=lambda: now[0])
    uploader.add(session.writer, session.header)
    point(session, 0, 0.5)
    for _ in range(3600):
        now[0] += 1.0
        uploader.turn()
    asked = [what for what, _ in server.log_of].count("facts")
    assert 50 < asked < 80


def test_a_fault_in_one_delivery_neither_ends_the_thread_nor_stops_others(
    tmp_path: Path, make_session: Callable[..., Session], header: Header
) -> None:
    broken, sound = MemoryServer(), MemoryServer()

    def crash(what: str) -> None:
        raise RuntimeError("a bug")

    broken.trouble = crash
    servers = {"http://broken.test": broken, "http://sound.test": sound}
    uploader = Uploader(tmp_path, servers.__getitem__, interval=0.01, unreachable=0.2)
    for uri, writer in (("http://broken.test", "1" * 8), ("http://sound.test", "2" * 8)):
        session = make_session(header=replace(header, tracking_uri=uri, writer=writer, run_id=writer * 4))
        point(session, 0, 0.5)
        add(uploader, session)
    uploader.flush(5, patience=5)
    assert sound.series().x.tolist() == [0]
    broken.trouble = lambda what: None
    uploader.flush(30, patience=30)
    uploader.stop()
    assert broken.series().x.tolist() == [0]


def test_a_large_file_that_was_delivered_gives_way_to_a_new_one(
    tmp_path: Path, make_session: Callable[..., Session], header: Header, server: MemoryServer
) -> None:
    uploader = Uploader(tmp_path, lambda uri: server, rotate_bytes=2_000)
    first = make_session()
    uploader.add(first.writer, first.header)
    for step in range(100):
        point(first, step, 0.5)
    uploader.turn()
    assert first.writer.sealed
    second = make_session(header=replace(header, writer="22222222"), before=first)
    uploader.add(second.writer, second.header)
    point(second, 100, 0.5)
    for _ in range(3):
        uploader.turn()
    assert not first.path.exists()
    assert second.path.exists()
    assert server.series().x.tolist() == list(range(101))
