"""What lies in a spool folder, seen from outside: for ``mlflow-ext status`` and whoever else looks."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import orjson

from mlflow_ext.spool.directory import sidecar, spool_files
from mlflow_ext.spool.header import Header
from mlflow_ext.spool.reader import read_records
from mlflow_ext.uploader.ack import Ack, read_ack
from mlflow_ext.uploader.counts import Counts
from mlflow_ext.uploader.rejected import FOLDER, REASON

_CHUNK = 1 << 20
STRANGE = "the file is damaged, or of a later version of mlflow-ext"


class Readable(Protocol):
    """Anything that spool records can be read from."""

    def read(self, start: int, limit: int) -> bytes:
        """Whole records from ``start``, about ``limit`` bytes of them."""
        ...


@dataclass(frozen=True)
class FileStatus:
    """One spool file or refused item: what of it is not on its server, and why."""

    path: Path
    run: str
    server: str
    counts: Counts
    live: bool = False
    reason: str | None = None


class _Unlocked:
    """A file that is only looked at."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def read(self, start: int, limit: int) -> bytes:
        return read_records(self.descriptor, start, limit)


def count_records(source: Readable, offset: int) -> int:
    """How many records follow ``offset``, which is the start of one; row shapes are none."""
    count = 0
    while data := source.read(offset, _CHUNK):
        count += data.count(b"\n") - data.count(b"\n[0,") - data.startswith(b"[0,")
        offset += len(data)
    return count


def strange_records(path: Path) -> int:
    """About how many records a spool file holds that can't be read; 0 for one whose process was killed as it began."""
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(partial(file.read, _CHUNK), b""))


def header_size(source: Readable) -> int:
    """Bytes of the first line."""
    return source.read(0, 1).find(b"\n") + 1


def read_header(source: Readable) -> Header | None:
    """The header of a spool file; None when it was made by a version that this one does not understand."""
    return Header.parse(source.read(0, 1).split(b"\n", 1)[0])


def counted(records: int, ack: Ack, *, parked: bool, refused: bool) -> Counts:
    """What a server lacks of a file of so many records."""
    left = max(0, records - ack.settled)
    if refused:
        return Counts(rejected=ack.rejected + left)
    if parked:
        return Counts(parked=left, rejected=ack.rejected)
    return Counts(pending=left, rejected=ack.rejected)


def folder_status(directory: Path) -> Iterator[FileStatus]:
    """Everything in a spool folder that is not on its server, refused items last."""
    for path in spool_files(directory):
        status = _file_status(path, refused=False)
        if status is not None:
            yield status
    rejected = directory / FOLDER
    if not rejected.is_dir():
        return
    for path in sorted(rejected.glob("*.spool")):
        status = _file_status(path, refused=True)
        if status is not None:
            yield status
    for path in sorted(rejected.glob("*.json")):
        if not path.name.endswith(REASON):
            yield _item_status(path)


def abandoned(directory: Path, run_keys: Container[str]) -> int:
    """How many spool files with records no process holds, those of these runs left out."""
    return sum(_abandoned(path) for path in spool_files(directory) if path.name.split(".")[0] not in run_keys)


def _abandoned(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        source = _Unlocked(descriptor)
        return not _live(descriptor) and bool(source.read(header_size(source), 1))
    finally:
        os.close(descriptor)


def _file_status(path: Path, *, refused: bool) -> FileStatus | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        source = _Unlocked(descriptor)
        header = read_header(source)
        if header is None:
            run, live = path.name.split(".")[0], _live(descriptor)
            return FileStatus(path, run, "?", Counts(parked=strange_records(path)), live, STRANGE)
        ack = read_ack(path) or Ack(header.tracking_uri)
        records = count_records(source, header_size(source))
        counts = counted(records, ack, parked=ack.parked is not None, refused=refused)
        reason = _reason(sidecar(path, REASON)) if refused else ack.parked
        run = header.run_id or ack.run_id or header.run_key
        return FileStatus(path, run, header.tracking_uri, counts, _live(descriptor), reason)
    finally:
        os.close(descriptor)


def _live(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return False


def _reason(path: Path) -> str | None:
    try:
        content: Any = orjson.loads(path.read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return None
    return content.get("reason") if isinstance(content, dict) else None


def _item_status(path: Path) -> FileStatus:
    try:
        content: Any = orjson.loads(path.read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        content = {}
    run = content.get("run_id") or content.get("local_key") or path.name.split(".")[0]
    reason = content.get("reason")
    return FileStatus(path, run, content.get("tracking_uri") or "?", Counts(rejected=1), reason=reason)
