"""Reading a spool file that another process wrote, under the same lock that its owner held."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


def whole_lines(data: bytes) -> bytes:
    """The start of ``data`` that is made of whole records; what follows a NUL or has no newline does not count."""
    if not data or data[0] == 0:
        return b""
    end = data.find(b"\n\0")
    if end < 0:
        end = data.rfind(b"\n")
    return data[: end + 1]


def read_records(descriptor: int, start: int, limit: int) -> bytes:
    """Whole records from ``start``: about ``limit`` bytes of them, or one record when that is larger."""
    data = b""
    while True:
        piece = os.pread(descriptor, limit, start + len(data))
        data += piece
        whole = whole_lines(data)
        if whole or len(piece) < limit or data[0] == 0:
            return whole


def has_record(descriptor: int, start: int) -> bool:
    """Whether there is a record at ``start``."""
    return os.pread(descriptor, 1, start) not in (b"", b"\0")


class AdoptedFile:
    """A spool file whose owner is gone, locked by us."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    def adopt(cls, path: Path) -> AdoptedFile | None:
        """Lock ``path``; None when its owner lives, somebody else adopted it, or it is gone."""
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                return cls(path, descriptor)
        except (BlockingIOError, FileNotFoundError):
            os.close(descriptor)
            return None
        os.close(descriptor)
        return None

    @property
    def sealed(self) -> bool:
        """Always true: nobody appends any more."""
        return True

    @property
    def end(self) -> int:
        """An offset that no record goes beyond."""
        return os.fstat(self._descriptor).st_size

    def has(self, start: int) -> bool:
        """Whether there is a record at ``start``."""
        return has_record(self._descriptor, start)

    def read(self, start: int, limit: int) -> bytes:
        """Whole records from ``start``: about ``limit`` bytes of them, or one record when that is larger."""
        return read_records(self._descriptor, start, limit)

    def view(self, start: int, limit: int) -> bytes | memoryview:
        """What ``read`` gives."""
        return self.read(start, limit)

    def remove(self) -> None:
        """Delete the file and let go of it."""
        self.path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor >= 0:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)  # a child in the middle of a fork may hold it too
            self.drop_after_fork()

    def drop_after_fork(self) -> None:
        """In a forked child: let go of the file and leave the parent its lock."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
