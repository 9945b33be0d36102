"""Runs that no other run beats on every target at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.direction import Direction
from mlflow_ext.sweep.outcome import lowered

FloatArray = NDArray[np.float64]


def front(values: FloatArray, ways: Sequence[Direction]) -> NDArray[np.bool_]:
    """Which runs are on the Pareto front; shape (n,).

    A run is off it when another is at least as good on every target and better on one, or when it lacks a target.

    Args:
        values: shape (n, m), NaN or infinite where a run has no usable value.
        ways: which values are good, for each of the m targets.
    """
    usable = np.isfinite(values).all(axis=1)
    costs = lowered(values, ways)
    kept = np.zeros(len(values), dtype=bool)
    order = np.flatnonzero(usable)[np.lexsort(costs[usable].T[::-1])]  # who comes later beats nobody before
    best: list[FloatArray] = []
    for run in order.tolist():
        cost = costs[run]
        beaten = bool(best) and bool(np.any(np.all(best <= cost, axis=1) & np.any(best < cost, axis=1)))
        if not beaten:
            kept[run] = True
            best.append(cost)
    return kept
