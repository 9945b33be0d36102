"""An append-only file of JSON lines in shared memory: a record is in the file, whole, when ``append`` returns.

A record's first byte is stored last. Until then the place holds a NUL and the record does not exist, so a line is whole
or absent even when the process is killed in the middle. The file is allocated before it is mapped: a full disk is an
``OSError`` at the call and never a signal.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

from mlflow_ext.errors import SpoolError
from mlflow_ext.spool.directory import sidecar
from mlflow_ext.spool.reader import has_record, read_records

_FIRST_STEP = 1 << 18
_LARGEST_STEP = 1 << 26
_LARGE = 1 << 16
_END = b"\n\0"
_UNSEEN = ".new"


def allocate_blocks(descriptor: int, start: int, size: int) -> None:
    """Give a file its blocks on the disk, so that storing into its map can't fail."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, start, size)
        return
    zeros = bytes(1 << 20)  # macOS: writing is the one way to have the blocks
    for offset in range(start, start + size, len(zeros)):
        os.pwrite(descriptor, zeros[: start + size - offset], offset)


def _no_space(path: Path, error: OSError) -> SpoolError:
    cause = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror
    return SpoolError(f"The spool file {path} can't grow: {cause}. Free space or set MLFLOW_EXT_SPOOL_DIR elsewhere.")


class SpoolSealed(SpoolError):
    """The file takes no more records: its run was delivered and let go of in the meantime."""


class SpoolWriter:
    """The live, locked end of one spool file.

    Safe from several threads, and from a signal handler that interrupts ``append`` in the same thread.

    Args:
        path: the file to make; it must not exist.
        max_bytes: size above which ``append`` refuses.
        allocate: gives the file its blocks; raises OSError when the disk is full.

    Raises:
        SpoolError: the file can't be made, locked or allocated.
    """

    def __init__(
        self, path: Path, *, max_bytes: int, allocate: Callable[[int, int, int], None] = allocate_blocks
    ) -> None:
        self.path = path
        self._allocate = allocate
        self._max_bytes = max_bytes
        self._lock = threading.RLock()
        self._busy = False
        self._late: deque[tuple[bytes, ...]] = deque()
        self._size = 0
        self._position = 0
        self._map: mmap.mmap | None = None
        unseen = sidecar(path, _UNSEEN)  # it gets its name once it is locked, or others would try its lock
        try:
            if path.exists():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            self._descriptor = os.open(unseen, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise SpoolError(f"Can't make the spool file {path}: {error.strerror}.") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._grow(_FIRST_STEP)
            unseen.rename(path)
        except (OSError, SpoolError) as error:
            os.close(self._descriptor)
            unseen.unlink(missing_ok=True)
            if isinstance(error, SpoolError):
                raise
            message = f"Can't lock the spool file {path}: {error.strerror}. Set MLFLOW_EXT_SPOOL_DIR to a local disk."
            raise SpoolError(message) from error

    @property
    def end(self) -> int:
        """Bytes of whole records so far; all below it may be read."""
        return self._position

    @property
    def sealed(self) -> bool:
        """Whether no more records are taken."""
        return self._map is None

    def append(self, line: bytes, *more: bytes) -> None:
        """Add one record.

        Args:
            line: JSON text without newline or NUL.
            more: what follows it in the same line.

        Raises:
            SpoolError: the disk is full, the size cap is reached, or the file is closed.
        """
        with self._lock:
            if self._busy:  # a signal handler or finaliser interrupted an append of this very thread
                self._late.append((line, *more))
                return
            self._busy = True
            try:
                area, start = self._map, self._position
                stop = start + len(line) + 1
                if more or len(line) >= _LARGE or area is None or stop >= self._size or area[start]:
                    self._write(line, more)
                else:  # the usual case, in few steps: between two training steps the caches are cold
                    area[start + 1 : stop + 1] = line[1:] + _END
                    area[start] = line[0]
                    self._position = stop
            finally:
                self._busy = False
        if self._late:
            self._append_late()

    def _append_late(self) -> None:
        while self._late:
            try:
                line, *more = self._late.popleft()
            except IndexError:
                return
            self.append(line, *more)

    def _write(self, line: bytes, more: tuple[bytes, ...]) -> None:
        area = self._map
        if area is None:
            raise SpoolSealed(f"The spool file {self.path.name} takes no more records.")
        start = self._position
        stop = start + len(line) + sum(map(len, more)) + 1
        if stop >= self._size:
            area = self._grow(stop + 1)
        if area[start]:  # an exception struck between the commit and the new position
            self._position = area.find(_END, start) + 1
            self._write(line, more)
            return
        if stop - start < _LARGE:
            area[start + 1 : stop + 1] = b"".join((line[1:], *more, _END))
        else:  # eight times quicker than through the map, whose fresh pages are cleared one by one
            self._write_large(start + 1, (memoryview(line)[1:], *more, _END))
        area[start] = line[0]
        self._position = stop

    def _write_large(self, start: int, pieces: Iterable[bytes | memoryview]) -> None:
        for piece in pieces:
            rest = memoryview(piece)
            while rest:
                try:
                    written = os.pwrite(self._descriptor, rest, start)
                except OSError as error:
                    raise _no_space(self.path, error) from error
                start, rest = start + written, rest[written:]

    def _grow(self, needed: int) -> mmap.mmap:
        step = min(max(_FIRST_STEP, self._size), _LARGEST_STEP)
        size = max(self._size + step, needed + step)
        if needed > self._max_bytes:
            raise SpoolError(
                f"The spool file {self.path} has reached its cap of {self._max_bytes:,} bytes. Make the server "
                "reachable so that it can be delivered, or raise MLFLOW_EXT_SPOOL_MAX_BYTES."
            )
        try:
            self._allocate(self._descriptor, self._size, size - self._size)
            self._map = mmap.mmap(self._descriptor, size)
        except OSError as error:
            raise _no_space(self.path, error) from error
        self._size = size
        return self._map

    def has(self, start: int) -> bool:
        """Whether there is a record at ``start``."""
        return has_record(self._descriptor, start) if self._map is None else start < self._position

    def read(self, start: int, limit: int) -> bytes:
        """Whole records from ``start``: about ``limit`` bytes of them, or one record when that is larger."""
        return bytes(self.view(start, limit))

    def view(self, start: int, limit: int) -> bytes | memoryview:
        """What ``read`` gives, without a copy of a record that is larger than ``limit``."""
        area, stop = self._map, self._position
        if area is None:
            return read_records(self._descriptor, start, limit)
        if stop - start <= limit:
            return area[start:stop]
        cut = area.rfind(b"\n", start, start + limit)
        if cut >= 0:
            return area[start : cut + 1]
        return memoryview(area)[start : area.find(b"\n", start + limit, stop) + 1]

    def seal(self) -> None:
        """Take no more records and cut the unused tail off; what is there can still be read."""
        with self._lock:
            if self._map is not None:
                self._map = None
                os.ftruncate(self._descriptor, self._position)

    def close(self) -> None:
        """Seal the file and give up its lock, so that others may adopt it."""
        self.seal()
        with self._lock:
            descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            fcntl.flock(descriptor, fcntl.LOCK_UN)  # a child in the middle of a fork may hold it too
            os.close(descriptor)

    def remove(self) -> None:
        """Delete the file and close it."""
        self.path.unlink(missing_ok=True)
        self.close()

    def drop_after_fork(self) -> None:
        """In a forked child: let go of the parent's file without touching its content or its lock."""
        self._map = None
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
