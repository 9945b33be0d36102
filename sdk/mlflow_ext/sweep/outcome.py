"""Runs with what they tell of a target, the best first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.direction import Direction

FloatArray = NDArray[np.float64]


class Outcome(NamedTuple):
    """A run: its params as logged, and its value of each target, None where it has none.

    ``status``: MLflow's; ``command``: how it was started, where that is known.
    """

    run_id: str
    params: Mapping[str, str]
    values: tuple[float | None, ...]
    status: str = "FINISHED"
    command: str | None = None


class Target(NamedTuple):
    """A metric and which of its values are good."""

    metric: str
    way: Direction


class Told(NamedTuple):
    """Runs by what they tell; ``values``, shape (n, targets), of those measured, those that diverged at the worst."""

    measured: list[Outcome]
    values: FloatArray
    diverged: int
    pending: list[Outcome]
    unused: int


def told(runs: Sequence[Outcome], targets: Sequence[Target]) -> Told:
    """Runs with a value of every target, those that still run, and how many have no say."""
    pending = [one for one in runs if one.status in ("RUNNING", "SCHEDULED")]
    ended = [one for one in runs if one.status not in ("RUNNING", "SCHEDULED")]
    whole = [one for one in ended if all(value is not None for value in one.values)]
    finite = [one for one in whole if np.all(np.isfinite(np.array(one.values, dtype=np.float64)))]
    measured = [one for one in whole if one not in finite or one.status == "FINISHED"]
    values = np.array([one.values for one in measured], dtype=np.float64).reshape(len(measured), len(targets))
    diverged = ~np.isfinite(values)
    if not (~diverged).all(axis=1).any():
        return Told([], np.zeros((0, len(targets))), 0, pending, len(ended))
    for at, target in enumerate(targets):
        sound = values[~diverged[:, at], at]
        values[diverged[:, at], at] = sound.max() if target.way == "lower" else sound.min()
    return Told(measured, values, int(diverged.any(axis=1).sum()), pending, len(ended) - len(measured))


def order(values: FloatArray, targets: Sequence[Target]) -> list[int]:
    """Places of the runs, the best first: by how many others beat them in every target, then by their mean rank."""
    costs = lowered(values, [target.way for target in targets])
    beaten = [int(np.sum(np.all(costs <= one, axis=1) & np.any(costs < one, axis=1))) for one in costs]
    mean = costs.argsort(axis=0).argsort(axis=0).mean(axis=1)
    return sorted(range(len(values)), key=lambda at: (beaten[at], mean[at], at))


def lowered(values: FloatArray, ways: Sequence[Direction]) -> FloatArray:
    """Values of each target, shape (n, targets), so that low is good."""
    found: FloatArray = values * np.array([1.0 if way == "lower" else -1.0 for way in ways])
    return found
