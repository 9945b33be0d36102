"""BarChart: bars by group, side by side or stacked; for several runs of one group each, a dot per run."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.primitives import BarChart, drawn
from mlflow_ext_ui import theme
from mlflow_ext_ui.figures import axes
from mlflow_ext_ui.figures.frame import above_axis, figure, nothing, step_suffix, title, usable
from mlflow_ext_ui.figures.panels import MOST, Panel, Panels, axes_of, caption, left_out, on, panels
from mlflow_ext_ui.figures.picture import Chip, Look, Picture
from mlflow_ext_ui.source import Drawing
from mlflow_ext_ui.text import count, fit, literal, plural, width

FloatArray = NDArray[np.float64]

MOST_CATEGORIES = 60
_TURNED = 88
_ROW = 17


class BarInfo(NamedTuple):
    """Bars of all runs over the same categories and groups.

    ``values``: shape (groups, categories) by run id, NaN where none is. ``dots``: one dot per run instead of bars.
    ``of``: categories logged, more than ``categories`` when only the largest are. ``odd``: not finite.
    """

    categories: list[str]
    groups: list[str]
    values: dict[str, FloatArray]
    dots: bool
    stacked: bool
    horizontal: bool
    x_label: str
    y_label: str
    of: int
    odd: int


def barchart(drawing: Drawing, look: Look) -> Picture:
    """The picture of a bar chart."""
    info = bar_info(drawing)
    if not info.categories:
        return nothing("No bars yet.")
    if not any(bool(np.isfinite(values).any()) for values in info.values.values()):
        return nothing("No bar has a finite value.")
    draw = _dots if info.dots else _bars
    made, grid = draw(drawing, info, look)
    several = len(info.groups) > 1
    chips = tuple(Chip(group, _group_color(i)) for i, group in enumerate(info.groups)) if several else ()
    return Picture(
        made,
        caption=_caption(drawing, info),
        columns=grid.columns,
        rows=grid.rows,
        chips=chips,
        notes=_notes(drawing, info),
    )


def bar_info(drawing: Drawing) -> BarInfo:
    """Categories and groups of all runs in order of appearance, with their values."""
    charts = {
        version.run_id: version.primitive
        for version in drawing.versions[:MOST]
        if isinstance(version.primitive, BarChart)
    }
    categories = list(dict.fromkeys(name for chart in charts.values() for name in unique_names(chart.categories)))
    groups = list(dict.fromkeys(name for chart in charts.values() for name in chart.groups))
    values = {run: _aligned(chart, categories, groups) for run, chart in charts.items()}
    logged = sum(int((~usable(drawn(column))).sum()) for chart in charts.values() for column in chart.groups.values())
    first = next(iter(charts.values()), None)
    stacked = any(chart.stacked for chart in charts.values())
    keep = _largest(values, len(categories))
    names = [categories[i] for i in keep]
    longest = max((width(name) for name in names), default=0.0)
    dots = len(charts) > 1 and len(groups) == 1 and not stacked
    lying = any(chart.horizontal for chart in charts.values()) or dots or (longest > _TURNED)
    return BarInfo(
        categories=names,
        groups=groups,
        values={run: column[:, keep] for run, column in values.items()},
        dots=dots,
        stacked=stacked,
        horizontal=lying,
        x_label=first.x_label if first else "",
        y_label=first.y_label if first else "",
        of=len(categories),
        odd=logged,
    )


def unique_names(names: tuple[str, ...]) -> list[str]:
    """Category names; one that comes again gets its number."""
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return unique


def _aligned(chart: BarChart, categories: list[str], groups: list[str]) -> FloatArray:
    place = {name: i for i, name in enumerate(categories)}
    values = np.full((len(groups), len(categories)), np.nan)
    at = [place[name] for name in unique_names(chart.categories)]
    for i, group in enumerate(groups):
        if group in chart.groups:
            column = drawn(chart.groups[group])
            values[i, at] = np.where(usable(column), column, np.nan)
    return values


def _largest(values: dict[str, FloatArray], n: int) -> list[int]:
    if n <= MOST_CATEGORIES:
        return list(range(n))
    size = np.max([np.nan_to_num(np.abs(column)).max(axis=0) for column in values.values()], axis=0)
    return sorted(np.argsort(-size, kind="stable")[:MOST_CATEGORIES].tolist())


def _bars(drawing: Drawing, info: BarInfo, look: Look) -> tuple[dict[str, Any], Panels]:
    grid, left, turned = _room(info, look)
    span = _span(info)
    several = len(info.values) > 1
    layout: dict[str, Any] = {
        "margin": grid.margin,
        "barmode": "relative" if info.stacked else "group",
        "bargap": 0.3,
        "bargroupgap": 0.06,
        "annotations": [],
    }
    if not info.horizontal and info.y_label and not several:
        layout["margin"] = grid.margin | {"t": 18}
        layout["annotations"] += above_axis(info.y_label, look, left)
    traces = []
    for panel, (run, values) in zip(grid.panels, info.values.items(), strict=True):
        layout |= _axes(panel, info, grid, left, turned, span)
        for i, group in enumerate(info.groups):
            color = _group_color(i) if len(info.groups) > 1 else look.color(run)
            traces.append(_bar(panel, info, run, group, values[i], color))
        if several:
            layout["annotations"].append(caption(panel, look, run, grid.width))
    return figure(drawing, look, traces, layout), grid


def _bar(panel: Panel, info: BarInfo, run: str, group: str, values: FloatArray, color: str) -> dict[str, Any]:
    positions = list(range(len(info.categories)))
    lengths = [None if value != value else value for value in values.tolist()]
    head = f"<br>{literal(group)}" if len(info.groups) > 1 else ""
    number = "%{x:,.4~g}" if info.horizontal else "%{y:,.4~g}"
    trace = {
        "type": "bar",
        "orientation": "h" if info.horizontal else "v",
        "x": lengths if info.horizontal else positions,
        "y": positions if info.horizontal else lengths,
        "marker": {"color": color, "cornerradius": 0 if info.stacked else 2},
        "hovertext": [literal(name) for name in info.categories],
        "hovertemplate": f"%{{hovertext}}{head}<br><b>{number}</b><extra></extra>",
        "meta": {"role": "bars", "run": run, "group": group},
    }
    return trace | on(panel)


def _dots(drawing: Drawing, info: BarInfo, look: Look) -> tuple[dict[str, Any], Panels]:
    """One row per category, one dot per run, as the values of runs lie close together and bars would hide it."""
    left = _name_room(info, look, 1)
    rows = _card_rows(len(info.categories) * _ROW, look)
    grid = panels(1, look, left=left, bottom=36 if info.y_label else 26, named=False, rows=rows)
    surface = theme.TOKENS[look.theme]["surface"]
    known = np.concatenate([values[np.isfinite(values)] for values in info.values.values()])
    span = axes.padded(float(known.min()), float(known.max()), 0.06)
    traces = []
    for run, values in info.values.items():
        at = np.flatnonzero(np.isfinite(values[0]))
        marker = {"size": 9, "color": look.color(run), "line": {"width": 1.25, "color": surface}}
        name = literal(look.name(run))
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": values[0][at].tolist(),
                "y": at.tolist(),
                "marker": marker,
                "cliponaxis": False,
                "hovertext": [literal(info.categories[i]) for i in at],
                "hovertemplate": f"<b>{name}</b><br>%{{hovertext}}: %{{x:,.4~g}}<extra></extra>",
                "meta": {"role": "dots", "run": run},
            }
        )
    layout = {
        "margin": grid.margin,
        "xaxis": {"range": span, "showgrid": True, "showline": False, "nticks": 7}
        | axes.linear(*span)
        | title(info.y_label),
        "yaxis": _name_axis(info, left, grid.height),
    }
    return figure(drawing, look, traces, layout), grid


def _room(info: BarInfo, look: Look) -> tuple[Panels, float, bool]:
    """The panels, the pixels left of the first, and whether category names stand upright."""
    n, count = len(info.values), len(info.categories)
    per_category = 1 if info.stacked else max(1, len(info.groups))
    named = n > 1
    if info.horizontal:
        columns = min(look.across, max(n, 1 if max(map(width, info.categories)) <= 0.45 * look.width else 2))
        left = _name_room(info, look, columns)
        rows = _card_rows(count * max(_ROW, 7 * per_category), look)
        lower = 36 if info.y_label else 26
        return panels(n, look, left=left, bottom=lower, named=named, columns=columns, rows=rows), left, False
    low, high = _span(info)
    left = axes.left_margin(low, high)
    needed = count * max(6 * per_category, 14)
    columns = min(look.across, max(n, -(-needed // look.width)))
    flat = panels(n, look, left=left, bottom=26, named=named, columns=columns)
    longest = max(map(width, info.categories))
    turned = longest > flat.width / count - 4
    bottom = min(longest, _TURNED) + 12 if turned else 36.0 if info.x_label else 26.0
    return panels(n, look, left=left, bottom=bottom, named=named, columns=columns), left, turned


def _name_room(info: BarInfo, look: Look, columns: int) -> float:
    return min(max(map(width, info.categories)) + 12, 0.45 * look.pixels(columns), 300)


def _card_rows(pixels: float, look: Look) -> int:
    return min(4, max(1, round((pixels + 40) / look.height)))


def _span(info: BarInfo) -> tuple[float, float]:
    """Least and greatest length of a bar, 0 among them; of stacks the sums of each sign."""
    low = high = 0.0
    for values in info.values.values():
        bars = np.nan_to_num(values)
        if info.stacked:
            ups, downs = np.maximum(bars, 0).sum(axis=0), np.minimum(bars, 0).sum(axis=0)
        else:
            ups, downs = bars, bars
        low, high = min(low, float(downs.min())), max(high, float(ups.max()))
    return low, high if high > low else low + 1.0


def _axes(
    panel: Panel, info: BarInfo, grid: Panels, left: float, turned: bool, span: tuple[float, float]
) -> dict[str, Any]:
    low, high = span
    room = (high - low) * 0.05
    length: axes.Axis = {"range": [low - room if low < 0 else 0, high + room if high > 0 else 0]} | axes.linear(
        low, high
    )
    zero = {"zeroline": low < 0, "zerolinewidth": 1}
    if info.horizontal:
        x_axis = length | zero | {"showgrid": True, "showline": False, "nticks": 5} | title(info.y_label)
        return axes_of(panel, x_axis, _name_axis(info, left, grid.height))
    names = _names(info, grid.width / len(info.categories) - 4 if not turned else _TURNED, grid.width, 13)
    x_axis = names | {
        "range": [-0.5, len(info.categories) - 0.5],
        "tickangle": -90 if turned else 0,
        "showline": low >= 0,
    }
    if not turned:
        x_axis |= title(info.x_label)
    return axes_of(panel, x_axis, length | zero)


def _name_axis(info: BarInfo, left: float, height: float) -> axes.Axis:
    n = len(info.categories)
    return _names(info, left - 10, height, 11) | {"range": [n - 0.5, -0.5], "showgrid": True, "nticks": n}


def _names(info: BarInfo, pixels: float, length: float, each: float) -> axes.Axis:
    n = len(info.categories)
    stride = max(1, int(np.ceil(n * each / max(length, 1))))
    positions = list(range(0, n, stride))
    return axes.named([float(i) for i in positions], [literal(fit(info.categories[i], pixels)) for i in positions])


def _group_color(i: int) -> str:
    return theme.LABEL_COLORS[i % len(theme.LABEL_COLORS)]


def _caption(drawing: Drawing, info: BarInfo) -> str:
    if info.of > len(info.categories):
        return f"{count(len(info.categories))} of {count(info.of)} categories" + step_suffix(drawing.versions)
    values = sum(int(np.isfinite(values).sum()) for values in info.values.values())
    return plural(values, "value") + step_suffix(drawing.versions)


def _notes(drawing: Drawing, info: BarInfo) -> tuple[str, ...]:
    notes = left_out(len(drawing.versions))
    if info.of > len(info.categories):
        notes += (f"The {len(info.categories)} categories with the largest values are drawn.",)
    if info.odd:
        notes += (f"{plural(info.odd, 'value')} {'is' if info.odd == 1 else 'are'} missing or not finite.",)
    return notes
