"""Data to plotly figures: one file per kind, found by kind in ``FIGURES``. A new kind is a file and a line here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from mlflow_ext_ui.figures.barchart import barchart
from mlflow_ext_ui.figures.curve import curve
from mlflow_ext_ui.figures.distribution import binning, distribution
from mlflow_ext_ui.figures.extent import framed, spanning
from mlflow_ext_ui.figures.matrix import color_range, matrix
from mlflow_ext_ui.figures.picture import Chip, Column, Figure, Frame, GridInfo, Look, Picture, Sheet
from mlflow_ext_ui.figures.ridge import ridge
from mlflow_ext_ui.figures.scatter import scatter
from mlflow_ext_ui.figures.series import series
from mlflow_ext_ui.figures.step_heatmap import step_heatmap
from mlflow_ext_ui.figures.table import table
from mlflow_ext_ui.source import Drawing, History, Moment
from mlflow_ext_ui.step import Over
from mlflow_ext_ui.theme import GRAPH_CONFIG

__all__ = [
    "EXTENTS",
    "FIGURES",
    "GRAPH_CONFIG",
    "OVER_TIME",
    "Chip",
    "Column",
    "Figure",
    "Frame",
    "GridInfo",
    "Look",
    "Picture",
    "Sheet",
    "figure",
    "frame",
    "over_time",
]

FIGURES: dict[str, Callable[[Drawing, Look], Picture]] = {
    "series": series,
    "distribution": distribution,
    "scatter": scatter,
    "matrix": matrix,
    "curve": curve,
    "barchart": barchart,
    "table": table,
}


def figure(drawing: Drawing, look: Look) -> Picture:
    """The picture of a plot of any kind; pure, and never raises for data that a primitive accepts."""
    draw = FIGURES.get(drawing.plot.kind)
    if draw is None:
        return Picture(sentence=f"This version can't draw the kind {drawing.plot.kind!r}; a newer one may.")
    picture = draw(drawing, look)
    return picture if look.frame is None else framed(picture, look.frame)


EXTENTS: dict[str, Callable[[Sequence[Moment]], Frame]] = {"distribution": binning, "matrix": color_range}


def frame(history: History, look: Look) -> Frame:
    """What the plot keeps at each of its steps, as far as these moments tell."""
    extent = EXTENTS.get(history.moments[0].drawing.plot.kind) if history.moments else None
    base = extent(history.moments) if extent else Frame()
    pictures = [figure(moment.drawing, replace(look, frame=base)) for moment in history.moments]
    return spanning(base, [picture.figure for picture in pictures if picture.figure])


OVER_TIME: dict[Over, Callable[[History, Look], Picture]] = {"ridge": ridge, "heatmap": step_heatmap}


def over_time(history: History, look: Look, way: Over) -> Picture:
    """The picture of a distribution over its steps; pure, and never raises for data that a primitive accepts."""
    return OVER_TIME[way](history, look)
