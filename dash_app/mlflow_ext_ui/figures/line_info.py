"""What the lines of a step plot are, before they are drawn: x by mode, smoothing, thinning, marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlflow_ext_ui.figures.direction import Direction, better
from mlflow_ext_ui.figures.frame import LARGEST, usable
from mlflow_ext_ui.figures.picture import Look
from mlflow_ext_ui.figures.pool import Pool, pooled
from mlflow_ext_ui.figures.y_range import chosen
from mlflow_ext_ui.source import Drawing, Line
from mlflow_ext_ui.thinning import line as thinned

FloatArray = NDArray[np.float64]
XKind = Literal["step", "relative", "wall", "time", "text"]
Sign = Literal["nan", "up", "down"]

_MOST_MARKS = 20
_MOST_GAPS = 200
_LONGEST_UNIT = 100


class Mark(NamedTuple):
    """Where a line is not a number, or infinite: x on the drawn axis and which."""

    x: float
    sign: Sign


class Average(NamedTuple):
    """State of the moving average behind a line's last point, for those who extend it: sum and total weight."""

    weight: float
    sum: float
    norm: float


class LineInfo(NamedTuple):
    """One run's line as drawn.

    ``x``, ``y``: shape (k,), y NaN where the line breaks. ``raw_x``, ``raw_y``: the same before smoothing, or None.
    ``lone``: x and y of points that have a neighbour on neither side. ``end``: last drawn point of a running run.
    ``total``: points that the run has; ``shown``: those drawn. Of a group of runs ``band`` is x, low and high, and
    ``totals`` the points of each run.
    """

    run_id: str
    x: FloatArray
    y: FloatArray
    raw_x: FloatArray | None
    raw_y: FloatArray | None
    marks: tuple[Mark, ...]
    end: tuple[float, float] | None
    lone: tuple[FloatArray, FloatArray]
    shown: int
    total: int
    running: bool
    average: Average | None
    band: tuple[FloatArray, FloatArray, FloatArray] | None = None
    totals: Mapping[str, int] | None = None


class Best(NamedTuple):
    """The best point on screen: whose it is and where."""

    run_id: str
    x: float
    y: float


class SeriesInfo(NamedTuple):
    """A step plot before it is drawn.

    ``span``: least and greatest drawn value, ``positive``: least drawn value above zero; None when there is none.
    Within the part of x that is shown. ``hidden``: points that a log axis can't show. ``clip``: y range without
    outliers, or the one chosen; None when nothing is clipped. ``outside``: drawn points beyond it.
    """

    lines: tuple[LineInfo, ...]
    x_kind: XKind
    x_text: tuple[str, ...]
    index_name: str
    best: Best | None
    span: tuple[float, float] | None
    positive: float | None
    hidden: int
    clip: tuple[float, float] | None
    outside: int


def series_info(drawing: Drawing, look: Look) -> SeriesInfo:
    """Everything that a step plot shows, as numbers.

    Args:
        drawing: lines of a Series' field or a metric.
        look: mode of x, smoothing, points per line, part of x.
    """
    lines = [line for line in drawing.lines if len(line.x)]
    kind, texts = _x_kind(lines, look)
    direction = better(drawing.plot.field or drawing.plot.title or drawing.plot.name)
    placed = [(line, drawn_x(line, kind)) for line in lines]
    if look.groups and len(lines) > 1:
        drawn = [_group_info(pool, look, direction) for pool in pooled(placed, look.groups, look.band)]
    else:
        drawn = [_line_info(line, x, look, direction) for line, x in placed]
    infos = tuple(info for info, _ in drawn)
    values = _values(infos, look)
    above = values[values > 0]
    hidden = sum(int((line.y <= 0).sum()) for line in lines) if look.log_y else 0
    axis_values = above if look.log_y and above.size else values
    clip = _clipped(axis_values, look) if look.clip_outliers else None
    if look.y_range and values.size:
        clip = chosen(look.y_range, axis_values, clip, log=look.log_y and above.size > 0)
    candidates = [best for info, best in drawn if best and not info.running and _shows(best, look)]
    return SeriesInfo(
        lines=infos,
        x_kind=kind,
        x_text=texts,
        index_name=lines[0].index if lines else "step",
        best=_best(candidates, direction) if values.size and np.ptp(values) > 0 else None,
        span=(float(values.min()), float(values.max())) if values.size else None,
        positive=float(above.min()) if above.size else None,
        hidden=hidden,
        clip=clip,
        outside=int(((values < clip[0]) | (values > clip[1])).sum()) if clip else 0,
    )


def smoothed(y: FloatArray, weight: float) -> FloatArray:
    """Debiased exponential moving average: weights fall by age (Kingma and Ba, 2015, section 3).

    Args:
        y: shape (n,), finite.
        weight: 0 to below 1.
    """
    return np.asarray(pd.Series(y).ewm(alpha=1.0 - weight, adjust=True).mean(), dtype=np.float64)


def unit(lines: Sequence[Line], look: Look) -> str:
    """What x counts, the same for plots that zoom together; empty for steps, and for time since start or of day."""
    kind, _ = _x_kind([line for line in lines if len(line.x)], look)
    if look.x != "step" or not lines:
        return ""
    index = lines[0].index[:_LONGEST_UNIT]
    return f"{kind} {index}" if kind != "step" else "" if index == "step" else index


def _x_kind(lines: Sequence[Line], look: Look) -> tuple[XKind, tuple[str, ...]]:
    if look.x != "step":
        return look.x, ()
    if not lines or any(line.x_text is None for line in lines):
        return "step", ()
    if all(_moments(line.x_text or ()) is not None for line in lines):
        return "time", ()
    longest = max(lines, key=lambda line: len(line.x_text or ()))
    return "text", longest.x_text or ()


def drawn_x(line: Line, kind: XKind) -> FloatArray:
    """Where the points of a line stand on the axis, shape (n,)."""
    if kind == "wall":
        return line.time
    if kind == "relative":
        start = line.start_time if line.start_time is not None else float(np.nanmin(line.time))
        return (line.time - start) / 1000.0
    if kind == "time":
        moments = _moments(line.x_text or ())
        return line.x if moments is None else moments
    return line.x


def _moments(texts: Sequence[str]) -> FloatArray | None:
    try:
        stamps = pd.to_datetime(list(texts), utc=True, format="ISO8601")
    except ValueError:
        return None
    return np.asarray((stamps - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(milliseconds=1), dtype=np.float64)


def _line_info(line: Line, x: FloatArray, look: Look, direction: Direction | None) -> tuple[LineInfo, Best | None]:
    y = line.y
    if len(x) > 1 and bool((np.diff(x) < 0).any()):
        order = np.argsort(x, kind="stable")
        x, y = x[order], y[order]
    known = usable(y) & usable(x)
    marks = _marks(x, y)
    at = np.flatnonzero(known)
    raw = y[at]
    smooth = look.smoothing > 0 and len(raw) > 1
    drawn = smoothed(raw, look.smoothing) if smooth else raw
    part = _window(x[at], look)
    gaps = _gaps(known, x, look)
    line_x, line_y, lone, kept = _thin(at, x, drawn, part, gaps, look)
    raw_x = raw_y = None
    if smooth:
        raw_x, raw_y, _, _ = _thin(at, x, raw, part, gaps, look, share=2)
    last = (float(x[at[-1]]), float(drawn[-1])) if len(at) else None
    best = None
    if direction and len(drawn):
        position = int(np.argmin(drawn) if direction == "lower" else np.argmax(drawn))
        best = Best(line.run_id, float(x[at[position]]), float(drawn[position]))
    info = LineInfo(
        run_id=line.run_id,
        x=line_x,
        y=line_y,
        raw_x=raw_x,
        raw_y=raw_y,
        marks=marks,
        end=last if line.running else None,
        lone=lone,
        shown=kept + (len(y) - len(at) if look.x_range is None else 0),
        total=len(y),
        running=line.running,
        average=_average(drawn, look.smoothing) if line.running and look.smoothing > 0 and len(raw) else None,
    )
    return info, best


def _group_info(pool: Pool, look: Look, direction: Direction | None) -> tuple[LineInfo, Best | None]:
    """The line of a group's mean, its band smoothed and thinned as it is; it is no run, so nothing of it is best."""
    info, _ = _line_info(pool.line, pool.line.x, look, direction)
    at = np.flatnonzero(np.isfinite(pool.low) & np.isfinite(pool.high))
    band = None
    if len(at) > 1:
        edges = [pool.low[at], pool.high[at]]
        if look.smoothing > 0:
            edges = [smoothed(edge, look.smoothing) for edge in edges]
        part = _window(pool.line.x[at], look)
        x = pool.line.x[at][part]
        share = max(look.max_points // 2, 2)
        keep = np.union1d(*(thinned(x, edge[part], share) for edge in edges))
        band = (x[keep], edges[0][part][keep], edges[1][part][keep])
    return info._replace(raw_x=None, raw_y=None, band=band, totals=pool.totals, total=sum(pool.totals.values())), None


def _window(x: FloatArray, look: Look) -> slice:
    """The points in the part of x to draw, and one neighbour on each side so that the line reaches the edge."""
    if look.x_range is None or not len(x):
        return slice(0, len(x))
    first = int(np.searchsorted(x, look.x_range[0], side="left")) - 1
    last = int(np.searchsorted(x, look.x_range[1], side="right")) + 1
    return slice(max(0, first), min(len(x), last))


def _gaps(known: NDArray[np.bool_], x: FloatArray, look: Look) -> NDArray[np.intp]:
    """First positions of stretches without a finite value; of very many only some."""
    starts = np.flatnonzero(~known & np.append(True, known[:-1]) & np.isfinite(x))
    most = min(_MOST_GAPS, max(look.max_points // 4, 1))
    return starts if len(starts) <= most else starts[np.linspace(0, len(starts) - 1, most).astype(np.intp)]


def _thin(
    at: NDArray[np.intp],
    x: FloatArray,
    values: FloatArray,
    part: slice,
    gaps: NDArray[np.intp],
    look: Look,
    share: int = 1,
) -> tuple[FloatArray, FloatArray, tuple[FloatArray, FloatArray], int]:
    """The points to draw, broken at the gaps, and those that stand alone between two gaps."""
    where = at[part]
    axis = x[where]
    scaled = np.log(np.maximum(axis, 1e-12)) if look.log_x and look.x == "step" else axis
    keep = thinned(scaled, values[part], look.max_points // share)
    if not len(gaps):
        alone = (axis[keep], values[part][keep]) if len(keep) == 1 else (axis[:0], axis[:0])
        return axis[keep], values[part][keep], alone, len(keep)
    positions = np.concatenate([where[keep], gaps])
    merged = np.concatenate([values[part][keep], np.full(len(gaps), np.nan)])
    order = np.argsort(positions, kind="stable")
    xs, ys = x[positions[order]], merged[order]
    broken = np.isnan(ys)
    alone_here = ~broken & np.append(True, broken[:-1]) & np.append(broken[1:], True)
    return xs, ys, (xs[alone_here], ys[alone_here]), len(keep)


def _marks(x: FloatArray, y: FloatArray) -> tuple[Mark, ...]:
    found: list[Mark] = []
    for sign, mask in (("nan", np.isnan(y)), ("up", y > LARGEST), ("down", y < -LARGEST)):
        starts = np.flatnonzero(mask & ~np.append(False, mask[:-1]) & np.isfinite(x))[:_MOST_MARKS]
        found += [Mark(float(x[start]), sign) for start in starts]  # type: ignore[arg-type]
    return tuple(sorted(found))


def _average(drawn: FloatArray, weight: float) -> Average:
    norm = float(1.0 - weight ** len(drawn))
    return Average(weight, float(drawn[-1]) * norm, norm)


def _best(found: Sequence[Best], direction: Direction | None) -> Best | None:
    if not found or direction is None:
        return None
    return min(found, key=lambda best: best.y) if direction == "lower" else max(found, key=lambda best: best.y)


def _finite(columns: Sequence[FloatArray]) -> FloatArray:
    pooled = np.concatenate(columns) if columns else np.empty(0)
    return pooled[np.isfinite(pooled)]


def _shows(best: Best, look: Look) -> bool:
    return look.x_range is None or look.x_range[0] <= best.x <= look.x_range[1]


def _values(infos: Sequence[LineInfo], look: Look) -> FloatArray:
    """Every drawn value; of a part of x those in it, and not their neighbours, unless it holds none."""
    columns = [(info.x, info.y) for info in infos]
    columns += [(info.raw_x, info.raw_y) for info in infos if info.raw_x is not None and info.raw_y is not None]
    columns += [(info.band[0], edge) for info in infos if info.band for edge in info.band[1:]]
    every = _finite([y for _, y in columns])
    if look.x_range is None:
        return every
    low, high = look.x_range
    within = _finite([y[(x >= low) & (x <= high)] for x, y in columns])
    return within if within.size else every


def _clipped(values: FloatArray, look: Look) -> tuple[float, float] | None:
    """The 2nd to 98th percentile with room, None when the outermost values hardly widen the range."""
    if len(values) < 10:
        return None
    scaled = np.log10(values) if look.log_y and values.min() > 0 else values
    low, high = np.percentile(scaled, [2, 98])
    room = (high - low) * 0.15
    bottom, top = max(float(scaled.min()), float(low - room)), min(float(scaled.max()), float(high + room))
    full = float(np.ptp(scaled))
    if not top > bottom or (top - bottom) > 0.7 * full:
        return None
    edge = (top - bottom) * 0.03
    bounds = (bottom - edge, top + edge)
    return (10 ** bounds[0], 10 ** bounds[1]) if scaled is not values else bounds
