"""The data of plots: parts, live tails and plain metrics put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from mlflow_ext.store_format import MergedSeries, mirror_key
from mlflow_ext_server.repositories.catalog import NO_SECTION, field_title, metric_words
from mlflow_ext_server.repositories.history import HistoryReader
from mlflow_ext_server.repositories.holding import full_name
from mlflow_ext_server.repositories.metric import History, Latest, MetricRepository
from mlflow_ext_server.repositories.part import Held, PartRepository
from mlflow_ext_server.repositories.plot import Holdings, PlotRepository
from mlflow_ext_server.repositories.run import RunRow
from mlflow_ext_server.repositories.trouble import tried
from mlflow_ext_server.repositories.version import VersionReader, versions_plot
from mlflow_ext_ui import source as ui
from mlflow_ext_ui.source import Drawing, Line, Plot, Trouble, Version


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
    """

    def __init__(
        self,
        plots: PlotRepository,
        metrics: MetricRepository,
        histories: HistoryReader,
        parts: PartRepository,
    ) -> None:
        self._plots = plots
        self._metrics = metrics
        self._histories = histories
        self._parts = parts
        self._versions_of = VersionReader(parts)

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
        return self._versions_of.steps(self._holders(rows, key), key)

    def history(self, rows: dict[str, RunRow], key: str, most: int) -> ui.History | None:
        """See ``DataSource.history``."""
        return self._versions_of.history(self._holders(rows, key), key, most)

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
            line = tried(run, key.key, partial(self._line, context, row, held, key.field, metric))
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
            version = tried(run, key.key, partial(self._versions_of.chosen, held, step, troubles))
            if isinstance(version, Trouble):
                troubles.append(version)
            else:
                versions.append(version)
        if not holders:
            return None
        return Drawing(versions_plot(key.key, holders), (), tuple(versions), tuple(troubles))


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
