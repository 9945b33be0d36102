"""Distribution: a histogram per run on shared bins, or a violin per group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.primitives import Distribution, drawn
from mlflow_ext_ui import theme
from mlflow_ext_ui.figures import axes
from mlflow_ext_ui.figures.frame import figure, nothing, step_suffix, usable
from mlflow_ext_ui.figures.panels import MOST, Panel, axes_of, caption, left_out, on, panels
from mlflow_ext_ui.figures.picture import Figure, Frame, Look, Picture
from mlflow_ext_ui.figures.violin import violins
from mlflow_ext_ui.source import Drawing, Moment
from mlflow_ext_ui.text import number, plural

FloatArray = NDArray[np.float64]

_FEWEST_BINS, _MOST_BINS = 8, 80
_BESIDE = 3
_PER_ROW = 6


class Histogram(NamedTuple):
    """One run's counts, shape (bins,); ``odd``: how many values are NaN, missing or infinite."""

    run_id: str
    counts: NDArray[np.int64]
    total: int
    odd: int


class HistogramInfo(NamedTuple):
    """Histograms of all runs on shared ``edges``, shape (bins + 1,); ``beyond``: values outside them."""

    edges: FloatArray
    histograms: tuple[Histogram, ...]
    beyond: int


def distribution(drawing: Drawing, look: Look) -> Picture:
    """The picture of a distribution."""
    values = {
        version.run_id: (drawn(version.primitive.values), version.primitive.groups)
        for version in drawing.versions[:MOST]
        if isinstance(version.primitive, Distribution)
    }
    known = {run: column for run, (column, _) in values.items() if usable(column).any()}
    odd = sum(int((~usable(column)).sum()) for column, _ in values.values())
    if not known:
        return nothing(f"No finite value: {plural(odd, 'value')} are NaN or infinite." if odd else "No values yet.")
    notes = left_out(len(drawing.versions))
    if odd:
        notes += (f"{plural(odd, 'value')} {'is' if odd == 1 else 'are'} NaN or infinite and not drawn.",)
    total = plural(sum(len(column) for column, _ in values.values()), "value") + step_suffix(drawing.versions)
    groups = {run: groups for run, (_, groups) in values.items() if groups is not None and run in known}
    if groups:
        return violins(drawing, look, known, groups, total, notes)
    info = histogram_info(known, look.frame.edges if look.frame else ())
    if info.beyond:
        ends = f"{number(info.edges[0])} to {number(info.edges[-1])}"
        notes += (f"{plural(info.beyond, 'value')} outside {ends} {'is' if info.beyond == 1 else 'are'} not drawn.",)
    return _picture(drawing, info, look, total, notes)


def binning(moments: Sequence[Moment]) -> Frame:
    """The bins that a plot keeps at all of these moments, and whether its heights are shares."""
    drawings = [
        [version.primitive for version in moment.drawing.versions[:MOST] if isinstance(version.primitive, Distribution)]
        for moment in moments
    ]
    columns = [drawn(one.values) for found in drawings for one in found if one.groups is None]
    finite = [column[usable(column)] for column in columns]
    finite = [column for column in finite if column.size]
    shares = any(len({len(drawn(one.values)) for one in found}) > 1 for found in drawings)
    edges = tuple(bin_edges(finite).tolist()) if finite else ()
    return Frame(edges=edges, shares=shares)


def histogram_info(values: dict[str, FloatArray], edges: Sequence[float] = ()) -> HistogramInfo:
    """Counts of each run on shared bins (Freedman and Diaconis, 1981, within 8 to 80 bins).

    Args:
        values: shape (n,) by run id, at least one finite value among each.
        edges: bins to use, those that the values ask for when empty.
    """
    finite = {run: column[usable(column)] for run, column in values.items()}
    shared = np.array(edges, dtype=np.float64) if edges else bin_edges(list(finite.values()))
    counted = [
        Histogram(
            run, np.histogram(column, shared)[0].astype(np.int64), len(values[run]), len(values[run]) - len(column)
        )
        for run, column in finite.items()
    ]
    inside = sum(int(histogram.counts.sum()) for histogram in counted)
    return HistogramInfo(shared, tuple(counted), sum(len(column) for column in finite.values()) - inside)


def bin_edges(columns: list[FloatArray]) -> FloatArray:
    """Shared bin edges of finite columns: one bin per whole number where these are few, else equally wide ones."""
    pooled = np.concatenate(columns)
    low, high = float(pooled.min()), float(pooled.max())
    if low == high:
        room = abs(low) * 0.05 or 0.5
        return np.array([low - room, low + room])
    if high - low < _MOST_BINS and bool(np.array_equal(pooled, np.rint(pooled))):
        return np.arange(low - 0.5, high + 1.0)
    per_run = max(len(column) for column in columns)
    first, third = np.percentile(pooled, [25, 75])
    step = 2.0 * float(third - first) / per_run ** (1 / 3)
    wanted = (high - low) / step if step > 0 else np.sqrt(per_run)
    if wanted > 10 * _MOST_BINS:
        inner_low, inner_high = (float(edge) for edge in np.percentile(pooled, [0.5, 99.5]))
        if inner_high > inner_low:
            low, high = inner_low, inner_high
            wanted = (high - low) / step if step > 0 else np.sqrt(per_run)
    bins = int(min(max(np.ceil(wanted), _FEWEST_BINS), _MOST_BINS))
    edges = np.linspace(low, high, bins + 1)
    return edges if bool((np.diff(edges) > 0).all()) else np.array([low, np.nextafter(high, np.inf)])


def _picture(drawing: Drawing, info: HistogramInfo, look: Look, total: str, notes: tuple[str, ...]) -> Picture:
    n = len(info.histograms)
    shares = look.frame.shares if look.frame else len({histogram.total for histogram in info.histograms}) > 1
    tall = [heights(histogram, shares) for histogram in info.histograms]
    top = max(float(height.max()) for height in tall) * 1.06 or 1.0
    beside = n <= _BESIDE
    grid = panels(
        n,
        look,
        left=axes.left_margin(0, top) if beside else 12,
        per_row=None if beside else 1,
        columns=None if beside else 1,
        rows=1 if beside else -(-n // _PER_ROW),
        named=n > 1 and beside,
    )
    span = [float(info.edges[0]), float(info.edges[-1])]
    layout: dict[str, Any] = {
        "margin": grid.margin,
        "bargap": 0,
        "barmode": "overlay",
        "hovermode": "x",
        "annotations": [],
    }
    traces = []
    for panel, histogram, height in zip(grid.panels, info.histograms, tall, strict=True):
        x_axis = {"range": span, "nticks": 5} | axes.linear(*span)
        y_axis: axes.Axis = {"range": [0, top], "nticks": 4, "showticklabels": beside and panel.column == 0}
        y_axis |= {"tickformat": ".0%"} if shares else axes.linear(0, top)
        layout |= axes_of(panel, x_axis, y_axis if beside else y_axis | {"showgrid": False})
        traces += bars(panel, info, histogram, height, look)
        if n > 1:
            layout["annotations"].append(caption(panel, look, histogram.run_id, grid.width, inside=not beside))
    unit = ("Height: share of each run's values, since their numbers differ.",) if shares else ()
    drawn_figure: Figure = figure(drawing, look, traces, layout)
    return Picture(drawn_figure, caption=total, columns=grid.columns, rows=grid.rows, notes=notes + unit)


def heights(histogram: Histogram, shares: bool) -> FloatArray:
    """How high the bars are: counts, or shares of the run's values."""
    counts = histogram.counts.astype(np.float64)
    return counts / max(histogram.total, 1) if shares else counts


def bars(
    panel: Panel, info: HistogramInfo, histogram: Histogram, height: FloatArray, look: Look
) -> list[dict[str, Any]]:
    """The bars and the outline of one run."""
    edges, color = info.edges, look.color(histogram.run_id)
    whole = edges[0] % 1 == 0.5 and bool(np.all(np.diff(edges) == 1))
    texts = [
        (number((low + high) / 2) if whole else f"{number(low)} to {number(high)}")
        + f"<br>{plural(int(count), 'value')}, {count / max(histogram.total, 1):.1%}"
        for low, high, count in zip(edges[:-1], edges[1:], histogram.counts, strict=True)
    ]
    filled = {
        "type": "bar",
        "x": ((edges[:-1] + edges[1:]) / 2).tolist(),
        "y": height.tolist(),
        "width": np.diff(edges).tolist(),
        "marker": {"color": theme.rgba(color, theme.FILL_ALPHA), "line": {"width": 0}},
        "hovertext": texts,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "meta": {"role": "bars", "run": histogram.run_id},
    }
    outline = {
        "type": "scatter",
        "mode": "lines",
        "x": np.concatenate([edges[:1], edges]).tolist(),
        "y": [0.0, *height.tolist(), 0.0],
        "line": {"color": color, "width": 1.25, "shape": "hv"},
        "hoverinfo": "skip",
        "meta": {"role": "outline", "run": histogram.run_id},
    }
    return [filled | on(panel), outline | on(panel)]
