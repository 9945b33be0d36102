"""Heatmaps: cells on a colour scale in panels, their labels, and the values that stand in them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext_ui import theme
from mlflow_ext_ui.figures.frame import usable
from mlflow_ext_ui.figures.pack import packed
from mlflow_ext_ui.figures.panels import CAPTION, Panel, Panels, axes_of, on, panels
from mlflow_ext_ui.figures.picture import Look
from mlflow_ext_ui.text import fit, fixed, literal, width

FloatArray = NDArray[np.float64]

_TEXT_HEIGHT = 14
_LABEL = 16
_SPACE = 12
_TITLE = 14


class Cells(NamedTuple):
    """One run's cells as drawn.

    ``values``: shape (n, m), NaN where none is. ``share``: percent of the row's sum, None unless the cells are counts.
    ``rows``, ``cols``: labels as logged. ``tips``: what the tip says of each cell, made up from its value when None.
    ``absent``: shape (n, m), cells that stay empty since they were never logged. ``dots``: colours of the dots that a
    label carries, for labels that not all runs hold.
    """

    run_id: str
    rows: list[str]
    cols: list[str]
    values: FloatArray
    share: FloatArray | None
    shape: tuple[int, int]
    tips: list[list[str]] | None = None
    absent: NDArray[np.bool_] | None = None
    dots: Mapping[str, Sequence[str]] = MappingProxyType({})


class MatrixInfo(NamedTuple):
    """All runs' cells and the shared scale: ``low`` to ``high``, symmetric about 0 when ``diverging``.

    ``row_title``, ``col_title``: what rows and columns are, as metadata "rows" and "columns" say; empty when unknown.
    ``signed``: whether values above zero carry a plus.
    """

    matrices: tuple[Cells, ...]
    low: float
    high: float
    diverging: bool
    decimals: int
    row_title: str
    col_title: str
    signed: bool = False


def scaled(
    matrices: Sequence[Cells],
    row_title: str = "",
    col_title: str = "",
    *,
    signed: bool = False,
    bounds: tuple[float, float] | None = None,
) -> MatrixInfo:
    """These cells on the one scale that their values ask for; symmetric about 0 when ``signed`` or of both signs.

    The scale covers ``bounds`` too.
    """
    pooled = [cells.values[usable(cells.values)] for cells in matrices]
    if pooled and bounds is not None:
        pooled.append(np.array(bounds))
    known = np.concatenate(pooled) if pooled else np.empty(0)
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    diverging = signed or low < 0 < high
    if diverging:
        high = max(-low, high) or 1.0
        low = -high
    elif low == high:
        low, high = min(low, 0.0), max(high, 0.0) or 1.0
    elif 0 < low < high / 2:
        low = 0.0
    return MatrixInfo(tuple(matrices), low, high, diverging, decimals_of(known), row_title, col_title, signed)


def room(
    info: MatrixInfo, look: Look, columns: int | None = None, per_row: int | None = None
) -> tuple[Panels, float, float]:
    """The panels, and how many pixels the row and the column labels get.

    Args:
        info: what stands in all panels.
        look: size of a grid cell.
        columns: width of the card in grid columns, chosen by the cells when None.
        per_row: panels beside each other, as many as show their values when None.
    """
    n = len(info.matrices)
    longest_row = max(width(label) for cells in info.matrices for label in cells.rows)
    longest_col = max(width(label) for cells in info.matrices for label in cells.cols)
    cols, rows = max(len(cells.cols) for cells in info.matrices), max(len(cells.rows) for cells in info.matrices)
    left = min(max(longest_row + 10, 24), look.width * 0.3) + (_TITLE if info.row_title else 0)
    wide = cell_width(info, cols) * cols
    columns = columns or min(look.across, max(n, round((wide + left) / look.width)))
    most = max(1, min(n, int(look.pixels(columns) // max(wide, 120))))
    per_row = per_row or math.ceil(n / math.ceil(n / most))
    across = (look.pixels(columns) - left) / per_row / cols
    flat = longest_col <= across - 4 or across >= 40
    bottom = (24.0 if flat else min(longest_col, 84) + 12) + (_TITLE if info.col_title else 0)
    head = CAPTION if n > 1 else 0
    high = -(-n // per_row) * (rows * (_TEXT_HEIGHT + 2 if rows <= 20 else 4) + head) + bottom
    fits = (card for card in (1, 2, 3) if look.figure_height(card) >= high)
    grid = panels(n, look, left=left, bottom=bottom, per_row=per_row, columns=columns, rows=next(fits, 3), named=n > 1)
    return grid, left - (_TITLE if info.row_title else 0), bottom - (_TITLE if info.col_title else 0)


def cell_width(info: MatrixInfo, cols: int) -> float:
    """Pixels that a cell needs: for its value where there are few, else to be seen."""
    return max(_text_width(info) + 8, 26) if cols <= 20 else 5


def _text_width(info: MatrixInfo) -> float:
    return max(width(fixed(bound, info.decimals, signed=info.signed)) for bound in (info.low, info.high))


def cell_texts(cells: Cells, info: MatrixInfo, grid: Panels) -> list[list[str]] | None:
    """What stands in each cell; None where cells are too small."""
    rows, cols = cells.values.shape
    if (
        grid.height / rows < _TEXT_HEIGHT
        or grid.width / cols < _text_width(info) + 3
        or cells.values.shape != cells.shape
    ):
        return None
    texts = [[fixed(float(value), info.decimals, signed=info.signed) for value in row] for row in cells.values]
    if cells.absent is None:
        return texts
    pairs = zip(texts, cells.absent, strict=True)
    return [["" if gone else text for text, gone in zip(*pair, strict=True)] for pair in pairs]


def decimals_of(known: FloatArray) -> int:
    """Decimals that finite values of one matrix share."""
    if not known.size or np.array_equal(known, np.rint(known)):
        return 0
    largest = float(np.abs(known).max())
    return int(min(max(2 - np.floor(np.log10(largest)), 0), 6)) if largest > 0 else 0


def cell_axes(panel: Panel, cells: Cells, grid: Panels, left: float, bottom: float) -> dict[str, Any]:
    """A panel's axes with the labels of rows and columns, in ``left`` and ``bottom`` pixels."""
    rows, cols = cells.values.shape
    x_ticks = _ticks(cols, grid.width / cols, 40 if bottom <= 24 else _LABEL)
    y_ticks = _ticks(rows, grid.height / rows, _LABEL)
    flat = bottom <= 24
    room = grid.width / cols * (x_ticks[1] - x_ticks[0] if len(x_ticks) > 1 else cols) - 4 if flat else bottom - _SPACE
    unique_rows, unique_cols = _unique(cells.rows), _unique(cells.cols)
    x_axis = {
        "type": "category",
        "categoryarray": unique_cols,
        "tickvals": [unique_cols[i] for i in x_ticks],
        "ticktext": [_label(cells, cells.cols[i], room) for i in x_ticks],
        "tickangle": 0 if flat else -90,
        "range": [-0.5, cols - 0.5],
        "showline": False,
        "ticklabelstandoff": 0,
    }
    y_axis = {
        "type": "category",
        "categoryarray": unique_rows,
        "tickvals": [unique_rows[i] for i in y_ticks],
        "ticktext": [_label(cells, cells.rows[i], left - 8) for i in y_ticks],
        "range": [rows - 0.5, -0.5],
        "showgrid": False,
    }
    return axes_of(panel, x_axis, y_axis)


def _label(cells: Cells, label: str, pixels: float) -> str:
    dots = "".join(f'<span style="color:{color}">●</span>' for color in cells.dots.get(label, ()))
    return literal(fit(label, pixels - 9 * len(cells.dots.get(label, ())))) + (f" {dots}" if dots else "")


def axis_titles(panel: Panel, info: MatrixInfo, grid: Panels, look: Look) -> list[dict[str, Any]]:
    """What rows and columns are, beside the first column of panels and below the last row."""
    style = {"xref": "paper", "yref": "paper", "showarrow": False, "borderpad": 0}
    style |= {"font": {"size": 11, "color": theme.TOKENS[look.theme]["text-3"]}}
    found = []
    if info.row_title and panel.column == 0:
        place = {"x": 0, "xshift": 2 - grid.margin["l"], "xanchor": "left", "y": sum(panel.y) / 2, "yanchor": "middle"}
        found.append(style | place | {"text": literal(fit(info.row_title, grid.height)), "textangle": -90})
    if info.col_title and panel.last_row:
        place = {"x": sum(panel.x) / 2, "xanchor": "center", "y": panel.y[0], "yanchor": "bottom"}
        place |= {"yshift": 1 - grid.margin["b"]}
        found.append(style | place | {"text": literal(fit(info.col_title, grid.width))})
    return found


def _ticks(n: int, pixels: float, least: float) -> list[int]:
    stride = max(1, int(np.ceil(least / max(pixels, 0.1)))) if pixels < least * 0.6 else 1
    return list(range(0, n, stride))


def _unique(labels: Sequence[str]) -> list[str]:
    """Labels for plotly, equal ones told apart by characters without width, since a category axis would join them."""
    seen: dict[str, int] = {}
    unique = []
    for label in labels:
        times = seen.get(label, 0)
        seen[label] = times + 1
        unique.append((literal(label) or " ") + "\u200b" * times)
    return unique


def heatmaps(panel: Panel, cells: Cells, info: MatrixInfo, look: Look) -> list[dict[str, Any]]:
    """The coloured cells, and those that are no finite number in a colour of their own."""
    gap = 2 if max(cells.values.shape) <= 40 else 0
    palette = (theme.DIVERGING if info.diverging else theme.SEQUENTIAL)[look.theme]
    base = {
        "type": "heatmap",
        "x": _unique(cells.cols),
        "y": _unique(cells.rows),
        "xgap": gap,
        "ygap": gap,
        "showscale": False,
        "hoverongaps": False,
    }
    places = f"%{{y}}, %{{x}}<br><b>%{{z:,.{info.decimals}f}}</b>"
    heat = base | {
        "z": packed(cells.values),
        "zmin": info.low,
        "zmax": info.high,
        "colorscale": theme.scale(palette),
        "hovertemplate": places
        + ("  %{customdata:.1f}% of the row" if cells.share is not None else "")
        + "<extra></extra>",
        "meta": {"role": "heatmap", "run": cells.run_id},
    }
    if cells.share is not None:
        heat["customdata"] = packed(cells.share.round(2))
    if cells.tips is not None:
        heat |= {"hovertext": cells.tips, "hovertemplate": "%{y}, %{x}<br>%{hovertext}<extra></extra>"}
    odd = np.isnan(cells.values)
    if cells.absent is not None:
        odd &= ~cells.absent
    if not odd.any():
        return [heat | on(panel)]
    soft = theme.TOKENS[look.theme]["warn-soft"]
    nan = base | {
        "z": packed(np.where(odd, 1.0, np.nan)),
        "colorscale": [[0, soft], [1, soft]],
        "hovertemplate": "%{y}, %{x}<br>not a finite number<extra></extra>",
        "meta": {"role": "nan", "run": cells.run_id},
    }
    return [heat | on(panel), nan | on(panel)]


def overlay(
    panel: Panel, cells: Cells, info: MatrixInfo, look: Look, texts: list[list[str]] | None
) -> list[dict[str, Any]]:
    """The value texts as a scatter trace, since a heatmap's own text has one colour."""
    if texts is None:
        return []
    palette = (theme.DIVERGING if info.diverging else theme.SEQUENTIAL)[look.theme]
    warn = theme.TOKENS[look.theme]["warn"]
    span = info.high - info.low or 1.0
    colors = [
        warn if value != value else theme.ink(theme.at(palette, (value - info.low) / span))
        for value in cells.values.ravel().tolist()
    ]
    columns, rows = _unique(cells.cols), _unique(cells.rows)
    trace = {
        "type": "scatter",
        "mode": "text",
        "x": columns * len(rows),
        "y": [row for row in rows for _ in columns],
        "text": [text for row in texts for text in row],
        "textfont": {"size": 11, "color": colors, "family": theme.FONT},
        "hoverinfo": "skip",
        "meta": {"role": "text", "run": cells.run_id},
    }
    return [trace | on(panel)]
