"""What a random forest says of one param or two: a line, or a surface in colours; faint where no run is near."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mlflow_ext.rest import DependenceAnswer, DependenceAxis
from mlflow_ext_ui import theme
from mlflow_ext_ui.figures import axes
from mlflow_ext_ui.sweeps.frame import ACROSS, above, drawn, figure, left_margin, named
from mlflow_ext_ui.sweeps.parallel import Axis, finite
from mlflow_ext_ui.text import literal, number, one_line, plural, tick


def dependence(answer: DependenceAnswer, look: theme.Theme) -> dict[str, Any]:
    """The figure of one param or two, and what it rests on; a sentence instead where these runs tell nothing."""
    if answer.none is not None or answer.target is None:
        return {"sentence": answer.none.sentence if answer.none else "None of these runs has a metric."}
    made = (_surface if len(answer.axes) == 2 else _line)(answer, answer.target, look)
    said = answer.explained
    explained = (
        "too few runs to hold any out"
        if said is None
        else ("explains nothing on runs held out" if said <= 0 else f"explains {said * 100:.0f}% on runs held out")
    )
    alone = sum(near == 0 for row in answer.near for near in row)
    return {
        "figure": made,
        "target": answer.target,
        "names": [one.name for one in answer.axes],
        "caption": explained,
        "weak": said is None or said < 0.2,
        "note": "Mean prediction over the runs, the other params as they had them."
        + (f" {_guessed(answer.axes)}: no run is near, so it is a guess." if alone else ""),
    }


def _guessed(shown: Sequence[DependenceAxis]) -> str:
    """How what no run is near to is drawn."""
    return "Hatched" if len(shown) == 2 else "Hollow" if shown[0].levels else "Dotted"


def _axis(one: DependenceAxis) -> Axis:
    if one.levels:
        count = len(one.levels)
        return Axis(
            one.name, one.kind, False, -0.5, count - 0.5, list(map(float, range(count))), one.levels, [], 0, False
        )
    values = [finite(value) or 0.0 for value in one.numbers]
    return Axis(
        one.name, one.kind, one.kind == "log" and values[0] > 0, values[0], values[-1], list(values), [], [], 0, False
    )


def _line(answer: DependenceAnswer, target: str, look: theme.Theme) -> dict[str, Any]:
    token, x = theme.TOKENS[look], _axis(answer.axes[0])
    mean, low, high = ([finite(value) or 0.0 for value in rows[0]] for rows in (answer.mean, answer.low, answer.high))
    ends = axes.finite_range(np.array(low), np.array(high)) or (0.0, 1.0)
    y = Axis(target, "number", False, *ends, [], [], [], 0, False)
    near = answer.near[0]
    hover = [
        f"{literal(x.name)} {literal(_text(x, i))}<br>{literal(target)} {number(mean[i])}"
        f" ({number(low[i])} to {number(high[i])})<br>{plural(near[i], 'run')} near"
        for i in range(len(x.values))
    ]
    line: dict[str, Any] = {"type": "scatter", "mode": "lines", "x": x.values, "hoverinfo": "skip"}
    told = {"hovertext": hover, "hovertemplate": "%{hovertext}<extra></extra>", "hoverinfo": None}
    if x.levels:
        error = {
            "type": "data",
            "symmetric": False,
            "array": _minus(high, mean),
            "arrayminus": _minus(mean, low),
            "color": token["accent"],
            "thickness": 1.5,
            "width": 0,
        }
        inner = [token["accent"] if n else token["surface"] for n in near]
        marker = {"size": 9, "color": inner, "line": {"width": 1.5, "color": token["accent"]}}
        traces = [line | told | {"y": mean, "mode": "markers", "marker": marker, "error_y": error}]
    else:
        sure = [value if near[i] else None for i, value in enumerate(mean)]
        traces = [
            line | {"y": low, "line": {"width": 0}},
            line
            | {
                "y": high,
                "line": {"width": 0},
                "fill": "tonexty",
                "fillcolor": theme.rgba(token["accent"], theme.INTERVAL_ALPHA),
            },
            line | told | {"y": mean, "line": {"width": 1.25, "dash": "dot", "color": token["accent"]}},
            line
            | {
                "y": sure,
                "line": {"width": theme.LINE_WIDTH, "color": token["accent"]},
                "connectgaps": False,
                "meta": {"role": "sure"},
            },
        ]
    layout = {
        "margin": {"l": left_margin(y), "t": 8, "b": 38, "r": 14},
        "xaxis": drawn(x, ACROSS),
        "yaxis": drawn(y, upright=True),
        "annotations": named(x, look),
        "hovermode": "closest",
    }
    return figure(look, traces, layout)


def _minus(one: list[float], other: list[float]) -> list[float]:
    return [a - b for a, b in zip(one, other, strict=True)]


def _surface(answer: DependenceAnswer, target: str, look: theme.Theme) -> dict[str, Any]:
    token = theme.TOKENS[look]
    x, y = _axis(answer.axes[0]), _axis(answer.axes[1])
    values = np.array(answer.mean)
    hover = [
        [
            f"{literal(x.name)} {literal(_text(x, j))}<br>{literal(y.name)} {literal(_text(y, i))}<br>"
            f"{literal(target)} {number(answer.mean[i][j])} ({number(answer.low[i][j])} to {number(answer.high[i][j])})"
            f"<br>{plural(answer.near[i][j], 'run')} near"
            for j in range(values.shape[1])
        ]
        for i in range(values.shape[0])
    ]
    trace = {
        "type": "heatmap",
        "x": x.values,
        "y": y.values,
        "z": [[finite(value) for value in row] for row in answer.mean],
        "colorscale": theme.scale(theme.SEQUENTIAL[look]),
        "showscale": False,
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    far = [(j, i) for i, row in enumerate(answer.near) for j, near in enumerate(row) if not near]
    layout = {
        "margin": {"l": max(left_margin(y), 42), "t": 22, "b": 38, "r": 14},
        "xaxis": _cells(x, ACROSS),
        "yaxis": _cells(y, 240, upright=True),
        "shapes": _hatches(x, y, far, token["surface"]),
        "annotations": [*named(x, look), above(y, look)],
        "hovermode": "closest",
        "meta": {"low": number(float(values.min())), "high": number(float(values.max())), "far": len(far)},
    }
    return figure(look, [trace], layout)


def _text(axis: Axis, at: int) -> str:
    return one_line(axis.levels[at]) if axis.levels else tick(axis.values[at] or 0.0)


def _edges(axis: Axis) -> list[float]:
    """Where the cells of an axis begin and end, in the units in which plotly draws them."""
    at = np.array(axis.values, dtype=np.float64)
    at = np.log10(at) if axis.log else at
    if len(at) < 2:
        return [float(at[0]) - 0.5, float(at[0]) + 0.5]
    middle = (at[:-1] + at[1:]) / 2
    return [float(2 * at[0] - middle[0]), *middle.tolist(), float(2 * at[-1] - middle[-1])]


def _cells(axis: Axis, room: float, upright: bool = False) -> dict[str, Any]:
    """An axis that ends where its cells end."""
    edges = _edges(axis)
    return drawn(axis, room, upright) | {"range": [edges[0], edges[-1]], "showgrid": False}


def _hatches(x: Axis, y: Axis, far: list[tuple[int, int]], color: str) -> list[dict[str, Any]]:
    """A diagonal over each cell that no run is near to, as one path per stretch of a row."""
    columns, rows = _edges(x), _edges(y)

    def unit(value: float, log: bool) -> str:
        return fixed_text(10.0 ** max(-323.0, min(308.0, value)) if log else value)

    parts = []
    for j, i in far:
        a, b = unit(columns[j], x.log), unit(columns[j + 1], x.log)
        c, d = unit(rows[i], y.log), unit(rows[i + 1], y.log)
        parts.append(f"M{a},{c}L{b},{d}")
    if not parts:
        return []
    return [
        {
            "type": "path",
            "path": "".join(parts),
            "line": {"color": color, "width": 1.5},
            "opacity": 0.75,
            "layer": "above",
        }
    ]


def fixed_text(value: float) -> str:
    """A number as a path takes it."""
    return "0" if not math.isfinite(value) else f"{value:.10g}"
