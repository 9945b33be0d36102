"""NaN and infinity: where first, and what came before."""

from __future__ import annotations

import math

import numpy as np

from mlflow_ext.direction import Direction
from mlflow_ext_server.analysis.insight.curve import Curve, after, shown
from mlflow_ext_server.analysis.insight.finding import Evidence, Finding, Level
from mlflow_ext_server.analysis.insight.word import at_step, number, percent, saved

_RULE = "A value is NaN or infinite."
_OFTEN = 0.2  # of all values: then NaN is likely how the script says "not measured now"
_LASTING = 0.05  # of all values
_BEFORE = 10
_GROWN = 3.0
_ADVICE = "Look at the learning rate, the data at that step, divisions and logarithms in the loss, and mixed precision."


def nonfinite(one: Curve, direction: Direction | None, run: str = "") -> list[Finding]:
    """Where a metric is first NaN or infinite, as one finding; serious when no number comes after.

    Then, of a metric of known direction, it says what stopping there would have saved.
    """
    bad = ~np.isfinite(one.values)
    if not bad.any():
        return []
    first, last = int(np.argmax(bad)), len(bad) - 1 - int(np.argmax(bad[::-1]))
    finite = np.flatnonzero(~bad)
    evidence = Evidence(_RULE, int(bad.sum()), 0, "values", shown(one, *finite[finite < first][-3:].tolist(), first))
    step = int(one.steps[first])
    what = number(float(one.values[first]))
    if not len(finite) or finite[-1] < first:
        sentence = f"{one.name} has been {what} from its first value at {at_step(step)} on."
        if len(finite):
            sentence = f"{one.name} is {what} from {at_step(step)} to its end.{_before(one, first, direction)}"
        lost = after(one, first) if direction else None
        words = sentence + (saved(one, first) if direction else "")
        return [Finding("nonfinite", "serious", run, (one.name,), step, None, evidence, words, _ADVICE, lost)]
    level, words, advice = _passing(one, bad, first)
    ends = _ends(bad) if direction else None
    lost = None if ends is None else after(one, ends)
    words += "" if ends is None else saved(one, ends)
    end = int(one.steps[last]) if last < len(bad) - 1 else None
    return [Finding("nonfinite", level, run, (one.name,), step, end, evidence, words, advice, lost)]


def _ends(bad: np.ndarray) -> int | None:
    """From where on no number comes any more; None where that is too little to tell."""
    tail = int(np.argmax(~bad[::-1]))
    return len(bad) - tail if tail > 1 and tail >= _LASTING * len(bad) else None


def _passing(one: Curve, bad: np.ndarray, first: int) -> tuple[Level, str, str]:
    """Words where numbers come after the first that is none."""
    much, step = float(bad.mean()), int(one.steps[first])
    what = number(float(one.values[first]))
    how_many = f"{int(bad.sum()):,} of {len(bad):,} values of {one.name} are NaN or infinite"
    if (ends := _ends(bad)) is not None:
        at = int(one.steps[ends])
        return (
            "serious",
            f"{how_many}, first at {at_step(step)}; there are none but such from {at_step(at)} on.",
            _ADVICE,
        )
    if bad[: int(bad.sum())].all():
        return (
            "note",
            f"{one.name} is {what} at first, and a number from {at_step(int(one.steps[bad.sum()]))} on.",
            "Nothing, if it has no value before then; else log it only where it has one.",
        )
    if much >= _OFTEN:
        return (
            "note",
            f"{how_many} ({percent(much)}), here and there, with numbers between.",
            "Nothing, if the script logs NaN where it measures nothing; else log it only where it has a value.",
        )
    return "warning", f"{how_many}, first at {at_step(step)}; numbers came back after it.", _ADVICE


def _before(one: Curve, first: int, direction: Direction | None) -> str:
    """What the last numbers did before they ended."""
    values = one.values[max(0, first - _BEFORE) : first]
    last = float(values[-1])
    said = f" The last number before was {number(last)}"
    usual = float(np.median(np.abs(one.values[:first] / 2))) * 2
    if (direction != "higher" or last < 0) and len(values) > 2 and abs(last) / _GROWN > usual and math.isfinite(usual):
        return f"{said}, where {number(usual)} had been usual: it had been growing."
    return f"{said}, like those before it: it came at once." if len(values) > 2 else f"{said}."
