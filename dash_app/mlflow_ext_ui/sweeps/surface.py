"""What a random forest says of two params: a surface in colours, the runs on it, grey far from all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.rest import DependenceAnswer, DependenceAxis, SweepAnswer, SweepParameter
from mlflow_ext_ui import theme
from mlflow_ext_ui.sweeps.frame import ACROSS, above, broken, drawn, figure, left_margin, named, whole
from mlflow_ext_ui.sweeps.parallel import Axis, finite
from mlflow_ext_ui.text import number, one_line, tick, width

FloatArray = NDArray[np.float64]
_STRIP = 0.3  # half of the width over which runs of one category are spread
_FARTHEST = 0.2  # of an axis
_EVENLY = 1.57  # runs spread evenly leave 4 of 100 places so far, in shares of their distance
_LEFT = 48  # pixels: "0.0003" stands beside the cells
_FINE = 12  # places of each number, from which on a cell alone is a speck
_FEW = 2
_OTHER = "(other)"
_MANY = 200


class Held(NamedTuple):
    """The runs that a forest rests on, and what they are called."""

    sweep: SweepAnswer
    names: Mapping[str, str]


class _Grid(NamedTuple):
    """What is said at each place, rows from below; shape (rows, columns)."""

    x: Axis
    y: Axis
    mean: FloatArray
    low: FloatArray
    high: FloatArray
    near: NDArray[np.intp]


class _Dots(NamedTuple):
    """Runs that have both params: their place in the sweep, and where they stand."""

    at: list[int]
    x: FloatArray
    y: FloatArray


def axis_of(one: DependenceAxis, levels: Sequence[str] | None = None) -> Axis:
    """Places of a param as an axis; ``levels``: its categories in another order."""
    if one.levels:
        count = len(one.levels)
        at: list[float | None] = [float(i) for i in range(count)]
        return Axis(one.name, one.kind, False, -0.5, count - 0.5, at, list(levels or one.levels), [], 0, False)
    values = [finite(value) or 0.0 for value in one.numbers]
    log = one.kind == "log" and values[0] > 0
    return Axis(one.name, one.kind, log, values[0], values[-1], list(values), [], [], 0, False)


def surface(answer: DependenceAnswer, target: str, look: theme.Theme, held: Held | None) -> dict[str, Any]:
    """The figure, the colours of its scale and their ends, and a note on what is a guess."""
    grid = _grid(answer)
    dots = _dots(grid, held.sweep) if held else None
    far, reach = _far(grid, dots)
    shown = np.vectorize(lambda value: finite(value) or 0.0, otypes=[np.float64])(grid.mean)
    trace = {
        "type": "heatmap",
        "x": grid.x.values,
        "y": grid.y.values,
        "z": shown.tolist(),
        "colorscale": theme.scale(theme.SEQUENTIAL[look]),
        "showscale": False,
        "hovertext": _hover(grid, target),
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    runs = [_runs(grid, dots, held, target, look)] if held and dots else []
    ends = [number(float(grid.mean.min()), 3), number(float(grid.mean.max()), 3)]
    layout = {
        "margin": {"l": max(left_margin(grid.y), _LEFT), "t": 24, "b": 38, "r": 14},
        "xaxis": _cells(grid.x, ACROSS),
        "yaxis": _cells(grid.y, 240, upright=True),
        "annotations": [*named(grid.x, look), above(grid.y, look, ACROSS / 2)],
        "hovermode": "closest",
        "hoverdistance": 6,
        "meta": whole(grid.x, grid.y) | {"bar": True},
    }
    return {
        "figure": figure(look, [trace, _veil(grid, far, look), *runs], layout),
        "ends": ends,
        "scale": list(theme.SEQUENTIAL[look]),
        "note": _note(far, reach),
    }


def _note(far: NDArray[np.bool_], reach: float) -> str:
    if not far.any():
        return ""
    where = f"no run within {reach * 100:.0f}% of the axes" if reach else "no run is there"
    return f"Grey: {where}, so it is a guess."


def _grid(answer: DependenceAnswer) -> _Grid:
    """A category stands upright where the other is a number, else the one of longer names; the highest is last."""
    one, other = answer.axes
    held = [np.array(rows, dtype=np.float64) for rows in (answer.mean, answer.low, answer.high)]
    near = np.array(answer.near, dtype=np.intp)
    if one.levels and (not other.levels or _longest(one) > _longest(other)):
        one, other, held, near = other, one, [rows.T for rows in held], near.T
    scaled = held[0] / (np.abs(held[0]).max() or 1.0)
    columns, rows = _order(one, scaled.mean(axis=0)), _order(other, scaled.mean(axis=1))
    at = np.ix_(rows, columns)
    x = axis_of(one, [one.levels[i] for i in columns] if one.levels else None)
    y = axis_of(other, [other.levels[i] for i in rows] if other.levels else None)
    return _Grid(x, y, held[0][at], held[1][at], held[2][at], near[at])


def _longest(one: DependenceAxis) -> float:
    return max(width(one_line(level)) for level in one.levels)


def _order(one: DependenceAxis, expected: FloatArray) -> NDArray[np.intp]:
    if one.kind == "category" and one.levels:
        return np.argsort(expected, kind="stable")
    return np.arange(len(expected))


def _dots(grid: _Grid, sweep: SweepAnswer) -> _Dots | None:
    known = {one.name: one for one in sweep.params}
    if grid.x.name not in known or grid.y.name not in known:
        return None
    xs, ys = _places(grid.x, known[grid.x.name]), _places(grid.y, known[grid.y.name])
    both = [i for i, (a, b) in enumerate(zip(xs, ys, strict=True)) if a is not None and b is not None]
    return _Dots(both, *(np.array([held[i] for i in both], dtype=np.float64) for held in (xs, ys)))


def _places(axis: Axis, one: SweepParameter) -> list[float | None]:
    """Where each run stands on an axis; a category that has no place of its own stands with the others."""
    if not axis.levels:
        return [finite(value) for value in one.numbers]
    place = {level: float(i) for i, level in enumerate(axis.levels)}
    levels = [None if value is None else one.levels[int(value)] for value in one.numbers]
    return [None if level is None else place.get(level, place.get(_OTHER)) for level in levels]


def _veil(grid: _Grid, far: NDArray[np.bool_], look: theme.Theme) -> dict[str, Any]:
    """Grey over what is a guess: no colour of the scale, at neither of its ends."""
    grey = theme.TOKENS[look]["line-2"]
    return {
        "type": "heatmap",
        "x": grid.x.values,
        "y": grid.y.values,
        "z": [[1.0 if cell else None for cell in row] for row in far.tolist()],
        "zmin": 0,
        "zmax": 1,
        "colorscale": [[0, grey], [1, grey]],
        "opacity": 0.85,
        "showscale": False,
        "hoverinfo": "skip",
        "meta": {"role": "guess"},
    }


def _unit(axis: Axis, values: Sequence[float | None] | FloatArray) -> FloatArray:
    """Shares of the way along an axis of numbers."""
    low, high = (math.log10(end) if axis.log else end / 2 for end in (axis.low, axis.high))
    at = np.array(values, dtype=np.float64)
    at = np.log10(at) if axis.log else at / 2
    found: FloatArray = (at - low) / ((high - low) or 1.0)
    return found


def _far(grid: _Grid, dots: _Dots | None) -> tuple[NDArray[np.bool_], float]:
    """Cells that are farther from any run than runs spread evenly leave a place, and how far that is."""
    numbers = [axis for axis in (grid.x, grid.y) if not axis.levels]
    if dots is None or not dots.at or not numbers:
        return grid.near == 0, 0.0
    cells = math.prod(len(axis.levels) for axis in (grid.x, grid.y) if axis.levels)
    each = len(dots.at) / cells
    reach = min(_FARTHEST, 1 / math.sqrt(each) if len(numbers) == 2 else _EVENLY / each)
    reach = max(reach, *(1 / len(axis.values) for axis in numbers))
    apart = (_unit(grid.x, grid.x.values)[None, :, None] - _unit(grid.x, dots.x)[None, None, :]) ** 2
    if grid.y.levels:
        elsewhere = np.arange(len(grid.y.levels))[:, None, None] != dots.y[None, None, :]
        apart = np.where(elsewhere, np.inf, apart)
    else:
        apart = apart + (_unit(grid.y, grid.y.values)[:, None, None] - _unit(grid.y, dots.y)[None, None, :]) ** 2
    far: NDArray[np.bool_] = apart.min(axis=2) > reach**2
    return _areas(far) if min(far.shape) >= _FINE else far, reach


def _areas(far: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Without single cells, which would be but specks on a fine surface."""
    around = np.pad(far, 1).astype(np.intp)
    count = sum(np.roll(around, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1))
    found: NDArray[np.bool_] = far & (np.asarray(count)[1:-1, 1:-1] > _FEW)
    return found


def _hover(grid: _Grid, target: str) -> list[list[str]]:
    return [
        [
            f"{broken(grid.x.name)} {_text(grid.x, j)}<br>{broken(grid.y.name)} {_text(grid.y, i)}<br>{broken(target)}"
            f" {number(float(mean))} ({number(float(grid.low[i, j]))} to {number(float(grid.high[i, j]))})"
            for j, mean in enumerate(row)
        ]
        for i, row in enumerate(grid.mean)
    ]


def _text(axis: Axis, at: int) -> str:
    return f"<br><b>{broken(axis.levels[at])}</b>" if axis.levels else tick(axis.values[at] or 0.0)


def _runs(grid: _Grid, dots: _Dots, held: Held, target: str, look: theme.Theme) -> dict[str, Any]:
    """Hollow dots, filled with the ground of the page so that they stand out on every colour."""
    sweep, token = held.sweep, theme.TOKENS[look]
    known = {one.name: one for one in sweep.params}
    values = sweep.targets[0].values if sweep.targets else [None] * len(sweep.runs)
    rng = np.random.default_rng(7)
    many = len(dots.at) > _MANY

    def spread(axis: Axis, at: FloatArray) -> list[float]:
        shaken = at + rng.uniform(-_STRIP, _STRIP, len(at)) if axis.levels else at
        return [float(value) for value in shaken]

    def said(at: int) -> str:
        run = sweep.runs[at]
        params = "".join(f"<br>{broken(name)} {broken(known[name].texts[at])}" for name in (grid.x.name, grid.y.name))
        return f"<b>{broken(held.names.get(run, run))}</b>{params}<br>{broken(target)} {number(finite(values[at]))}"

    return {
        "type": "scatter",
        "mode": "markers",
        "x": spread(grid.x, dots.x),
        "y": spread(grid.y, dots.y),
        "customdata": [sweep.runs[at] for at in dots.at],
        "marker": {
            "size": 4 if many else 6,
            "color": token["surface"],
            "opacity": 0.75 if many else 1,
            "line": {"width": 0.75 if many else 1.25, "color": token["text"]},
        },
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 0.15}},
        "hovertext": [said(at) for at in dots.at],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
        "meta": {"role": "runs"},
    }


def _edges(axis: Axis) -> list[float]:
    """Where the cells of an axis begin and end, in the units in which plotly draws them."""
    at = np.array(axis.values, dtype=np.float64)
    at = np.log10(at) if axis.log else at
    if len(at) < 2:
        return [float(at[0]) - 0.5, float(at[0]) + 0.5]
    middle = (at[:-1] + at[1:]) / 2
    return [float(2 * at[0] - middle[0]), *middle.tolist(), float(2 * at[-1] - middle[-1])]


def _cells(axis: Axis, room: float, upright: bool = False) -> dict[str, Any]:
    """An axis that ends where its cells end."""
    edges = _edges(axis)
    return drawn(axis, room, upright) | {"range": [edges[0], edges[-1]], "showgrid": False}
