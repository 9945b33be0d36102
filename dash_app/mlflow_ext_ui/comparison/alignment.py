"""Matrices of several runs over the union of their labels: matched by label, not by place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.primitives import Matrix, drawn
from mlflow_ext_ui.figures.frame import usable

FloatArray = NDArray[np.float64]

MOST_CELLS = 4_000_000


class Aligned(NamedTuple):
    """Matrices over the same labels.

    ``values``: per matrix shape (n, m), NaN where a cell is not finite or not there; ``held``: which cells it has.
    ``partial``: labels that not all hold, with the places of the matrices that do.
    """

    rows: list[str]
    cols: list[str]
    values: tuple[FloatArray, ...]
    held: tuple[NDArray[np.bool_], ...]
    partial: dict[str, tuple[int, ...]]


def aligned(matrices: Sequence[Matrix], values: Sequence[FloatArray]) -> Aligned | None:
    """These values over the labels of all matrices, in order of appearance; an equal label matches by its number.

    Args:
        matrices: where the labels come from.
        values: per matrix its cells, or something computed from them, of the matrix' shape.

    Returns:
        None when the union has more than four million cells: the labels have too little in common.
    """
    row_keys = [_numbered(matrix.row_labels) for matrix in matrices]
    col_keys = [_numbered(matrix.col_labels) for matrix in matrices]
    rows = list(dict.fromkeys(key for keys in row_keys for key in keys))
    cols = list(dict.fromkeys(key for keys in col_keys for key in keys))
    if len(rows) * len(cols) * len(matrices) > 2 * MOST_CELLS:
        return None
    row_place, col_place = {key: i for i, key in enumerate(rows)}, {key: i for i, key in enumerate(cols)}
    placed, held = [], []
    for own_rows, own_cols, cells in zip(row_keys, col_keys, values, strict=True):
        at = np.ix_([row_place[key] for key in own_rows], [col_place[key] for key in own_cols])
        full = np.full((len(rows), len(cols)), np.nan)
        there = np.zeros(full.shape, dtype=bool)
        if cells.size:
            full[at] = cells
            there[at] = True
        placed.append(full)
        held.append(there)
    partial = _partial(row_keys) | _partial(col_keys)
    return Aligned([label for label, _ in rows], [label for label, _ in cols], tuple(placed), tuple(held), partial)


def finite(matrix: Matrix) -> FloatArray:
    """A matrix' cells, NaN where they are not finite."""
    values = drawn(matrix.values)
    return np.where(usable(values), values, np.nan)


def is_count(values: FloatArray) -> bool:
    """Whether cells are counts: whole, none below zero, all finite, and more than zeros and ones."""
    return bool(values.size and (values >= 0).all() and np.array_equal(values, np.rint(values)) and values.max() > 1)


def row_percent(values: FloatArray) -> FloatArray:
    """Counts as percent of their row's sum, shape as given; a row without counts is NaN."""
    sums = values.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(values, sums, out=np.full(values.shape, np.nan), where=sums > 0) * 100)


def recall(counts: FloatArray) -> FloatArray:
    """Percent of each row, the true class, that lies on the diagonal; shape (n,), NaN for an empty class.

    As ``sklearn.metrics.recall_score(average=None)`` for the confusion matrix ``counts``, shape (n, n).
    """
    return np.asarray(np.diagonal(row_percent(counts)))


def precision(counts: FloatArray) -> FloatArray:
    """Percent of each column, the predicted class, that lies on the diagonal; see ``recall``."""
    return recall(counts.T)


def _numbered(labels: Sequence[str]) -> list[tuple[str, int]]:
    seen: Counter[str] = Counter()
    numbered = []
    for label in labels:
        numbered.append((label, seen[label]))
        seen[label] += 1
    return numbered


def _partial(keys: Sequence[Sequence[tuple[str, int]]]) -> dict[str, tuple[int, ...]]:
    held = [set(own) for own in keys]
    every = dict.fromkeys(key for own in keys for key in own)
    holders = {key: tuple(i for i, own in enumerate(held) if key in own) for key in every}
    return {key[0]: places for key, places in holders.items() if len(places) < len(keys)}
