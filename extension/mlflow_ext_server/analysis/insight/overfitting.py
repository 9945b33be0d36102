"""Validation that gets worse while training gets better."""

from __future__ import annotations

import numpy as np

from mlflow_ext.direction import Direction
from mlflow_ext_server.analysis.insight.curve import Curve, Shape, after, shape, share, shown, unevenness
from mlflow_ext_server.analysis.insight.finding import Evidence, Finding, Level
from mlflow_ext_server.analysis.insight.word import at_step, number, percent, saved

NOISE = 3.0
LOST = 0.05
PART = 0.1
STILL = 0.01
_LEAST = 8
_RULE = (
    "After its best the validation metric gets worse by more than 5% of its gain and 3 times its noise, over at least "
    "a tenth of the run, while the training metric gets better by 1% of its gain or more."
)
_ADVICE = "Keep the weights of the best step, stop there, or look at regularisation, augmentation and more data."


def overfitting(train: Curve, held_out: Curve, direction: Direction | None, run: str = "") -> list[Finding]:
    """From which step on validation gets worse while training gets better; at most one finding.

    Args:
        train: the metric in training.
        held_out: the same on data held out, at the same steps or others.
        direction: which way both are better; None finds nothing.
        run: its id.
    """
    theirs = shape(held_out, direction) if direction else None
    ours = shape(train, direction) if direction else None
    if theirs is None or ours is None or len(theirs.y) < _LEAST:
        return []
    block = _best(theirs)
    at = int(theirs.at[block])
    lost, need = _lost(theirs, block)
    better, gained = _better(train, ours, int(held_out.steps[at]))
    if lost <= need or 1 - share(held_out, at) < PART or better <= max(STILL * gained, 0.0):
        return []
    last = int(theirs.at[-1]) - 1
    size = abs(theirs.turned)
    values = shown(held_out, at, last)
    evidence = Evidence(_RULE, lost / size, need / size, held_out.name, values)
    step = int(held_out.steps[at])
    sentence = (
        f"{held_out.name} is best at {at_step(step)} ({number(float(held_out.values[at]))}) and worse from there on "
        f"({number(float(held_out.values[last]))} at the end), while {train.name} gets better by another "
        f"{percent(better / gained) if gained > 0 else 'bit'} of its gain.{saved(held_out, at)}"
    )
    level: Level = "warning" if lost > 0.2 * _gain(theirs, block) else "note"
    names = (train.name, held_out.name)
    return [Finding("overfitting", level, run, names, step, None, evidence, sentence, _ADVICE, after(held_out, at))]


def _best(one: Shape) -> int:
    """The block at which the smooth curve is best; of many alike the middle one, since noise picks among them."""
    least, most = float(np.min(one.smooth)), float(np.max(one.smooth))
    alike = np.flatnonzero(one.smooth <= least + min(0.3 * one.noise, 0.02 * (most - least)))
    return int(alike[len(alike) // 2])


def _gain(one: Shape, block: int) -> float:
    return float(np.max(one.smooth[: block + 1]) - one.smooth[block])


def _lost(one: Shape, block: int) -> tuple[float, float]:
    """By how much the end is worse than the best, and how much it must be."""
    tail = max(2, min(len(one.y) // 10, len(one.y) - block - 1))
    end = float(np.median(one.raw[-tail:]))
    sure = unevenness(one) * (1 / tail + 3 / max(3, len(one.y) // 20)) ** 0.5
    return end - float(one.smooth[block]), max(LOST * _gain(one, block), NOISE * sure)


def _better(train: Curve, ours: Shape, step: int) -> tuple[float, float]:
    """By how much training gets better after a step, and in all."""
    steps = train.steps[ours.at[:-1]]
    later = ours.y[steps >= step]
    if len(later) < 4:
        return 0.0, 1.0
    window = max(2, len(later) // 5)
    end = float(np.median(ours.y[-window:]))
    gained = max(float(np.max(ours.smooth)), float(np.median(ours.y[:2]))) - end
    # Training that jumps up and half comes back gets no better.
    begin = min(float(np.median(later[:window])), float(ours.smooth[steps >= step][0]))
    return begin - end, gained
