"""Two or more bar charts: the change of every bar against the reference, with its sign and as a percentage."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.primitives import BarChart
from mlflow_ext_ui import theme
from mlflow_ext_ui.comparison import caption
from mlflow_ext_ui.comparison.change import BarGrid, bar_grid, relative
from mlflow_ext_ui.figures import axes
from mlflow_ext_ui.figures.barchart import MOST_CATEGORIES
from mlflow_ext_ui.figures.frame import figure, nothing, step_suffix
from mlflow_ext_ui.figures.panels import CAPTION, Panel, Panels, axes_of, beside, on, panels
from mlflow_ext_ui.figures.picture import GAP, Chip, Look, Picture
from mlflow_ext_ui.source import Drawing
from mlflow_ext_ui.state import Choice
from mlflow_ext_ui.text import count, fit, fixed, literal, number, signed, width

FloatArray = NDArray[np.float64]

_ROW = 17
_LEAST_ROW = 12
_MOST_UNIT = 90
_TEXT = width("+0.0000  +000.0%")


class BarChange(NamedTuple):
    """The bars of all runs, the reference first, and each other's change: absolute and as a share of the reference.

    ``changes``, ``shares``: shape (groups, categories) per other run, NaN where there is none.
    """

    runs: tuple[str, ...]
    bars: BarGrid
    changes: tuple[FloatArray, ...]
    shares: tuple[FloatArray, ...]


def barchart(drawing: Drawing, look: Look, choice: Choice) -> Picture:
    """The picture of the bars' changes."""
    change = bar_change(drawing)
    if isinstance(change, str):
        return nothing(change)
    keep = _largest(change)
    several = len(change.bars.groups) > 1
    rows = len(keep) * len(change.bars.groups)
    n = len(change.runs) - 1
    columns = min(look.across, max(1 if n == 1 else 2, n))
    down = math.ceil(n / beside(n, look.pixels(columns)))
    high = min(4, max(1, math.ceil((down * (rows * _ROW + CAPTION) + 44) / (look.height + GAP))))
    left = min(max(width(change.bars.categories[i]) for i in keep) + 12, 0.4 * look.width)
    grid = panels(n, look, left=left, bottom=26, columns=columns, rows=high)
    layout: dict[str, Any] = {"margin": grid.margin, "annotations": [], "bargap": 0.3, "hovermode": "closest"}
    shown = [one[:, keep][np.isfinite(one[:, keep])] for one in change.changes]
    low, high_end = axes.finite_range(*shown) or (0.0, 0.0)
    traces = []
    for i, panel in enumerate(grid.panels):
        layout |= _axes(panel, change, keep, grid, left, (min(low, 0.0), max(high_end, 0.0)))
        traces += _traces(panel, change, i, keep, look, grid)
        layout["annotations"].append(
            caption.difference(panel, look, change.runs[i + 1], change.runs[0], grid.width, _unit(drawing))
        )
    chips = tuple(Chip(group, _color(i)) for i, group in enumerate(change.bars.groups)) if several else ()
    return Picture(
        figure(drawing, look, traces, layout),
        caption="change from the reference" + step_suffix(drawing.versions),
        columns=grid.columns,
        rows=grid.rows,
        chips=chips,
        notes=_notes(change, keep, look),
    )


def bar_change(drawing: Drawing) -> BarChange | str:
    """The change of every bar; a sentence when there is nothing to compare."""
    held = [(one.run_id, one.primitive) for one in drawing.versions if isinstance(one.primitive, BarChart)]
    kept = [(run, one) for run, one in held if len(one.categories)]
    if len(kept) < 2 or kept[0][0] != held[0][0]:
        return "The reference, or each of the others, has no bars."
    bars = bar_grid([one for _, one in kept])
    first, *others = bars.values
    changes = tuple(other - first for other in others)
    if not any(bool(np.isfinite(one).any()) for one in changes):
        return "No bar has a finite value in the reference and in another run."
    return BarChange(tuple(run for run, _ in kept), bars, changes, tuple(relative(one, first) for one in changes))


def rows(drawing: Drawing, look: Look, choice: Choice) -> Iterator[tuple[Any, ...]]:
    """One row per other run, category and group that one of both holds."""
    yield ("run", "reference run", "category", "group", "value", "reference value", "change", "relative change")
    change = bar_change(drawing)
    if isinstance(change, str):
        return
    bars = change.bars
    for i, run in enumerate(change.runs[1:]):
        for j, category in enumerate(bars.categories):
            for g, group in enumerate(bars.groups):
                cells = [grid[g, j] for grid in (bars.values[i + 1], bars.values[0], change.changes[i])]
                if bars.held[0][g, j] or bars.held[i + 1][g, j]:
                    share = float(change.shares[i][g, j])
                    yield (look.name(run), look.name(change.runs[0]), category, group, *map(_cell, cells), _cell(share))


def _cell(value: float) -> float | None:
    return None if value != value else float(value)


def _largest(change: BarChange) -> list[int]:
    """Which categories to draw, in their order: all, or those that change most."""
    n = len(change.bars.categories)
    most = max(1, MOST_CATEGORIES // len(change.bars.groups))
    if n <= most:
        return list(range(n))
    size = np.max([np.nan_to_num(np.abs(one)).max(axis=0) for one in change.changes], axis=0)
    return sorted(np.argsort(-size, kind="stable")[:most].tolist())


def _unit(drawing: Drawing) -> str:
    charts = (one.primitive for one in drawing.versions)
    label = next((one.y_label for one in charts if isinstance(one, BarChart) and one.y_label), "")
    return label if width(label) <= _MOST_UNIT else ""


def _axes(
    panel: Panel, change: BarChange, keep: list[int], grid: Panels, left: float, span: tuple[float, float]
) -> dict[str, Any]:
    groups = len(change.bars.groups)
    n = len(keep) * groups
    room = (span[1] - span[0]) or 1.0
    # Values stand behind their bars: room for them at the side that needs it.
    sides = (span[0] < 0) + (span[1] > 0)
    share = min(1.5, _TEXT / max(grid.width - sides * _TEXT, 60))
    x_range = [span[0] - room * (share if span[0] < 0 else 0.02), span[1] + room * (share if span[1] > 0 else 0.02)]
    if span[0] == span[1]:
        x_range = [-1.0, 1.0]
    stride = max(1, math.ceil(len(keep) * 11 / max(grid.height, 1)))
    at = list(range(0, len(keep), stride))
    names = [literal(fit(change.bars.categories[keep[i]], left - 10)) for i in at]
    y_axis = axes.named([i * groups + (groups - 1) / 2 for i in at], names)
    y_axis |= {"range": [n - 0.5, -0.5], "showgrid": False, "zeroline": False}
    zero = {"zeroline": True, "zerolinewidth": 1, "showgrid": True, "showline": False, "nticks": 4}
    return axes_of(panel, {"range": x_range} | zero | axes.linear(*span), y_axis)


def _traces(panel: Panel, change: BarChange, i: int, keep: list[int], look: Look, grid: Panels) -> list[dict[str, Any]]:
    bars, run = change.bars, change.runs[i + 1]
    groups = len(bars.groups)
    places = [(j * groups + g, g, k) for j, k in enumerate(keep) for g in range(groups)]
    values = [float(change.changes[i][g, k]) for _, g, k in places]
    color = [_color(g) if groups > 1 else look.color(run) for _, g, _ in places]
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": [None if value != value else value for value in values],
        "y": [place for place, _, _ in places],
        "marker": {"color": color, "cornerradius": 2},
        "hovertext": [_tip(change, i, g, k, look) for _, g, k in places],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "meta": {"role": "bars", "run": run},
    }
    if grid.height / max(len(places), 1) < _LEAST_ROW:
        return [trace | on(panel)]
    token = theme.TOKENS[look.theme]
    texts = {
        "type": "scatter",
        "mode": "text",
        "x": [0.0 if value != value else value for value in values],
        "y": [place for place, _, _ in places],
        "text": [_text(change, i, g, k, look) for _, g, k in places],
        "textposition": ["middle left" if value < 0 else "middle right" for value in values],
        "textfont": {"size": 11, "color": [token["text-3"] if value != value else token["text-2"] for value in values]},
        "hoverinfo": "skip",
        "cliponaxis": False,
        "meta": {"role": "text", "run": run},
    }
    return [trace | on(panel), texts | on(panel)]


def _text(change: BarChange, i: int, g: int, k: int, look: Look) -> str:
    value = float(change.changes[i][g, k])
    if value == value:
        share = float(change.shares[i][g, k])
        return signed(value) + ("" if share != share or value == 0 else f"  {_percent(share)}")
    holders = [run for run, held in ((0, change.bars.held[0]), (i + 1, change.bars.held[i + 1])) if held[g, k]]
    if len(holders) == 1:
        return f'only in <span style="color:{look.color(change.runs[holders[0]])}">●</span>'
    return "not finite" if holders else ""


def _percent(share: float) -> str:
    return fixed(share * 100, 1, signed=True) + "%" if abs(share) < 10 else "> 10 ×"


def _tip(change: BarChange, i: int, g: int, k: int, look: Look) -> str:
    bars = change.bars
    head = literal(bars.categories[k]) + (f", {literal(bars.groups[g])}" if len(bars.groups) > 1 else "")
    lines = [
        f"{literal(look.name(change.runs[j]))} {number(float(bars.values[j][g, k])) if bars.held[j][g, k] else '–'}"
        for j in (i + 1, 0)
    ]
    return f"<b>{head}</b> {signed(float(change.changes[i][g, k]))}<br>" + "<br>".join(lines)


def _color(i: int) -> str:
    return theme.LABEL_COLORS[i % len(theme.LABEL_COLORS)]


def _notes(change: BarChange, keep: list[int], look: Look) -> tuple[str, ...]:
    notes = []
    held = [one.any(axis=0) for one in change.bars.held]
    for i, run in enumerate(change.runs):
        alone = held[i] & ~np.any([one for j, one in enumerate(held) if j != i], axis=0)
        names = [change.bars.categories[k] for k in np.flatnonzero(alone)]
        if names:
            listed = ", ".join(names[:8]) + (f" and {count(len(names) - 8)} more" if len(names) > 8 else "")
            notes.append(f"Only in {look.name(run)}: {listed}.")
    if len(keep) < len(change.bars.categories):
        total = count(len(change.bars.categories))
        notes.append(f"The {len(keep)} of {total} categories that change most are drawn; the CSV holds all.")
    return tuple(notes)
