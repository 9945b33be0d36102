"""Two panels beside each other on one x axis: the values of all runs, and what each differs from the reference."""

from __future__ import annotations

from typing import Any

from mlflow_ext_ui import theme
from mlflow_ext_ui.figures import axes
from mlflow_ext_ui.figures.panels import Panel, Panels, panels
from mlflow_ext_ui.figures.picture import Facts, Look

_ROOM = -4
_MOST = 0.42  # of the card for the numbers, or the figure beside them is too small to read


def columns(look: Look, found: Facts) -> int:
    """Grid columns of a pair with its numbers: two, one more where those would take too much of two."""
    two = min(2, look.across)
    crowded = not look.own_size and found.width > _MOST * two * look.width
    return min(two + crowded, look.across)


def pair(
    look: Look, values: tuple[float, float], differences: tuple[float, float], *, bottom: float, over: int
) -> tuple[Panels, Panel, Panel]:
    """The grid, the panel of the values and that of the differences, each with room for its own ticks.

    Args:
        look: the room that the figure has.
        values: least and greatest of the values.
        differences: least and greatest of the differences.
        bottom: pixels for the tick texts of x and its name.
        over: the grid columns of the card.
    """
    apart = axes.left_margin(*differences) + _ROOM
    grid = panels(
        2, look, left=axes.left_margin(*values), bottom=bottom, per_row=2, columns=over, rows=1, gap=float(apart)
    )
    return grid, grid.panels[0], grid.panels[1]


def zero(low: float, high: float, look: Look) -> axes.Axis:
    """An upright axis of differences from ``low`` to ``high``, a line at zero, plus signs above it."""
    if low == high:
        low, high = -1.0, 1.0
    line: dict[str, Any] = {
        "zeroline": True,
        "zerolinewidth": 1,
        "zerolinecolor": theme.TOKENS[look.theme]["text-3"],
        "nticks": 5,
        "range": axes.padded(low, high, 0.08),
    }
    return line | axes.linear(low, high)
