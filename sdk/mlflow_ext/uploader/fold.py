"""Records of one spool file folded into what the server is to have: plots, metrics, config, files, the run's end."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from mlflow_ext.encoding import escaped, is_branch, unescaped
from mlflow_ext.store_format import Version, mirror_key
from mlflow_ext.uploader.alert import AlertFold
from mlflow_ext.uploader.bundle import BundleFold
from mlflow_ext.uploader.mirror import MetricRow, call_rows, metric_step, number
from mlflow_ext.uploader.plot import PlotFold, Progress, ready
from mlflow_ext.uploader.series import SeriesFold

_VERSION = b'["v",'
_DIGITS = 20
_LINES_AT_ONCE = 16


@dataclass
class _Shape:
    """What the values of a point record mean; ``keys``: the mirrored metric's key per column, None for the index."""

    series: SeriesFold
    mirror: str
    columns: Sequence[str]
    keys: Sequence[str | None]
    position: int


@dataclass
class Artifact:
    """One ``log_artifact`` call; ``files`` are pairs of a path below ``name`` and a path in the spool's own folder."""

    seq: int
    logged_at: int
    content: dict[str, Any]


@dataclass
class Fold:
    """The state that the records read so far add up to.

    Args:
        writer: of the spool file.
        progress: per slug, how far an earlier process came.
        unreadable: records that a damaged disk left, to be put aside.
    """

    writer: str
    progress: Mapping[str, Progress] = field(default_factory=dict)
    plots: dict[tuple[str, str], PlotFold] = field(default_factory=dict)
    unsettled: dict[tuple[str, str], PlotFold] = field(default_factory=dict)
    metrics: list[MetricRow] = field(default_factory=list)
    artifacts: list[Artifact] = field(default_factory=list)
    alerts: AlertFold = field(init=False)
    config: dict[str, Any] = field(default_factory=dict)
    config_changed: bool = False
    end: tuple[str, int] | None = None
    records: int = 0
    unreadable: list[bytes] = field(default_factory=list)
    _last: dict[str, MetricRow] = field(default_factory=dict)
    _shapes: dict[int, _Shape] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.alerts = AlertFold(self.writer)

    def feed(self, data: bytes | memoryview, *, replayed: bool = False) -> None:
        """Fold whole records in.

        Args:
            data: lines of a spool file, the header left out; a view is one record, which is not copied.
            replayed: an earlier process has delivered these records; only what later ones build on is kept.
        """
        handlers: dict[str, Callable[..., None]] = {
            "p": self._series_call,
            "c": self._config,
            "a": self._artifact,
            "f": self._finish,
            "!": self.alerts.add,
        }
        lines: Sequence[bytes | memoryview] = [data[:-1]] if isinstance(data, memoryview) else data.split(b"\n")
        for place, line in enumerate(lines):
            if not line:
                continue
            start = bytes(line[: len(_VERSION)])
            if place % _LINES_AT_ONCE == 0:
                time.sleep(0)  # a training that waits for the interpreter goes on now, not after 5 ms
            self.records += not start.startswith(b"[0,")
            try:
                if start == _VERSION:
                    self._version(*_split(line), size=len(line), replayed=replayed)
                    continue
                record = orjson.loads(line)
                code = record[0]
                if code == 0:
                    self._shape(*record[1:])
                elif type(code) is int:
                    self._point(self._shapes[code], record, replayed)
                else:
                    handlers[code](*record[1:], replayed=replayed)
            except (orjson.JSONDecodeError, KeyError, IndexError, TypeError, ValueError):
                if not replayed:
                    self.unreadable.append(bytes(line))

    def take_metrics(self) -> list[MetricRow]:
        """The metrics to send, in order; they stay until ``metrics`` is emptied."""
        if self._last:
            self.metrics += self._last.values()
            self._last = {}
        return self.metrics

    def _series(self, name: str, section: str | None, index: str) -> SeriesFold:
        plot = self.plots.get(("series", name))
        if plot is None:
            plot = SeriesFold(name, index, self.writer)
            plot.progress = self.progress.get(plot.slug, plot.progress)
            self.plots["series", name] = plot
        assert isinstance(plot, SeriesFold)
        if section is not None:
            plot.section = section
        return plot

    def _shape(
        self, reference: int, name: str, section: str | None, mirror: str, index: str, columns: Sequence[str]
    ) -> None:
        series = self._series(name, section, index)
        keys = [None if column == index else mirror_key(name, column) for column in columns]
        self._shapes[reference] = _Shape(series, mirror, columns, keys, columns.index(index))

    def _point(self, shape: _Shape, record: list[Any], replayed: bool) -> None:
        _, seq, logged_at, *values = record
        series = shape.series
        index = values[shape.position]
        if not replayed and shape.mirror != "none":
            step = metric_step(index, series.points)
            rows = [
                MetricRow(key, number(value), logged_at, step)
                for key, value in zip(shape.keys, values, strict=True)
                if key is not None and value is not None
            ]
            self._mirror(shape.mirror, rows)
        cells = {name: [value] for name, key, value in zip(shape.columns, shape.keys, values, strict=True) if key}
        series.add(seq, logged_at, [index], cells)
        self.unsettled["series", series.name] = series

    def _mirror(self, mode: str, rows: list[MetricRow]) -> None:
        if mode == "all":
            self.metrics += rows
        else:
            self._last.update({row.key: row for row in rows})

    def _version(
        self,
        data: bytes | memoryview,
        seq: int,
        logged_at: int,
        kind: str,
        name: str,
        section: str | None,
        step: int | None,
        metadata: dict[str, Any] | None,
        mirror: str,
        *,
        size: int,
        replayed: bool,
    ) -> None:
        plot = self.plots.get((kind, name))
        if plot is None:
            plot = BundleFold(kind, name, self.writer)
            plot.progress = self.progress.get(plot.slug, plot.progress)
            self.plots[kind, name] = plot
        assert isinstance(plot, BundleFold)
        plot.section = section if section is not None else plot.section
        row = None if kind != "curve" else curve_row(plot, orjson.loads(data), step, logged_at)
        if row is not None and not replayed and mirror != "none":
            self._mirror(mirror, [row])
        plot.add(Version(seq, step, logged_at, data, ready(metadata), section), size)
        self.unsettled[kind, name] = plot

    def _series_call(
        self,
        seq: int,
        logged_at: int,
        name: str,
        section: str | None,
        metadata: dict[str, Any] | None,
        mirror: str,
        data: dict[str, Any],
        start: Any,
        *,
        replayed: bool,
    ) -> None:
        series = self._series(name, section, data["index"])
        series.metadata = metadata or series.metadata
        fields: dict[str, list[Any]] = data["fields"]
        index = data["index_values"]
        if index is None:
            count = max((len(cells) for cells in fields.values()), default=0)
            index = [start + place for place in range(count)]
        if mirror != "none" and not replayed:
            self._mirror(mirror, series_rows(series, index, fields, logged_at))
        series.add(seq, logged_at, index, fields)
        self.unsettled["series", series.name] = series

    def _config(self, seq: int, logged_at: int, config: dict[str, Any], *, replayed: bool) -> None:
        merge(self.config, config)
        self.config_changed |= not replayed

    def _artifact(self, seq: int, logged_at: int, content: dict[str, Any], *, replayed: bool) -> None:
        if not replayed:
            self.artifacts.append(Artifact(seq, logged_at, content))

    def _finish(self, seq: int, logged_at: int, status: str, *, replayed: bool) -> None:
        self.end = (status, logged_at)


def series_rows(
    series: SeriesFold, index: Sequence[Any], fields: Mapping[str, Sequence[Any]], logged_at: int
) -> list[MetricRow]:
    """The mirrored metrics of one call, whose points ``series`` does not have yet."""
    return [
        row
        for column, cells in fields.items()
        for row in call_rows(mirror_key(series.name, column), cells, index, series.points, logged_at)
    ]


def curve_row(plot: BundleFold, data: Mapping[str, Any], step: int | None, logged_at: int) -> MetricRow | None:
    """The mirrored metric of a Curve that ``plot`` does not have yet, noted there; None when it has no value."""
    metric = data.get("metric")
    if metric is None:
        return None
    plot.metric = (metric["name"], metric["value"])
    if metric["value"] is None:
        return None
    place = step if step is not None else plot.points
    return MetricRow(mirror_key(plot.name, metric["name"]), number(metric["value"]), logged_at, place)


def _split(line: bytes | memoryview) -> tuple[Any, ...]:
    """The bytes of the data of a version, and what stands before them.

    Raises:
        ValueError: the disk gave other bytes than were written.
    """
    size = int(bytes(line[len(_VERSION) : len(_VERSION) + _DIGITS]).partition(b",")[0])
    data = line[-1 - size : -1]
    _, _, crc, *facts = orjson.loads(bytes(line[: -2 - size]) + b"]")
    if zlib.crc32(data) != crc:
        raise ValueError("damaged")
    return data, *facts


def merge(config: dict[str, Any], update: Mapping[str, Any]) -> None:
    """Merge ``update`` into ``config`` in place, both as ``jsonable`` gave them.

    Mappings are merged key by key, anything else is replaced, the mark of a number among it.
    """
    merged = unescaped(config)
    for key, value in unescaped(update).items():
        known = merged.get(key)
        if is_branch(known) and is_branch(value):
            merge(known, value)
        else:
            merged[key] = value
    config.clear()
    config.update(escaped(merged))


def flattened(config: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested configuration as MLflow params: keys joined with dots, values as text."""
    params: dict[str, str] = {}
    for key, value in config.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict) and value and not (len(value) == 1 and "$float" in value):
            params.update(flattened(value, path + "."))
        else:
            params[path] = _param_text(value)
    return params


def _param_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and "$float" in value:
        return {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}.get(value["$float"], str(value["$float"]))
    if value is None or isinstance(value, (bool, int, float)):
        return str(value)
    return orjson.dumps(value).decode()
