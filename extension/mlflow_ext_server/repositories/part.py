"""Parts of primitives read back from a run's artifacts, with a cache that can be dropped at any time."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, NamedTuple

from mlflow_ext.errors import MlflowExtError, NotFound, ValidationError
from mlflow_ext.store_format import (
    FORMAT_VERSION,
    SERIES_PART_POINTS,
    MergedSeries,
    NewerFormat,
    Part,
    PlotTag,
    Version,
    decode_part,
    merge_series,
    part_path,
)
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.cache import SizedCache

_CACHE_BYTES = 256 * 2**20
_PLACES_BYTES = 32 * 2**20
_PLACE_BYTES = 160
_READERS = 8  # files fetched at once; matters for remote artifact stores only
_PARTS_AT_MOST = 10_000  # half a billion points of one writer
_DEEPEST = 120  # the SDK writes 100 levels of the user's; from 254 on no answer can be encoded
_INT64 = range(-(2**63), 2**63)


class Held(NamedTuple):
    """One writer's part of one plot of one run, as its tag tells; ``raw`` is the tag's text."""

    run_id: str
    artifact_uri: str
    tag: PlotTag
    raw: str


class Place(NamedTuple):
    """Where one version of a plot stands; in order of logging. ``number``: of its part."""

    logged_at: int
    writer: str
    seq: int
    step: int | None
    number: int


class Places(NamedTuple):
    """All versions of one plot of one run, by logging, and why some of its parts can't be read."""

    places: list[Place]
    failures: list[MlflowExtError | OSError]


class PartRepository:
    """Reads what tags cover. A tag's text changes with every rewrite of its parts, so it serves as the cache key.

    Args:
        backend: where the files are.
        cache_bytes: how much of their text to keep decoded, and as much again merged.
    """

    def __init__(self, backend: Backend, cache_bytes: int = _CACHE_BYTES) -> None:
        self._backend = backend
        self._parts: SizedCache[Hashable, list[Part]] = SizedCache(cache_bytes)
        self._merged: SizedCache[Hashable, MergedSeries] = SizedCache(cache_bytes)
        self._places: SizedCache[Hashable, list[Place]] = SizedCache(_PLACES_BYTES)
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="mlflow-ext-parts")

    def parts(self, held: Sequence[Held]) -> list[Part]:
        """All parts of one plot of one run.

        Raises:
            NotFound: a part that a tag names is not there.
            NewerFormat: a part was written by a newer version.
            ValidationError: a part is no part, no regular file, or too large.
            StoreUnavailable: the artifact store gives no answer.
        """
        found = [self._parts.get_or(("all", cache_key(one)), partial(self._read, one)) for one in held]
        return [part for parts in found for part in parts]

    def newest(self, held: Sequence[Held]) -> list[Part]:
        """The last part of each writer, where the newest version stands. Raises as ``parts`` does."""
        found = [self._parts.get_or(("newest", cache_key(one)), partial(self._read_last, one)) for one in held]
        return [part for parts in found for part in parts]

    def series(self, held: Sequence[Held]) -> MergedSeries:
        """One run's Series, merged over all its writers. Raises as ``parts`` does."""
        return self._merged.get_or(tuple(sorted(map(cache_key, held))), partial(self._read_merged, held))

    def places(self, held: Sequence[Held]) -> Places:
        """Where each version of one plot of one run stands. A part that is full is read for it but once.

        Raises:
            NotFound, NewerFormat, ValidationError: a tag names no parts that can be.
        """
        found: list[Place] = []
        failures: list[MlflowExtError | OSError] = []
        for one in held:
            _check(one.tag)
            for start in range(0, one.tag.parts, _READERS):
                numbers = range(start, min(start + _READERS, one.tag.parts))
                asked = [self._readers.submit(copy_context().run, self._places_in, one, number) for number in numbers]
                for future in asked:
                    try:
                        found += future.result()
                    except (MlflowExtError, OSError) as error:
                        failures.append(error)
                if len(failures) >= _READERS:  # what a tag says may be a lie: do not ask for all that it names
                    break
        return Places(sorted(found, key=lambda place: place[:3]), failures)

    def version(self, held: Sequence[Held], place: Place) -> tuple[str, Version]:
        """The kind and the version that stand at a place. Raises as ``parts`` does."""
        one = next(one for one in held if one.tag.writer == place.writer)
        part = self._numbered(one, place.number)
        for version in part.versions:
            if version.seq == place.seq:
                return part.kind, version
        raise NotFound("the version is not in its part any more")

    def _places_in(self, one: Held, number: int) -> list[Place]:
        def read() -> tuple[list[Place], int]:
            versions = self._numbered(one, number).versions
            places = [Place(v.logged_at, one.tag.writer, v.seq, v.step, number) for v in versions]
            return places, _PLACE_BYTES * len(places)

        return self._places.get_or(_part_key(one, number), read)

    def _numbered(self, one: Held, number: int) -> Part:
        def read() -> tuple[list[Part], int]:
            text = self._backend.artifact(
                one.artifact_uri, part_path(one.tag.kind, one.tag.slug, one.tag.writer, number)
            )
            return [_decoded(text)], len(text)

        return self._parts.get_or(("number", _part_key(one, number)), read)[0]

    def _read_merged(self, held: Sequence[Held]) -> tuple[MergedSeries, int]:
        found = [self._read(one) for one in held]
        return _merged([part for parts, _ in found for part in parts]), sum(size for _, size in found)

    def _read_last(self, one: Held) -> tuple[list[Part], int]:
        _check(one.tag)
        path = part_path(one.tag.kind, one.tag.slug, one.tag.writer, one.tag.parts - 1)
        text = self._backend.artifact(one.artifact_uri, path)
        return [_decoded(text)], len(text)

    def _read(self, one: Held) -> tuple[list[Part], int]:
        """A writer's parts, and the bytes that their files have: what its tag says of them may be a lie."""
        _check(one.tag)
        if one.tag.parts == 1:
            return self._read_last(one)
        parts, size = [], 0
        for text in self._texts(one):
            parts.append(_decoded(text))
            size += len(text)
        return parts, size

    def _texts(self, one: Held) -> Iterator[bytes]:
        """A few files at a time, so that nothing is asked for beyond the first that is missing."""
        for start in range(0, one.tag.parts, _READERS):
            numbers = range(start, min(start + _READERS, one.tag.parts))
            paths = [part_path(one.tag.kind, one.tag.slug, one.tag.writer, n) for n in numbers]
            # A copy of the context for each: MLflow keeps the workspace there.
            asked = [
                self._readers.submit(copy_context().run, self._backend.artifact, one.artifact_uri, path)
                for path in paths
            ]
            yield from (future.result() for future in asked)


def cache_key(one: Held) -> tuple[str, ...]:
    """What changes whenever what the tag covers does."""
    return (one.run_id, one.tag.slug, one.tag.writer, one.raw)


def _part_key(one: Held, number: int) -> Hashable:
    """Only the last part of a writer is ever rewritten, together with the tag."""
    return (one.run_id, one.tag.slug, one.tag.writer, number, one.raw if number >= one.tag.parts - 1 else "")


def _decoded(text: bytes) -> Part:
    """A part that everything behind can take: whole numbers of 64 bits, and nothing nested without end."""
    try:
        part = decode_part(text)
    except MlflowExtError:
        raise
    except Exception as error:  # such as a RecursionError: anyone who may log can write such a file
        raise _damaged(error) from error
    for version in part.versions:
        for field in ("seq", "step", "logged_at"):
            value = getattr(version, field)
            if value is not None and value not in _INT64:
                raise ValidationError(f"{field} is {value}, beyond 64 bits.", field=field)
        _check_depth("metadata", version.metadata)
        if part.kind != "series":  # whose columns are checked value by value
            _check_depth("data", version.data)
    return part


def _merged(parts: list[Part]) -> MergedSeries:
    try:
        return merge_series(parts)
    except MlflowExtError:
        raise
    except Exception as error:
        raise _damaged(error) from error


def _damaged(error: Exception) -> ValidationError:
    return ValidationError(f"This part can't be read: {type(error).__name__}: {error}.")


def _check_depth(field: str, value: Any) -> None:
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return
    raise ValidationError(f"{field} is nested deeper than {_DEEPEST} levels.", field=field)


def _check(tag: PlotTag) -> None:
    if tag.version > FORMAT_VERSION:
        raise NewerFormat(
            f"The tag says format {tag.version}; this server reads up to {FORMAT_VERSION}. "
            "Update mlflow-ext on the server."
        )
    if tag.parts == 0:
        raise NotFound("the tag names no part")
    possible = min(_possible(tag), _PARTS_AT_MOST)
    if tag.parts > possible:
        raise ValidationError(
            f"The tag names {tag.parts} parts, but {tag.points} points fill {possible} at most.", field="parts"
        )


def _possible(tag: PlotTag) -> int:
    """How many parts a writer can have made of these points; one more than it needs when the last is still empty."""
    return tag.points // SERIES_PART_POINTS + 2 if tag.kind == "series" else max(tag.points, 1)
