"""A param against the target: dots with the line through them, or strips where it is a category."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from mlflow_ext.rest import SweepAnswer, Trendline
from mlflow_ext_ui import theme
from mlflow_ext_ui.sweeps.frame import ACROSS, broken, drawn, figure, left_margin, named, whole
from mlflow_ext_ui.sweeps.parallel import Axis, param_axis, strongest, target_axis
from mlflow_ext_ui.text import fit, number, one_line, plural

_STRIP = 0.28  # half of the width over which runs of one category are spread


class ScatterInfo(NamedTuple):
    """Both axes, the runs that have both values, and what goes through them."""

    x: Axis
    y: Axis
    at: tuple[int, ...]
    runs: tuple[str, ...]
    trend: Trendline | None


def scatter_info(answer: SweepAnswer, param: str = "") -> ScatterInfo | None:
    """The param asked for, else the strongest number, else the strongest; None where nothing varies."""
    known = {one.name: one for one in answer.params}
    order = strongest(answer)
    first = next((name for name in order if known[name].kind in ("number", "log")), order[0] if order else None)
    name = param if param in known else first
    if name is None or not answer.targets:
        return None
    x, y = param_axis(known[name]), target_axis(answer.targets[0])
    at = tuple(i for i, (a, b) in enumerate(zip(x.values, y.values, strict=True)) if a is not None and b is not None)
    return ScatterInfo(x, y, at, tuple(answer.runs), answer.trends.get(name))


def scatter(info: ScatterInfo, names: Mapping[str, str], look: theme.Theme) -> dict[str, Any]:
    """The figure; its last trace, of the role "suggested", is filled with suggestions where they are known."""
    token = theme.TOKENS[look]
    x_axis, y_axis = drawn(info.x, ACROSS), drawn(info.y, upright=True)
    layout = {
        "margin": {"l": left_margin(info.y), "t": 8, "b": 38, "r": 14},
        "xaxis": x_axis,
        "yaxis": _wide(info, y_axis),
        "annotations": named(info.x, look),
        "hovermode": "closest",
        "meta": {"param": info.x.name, "levels": info.x.levels, "log": info.x.log} | whole(info.x, info.y),
    }
    fit = _fit(info.trend, look) if info.trend else []
    marks = _boxes(info, look) if info.x.levels else []
    suggested = {
        "type": "scatter",
        "mode": "markers",
        "x": [],
        "y": [],
        "marker": {
            "symbol": "diamond",
            "size": 11,
            "color": token["accent"],
            "line": {"width": 1, "color": token["surface"]},
        },
        "cliponaxis": False,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "meta": {"role": "suggested"},
    }
    return {
        "figure": figure(look, [*fit, *marks, _dots(info, names, look), suggested], layout),
        "param": info.x.name,
        "caption": plural(len(info.at), "run"),
        "note": _note(info),
    }


def _wide(info: ScatterInfo, axis: dict[str, Any]) -> dict[str, Any]:
    """Room for the interval, but not for one that runs away beyond the runs."""
    if info.trend is None or "range" not in axis:
        return axis
    low, high = axis["range"]
    room = (high - low) * 0.5
    return axis | {
        "range": [max(low - room, min([low, *info.trend.low])), min(high + room, max([high, *info.trend.high]))]
    }


def _dots(info: ScatterInfo, names: Mapping[str, str], look: theme.Theme) -> dict[str, Any]:
    xs = np.array([info.x.values[i] for i in info.at], dtype=np.float64)
    if info.x.levels:
        xs = xs + np.random.default_rng(7).uniform(-_STRIP, _STRIP, len(xs))
    texts = []
    for i in info.at:
        x, y = info.x.values[i], info.y.values[i]
        shown = info.x.levels[int(x)] if info.x.levels and x is not None else number(x)
        run = info.runs[i]
        texts.append(
            f"<b>{broken(names.get(run, run))}</b><br>{broken(info.x.name)} {broken(shown)}"
            f"<br>{broken(info.y.name)} {number(y)}"
        )
    many = len(info.at) > 200
    return {
        "type": "scatter",
        "mode": "markers",
        "x": xs.tolist(),
        "y": [info.y.values[i] for i in info.at],
        "customdata": [info.runs[i] for i in info.at],
        "marker": {"size": 4 if many else 6, "color": theme.TOKENS[look]["text-3"], "opacity": 0.5 if many else 0.8},
        "selected": {"marker": {"opacity": 1, "color": theme.TOKENS[look]["text"]}},
        "unselected": {"marker": {"opacity": 0.15}},
        "hovertext": texts,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
        "meta": {"role": "runs"},
    }


def _fit(trend: Trendline, look: theme.Theme) -> list[dict[str, Any]]:
    accent = theme.TOKENS[look]["accent"]
    line: dict[str, Any] = {"type": "scatter", "mode": "lines", "x": trend.x, "hoverinfo": "skip"}
    band = theme.rgba(accent, theme.INTERVAL_ALPHA)
    return [
        line | {"y": trend.low, "line": {"width": 0}},
        line | {"y": trend.high, "line": {"width": 0}, "fill": "tonexty", "fillcolor": band},
        line | {"y": trend.y, "line": {"width": theme.LINE_WIDTH, "color": accent}, "meta": {"role": "trend"}},
    ]


def _boxes(info: ScatterInfo, look: theme.Theme) -> list[dict[str, Any]]:
    """Per category a band from the lower to the upper quartile, and the median."""
    groups: dict[int, list[float]] = {}
    for i in info.at:
        groups.setdefault(int(info.x.values[i] or 0), []).append(float(info.y.values[i] or 0.0))
    accent = theme.TOKENS[look]["accent"]
    boxes: dict[str, list[float | None]] = {"x": [], "y": []}
    medians: dict[str, list[float | None]] = {"x": [], "y": []}
    for level, held in sorted(groups.items()):
        low, middle, high = np.quantile(held, (0.25, 0.5, 0.75)).tolist()
        left, right = level - 0.36, level + 0.36
        if len(held) > 2:
            boxes["x"] += [left, right, right, left, left, None]
            boxes["y"] += [low, low, high, high, low, None]
        medians["x"] += [left, right, None]
        medians["y"] += [middle, middle, None]
    line = {"type": "scatter", "mode": "lines", "hoverinfo": "skip"}
    return [
        line | boxes | {"fill": "toself", "fillcolor": theme.rgba(accent, theme.INTERVAL_ALPHA), "line": {"width": 0}},
        line | medians | {"line": {"width": theme.LINE_WIDTH, "color": accent}, "meta": {"role": "median"}},
    ]


def _note(info: ScatterInfo) -> str:
    stated = len(info.x.logged)
    left = len(info.runs) - len(info.at) - stated
    name = fit(one_line(info.x.name), ACROSS)
    lacking = f"{plural(left, 'run')} without {name} not drawn. " if left else ""
    lacking += f"{plural(stated, 'run')} whose {name} is no number not drawn. " if stated else ""
    if info.x.levels:
        return (
            lacking + "Line: median. Band: the middle half of the runs, from 3 runs on. Sideways places mean nothing."
        )
    if info.trend is None:
        shown = {info.y.values[i] for i in info.at}
        return lacking + (
            "Too few runs for a line." if len(shown) != 1 else f"{info.y.name} is the same in all of them."
        )
    form = "a line" if info.trend.degree == 1 else "a bow"
    return lacking + f"The fit is {form}; the band is its 95% interval. Diamonds are what to try next."
