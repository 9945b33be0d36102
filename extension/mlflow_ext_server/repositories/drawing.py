"""The data of plots: parts, live tails and plain metrics put together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, TypeVar

import numpy as np
import orjson

from mlflow_ext.errors import MlflowExtError, NotFound, StoreUnavailable
from mlflow_ext.primitives import primitive_class
from mlflow_ext.store_format import MergedSeries, NewerFormat, mirror_key
from mlflow_ext_server.regular_file import TooLarge
from mlflow_ext_server.repositories.cache import SizedCache
from mlflow_ext_server.repositories.catalog import NO_SECTION, field_title, metric_words
from mlflow_ext_server.repositories.history import HistoryReader
from mlflow_ext_server.repositories.holding import full_name
from mlflow_ext_server.repositories.metric import History, Latest, MetricRepository
from mlflow_ext_server.repositories.part import Held, PartRepository, cache_key
from mlflow_ext_server.repositories.plot import Holdings, PlotRepository
from mlflow_ext_server.repositories.run import RunRow
from mlflow_ext_ui.source import Drawing, Line, Plot, Trouble, Version

T = TypeVar("T")
_VERSION_BYTES = 24 * 2**20  # of their JSON; five to ten times as much in memory
logger = logging.getLogger(__name__)


class _Key(NamedTuple):
    """A plot key taken apart: a slug with or without a field, or a metric."""

    key: str
    slug: str | None
    field: str | None
    metric: str | None


@dataclass(slots=True)
class _Context:
    """All that was read for one call."""

    rows: dict[str, RunRow]
    holdings: Holdings
    latest: dict[str, dict[str, Latest]]
    histories: dict[tuple[str, str], History]


class DrawingReader:
    """Reads the data of many plots of many runs with a fixed number of queries.

    Args:
        plots: which plots runs hold.
        metrics: their last values.
        histories: all their values.
        parts: the files of plots.
        version_bytes: how much of the JSON of versions to keep checked: the grid of a long table asks for the same
            one with every window.
    """

    def __init__(
        self,
        plots: PlotRepository,
        metrics: MetricRepository,
        histories: HistoryReader,
        parts: PartRepository,
        version_bytes: int = _VERSION_BYTES,
    ) -> None:
        self._plots = plots
        self._metrics = metrics
        self._histories = histories
        self._parts = parts
        self._checked: SizedCache[Hashable, Version] = SizedCache(version_bytes)

    def read(self, rows: dict[str, RunRow], keys: Sequence[str], *, step: int | None = None) -> tuple[Drawing, ...]:
        """The drawings of ``keys`` for the runs of ``rows``, in that order; keys that no run holds are left out."""
        parsed = [key for key in map(_parse, dict.fromkeys(keys)) if key is not None]
        holdings = self._plots.holdings(rows, {key.slug for key in parsed if key.slug})
        names = {slug: full_name(held, self._parts) for plots in holdings.values() for slug, held in plots.items()}
        metric_of = {key: _metric(key, names) for key in parsed}
        wanted = {metric for metric in metric_of.values() if metric}
        latest = self._metrics.latest(list(rows), wanted) if wanted else {}
        pairs = [(run, metric) for metric in wanted for run in rows]
        context = _Context(rows, holdings, latest, self._histories.read(pairs, latest) if wanted else {})
        drawings = (
            self._lines(context, key, metric_of[key])
            if key.slug is None or key.field is not None
            else self._versions(context, key, step)
            for key in parsed
        )
        return tuple(drawing for drawing in drawings if drawing is not None)

    def steps(self, rows: dict[str, RunRow], key: str) -> tuple[int | None, ...]:
        """The steps at which one plot of any kind but Series was logged, in order; none where it can't be read."""
        parsed = _parse(key)
        if parsed is None or parsed.slug is None or parsed.field is not None:
            return ()
        found: set[int | None] = set()
        for plots in self._plots.holdings(rows, {parsed.slug}).values():
            held = plots.get(parsed.slug, [])
            try:
                found |= {version.step for part in self._parts.parts(held) for version in part.versions}
            except (MlflowExtError, OSError) as error:
                logger.warning("The steps of the plot %s could not be read: %s", key, error)
        return tuple(sorted(found, key=lambda step: (step is not None, step or 0)))

    def _lines(self, context: _Context, key: _Key, metric: str | None) -> Drawing | None:
        lines: list[Line] = []
        troubles: list[Trouble] = []
        held_by: dict[str, list[Held]] = {}
        for run, row in context.rows.items():
            held = context.holdings.get(run, {}).get(key.slug or "")
            line = _tried(run, key.key, partial(self._line, context, row, held, key.field, metric))
            if line is None:
                continue
            held_by[run] = held or []
            if isinstance(line, Trouble):
                troubles.append(line)
            else:
                lines.append(line)
        if not held_by:
            return None
        return Drawing(_line_plot(key, metric, held_by, lines), tuple(lines), (), tuple(troubles))

    def _line(
        self, context: _Context, row: RunRow, held: list[Held] | None, field: str | None, metric: str | None
    ) -> Line | None:
        history = context.histories.get((row.id, metric or ""))
        if not held:
            return _metric_line(row, history) if history is not None else None
        merged = self._parts.series(held)
        if field not in merged.fields:
            return None
        return _series_line(row, merged, field, history)

    def _versions(self, context: _Context, key: _Key, step: int | None) -> Drawing | None:
        versions: list[Version] = []
        troubles: list[Trouble] = []
        holders: list[Held] = []
        for run in context.rows:
            held = context.holdings.get(run, {}).get(key.slug or "")
            if not held:
                continue
            holders += held
            version = _tried(run, key.key, partial(self._version, held, step))
            if isinstance(version, Trouble):
                troubles.append(version)
            else:
                versions.append(version)
        if not holders:
            return None
        tag = holders[-1].tag
        plot = Plot(
            key=key.key,
            kind=tag.kind,
            name=tag.name,
            title=tag.name,
            section=tag.section or NO_SECTION,
            run_ids=tuple(dict.fromkeys(one.run_id for one in holders)),
            points=sum(one.tag.points for one in holders),
        )
        return Drawing(plot, (), tuple(versions), tuple(troubles))

    def _version(self, held: list[Held], step: int | None) -> Version:
        """The newest version, or that of ``step``; which one it is changes with the tags of its writers alone."""
        key = (tuple(map(cache_key, held)), step)
        return self._checked.get_or(key, partial(self._read_version, held, step))

    def _read_version(self, held: list[Held], step: int | None) -> tuple[Version, int]:
        parts = self._parts.newest(held) if step is None else self._parts.parts(held)
        versions = [
            (version.logged_at, part.writer, version.seq, part.kind, version)
            for part in parts
            for version in part.versions
        ]
        if step is not None:
            versions = [one for one in versions if one[4].step == step] or versions
        *_, kind, chosen = max(versions, key=lambda one: one[:3])
        metadata = dict(chosen.metadata or {})
        primitive = primitive_class(kind).from_data(chosen.data, metadata or None)
        size = len(orjson.dumps((chosen.data, metadata)))
        return Version(held[0].run_id, chosen.step, int(chosen.logged_at), primitive, metadata), size


def _parse(key: str) -> _Key | None:
    kind, _, rest = key.partition(":")
    if kind == "m" and rest:
        return _Key(key, None, None, rest)
    if kind == "x" and rest:
        slug, colon, field = rest.partition(":")
        return _Key(key, slug, field if colon else None, None)
    return None


def _metric(key: _Key, names: dict[str, str]) -> str | None:
    if key.metric is not None:
        return key.metric
    if key.field is None or key.slug not in names:
        return None
    return mirror_key(names[key.slug], key.field)


def _metric_line(row: RunRow, history: History) -> Line:
    return Line(
        run_id=row.id,
        x=history.step.astype(np.float64),
        y=history.value,
        time=history.time.astype(np.float64),
        start_time=row.start_time,
        running=row.status == "RUNNING",
    )


def _series_line(row: RunRow, merged: MergedSeries, field: str, history: History | None) -> Line:
    values, missing = merged.fields[field]
    there = ~missing
    x, y, time = merged.x[there], values[there], merged.logged_at[there]
    stale = None
    if history is not None and merged.x_text is None and _integral(merged):
        last = merged.x[-1] if len(merged.x) else -np.inf
        beyond = history.step > last
        live = (column[beyond].astype(np.float64) for column in (history.step, history.value, history.time))
        x, y, time = (np.concatenate(pair) for pair in zip((x, y, time), live, strict=True))
    elif row.status == "RUNNING":
        stale = "As of the last uploaded part: newer points of this run are not among its metrics."
    return Line(
        run_id=row.id,
        x=x,
        y=y,
        time=time,
        index=merged.index,
        x_text=None if merged.x_text is None else tuple(merged.x_text[at] for at in np.flatnonzero(there)),
        start_time=row.start_time,
        running=row.status == "RUNNING",
        stale=stale,
    )


def _integral(merged: MergedSeries) -> bool:
    """Whether mirrored metrics carry the index value as their step; otherwise their step is an ordinal."""
    return bool(np.all(merged.x == np.floor(merged.x)))


def _line_plot(key: _Key, metric: str | None, held_by: dict[str, list[Held]], lines: list[Line]) -> Plot:
    points = sum(len(line.x) for line in lines)
    tag = next((held[0].tag for held in held_by.values() if held), None)
    if tag is None or key.field is None:
        title, section, origin = metric_words(metric or "")
        return Plot(key.key, "series", metric or "", title, section, tuple(held_by), origin, None, points)
    title, section = field_title(tag.name, key.field), tag.section or NO_SECTION
    return Plot(key.key, "series", tag.name, title, section, tuple(held_by), "primitive", key.field, points)


def _tried(run: str, key: str, read: Callable[[], T]) -> T | Trouble:
    """What ``read`` gives; whatever fails in it is the trouble of this plot of this run, and of no other."""
    try:
        return read()
    except (MlflowExtError, OSError) as error:
        return _trouble(run, error)
    except Exception as error:
        logger.exception("The plot %s of the run %s could not be read", key, run)
        return _trouble(run, error)


def _trouble(run: str, error: Exception) -> Trouble:
    details = f"{type(error).__name__}: {error}"
    if isinstance(error, NewerFormat):
        return Trouble(run, "Written by a newer version", str(error), retry=False, details=details)
    if isinstance(error, NotFound):
        return Trouble(
            run, "Data is missing", "A file that the run names is not in its artifacts. The rest of the run is safe.",
            details=details,
        )  # fmt: skip
    if isinstance(error, StoreUnavailable):
        return Trouble(
            run, "This plot could not be read", "The artifact store gives no answer. Values already uploaded are safe.",
            details=details,
        )  # fmt: skip
    if isinstance(error, TooLarge):
        return Trouble(run, "This plot is too large to show", str(error), retry=False, details=details)
    return Trouble(run, "This plot could not be read", "A file of the run is damaged.", retry=False, details=details)
