"""Params as columns of numbers for a model, and the values over which a model's answer to one param is averaged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.sweep import Parameter
from mlflow_ext_server.analysis.association import scaled

FloatArray = NDArray[np.float64]

CELLS = 32
MOST_LEVELS = 15
OTHER = "(other)"


class Feature(NamedTuple):
    """One param as columns of 0 to 1.

    ``matrix``, shape (n, c): the number's place in its range on its scale; of a category a column of 0 and 1 per level;
    where some runs have none, a last column that says so, the number then the median of the others. ``cells``, shape
    (k, c): values the param can take, ``weight``, shape (k,), how much each counts, 1 in all; ``axis``: where the cells
    of a number lie, in its own units; ``names``: what the cells of others, and a last one for none, are called.
    """

    parameter: Parameter
    matrix: FloatArray
    cells: FloatArray
    weight: FloatArray
    axis: FloatArray
    names: tuple[str, ...]


def feature(one: Parameter) -> Feature:
    """The columns of a param.

    Cells of a number are its distinct values where there are at most 32, each counting the same, else 32 places spread
    evenly over its range on its scale. Levels of a category beyond the 15 most frequent are one.
    """
    return _category(one) if one.kind == "category" else _number(one)


def features(parameters: Sequence[Parameter]) -> tuple[tuple[Feature, ...], FloatArray, tuple[NDArray[np.intp], ...]]:
    """The columns of each param, all of them beside each other, and the places of each param's columns among these."""
    found = tuple(feature(one) for one in parameters)
    ends = np.cumsum([0, *(one.matrix.shape[1] for one in found)])
    places = tuple(np.arange(ends[i], ends[i + 1]) for i in range(len(found)))
    return found, np.hstack([one.matrix for one in found]), places


def _number(one: Parameter) -> Feature:
    values = _unit(scaled(one))
    held = np.isfinite(values)
    cells, first = np.unique(values[held], return_index=True)
    axis = one.numbers[held][first]
    if len(cells) > CELLS:
        cells = (np.arange(CELLS) + 0.5) / CELLS
        axis = _between(axis, cells, log=one.kind == "log")
    names = tuple(one.levels[int(value)] for value in axis) if one.kind == "boolean" else ()
    even = np.full(len(cells), 1 / len(cells))
    if held.all():
        return Feature(one, values[:, None], cells[:, None], even, axis, names)
    middle = float(np.median(values[held]))
    matrix = np.column_stack([np.where(held, values, middle), (~held).astype(float)])
    both = np.vstack([np.column_stack([cells, np.zeros(len(cells))]), [[middle, 1.0]]])
    lacking = float(np.mean(~held))
    return Feature(one, matrix, both, np.append(even * (1 - lacking), lacking), axis, (*names, "(none)"))


def _unit(values: FloatArray) -> FloatArray:
    """0 for the least, 1 for the greatest; halved first, since their distance may be beyond what a float holds."""
    low, high = np.nanmin(values) / 2, np.nanmax(values) / 2
    return (values / 2 - low) / (high - low) if high > low else np.where(np.isfinite(values), 0.0, np.nan)


def _between(ascending: FloatArray, share: FloatArray, *, log: bool) -> FloatArray:
    """The values at these shares of the way from the first to the last."""
    low, high = ascending[0], ascending[-1]
    found: FloatArray = low ** (1 - share) * high**share if log else low * (1 - share) + high * share
    return found


def _category(one: Parameter) -> Feature:
    levels = one.levels[:MOST_LEVELS]
    names = [*levels, *([OTHER] if len(one.levels) > len(levels) else []), *(["(none)"] if one.missing else [])]
    code = np.where(np.isfinite(one.numbers), np.minimum(one.numbers, MOST_LEVELS), len(names) - 1).astype(np.intp)
    matrix = np.eye(len(names))[code]
    return Feature(one, matrix, np.eye(len(names)), np.full(len(names), 1 / len(names)), np.array([]), tuple(names))
