"""Labelled histories of what machines do: accelerators busy or idle, runs that go on or fall silent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from mlflow_ext_server.analysis.insight.curve import Curve, FloatArray, curve
from tests.unit.analysis.insight.curves import SEEDS, Part, Rng

GPU = "system/gpu_0_utilization_percentage"


class Busy(NamedTuple):
    """Utilisation of a GPU, every 10 s, and whether it idles more than 60% of the time; below 40% it does not."""

    curve: Curve
    idle: bool


class Beat(NamedTuple):
    """What a run that is RUNNING has logged, and whether it has gone silent by ``now``."""

    curve: Curve
    now: float
    silent: bool


def busy(part: Part, count: int) -> Iterator[Busy]:
    """Half of them idle; in the tuning part at random or from some time on, in the other in stretches."""
    for i in range(count):
        rng = np.random.default_rng([SEEDS[part], 99, i])
        n = int(rng.integers(20, 400))
        idle = bool(rng.integers(0, 2))
        share = rng.uniform(0.62, 1) if idle else rng.uniform(0, 0.38)
        off = _at_random(n, share, rng) if part == "tuning" else _in_stretches(n, share, rng)
        level = rng.uniform(25, 98)
        values = np.where(off, rng.uniform(0, 6, n), np.clip(rng.normal(level, 6, n), 12, 100))
        yield Busy(curve(GPU, np.arange(n), values, 10_000 * np.arange(n)), idle)


def _at_random(n: int, share: float, rng: Rng) -> FloatArray:
    if rng.random() < 0.5:
        return np.arange(n) >= n * (1 - share)
    return rng.permutation(n) < share * n


def _in_stretches(n: int, share: float, rng: Rng) -> FloatArray:
    """As when an epoch's data is read, then used: in cycles, the idle part first or last."""
    cycle = int(rng.integers(4, max(5, n // 3)))
    phase = (np.arange(n) + int(rng.integers(0, cycle))) % cycle / cycle
    return phase < share


def beats(part: Part, count: int) -> Iterator[Beat]:
    """Half of them are silent: for 15 to 200 times their mean interval, and 5 min; the rest for as long as before.

    Intervals vary little in the tuning part; in the other they come in bursts, or with pauses for evaluation.
    """
    for i in range(count):
        rng = np.random.default_rng([SEEDS[part], 111, i])
        n = int(rng.integers(5, 300))
        usual = 10 ** rng.uniform(2.5, 5.5)
        if part == "tuning":
            gaps = usual * rng.lognormal(0, 0.3, n)
        elif rng.random() < 0.5:
            gaps = usual * rng.gamma(0.7, 1 / 0.7, n)
        else:
            gaps = usual * np.where(np.arange(n) % int(rng.integers(5, 15)) == 4, rng.uniform(2, 8), 1.0)
        silent = bool(rng.integers(0, 2))
        times = np.cumsum(gaps)
        quiet = max(300_000.0, float(gaps.mean()) * 10 ** rng.uniform(1.2, 2.3)) if silent else float(rng.choice(gaps))
        yield Beat(curve("loss", np.arange(n), np.ones(n), times), float(times[-1]) + quiet, silent)
