"""Scatter: a cloud of points per run on shared axes, in two or three dimensions, coloured by label."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlflow_ext_ui import theme
from mlflow_ext_ui.figures import axes
from mlflow_ext_ui.figures.cloud import MOST_SCENES, MOST_SCENES_FULL, Cloud, ScatterInfo, diameters, scatter_info
from mlflow_ext_ui.figures.frame import figure, nothing, step_suffix
from mlflow_ext_ui.figures.pack import packed
from mlflow_ext_ui.figures.panels import Panel, Panels, axes_of, caption, left_out, on, panels
from mlflow_ext_ui.figures.picture import Chip, Look, Picture
from mlflow_ext_ui.source import Drawing
from mlflow_ext_ui.text import count, literal, number, plural, shown

FloatArray = NDArray[np.float64]

# Those that WebGL draws as they are called; it has no triangles, and its "x" is a hollow box.
_SOLID_SYMBOLS = ("circle", "square", "diamond", "cross", "circle-open", "square-open", "diamond-open")
_SEEN = 0.95  # a scene of this width over its height shows the whole cube from the nearest place
_EYE = (1.42, 1.42, 0.78)


def scatter(drawing: Drawing, look: Look) -> Picture:
    """The picture of a scatter plot."""
    info = scatter_info(drawing, MOST_SCENES_FULL if look.full else MOST_SCENES)
    if not info.clouds:
        return nothing("No point is finite." if info.odd else "No points yet.")
    solid = info.spans[2] is not None
    n = len(info.clouds)
    grid = _scenes(n, look) if solid else panels(n, look, left=axes.left_margin(*info.spans[1]), named=n > 1)
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"margin": grid.margin, "annotations": []}
    for panel, cloud in zip(grid.panels, info.clouds, strict=True):
        layout |= _scene(panel, grid, info) if solid else _flat(panel, info)
        traces += _traces(panel, cloud, info, look, diameters(cloud, grid.width * grid.height))
        if n > 1:
            layout["annotations"].append(caption(panel, look, cloud.run_id, grid.width))
    total, kept = sum(cloud.total for cloud in info.clouds), sum(len(cloud.x) for cloud in info.clouds)
    return Picture(
        figure(drawing, look, traces, layout),
        caption=shown(kept, total) + step_suffix(drawing.versions) + _part(drawing, info),
        columns=grid.columns,
        rows=grid.rows,
        chips=_chips(info, look),
        notes=_notes(drawing, info),
    )


def _flat(panel: Panel, info: ScatterInfo) -> dict[str, Any]:
    (x0, x1), (y0, y1), _ = info.spans
    x_axis = {"range": axes.padded(x0, x1), "nticks": 5} | axes.linear(x0, x1)
    return axes_of(panel, x_axis, {"range": axes.padded(y0, y1, 0.07)} | axes.linear(y0, y1))


def _scenes(n: int, look: Look) -> Panels:
    """Room for scenes: as near to squares as rows of them allow, since a scene is as large as its shorter side."""
    made = [
        panels(n, look, left=4, bottom=4, named=n > 1, rows=2 if n <= look.across else 3, gap=8, per_row=per_row)
        for per_row in range(1, n + 1)
    ]
    return max(made, key=lambda grid: min(grid.width, grid.height))


def _part(drawing: Drawing, info: ScatterInfo) -> str:
    n = len(drawing.versions)
    return f" · {count(n - info.left)} of {count(n)} runs shown" if info.left else ""


def _scene(panel: Panel, grid: Panels, info: ScatterInfo) -> dict[str, Any]:
    scene: dict[str, Any] = {"domain": {"x": list(panel.x), "y": list(panel.y)}, "aspectmode": "cube"}
    for name, span in zip("xyz", info.spans, strict=True):
        low, high = span or (0.0, 1.0)
        scene[f"{name}axis"] = {"range": axes.padded(low, high), "title": {"text": name}, "nticks": 4} | axes.linear(
            low, high
        )
    back = max(1.0, _SEEN * grid.height / grid.width)
    eye = {axis: round(place * back, 3) for axis, place in zip("xyz", _EYE, strict=True)}
    scene["camera"] = {"eye": eye, "center": {"x": 0, "y": 0, "z": -0.14}}
    return {f"scene{panel.suffix}": scene}


def _traces(panel: Panel, cloud: Cloud, info: ScatterInfo, look: Look, pixels: FloatArray) -> list[dict[str, Any]]:
    def trace(at: NDArray[np.intp], marker: dict[str, Any], head: str) -> dict[str, Any]:
        sizes: Any = round(float(pixels), 1) if pixels.ndim == 0 else packed(np.round(pixels[at], 1))
        return _trace(panel, cloud, info, look, at, marker | {"size": sizes}, head)

    if info.scale is not None:
        marker, head = _numbered(cloud, info.scale, look)
        return [trace(np.arange(len(cloud.x)), marker, head) | {"customdata": packed(cloud.level)}]
    if not info.labels:
        marker = {"color": look.color(cloud.run_id), "symbol": "circle"}
        return [trace(np.arange(len(cloud.x)), marker, "")]
    traces = []
    for code, label in enumerate(info.labels):
        at = np.flatnonzero(cloud.code == code)
        if len(at):
            symbols = _SOLID_SYMBOLS if info.spans[2] else theme.LABEL_SYMBOLS
            marker = {"color": _color(code), "symbol": symbols[code % len(symbols)]}
            traces.append(trace(at, marker, f"<b>{literal(label)}</b><br>"))
    at = np.flatnonzero(cloud.code < 0)
    if len(at):
        marker = {"color": theme.TOKENS[look.theme]["text-3"], "symbol": "circle"}
        texts = [literal(cloud.labels[int(i)] or "–") for i in at] if cloud.labels else []
        other = trace(at, marker, "<b>%{hovertext}</b><br>")
        traces.insert(0, other | {"hovertext": texts})
    return traces


def _numbered(cloud: Cloud, scale: tuple[float, float], look: Look) -> tuple[dict[str, Any], str]:
    low, high = scale
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
    return marker, "<b>%{customdata:,.4~g}</b><br>"


def _trace(
    panel: Panel, cloud: Cloud, info: ScatterInfo, look: Look, at: NDArray[np.intp], marker: dict[str, Any], head: str
) -> dict[str, Any]:
    solid = cloud.z is not None and info.spans[2] is not None
    n = len(cloud.x)
    rim = {"width": 0 if solid or n > 100 else 0.75, "color": theme.TOKENS[look.theme]["surface"]}
    opacity = 0.85 if n <= 100 else 0.75 if n <= 1000 else 0.6
    places = "%{x:,.4~g}, %{y:,.4~g}" + (", %{z:,.4~g}" if solid else "")
    trace = {
        "type": "scatter3d" if solid else "scatter",
        "mode": "markers",
        "x": packed(cloud.x[at]),
        "y": packed(cloud.y[at]),
        "marker": marker | {"opacity": opacity, "line": rim},
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
        else (f"A page holds only so many 3-D scenes: {plural(info.left, 'run')} not drawn. Full screen shows more.",)
    )
    if any(len(cloud.x) < cloud.total - cloud.odd for cloud in info.clouds):
        notes += ("Dense areas are thinned; the outermost points are all kept.",)
    if info.odd:
        notes += (f"{plural(info.odd, 'point')} {'is' if info.odd == 1 else 'are'} not finite and not drawn.",)
    return notes
