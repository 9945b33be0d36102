"""Runs that stand out from their group."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from mlflow_ext.direction import Direction
from mlflow_ext_server.analysis.insight.curve import NORMAL, FloatArray
from mlflow_ext_server.analysis.insight.finding import Evidence, Finding, Level
from mlflow_ext_server.analysis.insight.word import number

Z = 4.5
SMALL = 14.0
FAR = 10.0
LEAST_RUNS = 5
_RULE = (
    "Its value is further from the group's median than 4.5 robust standard deviations (median absolute deviation, "
    "Iglewicz and Hoaglin 1993), more for groups of few runs."
)
_FAR_RULE = (
    "Its value is further from the group's median than 10 robust standard deviations (median absolute deviation, "
    "Iglewicz and Hoaglin 1993), more for groups of few runs; below that it is a note."
)


def outliers(values: Mapping[str, float], metric: str, direction: Direction | None) -> list[Finding]:
    """Runs whose value stands out from the others', the furthest first; a warning beyond 10 deviations, else a note.

    Positive values that span more than a factor of 10 in their middle half are compared by their logarithms.

    Args:
        values: run id to its value of the metric; those that are not finite are left out.
        metric: its name.
        direction: which way is better; None where that is not known.
    """
    held = {run: float(value) for run, value in values.items() if math.isfinite(value)}
    if len(held) < LEAST_RUNS:
        return []
    found = _z(np.array(list(held.values())))
    limit = limit_of(len(held))
    order = np.argsort(-np.abs(found), kind="stable")
    middle = float(np.median(np.array(list(held.values())) / 2)) * 2
    runs = list(held)
    return [
        _finding(runs[i], metric, held[runs[i]], middle, float(found[i]), limit, len(held), direction)
        for i in order.tolist()
        if abs(found[i]) > limit
    ]


def limit_of(runs: int) -> float:
    """How many robust deviations are too many: the deviation of few runs is itself not sure."""
    return Z + SMALL / (runs - 3)


def _z(values: FloatArray) -> FloatArray:
    """Distances from the median in robust standard deviations, shape (n,); 0 where all are the same."""
    low, high = np.quantile(values / 2, [0.25, 0.75])
    if np.min(values) > 0 and high > 10 * low:
        values = np.log(values)
    else:
        most = float(np.max(np.abs(values)))
        values = values / most if most > 0 else values
    apart = values - np.median(values)
    scale = float(np.median(np.abs(apart))) * NORMAL
    if scale <= 1e-12:
        scale = max(float(np.mean(np.abs(apart))) * 1.2533, 1e-12)
    return apart / scale


def _finding(
    run: str, metric: str, value: float, middle: float, z: float, limit: float, runs: int, direction: Direction | None
) -> Finding:
    way = "above" if z > 0 else "below"
    good = direction is not None and (z > 0) == (direction == "higher")
    judged = "" if direction is None else ", which is better" if good else ", which is worse"
    sentence = (
        f"{metric} is {number(value)}, far {way} the median of {runs} runs, {number(middle)}{judged} "
        f"({number(abs(z), 2)} robust standard deviations)."
    )
    advice = (
        "Look at what differs in its params and data; if it is better, check that nothing leaked before believing it."
        if good
        else "Look at what differs in its params, data and hardware, and at its own curve."
    )
    far = limit * FAR / Z
    # Runs on screen need not be alike: in a sweep some stand out by design, but not by so much.
    level: Level = "warning" if abs(z) > far else "note"
    rule, threshold = (_FAR_RULE, far) if level == "warning" else (_RULE, limit)
    evidence = Evidence(rule, abs(z), threshold, "robust standard deviations")
    return Finding("outlier", level, run, (metric,), None, None, evidence, sentence, advice)
