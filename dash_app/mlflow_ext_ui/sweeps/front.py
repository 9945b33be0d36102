"""Several targets: the runs against two of them, and those that no other beats in all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlflow_ext.rest import SweepAnswer
from mlflow_ext_ui import theme
from mlflow_ext_ui.sweeps.frame import above, broken, drawn, figure, left_margin, named, whole
from mlflow_ext_ui.sweeps.parallel import Axis, target_axis
from mlflow_ext_ui.text import aligned, number, plural

ARROWS = {"lower": "↓", "higher": "↑"}
MOST_ROWS = 50


def front(answer: SweepAnswer, names: Mapping[str, str], look: theme.Theme) -> dict[str, Any] | None:
    """The figure of the first two targets and the table of the front's runs; None for a single target."""
    if len(answer.targets) < 2:
        return None
    undecided = [one.metric for one in answer.targets if one.direction is None]
    axes = [target_axis(one) for one in answer.targets]
    best = [i for i, on in enumerate(answer.front) if on]
    best.sort(key=lambda i: _key(axes[0], i, answer.targets[0].direction == "higher"))
    columns = [aligned([axis.values[i] for i in best[:MOST_ROWS]]) for axis in axes]
    return {
        "figure": _figure(answer, axes, best, names, look),
        "undecided": undecided,
        "caption": f"{plural(len(best), 'run')} that no other beats" if best else "",
        "columns": [{"name": one.metric, "way": ARROWS.get(one.direction or "", "")} for one in answer.targets],
        "rows": [
            {
                "id": answer.runs[i],
                "name": names.get(answer.runs[i], answer.runs[i]),
                "cells": [column[at] for column in columns],
            }
            for at, i in enumerate(best[:MOST_ROWS])
        ],
        "more": max(0, len(best) - MOST_ROWS),
        "runs": [answer.runs[i] for i in best],
    }


def _key(axis: Axis, i: int, high: bool) -> float:
    value = axis.values[i]
    return 0.0 if value is None else -value if high else value


def _figure(
    answer: SweepAnswer, axes: list[Axis], best: list[int], names: Mapping[str, str], look: theme.Theme
) -> dict[str, Any]:
    token = theme.TOKENS[look]
    x, y = axes[1], axes[0]
    there = [i for i in range(len(answer.runs)) if x.values[i] is not None and y.values[i] is not None]
    on = set(best)

    def dots(at: list[int], **more: Any) -> dict[str, Any]:
        return {
            "type": "scatter",
            "mode": "markers",
            "x": [x.values[i] for i in at],
            "y": [y.values[i] for i in at],
            "customdata": [answer.runs[i] for i in at],
            "hovertext": [
                f"<b>{broken(names.get(answer.runs[i], answer.runs[i]))}</b><br>"
                + "<br>".join(f"{broken(axis.name)} {number(axis.values[i])}" for axis in axes)
                for i in at
            ],
            "hovertemplate": "%{hovertext}<extra></extra>",
            "cliponaxis": False,
        } | more

    line = sorted((i for i in best if i in set(there)), key=lambda i: x.values[i] or 0.0)
    step = {"shape": "linear", "width": 1.5, "color": token["accent"]}
    many = len(there) > 200
    traces = [
        dots(
            [i for i in there if i not in on],
            marker={"size": 4 if many else 6, "color": token["text-3"], "opacity": 0.6},
        ),
        dots(
            line,
            mode="lines+markers" if len(axes) == 2 else "markers",
            line=step,
            marker={"size": 8, "color": token["accent"], "line": {"width": 1, "color": token["surface"]}},
            meta={"role": "front"},
        ),
    ]
    layout = {
        "margin": {"l": left_margin(y), "t": 22, "b": 38, "r": 14},
        "xaxis": drawn(x),
        "yaxis": drawn(y, upright=True),
        "annotations": [*named(x, look), above(y, look)],
        "meta": whole(x, y),
    }
    return figure(look, traces, layout)
