"""Files that anyone may have put into an artifact folder."""

from __future__ import annotations

import os
import socket
from pathlib import Path, PosixPath

import pytest

from mlflow_ext.errors import ValidationError
from mlflow_ext_server.regular_file import LARGEST_BYTES, TooLarge, content

pytestmark = pytest.mark.timeout(20)


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def listening(path: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
    return path


def folder(path: Path) -> Path:
    path.mkdir()
    return path


def device(_path: Path) -> Path:
    return Path("/dev/zero")


def test_a_file_of_the_size_allowed_is_read_and_a_larger_one_is_not(tmp_path: Path):
    file = tmp_path / "part.json"
    file.write_bytes(b"12345")
    assert content(file, "part.json", 5) == b"12345"
    with pytest.raises(TooLarge, match=r"part\.json has 5 bytes; .* up to 4"):
        content(file, "part.json", 4)


def test_a_huge_file_is_refused_unread(tmp_path: Path):
    file = tmp_path / "part.json"
    file.touch()
    os.truncate(file, LARGEST_BYTES + 1)
    with pytest.raises(TooLarge):
        content(file, "part.json")


def test_a_file_that_gives_more_than_its_size_says_is_read_no_further():
    assert content(Path("/proc/self/status"), "status") == b""  # of size 0, as of a file that grew since


@pytest.mark.parametrize("make", [pipe, listening, folder, device])
def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path, make):
    with pytest.raises(ValidationError, match="no regular file"):
        content(make(tmp_path / "odd"), "part.json")


def test_a_file_that_became_another_before_it_was_opened_is_looked_at_again(tmp_path: Path):
    class Before(PosixPath):
        def stat(self, **_: bool) -> os.stat_result:
            return os.stat(__file__)

    with pytest.raises(ValidationError, match="no regular file"):
        content(Before(pipe(tmp_path / "odd")), "part.json")
    large = tmp_path / "large"
    large.write_bytes(bytes(1_000_000))
    with pytest.raises(TooLarge):
        content(Before(large), "part.json", 500_000)
