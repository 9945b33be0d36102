"""Versions of a plot that is no Series, bundled into files of about 1 MB; the last one is rewritten as it grows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

import orjson

from mlflow_ext.store_format import BUNDLE_BYTES, Part, PlotTag, Version, encode_part, slug
from mlflow_ext.uploader.mirror import number
from mlflow_ext.uploader.plot import Content, PartFile, Progress

SMALL_BYTES = 64 << 10
REWRITE_SECONDS = 30.0
_PLACE = b"\0"  # strict JSON never holds it


def _place(data: bytes | memoryview) -> orjson.Fragment:
    """What stands for ready JSON while the part around it is encoded: a mark, if it is large."""
    return orjson.Fragment(_PLACE if isinstance(data, memoryview) else data)


class _Bundle:
    def __init__(self, number: int) -> None:
        self.number = number
        self.versions: list[Version] = []
        self.size = 0


class BundleFold:
    """Everything that one writer logged under one name as one kind other than Series.

    Args:
        kind, name: of the plot.
        writer: 8 hex digits.
        progress: how far an earlier process of the same spool file came, or None.
    """

    def __init__(self, kind: str, name: str, writer: str, progress: Progress | None = None) -> None:
        self.kind = kind
        self.name = name
        self.section: str | None = None
        self.slug = slug(kind, name)
        self.points = 0
        self.metric: tuple[str, Any] | None = None
        self.progress = progress or Progress()
        self._writer = writer
        self._open = _Bundle(0)
        self._full: list[_Bundle] = []
        self._steps: tuple[int | None, int | None] = (None, None)
        self._at = 0
        self._written = -REWRITE_SECONDS

    @classmethod
    def resumed(cls, tag: PlotTag, part: Part, size: int) -> BundleFold:
        """A plot as its tag and its last part left it, to append to it.

        Versions that were logged after the tag was written are left out: nobody was told that they had arrived.

        Args:
            tag: of the plot's writer.
            part: its last one, numbered ``tag.parts - 1``.
            size: of that part's file, bytes.
        """
        fold = cls(part.kind, part.name, part.writer)
        fold.section, fold.points, fold.metric, fold._at = part.section, tag.points, tag.metric, tag.at
        fold._steps = tag.step or fold._steps
        fold._open = _Bundle(part.part)
        for version in part.versions:
            if version.logged_at <= tag.at:
                data = orjson.dumps(version.data)
                fold._open.versions.append(replace(version, data=data))
                fold._open.size += len(data)
        fold.progress = Progress(part.part, 0, fold._open.size, max(tag.bytes - size, 0), size)
        return fold

    def add(self, version: Version, size: int) -> None:
        """Append one version; ``size``, in bytes of its record, decides where bundles are cut."""
        if self._open.versions and self._open.size + size > BUNDLE_BYTES:
            self._close_bundle()
        self._open.versions.append(version)
        self._open.size += size
        first = version.step if self.points == 0 else self._steps[0]
        self._steps = (first, version.step)
        self._at = max(self._at, version.logged_at)
        self.points += 1

    def _close_bundle(self) -> None:
        bundle, known = self._open, self.progress.part
        if bundle.number > known or (bundle.number == known and bundle.size > self.progress.covered):
            self._full.append(bundle)
        self._open = _Bundle(bundle.number + 1)

    def due(self, *, settle: bool, now: float) -> list[int]:
        """Numbers of every full bundle, and of the open one when that costs little."""
        return [bundle.number for bundle in (*self._full, self._open) if self._is_due(bundle, settle, now)]

    def _is_due(self, bundle: _Bundle, settle: bool, now: float) -> bool:
        current = bundle.number == self.progress.part
        covered, sent = (self.progress.covered, self.progress.sent) if current else (0, 0)
        cheap = bundle.size <= SMALL_BYTES or sent <= bundle.size or now - self._written >= REWRITE_SECONDS
        return bundle.size > covered and (bundle is not self._open or settle or cheap)

    @property
    def growing(self) -> int:
        """Number of the part that later records still go into."""
        return self._open.number

    def part(self, number: int) -> PartFile:
        """A bundle that is due, encoded."""
        versions = self._numbered(number).versions
        text = encode_part(
            kind=self.kind,
            name=self.name,
            section=self.section,
            writer=self._writer,
            part=number,
            versions=[replace(version, data=_place(version.data)) for version in versions],
        )
        first, *others = text.split(_PLACE)
        views = (version.data for version in versions if isinstance(version.data, memoryview))
        pieces: Iterator[bytes | memoryview] = chain.from_iterable(zip(views, others, strict=True))
        return PartFile(number, Content(first, *pieces))

    def _numbered(self, number: int) -> _Bundle:
        return next(bundle for bundle in (*self._full, self._open) if bundle.number == number)

    def delivered(self, file: PartFile, now: float) -> None:
        """``file`` is on the server."""
        bundle = self._numbered(file.number)
        progress = self.progress
        if file.number > progress.part:
            closed = progress.closed_bytes + progress.open_bytes
            progress = self.progress = Progress(part=file.number, closed_bytes=closed)
        progress.sent += bundle.size
        progress.covered = bundle.size
        progress.open_bytes = len(file.content)
        self._written = now
        if bundle is not self._open:
            self._full.remove(bundle)

    @property
    def settled(self) -> bool:
        """Whether every version is in a delivered bundle."""
        if self._full:
            return False
        return self._open.size == (self.progress.covered if self.progress.part == self._open.number else 0)

    def tag(self) -> PlotTag:
        """The tag that covers every version so far."""
        return PlotTag(
            kind=self.kind,
            name=self.name,
            writer=self._writer,
            section=self.section,
            parts=self.progress.part + 1,
            bytes=self.progress.closed_bytes + self.progress.open_bytes,
            points=self.points,
            at=self._at,
            step=self._steps,
            metric=None if self.metric is None else (self.metric[0], number(self.metric[1])),
        )
