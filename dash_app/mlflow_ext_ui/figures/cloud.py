"""What the points of a scatter plot are, before they are drawn: shared ranges, labels, sizes, which points to keep."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.primitives import Scatter, drawn
from mlflow_ext_ui.figures.axes import finite_range
from mlflow_ext_ui.figures.frame import usable
from mlflow_ext_ui.figures.panels import MOST
from mlflow_ext_ui.figures.violin import codes
from mlflow_ext_ui.source import Drawing
from mlflow_ext_ui.thinning import spatial

FloatArray = NDArray[np.float64]
Span = tuple[float, float]

MOST_POINTS = 5000
MOST_LABELS = 10
MOST_SCENES = 4
MOST_SCENES_FULL = 9  # a browser keeps 16 drawing contexts for WebGL, and other cards may hold some
_COVER = 0.12


class Cloud(NamedTuple):
    """One run's points as drawn.

    ``x``, ``y``, ``z``: shape (k,). ``code``: index of each point's label, -1 for none and for the rare ones.
    ``level``: labels as numbers. ``labels``: as logged, of the kept points. ``share``: sizes as shares of the
    largest of all runs, shape (k,), None when points have none.
    """

    run_id: str
    x: FloatArray
    y: FloatArray
    z: FloatArray | None
    code: NDArray[np.intp]
    level: FloatArray
    labels: Sequence[str | None] | None
    share: FloatArray | None
    total: int
    odd: int


class ScatterInfo(NamedTuple):
    """All clouds, the shared range of each axis (z None in two dimensions), and how points are coloured.

    ``labels``: those with a colour of their own. ``others``: how many labels share the neutral one. ``scale``: range of
    numeric labels when these colour by value. ``odd``: points not finite. ``left``: runs beyond what 3-D can draw.
    """

    clouds: tuple[Cloud, ...]
    spans: tuple[Span, Span, Span | None]
    labels: list[str]
    others: int
    scale: Span | None
    odd: int
    left: int


def scatter_info(drawing: Drawing, scenes: int = MOST_SCENES) -> ScatterInfo:
    """Everything that a scatter plot shows, as numbers; in 3-D of the first ``scenes`` runs."""
    found = [(v.run_id, v.primitive) for v in drawing.versions[:MOST] if isinstance(v.primitive, Scatter)]
    solid = any(points.z is not None for _, points in found)
    left = max(0, len(drawing.versions) - scenes) if solid else 0
    found = found[:scenes] if solid else found
    labels, others, numeric = _labels([points.labels for _, points in found])
    most = max((_largest_size(points) for _, points in found), default=0.0)
    limit = max(MOST_POINTS // max(len(found), 1), 250)
    clouds = [_cloud(run, points, labels, numeric, most, limit, solid) for run, points in found]
    odd = sum(cloud.odd for cloud in clouds)
    kept = tuple(cloud for cloud in clouds if len(cloud.x))
    spans = [finite_range(*columns) for columns in zip(*((cloud.x, cloud.y) for cloud in kept), strict=True)]
    upward = finite_range(*(cloud.z for cloud in kept if cloud.z is not None)) if solid else None
    x, y = (spans[0] or (0.0, 1.0), spans[1] or (0.0, 1.0)) if spans else ((0.0, 1.0), (0.0, 1.0))
    scale = finite_range(*(cloud.level for cloud in kept)) if numeric else None
    return ScatterInfo(kept, (x, y, upward), [] if numeric else labels, others, scale, odd, left)


def _labels(columns: Sequence[Sequence[str | None] | None]) -> tuple[list[str], int, bool]:
    """The labels that get a colour, how many others there are, and whether labels are many numbers."""
    counts = Counter(label for column in columns if column is not None for label in column if label is not None)
    numbers = [_number(label) for label in counts]
    numeric = bool(counts) and all(number is not None for number in numbers)
    if len(counts) <= MOST_LABELS:
        order = sorted(counts, key=lambda label: _number(label) or 0.0) if numeric else list(counts)
        return order, 0, False
    if numeric:
        return [], 0, True
    common = [label for label, _ in counts.most_common(MOST_LABELS - 1)]
    return common, len(counts) - len(common), False


def _number(label: str) -> float | None:
    try:
        value = float(label)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _largest_size(points: Scatter) -> float:
    if points.sizes is None:
        return 0.0
    sizes = drawn(points.sizes)
    return float(sizes.max(initial=0.0, where=usable(sizes)))


def _cloud(
    run_id: str, points: Scatter, labels: list[str], numeric: bool, largest: float, limit: int, solid: bool
) -> Cloud:
    columns = [drawn(points.x), drawn(points.y)]
    if solid:
        columns.append(np.zeros(len(points.x)) if points.z is None else drawn(points.z))
    known = np.logical_and.reduce([usable(column) for column in columns])
    at = np.flatnonzero(known)
    code = np.full(len(points.x), -1, dtype=np.intp) if points.labels is None else codes(points.labels, labels)
    keep = at[spatial(np.stack([column[at] for column in columns], axis=1), limit, code[at] + 1)]
    kept = None if points.labels is None else [points.labels[i] for i in keep]
    level = np.array([_number(label or "") for label in kept or ()], dtype=np.float64) if numeric else np.empty(0)
    return Cloud(
        run_id=run_id,
        x=columns[0][keep],
        y=columns[1][keep],
        z=columns[2][keep] if solid else None,
        code=code[keep],
        level=level,
        labels=kept,
        share=_share(points, keep, largest),
        total=len(points.x),
        odd=len(points.x) - len(at),
    )


def _share(points: Scatter, keep: NDArray[np.intp], largest: float) -> FloatArray | None:
    if points.sizes is None or largest <= 0:
        return None
    sizes = drawn(points.sizes)[keep]
    return np.asarray(np.maximum(np.where(usable(sizes), sizes, 0.0), 0.0) / largest)


def diameters(cloud: Cloud, area: float) -> FloatArray:
    """Pixels across, shape () or (k,): many points are small, so that they cover about an eighth of ``area`` at most.

    Args:
        cloud: points with or without sizes; a size is in proportion to the area of its point.
        area: of the panel, square pixels.
    """
    scale = 0.4 if cloud.z is not None else 1.0  # WebGL draws them larger
    even = math.sqrt(_COVER * area / max(len(cloud.x), 1))
    if cloud.share is None:
        return np.array(min(max(even * scale, 1.5), 7.0 * scale))
    largest = min(max(1.6 * even, 4.0), 18.0) * scale
    return np.asarray(np.maximum(np.sqrt(cloud.share) * largest, min(3.0, largest / 2)))
