"""Rules as pure functions: when they speak, once for each episode, and that looking twice changes nothing."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from mlflow_ext.rest import Condition
from mlflow_ext_server.alerting.condition import look, title
from mlflow_ext_server.alerting.episode import MOST, Event, Moment, Points, State

START = 1_790_000_000_000
SECOND = 1_000


def rule(**fields: Any) -> Any:
    return TypeAdapter(Condition).validate_python(fields)


def points(values: list[float], first: int = 0) -> Points:
    steps = np.arange(first, first + len(values))
    return Points(START + steps * SECOND, steps, np.array(values, dtype=float))


def running(now: int = START, last: int | None = None) -> Moment:
    return Moment("RUNNING", now, START, last)


def steps_of(events: list[Event]) -> list[int]:
    return [(one.at - START) // SECOND for one in events]


def in_pieces(condition: Any, values: list[float], size: int) -> tuple[list[Event], State]:
    """As the server does it: some points at a time, the state through JSON in between."""
    state, events = State(), []
    for start in range(0, len(values), size):
        found = look(condition, state, points(values[start : start + size], start), running())
        events += found.events
        state = State.of(json.loads(json.dumps(found.state.plain())))
    return events, state


ABOVE = rule(kind="threshold", metric="loss", side="above", value=2.0)
RISES = rule(kind="change", metric="loss", way="up", percent=50)
WINDOWED = rule(kind="change", metric="loss", way="up", percent=50, window=3)
SPIKE = rule(kind="z_score", metric="loss", z=4, window=20)
NAN = rule(kind="not_finite", metric="loss")
NOISE = np.random.default_rng(7).normal(1.0, 0.01, 400).tolist()
WAVE = [float(np.sin(place / 9) * 3) for place in range(400)]


@pytest.mark.parametrize("condition", [ABOVE, RISES, WINDOWED, SPIKE, NAN], ids=lambda one: one.kind)
@pytest.mark.parametrize("values", [WAVE, NOISE, [*NOISE[:100], 9.0, float("nan"), *NOISE[100:]]])
@pytest.mark.parametrize("size", [1, 7])
def test_it_does_not_matter_how_many_points_come_at_a_time(condition: Any, values: list[float], size: int) -> None:
    whole, after = in_pieces(condition, values, len(values))
    pieces, end = in_pieces(condition, values, size)
    assert pieces == whole
    assert (end.firing, end.episode, end.window) == (after.firing, after.episode, after.window)


def test_a_threshold_speaks_once_while_it_is_passed_and_again_after_calm() -> None:
    values = [1, 3, 3, 1, 3, 1, 1, 1, 3, 3]
    events, state = in_pieces(ABOVE, [float(one) for one in values], 1)
    assert steps_of(events) == [1, 8]
    assert [one.episode for one in events] == [1, 2]
    assert state.firing
    assert "loss is 3 at step 1, which is above 2" in events[0].text


@pytest.mark.parametrize(("side", "value", "expected"), [("above", 3.0, []), ("below", 3.0, [0]), ("below", 1.0, [])])
def test_to_be_equal_does_not_count(side: str, value: float, expected: list[int]) -> None:
    events, _ = in_pieces(rule(kind="threshold", metric="a", side=side, value=value), [1.0, 3.0, 1.0], 2)
    assert steps_of(events) == expected


def test_a_threshold_may_want_several_points_in_a_row() -> None:
    condition = rule(kind="threshold", metric="a", side="above", value=0, points=3)
    events, _ = in_pieces(condition, [1, 1, -1, 1, 1, 1, 1], 2)
    assert steps_of(events) == [5]


def test_nan_passes_no_threshold_and_is_told_by_its_own_rule() -> None:
    values = [1.0, float("nan"), float("nan"), float("-inf"), 1.0]
    assert in_pieces(ABOVE, values, 2)[0] == []
    events, _ = in_pieces(NAN, values, 2)
    assert steps_of(events) == [1]
    assert "loss is NaN at step 1" in events[0].text


@pytest.mark.parametrize(
    ("way", "values", "expected"),
    [
        ("up", [1.0, 1.4, 2.2], [2]),
        ("up", [1.0, 0.1], []),
        ("down", [1.0, 0.1], [1]),
        ("either", [-1.0, -2.0], [1]),
        ("up", [-2.0, -0.5], [1]),
        ("either", [0.0, 5.0, 5.0], []),
        ("either", [1.0, float("nan"), 1.1], []),
        ("either", [5.0], []),
    ],
)
def test_a_change_is_a_part_of_what_was_before(way: str, values: list[float], expected: list[int]) -> None:
    events, _ = in_pieces(rule(kind="change", metric="a", way=way, percent=50), values, 1)
    assert steps_of(events) == expected


def test_a_change_against_the_mean_of_a_window_waits_until_it_is_full() -> None:
    events, _ = in_pieces(WINDOWED, [1.0, 9.0, 1.0, 1.0, 9.0], 1)
    assert steps_of(events) == [4]
    assert "+145.5% against the mean of 3 points before, 3.667" in events[0].text


def test_a_z_score_finds_a_spike_and_nothing_in_noise() -> None:
    assert in_pieces(SPIKE, NOISE, 10)[0] == []
    events, _ = in_pieces(SPIKE, [*NOISE[:60], 1.2, *NOISE[60:]], 10)
    assert steps_of(events) == [60]
    assert "standard deviations from the 20 points before" in events[0].text


def test_a_z_score_has_nothing_to_say_of_values_that_are_all_the_same() -> None:
    assert in_pieces(SPIKE, [0.3] * 50 + [9.0], 10)[0] == []


def test_one_rule_is_not_heard_for_ever() -> None:
    values = [3.0, 1.0, 1.0, 1.0] * 50
    events, state = in_pieces(ABOVE, values, 9)
    assert len(events) == MOST
    assert "Further episodes of this run are not told" in events[-1].text
    assert "Further" not in events[-2].text
    assert state.episode == 50


def test_of_a_run_that_was_there_before_the_rule_only_what_goes_on_is_told() -> None:
    past = look(ABOVE, State(), points([3.0, 1.0, 1.0, 1.0]), running(), late=True)
    assert past.events == []
    present = look(ABOVE, State(), points([3.0, 1.0, 1.0, 1.0, 3.0]), running(), late=True)
    assert steps_of(present.events) == [4]
    assert look(ABOVE, present.state, points([3.0], 5), running()).events == []


STUCK = rule(kind="no_progress", metric="loss", seconds=60)


def test_no_progress_is_told_once_until_there_is_some() -> None:
    first = look(STUCK, State(), points([3.0, 2.0, 2.5]), running(START + 61_000))
    assert first.events == []
    second = look(STUCK, first.state, Points.none(), running(START + 61_001))
    (event,) = second.events
    assert "loss has not got better than 2 for 1 min" in event.text
    assert look(STUCK, second.state, Points.none(), running(START + 90_000)).events == []
    third = look(STUCK, second.state, points([1.5], 100), running(START + 101_000))
    assert third.events == []
    assert not third.state.firing
    assert len(look(STUCK, third.state, Points.none(), running(START + 161_000)).events) == 1


def test_no_progress_of_a_run_that_has_ended_is_no_news() -> None:
    found = look(STUCK, State(), points([3.0]), Moment("FINISHED", START + 900_000, START))
    assert found.events == []


@pytest.mark.parametrize(
    ("fields", "told"), [({"better": "higher"}, False), ({"better": None}, True), ({"least": 5.0}, True)]
)
def test_progress_goes_by_the_direction_and_by_the_least_gain(fields: dict[str, Any], told: bool) -> None:
    condition = rule(kind="no_progress", metric="loss", seconds=30, **fields)
    rising = [float(one) for one in range(41)]
    assert bool(look(condition, State(), points(rising), running(START + 41_000)).events) is told


def test_a_failed_run_is_told_once_and_again_when_it_fails_again() -> None:
    failed = rule(kind="run_failed")
    first = look(failed, State(), Points.none(), Moment("FAILED", START + 5_000, START))
    assert [one.text for one in first.events] == ["The run ended as failed, 5 s after its start."]
    assert look(failed, first.state, Points.none(), Moment("FAILED", START + 9_000, START)).events == []
    resumed = look(failed, first.state, Points.none(), running())
    again = look(failed, resumed.state, Points.none(), Moment("FAILED", START + 9_000, START))
    assert [one.episode for one in again.events] == [2]


def test_a_silent_run_is_told_once_until_it_logs_again() -> None:
    silent = rule(kind="run_silent", seconds=60)
    assert look(silent, State(), Points.none(), running(START + 60_000)).events == []
    first = look(silent, State(), Points.none(), running(START + 60_001))
    assert "nothing came for 1 min since its start" in first.events[0].text
    assert look(silent, first.state, Points.none(), running(START + 70_000)).events == []
    spoke = look(silent, first.state, Points.none(), running(START + 71_000, START + 70_500))
    second = look(silent, spoke.state, Points.none(), running(START + 140_000, START + 70_500))
    assert "since its last metric" in second.events[0].text
    assert look(silent, State(), Points.none(), Moment("FINISHED", START + 900_000, START)).events == []


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (ABOVE, "loss above 2"),
        (RISES, "loss rises by more than 50%"),
        (SPIKE, "loss stands out by 4 standard deviations"),
        (NAN, "loss is not finite"),
        (STUCK, "loss makes no progress for 1 min"),
        (rule(kind="run_failed"), "Run failed"),
        (rule(kind="run_silent", seconds=600), "Run silent for 10 min"),
    ],
    ids=lambda one: getattr(one, "kind", None),
)
def test_a_rule_has_a_name(condition: Any, expected: str) -> None:
    assert title(condition) == expected


def test_a_name_of_a_long_metric_fits() -> None:
    assert len(title(rule(kind="not_finite", metric="m" * 250))) == 250
