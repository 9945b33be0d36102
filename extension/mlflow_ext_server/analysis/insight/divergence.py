"""A metric that gets worse and does not come back, marked where that starts."""

from __future__ import annotations

import numpy as np

from mlflow_ext.direction import Direction
from mlflow_ext_server.analysis.insight.curve import Curve, Shape, after, shape, shown, smoothed, unevenness
from mlflow_ext_server.analysis.insight.finding import Evidence, Finding, Level
from mlflow_ext_server.analysis.insight.word import at_step, number, percent, saved

NOISE = 8.0
LOST = 0.35
EARLIER = 1.5
NEVER = 0.15
SETTLED = 3
_SHORT = 20
_RULE = (
    "Its last values are all worse than its best, by more than 8 times the noise, by more than 35% of all it had "
    "gained, and by more than 1.5 times any earlier setback it recovered from."
)
_ADVICE = "Look at the learning rate and its schedule, gradient norms, and the data seen at that step."


def divergence(one: Curve, direction: Direction | None, run: str = "") -> list[Finding]:
    """Where a metric of known direction starts to get worse for good; at most one finding."""
    found = shape(one, direction) if direction else None
    if found is None:
        return []
    least = float(np.min(found.smooth))
    best = int(np.flatnonzero(found.smooth == least)[-1])
    rise, need = _lost(found, best)
    if rise <= need:
        return []
    block = _start(found, best, rise)
    if len(found.y) - block < SETTLED:
        return []
    at = int(found.at[block])
    last = len(one.values) - 1 - int(np.argmax(np.isfinite(one.values[::-1])))
    gain = float(np.max(found.smooth[: best + 1])) - least
    values = shown(one, int(found.at[best]), at, last)
    evidence = Evidence(_RULE, rise / abs(found.turned), need / abs(found.turned), one.name, values)
    much = ""
    if gain > 3 * found.noise:
        much = f", {percent(rise / gain)} of all it had gained" if rise < gain else ", more than all it had gained"
    sentence = (
        f"{one.name} gets worse from {at_step(int(one.steps[at]))} on and does not come back: "
        f"{number(float(one.values[at]))} there, {number(float(one.values[last]))} at the end{much}.{saved(one, at)}"
    )
    level: Level = "serious" if rise > gain else "warning"
    return [
        Finding(
            "divergence", level, run, (one.name,), int(one.steps[at]), None, evidence, sentence, _ADVICE, after(one, at)
        )
    ]


def _lost(one: Shape, best: int) -> tuple[float, float]:
    """By how much the end is worse than the best, and how much it must be."""
    y, smooth = one.y, one.smooth
    end = float(np.min(y[-(3 if len(y) >= _SHORT else 2) :]))
    before = smooth[: best + 1]
    gain = float(np.max(before) - before[-1])
    earlier = float(np.max(before - np.minimum.accumulate(before)))
    local = unevenness(one)
    need = max(NOISE * local, LOST * gain, EARLIER * earlier)
    if gain < 3 * local:
        need = max(need, NEVER * abs(float(before[-1])))
    return end - float(smooth[best]), need * (1 if len(y) >= _SHORT else 2)


def _start(one: Shape, best: int, rise: float) -> int:
    """The last point that is still about as good as the best."""
    fine = smoothed(one.y, min(9, len(one.y) // 50))
    around = one.y[max(0, best - 5) : best + 6]
    level = max(float(np.median(around[around <= one.smooth[best] + rise / 2])), float(one.smooth[best]))
    near = fine[best:] <= level + min(one.noise, rise / 4)
    return best + (len(near) - 1 - int(np.argmax(near[::-1])) if near.any() else 0)
