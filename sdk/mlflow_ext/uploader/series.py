"""A Series of one writer: its points cut into parts of 50,000, the last of which is rewritten as it grows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

import numpy as np

from mlflow_ext.encoding import jsonable
from mlflow_ext.store_format import SERIES_PART_POINTS, Part, PlotTag, Version, encode_part, slug
from mlflow_ext.uploader.mirror import stored_numbers
from mlflow_ext.uploader.plot import Content, PartFile, Progress, ready

Triple = tuple[float, float, float]


class _Part:
    """Points of one part, column by column; a column that began late is filled up with None."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.index: list[Any] = []
        self.columns: dict[str, list[Any]] = {}
        self.calls: list[list[int]] = []

    def __len__(self) -> int:
        return len(self.index)

    @classmethod
    def stored(cls, number: int, data: Mapping[str, Any], until: int) -> _Part:
        """A part as a file holds it, up to the last call that was made at ``until`` or before."""
        part = cls(number)
        part.calls = [call for call in data["calls"] if call[1] <= until]
        count = sum(call[2] for call in part.calls)
        part.index = data["index_values"][:count]
        part.columns = {name: cells[:count] for name, cells in data["fields"].items()}
        return part

    def extend(self, index: Sequence[Any], fields: Mapping[str, Sequence[Any]], call: tuple[int, int]) -> None:
        before = len(self.index)
        self.index.extend(index)
        for name, cells in fields.items():
            column = self.columns.get(name)
            if column is None:
                column = self.columns[name] = []
            if len(column) < before:
                column.extend([None] * (before - len(column)))
            column.extend(cells)
        self.calls.append([*call, len(index)])

    def data(self, index: str) -> dict[str, Any]:
        size = len(self.index)
        fields = {name: [*cells, *[None] * (size - len(cells))] for name, cells in self.columns.items()}
        return {"index": index, "index_values": self.index, "fields": fields, "calls": self.calls}


def _stats(cells: Sequence[Any], before: Triple | None) -> Triple | None:
    """Last, lowest and highest value, NaN left out of the latter two unless there is nothing else."""
    values = stored_numbers(cells if None not in cells else [cell for cell in cells if cell is not None])
    if not len(values):
        return before
    known = values if before is None else np.concatenate([values, before[1:]])
    real = known[~np.isnan(known)]
    low, high = (float(real.min()), float(real.max())) if len(real) else (math.nan, math.nan)
    return float(values[-1]), low, high


def _is_whole(triple: Any) -> TypeGuard[Triple]:
    return triple is not None and None not in triple


class SeriesFold:
    """Everything that one writer logged under one name as a Series.

    Args:
        name, index: of the Series.
        writer: 8 hex digits.
        progress: how far an earlier process of the same spool file came, or None.
    """

    kind = "series"

    def __init__(self, name: str, index: str, writer: str, progress: Progress | None = None) -> None:
        self.name = name
        self.index = index
        self.section: str | None = None
        self.metadata: dict[str, Any] | None = None
        self.slug = slug("series", name)
        self.points = 0
        self.progress = progress or Progress()
        self._writer = writer
        self._stats: dict[str, Triple | None] = {}
        self._range: tuple[Any, Any] | None = None
        self._open = _Part(0)
        self._full: list[_Part] = []
        self._at = 0
        # Of an older process's parts, when their tag was short of room: fields that it named, those of them without
        # numbers, and whether it left some out.
        self._named: frozenset[str] = frozenset()
        self._unknown: frozenset[str] = frozenset()
        self._more = False

    @classmethod
    def resumed(cls, tag: PlotTag, part: Part, size: int) -> SeriesFold:
        """A Series as its tag and its last part left it, to append to it.

        Points that were logged after the tag was written are left out: nobody was told that they had arrived.

        Args:
            tag: of the Series' writer.
            part: its last one, numbered ``tag.parts - 1``.
            size: of that part's file, bytes.
        """
        [version] = part.versions
        data = version.data
        fold = cls(part.name, data["index"], part.writer)
        fold.section, fold.points, fold._at = part.section, tag.points, tag.at
        fold.metadata = jsonable(version.metadata)
        fold._range = None if tag.index is None else tag.index[1:]
        fold._open = _Part.stored(part.part, data, tag.at)
        covered = len(fold._open)
        fold.progress = Progress(part.part, 0, covered, max(tag.bytes - size, 0), size)
        if part.part:
            fold._stats = {name: triple for name, triple in tag.fields.items() if _is_whole(triple)}
            fold._named, fold._more = frozenset(tag.fields), tag.more
            fold._unknown = fold._named - fold._stats.keys()
        if covered == SERIES_PART_POINTS:
            fold._close_part()
        return fold

    def add(self, seq: int, logged_at: int, index: Sequence[Any], fields: Mapping[str, Sequence[Any]]) -> None:
        """Append the points of one call; columns as stored, None for missing."""
        if not index:
            return
        self._range = (self._range[0] if self._range else index[0], index[-1])
        self._at = max(self._at, logged_at)
        start = 0
        while start < len(index):
            stop = min(len(index), start + SERIES_PART_POINTS - len(self._open))
            whole = start == 0 and stop == len(index)
            cells = fields if whole else {name: column[start:stop] for name, column in fields.items()}
            self._open.extend(index if whole else index[start:stop], cells, (seq, logged_at))
            start = stop
            if len(self._open) == SERIES_PART_POINTS:
                self._close_part()
        self.points += len(index)

    def _close_part(self) -> None:
        part = self._open
        for name, column in part.columns.items():
            self._stats[name] = _stats(column, self._stats.get(name))
        known = self.progress.part
        if part.number > known or (part.number == known and len(part) > self.progress.covered):
            self._full.append(part)
        self._open = _Part(part.number + 1)

    def due(self, *, settle: bool, now: float) -> list[int]:
        """Numbers of every full part, and of the open one when no more of it was sent than it holds."""
        return [part.number for part in (*self._full, self._open) if self._is_due(part, settle)]

    def _is_due(self, part: _Part, settle: bool) -> bool:
        current = part.number == self.progress.part
        covered, sent = (self.progress.covered, self.progress.sent) if current else (0, 0)
        full = len(part) == SERIES_PART_POINTS
        return len(part) > covered and (full or settle or sent <= len(part))

    @property
    def growing(self) -> int:
        """Number of the part that later records still go into."""
        return self._open.number

    def part(self, number: int) -> PartFile:
        """A part that is due, encoded."""
        part = self._numbered(number)
        seq, logged_at, _ = part.calls[-1]
        version = Version(seq, None, logged_at, ready(part.data(self.index)), ready(self.metadata))
        content = encode_part(
            kind="series",
            name=self.name,
            section=self.section,
            writer=self._writer,
            part=number,
            versions=[version],
        )
        return PartFile(number, Content(content))

    def _numbered(self, number: int) -> _Part:
        return next(part for part in (*self._full, self._open) if part.number == number)

    def delivered(self, file: PartFile, now: float) -> None:
        """``file`` is on the server."""
        part = self._numbered(file.number)
        progress = self.progress
        if file.number > progress.part:
            closed = progress.closed_bytes + progress.open_bytes
            progress = self.progress = Progress(part=file.number, closed_bytes=closed)
        progress.sent += len(part)
        progress.covered = len(part)
        progress.open_bytes = len(file.content)
        if part is not self._open:
            self._full.remove(part)

    @property
    def settled(self) -> bool:
        """Whether every point is in a delivered part."""
        if self._full:
            return False
        return len(self._open) == (self.progress.covered if self.progress.part == self._open.number else 0)

    def tag(self) -> PlotTag:
        """The tag that covers every point so far."""
        open_stats = {name: _stats(column, self._stats.get(name)) for name, column in self._open.columns.items()}
        fields: dict[str, Any] = {**self._stats, **open_stats}
        hidden = self._unknown | {name for name in fields if self._more and name not in self._named}
        fields |= dict.fromkeys(hidden)
        return PlotTag(
            kind="series",
            name=self.name,
            writer=self._writer,
            section=self.section,
            parts=self.progress.part + 1,
            bytes=self.progress.closed_bytes + self.progress.open_bytes,
            points=self.points,
            at=self._at,
            index=(self.index, *self._range) if self._range else None,
            fields=fields,
            more=self._more,
        )
