"""How a metric gets on: not at all, hardly, or still well when it ended."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from mlflow_ext.direction import Direction
from mlflow_ext_server.analysis.insight.curve import Curve, FloatArray, Shape, medians, shape, shown, spread, unevenness
from mlflow_ext_server.analysis.insight.finding import Evidence, Finding
from mlflow_ext_server.analysis.insight.word import at_step, number, percent

STALLED_NOISE = 3.0
SLOW = 0.05
STILL = 0.05
P = 0.001
_LEAST = 10
_POINTS = 60
_TAIL = 0.2
_STALLED = "From its first tenth to its best tenth a metric gets better by no more than noise makes of it."
_SLOW = "It does get better (a rank test of trend, p < 0.001), but in the whole run by less than 5% of where it began."
_STILL = "The last fifth of its steps brings more than 5% of its whole gain, and rises above noise (p < 0.001)."


def pace(one: Curve, direction: Direction | None, run: str = "", *, ended: bool = True) -> list[Finding]:
    """Whether a metric of known direction is stalled, slow, or still getting better at its end; at most one finding.

    Args:
        one: the curve.
        direction: which way is better; None finds nothing.
        run: its id.
        ended: whether nothing more is to come, without which nothing is said of the end.
    """
    found = shape(one, direction) if direction else None
    if found is None or len(found.y) < _LEAST:
        return []
    first, gain = _gain(found)
    allowed = STALLED_NOISE * _of_medians(found)
    if gain <= allowed:
        return _stalled(one, found, gain, allowed, run)
    if abs(first) > 0 and gain < SLOW * abs(first) and trend(found.y) < P and trend(found.y[len(found.y) // 2 :]) < P:
        return _slow(one, gain / abs(first), run)
    return _still(one, found, run) if ended else []


def trend(y: FloatArray) -> float:
    """The p of Mann and Kendall that values do not fall along their order, one-sided; of at most 60 block medians."""
    if len(y) > _POINTS:
        y = medians(y, _POINTS)
    n = len(y)
    if n < 4:
        return 1.0
    signs = np.sign(y[None, :] - y[:, None])
    score = -float(np.sum(np.triu(signs, 1)))
    _, counts = np.unique(y, return_counts=True)
    variance = (n * (n - 1) * (2 * n + 5) - float(np.sum(counts * (counts - 1) * (2 * counts + 5)))) / 18
    return float(special.ndtr(-(score - 1) / math.sqrt(variance))) if variance > 0 and score > 0 else 1.0


def _gain(one: Shape) -> tuple[float, float]:
    """Where it began, and by how much the best tenth is better; what falls within the first tenth counts."""
    parts = np.array_split(one.y, 10)
    first = max(float(np.median(parts[0])), float(one.smooth[0]), float(np.median(one.y[:3])))
    return first, first - min(float(np.median(part)) for part in parts)


def _of_medians(one: Shape) -> float:
    """How far medians of tenths, and of the first three values, lie apart by noise alone; noise may end on the way."""
    tenth = max(5, len(one.y) // 10)
    early = spread((one.y - one.smooth)[:tenth])
    return max(unevenness(one), early) * 1.25 / math.sqrt(max(1.0, min(len(one.y) / 10, 3)))


def _stalled(one: Curve, found: Shape, gain: float, allowed: float, run: str) -> list[Finding]:
    if trend(found.y) < P:
        return []
    size = abs(found.turned)
    at, last = int(found.at[0]), int(found.at[-1]) - 1
    finite = one.values[np.isfinite(one.values)]
    evidence = Evidence(_STALLED, gain / size, allowed / size, one.name, shown(one, at, last))
    same = finite.min() == finite.max()
    how = f"is {number(float(finite[0]))} all along" if same else "has not got better since it began"
    sentence = f"{one.name} {how}, from {at_step(int(one.steps[at]))} to {at_step(int(one.steps[last]))}."
    advice = (
        "Look at whether gradients reach the weights, at the learning rate, and whether labels belong to their inputs."
    )
    return [Finding("stalled", "warning", run, (one.name,), int(one.steps[at]), None, evidence, sentence, advice)]


def _slow(one: Curve, part: float, run: str) -> list[Finding]:
    evidence = Evidence(_SLOW, part, SLOW, "of its first value", shown(one, 0, len(one.steps) - 1))
    sentence = f"{one.name} gets better, but slowly: by {percent(max(part, 0.01))} of where it began in the whole run."
    advice = (
        "Try a higher learning rate or less regularisation; of a model tuned further from a good start this is usual."
    )
    return [Finding("slow", "note", run, (one.name,), int(one.steps[0]), None, evidence, sentence, advice)]


def _still(one: Curve, found: Shape, run: str) -> list[Finding]:
    y = found.y
    tail = max(4, int(len(y) * _TAIL))
    window = max(2, tail // 5)
    before, end = float(np.median(y[-tail - window : -tail + window])), float(np.median(y[-window:]))
    gain = max(float(np.max(found.smooth)), float(np.median(y[:2]))) - end
    part = (before - end) / gain if gain > 0 else 0.0
    noisy = 2 * found.noise / math.sqrt(window)
    if part <= STILL or before - end <= noisy or trend(y[-min(len(y), 2 * tail) :]) >= P:
        return []
    if float(np.median(y[-window:])) > float(np.min(found.smooth)) + 0.2 * gain:
        return []
    at, last = int(found.at[-tail - 1]), int(found.at[-1]) - 1
    evidence = Evidence(_STILL, part, STILL, "of its gain", shown(one, at, last))
    sentence = (
        f"{one.name} was still getting better when it ended: {percent(part)} of all its gain came in the last fifth, "
        f"from {at_step(int(one.steps[at]))} on."
    )
    advice = "More steps may help; whether they pay shows only by taking them."
    return [Finding("improving", "note", run, (one.name,), int(one.steps[at]), None, evidence, sentence, advice)]
