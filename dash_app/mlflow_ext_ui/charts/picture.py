"""From a chart to its picture, its card and its values as rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

from mlflow_ext_ui.charts.bar import bar
from mlflow_ext_ui.charts.data import Curves, Values, curves, metric_of, values
from mlflow_ext_ui.charts.line import line
from mlflow_ext_ui.charts.scatter import scatter
from mlflow_ext_ui.charts.spec import SECTION, Chart, Kind, parse
from mlflow_ext_ui.figures import Look, Picture
from mlflow_ext_ui.figures.line_info import unit
from mlflow_ext_ui.source import DataSource, Plot, Principal, Run

DRAWN: dict[Kind, Callable[[Chart, Values, Look], Picture]] = {"bar": bar, "scatter": scatter}
"""Kinds of one value per run and column; lines have points of their own."""


class Reader:
    """Reads what charts show of some runs; which plots these hold is asked once, and only for lines."""

    def __init__(self, source: DataSource, principal: Principal, run_ids: Sequence[str]) -> None:
        self._source = source
        self._principal = principal
        self._run_ids = tuple(run_ids)

    @cached_property
    def _plots(self) -> tuple[Plot, ...]:
        return self._source.plots(self._principal, self._run_ids)

    def curves(self, chart: Chart) -> Curves:
        """See ``data.curves``."""
        return curves(self._source, self._principal, chart, self._run_ids, self._plots)

    def values(self, chart: Chart) -> Values:
        """See ``data.values``."""
        return values(self._source, self._principal, chart, self._run_ids)


def picture(reader: Reader, chart: Chart, look: Callable[[str], Look]) -> Picture:
    """The picture of a chart; ``look`` gives how to draw it, by the unit that its x counts."""
    if chart.kind != "line":
        return DRAWN[chart.kind](chart, reader.values(chart), look(""))
    found = reader.curves(chart)
    counted = unit(found.drawings[0].lines, look("")) if found.drawings else ""
    return line(chart, found, look(counted))


def own_cards(texts: Sequence[str]) -> list[dict[str, Any]]:
    """The cards of these charts, as the board takes them."""
    return [
        {"key": chart.key, "kind": chart.kind, "title": chart.name, "section": SECTION, "origin": "own", "runs": 0}
        | {"columns": 1}
        for chart in map(parse, texts)
    ]


def named_metric(plot: Plot) -> dict[str, str]:
    """The metric that a card shows, where its title is not its name."""
    metric = metric_of(plot)
    return {} if metric is None or metric == plot.title else {"metric": metric}


def rows(reader: Reader, chart: Chart, runs: dict[str, Run]) -> Iterator[Sequence[Any]]:
    """All values behind a chart, a heading first."""
    if chart.kind != "line":
        which = "" if chart.statistic == "last" else f" {chart.statistic}"
        yield ("run", *(column.key + (which if column.kind == "metrics" else "") for column in chart.columns))
        found = reader.values(chart)
        for run, row in zip(found.run_ids, found.rows, strict=True):
            yield (runs[run].name, *row)
        return
    held = reader.curves(chart)
    yield ("run", "metric", held.drawings[0].lines[0].index if held.drawings else "step", "value", "time")
    for metric, drawing in zip(*held, strict=True):
        for one in drawing.lines:
            index = one.x_text if one.x_text is not None else one.x.tolist()
            for x, y, time in zip(index, one.y.tolist(), one.time.tolist(), strict=True):
                yield (runs[one.run_id].name, metric, x, y, time)
