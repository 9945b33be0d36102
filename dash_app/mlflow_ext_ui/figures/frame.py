"""What all figures share: the template, the memory of zoom, and what to say when there is nothing to draw."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlflow_ext_ui import theme
from mlflow_ext_ui.figures.picture import Figure, Look, Picture
from mlflow_ext_ui.source import Drawing, Version
from mlflow_ext_ui.text import compact, fit, literal

LARGEST = 1e300


def figure(drawing: Drawing, look: Look, traces: list[dict[str, Any]], layout: dict[str, Any]) -> Figure:
    """A figure under our template; zoom is kept while the plot and the unit of x stay the same."""
    meta = {"kind": drawing.plot.kind, "key": drawing.plot.key} | layout.get("meta", {})
    base = {
        "template": theme.template(look.theme),
        "uirevision": f"{drawing.plot.key}|{look.x}|{look.log_y:d}{look.log_x:d}",
        "autosize": True,
        "showlegend": False,
    }
    return {"data": traces, "layout": base | layout | {"meta": meta}}


def usable(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which values can be drawn: finite ones whose differences are finite too."""
    return np.isfinite(values) & (np.abs(values) <= LARGEST)


def nothing(sentence: str) -> Picture:
    """A picture without data, which says so."""
    return Picture(sentence=sentence)


def title(label: str) -> dict[str, Any]:
    """An axis title with the label as logged; empty labels leave no room."""
    return {"title": {"text": literal(label)}} if label else {}


def above_axis(label: str, look: Look, left: float) -> list[dict[str, Any]]:
    """The label of an upright axis, lying above it: a turned one would cost a tenth of a card's width."""
    if not label:
        return []
    place = {
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": 1,
        "xanchor": "left",
        "yanchor": "bottom",
        "xshift": 8 - left,
    }
    style = {"showarrow": False, "font": {"size": 11, "color": theme.TOKENS[look.theme]["text-3"]}}
    return [place | style | {"text": literal(fit(label, look.width - 24))}]


def step_suffix(versions: tuple[Version, ...]) -> str:
    """The step that all versions share, as a caption's end: " · step 48.2k"; empty when there is none."""
    steps = {version.step for version in versions}
    if len(steps) != 1:
        return ""
    step = steps.pop()
    return "" if step is None else f" · step {compact(step) if abs(step) >= 10_000 else f'{step:,}'}"
