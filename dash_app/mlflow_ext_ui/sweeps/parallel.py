"""Parallel coordinates: an axis per param, then one per target, and where each run stands on them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.rest import Association, SweepAnswer, SweepParameter, SweepTarget
from mlflow_ext_ui.figures import axes
from mlflow_ext_ui.text import one_line, tick

FIRST = 12
"""Axes of params that are shown unless somebody chose."""
_UNLIKELY = 0.05
_CHANCE = 0.01  # of all params together, that mutual information comes by chance
_NAMED_VALUES = 8  # distinct numbers that each get a tick
_APART = 0.05  # of the axis, between two ticks
_FARTHEST = 5e303  # beyond some 1.8e304 plotly draws nothing
_LEAST_STEP = 1e-300


class Axis(NamedTuple):
    """One axis. ``values``: per run, None where it has none; of a category the place in ``levels``, from below.

    ``ticks``: value and text. ``spread``: several runs stand at one place, so that lines are drawn apart there.
    ``logged``: places of runs that state no number, such as "None", and what they state; ``lane``: what runs without a
    value are called.
    """

    name: str
    kind: str
    log: bool
    low: float
    high: float
    values: list[float | None]
    levels: list[str]
    ticks: list[tuple[float, str]]
    missing: int
    spread: bool
    role: str = "param"
    logged: tuple[tuple[int, str], ...] = ()
    lane: str = "not logged"


def param_axis(one: SweepParameter) -> Axis:
    """The axis of a param; categories stand in alphabetic order."""
    if one.kind in ("category", "boolean"):
        ordered = (
            one.levels if one.kind == "boolean" else sorted(one.levels, key=lambda level: (level.casefold(), level))
        )
        place = {level: float(at) for at, level in enumerate(ordered)}
        values = [None if at is None else place[one.levels[int(at)]] for at in one.numbers]
        ticks = [(float(at), one_line(level)) for at, level in enumerate(ordered)]
        return Axis(
            one.name, one.kind, False, -0.5, len(ordered) - 0.5, values, list(ordered), ticks, _none(values), True
        )
    values = [finite(at) for at in one.numbers]
    found = _number(one.name, one.kind, values, one.distinct * 4 <= len(values))
    pairs = enumerate(zip(one.texts, values, strict=True))
    logged = tuple((i, text) for i, (text, value) in pairs if text is not None and value is None)
    if not logged:
        return found
    return found._replace(logged=logged, lane="none" if len(logged) == found.missing else "none / not logged")


def target_axis(one: SweepTarget) -> Axis:
    """The axis of a target."""
    values = [finite(at) for at in one.values]
    return _number(one.metric, "number", values, False)._replace(role="target")


def strongest(answer: SweepAnswer) -> list[str]:
    """The params that go most strongly with the target first.

    By the end of the interval that is nearer to none, or by mutual information where chance hardly gives so much: a
    peak in the middle has no rank correlation. What chance gives stands last: a correlation ratio is never below 0, and
    large where few runs are of a kind.
    """
    column = answer.metrics.index(answer.target) if answer.target in answer.metrics else None
    if column is None or not answer.matrix:
        return [one.name for one in answer.params]
    shared = answer.measured.get("information", [])
    size = {one.name: _size(row[column]) for one, row in zip(answer.params, answer.matrix, strict=True)}
    for one, told in zip(answer.params, shared, strict=False):
        if told.value is not None and told.p is not None and told.p <= _CHANCE / len(answer.params):
            size[one.name] = max(size[one.name], (told.value, told.value))
    return sorted(size, key=lambda name: size[name], reverse=True)


def _size(one: Association) -> tuple[float, float]:
    """How strong an association is at least, and how strong as it stands."""
    if one.value is None:
        return -1.0, 0.0
    chance = 0.0 if one.p is None else one.p
    if one.low is None or one.high is None or one.low * one.high <= 0 or chance > _UNLIKELY:
        return 0.0, 1.0 - chance if one.p is not None else abs(one.value)
    return min(abs(one.low), abs(one.high)), abs(one.value)


def shown(answer: SweepAnswer, chosen: Sequence[str] | None) -> list[str]:
    """The params whose axes are shown: those chosen that vary, else the strongest, which stand beside the target."""
    if chosen is not None:
        there = {one.name for one in answer.params}
        return [name for name in chosen if name in there]
    return strongest(answer)[:FIRST]


def parallel(answer: SweepAnswer, chosen: Sequence[str] | None) -> list[Axis]:
    """The axes from left to right, the targets last."""
    known = {one.name: one for one in answer.params}
    params = [param_axis(known[name]) for name in shown(answer, chosen)]
    return [*params, *(target_axis(one) for one in answer.targets)]


def json(axis: Axis) -> dict[str, Any]:
    """The axis as the browser takes it."""
    return axis._asdict()


def finite(value: Any) -> float | None:
    """A finite number where it is drawn, so that distances are finite too; None for any other."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return max(-_FARTHEST, min(_FARTHEST, float(value)))


def _none(values: Sequence[float | None]) -> int:
    return sum(value is None for value in values)


def _number(name: str, kind: str, values: list[float | None], spread: bool) -> Axis:
    known = np.array([value for value in values if value is not None])
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    log = kind == "log" and low > 0
    if low == high:
        low, high = axes.padded(low, high)
        log = False
    ticks = [(value, tick(value)) for value in _ticks(known, low, high, log)]
    return Axis(name, kind, log, low, high, values, [], ticks, _none(values), spread)


def _ticks(known: NDArray[np.float64], low: float, high: float, log: bool) -> list[float]:
    """The values themselves where they are few, else round ones."""
    distinct = np.unique(known)
    scaled = np.log(distinct) if log else distinct
    if len(distinct) <= _NAMED_VALUES and (len(distinct) < 2 or np.diff(scaled).min() >= _APART * np.ptp(scaled)):
        return [float(value) for value in distinct]
    if log:
        found = axes.logarithmic(low, high)["tickvals"]
        within = [value for value in found if low <= value * 1.0000001 and value <= high * 1.0000001]
        return within if len(within) >= 2 else [low, high]
    return round_values(low, high)


def round_values(low: float, high: float, most: int = 6) -> list[float]:
    """At most ``most`` + 1 values that are multiples of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / most
    if rough < _LEAST_STEP:
        return [low, high]
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{at * step:.12g}") for at in range(first, last + 1)]
