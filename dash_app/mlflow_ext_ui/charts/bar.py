"""Bars of metrics, one per run, in the runs' colours; a single metric best first."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext_ui import theme
from mlflow_ext_ui.charts.data import Values
from mlflow_ext_ui.charts.line import missing
from mlflow_ext_ui.charts.spec import SECTION, Chart
from mlflow_ext_ui.figures import Look, Picture, axes
from mlflow_ext_ui.figures.direction import better
from mlflow_ext_ui.figures.frame import figure, nothing, usable
from mlflow_ext_ui.figures.y_range import framed
from mlflow_ext_ui.source import Drawing, Plot
from mlflow_ext_ui.text import count, fit, literal, number, plural

MOST_BARS = 480
_GROUP = 0.8


class BarsInfo(NamedTuple):
    """What is drawn: ``values`` of shape (metrics, runs), NaN where ``held`` is False or the value is no number."""

    metrics: tuple[str, ...]
    run_ids: tuple[str, ...]
    values: NDArray[np.float64]
    held: NDArray[np.bool_]
    runs: int


def bars_info(chart: Chart, found: Values) -> BarsInfo:
    """The metrics that a run on screen has, and of the runs that have one as many as a card can show."""
    table = np.array([[math.nan if one is None else one for one in row] for row in found.rows], dtype=np.float64).T
    held = np.array([[one is not None for one in row] for row in found.rows], dtype=bool).T
    table, held = table.reshape(len(chart.fields), -1), held.reshape(len(chart.fields), -1)
    there, runs = np.flatnonzero(held.any(axis=1)), np.flatnonzero(held.any(axis=0))
    if len(there) == 1:
        sign = 1.0 if better(chart.fields[there[0]]) == "lower" else -1.0
        runs = runs[np.argsort(sign * table[there[0], runs], kind="stable")]
    shown = runs[: MOST_BARS // max(len(there), 1)]
    return BarsInfo(
        metrics=tuple(chart.fields[i] for i in there),
        run_ids=tuple(found.run_ids[i] for i in shown),
        values=table[np.ix_(there, shown)],
        held=held[np.ix_(there, shown)],
        runs=len(runs),
    )


def bar(chart: Chart, found: Values, look: Look) -> Picture:
    """The picture of a bar chart."""
    info = bars_info(chart, found)
    if not info.metrics:
        return nothing(" ".join(missing(chart.fields, ())))
    caption = f"{chart.statistic} of {plural(info.runs, 'run')}"
    return Picture(bars_figure(chart, info, look), caption=caption, notes=tuple(_notes(chart, info)))


def bars_figure(chart: Chart, info: BarsInfo, look: Look) -> dict[str, Any]:
    """The plotly figure: metrics side by side, in each a bar per run in their order."""
    n = len(info.run_ids)
    known = info.values[usable(info.values)]
    reach = np.append(known, 0.0)
    left = axes.left_margin(float(reach.min()), float(reach.max()))
    room = (look.pixels(1) - left) / len(info.metrics) - 8
    names = [literal(fit(name, room)) for name in info.metrics]
    y_axis = axes.linear(float(reach.min()), float(reach.max())) | {"fixedrange": True, "zeroline": True}
    layout = {
        "meta": {"own": "bar"},
        "margin": {"l": left},
        "bargap": 0,
        "hovermode": "closest",
        "xaxis": axes.named([float(i) for i in range(len(names))], names)
        | {"range": [-0.5, len(names) - 0.5], "fixedrange": True},
        "yaxis": framed(y_axis | {"zerolinecolor": theme.TOKENS[look.theme]["line-2"]}, look.y_range, reach),
    }
    places = np.arange(len(info.metrics))[:, None] + ((np.arange(n) + 0.5) / n - 0.5)[None, :] * _GROUP
    traces = [_bars(info, look, places[row], row) for row in range(len(info.metrics))]
    odd = [one for row in range(len(info.metrics)) if (one := odd_marks(info, look, places[row], row))]
    if odd:
        layout["yaxis2"] = {"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True}
    return figure(plot_of(chart, info.run_ids), look, [*traces, *odd], layout)


def plot_of(chart: Chart, run_ids: tuple[str, ...]) -> Drawing:
    """The chart as a plot without data of its own."""
    return Drawing(Plot(chart.key, chart.kind, chart.name, chart.name, SECTION, run_ids))


def _bars(info: BarsInfo, look: Look, places: NDArray[np.float64], row: int) -> dict[str, Any]:
    at = np.flatnonzero(usable(info.values[row]))
    return {
        "type": "bar",
        "x": places[at].tolist(),
        "y": info.values[row, at].tolist(),
        "width": _GROUP / len(info.run_ids) * (0.86 if len(info.run_ids) > 1 else 0.5),
        "marker": {"color": [look.color(info.run_ids[i]) for i in at]},
        **_told(info, look, row, at),
        "meta": {"role": "bars", "metric": info.metrics[row]},
    }


def odd_marks(info: BarsInfo, look: Look, places: NDArray[np.float64], row: int) -> dict[str, Any] | None:
    """Triangles in place of bars that have no height: infinity at the top, the others at the axis."""
    at = np.flatnonzero(info.held[row] & ~usable(info.values[row]))
    if not len(at):
        return None
    top = info.values[row, at] > 0
    return {
        "type": "scatter",
        "mode": "markers",
        "x": places[at].tolist(),
        "y": np.where(top, 0.965, 0.035).tolist(),
        "yaxis": "y2",
        "marker": {
            "symbol": np.where(top, "triangle-up", "triangle-down").tolist(),
            "size": 9,
            "color": [look.color(info.run_ids[i]) for i in at],
            "line": {"width": 1, "color": theme.TOKENS[look.theme]["surface"]},
        },
        "cliponaxis": False,
        **_told(info, look, row, at),
        "meta": {"role": "mark", "metric": info.metrics[row]},
    }


def _told(info: BarsInfo, look: Look, row: int, at: NDArray[np.intp]) -> dict[str, Any]:
    metric = literal(info.metrics[row])
    texts = [f"<b>{literal(look.name(info.run_ids[i]))}</b><br>{metric} {number(info.values[row, i])}" for i in at]
    return {"hovertext": texts, "hovertemplate": "%{hovertext}<extra></extra>"}


def _notes(chart: Chart, info: BarsInfo) -> list[str]:
    notes = missing(chart.fields, info.metrics)
    for name, row in zip(info.metrics, info.held, strict=True):
        lacking = int((~row).sum())
        if lacking:
            notes.append(f"{name} is missing in {lacking} of {plural(len(row), 'run')}.")
    if len(info.run_ids) < info.runs:
        notes.append(f"{count(len(info.run_ids))} of {plural(info.runs, 'run')} shown: more bars would be hairlines.")
    return notes + odd_notes(info.values[info.held])


def odd_notes(values: NDArray[np.float64]) -> list[str]:
    """A sentence for each sort of value that has no place on an axis."""
    sorts = {"NaN": np.isnan(values), "∞": values == np.inf, "−∞": values == -np.inf}
    return [f"{word} in {plural(int(mask.sum()), 'place')}, marked." for word, mask in sorts.items() if mask.any()]
