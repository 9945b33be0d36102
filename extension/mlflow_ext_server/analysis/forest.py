"""Functional analysis of variance of a forest of regression trees, all leaves of a tree at once.

Hutter, Hoos and Leyton-Brown 2014, An Efficient Approach for Assessing Hyperparameter Importance (ICML). Here the
integrals are sums over the cells of each param, so that a tree takes a product of matrices and no search.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext_server.analysis.feature import Feature

FloatArray = NDArray[np.float64]
_LEAF = -1


class Boxes(NamedTuple):
    """The m leaves of a tree: ``value``, shape (m,), holds where ``low`` < column <= ``high``, both of shape (m, c)."""

    value: FloatArray
    low: FloatArray
    high: FloatArray


def boxes(tree: Any, columns: int) -> Boxes:
    """The leaves of a fitted tree of scikit-learn (its ``tree_``)."""
    left, right, split, at = tree.children_left, tree.children_right, tree.feature, tree.threshold
    low = np.full((tree.node_count, columns), -np.inf)
    high = np.full((tree.node_count, columns), np.inf)
    front = np.array([0])
    while len(front):
        inner = front[left[front] != _LEAF]
        for children, bound, pick in ((left[inner], high, np.minimum), (right[inner], low, np.maximum)):
            low[children], high[children] = low[inner], high[inner]
            bound[children, split[inner]] = pick(bound[children, split[inner]], at[inner])
        front = np.concatenate([left[inner], right[inner]])
    leaves = left == _LEAF
    return Boxes(tree.value[leaves, 0, 0], low[leaves], high[leaves])


class Members(NamedTuple):
    """Which cells of each param the leaves of one tree hold.

    ``inside``: per param 0 or 1 of shape (m, k); ``share``, shape (m, d): the weight of those cells.
    """

    value: FloatArray
    inside: tuple[FloatArray, ...]
    share: FloatArray


def members(found: Boxes, features: Sequence[Feature], places: Sequence[NDArray[np.intp]]) -> Members:
    """Which cells of each param lie in each leaf."""
    inside = []
    for one, columns in zip(features, places, strict=True):
        hold = np.ones((len(found.value), len(one.cells)), dtype=bool)
        for i, column in enumerate(columns):
            cell = one.cells[:, i]
            hold &= (cell > found.low[:, column, None]) & (cell <= found.high[:, column, None])
        inside.append(hold.astype(np.float64))
    share = np.column_stack([hold @ one.weight for hold, one in zip(inside, features, strict=True)])
    return Members(found.value, tuple(inside), share)


def effects(held: Members, features: Sequence[Feature]) -> tuple[list[FloatArray], float]:
    """What a tree says of each param alone, averaged over all others, and the variance of all it says.

    Returns:
        per param the mean at each of its cells, shape (k,); the variance over the product of all params' cells.
    """
    others = _product_of_others(held.share)
    volume = others[:, 0] * held.share[:, 0]
    mean = float(volume @ held.value)
    variance = max(0.0, float(volume @ (held.value - mean) ** 2))
    alone = [(held.value * others[:, j]) @ hold for j, hold in enumerate(held.inside)]
    return alone, variance


def share_of_variance(alone: Sequence[FloatArray], variance: float, features: Sequence[Feature]) -> FloatArray:
    """The part of a tree's variance that each param explains alone; shape (d,), zeros for a tree that is constant."""
    if variance <= 0:
        return np.zeros(len(features))
    parts = [_variance(mean, one.weight) for mean, one in zip(alone, features, strict=True)]
    return np.asarray(parts) / variance


def interaction(held: Members, features: Sequence[Feature], pair: tuple[int, int]) -> FloatArray:
    """What a tree says of two params together, averaged over all others: shape (k of the first, k of the second)."""
    a, b = pair
    rest = np.delete(held.share, [a, b], axis=1).prod(axis=1)
    weight: FloatArray = held.value * rest
    together: FloatArray = np.einsum("mi,m,mj->ij", held.inside[a], weight, held.inside[b], optimize=True)
    return together


def _variance(values: FloatArray, weight: FloatArray) -> float:
    mean = float(weight @ values)
    return float(weight @ (values - mean) ** 2)


def _product_of_others(share: FloatArray) -> FloatArray:
    """For each column the product of all other columns; a share may be 0."""
    before = np.cumprod(np.column_stack([np.ones(len(share)), share[:, :-1]]), axis=1)
    after = np.cumprod(np.column_stack([np.ones(len(share)), share[:, :0:-1]]), axis=1)[:, ::-1]
    return np.asarray(before * after, dtype=np.float64)
