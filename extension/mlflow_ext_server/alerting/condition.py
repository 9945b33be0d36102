"""Whether a run meets the condition of a rule: pure functions on the points of its metric."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from mlflow_ext.direction import better
from mlflow_ext.rest import (
    Change,
    Condition,
    NonFinite,
    NoProgress,
    RunFailed,
    RunSilent,
    Threshold,
    ZScore,
)
from mlflow_ext_server.alerting.episode import MOST, BoolArray, Event, FloatArray, Moment, Points, State, spells
from mlflow_ext_ui.text import count, duration, number

_LAST = f" Further episodes of this run are not told, as this is number {MOST}."


class Found(NamedTuple):
    """What a look at a run gave: what to say, and what to remember."""

    events: list[Event]
    state: State


def look(condition: Condition, state: State, points: Points, moment: Moment, *, late: bool = False) -> Found:
    """Look at what is new in a run.

    Args:
        condition: of the rule.
        state: what the last look left.
        points: of the metric, those after the last look; none for conditions of the run itself.
        moment: the run as it stands now.
        late: the run was there before the rule: of what the points tell only what goes on still is said.

    Returns:
        At most one event for each episode that begins, and the state after it.
    """
    found = _LOOKS[condition.kind](condition, state, points, moment)
    events = found.events
    if late:
        events = events[-1:] if found.state.firing else []
    told = [one._replace(text=one.text + _LAST) if one.episode == MOST else one for one in events]
    return Found([one for one in told if one.episode <= MOST], found.state.looked(points))


def title(condition: Condition) -> str:
    """A name for a rule, such as "loss above 2"."""
    words: dict[str, Callable[[Any], str]] = {
        "threshold": lambda one: f"{one.metric} {one.side} {number(one.value)}",
        "change": lambda one: f"{one.metric} {_CHANGES[one.way]} by more than {number(one.percent)}%",
        "z_score": lambda one: f"{one.metric} stands out by {number(one.z)} standard deviations",
        "not_finite": lambda one: f"{one.metric} is not finite",
        "no_progress": lambda one: f"{one.metric} makes no progress for {duration(one.seconds)}",
        "run_failed": lambda one: "Run failed",
        "run_silent": lambda one: f"Run silent for {duration(one.seconds)}",
    }
    said = words[condition.kind](condition)
    return said if len(said) <= 250 else f"{said[:247]}..."


_CHANGES = {"up": "rises", "down": "falls", "either": "changes"}


def _threshold(one: Threshold, state: State, points: Points, moment: Moment) -> Found:
    with np.errstate(invalid="ignore"):
        met = points.values > one.value if one.side == "above" else points.values < one.value
    row = f", the last of {one.points} points in a row that are" if one.points > 1 else ", which is"

    def text(place: int) -> str:
        return f"{_said(one.metric, points, place)}{row} {one.side} {number(one.value)}."

    return _told(state, points, met, text, one.points)


def _not_finite(one: NonFinite, state: State, points: Points, moment: Moment) -> Found:
    def text(place: int) -> str:
        return f"{_said(one.metric, points, place)}."

    return _told(state, points, ~np.isfinite(points.values), text)


def _change(one: Change, state: State, points: Points, moment: Moment) -> Found:
    points = _finite(points)
    before, state = _windows(state, points.values, one.window)
    with np.errstate(all="ignore"):
        mean = before.mean(axis=1)
        percent = (points.values - mean) / np.abs(mean) * 100
    percent[~np.isfinite(percent)] = 0.0  # without a full window, or after 0, there is nothing to be a part of
    what = "the point before" if one.window == 1 else f"the mean of {one.window} points before"

    def text(place: int) -> str:
        than = f"{what}, {number(float(mean[place]))}"
        return f"{_said(one.metric, points, place)}: {_signed(percent[place])}% against {than}."

    return _told(state, points, _beyond(percent, one.way, one.percent), text)


def _z_score(one: ZScore, state: State, points: Points, moment: Moment) -> Found:
    points = _finite(points)
    before, state = _windows(state, points.values, one.window)
    with np.errstate(all="ignore"):
        mean = before.mean(axis=1)
        spread = before.std(axis=1, ddof=1)
        scores = (points.values - mean) / spread
    scores[~(spread > 1e-12 * np.abs(mean))] = 0.0  # without a full window, or where all its values are the same

    def text(place: int) -> str:
        about = f"{number(float(mean[place]))} ± {number(float(spread[place]))}"
        said = f"{_signed(scores[place])} standard deviations from the {one.window} points before, {about}"
        return f"{_said(one.metric, points, place)}: {said}."

    return _told(state, points, _beyond(scores, one.way, one.z), text)


def _no_progress(one: NoProgress, state: State, points: Points, moment: Moment) -> Found:
    way = one.better or better(one.metric) or "lower"
    sign = 1.0 if way == "lower" else -1.0
    kept = _finite(points)
    best, best_at, firing = state.best, state.best_at, state.firing
    for value, at in zip((sign * kept.values).tolist(), kept.times.tolist(), strict=True):
        if best is None or value < best - one.least:
            best, best_at, firing = value, min(at, moment.now), False
    state = replace(state, best=best, best_at=best_at, firing=firing)
    waited = 0 if best_at is None else moment.now - best_at
    if state.firing or moment.status != "RUNNING" or waited <= one.seconds * 1000 or best is None:
        return Found([], state)
    state = state.began()
    text = f"{one.metric} has not got better than {number(sign * best)} for {duration(waited / 1000)}."
    return Found([Event(state.episode, text, moment.now)], state)


def _run_failed(one: RunFailed, state: State, points: Points, moment: Moment) -> Found:
    if moment.status != "FAILED":
        return Found([], replace(state, firing=False))
    if state.firing:
        return Found([], state)
    state = state.began()
    lasted = duration((moment.now - moment.started) / 1000)
    return Found([Event(state.episode, f"The run ended as failed, {lasted} after its start.", moment.now)], state)


def _run_silent(one: RunSilent, state: State, points: Points, moment: Moment) -> Found:
    last = moment.started if moment.last is None else moment.last
    quiet = moment.now - last
    if moment.status != "RUNNING" or quiet <= one.seconds * 1000:
        return Found([], replace(state, firing=False))
    if state.firing:
        return Found([], state)
    state = state.began()
    since = "since its start" if moment.last is None else "since its last metric"
    text = f"The run is marked as running, but nothing came for {duration(quiet / 1000)} {since}."
    return Found([Event(state.episode, text, moment.now)], state)


_LOOKS: dict[str, Callable[[Any, State, Points, Moment], Found]] = {
    "threshold": _threshold,
    "change": _change,
    "z_score": _z_score,
    "not_finite": _not_finite,
    "no_progress": _no_progress,
    "run_failed": _run_failed,
    "run_silent": _run_silent,
}
"""Each kind's own; pydantic's discriminator has made sure that condition and kind go together."""


def _told(state: State, points: Points, met: BoolArray, text: Callable[[int], str], need: int = 1) -> Found:
    begun, state = spells(state, met, need)
    return Found([Event(episode, text(place), int(points.times[place])) for place, episode in begun], state)


def _said(metric: str, points: Points, place: int) -> str:
    return f"{metric} is {number(float(points.values[place]))} at step {count(int(points.steps[place]))}"


def _signed(value: float) -> str:
    return f"+{number(float(value))}" if value > 0 else number(float(value))


def _finite(points: Points) -> Points:
    kept = np.isfinite(points.values)
    return Points(points.times[kept], points.steps[kept], points.values[kept])


def _beyond(amount: FloatArray, way: str, most: float) -> BoolArray:
    met: BoolArray = {"up": amount, "down": -amount, "either": np.abs(amount)}[way] > most
    return met


def _windows(state: State, values: FloatArray, size: int) -> tuple[FloatArray, State]:
    """The ``size`` values before each one, NaN where there are fewer, and the state with the last ones."""
    held = state.window[-size:]
    padding = np.full(size - len(held), np.nan)
    line = np.concatenate([padding, np.array(held, dtype=np.float64), values])
    rows = np.lib.stride_tricks.sliding_window_view(line, size)[: len(values)]
    recent = line[-size:]
    return rows, replace(state, window=tuple(recent[np.isfinite(recent)].tolist()))
