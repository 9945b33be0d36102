"""What a spool file is read through."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Source(Protocol):
    """A spool file to read, live or adopted; this process holds its lock."""

    path: Path

    @property
    def sealed(self) -> bool:
        """Whether no more records come."""
        ...

    @property
    def end(self) -> int:
        """An offset that no record of now goes beyond."""
        ...

    def has(self, start: int) -> bool:
        """Whether there is a record at ``start``."""
        ...

    def read(self, start: int, limit: int) -> bytes:
        """Whole records from ``start``, about ``limit`` bytes of them."""
        ...

    def view(self, start: int, limit: int) -> bytes | memoryview:
        """What ``read`` gives; a view of the file itself is one record that is larger than ``limit``."""
        ...

    def remove(self) -> None:
        """Delete the file."""
        ...

    def close(self) -> None:
        """Give up the lock."""
        ...
