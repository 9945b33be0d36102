"""The caller's side of one spool file: turns calls into records. Each record is one JSON array.

| record | is |
|---|---|
| ``[0, ref, name, section, mirror, index, [column, ...]]`` | a row shape: what the values of later points mean |
| ``[ref, seq, ms, value, ...]`` | one point of a Series, values in the order of its shape's columns |
| ``["p", seq, ms, name, section, metadata, mirror, data, start]`` | points of a Series in one call |
| ``["v", size, crc, seq, ms, kind, name, section, step, metadata, mirror, data]`` | a version of any other kind |
| ``["c", seq, ms, config]`` | configuration to merge |
| ``["a", seq, ms, artifact]`` | files copied into the spool |
| ``["f", seq, ms, status]`` | the run ends |
| ``["!", seq, ms, level, title, text]`` | an alert |

``start`` is the first index value of a Series that brings none. ``size`` and ``crc`` are those of ``data``'s bytes, so
that they reach the part file as they are, without being parsed.
"""

from __future__ import annotations

import itertools
import threading
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from mlflow_ext.encoding import dumps_ready, number_column
from mlflow_ext.errors import ValidationError
from mlflow_ext.spool.directory import sidecar, spool_path
from mlflow_ext.spool.header import Header
from mlflow_ext.spool.numbering import Index, SeriesState, first_index, keep_apart, next_index, refuse_beyond
from mlflow_ext.spool.writer import SpoolWriter

DEFAULT_INDEX = "step"
PROMPT_BYTES = 64 << 10

_PLAIN = frozenset((float, int))
_dumps = orjson.dumps
_time_ns = time.time_ns
Point = tuple[str | None, Index, Mapping[str, Any]]


class PointShape:
    """One set of keys that points of a Series come with: the fast path of ``log``.

    ``implied``: the index is not among the keys; the call's ``step`` or "previous + 1" stands before the values.
    """

    __slots__ = ("implied", "keys", "ref", "series")

    def __init__(self, series: SeriesState, ref: int, keys: tuple[str, ...]) -> None:
        self.series = series
        self.ref = ref
        self.keys = keys
        self.implied = series.index not in keys


class Session:
    """Records of one process for one run.

    Args:
        directory: the spool folder.
        header: whose records these are.
        max_bytes: cap on the file's size.
        mirror: which points become MLflow metrics: "all", "last" or "none".
        wake: called after a record that should not wait for the uploader's next look.
        before: the sealed session of the same run whose numbering of points goes on.

    Raises:
        SpoolError: the file can't be made.
    """

    def __init__(
        self,
        directory: Path,
        header: Header,
        *,
        max_bytes: int,
        mirror: str,
        wake: Callable[[], None],
        before: Session | None = None,
    ) -> None:
        self.header = header
        self.mirror = mirror
        self.path = spool_path(directory, header.run_key, header.writer)
        self.writer = SpoolWriter(self.path, max_bytes=max_bytes)
        self.wake = wake
        self._append = self.writer.append
        self._at: int = 0 if before is None else before._at
        self._sequence = itertools.count()
        self._references = itertools.count(1)
        self._numbering = threading.RLock()
        self._series: dict[str, SeriesState] = {} if before is None else before.numbering()
        self._shapes: dict[str, PointShape] = {}
        try:
            self.writer.append(header.line())
        except BaseException:
            self.writer.remove()
            raise

    @property
    def files(self) -> Path:
        """The folder for files of ``log_artifact``."""
        return sidecar(self.path, ".files")

    def numbering(self) -> dict[str, SeriesState]:
        """What a later session of the same run must know to number points on."""
        kept = {}
        for name, series in self._series.items():
            kept[name] = SeriesState(name, series.section, series.index)
            kept[name].previous, kept[name].timed = series.previous, series.timed
        return kept

    def index_of(self, name: str) -> str | None:
        """The index of a Series; None when there is none of that name."""
        series = self._series.get(name)
        return None if series is None else series.index

    def _now(self) -> int:
        """Time of the call in ms since the epoch; never before an earlier call's, though the clock be set back."""
        now = _time_ns() // 1_000_000
        if now > self._at:
            self._at = now
        return self._at

    def point(self, name: str, data: dict[str, Any], section: str | None, step: Any) -> bool:
        """Append one more point of a Series whose keys were seen before and whose values are plain finite numbers.

        Returns:
            False, with nothing appended, when the call needs the careful path.
        """
        shape = self._shapes.get(name)
        if shape is None or tuple(data) != shape.keys:
            return False
        values = data.values()
        series = shape.series
        if not _PLAIN.issuperset(map(type, values)) or (section is not None and section != series.section):
            return False
        if not shape.implied:
            step = data[series.index]
            row = (shape.ref, next(self._sequence), self._now(), *values)
        elif type(step) in _PLAIN:
            row = (shape.ref, next(self._sequence), self._now(), step, *values)
        elif step is None:
            with self._numbering:
                step = next_index(series)
                row = (shape.ref, next(self._sequence), self._now(), step, *values)
                return self._append_point(series, row, step)
        else:
            return False
        return self._append_point(series, row, step)

    def _append_point(self, series: SeriesState, row: tuple[Any, ...], index: Index) -> bool:
        try:
            line = _dumps(row)
        except TypeError:
            return False
        if b"n" in line:  # orjson writes null for what is not finite
            return False
        self._append(line)
        series.previous = index
        return True

    def careful_point(self, name: str, section: str | None, keys: Sequence[str], point: Point) -> None:
        """Append one more point of a Series.

        Args:
            name: of the Series, checked.
            section: group of plots, or None to leave it as it is.
            keys: as the caller wrote them, in order; later points with the same keys take the fast path.
            point: name and value of the index, None for "as before" and "previous + 1"; and the fields, numbers,
                finite or not, or None for missing.

        Raises:
            ValidationError: the Series has another index, or one of times where this brings a number, or reverse.
            SpoolError: the spool can't take it.
        """
        index, value, fields = point
        with self._numbering:
            series = self._series_state(name, index)
            if index is None and series.index in fields:
                value = _index_value(series, fields[series.index])
            elif value is None:
                value = next_index(series)
                refuse_beyond(value, series.index, series)
            keep_apart(series, value)
            self._keep(series, section)
            shape = self._shape(series, tuple(keys))
            values = [value if key == series.index else fields[key] for key in keys]
            row = number_column([value, *values] if shape.implied else values)
            self._append(_dumps((shape.ref, next(self._sequence), self._now(), *row)))
            series.previous = value

    def primitive(self, kind: str, name: str, data: Mapping[str, Any], context: Mapping[str, Any]) -> None:
        """Append one primitive of any kind.

        Args:
            kind: as on disk.
            name: checked.
            data: what ``Primitive.to_data`` gave.
            context: ``section``, ``step``, ``metadata`` (ready for JSON); of a Series also ``index``, None to take it
                as it stands, and ``start``, its first index value if it brings none.

        Raises:
            ValidationError: a Series has another index than its earlier calls.
            SpoolError: the spool can't take it.
        """
        section, step, metadata = (context.get(key) for key in ("section", "step", "metadata"))
        if kind != "series":
            body = dumps_ready(data)
            facts = (next(self._sequence), self._now(), kind, name, section, step, metadata, self.mirror)
            head = dumps_ready(("v", len(body), zlib.crc32(body), *facts))
            self._append_line(head[:-1] + b",", body, b"]")
            return
        with self._numbering:
            index = context.get("index", data["index"])
            series = self._series_state(name, index)
            data = {**data, "index": series.index}
            if index is None:
                _take_index(series, data)
            start = first_index(series, data, context.get("start"))
            self._keep(series, section)
            content = (name, series.section, metadata, self.mirror, data, start)
            self._append_line(dumps_ready(("p", next(self._sequence), self._now(), *content)))

    def next_sequence(self) -> int:
        """A sequence number for a record that needs to know it beforehand."""
        return next(self._sequence)

    def record(self, code: str, *content: Any, sequence: int | None = None) -> None:
        """Append a record of any other sort."""
        self._append(dumps_ready((code, next(self._sequence) if sequence is None else sequence, self._now(), *content)))
        self.wake()

    def _append_line(self, *pieces: bytes) -> None:
        self._append(*pieces)
        if sum(map(len, pieces)) >= PROMPT_BYTES:
            self.wake()

    def _series_state(self, name: str, index: str | None) -> SeriesState:
        """The Series of that name; a new one is kept only when its first call turns out right."""
        series = self._series.get(name)
        if series is None:
            return SeriesState(name, None, index or DEFAULT_INDEX)
        if index is not None and index != series.index:
            raise ValidationError(
                f"The Series {name!r} has the index {series.index!r}, but this call brings {index!r}. "
                "Keep one index per name, or log under another name.",
                field="index",
            )
        return series

    def _keep(self, series: SeriesState, section: str | None) -> None:
        self._series[series.name] = series
        if section is not None and section != series.section:
            series.section = section
            series.shapes.clear()
            self._shapes.pop(series.name, None)

    def _shape(self, series: SeriesState, keys: tuple[str, ...]) -> PointShape:
        reference = series.shapes.get(keys)
        if reference is None:
            reference = next(self._references)
            columns = keys if series.index in keys else (series.index, *keys)
            self._append(_dumps((0, reference, series.name, series.section, self.mirror, series.index, columns)))
            series.shapes[keys] = reference
        shape = PointShape(series, reference, keys)
        if not series.timed:
            self._shapes[series.name] = shape
        return shape


def _index_value(series: SeriesState, value: Any) -> Index:
    """The value of an index that stands among the fields, as plain data puts one of an unusual name."""
    if value is None or value != value or value in (float("inf"), float("-inf")):
        message = f"{series.index!r} is the index of the Series {series.name!r} takes finite numbers, not {value!r}."
        raise ValidationError(message, field=series.index)
    return value


def _take_index(series: SeriesState, data: dict[str, Any]) -> None:
    """Move the index of an unusual name from among the fields of a call of plain data to where it belongs."""
    if data["index_values"] is not None or series.index not in data["fields"]:
        return
    column = data["fields"][series.index]
    if any(value is None or isinstance(value, str) for value in column):
        message = f"{series.index!r} is the index of the Series {series.name!r} and takes finite numbers."
        raise ValidationError(message, field=series.index)
    data["fields"] = {name: cells for name, cells in data["fields"].items() if name != series.index}
    data["index_values"] = column
