"""Labelled synthetic curves: what happens in them, and where, is known because it was put there.

Shapes and seeds for tuning thresholds are not those on which they are judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import numpy as np

from mlflow_ext.direction import Direction
from mlflow_ext_server.analysis.insight.curve import Curve, FloatArray, curve

Rng = np.random.Generator
Part = Literal["tuning", "held-out"]
Event = Literal["none", "divergence", "spike", "nonfinite", "stalled", "slow", "unclear"]


class Sample(NamedTuple):
    """A curve with its labels.

    ``start``: index at which the event starts; ``flat`` and ``improving``: whether the course without noise is (None
    where that is a matter of taste, such samples do not count). An ``unclear`` event is no divergence, nor none.
    """

    curve: Curve
    direction: Direction
    family: str
    event: Event
    start: int | None
    flat: bool | None
    improving: bool | None


class Pair(NamedTuple):
    """A training and a validation curve.

    ``best``: the index at which validation is best, None without overfitting; ``taste``: whether it is so little, or so
    late, that it does not count either way.
    """

    train: Curve
    held_out: Curve
    direction: Direction
    best: int | None
    taste: bool


def _exponential(x: FloatArray, rng: Rng) -> tuple[FloatArray, Direction]:
    return rng.uniform(0.01, 1) + rng.uniform(1, 5) * np.exp(-x / rng.uniform(0.03, 0.6)), "lower"


def _steps(x: FloatArray, rng: Rng) -> tuple[FloatArray, Direction]:
    y = rng.uniform(0.1, 0.5) + 1.5 * np.exp(-x / 0.08)
    for at in np.sort(rng.uniform(0.25, 0.95, rng.integers(1, 4))):
        y = y - 0.25 * y[-1] * (x >= at) * (1 - np.exp(-np.maximum(x - at, 0) / 0.02))
    return y, "lower"


def _restarts(x: FloatArray, rng: Rng) -> tuple[FloatArray, Direction]:
    """Warm restarts: at each the loss rises by some of its gain and falls to below where it was."""
    cycles = rng.integers(2, 9)
    phase = (x * cycles) % 1.0
    y = 0.3 + 2 * np.exp(-x / 0.2) + rng.uniform(0.02, 0.25) * (1 + np.cos(np.pi * phase)) * (x > 1 / cycles)
    return y, "lower"


def _saturating(x: FloatArray, rng: Rng) -> tuple[FloatArray, Direction]:
    return 0.1 + rng.uniform(0.4, 0.88) * (1 - np.exp(-x / rng.uniform(0.05, 0.5))), "higher"


def _linear(x: FloatArray, rng: Rng) -> tuple[FloatArray, Direction]:
    return 3 - rng.uniform(1, 2.5) * x, "lower"


def _quantised(x: FloatArray, rng: Rng) -> tuple[FloatArray, Direction]:
    return 0.5 + 0.45 * np.tanh(x / rng.uniform(0.1, 0.7)), "higher"


def _power(x: FloatArray, rng: Rng) -> tuple[FloatArray, Direction]:
    return rng.uniform(0.5, 2) + rng.uniform(1, 4) * (1 + x * rng.uniform(50, 500)) ** -rng.uniform(0.3, 0.9), "lower"


def _cyclic(x: FloatArray, rng: Rng) -> tuple[FloatArray, Direction]:
    cycles = rng.integers(3, 12)
    saw = np.abs(2 * ((x * cycles + 0.5) % 1) - 1)
    return 0.5 + 1.8 * np.exp(-x / 0.25) + rng.uniform(0.02, 0.2) * (1 - saw), "lower"


def _warm_up(x: FloatArray, rng: Rng) -> tuple[FloatArray, Direction]:
    """It rises at first, while the learning rate does, and falls then."""
    end = rng.uniform(0.03, 0.1)
    return 1 + rng.uniform(0.1, 0.4) * np.minimum(x / end, 1) + 2 * np.exp(-np.maximum(x - end, 0) / 0.2), "lower"


def _reward(x: FloatArray, rng: Rng) -> tuple[FloatArray, Direction]:
    return rng.uniform(-200, 20) + rng.uniform(150, 500) / (1 + np.exp(-(x - rng.uniform(0.2, 0.5)) / 0.08)), "higher"


def _late(x: FloatArray, rng: Rng) -> tuple[FloatArray, Direction]:
    """Nothing for long, then all at once."""
    return 0.1 + 0.85 / (1 + np.exp(-(x - rng.uniform(0.3, 0.65)) / 0.04)), "higher"


def _double(x: FloatArray, rng: Rng) -> tuple[FloatArray, Direction]:
    return 0.2 + 2 * np.exp(-x / 0.02) + rng.uniform(0.3, 1.5) * np.exp(-x / rng.uniform(0.2, 0.8)), "lower"


def _cut_short(x: FloatArray, rng: Rng) -> tuple[FloatArray, Direction]:
    return 3 - 2 / (1 + np.exp(-(x - rng.uniform(0.7, 0.95)) / rng.uniform(0.08, 0.2))), "lower"


Family = Callable[[FloatArray, Rng], tuple[FloatArray, Direction]]
FAMILIES: dict[Part, dict[str, Family]] = {
    "tuning": {
        "exponential": _exponential,
        "step decays": _steps,
        "cosine restarts": _restarts,
        "saturating accuracy": _saturating,
        "linear": _linear,
        "quantised accuracy": _quantised,
    },
    "held-out": {
        "power law": _power,
        "cyclic rate": _cyclic,
        "warm-up": _warm_up,
        "reward": _reward,
        "late accuracy": _late,
        "double exponential": _double,
        "cut short": _cut_short,
        "short power law": _power,
        "quantised late": _late,
    },
}
SEEDS: dict[Part, int] = {"tuning": 1_000_000, "held-out": 9_000_000}


def samples(part: Part, count: int) -> Iterator[Sample]:
    """``count`` curves of each family: of 10 about 4 without event, 2 diverge, 2 spike, one each is NaN, is idle."""
    for which, (name, family) in enumerate(FAMILIES[part].items()):
        for i in range(count):
            rng = np.random.default_rng([SEEDS[part], which, i])
            event: Event = rng.choice(
                ["none", "divergence", "spike", "nonfinite", "stalled", "slow"], p=[0.4, 0.2, 0.2, 0.1, 0.06, 0.04]
            )
            yield _sample(name, family, event, rng)


def _sample(name: str, family: Family, event: Event, rng: Rng) -> Sample:
    n = int(rng.integers(12, 40)) if "short" in name else int(10 ** rng.uniform(1.6, 3.7))
    x = np.linspace(0, 1, n)
    clean, direction = family(x, rng)
    if event == "stalled":
        clean = np.full(n, clean[0])
    elif event == "slow":
        clean = clean[0] - (1 if direction == "lower" else -1) * abs(clean[0]) * rng.uniform(0.01, 0.03) * x
    gain = float(np.ptp(clean)) or abs(float(clean[0]))
    sd = gain * 10 ** rng.uniform(-3, -1.2)
    if event in ("stalled", "slow"):
        sd = (abs(clean[0]) * 10 ** rng.uniform(-3, -1.5)) if event == "stalled" else gain * 10 ** rng.uniform(-3, -1.2)
    y = clean + _noise(name, n, sd, rng)
    start = None
    worse = 1.0 if direction == "lower" else -1.0
    if event == "divergence":
        start = int(n * rng.uniform(0.3, 0.88))
        added = worse * _leaving(n - start, gain, sd, direction, rng, start)
        event, start = _departure(worse * (clean + added), start, sd)
        y = y + added
    elif event == "spike":
        start, y = _spiked(y, gain, sd, worse, rng)
    if "quantised" in name:
        y = np.round(y * 200) / 200
    if event == "nonfinite":
        start = int(n * rng.uniform(0.05, 0.97))
        y = y.copy()
        long = n if rng.random() < 0.5 else start + int(rng.integers(1, 4))
        y[start:long] = rng.choice([np.nan, np.inf, -np.inf])
    flat, improving = (None, None) if event not in ("none",) else _labels(clean, sd, worse)
    steps = np.arange(n) * int(rng.choice([1, 10, 100]))
    return Sample(curve("metric", steps, y, 1000.0 * np.arange(n)), direction, name, event, start, flat, improving)


def _noise(name: str, n: int, sd: float, rng: Rng) -> FloatArray:
    """Normal, with longer tails, growing or shrinking on the way, or lasting over some steps beside its own."""
    kind = rng.integers(0, 4)
    if kind == 3:
        return rng.normal(0, sd, n) * np.geomspace(*rng.permutation([0.4, 2.0]), n)
    white = rng.normal(0, sd, n)
    if kind == 0:
        return white
    if kind == 1:
        return rng.standard_t(6, n) * sd / 1.225
    lasting = np.empty(n)
    held = 0.0
    for i, value in enumerate(rng.normal(0, sd * 0.6, n)):
        held = 0.6 * held + value
        lasting[i] = held
    return lasting + white * 0.5


def _leaving(after: int, gain: float, sd: float, direction: str, rng: Rng, start: int) -> FloatArray:
    """What is added from the start on: growth without end, a drift, or a fall to a level; 0 before."""
    top = max(gain * 10 ** rng.uniform(-0.35, 0.6), 10 * sd)
    far = np.linspace(0, 1, after)
    kind = rng.integers(0, 3) if direction == "lower" else rng.integers(1, 3)
    if kind == 0:
        rate = rng.uniform(3, 8)
        added = top * 10 ** rng.uniform(0, 2) * np.expm1(rate * far) / np.expm1(rate)
    elif kind == 1:
        added = top * far
    else:
        added = top * (1 - np.exp(-far / rng.uniform(0.01, 0.2)))
    if direction == "higher":
        added = np.minimum(added, gain)
    return np.concatenate([np.zeros(start), added])


def _departure(y: FloatArray, start: int, sd: float) -> tuple[Event, int]:
    """Where the course without noise is best from the start on, or, if it leaves that in one step, the next index.

    What keeps most of its gain, or hides, is unclear.
    """
    best = start + int(np.argmin(y[start:]))
    lost = float(y[-1] - np.min(y))
    clear = lost > 0.4 * float(np.max(y[: best + 1]) - np.min(y)) and lost > 9 * sd and best < len(y) - 4
    gain = float(np.max(y[: best + 1]) - np.min(y))
    jumps = best + 1 < len(y) and y[best + 1] - y[best] > max(5 * sd, 0.1 * min(lost, gain))
    return ("divergence" if clear else "unclear"), best + bool(jumps)


def _spiked(y: FloatArray, gain: float, sd: float, worse: float, rng: Rng) -> tuple[int, FloatArray]:
    """One spike that a person would see: 12 times the noise and 15% of the range at least; 1 to n / 30 long."""
    n = len(y)
    start = int(n * rng.uniform(0.15, 0.85))
    long = int(rng.integers(1, max(2, n // 30) + 1))
    high = max(12 * sd, 0.15 * gain) * 10 ** rng.uniform(0, 1)
    shape = np.exp(-np.arange(long) / max(1.0, long / 3)) if rng.random() < 0.5 else np.ones(long)
    y = y.copy()
    y[start : start + long] += worse * high * shape[: len(y) - start]
    return start, y


def _labels(clean: FloatArray, sd: float, worse: float) -> tuple[bool | None, bool | None]:
    """Flat: the last 35% bring under 1% of the gain; not: over 6%, and more than noise hides.

    Improving: the last fifth brings over 10%, and more than noise hides; not: under 1%.
    """
    n = len(clean)
    y = worse * clean
    gain = float(np.max(y) - np.min(y[-max(1, n // 10) :]))
    late = y[int(n * 0.65) :]
    last = float(y[int(n * 0.8)] - y[-1]) / gain
    hidden = 2 * sd / gain
    moved = float(np.ptp(late)) / gain
    fallen = float(late[0] - late[-1]) / gain
    flat = True if moved < 0.01 else False if fallen > max(0.06, hidden) else None
    improving = True if last > max(0.1, hidden) else False if abs(last) < 0.01 and moved < 0.05 else None
    return flat, improving


def pair_samples(part: Part, count: int) -> Iterator[Pair]:
    """Training and validation curves, half of which overfit; shapes differ between the parts."""
    for i in range(count):
        rng = np.random.default_rng([SEEDS[part], 77, i])
        yield _pair(part, bool(rng.integers(0, 2)), rng)


def _pair(part: Part, overfits: bool, rng: Rng) -> Pair:
    n = int(10 ** rng.uniform(1.3, 3.3))
    x = np.linspace(0, 1, n)
    if part == "tuning":
        fall = np.exp(-x / rng.uniform(0.05, 0.3))
    else:
        fall = (1 + x * rng.uniform(20, 80)) ** -rng.uniform(0.5, 1.0)
    train = 0.05 + 2 * fall
    best, taste = None, False
    gap = rng.uniform(0, 0.4)
    held = 0.2 + 1.9 * fall + gap
    if overfits:
        turn = rng.uniform(0.15, 0.7)
        later = np.maximum(x - turn, 0)
        rise = later / (1 - turn) if part == "tuning" else (later / (1 - turn)) ** rng.uniform(0.7, 1.5)
        held = held + rng.uniform(0.3, 1.5) * rise
        train = train - 0.04 * rng.uniform(0.5, 1) * x - 0.3 * later
        best = int(np.argmin(held))
        taste = bool(held[-1] - held[best] < 0.15 * (held[0] - held[best]) or best > 0.85 * n)
    elif rng.random() < 0.3:  # both get worse: that is no overfitting
        bad = 1.5 * np.maximum(x - 0.6, 0)
        train, held = train + bad, held + bad
    sd = 10 ** rng.uniform(-2.5, -1.2)
    train, held = train + _noise("", n, sd * 0.5, rng), held + _noise("", n, sd, rng)
    direction: Direction = "lower"
    if rng.random() < 0.4:
        train, held, direction = 1 - train / 3, 1 - held / 3, "higher"
    sparse = int(rng.choice([1, 1, 5])) if n > 100 else 1
    times = 1000.0 * np.arange(n)
    steps = np.arange(n)
    kept = steps[::sparse]
    found = None if best is None else best // sparse
    return Pair(
        curve("train/m", steps, train, times),
        curve("val/m", kept, held[::sparse], times[::sparse]),
        direction,
        found,
        taste,
    )
