"""Data to plotly figures: one file per kind, found by kind in ``FIGURES``. A new kind is a file and a line here."""

from __future__ import annotations

from collections.abc import Callable

from mlflow_ext_ui.figures.barchart import barchart
from mlflow_ext_ui.figures.curve import curve
from mlflow_ext_ui.figures.distribution import distribution
from mlflow_ext_ui.figures.matrix import matrix
from mlflow_ext_ui.figures.picture import Chip, Column, Figure, GridInfo, Look, Picture, Sheet
from mlflow_ext_ui.figures.scatter import scatter
from mlflow_ext_ui.figures.series import series
from mlflow_ext_ui.figures.table import table
from mlflow_ext_ui.source import Drawing
from mlflow_ext_ui.theme import GRAPH_CONFIG

__all__ = ["FIGURES", "GRAPH_CONFIG", "Chip", "Column", "Figure", "GridInfo", "Look", "Picture", "Sheet", "figure"]

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
    return draw(drawing, look)
