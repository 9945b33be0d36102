"""Files that anyone may have put into an artifact folder, read without waiting for them and only up to a size."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from mlflow_ext.errors import ValidationError

LARGEST_BYTES = 512 * 2**20  # the largest plot that the SDK takes, ten million labelled values, has 300 MB


class TooLarge(ValidationError):
    """A file is larger than this server reads."""


def content(file: Path, name: str, limit: int = LARGEST_BYTES) -> bytes:
    """The bytes that a file held when it was opened.

    Args:
        file: where it is.
        name: what to call it in errors.
        limit: the largest size to read, bytes.

    Raises:
        TooLarge: it has more than ``limit`` bytes.
        ValidationError: it is a folder, a pipe, a socket or a device.
        OSError: it can't be read.
    """
    _check(file.stat(), name, limit)
    with open(file, "rb", opener=_without_waiting) as stream:
        opened = os.fstat(stream.fileno())  # it may be another by now
        _check(opened, name, limit)
        return stream.read(opened.st_size)  # no further: it may be growing


def _without_waiting(path: str, flags: int) -> int:
    """Open a file, and a pipe too, whose writer may never come."""
    return os.open(path, flags | os.O_NONBLOCK)


def _check(facts: os.stat_result, name: str, limit: int) -> None:
    if not stat.S_ISREG(facts.st_mode):
        raise ValidationError(f"{name} is no regular file.")
    if facts.st_size > limit:
        raise TooLarge(f"{name} has {facts.st_size} bytes; this server reads files of up to {limit}.")
