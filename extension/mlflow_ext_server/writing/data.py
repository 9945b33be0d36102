"""Typed data of callers of the REST API, stored as the SDK stores it (docs/format.md).

The server is one more writer of the run. Under the run's lease it reads what it stored before, appends, and writes
part, mirrored metrics and tag in this order; what its tag does not cover, nobody was told to have arrived.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from mlflow_ext.convert import index_value
from mlflow_ext.encoding import jsonable
from mlflow_ext.errors import Conflict, MlflowExtError, StoreUnavailable, ValidationError
from mlflow_ext.primitives import Primitive, Series, primitive_class
from mlflow_ext.rest import NewData
from mlflow_ext.spool.numbering import SeriesState, first_index
from mlflow_ext.store_format import PlotTag, Version, check_name, check_section, decode_part, part_path, slug
from mlflow_ext.uploader.bundle import BundleFold
from mlflow_ext.uploader.fold import curve_row, series_rows
from mlflow_ext.uploader.mirror import MetricRow
from mlflow_ext.uploader.plot import ready
from mlflow_ext.uploader.sending import BATCH_ENTITIES
from mlflow_ext.uploader.series import SeriesFold
from mlflow_ext_server.repositories.lease import Lease, LeaseRepository
from mlflow_ext_server.repositories.target import RunTarget, TargetRepository
from mlflow_ext_server.writing.access import changeable
from mlflow_ext_server.writing.backend import WritingBackend
from mlflow_ext_server.writing.lease import leased
from mlflow_ext_ui.source import Principal

Tags = Mapping[str, PlotTag]
logger = logging.getLogger(__name__)


class _Call(NamedTuple):
    """One checked request."""

    name: str
    section: str | None
    step: int | None
    primitive: Primitive
    body: bytes

    @property
    def slug(self) -> str:
        return slug(self.primitive.kind, self.name)

    @property
    def metadata(self) -> Any:
        return None if self.primitive.metadata is None else jsonable(self.primitive.metadata)


def log_data(backend: WritingBackend, principal: Principal, run_id: str, new: NewData) -> int:
    """Store one primitive; a Series appends to what stands under its name, any other kind is a new version.

    Args:
        backend: MLflow.
        principal: who asks.
        run_id: an id or alias.
        new: what to store.

    Returns:
        How many points of a Series were stored, or 1.

    Raises:
        ValidationError: the data is not what its kind takes; nothing was stored.
        NotFound, PermissionDenied, Conflict: as ``access.changeable``; Conflict also for a Series of another index.
        StoreUnavailable: a store gives no answer, or others write into the run all the time.
    """
    target = changeable(backend, principal, run_id)
    call = _checked(new)
    if isinstance(call.primitive, Series) and not len(call.primitive):
        return 0
    with leased(backend, target.id) as lease:
        return _stored(backend, target, call, lease)


def _checked(new: NewData) -> _Call:
    try:
        kind = primitive_class(new.primitive_type)
    except ValidationError as error:
        raise ValidationError(f"primitive_type: {error}", field="primitive_type") from error
    primitive = kind.from_data(_index_apart(new.data), new.metadata)
    return _Call(check_name(new.name), check_section(new.section), new.step, primitive, primitive.to_json())


def _index_apart(data: dict[str, Any]) -> dict[str, Any]:
    """Series data whose index stands among the fields, as the SDK's constructor takes it, in the stored form."""
    index, fields = data.get("index"), data.get("fields")
    if not isinstance(index, str) or not isinstance(fields, dict) or index not in fields:
        return data
    if data.get("index_values") is not None:
        raise ValidationError(
            f"data.index_values was given, and so was a field named like the index, {index!r}; give one.",
            field="data.index_values",
        )
    others = {name: column for name, column in fields.items() if name != index}
    return {**data, "fields": others, "index_values": fields[index]}


def _stored(backend: WritingBackend, target: RunTarget, call: _Call, lease: Lease) -> int:
    tags = TargetRepository(backend).plot_tags(target.id, call.slug)
    plot, lease = _resumed(backend, target, call, lease, tags)
    mine = tags.get(lease.writer)
    at = max(time.time_ns() // 1_000_000, 0 if mine is None else mine.at + 1)  # by it, calls after the tag are known
    if isinstance(plot, SeriesFold):
        count, rows = _appended(plot, call, lease, at, tags)
    else:
        count, rows = 1, _added(plot, call, lease.seq, at)
    for number in plot.due(settle=True, now=math.inf):
        part = plot.part(number)
        path = part_path(plot.kind, plot.slug, lease.writer, number)
        backend.write_artifact(target.artifact_uri, path, bytes(part.content))
        plot.delivered(part, math.inf)
    tag = plot.tag()
    _log(backend, target.id, rows, {tag.key: tag.to_json()})
    return count


def _resumed(
    backend: WritingBackend, target: RunTarget, call: _Call, lease: Lease, tags: Tags
) -> tuple[SeriesFold | BundleFold, Lease]:
    """What the server's writer stored of the plot so far; begun anew under another writer where that can't be read."""
    kind, name = call.primitive.kind, call.name
    series = isinstance(call.primitive, Series)
    tag = tags.get(lease.writer)
    if tag is not None:
        try:
            text = backend.artifact(target.artifact_uri, part_path(kind, tag.slug, lease.writer, tag.parts - 1))
            return (SeriesFold if series else BundleFold).resumed(tag, decode_part(text), len(text)), lease
        except StoreUnavailable:
            raise
        except (MlflowExtError, LookupError, TypeError, ValueError, RecursionError) as error:
            logger.warning("Data of run %s, plot %s, goes on under another writer: %s", target.id, tag.slug, error)
            lease = LeaseRepository(backend).renamed(target.id, lease)
    if isinstance(call.primitive, Series):
        return SeriesFold(name, call.primitive.index, lease.writer), lease
    return BundleFold(kind, name, lease.writer), lease


def _appended(plot: SeriesFold, call: _Call, lease: Lease, at: int, tags: Tags) -> tuple[int, list[MetricRow]]:
    """Append the points of a call, and give how many they are and their mirrored metrics."""
    data = orjson.loads(call.body)
    start = None if call.step is None else index_value(call.step, "step")
    first = first_index(_state(plot, data, tags, lease.writer), data, start)
    fields: dict[str, list[Any]] = data["fields"]
    index = data["index_values"]
    if index is None:
        index = [first + place for place in range(max(map(len, fields.values())))]
    plot.section = call.section or plot.section
    plot.metadata = call.metadata or plot.metadata
    rows = series_rows(plot, index, fields, at)
    plot.add(lease.seq, at, index, fields)
    return len(index), rows


def _state(plot: SeriesFold, data: Mapping[str, Any], tags: Tags, writer: str) -> SeriesState:
    """Where the Series stands: numbering goes on after the server's own last point, else after everybody's.

    Raises:
        Conflict: the Series counts by another index, or by times where this brings numbers, or reverse.
    """
    index, values = data["index"], data["index_values"]
    known = [(tag, tag.index) for tag in tags.values() if tag.index is not None]
    for tag, (name, _, last) in known:
        if name != index and not (tag.hash is not None and index.startswith(name)):  # a long tag cuts names
            raise Conflict(
                f"The Series {plot.name!r} has the index {name!r}, but this call brings {index!r}. "
                "Keep one index per name, or log under another name."
            )
        if values and isinstance(values[0], str) is not isinstance(last, str):
            words = ("times", "numbers") if isinstance(last, str) else ("numbers", "times")
            raise Conflict(f"The Series {plot.name!r} has {words[0]} as {index!r}, but this call brings {words[1]}.")
    state = SeriesState(plot.name, plot.section, index)
    if known:
        own = [ends for tag, ends in known if tag.writer == writer]
        state.previous = _latest(own or [ends for _, ends in known])
        state.timed = isinstance(state.previous, str)
    return state


def _latest(ends: Sequence[tuple[str, Any, Any]]) -> Any:
    """The highest last index value, of times any."""
    numbers = [last for _, _, last in ends if not isinstance(last, str)]
    return max(numbers) if numbers else ends[0][2]


def _added(plot: BundleFold, call: _Call, seq: int, at: int) -> list[MetricRow]:
    """Add a version, and give its mirrored metrics."""
    row = curve_row(plot, orjson.loads(call.body), call.step, at) if plot.kind == "curve" else None
    plot.section = call.section or plot.section
    version = Version(seq, call.step, at, call.body, ready(call.metadata), call.section)
    plot.add(version, len(call.body))
    return [] if row is None else [row]


def _log(backend: WritingBackend, run_id: str, rows: list[MetricRow], tags: dict[str, str]) -> None:
    """Log metrics, then the tags, which share a request with the last of them."""
    room = BATCH_ENTITIES - len(tags)
    while len(rows) > room:
        backend.log_batch(run_id, metrics=rows[:BATCH_ENTITIES])
        rows = rows[BATCH_ENTITIES:]
    backend.log_batch(run_id, metrics=rows, tags=tags)
