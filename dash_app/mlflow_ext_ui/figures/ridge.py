"""A distribution over its steps as ridges: one outline per step, the first at the top, the latest in front."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlflow_ext_ui import theme
from mlflow_ext_ui.figures import axes
from mlflow_ext_ui.figures.frame import figure, nothing
from mlflow_ext_ui.figures.history import Course, HistoryInfo, caption, history_info, notes
from mlflow_ext_ui.figures.panels import Panel, axes_of, left_out, on, panels
from mlflow_ext_ui.figures.panels import caption as run_caption
from mlflow_ext_ui.figures.picture import Look, Picture
from mlflow_ext_ui.source import History
from mlflow_ext_ui.text import count, number, plural, width

_OVERLAP = 3.0  # how many rows the highest ridge is high
_TICK = 15
_TALL = 12


def ridge(history: History, look: Look) -> Picture:
    """The picture of ridges, one panel per run."""
    info = history_info(history)
    if info is None:
        return nothing("No step holds a finite value.")
    n, rows = len(info.courses), len(info.steps)
    left = max(width(count(step)) for step in info.steps) + 10
    tall = 2 if rows >= _TALL or n > look.across else 1
    grid = panels(n, look, left=max(left, 24), named=n > 1, rows=tall)
    top = max(float(course.shares.max()) for course in info.courses) or 1.0
    scale = min(_OVERLAP, rows / 2) / top
    span = [float(info.edges[0]), float(info.edges[-1])]
    layout: dict[str, Any] = {"margin": grid.margin, "annotations": [], "hovermode": "closest"}
    x_axis = {"range": span, "nticks": 5} | axes.linear(*span)
    y_axis = _steps(info, grid.height, scale * top)
    traces = []
    for panel, course in zip(grid.panels, info.courses, strict=True):
        layout |= axes_of(panel, x_axis, y_axis)
        traces += _ridges(panel, course, info, scale, look)
        if n > 1:
            layout["annotations"].append(run_caption(panel, look, course.run_id, grid.width))
    holders = len(history.moments[0].drawing.plot.run_ids)
    return Picture(
        figure=figure(history.moments[0].drawing, look, traces, layout),
        caption=caption(info),
        columns=grid.columns,
        rows=grid.rows,
        notes=notes(info) + left_out(holders),
    )


def _steps(info: HistoryInfo, height: float, highest: float) -> axes.Axis:
    """The upright axis: a row per step, from the top, and as many of their names as find room."""
    rows = len(info.steps)
    stride = max(1, int(np.ceil(_TICK * (rows + highest) / max(height, 1.0))))
    named = range(rows - 1, -1, -stride)
    ticks = axes.named([float(rows - 1 - i) for i in named], [count(info.steps[i]) for i in named])
    return ticks | {"range": [-0.25, rows - 1 + highest * 1.04], "showgrid": True}


def _ridges(panel: Panel, course: Course, info: HistoryInfo, scale: float, look: Look) -> list[dict[str, Any]]:
    color = look.color(course.run_id)
    ground = theme.at([theme.TOKENS[look.theme]["surface"], color], theme.FILL_ALPHA)
    rows = len(info.steps)
    found = []
    for place, step in enumerate(course.shown):
        if step is None or (place and course.shown[place - 1] == step):
            continue
        base = float(rows - 1 - place)
        outline = _outline(info.edges, course.shares[place] * scale)
        found.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": outline[0].tolist(),
                "y": (outline[1] + base).round(4).tolist(),
                "fill": "toself",
                "fillcolor": ground,
                "line": {"color": color, "width": 1},
                "hoveron": "points",
                "hovertext": _tips(info, course, place, step),
                "hovertemplate": "%{hovertext}<extra></extra>",
                "meta": {"role": "ridge", "run": course.run_id, "step": step},
            }
            | on(panel)
        )
    return found


def _outline(edges: NDArray[np.float64], heights: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
    """A line through the bins' middles that begins and ends on the ground."""
    centres = (edges[:-1] + edges[1:]) / 2
    return np.concatenate([edges[:1], centres, edges[-1:]]), np.concatenate([[0.0], heights, [0.0]])


def _tips(info: HistoryInfo, course: Course, place: int, step: int) -> list[str]:
    counts, total = course.counts[place], max(int(course.totals[place]), 1)
    head = f"step {count(step)}"
    middle = [
        f"{head}<br>{number(low)} to {number(high)}<br>{plural(int(held), 'value')}, {held / total:.1%}"
        for low, high, held in zip(info.edges[:-1], info.edges[1:], counts, strict=True)
    ]
    return [head, *middle, head]
