"""Grouped distributions: a violin per group with its quartiles, computed from all values and sent as shapes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlflow_ext_ui import theme
from mlflow_ext_ui.figures import axes
from mlflow_ext_ui.figures.frame import figure, usable
from mlflow_ext_ui.figures.pack import listed
from mlflow_ext_ui.figures.panels import Panel, axes_of, caption, on, panels
from mlflow_ext_ui.figures.picture import Look, Picture
from mlflow_ext_ui.source import Drawing
from mlflow_ext_ui.text import MISSING, count, fit, literal, number, plural

FloatArray = NDArray[np.float64]

_BINS = 512
_OUTLINE = 64
_HALF = 0.38
_MOST_GROUPS = 24


class Violin(NamedTuple):
    """One group: its density over ``at`` (both shape (k,), greatest density 1) and its five numbers."""

    group: str
    at: FloatArray
    density: FloatArray
    low: float
    first: float
    median: float
    third: float
    high: float
    total: int


def violins(
    drawing: Drawing,
    look: Look,
    values: dict[str, FloatArray],
    groups: Mapping[str, Sequence[str | None]],
    total: str,
    notes: tuple[str, ...],
) -> Picture:
    """The picture of values by group, one panel per run, the same groups in each."""
    names, left = group_names(list(groups.values()))
    if left:
        notes += (f"The {_MOST_GROUPS} largest of {_MOST_GROUPS + left} groups are drawn.",)
    found = {run: violin_info(values[run], groups.get(run), names) for run in values}
    n = len(found)
    low = min(float(one.at[0]) for run in found.values() for one in run if one)
    high = max(float(one.at[-1]) for run in found.values() for one in run if one)
    span = axes.padded(low, high, 0.03)
    columns = min(look.across, max(1, n if len(names) <= 6 else 2 * n))
    grid = panels(n, look, left=axes.left_margin(low, high), named=n > 1, columns=columns)
    slot = grid.width / max(len(names), 1)
    texts = [literal(fit(name, slot - 4)) for name in names]
    layout: dict[str, Any] = {"margin": grid.margin, "annotations": []}
    traces = []
    for panel, (run, shapes) in zip(grid.panels, found.items(), strict=True):
        x_axis = axes.named([float(i) for i in range(len(names))], texts) | {"range": [-0.5, len(names) - 0.5]}
        layout |= axes_of(panel, x_axis, {"range": span} | axes.linear(low, high))
        traces += _traces(panel, shapes, look, run)
        if n > 1:
            layout["annotations"].append(caption(panel, look, run, grid.width))
    caption_text = f"{total} · {plural(len(names) + left, 'group')}"
    return Picture(
        figure(drawing, look, traces, layout), caption=caption_text, columns=grid.columns, rows=grid.rows, notes=notes
    )


def group_names(groups: list[Sequence[str | None]]) -> tuple[list[str], int]:
    """All group names in order of appearance, "–" for none; beyond 24 only the largest, and how many are left out."""
    sizes: Counter[str] = Counter()
    for column in groups:
        sizes.update(MISSING if name is None else name for name in column)
    largest = set(sorted(sizes, key=lambda name: -sizes[name])[:_MOST_GROUPS])
    return [name for name in sizes if name in largest], len(sizes) - len(largest)


def violin_info(values: FloatArray, groups: Sequence[str | None] | None, names: list[str]) -> list[Violin | None]:
    """One violin per name, None where the run has no finite value in that group.

    Args:
        values: shape (n,).
        groups: n names; None puts all values under the first name.
        names: the groups to draw.
    """
    code = codes(groups, names) if groups is not None else np.zeros(len(values), dtype=np.intp)
    finite = usable(values)
    return [_violin(name, values[finite & (code == i)]) for i, name in enumerate(names)]


def codes(labels: Sequence[str | None], names: Sequence[str]) -> NDArray[np.intp]:
    """The place of each label among ``names``, -1 where it has none; no label at all counts as "–".

    Args:
        labels: n labels.
        names: the labels that count.
    """
    found, unique = pd.factorize(np.array(labels, dtype=object), use_na_sentinel=False)
    places = {name: i for i, name in enumerate(names)}
    place = [places.get(MISSING if label is None else label, -1) for label in unique]
    return np.array(place, dtype=np.intp)[found] if len(place) else np.empty(0, dtype=np.intp)


def _violin(group: str, values: FloatArray) -> Violin | None:
    if not values.size:
        return None
    low, first, median, third, high = (float(q) for q in np.percentile(values, [0, 25, 50, 75, 100]))
    at, density = density_of(values)
    return Violin(group, at, density, low, first, median, third, high, len(values))


def density_of(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Gaussian kernel density with Silverman's bandwidth (1986, eq. 3.31) from a fine histogram of all values.

    Args:
        values: shape (n,), finite, n of 1 or more.

    Returns:
        64 positions, none beyond the values, and the density there, scaled to a maximum of 1; one position when all
        values are alike.
    """
    low, high = (float(edge) for edge in np.percentile(values, [0.1, 99.9] if len(values) > 1000 else [0, 100]))
    peak = float(np.abs(values).max()) or 1.0
    spread = float(np.std(values / peak)) * peak
    between = float(np.subtract(*np.percentile(values, [75, 25]))) / 1.34
    scale = min(spread, between) if between > 0 else spread
    width = 0.9 * scale * len(values) ** -0.2
    if not width > 0 or not high > low or not math.isfinite(high - low):
        return np.array([values[0]]), np.array([1.0])
    width = max(width, (high - low) / _BINS)
    edges = np.linspace(low - 2 * width, high + 2 * width, _BINS + 1)
    counts = np.histogram(values, edges)[0].astype(np.float64)
    step = float(edges[1] - edges[0])
    reach = int(np.ceil(4 * width / step))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / width) ** 2)
    smooth = np.convolve(counts, kernel)[reach : reach + _BINS]
    centres = (edges[:-1] + edges[1:]) / 2
    at = np.linspace(max(edges[0], values.min()), min(edges[-1], values.max()), _OUTLINE)  # none beyond what was seen
    density = np.interp(at, centres, smooth)
    return at, density / max(float(density.max()), 1e-300)


def _traces(panel: Panel, shapes: list[Violin | None], look: Look, run: str) -> list[dict[str, Any]]:
    color, token = look.color(run), theme.TOKENS[look.theme]
    traces: list[dict[str, Any]] = []
    whisker: tuple[list[float | None], list[float | None]] = ([], [])
    box: tuple[list[float | None], list[float | None]] = ([], [])
    drawn = [(float(i), shape) for i, shape in enumerate(shapes) if shape]
    for i, shape in drawn:
        traces.append(_outline(i, shape, color))
        for lines, ends in ((whisker, (float(shape.at[0]), float(shape.at[-1]))), (box, (shape.first, shape.third))):
            lines[0].extend([i, i, None])
            lines[1].extend([*ends, None])
    for (x, y), width in ((whisker, 1), (box, 5)):
        line = {"color": color, "width": width}
        traces.append({"type": "scatter", "mode": "lines", "x": x, "y": y, "line": line, "hoverinfo": "skip"})
    traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "x": [i for i, _ in drawn],
            "y": [shape.median for _, shape in drawn],
            "marker": {"size": 6, "color": token["surface"], "line": {"width": 1.5, "color": color}},
            "hovertext": [_words(shape) for _, shape in drawn],
            "hovertemplate": "%{hovertext}<extra></extra>",
        }
    )
    return [trace | on(panel) | {"meta": {"role": "violin", "run": run}} for trace in traces]


def _outline(i: float, shape: Violin, color: str) -> dict[str, Any]:
    half = shape.density * _HALF
    return {
        "type": "scatter",
        "mode": "lines",
        "x": np.concatenate([i - half, (i + half)[::-1], i - half[:1]]).round(4).tolist(),
        "y": listed(np.concatenate([shape.at, shape.at[::-1], shape.at[:1]])),
        "fill": "toself",
        "fillcolor": theme.rgba(color, theme.FILL_ALPHA),
        "line": {"color": color, "width": 1},
        "hoveron": "fills",
        "hoverinfo": "text",
        "text": _words(shape),
    }


def _words(shape: Violin) -> str:
    quartiles = f"{number(shape.first)} to {number(shape.third)}"
    ends = f"{number(shape.low)} to {number(shape.high)}"
    head = f"<b>{literal(shape.group)}</b><br>{count(shape.total)} values, {ends}"
    return f"{head}<br>median {number(shape.median)}<br>middle half {quartiles}"
