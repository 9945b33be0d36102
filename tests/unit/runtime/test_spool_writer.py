"""The spool file: whole records or none, whatever strikes."""

from __future__ import annotations

import errno
import fcntl
import itertools
import os
import resource
import signal
import threading
from pathlib import Path

import pytest

from mlflow_ext.errors import SpoolError
from mlflow_ext.spool.directory import spool_directory, spool_files, spool_path
from mlflow_ext.spool.reader import AdoptedFile, whole_lines
from mlflow_ext.spool.writer import SpoolSealed, SpoolWriter, allocate_blocks

BIG = 1 << 40


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.0f3a9c11.spool"


def records(path: Path) -> list[bytes]:
    """What another process would find."""
    source = AdoptedFile.adopt(path)
    assert source is not None
    found, offset = b"", 0
    while data := source.read(offset, 1 << 12):
        found += data
        offset += len(data)
    source.close()
    return found.splitlines()


def test_a_record_is_in_the_file_when_append_returns(path: Path) -> None:
    writer = SpoolWriter(path, max_bytes=BIG)
    writer.append(b'["a"]')
    assert path.read_bytes().startswith(b'["a"]\n\0')
    writer.append(b'["b"]')
    assert writer.read(0, 100) == b'["a"]\n["b"]\n'
    writer.close()
    assert path.read_bytes() == b'["a"]\n["b"]\n'


def test_a_file_grows_and_large_records_are_read_whole(path: Path) -> None:
    writer = SpoolWriter(path, max_bytes=BIG)
    lines = [b"[" + b"1" * size + b"]" for size in (10, 300_000, 1, 2_000_000, 5)]
    for line in lines:
        writer.append(line)
    assert writer.read(0, 64).splitlines() == lines[:1]
    start = len(lines[0]) + 1
    assert writer.read(start, 64).splitlines() == [lines[1]]
    writer.seal()
    assert writer.read(0, 1 << 24).splitlines() == lines
    writer.close()
    assert records(path) == lines


def test_a_torn_record_does_not_exist_for_a_reader(path: Path) -> None:
    writer = SpoolWriter(path, max_bytes=BIG)
    writer.append(b'["whole"]')
    writer.close()
    with path.open("ab") as file:
        file.write(b'\0"torn", 17]\nmore')
    assert records(path) == [b'["whole"]']
    path.write_bytes(b'["whole"]\n["cut')
    assert records(path) == [b'["whole"]']


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        (b"", b""),
        (b"\0\0", b""),
        (b"[1]\n\0\0", b"[1]\n"),
        (b"[1]\n[2", b"[1]\n"),
        (b"[1]\n\0[2]\n", b"[1]\n"),
        (b"[1", b""),
    ],
)
def test_whole_lines(data: bytes, whole: bytes) -> None:
    assert whole_lines(data) == whole


def test_what_an_interrupted_append_left_behind_is_never_read(path: Path) -> None:
    writer = SpoolWriter(path, max_bytes=BIG)
    writer.append(b'["first"]')
    area, position = writer._map, writer.end
    assert area is not None
    area[position + 1 : position + 40] = b"x" * 39  # an exception struck before the first byte was stored
    writer.append(b"[2]")
    writer.append(b"[3]")
    assert writer.read(0, 1000).splitlines() == [b'["first"]', b"[2]", b"[3]"]
    writer.close()
    assert records(path) == [b'["first"]', b"[2]", b"[3]"]


def test_a_record_that_was_stored_but_not_counted_is_kept(path: Path) -> None:
    writer = SpoolWriter(path, max_bytes=BIG)
    writer.append(b'["first"]')
    before = writer.end
    writer.append(b'["second"]')
    writer._position = before  # an exception struck between the store and the count
    writer.append(b'["third"]')
    assert writer.read(0, 1000).splitlines() == [b'["first"]', b'["second"]', b'["third"]']
    writer.close()


def test_a_process_killed_in_the_middle_leaves_every_record_whose_append_returned(path: Path) -> None:
    reader, pipe = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        writer = SpoolWriter(path, max_bytes=BIG)
        number = 0
        while True:
            writer.append(b"[%d, %s]" % (number, b"7" * (number % 500)))
            os.write(pipe, number.to_bytes(4, "big"))
            number += 1
    os.close(pipe)
    seen = b""
    while len(seen) < 4 * 5000:
        seen += os.read(reader, 1 << 16)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    while piece := os.read(reader, 1 << 16):
        seen += piece
    os.close(reader)
    returned = len(seen) // 4
    found = records(path)
    assert len(found) in (returned, returned + 1)
    assert found == [b"[%d, %s]" % (number, b"7" * (number % 500)) for number in range(len(found))]


def test_threads_append_at_once_without_loss(path: Path) -> None:
    writer = SpoolWriter(path, max_bytes=BIG)

    def work(rank: int) -> None:
        for step in range(2000):
            writer.append(b"[%d, %d]" % (rank, step))

    threads = [threading.Thread(target=work, args=(rank,)) for rank in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    found = records(path)
    assert sorted(found) == sorted(b"[%d, %d]" % (rank, step) for rank in range(4) for step in range(2000))
    for rank in range(4):
        mine = [line for line in found if line.startswith(b"[%d," % rank)]
        assert mine == [b"[%d, %d]" % (rank, step) for step in range(2000)]


def test_a_signal_handler_may_append_in_the_middle_of_an_append(path: Path) -> None:
    writer = SpoolWriter(path, max_bytes=BIG)
    numbers, caught = itertools.count(), []

    def handler(signum: int, frame: object) -> None:
        number = next(numbers)
        writer.append(b'["signal", %d]' % number)
        caught.append(number)

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.0003, 0.0003)
    try:
        step = 0
        while len(caught) < 100:
            writer.append(b'["step", %d]' % step)
            step += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    writer.append(b"[0]")
    writer.close()
    found = records(path)
    assert [line for line in found if b"step" in line] == [b'["step", %d]' % number for number in range(step)]
    expected = {b'["signal", %d]' % number for number in caught}
    assert len([line for line in found if b"signal" in line]) == len(expected)
    assert expected <= set(found)


def test_a_file_that_may_not_grow_is_an_error_at_the_call_and_later_calls_succeed(path: Path) -> None:
    writer = SpoolWriter(path, max_bytes=BIG)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 19, before[1]))
    try:
        with pytest.raises(SpoolError, match="can't grow"):
            writer.append(b"[" + b"1" * (1 << 20) + b"]")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    writer.append(b"[2]")
    writer.close()
    assert records(path) == [b"[2]"]


def test_a_full_disk_is_an_error_at_the_call(path: Path) -> None:
    def almost_full(descriptor: int, start: int, size: int) -> None:
        if start:
            raise OSError(errno.ENOSPC, "No space left on device")
        allocate_blocks(descriptor, start, size)

    writer = SpoolWriter(path, max_bytes=BIG, allocate=almost_full)
    with pytest.raises(SpoolError, match="disk is full"):
        writer.append(b"[" + b"1" * (1 << 20) + b"]")
    writer.close()


def test_the_cap_on_the_size_names_its_setting(path: Path) -> None:
    writer = SpoolWriter(path, max_bytes=1 << 19)
    with pytest.raises(SpoolError, match="MLFLOW_EXT_SPOOL_MAX_BYTES"):
        writer.append(b"[" + b"1" * (1 << 20) + b"]")
    writer.close()


def test_a_live_file_is_adopted_by_nobody_and_a_closed_one_by_one(path: Path) -> None:
    writer = SpoolWriter(path, max_bytes=BIG)
    writer.append(b"[1]")
    assert AdoptedFile.adopt(path) is None
    writer.seal()
    assert AdoptedFile.adopt(path) is None
    with pytest.raises(SpoolSealed):
        writer.append(b"[2]")
    writer.close()
    first = AdoptedFile.adopt(path)
    assert first is not None
    assert AdoptedFile.adopt(path) is None
    first.remove()
    assert AdoptedFile.adopt(path) is None


def test_a_file_is_seen_by_others_once_it_is_locked(path: Path) -> None:
    seen = []

    def allocate(descriptor: int, start: int, size: int) -> None:
        seen.append(spool_files(path.parent))
        allocate_blocks(descriptor, start, size)

    writer = SpoolWriter(path, max_bytes=1 << 30, allocate=allocate)
    assert seen == [[]]
    assert spool_files(path.parent) == [path]
    assert AdoptedFile.adopt(path) is None
    with pytest.raises(SpoolError, match="File exists"):
        SpoolWriter(path, max_bytes=1 << 30)
    writer.close()
    assert list(path.parent.iterdir()) == [path]


def test_a_forked_child_lets_go_of_the_file_and_its_parent_keeps_the_lock(path: Path) -> None:
    writer = SpoolWriter(path, max_bytes=BIG)
    pid = os.fork()
    if pid == 0:
        writer.drop_after_fork()
        os._exit(0)
    os.waitpid(pid, 0)
    with path.open("rb") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    writer.append(b"[1]")
    writer.close()
    assert records(path) == [b"[1]"]


def test_the_folder_is_private_and_a_shared_one_is_refused(tmp_path: Path) -> None:
    made = spool_directory(tmp_path / "a" / "spool")
    assert made.stat().st_mode & 0o777 == 0o700
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    with pytest.raises(SpoolError, match="MLFLOW_EXT_SPOOL_DIR"):
        spool_directory(shared)
    assert shared.stat().st_mode & 0o777 == 0o777
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(SpoolError, match="MLFLOW_EXT_SPOOL_DIR"):
        spool_directory(file / "below")


def test_files_are_readable_by_their_owner_alone(path: Path) -> None:
    writer = SpoolWriter(path, max_bytes=BIG)
    assert path.stat().st_mode & 0o777 == 0o600
    writer.close()


def test_files_of_a_run_are_found_by_its_key(tmp_path: Path) -> None:
    for key, writer in (("aa", "1" * 8), ("aab", "2" * 8), ("aa", "3" * 8)):
        spool_path(tmp_path, key, writer).touch()
    assert {path.name for path in spool_files(tmp_path, "aa")} == {"aa.11111111.spool", "aa.33333333.spool"}
    assert len(spool_files(tmp_path)) == 3
