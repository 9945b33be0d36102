"""A metric that gets worse and does not come back, marked where that starts."""

from __future__ import annotations

import numpy as np

from mlflow_ext.direction import Direction
from mlflow_ext_server.analysis.insight.curve import (
    NORMAL,
    Curve,
    Shape,
    after,
    noise,
    shape,
    shown,
    smoothed,
    unevenness,
)
from mlflow_ext_server.analysis.insight.finding import Evidence, Finding, Level
from mlflow_ext_server.analysis.insight.word import at_step, number, percent, saved

NOISE = 8.0
LOST = 0.35
EARLIER = 1.5
NEVER = 0.15
SETTLED = 3
JUMPED_NOISE = 5.0
JUMPED = 0.1
TIMES = 100.0
_BURST = 2  # of more values the other rule tells
_BEFORE = 2
_SHORT = 20
_CALM = 8
_RULE = (
    "Its last values are all worse than its best, by more than 8 times the noise, by more than 35% of all it had "
    "gained, and by more than 1.5 times any earlier setback it recovered from."
)
_BURST_RULE = (
    "Its last one or two values are worse and more than 100 times as large as any of the two or more before them."
)
_ADVICE = "Look at the learning rate and its schedule, gradient norms, and the data seen at that step."


def divergence(one: Curve, direction: Direction | None, run: str = "") -> list[Finding]:
    """Where a metric of known direction starts to get worse for good; at most one finding.

    Where its last one or two values alone are bad, only if they are 100 times as large as any before.
    """
    return _lasting(one, direction, run) or _burst(one, direction, run)


def _lasting(one: Curve, direction: Direction | None, run: str) -> list[Finding]:
    found = shape(one, direction) if direction else None
    if found is None:
        return []
    least = float(np.min(found.smooth))
    best = int(np.flatnonzero(found.smooth == least)[-1])
    last = int(found.at[-1]) - 1
    broken = len(one.values) - 1 - last
    tail = max(2, (3 if len(found.y) >= _SHORT else 2) - broken)
    rise, need = _lost(found, best, tail)
    if rise <= need:
        return []
    turn, good = _turn(found, best, rise)
    if len(found.y) - turn + broken < SETTLED:
        return []
    gain = float(np.max(found.smooth[: best + 1])) - least
    at = _start(one, found, turn, good, min(rise, gain) if gain > 3 * found.noise else rise)
    values = shown(one, int(found.at[best]), at, last)
    evidence = Evidence(_RULE, rise / abs(found.turned), need / abs(found.turned), one.name, values)
    level: Level = "serious" if rise > gain else "warning"
    much = ""
    if gain > 3 * found.noise:
        much = f", {percent(rise / gain)} of all it had gained" if rise < gain else ", more than all it had gained"
    return [_finding(one, run, at, last, much, level, evidence)]


def _burst(one: Curve, direction: Direction | None, run: str) -> list[Finding]:
    finite = np.flatnonzero(np.isfinite(one.values))
    worse = one.values[finite] * (-1.0 if direction == "higher" else 1.0)
    for few in range(min(_BURST, len(finite) - _BEFORE), 0, -1) if direction else ():
        usual = float(np.max(np.abs(worse[:-few])))
        if not 0 < usual < float(np.min(worse[-few:])) / TIMES:
            continue
        at = int(finite[-few])
        step, value = int(one.steps[at]), float(one.values[at])
        evidence = Evidence(_BURST_RULE, abs(value), TIMES * usual, one.name, shown(one, *finite[-few - 1 :].tolist()))
        sentence = (
            f"{one.name} shoots off to {number(value)} at {at_step(step)}, where no value before was larger than "
            f"{number(usual)}, and does not come back, as far as {'one value' if few == 1 else f'{few} values'} can "
            f"tell.{saved(one, at)}"
        )
        return [
            Finding("divergence", "warning", run, (one.name,), step, None, evidence, sentence, _ADVICE, after(one, at))
        ]
    return []


def _finding(one: Curve, run: str, at: int, last: int, much: str, level: Level, evidence: Evidence) -> Finding:
    end = f"{number(float(one.values[last]))} at the end{much}"
    if last < len(one.values) - 1:
        then = f"{number(float(one.values[last + 1]))} from {at_step(int(one.steps[last + 1]))} on"
        end = f"{number(float(one.values[last]))} at {at_step(int(one.steps[last]))}{much}, and {then}"
    sentence = (
        f"{one.name} gets worse from {at_step(int(one.steps[at]))} on and does not come back: "
        f"{number(float(one.values[at]))} there, {end}.{saved(one, at)}"
    )
    step = int(one.steps[at])
    return Finding("divergence", level, run, (one.name,), step, None, evidence, sentence, _ADVICE, after(one, at))


def _lost(one: Shape, best: int, tail: int) -> tuple[float, float]:
    """By how much the best of the last ``tail`` is worse than the best, and how much it must be."""
    y, smooth = one.y, one.smooth
    end = float(np.min(one.raw[-tail:]))
    before = smooth[: best + 1]
    gain = float(np.max(before) - before[-1])
    earlier = float(np.max(before - np.minimum.accumulate(before)))
    local = unevenness(one)
    need = max(NOISE * local, LOST * gain, EARLIER * earlier)
    if gain < 3 * local:
        need = max(need, NEVER * abs(float(before[-1])))
    return end - float(smooth[best]), need * (1 if len(y) >= _SHORT else 2)


def _turn(one: Shape, best: int, rise: float) -> tuple[int, float]:
    """The last point that is still about as good as the best, and how good the best is."""
    fine = smoothed(one.y, min(9, len(one.y) // 50))
    around = one.y[max(0, best - 5) : best + 6]
    level = max(float(np.median(around[around <= one.smooth[best] + rise / 2])), float(one.smooth[best]))
    near = fine[best:] <= level + min(one.noise, rise / 4)
    return best + (len(near) - 1 - int(np.argmax(near[::-1])) if near.any() else 0), level


def _calm(found: Shape, turn: int) -> float:
    """The unevenness up to where it turned: what is ruined may be much calmer, or much wilder."""
    if turn < _CALM:
        return unevenness(found)
    y, smooth = found.y[: turn + 1], found.smooth[: turn + 1]
    return max(noise(y), float(np.median(np.abs(y - smooth))) * NORMAL)


def _start(one: Curve, found: Shape, turn: int, good: float, size: float) -> int:
    """The first bad value where it jumps up, with none but noise since it turned; else where it turned."""
    noisy = JUMPED_NOISE * _calm(found, turn)
    later = found.y[turn:]
    jump = int(np.argmax(later > good + max(noisy, JUMPED * size)))
    if not jump or np.any(later[:jump] > good + noisy) or later[jump] - np.max(later[:jump]) <= noisy:
        return int(found.at[turn])
    block = turn + jump
    inside = np.arange(found.at[block - 1], found.at[block + 1])
    inside = inside[np.isfinite(one.values[inside])]
    before = np.flatnonzero(one.values[inside] * found.turned <= (good + found.y[block]) / 2)
    return int(inside[min(before[-1] + 1, len(inside) - 1)]) if len(before) else int(inside[0])
