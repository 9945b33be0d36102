"""Bars of two charts by category and group: absolute and relative change, and which of both holds a bar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.primitives import BarChart, drawn
from mlflow_ext_ui.figures.barchart import unique_names
from mlflow_ext_ui.figures.frame import usable

FloatArray = NDArray[np.float64]


class BarGrid(NamedTuple):
    """Bars over all categories and groups: ``values`` NaN where not finite, ``held`` where there is one at all.

    ``values``, ``held``: per chart shape (groups, categories).
    """

    categories: list[str]
    groups: list[str]
    values: tuple[FloatArray, ...]
    held: tuple[NDArray[np.bool_], ...]


def bar_grid(charts: Sequence[BarChart]) -> BarGrid:
    """The bars of all charts over the union of their categories and groups, in order of appearance."""
    names = [unique_names(chart.categories) for chart in charts]
    categories = list(dict.fromkeys(name for own in names for name in own))
    groups = list(dict.fromkeys(group for chart in charts for group in chart.groups))
    place = {name: i for i, name in enumerate(categories)}
    values, held = [], []
    for chart, own in zip(charts, names, strict=True):
        cells = np.full((len(groups), len(categories)), np.nan)
        there = np.zeros(cells.shape, dtype=bool)
        at = [place[name] for name in own]
        for i, group in enumerate(groups):
            if group in chart.groups:
                column = drawn(chart.groups[group])
                cells[i, at] = np.where(usable(column), column, np.nan)
                there[i, at] = True
        values.append(cells)
        held.append(there)
    return BarGrid(categories, groups, tuple(values), tuple(held))


def relative(change: FloatArray, reference: FloatArray) -> FloatArray:
    """A change as a share of the reference's size, shape as given; NaN where the reference is 0 or unknown."""
    size = np.abs(reference)
    return np.asarray(np.divide(change, size, out=np.full(change.shape, np.nan), where=size > 0))
