"""The data of plots: parts, live tails and plain metrics put together."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, TypeVar

import numpy as np
import orjson

from mlflow_ext.errors import MlflowExtError, NotFound, StoreUnavailable
from mlflow_ext.primitives import primitive_class
from mlflow_ext.store_format import MergedSeries, NewerFormat, mirror_key
from mlflow_ext.store_format import Version as Stored
from mlflow_ext_server.regular_file import TooLarge
from mlflow_ext_server.repositories.cache import SizedCache
from mlflow_ext_server.repositories.catalog import NO_SECTION, field_title, metric_words
from mlflow_ext_server.repositories.history import HistoryReader
from mlflow_ext_server.repositories.holding import full_name
from mlflow_ext_server.repositories.metric import History, Latest, MetricRepository
from mlflow_ext_server.repositories.part import Held, PartRepository, Place, cache_key
from mlflow_ext_server.repositories.plot import Holdings, PlotRepository
from mlflow_ext_server.repositories.run import RunRow
from mlflow_ext_ui import source as ui
from mlflow_ext_ui.source import Drawing, Line, Moment, Plot, Trouble, Version
from mlflow_ext_ui.step import nearest, thinned, union

T = TypeVar("T")
_VERSION_BYTES = 24 * 2**20  # of their JSON; five to ten times as much in memory
logger = logging.getLogger(__name__)

_HISTORY_RUNS = 20
_HISTORY_BYTES = 64 * 2**20  # of the versions' text


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

    def steps(self, rows: dict[str, RunRow], key: str) -> dict[str, tuple[int | None, ...]]:
        """The steps at which each run logged a plot of any kind but Series, in order; without what can't be read."""
        found = {}
        for run, held in self._holders(rows, key).items():
            places = _tried(run, key, partial(self._parts.places, held))
            if isinstance(places, Trouble):
                logger.warning("The steps of the plot %s of the run %s could not be read: %s", key, run, places.details)
            elif places.places:
                steps = {place.step for place in places.places}
                found[run] = tuple(sorted(steps, key=lambda step: (step is not None, step or 0)))
        return found

    def history(self, rows: dict[str, RunRow], key: str, most: int) -> ui.History | None:
        """See ``DataSource.history``."""
        held = dict(list(self._holders(rows, key).items())[:_HISTORY_RUNS])
        if not held:
            return None
        troubles: list[Trouble] = []
        choices: dict[str, dict[int, Place]] = {}
        for run, parts in held.items():
            places = _tried(run, key, partial(self._parts.places, parts))
            if isinstance(places, Trouble):
                troubles.append(places)
                continue
            troubles += [_trouble(run, failure) for failure in places.failures[:1]]
            choices[run] = {place.step: place for place in places.places if place.step is not None}
        steps = union(choices)
        kept = [steps[at] for at in thinned(len(steps), min(most, _affordable(held)))]
        chosen = {run: _at_steps(one, kept) for run, one in choices.items() if one}
        versions = self._chosen(held, key, chosen, troubles)
        plot = _versions_plot(key, [one for parts in held.values() for one in parts])
        moments = (
            Moment(
                step,
                Drawing(
                    plot,
                    (),
                    tuple(versions[run, places[i]] for run, places in chosen.items() if (run, places[i]) in versions),
                    tuple(troubles),
                ),
            )
            for i, step in enumerate(kept)
        )
        return ui.History(len(steps), tuple(moments))

    def _chosen(
        self, held: dict[str, list[Held]], key: str, chosen: dict[str, list[Place]], troubles: list[Trouble]
    ) -> dict[tuple[str, Place], Version]:
        """The versions at these places, each read once, part by part; what can't be read joins the troubles."""
        found = {}
        for run, places in chosen.items():
            for place in sorted(set(places), key=lambda one: (one.writer, one.number)):
                version = _tried(run, key, partial(self._at_place, held[run], place))
                if isinstance(version, Trouble):
                    troubles.append(version)
                else:
                    found[run, place] = version
        return found

    def _holders(self, rows: dict[str, RunRow], key: str) -> dict[str, list[Held]]:
        parsed = _parse(key)
        if parsed is None or parsed.slug is None or parsed.field is not None:
            return {}
        holdings = self._plots.holdings(rows, {parsed.slug})
        found = {run: holdings.get(run, {}).get(parsed.slug, []) for run in rows}
        return {run: held for run, held in found.items() if held and held[0].tag.kind != "series"}

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
            version = _tried(run, key.key, partial(self._version, held, step, troubles))
            if isinstance(version, Trouble):
                troubles.append(version)
            else:
                versions.append(version)
        if not holders:
            return None
        return Drawing(_versions_plot(key.key, holders), (), tuple(versions), tuple(troubles))

    def _version(self, held: list[Held], step: int | None, troubles: list[Trouble]) -> Version:
        """The newest, or as at a step; where some parts can't be read, that joins the troubles.

        Which one it is changes with the tags of its writers alone.
        """
        place = None
        if step is not None:
            places, failures = self._parts.places(held)
            stepped = {place.step: place for place in places if place.step is not None}
            if failures and not places:
                raise failures[0]
            troubles += [_trouble(held[0].run_id, failure) for failure in failures[:1]]
            place = _at_steps(stepped, [step])[0] if stepped else None
        key = (tuple(map(cache_key, held)), place)
        return self._checked.get_or(key, partial(self._sized_version, held, place))

    def _sized_version(self, held: list[Held], place: Place | None) -> tuple[Version, int]:
        kind, stored = self._newest(held) if place is None else self._parts.version(held, place)
        return _as_shown(held[0].run_id, kind, stored), len(orjson.dumps((stored.data, stored.metadata)))

    def _newest(self, held: list[Held]) -> tuple[str, Stored]:
        versions = [
            (version.logged_at, part.writer, version.seq, part.kind, version)
            for part in self._parts.newest(held)
            for version in part.versions
        ]
        *_, kind, chosen = max(versions, key=lambda one: one[:3])
        return kind, chosen

    def _at_place(self, held: list[Held], place: Place) -> Version:
        return _as_shown(held[0].run_id, *self._parts.version(held, place))


def _as_shown(run: str, kind: str, stored: Stored) -> Version:
    metadata = dict(stored.metadata or {})
    primitive = primitive_class(kind).from_data(stored.data, metadata or None)
    return Version(run, stored.step, int(stored.logged_at), primitive, metadata)


def _at_steps(held: Mapping[int, Place], steps: Sequence[int]) -> list[Place]:
    """Of each step the place at the nearest one held, at or below it, or the first."""
    ordered = sorted(held)
    return [held[ordered[nearest(ordered, step)]] for step in steps]


def _affordable(held: dict[str, list[Held]]) -> int:
    """At how many steps these runs' versions can be read at once, 2 at least, as far as their tags tell their size."""
    tags = [one.tag for parts in held.values() for one in parts]
    each = sum(tag.bytes for tag in tags) / max(sum(tag.points for tag in tags), 1)
    return max(2, int(_HISTORY_BYTES / max(each * len(held), 1)))


def _versions_plot(key: str, holders: list[Held]) -> Plot:
    tag = holders[-1].tag
    points = Counter[str]()
    for one in holders:
        points[one.run_id] += one.tag.points
    return Plot(
        key=key,
        kind=tag.kind,
        name=tag.name,
        title=tag.name,
        section=tag.section or NO_SECTION,
        run_ids=tuple(points),
        points=points.total(),
        again=max(points.values()) > 1,
    )


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
