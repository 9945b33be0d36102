"""A metric that each run logged once: one row per run, best first, instead of dots heaped over one step."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from mlflow_ext_ui import theme
from mlflow_ext_ui.figures import axes
from mlflow_ext_ui.figures.direction import better
from mlflow_ext_ui.figures.frame import figure, usable
from mlflow_ext_ui.figures.picture import Look, Picture
from mlflow_ext_ui.source import Drawing
from mlflow_ext_ui.text import fit, literal, number, plural, width

_ROW = 16
_LONGEST = 0.42  # share of the card's width that names may take


class SingleInfo(NamedTuple):
    """One value per run, best first where the metric's name tells what is better, else the largest first.

    ``values``: finite or not, those that are not stand last. ``best``: the first is best, not merely largest.
    """

    run_ids: tuple[str, ...]
    values: tuple[float, ...]
    best: bool


def is_single(drawing: Drawing) -> bool:
    """Whether no run has, or will soon have, a second point."""
    return all(len(line.x) <= 1 and not line.running for line in drawing.lines)


def single_info(drawing: Drawing) -> SingleInfo:
    """The rows to draw."""
    direction = better(drawing.plot.field or drawing.plot.title)
    sign = 1.0 if direction == "lower" else -1.0
    rows = [(line.run_id, float(line.y[0])) for line in drawing.lines if len(line.y)]
    rows.sort(key=lambda row: (not math.isfinite(row[1]), sign * row[1] if math.isfinite(row[1]) else 0.0))
    return SingleInfo(tuple(run for run, _ in rows), tuple(value for _, value in rows), direction is not None)


def single(drawing: Drawing, look: Look) -> Picture:
    """The picture of values logged once: a dot per run on one scale, its name before and its value behind it."""
    info = single_info(drawing)
    rows = min(4, max(1, math.ceil((len(info.values) * _ROW + 64) / look.height)))
    room = look.figure_height(rows) - 30
    named = len(info.values) * 13 <= room
    odd = sum(not math.isfinite(value) for value in info.values)
    notes = () if named else ("Names are left out where rows are too close; point at a dot to see its run.",)
    return Picture(
        figure=_figure(drawing, info, look, named),
        caption=plural(len(info.values), "run") + (f", {odd} not finite" if odd else ""),
        rows=rows,
        notes=notes,
    )


def _figure(drawing: Drawing, info: SingleInfo, look: Look, named: bool) -> dict[str, Any]:
    names = [look.name(run) for run in info.run_ids]
    texts = [number(value) for value in info.values]
    left = min(max(map(width, names)) + 14, _LONGEST * look.width) if named else 12.0
    right = max(map(width, texts)) + 16 if named else 12.0
    values = np.array(info.values)
    known = values[usable(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    span = axes.padded(low, high, 0.06)
    layout: dict[str, Any] = {
        "margin": {"l": left, "r": right},
        "hovermode": "closest",
        "xaxis": {"range": span, "showgrid": True, "showline": False, "nticks": 4} | axes.linear(*span),
        "yaxis": axes.named(
            [float(row) for row in range(len(names))] if named else [],
            [literal(fit(name, left - 12)) for name in names] if named else [],
        )
        | {"range": [len(names) - 0.5, -0.5], "showgrid": named, "zeroline": False},
    }
    if named:
        layout["annotations"] = [_value(row, text, info, look) for row, text in enumerate(texts)]
    return figure(drawing, look, [_dots(info, names, texts, look)], layout)


def _dots(info: SingleInfo, names: list[str], texts: list[str], look: Look) -> dict[str, Any]:
    rows = [row for row, value in enumerate(info.values) if math.isfinite(value)]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [info.values[row] for row in rows],
        "y": rows,
        "marker": {
            "size": 9,
            "color": [look.color(info.run_ids[row]) for row in rows],
            "line": {"width": 1.25, "color": theme.TOKENS[look.theme]["surface"]},
        },
        "cliponaxis": False,
        "hovertext": [f"<b>{literal(names[row])}</b><br>{texts[row]}" for row in rows],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "meta": {"role": "values"},
    }


def _value(row: int, text: str, info: SingleInfo, look: Look) -> dict[str, Any]:
    token = theme.TOKENS[look.theme]
    finite = math.isfinite(info.values[row])
    first = row == 0 and info.best and finite and len(info.values) > 1
    color = token["good"] if first else token["text-2"] if finite else token["warn"]
    return {
        "xref": "paper",
        "x": 1,
        "xanchor": "left",
        "xshift": 8,
        "y": row,
        "text": f"<b>{text}</b>" if first else text,
        "showarrow": False,
        "font": {"size": 11, "color": color},
    }
