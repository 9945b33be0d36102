"""Axes that stay while the steps of a plot are gone through: their union over some steps, laid over a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mlflow_ext_ui.figures.picture import Figure, Frame, Picture

Range = tuple[float, float]


def spanning(base: Frame, figures: Sequence[Figure]) -> Frame:
    """``base`` with the ranges of x and y that hold those of all figures, and the widest left margin."""
    left = max((float(figure["layout"].get("margin", {}).get("l", 0)) for figure in figures), default=0.0)
    return replace(base, x=_union(figures, "xaxis"), y=_union(figures, "yaxis"), left=left)


def framed(picture: Picture, frame: Frame) -> Picture:
    """The picture with no axis shorter than the frame's; names along an axis stay where they are."""
    if picture.figure is None:
        return picture
    layout = dict(picture.figure["layout"])
    for name, span in (("xaxis", frame.x), ("yaxis", frame.y)):
        for key in _numeric(layout, name) if span else ():
            low, high = layout[key]["range"]
            layout[key] = layout[key] | {"range": [min(low, span[0]), max(high, span[1])]} if span else layout[key]
    margin = layout.get("margin", {})
    if "l" in margin:
        layout["margin"] = margin | {"l": max(margin["l"], frame.left)}
    return replace(picture, figure={**picture.figure, "layout": layout})


def _union(figures: Sequence[Figure], name: str) -> Range | None:
    ranges = [figure["layout"][key]["range"] for figure in figures for key in _numeric(figure["layout"], name)]
    return (min(one[0] for one in ranges), max(one[1] for one in ranges)) if ranges else None


def _numeric(layout: dict[str, Any], name: str) -> list[str]:
    """The axes of this direction that hold numbers in ascending order, not names."""
    found = [key for key, axis in layout.items() if key.startswith(name) and isinstance(axis, dict) and "range" in axis]
    named = {key for key in found if layout[key].get("type") == "category" or "ticktext" in layout[key]}
    return [key for key in found if key not in named and layout[key]["range"][0] < layout[key]["range"][1]]
