"""Two or more curves: over each other, and each minus the reference, with the areas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from mlflow_ext.primitives import Curve, CurveMetric, drawn
from mlflow_ext_ui import theme
from mlflow_ext_ui.comparison import caption
from mlflow_ext_ui.comparison.area import Gap, Path, area, at, common, gap, path
from mlflow_ext_ui.comparison.fact import beside, facts
from mlflow_ext_ui.comparison.pair import columns, pair, zero
from mlflow_ext_ui.figures import axes
from mlflow_ext_ui.figures.curve import CurveInfo, curve_info, curve_range, curve_traces
from mlflow_ext_ui.figures.frame import above_axis, figure, nothing, step_suffix, title
from mlflow_ext_ui.figures.pack import packed
from mlflow_ext_ui.figures.panels import Panel, on
from mlflow_ext_ui.figures.picture import Fact, Facts, Look, Picture
from mlflow_ext_ui.source import Drawing
from mlflow_ext_ui.state import Choice
from mlflow_ext_ui.text import MISSING, fit, literal, number, plural, signed
from mlflow_ext_ui.thinning import line as thinned


class CurveChange(NamedTuple):
    """Curves of finite points, the reference first.

    ``span``: the part of x that all cover, None when there is none. ``areas``: under each over ``span``.
    ``gaps``: each other minus the reference over the x that these two share.
    """

    runs: tuple[str, ...]
    paths: tuple[Path, ...]
    metrics: tuple[CurveMetric | None, ...]
    span: tuple[float, float] | None
    areas: tuple[float, ...]
    gaps: tuple[Gap, ...]


def curve(drawing: Drawing, look: Look, choice: Choice) -> Picture:
    """The picture of curves against the first."""
    change = curve_change(drawing)
    if isinstance(change, str):
        return nothing(change)
    found = _facts(change, look)
    over = columns(look, found)
    own = beside(look, found, over)
    info = curve_info(replace(drawing, versions=tuple(v for v in drawing.versions if v.run_id in change.runs)), own)
    if info is None:
        return nothing("No point of any curve is finite.")
    notes = []
    if change.span is None:
        notes.append("The curves share no part of x, so there are no areas to compare.")
    elif any(one.x[0] < change.span[0] or one.x[-1] > change.span[1] for one in change.paths):
        notes.append(f"Areas are those from {number(change.span[0])} to {number(change.span[1])}, which all cover.")
    left = len(drawing.versions) - len(change.runs)
    if left:
        notes.append(f"{plural(left, 'curve')} without a finite point {'is' if left == 1 else 'are'} left out.")
    return Picture(
        _figure(drawing, info, change, own, over),
        caption=plural(len(change.runs), "curve") + step_suffix(drawing.versions),
        columns=over,
        notes=tuple(notes),
        facts=found,
    )


def curve_change(drawing: Drawing) -> CurveChange | str:
    """The curves' areas and differences; a sentence when there is nothing to compare."""
    held = [(one.run_id, one.primitive) for one in drawing.versions if isinstance(one.primitive, Curve)]
    paths = {run: path(drawn(one.x), drawn(one.y)) for run, one in held}
    kept = [(run, one) for run, one in held if len(paths[run].x)]
    if len(kept) < 2 or kept[0][0] != held[0][0]:
        return "The reference, or each of the others, has no finite point."
    runs = tuple(run for run, _ in kept)
    lines = tuple(paths[run] for run in runs)
    span = common(*lines)
    areas = tuple(area(one, *span) if span else float("nan") for one in lines)
    gaps = tuple(gap(one, lines[0]) for one in lines[1:])
    return CurveChange(runs, lines, tuple(one.metric for _, one in kept), span, areas, gaps)


def rows(drawing: Drawing, look: Look, choice: Choice) -> Iterator[tuple[Any, ...]]:
    """One row per x of the reference or the other, and other run."""
    yield ("run", "reference run", "x", "value", "reference value", "difference")
    change = curve_change(drawing)
    if isinstance(change, str):
        return
    first = change.paths[0]
    for run, one in zip(change.runs[1:], change.paths[1:], strict=True):
        x = np.union1d(first.x, one.x)
        own, reference = at(one, x), at(first, x)
        for cells in zip(x.tolist(), own.tolist(), reference.tolist(), (own - reference).tolist(), strict=True):
            yield (look.name(run), look.name(change.runs[0]), *cells)


def _facts(change: CurveChange, look: Look) -> Facts:
    metrics = [metric for metric in change.metrics if metric]
    shared = len({metric.name for metric in metrics}) == 1
    headings = ["Run", *([metrics[0].name if shared else "metric"] if metrics else []), "area", "change"]
    body = []
    for i, (run, metric) in enumerate(zip(change.runs, change.metrics, strict=True)):
        value = [(number(float(metric.value)) if metric else MISSING)] if metrics else []
        apart = MISSING if i == 0 or change.span is None else signed(change.areas[i] - change.areas[0])
        area_text = number(change.areas[i]) if change.span else MISSING
        body.append(Fact(look.name(run), look.color(run), (*value, area_text, apart)))
    return facts(headings, body)


def _figure(drawing: Drawing, info: CurveInfo, change: CurveChange, look: Look, over: int) -> dict[str, Any]:
    spans = [one.y for one in change.gaps if len(one.y)]
    low, high = axes.finite_range(*spans) or (0.0, 0.0)
    low, high = min(low, 0.0), max(high, 0.0)
    grid, first, second = pair(look, info.y, (low, high), bottom=36 if info.x_label else 26, over=over)
    x = {"range": curve_range(info.x), "nticks": 6} | axes.linear(*info.x) | title(fit(info.x_label, grid.width))
    traces = curve_traces(info, look)
    traces += [_difference(second, change, i, look) for i in range(len(change.gaps)) if len(change.gaps[i].x)]
    only = len(change.runs) == 2
    text = signed(change.areas[1] - change.areas[0]) if only and change.span else ""
    run = change.runs[1] if only else None
    layout = {
        "margin": grid.margin,
        "xaxis": {"domain": list(first.x), "anchor": "y"} | x,
        "yaxis": {"domain": list(first.y), "anchor": "x", "range": curve_range(info.y), "nticks": 5}
        | axes.linear(*info.y),
        "xaxis2": {"domain": list(second.x), "anchor": "y2"} | x,
        "yaxis2": {"domain": list(second.y), "anchor": "x2"} | zero(low, high, look),
        "annotations": [
            *above_axis(fit(info.y_label, grid.width), look, grid.margin["l"]),
            caption.apart(second, look, run, change.runs[0], grid.width, f"area {text}" if text else ""),
        ],
        "hovermode": "closest",
    }
    return figure(drawing, look, traces, layout)


def _difference(panel: Panel, change: CurveChange, i: int, look: Look) -> dict[str, Any]:
    run, line = change.runs[i + 1], change.gaps[i]
    keep = thinned(line.x, line.y, look.max_points)
    color = look.color(run)
    trace = {
        "type": "scatter",
        "mode": "lines" if len(line.x) > 1 else "markers",
        "x": packed(line.x[keep]),
        "y": packed(line.y[keep]),
        "line": {"color": color, "width": theme.LINE_WIDTH},
        "marker": {"size": 5, "color": color},
        "hovertemplate": f"<b>{literal(look.name(run))}</b> minus the reference"
        "<br>%{x:.4~g}: %{y:+.4~g}<extra></extra>",
        "meta": {"role": "difference", "run": run},
    }
    if len(change.gaps) == 1:
        trace |= {"fill": "tozeroy", "fillcolor": theme.rgba(color, theme.INTERVAL_ALPHA)}
    return trace | on(panel)
