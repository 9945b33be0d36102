"""Groups of runs: mean and spread on known values, and what a figure makes of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from mlflow_ext_ui.figures import Look, figure
from mlflow_ext_ui.figures.pool import pooled
from mlflow_ext_ui.source import Drawing, Line, Plot


def line(run: str, x: list[float], y: list[float]) -> tuple[Line, np.ndarray]:
    made = Line(run, np.array(x, dtype=float), np.array(y, dtype=float), np.zeros(len(x)))
    return made, made.x


def test_the_mean_and_the_range_of_runs_with_the_same_steps():
    (pool,) = pooled([line("a", [0, 1, 2], [1, 2, 3]), line("b", [0, 1, 2], [3, 2, 7])], {"a": "x", "b": "x"})
    assert pool.line.run_id == "a"
    assert pool.line.y.tolist() == [2, 2, 5]
    assert pool.low.tolist() == [1, 2, 3]
    assert pool.high.tolist() == [3, 2, 7]
    assert pool.totals == {"a": 3, "b": 3}


def test_runs_with_other_steps_meet_in_between_and_none_speaks_beyond_its_end():
    (pool,) = pooled([line("a", [0, 2, 4], [0, 2, 4]), line("b", [1, 3], [11, 13])], {})
    assert pool.line.x.tolist() == [0, 1, 2, 3, 4]
    assert pool.line.y.tolist() == [0, 6, 7, 8, 4]
    assert math.isnan(pool.low[0])
    assert pool.low[1:4].tolist() == [1, 2, 3]


def test_the_interval_is_that_of_student():
    values = [[1.0, 2.0], [2.0, 4.0], [4.0, 9.0]]
    (pool,) = pooled([line(str(i), [0, 1], y) for i, y in enumerate(values)], {}, "interval")
    for at in (0, 1):
        sample = [y[at] for y in values]
        low, high = stats.t.interval(0.95, 2, np.mean(sample), stats.sem(sample))
        assert (pool.low[at], pool.high[at]) == pytest.approx((low, high))
    (two,) = pooled([line("a", [0], [1]), line("b", [0], [2])], {}, "interval")
    assert np.isnan(two.low).all()


def test_nan_infinity_disorder_and_points_at_one_step_are_no_trouble():
    odd = [math.nan, 1.0, math.inf, 3.0, 5.0]
    (pool,) = pooled([line("a", [0, 1, 2, 3, 3], odd), line("b", [3, 1], [7, 1]), line("c", [], [])], {})
    assert pool.line.x.tolist() == [1, 3]
    assert pool.line.y.tolist() == [1, 6]


def test_very_many_steps_stay_few_and_the_ends_are_there():
    runs = [line(str(i), (np.arange(50_000) + i / 3).tolist(), np.full(50_000, i).tolist()) for i in range(3)]
    (pool,) = pooled(runs, {})
    assert len(pool.line.x) < 4100
    assert {0.0, 49_999.0} <= set(pool.line.x.tolist())


def drawing() -> Drawing:
    lines = tuple(line(run, [0, 1, 2], [i, i + 1, i + 2])[0] for i, run in enumerate("abcd"))
    return Drawing(Plot("m:loss", "series", "loss", "loss", "", tuple("abcd"), field="loss"), lines=lines)


@pytest.mark.parametrize("smoothing", [0.0, 0.5])
@pytest.mark.parametrize("band", ["range", "interval"])
def test_a_figure_shows_one_line_and_one_band_for_each_group(smoothing, band):
    groups = {"a": "0.1", "b": "0.1", "c": "0.1", "d": None}
    look = Look(groups=groups, band=band, smoothing=smoothing, names={run: f"run {run}" for run in "abcd"})
    picture = figure(drawing(), look)
    assert picture.caption == "2 groups of 4 runs"
    data = picture.figure["data"]
    roles = [trace["meta"]["role"] for trace in data]
    assert roles.count("line") == 2
    assert roles.count("band") == 1
    assert "raw" not in roles
    assert "best" not in roles
    names = [trace["meta"]["name"] for trace in data if trace["meta"]["role"] == "line"]
    assert names == ["0.1 · 3 runs", "no value · 1 run"]
    totals = next(trace["meta"]["totals"] for trace in data if trace["meta"]["role"] == "line")
    assert totals == {"a": 3, "b": 3, "c": 3}
