"""A dot per run: one metric against another, or against a param."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext_ui import theme
from mlflow_ext_ui.charts.bar import plot_of
from mlflow_ext_ui.charts.data import Values, numbers
from mlflow_ext_ui.charts.spec import Chart
from mlflow_ext_ui.column import Column
from mlflow_ext_ui.figures import Look, Picture, axes
from mlflow_ext_ui.figures.frame import above_axis, figure, nothing, usable
from mlflow_ext_ui.figures.y_range import framed
from mlflow_ext_ui.source import Value
from mlflow_ext_ui.text import fit, literal, number, plural, shorten

MOST_NAMES = 30
_LOG_FROM = 50  # greatest over least value of a param from which its axis is logarithmic
_BOTTOM = 30


class Axis(NamedTuple):
    """One of the two axes: where the runs stand on it, shape (runs,); ``names`` of the places where these are texts."""

    column: Column
    places: NDArray[np.float64]
    names: tuple[str, ...]
    log: bool


class DotsInfo(NamedTuple):
    """``run_ids`` are those that have both values; ``lacking``: runs without x, without y."""

    run_ids: tuple[str, ...]
    x: Axis
    y: Axis
    texts: tuple[tuple[str, str], ...]
    lacking: tuple[int, int]


def dots_info(chart: Chart, found: Values) -> DotsInfo:
    """Where each run stands."""
    pairs = list(zip(found.run_ids, found.rows, strict=True))
    both = [(run, row) for run, row in pairs if row[0] is not None and row[1] is not None]
    columns = [tuple(row[i] for _, row in both) for i in (0, 1)]
    first, second = (_axis(column, held) for column, held in zip(chart.columns, columns, strict=True))
    return DotsInfo(
        run_ids=tuple(run for run, _ in both),
        x=first,
        y=second,
        texts=tuple((_text(row[0]), _text(row[1])) for _, row in both),
        lacking=(sum(row[0] is None for _, row in pairs), sum(row[1] is None for _, row in pairs)),
    )


def scatter(chart: Chart, found: Values, look: Look) -> Picture:
    """The picture of a scatter chart."""
    info = dots_info(chart, found)
    if not info.run_ids:
        lacking = zip((info.x, info.y), info.lacking, strict=True)
        why = [f"No run on screen has {axis.column.key}." for axis, n in lacking if n == len(found.run_ids)]
        return nothing(" ".join(why) or f"No run on screen has both {info.x.column.key} and {info.y.column.key}.")
    known = usable(info.x.places) & usable(info.y.places)
    if not known.any():
        return nothing("No run has two finite values.")
    caption = plural(len(info.run_ids), "run")
    return Picture(dots_figure(chart, info, look), caption=caption, notes=tuple(_notes(info, known)))


def dots_figure(chart: Chart, info: DotsInfo, look: Look) -> dict[str, Any]:
    """The plotly figure; runs whose y is not finite stand as triangles at the edge."""
    known = usable(info.x.places) & usable(info.y.places)
    odd = usable(info.x.places) & ~usable(info.y.places)
    y_axis = _drawn(info.y, look.height / 2) | {"fixedrange": True}
    values = info.y.places[known]
    if not info.y.names:
        y_axis = framed(y_axis, look.y_range, values)
    names = [shorten(name, 14) for name in info.y.names]
    left = (
        min(120, 12 + max(len(name) for name in names) * 7) if names else axes.left_margin(values.min(), values.max())
    )
    x_axis = _drawn(info.x, look.width - left) | {"fixedrange": True}
    layout: dict[str, Any] = {
        "meta": {"own": "scatter"},
        "margin": {"l": left, "t": 20, "b": _BOTTOM},
        "hovermode": "closest",
        "xaxis": x_axis,
        "yaxis": y_axis,
        "annotations": [_x_name(chart, info, look), *above_axis(_label(chart, info.y), look, left)],
    }
    traces = [_dots(info, look, np.flatnonzero(known))]
    if odd.any():
        traces.append(_edge(info, look, np.flatnonzero(odd)))
        layout["yaxis2"] = {"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True}
    return figure(plot_of(chart, info.run_ids), look, traces, layout)


def _axis(column: Column, held: tuple[Value, ...]) -> Axis:
    found = numbers(held)
    if found is not None:
        places = np.array([math.nan if one is None else one for one in found], dtype=np.float64)
        known = places[usable(places)]
        wide = bool(known.size) and known.min() > 0 and known.max() / known.min() >= _LOG_FROM
        return Axis(column, places, (), wide and column.kind == "params")
    names = sorted({str(one) for one in held})
    place = {name: float(i) for i, name in enumerate(names)}
    return Axis(column, np.array([place[str(one)] for one in held]), tuple(names), False)


def _drawn(axis: Axis, room: float) -> axes.Axis:
    if axis.names:
        stride = max(1, math.ceil(len(axis.names) / MOST_NAMES), math.ceil(len(axis.names) * 24 / max(room, 24)))
        each = room / max(1, math.ceil(len(axis.names) / stride)) - 8
        at = list(range(0, len(axis.names), stride))
        named = axes.named([float(i) for i in at], [literal(fit(axis.names[i], max(each, 30))) for i in at])
        return named | {"range": [-0.5, len(axis.names) - 0.5]}
    known = axis.places[usable(axis.places)]
    low, high = float(known.min()), float(known.max())
    if axis.log:
        ends = axes.log_padded(low, high)
        return axes.logarithmic(low, high) | {"range": [math.log10(end) for end in ends]}
    return {"range": axes.padded(low, high, 0.07), "nticks": 5} | axes.linear(low, high)


def _dots(info: DotsInfo, look: Look, at: NDArray[np.intp]) -> dict[str, Any]:
    marker = {
        "size": 9 if len(at) <= 100 else 6,
        "color": [look.color(info.run_ids[i]) for i in at],
        "opacity": 0.9 if len(at) <= 100 else 0.7,
        "line": {"width": 1.25 if len(at) <= 100 else 0.5, "color": theme.TOKENS[look.theme]["surface"]},
    }
    return _points(info, look, at, info.y.places[at].tolist(), marker) | {"meta": {"role": "values"}}


def _edge(info: DotsInfo, look: Look, at: NDArray[np.intp]) -> dict[str, Any]:
    top = info.y.places[at] > 0
    marker = {
        "symbol": np.where(top, "triangle-up", "triangle-down").tolist(),
        "size": 9,
        "color": [look.color(info.run_ids[i]) for i in at],
        "line": {"width": 1, "color": theme.TOKENS[look.theme]["surface"]},
    }
    made = _points(info, look, at, np.where(top, 0.965, 0.035).tolist(), marker)
    return made | {"yaxis": "y2", "meta": {"role": "mark"}}


def _points(info: DotsInfo, look: Look, at: NDArray[np.intp], y: list[float], marker: dict[str, Any]) -> dict[str, Any]:
    labels = literal(info.x.column.key), literal(info.y.column.key)
    texts = [
        f"<b>{literal(look.name(info.run_ids[i]))}</b><br>"
        f"{labels[0]} {literal(info.texts[i][0])}<br>{labels[1]} {literal(info.texts[i][1])}"
        for i in at
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": info.x.places[at].tolist(),
        "y": y,
        "marker": marker,
        "cliponaxis": False,
        "hovertext": texts,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _label(chart: Chart, axis: Axis) -> str:
    extreme = axis.column.kind == "metrics" and chart.statistic != "last"
    return f"{chart.statistic} of {axis.column.key}" if extreme else axis.column.key


def _x_name(chart: Chart, info: DotsInfo, look: Look) -> dict[str, Any]:
    place = {"xref": "paper", "yref": "paper", "x": 1, "y": 0, "xanchor": "right", "yanchor": "top", "yshift": -16}
    style = {"showarrow": False, "borderpad": 0, "font": {"size": 10, "color": theme.TOKENS[look.theme]["text-3"]}}
    return place | style | {"text": literal(fit(_label(chart, info.x), look.width / 2, 10))}


def _text(value: Value) -> str:
    return number(value) if isinstance(value, float) else str(value)


def _notes(info: DotsInfo, known: NDArray[np.bool_]) -> list[str]:
    notes = []
    total = len(info.run_ids)
    for axis, lacking in zip((info.x, info.y), info.lacking, strict=True):
        if lacking:
            notes.append(f"{plural(lacking, 'run')} without {axis.column.key} not drawn.")
        if axis.log:
            notes.append(f"{axis.column.key} stands on a log axis.")
    edge = int((usable(info.x.places) & ~usable(info.y.places)).sum())
    if edge:
        notes.append(f"{info.y.column.key} is not finite in {plural(edge, 'run')}, marked at the edge.")
    left = total - int(known.sum()) - edge
    if left:
        notes.append(f"{info.x.column.key} is not finite in {plural(left, 'run')}, not drawn.")
    return notes
