"""Two or more matrices: the reference, the other where there is one, and the difference of each, matched by label."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.primitives import Matrix
from mlflow_ext_ui import theme
from mlflow_ext_ui.comparison import caption
from mlflow_ext_ui.comparison.alignment import Aligned, aligned, finite, is_count, precision, recall, row_percent
from mlflow_ext_ui.comparison.fact import beside, facts
from mlflow_ext_ui.figures.frame import figure, nothing, step_suffix
from mlflow_ext_ui.figures.heatmap import (
    Cells,
    MatrixInfo,
    axis_titles,
    cell_axes,
    cell_texts,
    cell_width,
    heatmaps,
    overlay,
    room,
    scaled,
)
from mlflow_ext_ui.figures.matrix import MOST_CELLS, said
from mlflow_ext_ui.figures.panels import MOST, Panels
from mlflow_ext_ui.figures.panels import caption as run_caption
from mlflow_ext_ui.figures.picture import Chip, Fact, Facts, Look, Picture, Switch
from mlflow_ext_ui.source import Drawing, Version
from mlflow_ext_ui.state import Choice, Unit
from mlflow_ext_ui.text import fixed, literal, shorten, width
from mlflow_ext_ui.thinning import blocks

FloatArray = NDArray[np.float64]

_TIPS = 1600
_LEAST_PANEL = 90
_MOST_CLASSES = 40
_UPRIGHT = 40  # pixels from which a label stands upright, shortened if need be
_UNITS = (("percent", "% of row"), ("count", "Counts"))


class MatrixChange(NamedTuple):
    """Matrices over the union of their labels, the reference first.

    ``differences``: shape (n, m) per other run, its cells minus the reference's, NaN where one of both has none.
    ``unit``: what the cells are, None when the matrices are no counts. ``scores``: change of recall and precision in
    points per other run and class, shape (others, 2, classes); None unless all are counts over the same classes.
    """

    runs: tuple[str, ...]
    aligned: Aligned
    differences: tuple[FloatArray, ...]
    unit: Unit | None
    classes: list[str]
    scores: FloatArray | None


def matrix(drawing: Drawing, look: Look, choice: Choice) -> Picture:
    """The picture of matrices against the first."""
    change = matrix_change(drawing, choice.unit)
    if isinstance(change, str):
        return nothing(change)
    found = _facts(change, look)
    shown = _shown(change, look)
    columns = _columns(shown, look, found)
    own = beside(look, found, columns)
    titles = said(drawing, "rows"), said(drawing, "columns")
    grid, *inner = room(_all(shown, *titles), own, columns, _per_row(len(shown), own.pixels(columns)))
    layout: dict[str, Any] = {"margin": grid.margin, "annotations": [], "plot_bgcolor": theme.TRANSPARENT}
    traces = []
    untold = cell_texts(shown[-1].matrices[0], shown[-1], grid) is None
    for i, (panel, info) in enumerate(zip(grid.panels, shown, strict=True)):
        (cells,) = info.matrices
        layout |= cell_axes(panel, cells, grid, *inner)
        layout["annotations"] += axis_titles(panel, _all([info], *titles), grid, own)
        layout["annotations"].append(_caption(change, look, info, i, grid))
        traces += heatmaps(panel, cells, info, look) + overlay(panel, cells, info, look, cell_texts(cells, info, grid))
    return Picture(
        figure(drawing, look, traces, layout),
        caption=("% of row" if change.unit == "percent" else "") + step_suffix(drawing.versions),
        columns=grid.columns,
        rows=grid.rows,
        notes=_notes(change, look) + ((_untold(shown[-1]),) if untold else ()),
        facts=found,
        switches=(Switch("unit", "Cells", _UNITS, change.unit),) if change.unit else (),
    )


def matrix_change(drawing: Drawing, unit: Unit) -> MatrixChange | str:
    """The matrices and their differences; a sentence when there is nothing to compare.

    Args:
        drawing: the reference first.
        unit: what cells hold when all matrices are counts.
    """
    pairs = [(version, version.primitive) for version in drawing.versions if isinstance(version.primitive, Matrix)]
    held = [(version, one) for version, one in pairs if one.values.size]
    if len(held) < 2 or held[0][0] is not pairs[0][0]:
        return "The reference, or each of the others, holds no cells."
    counts = [finite(one) for _, one in held]
    countable = all(map(is_count, counts))
    cells = [row_percent(one) for one in counts] if countable and unit == "percent" else counts
    union = aligned([one for _, one in held], cells)
    if union is None:
        return "The labels of these matrices have too little in common to set them against each other."
    first, *others = union.values
    if not any(bool(np.isfinite(other - first).any()) for other in others):
        return "No cell of these matrices has the same labels and a finite value in both."
    classes, scores = _scores(held, counts) if countable else ([], None)
    runs = tuple(version.run_id for version, _ in held)
    differences = tuple(other - first for other in others)
    return MatrixChange(runs, union, differences, unit if countable else None, classes, scores)


def rows(drawing: Drawing, look: Look, choice: Choice) -> Iterator[tuple[Any, ...]]:
    """One row per cell and other run."""
    yield ("run", "reference run", "row", "column", "value", "reference value", "difference")
    change = matrix_change(drawing, choice.unit)
    if isinstance(change, str):
        return
    union = change.aligned
    for run, values, difference in zip(change.runs[1:], union.values[1:], change.differences, strict=True):
        for i, row in enumerate(union.rows):
            for j, col in enumerate(union.cols):
                cells = (float(values[i, j]), float(union.values[0][i, j]), float(difference[i, j]))
                yield (look.name(run), look.name(change.runs[0]), row, col, *cells)


def _scores(held: list[tuple[Version, Matrix]], counts: list[FloatArray]) -> tuple[list[str], FloatArray | None]:
    """Classes and the change of their scores; rows are the true classes unless metadata calls them predicted."""
    labels = list(held[0][1].row_labels)
    if len(set(labels)) < len(labels) or not 2 <= len(labels) <= _MOST_CLASSES:
        return [], None
    found = []
    for (version, one), cells in zip(held, counts, strict=True):
        rows, cols = list(one.row_labels), list(one.col_labels)
        if sorted(rows) != sorted(labels) or sorted(cols) != sorted(labels):
            return [], None
        square = cells[np.ix_([rows.index(label) for label in labels], [cols.index(label) for label in labels])]
        told = (version.metadata or one.metadata or {}).get("rows")
        true_rows = square.T if isinstance(told, str) and told.lower().startswith("predict") else square
        found.append(np.stack([recall(true_rows), precision(true_rows)]))
    return labels, np.stack(found[1:]) - found[0]


def _facts(change: MatrixChange, look: Look) -> Facts | None:
    if change.scores is None:
        return None
    if len(change.runs) == 2:
        columns, headings = change.scores[0], [Chip("recall", ""), Chip("precision", "")]
    else:
        columns = change.scores[:, 0]
        headings = [Chip(shorten(look.name(run), 8), look.color(run)) for run in change.runs[1:]]
    texts = [
        tuple("–" if value != value else fixed(float(value), 1, signed=True) for value in row) for row in columns.T
    ]
    body = [Fact(label, "", values) for label, values in zip(change.classes, texts, strict=True)]
    return facts(["Change, points" if len(change.runs) == 2 else "Recall, points", *headings], body)


def _shown(change: MatrixChange, look: Look) -> list[MatrixInfo]:
    """What each panel shows: of two runs both and the difference, of more the reference and the differences."""
    raw = [0, 1] if len(change.runs) == 2 else [0]
    values = [_cells(change, look, i, change.aligned.values[i], change.aligned.held[i]) for i in raw]
    both = [change.aligned.held[0] & held for held in change.aligned.held[1:]]
    apart = [
        _cells(change, look, i, one, there, tips=True)
        for i, (one, there) in enumerate(zip(change.differences, both, strict=True), start=1)
    ]
    scale, difference = scaled(values), scaled(apart, signed=True)
    difference = difference._replace(decimals=max(scale.decimals, difference.decimals))
    if change.unit == "percent":
        scale, difference = scale._replace(decimals=1), difference._replace(decimals=1)
    return [scale._replace(matrices=(one,)) for one in values] + [difference._replace(matrices=(one,)) for one in apart]


def _cells(
    change: MatrixChange, look: Look, i: int, values: FloatArray, held: NDArray[np.bool_], *, tips: bool = False
) -> Cells:
    small, at_rows, at_cols = blocks(values, MOST_CELLS, MOST_CELLS)
    union = change.aligned
    dots = {label: [look.color(change.runs[j]) for j in places] for label, places in union.partial.items()}
    return Cells(
        run_id=change.runs[i],
        rows=[union.rows[j] for j in at_rows],
        cols=[union.cols[j] for j in at_cols],
        values=small,
        share=None,
        shape=values.shape,
        tips=_tips(change, look, i) if tips and values.size <= _TIPS else None,
        absent=~held if small.shape == values.shape else np.isnan(small),
        dots=dots,
    )


def _tips(change: MatrixChange, look: Look, i: int) -> list[list[str]]:
    decimals = 1 if change.unit == "percent" else 0 if change.unit else 4
    names = literal(look.name(change.runs[i])), literal(look.name(change.runs[0]))
    stacked = np.stack([change.aligned.values[i], change.aligned.values[0], change.differences[i - 1]], axis=-1)
    return [
        [
            f"<b>{fixed(apart, decimals, signed=True)}</b><br>{names[0]} {fixed(own, decimals)}"
            f"<br>{names[1]} {fixed(first, decimals)}"
            for own, first, apart in row
        ]
        for row in stacked.tolist()
    ]


def _columns(shown: list[MatrixInfo], look: Look, found: Facts | None) -> int:
    """Grid columns of the card: as few, of two and more, as keep values and labels legible, else all."""
    cells = shown[-1].matrices[0]
    label = min(max(width(name) for name in cells.cols), _UPRIGHT) if len(cells.cols) <= 20 else 0.0
    left = min(max(width(name) for name in cells.rows) + 24, look.width * 0.3)
    needed = max(cell_width(shown[-1], len(cells.cols)), label + 4) * len(cells.cols) * len(shown) + left
    fits = (n for n in range(2, look.across) if beside(look, found, n).pixels(n) >= needed)
    return next(fits, look.across)


def _per_row(n: int, pixels: float) -> int:
    """Panels beside each other: all of a pair, its difference among them; of more three, or two and two."""
    return max(1, min(2 if n == 4 else 3, int(pixels // _LEAST_PANEL)))


def _all(shown: list[MatrixInfo], row_title: str, col_title: str) -> MatrixInfo:
    """All panels as one, with the widest texts and the titles, for their room."""
    widest = shown[-1]
    low, high = min(info.low for info in shown), max(info.high for info in shown)
    cells = tuple(info.matrices[0] for info in shown)
    decimals = max(info.decimals for info in shown)
    return MatrixInfo(cells, low, high, widest.diverging, decimals, row_title, col_title, widest.signed)


def _caption(change: MatrixChange, look: Look, info: MatrixInfo, i: int, grid: Panels) -> dict[str, Any]:
    panel, run = grid.panels[i], info.matrices[0].run_id
    if info.signed:
        unit = "points" if change.unit == "percent" else ""
        return caption.difference(panel, look, run, change.runs[0], grid.width, unit)
    return caption.reference(panel, look, run, grid.width) if i == 0 else run_caption(panel, look, run, grid.width)


def _untold(info: MatrixInfo) -> str:
    ends = f"{fixed(info.low, info.decimals)} to {fixed(info.high, info.decimals, signed=True)}"
    return f"Colours of the difference run from {ends}; its values stand in the tip."


def _notes(change: MatrixChange, look: Look) -> tuple[str, ...]:
    notes = []
    union = change.aligned
    for holders in dict.fromkeys(union.partial.values()):
        labels = [label for label, places in union.partial.items() if places == holders]
        names = ", ".join(look.name(change.runs[i]) for i in holders)
        listed = ", ".join(labels[:8]) + (f" and {len(labels) - 8} more" if len(labels) > 8 else "")
        notes.append(f"Only in {names}: {listed}.")
    if not any(bool(np.nan_to_num(one).any()) for one in change.differences):
        notes.append("No cell differs.")
    if max(len(union.rows), len(union.cols)) > MOST_CELLS:
        notes.append("Each cell shows the value of its block that is farthest from the median.")
    return tuple(notes[:MOST])
