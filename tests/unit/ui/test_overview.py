"""The overview of an experiment: who leads, who set records, and where they stand in the picture."""

from __future__ import annotations

import math

import pytest

from mlflow_ext_ui.overview import DAY_MS, LEADERS, overview
from mlflow_ext_ui.source import Outcome, Outcomes, Status
from mlflow_ext_ui.state import ViewState
from mlflow_ext_ui.tabs.overview import overview_page

NOW = 100 * DAY_MS


def outcome(number: int, value: float | None, status: Status = "FINISHED") -> Outcome:
    """Runs of one hour; the higher its number, the later it ran, one a day."""
    start = number * DAY_MS
    return Outcome(
        f"r{number}", f"run {number}", status, start, None if status == "RUNNING" else start + 3_600_000, value
    )


def test_leaders_and_records_follow_the_direction_of_the_metric() -> None:
    runs = [outcome(i, value) for i, value in enumerate([0.5, 0.7, 0.6, 0.9, 0.9])]
    high = overview(Outcomes(tuple(reversed(runs)), "val/accuracy"), NOW)
    assert [run.id for run in high.leaders] == ["r4", "r3", "r1", "r2", "r0"]
    assert [run.id for run in high.records] == ["r0", "r1", "r3"]
    low = overview(Outcomes(tuple(reversed(runs)), "loss"), NOW)
    assert [run.id for run in low.leaders][:2] == ["r0", "r2"]
    assert [run.id for run in low.records] == ["r0"]


def test_what_runs_or_has_no_finite_value_leads_nothing_and_is_counted() -> None:
    runs = (
        outcome(99, 5.0, "RUNNING"),
        outcome(4, math.nan, "FAILED"),
        outcome(3, None, "KILLED"),
        outcome(2, math.inf),
        outcome(1, 1.0),
    )
    now = overview(Outcomes(runs, "score"), NOW)
    assert [run.id for run in now.leaders] == ["r1"]
    assert [run.id for run in now.running] == ["r99"]
    assert (now.total, now.states["FAILED"], now.states["KILLED"], now.last_day) == (5, 1, 1, 0)
    assert now.busy_ms == 4 * 3_600_000
    assert now.trend is None


def test_the_trend_stays_in_its_box_and_the_worst_do_not_press_it_flat() -> None:
    values = [*range(100), -1e9]
    now = overview(Outcomes(tuple(outcome(i, float(v)) for i, v in enumerate(values)), None), NOW)
    assert now.trend is not None
    places = (*now.trend.dots, *now.trend.steps)
    assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in places)
    assert now.trend.values == (99.0, 0.0)  # the first run set the first record
    assert [y for _, y in now.trend.steps] == sorted((y for _, y in now.trend.steps), reverse=True)


def test_many_runs_are_thinned_and_the_records_are_all_there() -> None:
    runs = tuple(outcome(i, i / 5000) for i in range(5000))
    now = overview(Outcomes(runs, "accuracy"), NOW)
    assert now.trend is not None
    assert len(now.trend.dots) <= 600
    assert len(now.trend.steps) == len(now.records) <= 60
    assert (now.records[0].id, now.records[-1].id, now.beaten) == ("r0", "r4999", 4999)
    assert len(now.leaders) == LEADERS


@pytest.mark.parametrize("runs", [(), (outcome(1, 0.5),), (outcome(1, 0.5), outcome(2, 0.5))])
def test_few_runs_make_a_page_too(runs: tuple[Outcome, ...]) -> None:
    now = overview(Outcomes(runs, "accuracy"), NOW)
    assert overview_page(now, ViewState(experiment="1", runs=()), NOW).to_plotly_json()["type"] == "Div"
