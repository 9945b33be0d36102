"""Series: one line per run over the step, relative time or the wall clock."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlflow_ext_ui import theme
from mlflow_ext_ui.figures import axes
from mlflow_ext_ui.figures.frame import figure, nothing
from mlflow_ext_ui.figures.line_info import LineInfo, SeriesInfo, series_info, unit
from mlflow_ext_ui.figures.pack import listed, packed
from mlflow_ext_ui.figures.picture import Figure, Look, Picture
from mlflow_ext_ui.figures.single import is_single, single
from mlflow_ext_ui.source import Drawing
from mlflow_ext_ui.text import compact, count, duration, fit, literal, plural, shown

Trace = dict[str, Any]

_SIGNS = {"nan": "NaN", "up": "∞", "down": "−∞"}
_BOTTOM = 30  # room for the name of x below the ticks
_NEAR = 0.2
_GROWTH = 0.5
_FEW_TICKS = 5  # a log axis over less than this factor has hardly a tick at 1, 2 or 5


def series(drawing: Drawing, look: Look) -> Picture:
    """The picture of a step plot, or of values logged once."""
    if len(drawing.lines) > 1 and is_single(drawing):
        return single(drawing, look)
    info = series_info(drawing, look)
    if not info.lines:
        return nothing("No points yet. The line starts with the first one that arrives.")
    total, drawn = sum(line.total for line in info.lines), sum(line.shown for line in info.lines)
    runs = sum(len(line.totals or ()) for line in info.lines)
    caption = f"{plural(len(info.lines), 'group')} of {plural(runs, 'run')}" if runs else shown(drawn, total)
    return Picture(figure=series_figure(drawing, info, look), caption=caption, notes=_notes(drawing, info, look))


def series_figure(drawing: Drawing, info: SeriesInfo, look: Look) -> Figure:
    """The plotly figure of a step plot; the y2 axis, 0 to 1 over the card's height, carries marks at its edges."""
    traces = [trace for line in info.lines for trace in _band(line, look)]
    traces += [trace for line in info.lines for trace in _raw(line, look)]
    traces += [trace for line in info.lines for trace in _main(line, look)]
    traces += _best(info, look) + _marks(info, look)
    y_axis = _y_axis(info, look)
    layout: dict[str, Any] = {
        "hovermode": "x",
        "meta": {
            "step": True,
            "x": look.x,
            "unit": unit(drawing.lines, look),
            "index": info.index_name,
            "key": drawing.plot.key,
            **_grouped(info),
        },
        "xaxis": _x_axis(info, look),
        "yaxis": y_axis,
        "margin": {"l": axes.LEFT if "type" in y_axis else axes.left_margin(*(info.clip or info.span or (0.0, 1.0)))},
    }
    if info.lines:
        layout["annotations"] = [_x_name(info, look)]
        layout["margin"]["b"] = _BOTTOM
    if any(line.marks for line in info.lines):
        layout["yaxis2"] = {"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True}
    return figure(drawing, look, traces, layout)


def _x_name(info: SeriesInfo, look: Look) -> dict[str, Any]:
    """What x is, at the right end below its ticks."""
    name = {"wall": "UTC", "relative": "time since start"}.get(info.x_kind, info.index_name)
    place = {"xref": "paper", "yref": "paper", "x": 1, "y": 0, "xanchor": "right", "yanchor": "top", "yshift": -16}
    style = {"showarrow": False, "borderpad": 0, "font": {"size": 10, "color": theme.TOKENS[look.theme]["text-3"]}}
    return place | style | {"text": literal(fit(name, look.width / 2, 10))}


def _grouped(info: SeriesInfo) -> dict[str, Any]:
    return {"grouped": True} if any(line.totals for line in info.lines) else {}


def _band(line: LineInfo, look: Look) -> list[Trace]:
    """A group's spread: down its lower edge and back along the upper."""
    if line.band is None:
        return []
    x, low, high = line.band
    around, edge = np.concatenate([x, x[::-1]]), np.concatenate([low, high[::-1]])
    fill = theme.rgba(look.color(line.run_id), theme.INTERVAL_ALPHA)
    shape = {"fill": "toself", "fillcolor": fill, "line": {"width": 0}, "hoverinfo": "skip"}
    return [_line(line, look, "band", around, edge) | shape]


def _raw(line: LineInfo, look: Look) -> list[Trace]:
    if line.raw_x is None or line.raw_y is None:
        return []
    faint = theme.rgba(look.color(line.run_id), theme.RAW_ALPHA[look.theme])
    return [
        _line(line, look, "raw", line.raw_x, line.raw_y) | {"line": {"color": faint, "width": 1}, "hoverinfo": "skip"}
    ]


def _main(line: LineInfo, look: Look) -> list[Trace]:
    color = look.color(line.run_id)
    traces = [_line(line, look, "line", line.x, line.y) | {"line": {"color": color, "width": theme.LINE_WIDTH}}]
    if len(line.lone[0]):
        marker = {"size": 5, "color": color}
        traces.append(_points(line, look, "lone", line.lone[0], line.lone[1], marker))
    if line.end:
        halo = {"size": 7, "color": color, "line": {"width": 3, "color": theme.rgba(color, 0.3)}}
        traces.append(_points(line, look, "end", np.array(line.end[:1]), np.array(line.end[1:]), halo))
    return traces


def _line(line: LineInfo, look: Look, role: str, x: Any, y: Any) -> Trace:
    pack = listed if line.running else packed
    return {
        "type": "scatter",
        "mode": "lines",
        "x": pack(x),
        "y": pack(y),
        "hoverinfo": "none",
        "connectgaps": False,
        "meta": _meta(line, look, role),
    }


def _points(line: LineInfo, look: Look, role: str, x: Any, y: Any, marker: dict[str, Any]) -> Trace:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": listed(x),
        "y": listed(y),
        "marker": marker,
        "hoverinfo": "skip",
        "cliponaxis": False,
        "meta": _meta(line, look, role),
    }


def _meta(line: LineInfo, look: Look, role: str) -> dict[str, Any]:
    meta: dict[str, Any] = {"role": role, "run": line.run_id, "name": look.name(line.run_id)}
    if line.totals:
        meta["name"] = _group_name(line, look)
    if role == "line":
        meta |= {"totals": dict(line.totals)} if line.totals else {}
        meta |= {"total": line.total, "live": line.running, "color": look.color(line.run_id)}
        if line.average:
            meta["average"] = line.average._asdict()
    return meta


def _group_name(line: LineInfo, look: Look) -> str:
    """The value that its runs share, and how many they are."""
    value = look.groups.get(line.run_id)
    return f"{'no value' if value is None else value or 'empty'} · {plural(len(line.totals or ()), 'run')}"


def _best(info: SeriesInfo, look: Look) -> list[Trace]:
    if info.best is None:
        return []
    rim = {"width": 1.5, "color": theme.TOKENS[look.theme]["surface"]}
    star = {"symbol": "star", "size": 10, "color": look.color(info.best.run_id), "line": rim}
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": [info.best.x],
            "y": [info.best.y],
            "marker": star,
            "hoverinfo": "skip",
            "cliponaxis": False,
            "meta": {"role": "best", "run": info.best.run_id},
        }
    ]


def _marks(info: SeriesInfo, look: Look) -> list[Trace]:
    """Triangles where lines stop being finite: infinity at the top, the others at the axis; a text where it fits."""
    low, high = _span(info, look)
    room = _NEAR * (high - low or 1.0)
    texts: list[tuple[float, bool]] = []
    traces = []
    for line in info.lines:
        marks = [mark for mark in line.marks if low <= mark.x <= high]
        labels = []
        for mark in marks:
            top = mark.sign == "up"
            left = mark.x - room if mark.x > (low + high) / 2 else mark.x  # where its text begins
            near = any(top == other and abs(left - begun) < room for begun, other in texts)
            labels.append("" if near else f"{_SIGNS[mark.sign]} at {step_text(mark.x, info)}")
            texts += [] if near else [(left, top)]
        if marks:
            traces.append(_mark_trace(line, look, marks, labels, (low + high) / 2))
    return traces


def _mark_trace(line: LineInfo, look: Look, marks: list[Any], labels: list[str], middle: float) -> Trace:
    token = theme.TOKENS[look.theme]
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": [mark.x for mark in marks],
        "y": [0.965 if mark.sign == "up" else 0.035 for mark in marks],
        "yaxis": "y2",
        "text": [literal(label) for label in labels],
        "textposition": ["middle left" if mark.x > middle else "middle right" for mark in marks],
        "textfont": {"size": 11, "color": token["warn"], "family": theme.FONT},
        "marker": {
            "symbol": ["triangle-up" if mark.sign == "up" else "triangle-down" for mark in marks],
            "size": 9,
            "color": look.color(line.run_id),
            "line": {"width": 1, "color": token["surface"]},
        },
        "hoverinfo": "skip",
        "cliponaxis": False,
        "meta": {"role": "mark", "run": line.run_id},
    }


def _span(info: SeriesInfo, look: Look) -> tuple[float, float]:
    if look.x_range is not None:
        return look.x_range
    ends = [np.array([mark.x for mark in line.marks]) for line in info.lines]
    return axes.finite_range(*[line.x for line in info.lines], *ends) or (0.0, 1.0)


def _x_axis(info: SeriesInfo, look: Look) -> axes.Axis:
    low, high = _span(info, look)
    beyond = _GROWTH if any(line.running for line in info.lines) else 0.0
    # What was zoomed by hand yields to what the address says, also when that is the whole again.
    axis: axes.Axis = {"uirevision": f"{look.x}|{look.x_range}"}
    axis |= {"range": list(look.x_range), "autorange": False} if look.x_range else {"autorange": True}
    if info.x_kind in ("wall", "time"):
        return axis | axes.moments(low, high, beyond)
    if info.x_kind == "relative":
        return axis | axes.elapsed(low, high, beyond)
    if info.x_kind == "text":
        # A part of the axis that somebody wrote by hand may lie beside all of its texts.
        first, last = (int(np.clip(end, 0, len(info.x_text) - 1)) for end in (np.ceil(low), high))
        chosen = np.unique(np.linspace(first, last, max(1, min(4, last - first + 1))).astype(int)).tolist()
        return axis | axes.named(chosen, [literal(info.x_text[i]) for i in chosen])
    if look.log_x:
        above = np.concatenate([line.x[line.x > 0] for line in info.lines])
        if above.size:
            least, most = (max(low, float(above.min())), max(high, float(above.min())))
            log_range = {"range": [np.log10(least), np.log10(most)]} if look.x_range else {}
            return axes.logarithmic(least, most) | log_range
    whole = all(bool(np.array_equal(line.x, np.rint(line.x))) for line in info.lines)
    if whole and high - low <= 5:
        axis |= {"dtick": 1, "tick0": 0}
    return axis | axes.linear(low, high)


def _y_axis(info: SeriesInfo, look: Look) -> axes.Axis:
    # Dragging zooms x alone: what y shows follows from it, or is chosen in the card's menu.
    fixed: axes.Axis = {"fixedrange": True, "autorange": True}
    held: axes.Axis = {"autorange": False}
    if look.log_y and info.positive is not None:
        if info.clip is None:
            least, most = info.positive, max((info.span or (0.0, 0.0))[1], info.positive)
            ticks, ends = axes.logarithmic(least, most), axes.log_padded(least, most) if look.x_range else None
        else:
            near = info.clip[1] / info.clip[0] < _FEW_TICKS
            ticks, ends = {"type": "log", "nticks": 5} if near else axes.logarithmic(*info.clip), info.clip
        return fixed | ticks | (held | {"range": [float(np.log10(end)) for end in ends]} if ends else {})
    if info.span is None:
        return fixed | held | {"range": [0, 1], "showticklabels": False}
    axis = fixed | axes.linear(*(info.clip or info.span))
    if info.clip:
        return axis | held | {"range": list(info.clip)}
    if look.x_range or info.span[0] == info.span[1]:
        return axis | held | {"range": axes.padded(*info.span)}
    return axis


def step_text(x: float, info: SeriesInfo) -> str:
    """An index value, or a time, as a short text."""
    if info.x_kind in ("wall", "time"):
        return axes.clock(x)
    if info.x_kind == "relative":
        return duration(x)
    if info.x_kind == "text" and 0 <= x < len(info.x_text):
        return info.x_text[int(x)]
    return compact(x) if abs(x) >= 10_000 else count(int(x)) if float(x).is_integer() else compact(x)


def _notes(drawing: Drawing, info: SeriesInfo, look: Look) -> tuple[str, ...]:
    notes = []
    if info.clip and look.y_range and info.outside:
        notes.append(f"{plural(info.outside, 'drawn point')} beyond the y range of this card.")
    elif info.clip and not look.y_range:
        notes.append(
            f"{plural(info.outside, 'drawn point')} beyond the range shown; turn off Clip outliers to see all."
        )
    if look.log_y and info.positive is None:
        notes.append("No value is above 0, so the axis stays linear.")
    elif info.hidden:
        notes.append(f"{plural(info.hidden, 'point')} at or below 0, which a log axis can't show.")
    if look.log_y and info.positive is not None and any(end is not None and end <= 0 for end in look.y_range or ()):
        notes.append("A log axis has no 0 and below: the values decide that end of the y range.")
    if look.log_x and info.x_kind == "step" and any(bool((line.x <= 0).any()) for line in info.lines):
        notes.append(f"A log axis can't show {info.index_name} 0 and below.")
    for sign, word in _SIGNS.items():
        runs = sum(any(mark.sign == sign for mark in line.marks) for line in info.lines)
        if runs:
            notes.append(f"{word} in {plural(runs, 'run')}, marked where it happened.")
    if info.x_kind in ("wall", "time"):
        notes.append("Times are in UTC.")
    notes += [line.stale for line in drawing.lines if line.stale]
    return tuple(dict.fromkeys(notes))
