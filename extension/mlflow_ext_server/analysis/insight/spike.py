"""Values that shoot up and come back."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from mlflow_ext.direction import Direction
from mlflow_ext_server.analysis.insight.curve import NORMAL, Curve, FloatArray, Shape, noise, shape, shown
from mlflow_ext_server.analysis.insight.finding import Evidence, Finding
from mlflow_ext_server.analysis.insight.word import at_step, number

NOISE = 10.0
HEIGHT = 0.12
GRAINS = 3.0
BACK = 0.3
_LEAST = 10
_REGULAR = 0.25
_WEAK = 0.5
_LONGEST = 25
_Place = tuple[float, float, int, int, int]
_RULE = (
    "Values stand away from the running median by more than 10 times the noise there and 12% of the metric's range, "
    "for at most a 25th of the run, and come back."
)
_ADVICE = "Look at the batch and the gradient norm at that step; clipping gradients or skipping such batches may help."


def spikes(one: Curve, direction: Direction | None, run: str = "") -> list[Finding]:
    """Values that stand out for a short time, as one finding that begins at the highest.

    Where it is not known which way is better, both ways count. Those that come at even intervals are taken for a
    schedule and left out.
    """
    found = [each for way in ([direction] if direction else ["lower", "higher"]) for each in _found(one, way)]  # type: ignore[arg-type]
    if not found:
        return []
    height, threshold, first, top, last = max(found)
    values = shown(one, max(0, first - 1), top, min(len(one.values) - 1, last))
    evidence = Evidence(_RULE, height, threshold, one.name, values)
    more = f" There are {len(found)} such spikes; this is the highest." if len(found) > 1 else ""
    sentence = (
        f"{one.name} spikes at {at_step(int(one.steps[top]))} to {number(float(one.values[top]))} "
        f"and is back by {at_step(int(one.steps[last]))}.{more}"
    )
    return [
        Finding(
            "spike",
            "warning" if direction else "note",
            run,
            (one.name,),
            int(one.steps[first]),
            int(one.steps[last]),
            evidence,
            sentence,
            _ADVICE,
        )
    ]


def _unscheduled(places: list[_Place]) -> list[_Place]:
    """Those above their threshold, but for the usual ones where these come at even intervals."""
    if not places:
        return []
    usual = 2 * float(np.median([height for height, *_ in places]))
    even = _regular(np.array([top for height, _, _, top, _ in places if height <= usual], dtype=np.float64))
    return [one for one in places if one[0] > one[1] and not (even and one[0] <= usual)]


def _found(one: Curve, direction: Direction) -> list[_Place]:
    """Height and threshold as logged, and indices of the first, the highest and the first that is back, of each."""
    made = shape(one, direction)
    if made is None or len(made.raw) < _LEAST:
        return []
    size = abs(made.turned)
    places = _unscheduled(_places(made))
    result = []
    for height, threshold, first, top, last in places:
        inside = slice(int(made.at[top]), int(made.at[top + 1]))
        block = np.where(np.isfinite(one.values[inside]), one.values[inside] * made.turned, -np.inf)
        at = int(made.at[top]) + int(np.argmax(block))
        begin = at if first == top else int(made.at[first])
        result.append((height / size, threshold / size, begin, at, max(at, int(made.at[last]))))
    return result


def _places(one: Shape) -> list[_Place]:
    """The same of blocks, and of such that reach half the threshold."""
    longest = max(2, min(80, len(one.raw) // _LONGEST))
    base = ndimage.median_filter(one.raw, size=2 * longest + 1, mode="nearest")
    above = one.worst - base
    if one.worst is not one.raw:
        above = above - np.median(above)
    scale = _scale(one, above, longest)
    threshold = np.maximum(NOISE * scale, max(HEIGHT * float(np.ptp(base)), GRAINS * _grain(one.raw)))
    out = above > _WEAK * threshold
    found = []
    i = 0
    while i < len(out):
        if not out[i]:
            i += 1
            continue
        ahead = above[i : i + longest + 1]
        top = i + int(np.argmax(ahead))
        back = np.flatnonzero(above[top + 1 : i + longest + 2] < BACK * above[top])
        if len(back) and top + 1 + back[0] < len(out) - 1:
            last = top + 1 + int(back[0])
            found.append((float(above[top]), float(threshold[top]), i, top, last))
            i = last + 1
        else:  # it stays: a step, or a course of its own
            i += len(ahead)
    return found


def _scale(one: Shape, above: FloatArray, longest: int) -> FloatArray:
    """The noise around each point; at the beginning, where metrics fall fast, what they fall counts as well."""
    local = ndimage.median_filter(np.abs(above), size=4 * longest + 1, mode="reflect") * NORMAL
    found: FloatArray = np.maximum(local, max(noise(one.worst), one.noise) * 0.7)
    return found


def _grain(y: FloatArray) -> float:
    """The least distance of values that are few, as quantised ones are; 0 where they are many, or but two."""
    distinct = np.unique(y)
    return float(np.min(np.diff(distinct))) if 3 <= len(distinct) <= len(y) / 4 else 0.0


def _regular(at: FloatArray) -> bool:
    """Whether at least 4 come at even intervals."""
    if len(at) < 4:
        return False
    gaps = np.diff(at)
    return float(np.std(gaps)) < _REGULAR * float(np.mean(gaps))
