"""Small multiples: one panel per run, side by side on shared axes, each under its run's dot and name."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from mlflow_ext_ui.figures.axes import Axis
from mlflow_ext_ui.figures.picture import Look
from mlflow_ext_ui.text import fit, literal

CAPTION = 18
MOST = 20
_GAP = 14
_NARROW = 250
_NARROWEST = 210
_SHAPE = 1.6  # width over height that a panel of a resized card comes as near to as it can


class Panel(NamedTuple):
    """One panel: ``suffix`` of its axes' names, its place in shares of the plot area, where it stands in the grid."""

    suffix: str
    x: tuple[float, float]
    y: tuple[float, float]
    column: int
    row: int
    last_row: bool


class Panels(NamedTuple):
    """The panels of a card, the card's size in grid cells, and each panel's size in pixels."""

    panels: tuple[Panel, ...]
    columns: int
    rows: int
    width: float
    height: float
    margin: dict[str, int]


def panels(
    n: int,
    look: Look,
    *,
    left: float = 42,
    bottom: float = 26,
    per_row: int | None = None,
    columns: int | None = None,
    rows: int | None = None,
    named: bool = True,
    gap: float = _GAP,
) -> Panels:
    """Room for ``n`` panels.

    Args:
        n: 1 or more.
        look: size of a grid cell.
        left: pixels for the tick texts of the first column.
        bottom: pixels for the tick texts of the last row.
        per_row: panels beside each other, chosen by ``n`` and the width when None.
        columns: width of the card in grid columns, chosen by ``n`` when None.
        rows: height of the card in grid rows, one per row of panels when None.
        named: whether each panel has a caption above.
        gap: pixels between panels.
    """
    columns = columns or min(n, look.across)
    head = CAPTION if named else 0
    margin = {"l": round(left), "r": 12, "t": 4 + head, "b": round(bottom)}
    wide = look.pixels(columns) - margin["l"] - margin["r"]
    if per_row is None and look.sized:
        per_row = _most_legible(n, wide, look.figure_height(1) - margin["t"] - margin["b"], gap, 8 + head)
    across = min(n, per_row or beside(n, look.pixels(columns)))
    down = math.ceil(n / across)
    rows = rows or down
    high = look.figure_height(rows) - margin["t"] - margin["b"]
    between = 8 + head if named or across > 1 else 2
    each_wide = max((wide - gap * (across - 1)) / across, 10)
    each_high = max((high - between * (down - 1)) / down, 10)
    placed = []
    for i in range(n):
        row, column = divmod(i, across)
        x0 = column * (each_wide + gap) / wide
        y1 = 1 - row * (each_high + between) / high
        spot = (x0, min(1.0, x0 + each_wide / wide)), (max(0.0, y1 - each_high / high), y1)
        placed.append(Panel("" if i == 0 else str(i + 1), *spot, column, row, i + across >= n))
    return Panels(tuple(placed), columns, rows, each_wide, each_high, margin)


def _most_legible(n: int, wide: float, high: float, gap: float, between: float) -> int:
    def least(across: int) -> float:
        down = math.ceil(n / across)
        return min((wide - gap * (across - 1)) / across / _SHAPE, (high - between * (down - 1)) / down)

    return max(range(1, n + 1), key=least)


def beside(n: int, pixels: float) -> int:
    """How many of ``n`` panels stand in a row of so many pixels: no more than are legible, in rows of like length."""
    most = max(1, int(pixels // (_NARROW if n <= 12 else _NARROWEST)))
    return math.ceil(n / math.ceil(n / most))


def axes_of(panel: Panel, x: Axis, y: Axis) -> dict[str, Any]:
    """A panel's two axes; tick texts only in the first column and the last row, since all share their ranges."""
    across: Axis = {"domain": list(panel.x), "anchor": f"y{panel.suffix}", "showticklabels": panel.last_row} | x
    upward: Axis = {"domain": list(panel.y), "anchor": f"x{panel.suffix}", "showticklabels": panel.column == 0} | y
    if not panel.last_row:
        across.pop("title", None)
    if panel.column:
        upward.pop("title", None)
    return {f"xaxis{panel.suffix}": across, f"yaxis{panel.suffix}": upward}


def on(panel: Panel) -> dict[str, str]:
    """What binds a trace to the panel's axes."""
    return {"xaxis": f"x{panel.suffix}", "yaxis": f"y{panel.suffix}"}


def caption(panel: Panel, look: Look, run_id: str, room: float, *, inside: bool = False) -> dict[str, Any]:
    """The run's dot and name above its panel, or in its upper left corner, shortened to ``room`` pixels."""
    name = fit(look.name(run_id), room - 14)
    return {
        "xref": "paper",
        "yref": "paper",
        "x": panel.x[0],
        "y": panel.y[1],
        "xanchor": "left",
        "yanchor": "top" if inside else "bottom",
        "showarrow": False,
        "text": f'<span style="color:{look.color(run_id)}">●</span> {literal(name)}',
        "hovertext": literal(look.name(run_id)),
    }


def left_out(n: int) -> tuple[str, ...]:
    """What to say when more runs are on screen than panels are drawn."""
    return (f"The first {MOST} of {n} runs are drawn side by side.",) if n > MOST else ()
