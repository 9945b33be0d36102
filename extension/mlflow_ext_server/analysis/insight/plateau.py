"""A metric that stopped getting better, and since when."""

from __future__ import annotations

import numpy as np

from mlflow_ext.direction import Direction
from mlflow_ext_server.analysis.insight.curve import (
    Curve,
    FloatArray,
    Shape,
    after,
    shape,
    share,
    shown,
    smoothed,
    unevenness,
)
from mlflow_ext_server.analysis.insight.finding import Evidence, Finding
from mlflow_ext_server.analysis.insight.pace import trend
from mlflow_ext_server.analysis.insight.word import at_step, number, percent, saved, since

PART = 0.3
WITHIN = 0.025
NOISE = 3.0
SHRUNK = 0.2
P = 0.001
_LEAST = 10
_RULE = (
    "Over at least the last 30% of its steps its middle stays within 2.5% of all it had gained, and within what noise "
    "makes of it; and it is no positive value that shrinks by a fifth."
)
_ADVICE = "Look at the learning rate: lower it there or stop earlier. If the value is as good as can be, all is well."


def plateau(one: Curve, direction: Direction | None, run: str = "") -> list[Finding]:
    """Since when a metric of known direction, which did get better before, no longer does; at most one finding."""
    found = shape(one, direction) if direction else None
    if found is None or len(found.y) < _LEAST:
        return []
    block, gain, apart = _flat(found)
    if block is None or gain <= 5 * found.noise:
        return []
    at = int(found.at[block])
    if 1 - share(one, at) < PART:
        return []
    size = abs(found.turned)
    last = int(found.at[-1]) - 1
    evidence = Evidence(_RULE, apart / size, WITHIN * gain / size, one.name, shown(one, 0, at, last))
    sentence = (
        f"{one.name} has hardly got better since {at_step(int(one.steps[at]))}: it stays near "
        f"{number(float(np.median(one.values[at : last + 1][np.isfinite(one.values[at : last + 1])])))} over "
        f"{since(one, at)}, after {percent(1 - apart / gain)} of all its gain.{saved(one, at)}"
    )
    step = int(one.steps[at])
    return [Finding("plateau", "note", run, (one.name,), step, None, evidence, sentence, _ADVICE, after(one, at))]


def _flat(one: Shape) -> tuple[int | None, float, float]:
    """The first point from which on the curve is flat, all the gain, and how far from flat it is; None for none."""
    y = one.y
    course = smoothed(y, max(3, len(y) // 10))
    end = float(np.median(y[-max(3, len(y) // 5) :]))
    gain = float(max(np.max(one.smooth), np.median(y[:2]))) - end
    window = max(3, len(y) // 10)
    allowed = max(WITHIN * gain, NOISE * unevenness(one) / window**0.5)
    off = np.flatnonzero(course - end > allowed)
    block = int(off[-1]) + 1 if len(off) else 0
    while len(y) - block >= 4 and _shrinks(y[block:]):
        block += (len(y) - block) // 2
    if len(y) - block < 4:
        return None, gain, 0.0
    apart = _drift(y[block:])
    later = float(np.median(y[-max(3, len(y) // 20) :])) - end
    if abs(apart) > allowed or abs(later) > 2 * allowed:
        return None, gain, apart
    return block, gain, abs(apart)


def _shrinks(y: FloatArray) -> bool:
    """Whether positive values that are little beside the gain still shrink by a fifth: a loss on its way to 0 does."""
    return bool(np.min(y) > 0 and _drift(y) > SHRUNK * float(np.median(y[: len(y) // 2])) and trend(y) < P)


def _drift(y: FloatArray) -> float:
    """How far the middle of the last half is from that of the first."""
    half = len(y) // 2
    return float(np.median(y[:half]) - np.median(y[half:]))
