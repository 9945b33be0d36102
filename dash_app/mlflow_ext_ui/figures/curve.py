"""Curve: all runs over each other, with the baseline, and the metrics of the best in a row above."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.primitives import Curve, CurveMetric, drawn
from mlflow_ext_ui import theme
from mlflow_ext_ui.figures import axes
from mlflow_ext_ui.figures.direction import better
from mlflow_ext_ui.figures.frame import above_axis, figure, nothing, step_suffix, title, usable
from mlflow_ext_ui.figures.pack import packed
from mlflow_ext_ui.figures.picture import Look, Picture
from mlflow_ext_ui.source import Drawing, Version
from mlflow_ext_ui.text import fit, literal, number, plural, shown, width
from mlflow_ext_ui.thinning import line as thinned

FloatArray = NDArray[np.float64]

_MARKERS = 30
_BAND = 18
_DOT = 24  # pixels of a dot and the space around it


class CurveLine(NamedTuple):
    """One run's curve as drawn: ``x``, ``y`` shape (k,), NaN where it breaks; ``odd`` are not finite."""

    run_id: str
    x: FloatArray
    y: FloatArray
    metric: CurveMetric | None
    total: int
    odd: int


class CurveInfo(NamedTuple):
    """All curves, the ranges of x and y, the baseline's two ends if there is one, and the axis labels."""

    lines: tuple[CurveLine, ...]
    x: tuple[float, float]
    y: tuple[float, float]
    baseline: tuple[tuple[float, float], tuple[float, float]] | None
    x_label: str
    y_label: str


def curve(drawing: Drawing, look: Look) -> Picture:
    """The picture of one curve per run."""
    info = curve_info(drawing, look)
    if info is None:
        return nothing("No points yet." if not drawing.versions else "No point of any curve is finite.")
    total, kept = sum(line.total for line in info.lines), sum(len(line.x) for line in info.lines)
    odd = sum(line.odd for line in info.lines)
    thinner = kept < total - odd
    captions = shown(kept, total) if thinner else plural(len(info.lines), "curve")
    notes = (f"{plural(odd, 'point')} {'is' if odd == 1 else 'are'} not finite; the line breaks there.",) if odd else ()
    return Picture(_figure(drawing, info, look), caption=captions + step_suffix(drawing.versions), notes=notes)


def curve_info(drawing: Drawing, look: Look) -> CurveInfo | None:
    """The curves as numbers, None when nothing finite is there."""
    pairs = [(version, version.primitive) for version in drawing.versions if isinstance(version.primitive, Curve)]
    lines = tuple(
        line for line in (_line(version, curve, look) for version, curve in pairs) if np.isfinite(line.x).any()
    )
    x, y = axes.finite_range(*(line.x for line in lines)), axes.finite_range(*(line.y for line in lines))
    if x is None or y is None:
        return None
    baselines = [(version, curve) for version, curve in pairs if curve.baseline]
    return CurveInfo(
        lines=lines,
        x=x,
        y=y,
        baseline=_baseline(*baselines[0], x, y) if baselines else None,
        x_label=next((curve.x_label for _, curve in pairs if curve.x_label), ""),
        y_label=next((curve.y_label for _, curve in pairs if curve.y_label), ""),
    )


def _line(version: Version, curve: Curve, look: Look) -> CurveLine:
    x, y = drawn(curve.x), drawn(curve.y)
    known = usable(x) & usable(y)
    at = np.flatnonzero(known)
    order = np.arange(len(at), dtype=np.float64)
    ascending = bool((np.diff(x[at]) >= 0).all())
    keep = at[thinned(x[at] if ascending else order, y[at], look.max_points)]
    gaps = np.flatnonzero(~known & np.append(True, known[:-1]))[:200]
    positions = np.sort(np.concatenate([keep, gaps])) if len(gaps) and len(at) else keep
    xs, ys = np.where(known, x, np.nan)[positions], np.where(known, y, np.nan)[positions]
    return CurveLine(version.run_id, xs, ys, curve.metric, len(x), len(x) - len(at))


def _baseline(
    version: Version, curve: Curve, x: tuple[float, float], y: tuple[float, float]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The baseline's ends: x and y of both.

    "diagonal" is y = x. "horizontal" and "vertical" stand at ``metadata["baseline_value"]``; without it a horizontal
    one at 0 where y has both signs, else at the curve's value for its greatest x (the chance level of a
    precision-recall curve), a vertical one at 0 where x has both signs, else in the middle.
    """
    given = (version.metadata or curve.metadata or {}).get("baseline_value")
    level = float(given) if isinstance(given, (int, float)) and np.isfinite(given) else None
    if curve.baseline == "diagonal":
        low, high = max(x[0], min(y[0], x[0])), min(x[1], max(y[1], x[1]))
        low, high = (0.0, 1.0) if low >= 0 and high <= 1 else (low, high)
        return (low, high), (low, high)
    if curve.baseline == "horizontal":
        if level is None:
            xs, ys = drawn(curve.x), drawn(curve.y)
            known = usable(xs) & usable(ys)
            last = float(ys[known][np.argmax(xs[known])]) if known.any() else 0.0
            level = 0.0 if y[0] < 0 < y[1] else last
        return x, (level, level)
    if level is None:
        level = 0.0 if x[0] < 0 < x[1] else (x[0] + x[1]) / 2
    return (level, level), y


def _figure(drawing: Drawing, info: CurveInfo, look: Look) -> dict[str, Any]:
    traces = curve_traces(info, look)
    x, y, left = curve_range(info.x), curve_range(info.y), axes.left_margin(*info.y)
    label = fit(info.y_label, look.width * 0.45)
    values = _values(info, look, look.pixels(1) - width(label) - 40)
    layout = {
        "margin": {"l": left, "b": 36 if info.x_label else 26, "t": _BAND if info.y_label or values else 4},
        "xaxis": {"range": x, "nticks": 7} | axes.linear(*info.x) | title(fit(info.x_label, look.width - 60)),
        "yaxis": {"range": y, "nticks": 6} | axes.linear(*info.y),
        "annotations": values + above_axis(label, look, left),
        "hovermode": "closest",
    }
    return figure(drawing, look, traces, layout)


def curve_traces(info: CurveInfo, look: Look) -> list[dict[str, Any]]:
    """The baseline, if there is one, and the curves."""
    traces: list[dict[str, Any]] = []
    if info.baseline:
        line = {"color": theme.TOKENS[look.theme]["line-2"], "width": 1, "dash": "dot"}
        ends = {"x": list(info.baseline[0]), "y": list(info.baseline[1])}
        traces.append({"type": "scatter", "mode": "lines", **ends, "line": line, "hoverinfo": "skip"})
    return traces + [_trace(line, look) for line in info.lines]


def curve_range(span: tuple[float, float]) -> list[float]:
    """The range of an axis; a little more than 0 to 1 where the values lie there."""
    if span[0] >= 0 and span[1] <= 1 and span[1] - span[0] > 0.5:
        return [-0.01, 1.02]
    return axes.padded(*span, 0.03)


def _trace(line: CurveLine, look: Look) -> dict[str, Any]:
    color = look.color(line.run_id)
    metric = f"<br>{literal(line.metric.name)} {number(float(line.metric.value))}" if line.metric else ""
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(line.x) <= _MARKERS else "lines",
        "x": packed(line.x),
        "y": packed(line.y),
        "line": {"color": color, "width": theme.LINE_WIDTH},
        "marker": {"size": 5, "color": color},
        "connectgaps": False,
        "hovertemplate": f"<b>{literal(look.name(line.run_id))}</b>{metric}<br>%{{x:.4~g}}, %{{y:.4~g}}<extra></extra>",
        "meta": {"role": "line", "run": line.run_id, "name": look.name(line.run_id), "total": line.total},
    }


def _values(info: CurveInfo, look: Look, room: float) -> list[dict[str, Any]]:
    """The metrics above the plot, where no line runs: the best that fit into ``room`` pixels, all in its tip."""
    measured = [(line, line.metric) for line in info.lines if line.metric]
    if not measured:
        return []
    sign = 1.0 if better(measured[0][1].name) == "lower" else -1.0
    values = {line.run_id: float(metric.value) for line, metric in measured}
    measured.sort(key=lambda pair: (np.isnan(values[pair[0].run_id]), sign * values[pair[0].run_id]))
    soft = theme.TOKENS[look.theme]["text-3"]
    names = {metric.name for _, metric in measured}
    shared = fit(names.pop(), room / 3) if len(names) == 1 else ""
    texts = [
        number(values[line.run_id]) if shared else f"{fit(metric.name, 90)} {number(values[line.run_id])}"
        for line, metric in measured
    ]
    fits = _fitting([width(text) + _DOT for text in texts], room - width(shared))
    parts = [f'<span style="color:{soft}">{literal(shared)}</span>'] if shared else []
    parts += [
        f'<span style="color:{look.color(line.run_id)}">●</span> {literal(text)}'
        for (line, _), text in zip(measured[:fits], texts, strict=False)
    ]
    if fits < len(texts):
        parts.append(f'<span style="color:{soft}">{len(texts) - fits} more</span>')
    tip = [
        f"{literal(look.name(line.run_id))}: {literal(metric.name)} {number(values[line.run_id])}"
        for line, metric in measured
    ]
    place = {"xref": "paper", "yref": "paper", "x": 1, "y": 1, "xanchor": "right", "yanchor": "bottom"}
    style = {"showarrow": False, "font": {"size": 11, "color": theme.TOKENS[look.theme]["text-2"]}}
    return [place | style | {"text": "  ".join(parts), "hovertext": "<br>".join(tip)}]


def _fitting(widths: list[float], room: float) -> int:
    """How many of these stand in a row, with a word on the others where not all do; one at least."""
    if sum(widths) <= room:
        return len(widths)
    sums = np.cumsum(widths)
    return max(1, int(np.searchsorted(sums, room - width("99 more") - _DOT / 2, side="right")))
