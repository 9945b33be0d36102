"""Why a configuration is worth a run, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mlflow_ext.sweep.point import Point, number_text, text, typed
from mlflow_ext.sweep.space import Dimension, Space

BEST = 3
_FEW = 1  # runs in a place, at most, for it to be called untried
_USUAL = 3.0  # runs that would lie there if they lay evenly, at least
_SIDE = 0.25  # of a number's range, at its either end
_SLACK = 0.05
_LONG = 40


class Tried(NamedTuple):
    """Runs with a value, the best first, and all others that started."""

    best_first: Sequence[Point]
    others: Sequence[Point]

    @property
    def all(self) -> list[Point]:
        """Every run."""
        return [*self.best_first, *self.others]


def untried(space: Space, here: Point, tried: Tried) -> str | None:
    """What about a configuration at most one run has, where several were to be expected; None where nothing is."""
    for name, one in space.varying.items():
        if found := _rare_choice(name, one, here, tried.all) or _beyond(name, one, here, tried.all):
            return found
    numbers = [(name, one) for name, one in space.varying.items() if one.kind == "number"]
    for name, one in numbers:
        if found := _rare_side(space, None, name, one, here, tried.all):
            return found
    for choice, among in space.varying.items():
        for name, one in numbers if among.kind != "number" else ():
            if found := _rare_side(space, choice, name, one, here, tried.all):
                return found
    return None


def near_best(space: Space, here: Point, tried: Tried) -> str | None:
    """Where a configuration lies to the best runs; None where it is not near them."""
    best = tried.best_first[:BEST]
    if len(best) > 1 and all(_between(name, one, here, best) for name, one in space.varying.items()):
        return f"Between your {len(best)} best runs."
    for place, run in enumerate(best):
        changed = [name for name, one in space.varying.items() if _differs(name, one, here, run)]
        if len(changed) == 1:
            return f"Your {_PLACES[place]} run with {_change(space, changed[0], here, run)}."
    return None


def nearest_best(space: Space, here: Point, tried: Tried) -> str:
    """How a configuration differs most from the best run."""
    if not tried.best_first:
        return "Far from what has run: no run has a value yet."
    best = tried.best_first[0]
    apart = [(_distance(name, one, here, best), name) for name, one in space.varying.items()]
    _, name = max(apart, key=lambda pair: pair[0])
    return f"Your best run with {_change(space, name, here, best)} and smaller changes."


_PLACES = ("best", "second best", "third best")


def _rare_choice(name: str, one: Dimension, here: Point, runs: Sequence[Point]) -> str | None:
    value = here.get(name)
    if one.kind == "number" or not isinstance(value, str):
        return None
    having = sum(run.get(name) == value for run in runs)
    if having > _FEW or len(runs) < _USUAL * len(one.choices):
        return None
    return f"{_called(name, one, value)} has {_runs(having)} so far."


def _beyond(name: str, one: Dimension, here: Point, runs: Sequence[Point]) -> str | None:
    value = here.get(name)
    held = [there for run in runs if isinstance(there := run.get(name), float)]
    if not isinstance(value, float) or not held or min(held) <= value <= max(held):
        return None
    if one.canonical(value) in {one.canonical(there) for there in held}:
        return None
    way, end = ("above", max(held)) if value > max(held) else ("below", min(held))
    return f"{_short(name)} {way} {_number(one, end)} is untried so far."


def _rare_side(
    space: Space, choice: str | None, name: str, one: Dimension, here: Point, runs: Sequence[Point]
) -> str | None:
    """A quarter of a number's range, at one of its ends, where few runs lie, perhaps of those of one choice."""
    value = here.get(name)
    if not isinstance(value, float):
        return None
    place = one.unit(value)
    if _SIDE < place < 1 - _SIDE:
        return None
    level = here.get(choice) if choice is not None else None
    if choice is not None and not isinstance(level, str):
        return None
    among = runs if choice is None else [run for run in runs if run.get(choice) == level]
    held = np.array([one.unit(there) for run in among if isinstance(there := run.get(name), float)])
    edge = _SIDE if place <= _SIDE else 1 - _SIDE
    there = int(np.sum(held <= edge) if place <= _SIDE else np.sum(held >= edge))
    if there > _FEW or len(held) * _SIDE < _USUAL:
        return None
    way = "below" if place <= _SIDE else "above"
    where = f"{way} {_number(one, float(one.at(edge)))} has {_runs(there)} so far."
    if choice is None or not isinstance(level, str):
        return f"{_short(name)} {where}"
    return f"{_called(choice, space.params[choice], level)} with {_short(name)} {where}"


def _between(name: str, one: Dimension, here: Point, best: Sequence[Point]) -> bool:
    value = here.get(name)
    held = [run.get(name) for run in best]
    if not isinstance(value, float):
        return any((name in run) == (name in here) and run.get(name) == value for run in best)
    places = [one.unit(there) for there in held if isinstance(there, float)]
    return bool(places) and min(places) - _SLACK <= one.unit(value) <= max(places) + _SLACK


def _differs(name: str, one: Dimension, here: Point, run: Point) -> bool:
    return _distance(name, one, here, run) > (_SLACK if one.kind == "number" and not one.whole else 0)


def _distance(name: str, one: Dimension, here: Point, run: Point) -> float:
    value, there = here.get(name), run.get(name)
    if isinstance(value, float) and isinstance(there, float):
        return abs(one.unit(value) - one.unit(there))
    return float(value != there or (name in here) != (name in run))


def _change(space: Space, name: str, here: Point, run: Point) -> str:
    one = space.params[name]
    if name not in here:
        return f"no {_short(name)}"
    now = _short(text(one, here[name]))
    was = f" instead of {_written(one, run[name])}" if name in run else ""
    return f"{_short(name)} {now}{was}"


def _written(one: Dimension, value: float | str | None) -> str:
    return _short(_number(one, value) if isinstance(value, float) else text(one, value))


def _number(one: Dimension, value: float) -> str:
    return number_text(typed(one, one.canonical(value))).removesuffix(".0")


def _called(name: str, one: Dimension, value: str) -> str:
    """A choice by its own name where that says enough."""
    telling = one.kind == "category" and not value.strip().lower().replace(".", "").isdigit() and value != "None"
    return _short(value) if telling else f"{_short(name)} {_short(value)}"


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count or 'no'} runs"


def _short(words: str) -> str:
    return words if len(words) <= _LONG else f"{words[: _LONG - 1]}…"
