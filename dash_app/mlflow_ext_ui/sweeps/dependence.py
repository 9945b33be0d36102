"""What a random forest says of one param or two: a line, rows of categories, or a surface in colours."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlflow_ext.rest import DependenceAnswer
from mlflow_ext_ui import theme
from mlflow_ext_ui.figures import axes
from mlflow_ext_ui.sweeps.frame import ACROSS, broken, drawn, figure, left_margin, named, whole
from mlflow_ext_ui.sweeps.parallel import Axis, finite
from mlflow_ext_ui.sweeps.surface import Held, axis_of, surface
from mlflow_ext_ui.text import number, plural, tick


def dependence(answer: DependenceAnswer, look: theme.Theme, held: Held | None = None) -> dict[str, Any]:
    """The figure of one param or two, and what it rests on; a sentence instead where these runs tell nothing.

    Args:
        answer: what the forest says.
        look: the theme.
        held: the runs that it rests on, which a surface shows.
    """
    if answer.none is not None or answer.target is None:
        return {"sentence": answer.none.sentence if answer.none else "None of these runs has a metric."}
    said = answer.explained
    explained = (
        "too few runs to hold any out"
        if said is None
        else ("explains nothing on runs held out" if said <= 0 else f"explains {said * 100:.0f}% on runs held out")
    )
    drawn_ = surface(answer, answer.target, look, held) if len(answer.axes) == 2 else _one(answer, answer.target, look)
    return drawn_ | {
        "target": answer.target,
        "names": [one.name for one in answer.axes],
        "caption": explained,
        "weak": said is None or said < 0.2,
        "note": f"Mean prediction over the runs, the other params as they had them. {drawn_['note']}".strip(),
    }


def _one(answer: DependenceAnswer, target: str, look: theme.Theme) -> dict[str, Any]:
    category = bool(answer.axes[0].levels)
    alone = any(near == 0 for near in answer.near[0])
    return {
        "figure": (_rows if category else _line)(answer, target, look),
        "note": f"{'Hollow' if category else 'Dotted'}: no run is near, so it is a guess." if alone else "",
    }


def _rows(answer: DependenceAnswer, target: str, look: theme.Theme) -> dict[str, Any]:
    """A row per category, the highest expected above."""
    token, shown = theme.TOKENS[look], answer.axes[0]
    mean, low, high = ([finite(value) or 0.0 for value in rows[0]] for rows in (answer.mean, answer.low, answer.high))
    order = sorted(range(len(mean)), key=lambda i: mean[i])
    near = [answer.near[0][i] for i in order]
    mean, low, high = ([column[i] for i in order] for column in (mean, low, high))
    y = axis_of(shown, [shown.levels[i] for i in order])
    ends = axes.finite_range(np.array(low), np.array(high)) or (0.0, 1.0)
    x = Axis(target, "number", False, *ends, [], [], [], 0, False)
    error = {
        "type": "data",
        "symmetric": False,
        "array": _minus(high, mean),
        "arrayminus": _minus(mean, low),
        "color": token["accent"],
        "thickness": 1.5,
        "width": 0,
    }
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": mean,
        "y": y.values,
        "error_x": error,
        "marker": {
            "size": 9,
            "color": [token["accent"] if n else token["surface"] for n in near],
            "line": {"width": 1.5, "color": token["accent"]},
        },
        "hovertext": [
            f"{broken(y.name)}<br><b>{broken(level)}</b><br>{broken(target)} {number(mean[i])}"
            f" ({number(low[i])} to {number(high[i])})<br>{plural(near[i], 'run')} near"
            for i, level in enumerate(y.levels)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    layout = {
        "margin": {"l": left_margin(y), "t": 8, "b": 38, "r": 14},
        "xaxis": drawn(x, ACROSS) | {"showgrid": True, "showline": False},
        "yaxis": drawn(y, 240, upright=True) | {"showgrid": False},
        "annotations": named(x, look),
        "hovermode": "closest",
        "meta": whole(x, y),
    }
    return figure(look, [trace], layout)


def _line(answer: DependenceAnswer, target: str, look: theme.Theme) -> dict[str, Any]:
    token, x = theme.TOKENS[look], axis_of(answer.axes[0])
    mean, low, high = ([finite(value) or 0.0 for value in rows[0]] for rows in (answer.mean, answer.low, answer.high))
    ends = axes.finite_range(np.array(low), np.array(high)) or (0.0, 1.0)
    y = Axis(target, "number", False, *ends, [], [], [], 0, False)
    near = answer.near[0]
    hover = [
        f"{broken(x.name)} {tick(x.values[i] or 0.0)}<br>{broken(target)} {number(mean[i])}"
        f" ({number(low[i])} to {number(high[i])})<br>{plural(near[i], 'run')} near"
        for i in range(len(x.values))
    ]
    line: dict[str, Any] = {"type": "scatter", "mode": "lines", "x": x.values, "hoverinfo": "skip"}
    told = {"hovertext": hover, "hovertemplate": "%{hovertext}<extra></extra>", "hoverinfo": None}
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
        "meta": whole(x, y),
    }
    return figure(look, traces, layout)


def _minus(one: list[float], other: list[float]) -> list[float]:
    return [a - b for a, b in zip(one, other, strict=True)]
