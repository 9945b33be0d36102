"""A distribution over its steps as a heatmap: steps to the right, bins upwards, one panel per run on one scale."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlflow_ext_ui import theme
from mlflow_ext_ui.figures import axes
from mlflow_ext_ui.figures.frame import figure, nothing
from mlflow_ext_ui.figures.history import Course, HistoryInfo, caption, history_info, notes
from mlflow_ext_ui.figures.pack import packed
from mlflow_ext_ui.figures.panels import Panel, axes_of, left_out, on, panels
from mlflow_ext_ui.figures.panels import caption as run_caption
from mlflow_ext_ui.figures.picture import Look, Picture
from mlflow_ext_ui.source import History
from mlflow_ext_ui.text import count, width


def step_heatmap(history: History, look: Look) -> Picture:
    """The picture of a heatmap of step and bin."""
    info = history_info(history)
    if info is None:
        return nothing("No step holds a finite value.")
    n = len(info.courses)
    low, high = float(info.edges[0]), float(info.edges[-1])
    grid = panels(n, look, left=axes.left_margin(low, high), named=n > 1, rows=2 if n > look.across else 1)
    top = max(float(course.shares.max()) for course in info.courses) or 1.0
    layout: dict[str, Any] = {"margin": grid.margin, "annotations": [], "hovermode": "closest"}
    x_axis = _steps(info, grid.width)
    y_axis = {"range": [low, high], "showgrid": False, "nticks": 5} | axes.linear(low, high)
    traces = []
    for panel, course in zip(grid.panels, info.courses, strict=True):
        layout |= axes_of(panel, x_axis, y_axis)
        traces.append(_cells(panel, course, info, top, look))
        if n > 1:
            layout["annotations"].append(run_caption(panel, look, course.run_id, grid.width))
    holders = len(history.moments[0].drawing.plot.run_ids)
    scale = f"Colour runs from 0 to {top:.1%} of a version's values."
    return Picture(
        figure=figure(history.moments[0].drawing, look, traces, layout),
        caption=caption(info),
        columns=grid.columns,
        rows=grid.rows,
        notes=(*notes(info), scale, *left_out(holders)),
    )


def _steps(info: HistoryInfo, pixels: float) -> axes.Axis:
    """The level axis: a column per step, and as many of their names as find room."""
    texts = [count(step) for step in info.steps]
    room = max(map(width, texts)) + 14
    stride = max(1, int(np.ceil(room * len(texts) / max(pixels, 1.0))))
    kept = texts[::stride]
    return {
        "type": "category",
        "categoryarray": texts,
        "tickvals": kept,
        "ticktext": kept,
        "tickangle": 0,
        "range": [-0.5, len(texts) - 0.5],
        "showgrid": False,
        "showline": False,
    }


def _cells(panel: Panel, course: Course, info: HistoryInfo, top: float, look: Look) -> dict[str, Any]:
    there = np.array([step is not None for step in course.shown])
    shares = np.where(there[:, None], course.shares, np.nan)
    ends = np.stack([info.edges[:-1], info.edges[1:]])
    return {
        "type": "heatmap",
        "x": [count(step) for step in info.steps],
        "y": ((ends[0] + ends[1]) / 2).tolist(),
        "z": packed(shares.T),
        "zmin": 0,
        "zmax": top,
        "colorscale": theme.scale(theme.SEQUENTIAL[look.theme]),
        "showscale": False,
        "hoverongaps": False,
        "hovertemplate": "step %{x}<br>around %{y:.4~g}<br>%{z:.1%} of its values<extra></extra>",
        "meta": {"role": "heatmap", "run": course.run_id},
    } | on(panel)
