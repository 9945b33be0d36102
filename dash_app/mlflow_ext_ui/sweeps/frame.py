"""What the figures of the tab share: the template, and axes of numbers and of names."""

from __future__ import annotations

import math
from typing import Any

from mlflow_ext_ui import theme
from mlflow_ext_ui.figures import axes
from mlflow_ext_ui.sweeps.parallel import Axis
from mlflow_ext_ui.text import fit, literal, one_line, width


def figure(look: theme.Theme, traces: list[dict[str, Any]], layout: dict[str, Any]) -> dict[str, Any]:
    """A figure under our template."""
    base = {"template": theme.template(look), "autosize": True, "showlegend": False, "meta": {}}
    return {"data": traces, "layout": base | layout}


def drawn(axis: Axis, room: float = 300) -> dict[str, Any]:
    """A plotly axis; names are cut to their share of ``room`` pixels."""
    if axis.levels:
        stride = max(1, math.ceil(len(axis.levels) * 22 / max(room, 22)))
        at = list(range(0, len(axis.levels), stride))
        each = max(24.0, room * stride / len(axis.levels) - 8)
        named = axes.named([float(i) for i in at], [literal(fit(one_line(axis.levels[i]), each)) for i in at])
        return named | {"range": [-0.5, len(axis.levels) - 0.5], "fixedrange": True}
    if axis.log:
        ends = axes.log_padded(axis.low, axis.high)
        return axes.logarithmic(axis.low, axis.high) | {"range": [math.log10(end) for end in ends], "fixedrange": True}
    return {"range": axes.padded(axis.low, axis.high), "fixedrange": True} | axes.linear(axis.low, axis.high)


def named(axis: Axis, look: theme.Theme, room: float = 300) -> list[dict[str, Any]]:
    """The name of the axis at its end below."""
    place = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0, "xanchor": "center", "yanchor": "top", "yshift": -17}
    style = {"showarrow": False, "font": {"size": 11, "color": theme.TOKENS[look]["text-3"]}}
    return [place | style | {"text": literal(fit(one_line(axis.name), room))}]


def left_margin(axis: Axis) -> float:
    """Pixels for what stands left of an upright axis."""
    if axis.levels:
        return min(130.0, 14 + max(width(one_line(level)) for level in axis.levels))
    return axes.left_margin(axis.low, axis.high)
