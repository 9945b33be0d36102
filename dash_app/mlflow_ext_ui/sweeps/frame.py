"""What the figures of the tab share: the template, and axes of numbers and of names."""

from __future__ import annotations

import math
import textwrap
from typing import Any

from mlflow_ext_ui import theme
from mlflow_ext_ui.figures import axes
from mlflow_ext_ui.sweeps.parallel import Axis
from mlflow_ext_ui.text import fit, literal, one_line, width

ACROSS = 260.0  # pixels across a card in the narrowest window that is looked after
LINE = 22
NAME = 64.0  # what a name below a lying axis gets at least
NAMES = 130.0  # the most that names beside an upright axis take
_BROKEN = 44  # letters of a line of what is said of a point


def figure(look: theme.Theme, traces: list[dict[str, Any]], layout: dict[str, Any]) -> dict[str, Any]:
    """A figure under our template."""
    base = {"template": theme.template(look), "autosize": True, "showlegend": False, "meta": {}}
    return {"data": traces, "layout": base | layout}


def drawn(axis: Axis, room: float = 300, upright: bool = False) -> dict[str, Any]:
    """A plotly axis of ``room`` pixels; names are left out and cut until they stand clear of each other."""
    held = {"fixedrange": True, "tickangle": 0}
    if axis.levels:
        count = len(axis.levels)
        least = LINE if upright else min(NAME, 8 + max(width(one_line(level)) for level in axis.levels))
        stride = max(1, math.ceil(count * least / max(room, least)))
        at = list(range(0, count, stride))
        each = NAMES - 14 if upright else max(24.0, room * stride / count - 8)
        texts = axes.named([float(i) for i in at], [literal(fit(one_line(axis.levels[i]), each)) for i in at])
        return texts | {"range": [-0.5, count - 0.5]} | held
    if axis.log:
        low, high = axes.log_padded(axis.low, axis.high)
        ticks = axes.logarithmic(axis.low, axis.high, math.inf if upright else room)
        return ticks | {"range": [math.log10(low), math.log10(high)]} | held
    return {"range": axes.padded(axis.low, axis.high)} | axes.linear(axis.low, axis.high) | held


def named(axis: Axis, look: theme.Theme, room: float = ACROSS) -> list[dict[str, Any]]:
    """The name of the axis at its end below."""
    place = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0, "xanchor": "center", "yanchor": "top", "yshift": -17}
    style = {"showarrow": False, "font": {"size": 11, "color": theme.TOKENS[look]["text-3"]}, "name": "x"}
    return [place | style | {"text": literal(fit(one_line(axis.name), room))}]


def above(axis: Axis, look: theme.Theme, room: float = ACROSS) -> dict[str, Any]:
    """The name of an upright axis, above its upper end."""
    place = {"xref": "paper", "yref": "paper", "x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom"}
    style = {"showarrow": False, "font": {"size": 11, "color": theme.TOKENS[look]["text-3"]}, "name": "y"}
    return place | style | {"text": literal(fit(one_line(axis.name), room))}


def whole(x: Axis, y: Axis) -> dict[str, Any]:
    """Names of both axes and of what stands on them, of which assets/js/sweeps_shape.js shows what has room."""
    return {
        "titles": {"x": one_line(x.name), "y": one_line(y.name)},
        "names": {"x": [one_line(level) for level in x.levels], "y": [one_line(level) for level in y.levels]},
    }


def broken(name: object) -> str:
    """A name in lines that fit into a card, as plotly takes it."""
    lines = textwrap.wrap(one_line(str(name)), _BROKEN, drop_whitespace=False) or [""]
    return "<br>".join(literal(line) for line in lines)


def left_margin(axis: Axis) -> float:
    """Pixels for what stands left of an upright axis."""
    if axis.levels:
        return min(NAMES, 14 + max(width(one_line(level)) for level in axis.levels))
    return axes.left_margin(axis.low, axis.high)
