"""Matrix: an annotated heatmap per run on one shared colour scale, the first row at the top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlflow_ext.primitives import Matrix, drawn
from mlflow_ext_ui import theme
from mlflow_ext_ui.figures.frame import figure, nothing, step_suffix, usable
from mlflow_ext_ui.figures.heatmap import (
    Cells,
    MatrixInfo,
    axis_titles,
    cell_axes,
    cell_texts,
    heatmaps,
    overlay,
    room,
    scaled,
)
from mlflow_ext_ui.figures.panels import MOST, caption, left_out
from mlflow_ext_ui.figures.picture import Frame, Look, Picture
from mlflow_ext_ui.source import Drawing, Moment
from mlflow_ext_ui.text import count, number, plural
from mlflow_ext_ui.thinning import blocks

MOST_CELLS = 128


def matrix(drawing: Drawing, look: Look) -> Picture:
    """The picture of a matrix."""
    info = matrix_info(drawing, look.frame.values if look.frame else None)
    if not info.matrices:
        return nothing("No cells yet.")
    if not any(bool(usable(cells.values).any()) for cells in info.matrices):
        return nothing("No cell holds a finite value.")
    grid, *inner = room(info, look)
    texts = [cell_texts(cells, info, grid) for cells in info.matrices]
    layout: dict[str, Any] = {"margin": grid.margin, "annotations": [], "plot_bgcolor": theme.TRANSPARENT}
    traces = []
    for panel, cells, text in zip(grid.panels, info.matrices, texts, strict=True):
        layout |= cell_axes(panel, cells, grid, *inner)
        layout["annotations"] += axis_titles(panel, info, grid, look)
        traces += heatmaps(panel, cells, info, look) + overlay(panel, cells, info, look, text)
        if len(info.matrices) > 1:
            layout["annotations"].append(caption(panel, look, cells.run_id, grid.width))
    return Picture(
        figure=figure(drawing, look, traces, layout),
        caption=_caption(info) + step_suffix(drawing.versions),
        columns=grid.columns,
        rows=grid.rows,
        notes=_notes(info, drawing, all(text is None for text in texts)),
    )


def color_range(moments: Sequence[Moment]) -> Frame:
    """The range of the cells at all of these moments."""
    cells = [
        drawn(version.primitive.values)
        for moment in moments
        for version in moment.drawing.versions[:MOST]
        if isinstance(version.primitive, Matrix)
    ]
    finite = [values[usable(values)] for values in cells]
    finite = [values for values in finite if values.size]
    if not finite:
        return Frame()
    return Frame(values=(min(float(one.min()) for one in finite), max(float(one.max()) for one in finite)))


def matrix_info(drawing: Drawing, bounds: tuple[float, float] | None = None) -> MatrixInfo:
    """Cells, shared scale and decimals of all runs; large matrices are reduced to their extreme values by blocks.

    The scale covers ``bounds`` at least.
    """
    found = [
        _cells(version.run_id, version.primitive)
        for version in drawing.versions[:MOST]
        if isinstance(version.primitive, Matrix) and version.primitive.values.size
    ]
    return scaled(found, said(drawing, "rows"), said(drawing, "columns"), bounds=bounds)


def said(drawing: Drawing, name: str) -> str:
    """A text that the metadata of any run gives under this name."""
    texts = ((version.metadata or version.primitive.metadata or {}).get(name) for version in drawing.versions)
    return next((text for text in texts if isinstance(text, str)), "")


def _cells(run_id: str, primitive: Matrix) -> Cells:
    values = drawn(primitive.values)
    values = np.where(usable(values), values, np.nan)
    small, rows, cols = blocks(values, MOST_CELLS, MOST_CELLS)
    share = None
    sums = np.nansum(values, axis=1, keepdims=True)
    counts = bool((values >= 0).all() and np.array_equal(values, np.rint(values)) and (sums > 0).any())
    if counts and values.shape == small.shape and values.shape[0] == values.shape[1] and np.ptp(values) > 1:
        share = np.divide(values, sums, out=np.zeros_like(values), where=sums > 0) * 100
    return Cells(
        run_id=run_id,
        rows=[primitive.row_labels[i] for i in rows],
        cols=[primitive.col_labels[i] for i in cols],
        values=small,
        share=share,
        shape=values.shape,
    )


def _caption(info: MatrixInfo) -> str:
    shapes = {cells.shape for cells in info.matrices}
    size = (
        " × ".join(map(count, shapes.pop())) if len(shapes) == 1 else plural(len(info.matrices), "matrix", "matrices")
    )
    reduced = next((cells for cells in info.matrices if cells.values.shape != cells.shape), None)
    return f"{' × '.join(map(count, reduced.values.shape))} of {size}" if reduced and len(shapes) == 0 else size


def _notes(info: MatrixInfo, drawing: Drawing, untold: bool) -> tuple[str, ...]:
    notes = list(left_out(len(drawing.versions)))
    if any(cells.values.shape != cells.shape for cells in info.matrices):
        notes.append("Each cell shows the value of its block that is farthest from the median.")
    odd = sum(int(np.isnan(cells.values).sum()) for cells in info.matrices)
    if odd:
        notes.append(f"{plural(odd, 'cell')} {'is' if odd == 1 else 'are'} not a finite number.")
    if untold:
        notes.append(f"Colour runs from {number(info.low)} to {number(info.high)}; values stand in the tip.")
    return tuple(notes)
