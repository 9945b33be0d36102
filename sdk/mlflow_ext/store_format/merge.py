"""The reader's rule for a Series: all writers' points, one per index value, later ones over earlier ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.encoding import decode_number_column
from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import describe
from mlflow_ext.store_format.part import Part
from mlflow_ext.times import moment

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
_EXACT = 2.0**53
_OFFSET = re.compile(r"(?<=:\d\d)(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})\Z")
_DAY, _MICROSECOND = "2026-01-31", "2026-01-31T09:00:00.123456"


@dataclass(frozen=True)
class MergedSeries:
    """A Series as all its writers made it, in order of the index.

    Attributes:
        index: the index's name.
        x: shape (n,), index values in order, all different but for whole numbers beyond 2**53, which a float64 rounds;
            0, 1, ... when the index is a time.
        x_text: n ISO 8601 texts when the index is a time, else None.
        fields: name to values of shape (n,), NaN also where missing, and the mask of shape (n,) of what is missing.
        logged_at: shape (n,), ms since the epoch, of the last call that touched the point.
        metadata: that of the last call that gave one.
        left_out: index names, or "time"/"number", of points that could not be merged since they count another thing.
    """

    index: str
    x: FloatArray
    x_text: tuple[str, ...] | None
    fields: dict[str, tuple[FloatArray, BoolArray]]
    logged_at: FloatArray
    metadata: dict[str, Any] | None = None
    left_out: tuple[str, ...] = ()


@dataclass
class _Chunk:
    """One part's columns."""

    index: str
    numbers: FloatArray | None
    texts: list[str] | None
    values: list[Any] | None
    fields: dict[str, tuple[FloatArray, BoolArray]]
    logged_at: FloatArray
    seq: NDArray[np.int64]
    writer: str
    metadata: dict[str, Any] | None
    size: int = field(default=0)


def merge_series(parts: Iterable[Part]) -> MergedSeries:
    """Merges by (index value, logged_at, writer, seq): later values replace earlier ones, missing ones replace none.

    Args:
        parts: of one plot, of any number of writers, in any order.

    Raises:
        ValidationError: there is no part, or a part's data is no Series.
    """
    chunks = _chunks(sorted(parts, key=lambda part: (part.writer, part.part)))
    if not chunks:
        raise ValidationError("There is no part to merge.", field="parts")
    kept, left_out = _one_index(chunks)
    size = sum(chunk.size for chunk in kept)
    texts = [text for chunk in kept for text in chunk.texts or ()] if kept[0].texts is not None else None
    x = np.concatenate([_given(chunk.numbers) for chunk in kept])
    keys = _time_keys(texts) if texts is not None else _number_keys(x, kept)
    columns = {name: _joined(kept, name) for name in dict.fromkeys(name for chunk in kept for name in chunk.fields)}
    logged_at = np.concatenate([chunk.logged_at for chunk in kept])
    if size > 1 and not bool(np.all(keys[1:] > keys[:-1])):
        order = _order(keys, logged_at, kept)
        keys, logged_at = keys[order], logged_at[order]
        starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
        columns = {name: _latest(values[order], missing[order], starts) for name, (values, missing) in columns.items()}
        ends = np.concatenate((starts[1:], [size])) - 1
        texts = [texts[i] for i in order[starts].tolist()] if texts is not None else None
        x, logged_at = (x[order[starts]] if texts is None else x), logged_at[ends]
    last = max((chunk for chunk in kept if chunk.metadata), key=_recency, default=None)
    return MergedSeries(
        index=kept[0].index,
        x=x if texts is None else np.arange(len(texts), dtype=np.float64),
        x_text=None if texts is None else tuple(texts),
        fields=columns,
        logged_at=logged_at,
        metadata=None if last is None else last.metadata,
        left_out=left_out,
    )


def _recency(chunk: _Chunk) -> tuple[float, str, int]:
    return (float(chunk.logged_at[-1]) if chunk.size else 0.0, chunk.writer, int(chunk.seq[-1]) if chunk.size else 0)


def _chunks(parts: Sequence[Part]) -> list[_Chunk]:
    chunks: list[_Chunk] = []
    counted: dict[str, int] = {}
    for part in parts:
        if part.kind != "series":
            raise ValidationError(f"{part.name!r} is a {part.kind}, but only series are merged.", field="kind")
        for version in part.versions:
            chunk = _chunk(part.writer, version.data, version.logged_at, version.seq, version.metadata, counted)
            chunks.append(chunk)
    return chunks


def _chunk(
    writer: str, data: Any, logged_at: int, seq: int, metadata: dict[str, Any] | None, counted: dict[str, int]
) -> _Chunk:
    index, values, fields = data.get("index"), data.get("index_values"), data.get("fields")
    if not isinstance(index, str) or not isinstance(fields, dict) or not fields:
        raise ValidationError("This is no series: index or fields are missing.", field="data")
    columns = {name: decode_number_column(column, f"fields.{name}") for name, column in fields.items()}
    size = len(next(iter(columns.values()))[0])
    for name, (column, _) in columns.items():
        if len(column) != size:
            raise ValidationError(
                f"fields.{name} has {len(column)} values, another field {size}.", field=f"fields.{name}"
            )
    first = counted.get(writer, 0)
    counted[writer] = first + size
    numbers, texts = _index(values, size, first)
    times, seqs = _calls(data.get("calls"), size, logged_at, seq)
    return _Chunk(index, numbers, texts, values, columns, times, seqs, writer, metadata, size)


def _index(values: Any, size: int, first: int) -> tuple[FloatArray | None, list[str] | None]:
    """The index of a part: as numbers or as texts; points that nobody numbered count on from ``first``."""
    if values is None:
        return np.arange(first, first + size, dtype=np.float64), None
    if not isinstance(values, list) or len(values) != size:
        got = f"{len(values)} values" if isinstance(values, list) else describe(values)
        raise ValidationError(f"index_values is {got}, but there are {size} points.", field="index_values")
    if values and type(values[0]) is str:
        if set(map(type, values)) == {str}:
            return None, values
        raise _no_times("both")
    numbers, _ = decode_number_column(values, "index_values")
    if not np.isfinite(numbers).all():
        raise ValidationError("index_values holds null, NaN or an infinity.", field="index_values")
    return numbers, None


def _calls(calls: Any, size: int, logged_at: int, seq: int) -> tuple[FloatArray, NDArray[np.int64]]:
    """Time and number of the call of each point."""
    if calls is None:
        return np.full(size, logged_at, dtype=np.float64), np.full(size, seq, dtype=np.int64)
    whole = isinstance(calls, list) and all(
        isinstance(call, list) and len(call) == 3 and set(map(type, call)) == {int} for call in calls
    )
    if not whole or any(call[2] < 0 for call in calls) or sum(call[2] for call in calls) != size:
        raise ValidationError(f"calls does not say [seq, logged_at, points] for the {size} points.", field="calls")
    table = np.array(calls, dtype=np.int64).reshape(-1, 3)
    return np.repeat(table[:, 1].astype(np.float64), table[:, 2]), np.repeat(table[:, 0], table[:, 2])


def _one_index(chunks: list[_Chunk]) -> tuple[list[_Chunk], tuple[str, ...]]:
    """The parts that count by the index of the part logged first, and what the others count by."""
    filled = [chunk for chunk in chunks if chunk.size] or chunks[:1]
    first = min(filled, key=lambda chunk: (float(chunk.logged_at[0]) if chunk.size else 0.0, chunk.writer))
    kept = [chunk for chunk in filled if chunk.index == first.index and (chunk.texts is None) == (first.texts is None)]
    others = [chunk for chunk in filled if chunk not in kept] if len(kept) < len(filled) else []
    words = (c.index if c.index != first.index else ("number" if c.texts is None else "time") for c in others)
    return kept, tuple(sorted(set(words)))


def _given(numbers: FloatArray | None) -> FloatArray:
    return np.empty(0, dtype=np.float64) if numbers is None else numbers


def _number_keys(x: FloatArray, chunks: list[_Chunk]) -> NDArray[Any]:
    """Numbers that order the index as its exact values do; ``x`` itself unless a value may have been rounded in it."""
    if not x.size or np.abs(x).max() < _EXACT:
        return x
    exact: list[Any] = [
        value
        for chunk in chunks
        for value in (_given(chunk.numbers).tolist() if chunk.values is None else chunk.values)
    ]
    if set(map(type, exact)) == {int} and min(exact) >= -(2**63) and max(exact) < 2**63:
        return np.array(exact, dtype=np.int64)
    ranks = {value: rank for rank, value in enumerate(sorted(set(exact)))}
    return np.array([ranks[value] for value in exact], dtype=np.int64)


def _joined(chunks: list[_Chunk], name: str) -> tuple[FloatArray, BoolArray]:
    """One field over all parts, missing in those that lack it."""
    values = [c.fields[name][0] if name in c.fields else np.full(c.size, np.nan) for c in chunks]
    missing = [c.fields[name][1] if name in c.fields else np.ones(c.size, dtype=np.bool_) for c in chunks]
    return np.concatenate(values), np.concatenate(missing)


def _order(keys: NDArray[Any], logged_at: FloatArray, chunks: list[_Chunk]) -> NDArray[np.intp]:
    writers = {writer: rank for rank, writer in enumerate(sorted({chunk.writer for chunk in chunks}))}
    rank = np.repeat([writers[chunk.writer] for chunk in chunks], [chunk.size for chunk in chunks])
    seq = np.concatenate([chunk.seq for chunk in chunks])
    return np.lexsort((seq, rank, logged_at, keys))


def _latest(values: FloatArray, missing: BoolArray, starts: NDArray[np.intp]) -> tuple[FloatArray, BoolArray]:
    """The last value that is not missing of each group of equal index; ``starts`` are the groups' first positions."""
    position = np.where(missing, -1, np.arange(len(values)))
    last = np.maximum.reduceat(position, starts)
    gone = last < 0
    return np.where(gone, np.nan, values[np.maximum(last, 0)]), gone


def _time_keys(texts: list[str]) -> NDArray[Any]:
    """Numbers that order times as the clock does, equal for the same moment.

    Raises:
        ValidationError: a text is no ISO 8601 time.
    """
    bare = _bare(texts)
    if bare is not None:
        try:
            return np.array(bare, dtype="datetime64[us]").astype(np.int64)
        except ValueError as error:
            raise _no_times(str(error)) from error
    moments = []
    for text in texts:
        when = moment(text)
        if when is None:
            raise _no_times(describe(text))
        moments.append(when)
    ranks = {when: rank for rank, when in enumerate(sorted(set(moments)))}
    return np.array([ranks[when] for when in moments], dtype=np.int64)


def _bare(texts: list[str]) -> list[str] | None:
    """The times without their one common offset, which numpy reads 20 times faster than the calendar does.

    Times of several offsets, or finer than microseconds, give None.
    """
    offset = _OFFSET.search(texts[0]) if texts else None
    if offset is not None:
        if not all(text.endswith(offset.group(1)) for text in texts):
            return None
        texts = [text[: -len(offset.group(1))] for text in texts]
    together = "".join(texts)
    sizes = set(map(len, texts))
    plain = together.count("-") == 2 * len(texts) and not any(mark in together for mark in "Z+,")
    return texts if plain and sizes and len(_DAY) <= min(sizes) and max(sizes) <= len(_MICROSECOND) else None


def _no_times(got: str) -> ValidationError:
    return ValidationError(f"index_values are neither all numbers nor all ISO 8601 times: {got}.", field="index_values")
