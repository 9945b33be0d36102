"""Two or more clouds of points: side by side on one scale with the same colours, and where their middles lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from mlflow_ext.primitives import Scatter, drawn
from mlflow_ext_ui.comparison.fact import beside, facts
from mlflow_ext_ui.figures.frame import nothing, usable
from mlflow_ext_ui.figures.picture import Chip, Fact, Facts, Look, Picture
from mlflow_ext_ui.figures.scatter import scatter as cloud_picture
from mlflow_ext_ui.source import Drawing
from mlflow_ext_ui.state import Choice
from mlflow_ext_ui.text import MISSING, count, number, shorten

_MOST_LABELS = 8
_ROUNDING = 1e-12


class Middle(NamedTuple):
    """One run's points: how many are finite, all and by label (None for none), and their mean in each dimension."""

    run_id: str
    total: int
    labels: dict[str | None, int]
    mean: tuple[float, ...]


def scatter(drawing: Drawing, look: Look, choice: Choice) -> Picture:
    """The picture of clouds beside each other."""
    found = middles(drawing)
    if not found or not found[0].total or not any(one.total for one in found[1:]):
        return nothing("The reference, or each of the others, has no finite point.")
    table = _facts(found, look)
    columns = min(look.across, max(2, len(found)))
    picture = cloud_picture(drawing, beside(look, table, columns))
    return Picture(
        picture.figure,
        sentence=picture.sentence,
        caption=picture.caption,
        columns=columns,
        rows=picture.rows,
        chips=picture.chips,
        notes=picture.notes,
        facts=table,
    )


def middles(drawing: Drawing) -> list[Middle]:
    """Each run's number of points and their mean, the reference first; the mean of no point is NaN."""
    found = []
    for version in drawing.versions:
        points = version.primitive
        if not isinstance(points, Scatter):
            continue
        columns = [drawn(column) for column in (points.x, points.y, points.z) if column is not None]
        known = np.logical_and.reduce([usable(column) for column in columns])
        labels = Counter(label for label, good in zip(points.labels or (), known.tolist(), strict=False) if good)
        mean = tuple(_mean(column[known]) for column in columns)
        found.append(Middle(version.run_id, int(known.sum()), dict(labels), mean))
    return found


def rows(drawing: Drawing, look: Look, choice: Choice) -> Iterator[tuple[Any, ...]]:
    """One row per other run and measure: points, points by label, mean by dimension."""
    yield ("run", "reference run", "measure", "label", "value", "reference value", "difference")
    found = middles(drawing)
    if not found:
        return
    first = found[0]
    for other in found[1:]:
        names = (look.name(other.run_id), look.name(first.run_id))
        yield (*names, "points", "", other.total, first.total, other.total - first.total)
        for label in dict.fromkeys((*first.labels, *other.labels)):
            own, reference = other.labels.get(label, 0), first.labels.get(label, 0)
            yield (*names, "points", "" if label is None else label, own, reference, own - reference)
        for axis, own_mean, mean in zip("xyz", other.mean, first.mean, strict=False):
            yield (*names, f"mean {axis}", "", own_mean, mean, own_mean - mean)


def _mean(values: Any) -> float:
    if not len(values):
        return float("nan")
    # A common factor keeps the sum of the largest floats finite; what is left of a sum of zero is rounding.
    size = float(np.abs(values).max()) or 1.0
    mean = float(np.mean(values / size))
    return mean * size if abs(mean) > _ROUNDING else 0.0


def _facts(found: list[Middle], look: Look) -> Facts:
    headings = [Chip("", ""), *(Chip(shorten(look.name(one.run_id), 8), look.color(one.run_id)) for one in found)]
    body = [Fact("points", "", tuple(count(one.total) for one in found))]
    axes = "xyz"[: max(len(one.mean) for one in found)]
    for i, axis in enumerate(axes):
        means = (one.mean[i] if i < len(one.mean) else None for one in found)
        body.append(Fact(f"mean {axis}", "", tuple(MISSING if m is None or m != m else number(m, 3) for m in means)))
    sizes: Counter[str | None] = Counter()
    for one in found:
        sizes.update(one.labels)
    for label, _ in sizes.most_common(_MOST_LABELS):
        body.append(Fact(label or MISSING, "", tuple(count(one.labels.get(label, 0)) for one in found)))
    return facts(headings, body)
