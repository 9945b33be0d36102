"""What every plot of one writer has in common on its way to the server: parts, and how often they may be sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from mlflow_ext.store_format import PlotTag


class Content:
    """The bytes of a file in pieces, so that what is large goes from the spool to the server uncopied.

    Its length and its pieces are all that an HTTP client asks of a body.

    Args:
        pieces: none of them empty.
    """

    def __init__(self, *pieces: bytes | memoryview) -> None:
        self._pieces = pieces
        self._size = sum(map(len, pieces))

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes | memoryview]:
        return iter(self._pieces)

    def __bytes__(self) -> bytes:
        return b"".join(self._pieces)


@dataclass(frozen=True)
class PartFile:
    """One part file as it is to be written; ``number`` is ``n`` of its path."""

    number: int
    content: Content


@dataclass
class Progress:
    """How much of the part that still grows is on the server, so that a later process goes on from there.

    ``sent`` sums what all its rewrites carried, ``covered`` is what the last one held (points, or bytes of versions);
    ``closed_bytes`` is the size of all full parts, ``open_bytes`` of this one.
    """

    part: int = 0
    sent: int = 0
    covered: int = 0
    closed_bytes: int = 0
    open_bytes: int = 0

    def as_list(self) -> list[int]:
        """Five numbers for the sidecar."""
        return [self.part, self.sent, self.covered, self.closed_bytes, self.open_bytes]


class PlotFold(Protocol):
    """A plot of one writer, folded from its records."""

    kind: str
    name: str
    section: str | None
    slug: str

    def due(self, *, settle: bool, now: float) -> list[int]:
        """Numbers of the parts to write now: all that lack something when ``settle``, else as the budget allows."""
        ...

    @property
    def growing(self) -> int:
        """Number of the part that later records still go into."""
        ...

    def part(self, number: int) -> PartFile:
        """A part that is due, encoded."""
        ...

    def delivered(self, part: PartFile, now: float) -> None:
        """``part`` is on the server."""
        ...

    def tag(self) -> PlotTag:
        """The tag that covers every delivered part."""
        ...

    @property
    def settled(self) -> bool:
        """Whether every point and version is in a delivered part."""
        ...

    @property
    def progress(self) -> Progress:
        """Where a later process goes on."""
        ...


def ready(value: Any) -> orjson.Fragment:
    """What came out of the spool, hence is strict JSON already, encoded once more without a second look."""
    return orjson.Fragment(orjson.dumps(value))
