"""Two or more samples: each over the reference on shared bins, and how far it has moved, by group as well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.primitives import Distribution, drawn
from mlflow_ext_ui.comparison import caption
from mlflow_ext_ui.comparison.drift import MOST_VALUES, Drift, drift
from mlflow_ext_ui.comparison.fact import beside, facts
from mlflow_ext_ui.figures import axes
from mlflow_ext_ui.figures.distribution import Histogram, HistogramInfo, bars, heights, histogram_info
from mlflow_ext_ui.figures.frame import figure, nothing, step_suffix, usable
from mlflow_ext_ui.figures.panels import Panel, Panels, axes_of, panels
from mlflow_ext_ui.figures.picture import Fact, Facts, Look, Picture
from mlflow_ext_ui.figures.violin import codes, group_names
from mlflow_ext_ui.source import Drawing
from mlflow_ext_ui.state import Choice
from mlflow_ext_ui.text import MISSING, count, fixed, number, plural

FloatArray = NDArray[np.float64]

_MOST_GROUPS = 8
_ALL = "all values"


class Moved(NamedTuple):
    """One run against the reference: all its values with ``group`` None, or those of one group."""

    run_id: str
    group: str | None
    drift: Drift | None


class Sample(NamedTuple):
    """One run's finite values and the place of each one's group among the names, None without groups."""

    run_id: str
    values: FloatArray
    code: NDArray[np.intp] | None
    odd: int


class DistributionChange(NamedTuple):
    """Samples with the reference first, the names of their groups, and how far each other has moved."""

    samples: tuple[Sample, ...]
    groups: list[str]
    moved: tuple[Moved, ...]


def distribution(drawing: Drawing, look: Look, choice: Choice) -> Picture:
    """The picture of samples against the first."""
    change = distribution_change(drawing)
    if isinstance(change, str):
        return nothing(change)
    first, *others = change.samples
    by_group = len(others) == 1 and 1 < len(change.groups) <= _MOST_GROUPS
    shown = _by_group(change) if by_group else [(first, other, None) for other in others]
    found = _facts(change, look)
    columns = min(look.across, 2 if len(shown) == 1 else 3)
    own = beside(look, found, columns)
    total = plural(sum(len(sample.values) + sample.odd for sample in change.samples), "value")
    grid, drawn_figure = _figure(drawing, change, shown, own, columns)
    return Picture(
        drawn_figure,
        caption=total + step_suffix(drawing.versions),
        columns=columns,
        rows=grid.rows,
        notes=_notes(change, drawing),
        facts=found,
    )


def distribution_change(drawing: Drawing) -> DistributionChange | str:
    """How far each run's values have moved; a sentence when there is nothing to compare."""
    held = [(one.run_id, one.primitive) for one in drawing.versions if isinstance(one.primitive, Distribution)]
    columns = [one.groups for _, one in held if one.groups is not None]
    groups = group_names(list(columns))[0] if columns else []
    samples = []
    for run, one in held:
        values = drawn(one.values)
        known = usable(values)
        code = codes(one.groups, groups)[known] if one.groups is not None else None
        samples.append(Sample(run, values[known], code, int((~known).sum())))
    kept = [sample for sample in samples if len(sample.values)]
    if len(kept) < 2 or not len(samples[0].values):
        return "The reference, or each of the others, has no finite value."
    reference = kept[0]
    moved = [Moved(sample.run_id, None, drift(sample.values, reference.values)) for sample in kept[1:]]
    moved += [one for sample in kept[1:] for one in _moved_groups(sample, reference, groups)]
    return DistributionChange(tuple(kept), groups, tuple(moved))


def rows(drawing: Drawing, look: Look, choice: Choice) -> Iterator[tuple[Any, ...]]:
    """One row per other run and group; the group is empty for all values."""
    names = ("KS statistic", "KS p", "Wasserstein distance", "PSI", "values", "reference values")
    yield ("run", "reference run", "group", *names)
    change = distribution_change(drawing)
    if isinstance(change, str):
        return
    for moved in change.moved:
        numbers = tuple(moved.drift) if moved.drift else (None,) * len(names)
        yield (look.name(moved.run_id), look.name(change.samples[0].run_id), moved.group or "", *numbers)


def _moved_groups(sample: Sample, reference: Sample, groups: Sequence[str]) -> list[Moved]:
    if sample.code is None or reference.code is None:
        return []
    return [
        Moved(sample.run_id, name, drift(sample.values[sample.code == i], reference.values[reference.code == i]))
        for i, name in enumerate(groups)
    ]


def _by_group(change: DistributionChange) -> list[tuple[Sample, Sample, str | None]]:
    first, other = change.samples
    found: list[tuple[Sample, Sample, str | None]] = []
    for i, name in enumerate(change.groups):
        parts = [
            one._replace(values=one.values[one.code == i] if one.code is not None else one.values[:0])
            for one in (first, other)
        ]
        if any(len(part.values) for part in parts):
            found.append((parts[0], parts[1], name))
    return found


def _facts(change: DistributionChange, look: Look) -> Facts:
    first = change.samples[0]
    body = [Fact(look.name(first.run_id), look.color(first.run_id), ("reference", "", "", ""))]
    for run in (sample.run_id for sample in change.samples[1:]):
        for moved in change.moved:
            if moved.run_id == run:
                label, color = (look.name(run), look.color(run)) if moved.group is None else (moved.group, "")
                body.append(Fact(label, color, _words(moved.drift)))
    return facts(["Against it", "KS", "p", "Wasserstein", "PSI"], body)


def _words(found: Drift | None) -> tuple[str, ...]:
    if found is None:
        return (MISSING,) * 4
    p = "< 0.001" if found.p < 0.001 else fixed(found.p, 2) if found.p >= 0.01 else fixed(found.p, 3)
    return (fixed(found.ks, 3), p, number(found.wasserstein, 3), fixed(found.psi, 3))


def _figure(
    drawing: Drawing,
    change: DistributionChange,
    shown: Sequence[tuple[Sample, Sample, str | None]],
    look: Look,
    columns: int,
) -> tuple[Panels, dict[str, Any]]:
    pooled = {sample.run_id: sample.values for sample in change.samples}
    info = histogram_info(pooled)
    pairs = [[_histogram(sample, info) for sample in (first, other)] for first, other, _ in shown]
    shares = len({histogram.total for pair in pairs for histogram in pair}) > 1
    top = max(float(heights(one, shares).max()) for pair in pairs for one in pair) * 1.06 or 1.0
    grid = panels(len(shown), look, left=axes.left_margin(0, top), columns=columns)
    span = [float(info.edges[0]), float(info.edges[-1])]
    y_axis: axes.Axis = {"range": [0, top], "nticks": 4} | ({"tickformat": ".0%"} if shares else axes.linear(0, top))
    layout: dict[str, Any] = {"margin": grid.margin, "bargap": 0, "barmode": "overlay", "hovermode": "x"}
    layout["annotations"] = []
    traces = []
    for panel, pair, (_, other, group) in zip(grid.panels, pairs, shown, strict=True):
        layout |= axes_of(panel, {"range": span, "nticks": 5} | axes.linear(*span), y_axis)
        for histogram in pair:
            traces += bars(panel, info, histogram, heights(histogram, shares), look)
        layout["annotations"].append(_caption(panel, change, look, other.run_id, group, grid.width))
    return grid, figure(drawing, look, traces, layout)


def _histogram(sample: Sample, info: HistogramInfo) -> Histogram:
    counts = np.histogram(sample.values, info.edges)[0].astype(np.int64)
    return Histogram(sample.run_id, counts, len(sample.values), 0)


def _caption(
    panel: Panel, change: DistributionChange, look: Look, run: str, group: str | None, room: float
) -> dict[str, Any]:
    found = next((one.drift for one in change.moved if one.run_id == run and one.group == group), None)
    fact = f"KS {fixed(found.ks, 2)}" if found else "in one run only"
    if group is None:
        return caption.against(panel, look, run, room, fact)
    return caption.named(panel, look, run, room, group, fact)


def _notes(change: DistributionChange, drawing: Drawing) -> tuple[str, ...]:
    notes = ["PSI: bins between the reference's deciles; where one is empty, half a value is added to each."]
    odd = sum(sample.odd for sample in change.samples)
    if odd:
        notes.append(f"{plural(odd, 'value')} {'is' if odd == 1 else 'are'} NaN or infinite and left out.")
    if len(change.samples) < len(drawing.versions):
        notes.append(f"{plural(len(drawing.versions) - len(change.samples), 'run')} without a finite value left out.")
    if any(len(sample.values) > MOST_VALUES for sample in change.samples):
        notes.append(f"Distances are of {count(MOST_VALUES)} values of each run, drawn at random.")
    return tuple(notes)
