"""Two or more lines: over each other, and each minus the reference where both have a value at the same index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext_ui import theme
from mlflow_ext_ui.comparison import caption
from mlflow_ext_ui.comparison.fact import beside, facts
from mlflow_ext_ui.comparison.pair import columns, pair, zero
from mlflow_ext_ui.figures import axes
from mlflow_ext_ui.figures.frame import figure, nothing, usable
from mlflow_ext_ui.figures.line_info import SeriesInfo, drawn_x, series_info, smoothed
from mlflow_ext_ui.figures.pack import packed
from mlflow_ext_ui.figures.panels import Panel, on
from mlflow_ext_ui.figures.picture import Fact, Facts, Look, Picture
from mlflow_ext_ui.figures.series import series_figure, step_text
from mlflow_ext_ui.figures.single import is_single, single
from mlflow_ext_ui.source import Drawing, Line
from mlflow_ext_ui.state import Choice
from mlflow_ext_ui.text import MISSING, number, plural, shown, signed
from mlflow_ext_ui.thinning import line as thinned

FloatArray = NDArray[np.float64]

_BOTTOM = 30


class LineChange(NamedTuple):
    """One line minus the reference at each index that both have: ``steps`` as logged, ``x`` on the axis, ``y``.

    ``own``, ``reference``: the two values there, finite or not; ``y`` is NaN where one is not finite. Shape (n,).
    """

    run_id: str
    steps: tuple[float | str, ...]
    x: FloatArray
    own: FloatArray
    reference: FloatArray
    y: FloatArray


def series(drawing: Drawing, look: Look, choice: Choice) -> Picture:
    """The picture of lines against the first."""
    lines = [line for line in drawing.lines if len(line.x)]
    if len(lines) < 2 or not len(drawing.lines[0].x):
        return nothing("The reference, or each of the others, has no points yet.")
    drawing = replace(drawing, lines=tuple(lines))
    step = replace(look, x="step")
    info = series_info(drawing, step)
    changes = [line_change(line, lines[0], info) for line in lines[1:]]
    found = _facts(lines, changes, info, look)
    over = columns(look, found)
    own = beside(step, found, over)
    total = sum(line.total for line in info.lines)
    notes = ["Compared by step, whatever the x axis of the other plots."] if look.x != "step" else []
    left = [change for change in changes if not len(change.steps)]
    if left:
        notes.append(
            f"{plural(len(left), 'run')} share no index value with the reference.".replace(
                "1 run share ", "1 run shares "
            )
        )
    if is_single(drawing):
        picture = single(drawing, replace(own, width=own.width * over) if not look.own_size else own)
        return replace(picture, columns=over, facts=found, notes=picture.notes + tuple(notes))
    return Picture(
        _figure(drawing, info, changes, own, over),
        caption=shown(sum(line.shown for line in info.lines), total),
        columns=over,
        notes=tuple(notes) + tuple(dict.fromkeys(line.stale for line in lines if line.stale)),
        facts=found,
    )


def line_change(line: Line, reference: Line, info: SeriesInfo) -> LineChange:
    """One line minus another at their common index values; of a value logged twice the last counts.

    Args:
        line: n points, n of 1 or more.
        reference: m points.
        info: the plot, which says where an index value stands on the axis.
    """
    own, first = _by_index(line), _by_index(reference)
    index = tuple(key for key in first if key in own)
    at_own, at_first = [own[key] for key in index], [first[key] for key in index]
    x = drawn_x(reference, info.x_kind)[at_first]
    y, base = line.y[at_own], reference.y[at_first]
    both = usable(y) & usable(base)
    apart = np.where(both, np.where(both, y, 0.0) - np.where(both, base, 0.0), np.nan)
    order = np.argsort(x, kind="stable")
    keys = tuple(index[i] for i in order)
    return LineChange(line.run_id, keys, x[order], y[order], base[order], apart[order])


def rows(drawing: Drawing, look: Look, choice: Choice) -> Iterator[tuple[Any, ...]]:
    """One row per common index value and other run."""
    lines = [line for line in drawing.lines if len(line.x)]
    yield ("run", "reference run", lines[0].index if lines else "step", "value", "reference value", "difference")
    info = series_info(replace(drawing, lines=tuple(lines)), look)
    for line in lines[1:]:
        change = line_change(line, lines[0], info)
        cells = zip(change.steps, change.own.tolist(), change.reference.tolist(), change.y.tolist(), strict=True)
        for index, own, base, apart in cells:
            yield (look.name(line.run_id), look.name(lines[0].run_id), index, own, base, apart)


def _by_index(line: Line) -> dict[float | str, int]:
    keys: list[Any] = list(line.x_text) if line.x_text is not None else line.x.tolist()
    return {key: i for i, key in enumerate(keys)}


def _facts(lines: list[Line], changes: list[LineChange], info: SeriesInfo, look: Look) -> Facts:
    once = all(len(line.x) == 1 for line in lines)
    headings = ["Run", "value", "change"] if once else ["Run", "last", "change", "mean change", "largest change"]
    first = lines[0]
    words = (number(float(first.y[-1])), "reference", *([""] * (len(headings) - 3)))
    body = [Fact(look.name(first.run_id), look.color(first.run_id), words)]
    for line, change in zip(lines[1:], changes, strict=True):
        told = (number(float(line.y[-1])), *_told(change, info))
        body.append(Fact(look.name(line.run_id), look.color(line.run_id), told[: len(headings) - 1]))
    return facts(headings, body)


def _told(change: LineChange, info: SeriesInfo) -> tuple[str, str, str]:
    """The change at the last common index value, its mean, and where it is largest."""
    known = np.flatnonzero(np.isfinite(change.y))
    if not len(known):
        return (MISSING,) * 3
    values = change.y[known]
    largest = int(known[np.argmax(np.abs(values))])
    at = step_text(float(change.x[largest]), info)
    mean = float(np.mean(values / 2) * 2)
    return signed(float(values[-1])), signed(mean), f"{signed(float(change.y[largest]))} at {at}"


def _figure(drawing: Drawing, info: SeriesInfo, changes: list[LineChange], look: Look, over: int) -> dict[str, Any]:
    base = series_figure(drawing, info, look)
    drawn = [_drawn(change, look) for change in changes]
    low, high = axes.finite_range(*(y for _, y in drawn)) or (0.0, 0.0)
    low, high = min(low, 0.0), max(high, 0.0)
    layout = base["layout"]
    grid, first, second = pair(look, info.clip or info.span or (0.0, 1.0), (low, high), bottom=_BOTTOM, over=over)
    traces = [*base["data"]]
    for change, (x, y) in zip(changes, drawn, strict=True):
        if len(x):
            traces.append(_difference(second, change, x, y, look, alone=len(changes) == 1))
    x_axis = layout["xaxis"]
    reference, run = drawing.lines[0].run_id, changes[0].run_id if len(changes) == 1 else None
    layout |= {
        "margin": grid.margin,
        "xaxis": x_axis | {"domain": list(first.x)},
        "xaxis2": x_axis | {"domain": list(second.x), "anchor": "y3", "matches": "x"},
        "yaxis3": zero(low, high, look) | {"anchor": "x2", "domain": list(second.y)},
        "annotations": [*layout.get("annotations", ()), caption.apart(second, look, run, reference, grid.width)],
        "meta": layout["meta"] | {"compared": True},
    }
    return figure(drawing, look, traces, layout)


def _drawn(change: LineChange, look: Look) -> tuple[FloatArray, FloatArray]:
    """The difference as drawn: smoothed as the lines are, then thinned; NaN where it breaks."""
    known = np.flatnonzero(np.isfinite(change.y))
    y = change.y[known]
    if look.smoothing > 0 and len(y) > 1:
        y = smoothed(y, look.smoothing)
    keep = thinned(change.x[known], y, look.max_points)
    gaps = np.flatnonzero(np.isnan(change.y) & np.isfinite(change.x))[:200]
    places = np.concatenate([known[keep], gaps])
    order = np.argsort(places, kind="stable")
    return change.x[places[order]], np.concatenate([y[keep], np.full(len(gaps), np.nan)])[order]


def _difference(
    panel: Panel, change: LineChange, x: FloatArray, y: FloatArray, look: Look, *, alone: bool
) -> dict[str, Any]:
    color = look.color(change.run_id)
    trace = {
        "type": "scatter",
        "mode": "lines" if len(x) > 1 else "markers",
        "x": packed(x),
        "y": packed(y),
        "line": {"color": color, "width": theme.LINE_WIDTH},
        "marker": {"size": 5, "color": color},
        "connectgaps": False,
        "hoverinfo": "none",
        "meta": {"role": "difference", "run": change.run_id, "name": look.name(change.run_id), "color": color},
    }
    if alone:
        trace |= {"fill": "tozeroy", "fillcolor": theme.rgba(color, theme.INTERVAL_ALPHA)}
    return trace | on(panel) | {"yaxis": "y3"}
