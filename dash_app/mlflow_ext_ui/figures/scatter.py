"""Scatter: a cloud of points per run on shared axes, in two or three dimensions, coloured by label."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlflow_ext_ui import theme
from mlflow_ext_ui.figures import axes
from mlflow_ext_ui.figures.cloud import Cloud, ScatterInfo, scatter_info
from mlflow_ext_ui.figures.frame import figure, nothing, step_suffix
from mlflow_ext_ui.figures.pack import packed
from mlflow_ext_ui.figures.panels import Panel, axes_of, caption, left_out, on, panels
from mlflow_ext_ui.figures.picture import Chip, Look, Picture
from mlflow_ext_ui.source import Drawing
from mlflow_ext_ui.text import literal, number, plural, shown

FloatArray = NDArray[np.float64]

_SOLID_SYMBOLS = ("circle", "square", "diamond", "cross", "x")


def scatter(drawing: Drawing, look: Look) -> Picture:
    """The picture of a scatter plot."""
    info = scatter_info(drawing)
    if not info.clouds:
        return nothing("No point is finite." if info.odd else "No points yet.")
    solid = info.spans[2] is not None
    grid = panels(
        len(info.clouds),
        look,
        left=4 if solid else axes.left_margin(*info.spans[1]),
        bottom=4 if solid else 26,
        named=len(info.clouds) > 1,
        rows=2 if solid and len(info.clouds) <= 3 else None,
        gap=8 if solid else 14,
    )
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"margin": grid.margin, "annotations": []}
    for panel, cloud in zip(grid.panels, info.clouds, strict=True):
        layout |= _scene(panel, info) if solid else _flat(panel, info)
        traces += _traces(panel, cloud, info, look)
        if len(info.clouds) > 1:
            layout["annotations"].append(caption(panel, look, cloud.run_id, grid.width))
    total, kept = sum(cloud.total for cloud in info.clouds), sum(len(cloud.x) for cloud in info.clouds)
    return Picture(
        figure(drawing, look, traces, layout),
        caption=shown(kept, total) + step_suffix(drawing.versions),
        columns=grid.columns,
        rows=grid.rows,
        chips=_chips(info, look),
        notes=_notes(drawing, info),
    )


def _flat(panel: Panel, info: ScatterInfo) -> dict[str, Any]:
    (x0, x1), (y0, y1), _ = info.spans
    x_axis = {"range": axes.padded(x0, x1), "nticks": 5} | axes.linear(x0, x1)
    return axes_of(panel, x_axis, {"range": axes.padded(y0, y1, 0.07)} | axes.linear(y0, y1))


def _scene(panel: Panel, info: ScatterInfo) -> dict[str, Any]:
    scene: dict[str, Any] = {"domain": {"x": list(panel.x), "y": list(panel.y)}, "aspectmode": "cube"}
    for name, span in zip("xyz", info.spans, strict=True):
        low, high = span or (0.0, 1.0)
        scene[f"{name}axis"] = {"range": axes.padded(low, high), "title": {"text": name}} | axes.linear(low, high)
    scene["camera"] = {"eye": {"x": 1.4, "y": 1.4, "z": 0.8}, "center": {"x": 0, "y": 0, "z": -0.14}}
    return {f"scene{panel.suffix}": scene}


def _traces(panel: Panel, cloud: Cloud, info: ScatterInfo, look: Look) -> list[dict[str, Any]]:
    if info.scale is not None:
        return [_numbered(panel, cloud, info, look)]
    if not info.labels:
        marker = {"color": look.color(cloud.run_id), "symbol": "circle"}
        return [_trace(panel, cloud, info, look, np.arange(len(cloud.x)), marker, "")]
    traces = []
    for code, label in enumerate(info.labels):
        at = np.flatnonzero(cloud.code == code)
        if len(at):
            symbols = _SOLID_SYMBOLS if info.spans[2] else theme.LABEL_SYMBOLS
            marker = {"color": _color(code), "symbol": symbols[code % len(symbols)]}
            traces.append(_trace(panel, cloud, info, look, at, marker, f"<b>{literal(label)}</b><br>"))
    at = np.flatnonzero(cloud.code < 0)
    if len(at):
        marker = {"color": theme.TOKENS[look.theme]["text-3"], "symbol": "circle"}
        texts = [literal(cloud.labels[int(i)] or "–") for i in at] if cloud.labels else []
        other = _trace(panel, cloud, info, look, at, marker, "<b>%{hovertext}</b><br>")
        traces.insert(0, other | {"hovertext": texts})
    return traces


def _numbered(panel: Panel, cloud: Cloud, info: ScatterInfo, look: Look) -> dict[str, Any]:
    low, high = info.scale or (0.0, 1.0)
    colors = theme.SEQUENTIAL[look.theme]
    seen = colors[1:] if look.theme == "light" else colors[2:]
    marker = {
        "color": packed(cloud.level),
        "colorscale": theme.scale(seen),
        "cmin": low,
        "cmax": high,
        "showscale": False,
        "symbol": "circle",
    }
    trace = _trace(panel, cloud, info, look, np.arange(len(cloud.x)), marker, "<b>%{customdata:,.4~g}</b><br>")
    return trace | {"customdata": packed(cloud.level)}


def _trace(
    panel: Panel, cloud: Cloud, info: ScatterInfo, look: Look, at: NDArray[np.intp], marker: dict[str, Any], head: str
) -> dict[str, Any]:
    solid = cloud.z is not None and info.spans[2] is not None
    size: Any = cloud.pixels if np.ndim(cloud.pixels) == 0 else packed(np.round(cloud.pixels[at], 1))
    rim = {"width": 0 if solid or len(cloud.x) > 1000 else 0.75, "color": theme.TOKENS[look.theme]["surface"]}
    places = "%{x:,.4~g}, %{y:,.4~g}" + (", %{z:,.4~g}" if solid else "")
    trace = {
        "type": "scatter3d" if solid else "scatter",
        "mode": "markers",
        "x": packed(cloud.x[at]),
        "y": packed(cloud.y[at]),
        "marker": marker | {"size": float(size) if np.ndim(cloud.pixels) == 0 else size, "opacity": 0.8, "line": rim},
        "hovertemplate": f"{head}{places}<extra></extra>",
        "meta": {"role": "points", "run": cloud.run_id},
    }
    if cloud.z is not None and solid:
        return trace | {"z": packed(cloud.z[at]), "scene": f"scene{panel.suffix}"}
    return trace | on(panel)


def _color(code: int) -> str:
    return theme.LABEL_COLORS[code % len(theme.LABEL_COLORS)]


def _chips(info: ScatterInfo, look: Look) -> tuple[Chip, ...]:
    if info.scale is not None:
        colors = theme.SEQUENTIAL[look.theme]
        return Chip(number(info.scale[0]), colors[1 if look.theme == "light" else 2]), Chip(
            number(info.scale[1]), colors[-1]
        )
    chips = tuple(Chip(label, _color(code)) for code, label in enumerate(info.labels))
    if info.others:
        chips += (Chip(plural(info.others, "other label"), theme.TOKENS[look.theme]["text-3"]),)
    return chips


def _notes(drawing: Drawing, info: ScatterInfo) -> tuple[str, ...]:
    notes = (
        left_out(len(drawing.versions))
        if info.left == 0
        else (f"{plural(info.left, 'run')} more can't be drawn in 3-D.",)
    )
    if any(len(cloud.x) < cloud.total - cloud.odd for cloud in info.clouds):
        notes += ("Dense areas are thinned; the outermost points are all kept.",)
    if info.odd:
        notes += (f"{plural(info.odd, 'point')} {'is' if info.odd == 1 else 'are'} not finite and not drawn.",)
    return notes
