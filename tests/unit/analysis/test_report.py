"""All that can be said of a sweep at once, the front of several targets, and the line through points."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mlflow_ext.sweep import NoSweep
from mlflow_ext_server.analysis.front import front
from mlflow_ext_server.analysis.report import MEASURES, MOST_PARAMS, SweepReport, sweep_report
from mlflow_ext_server.analysis.trendline import trendline


def runs(n: int) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, float]]]:
    rng = np.random.default_rng(2)
    lr = 10 ** rng.uniform(-4, -1, n)
    params = {f"r{i}": {"lr": str(lr[i]), "decay": str(lr[i] / 10), "opt": ["adam", "sgd"][i % 2]} for i in range(n)}
    loss = {f"r{i}": float(abs(np.log10(lr[i]) + 2) + 0.3 * (i % 2)) for i in range(n)}
    return params, {"loss": loss, "accuracy": {run: 1 - value for run, value in loss.items()}}


def test_what_varies_stands_against_the_target_and_every_metric():
    params, metrics = runs(20)
    metrics["loss"]["r3"] = math.nan
    del metrics["loss"]["r5"]
    found = sweep_report(params, metrics, "loss", "lower")
    assert isinstance(found, SweepReport)
    assert found.without == ("r3", "r5")
    assert len(found.values) == len(found.sweep.runs) == 18
    assert [one.name for one in found.sweep.varying] == ["decay", "lr", "opt"]
    assert found.metrics == ("loss", "accuracy")
    assert set(found.measured) == set(MEASURES)
    assert [one.measure for one in found.matrix[2]] == ["ratio", "ratio"]
    assert found.matrix[1][0].value == pytest.approx(-(found.matrix[1][1].value or 0))
    assert [(one.one, one.other) for one in found.together] == [("decay", "lr")]
    assert found.warnings == ("decay and lr move together, r 1.00.",)


def test_few_runs_and_constant_targets_are_warned_of():
    params, metrics = runs(2)
    few = sweep_report(params, metrics, "loss")
    assert isinstance(few, SweepReport)
    assert few.warnings[0] == "2 runs: correlation needs at least 3."
    assert all(one.value is None and one.why for each in few.measured.values() for one in each)
    params, metrics = runs(4)
    assert sweep_report(params, metrics, "loss").warnings[0] == "4 runs: importance needs at least 5."  # type: ignore[union-attr]
    params, metrics = runs(8)
    metrics["loss"] = dict.fromkeys(params, 1.0)
    warned = sweep_report(params, metrics, "loss")
    assert isinstance(warned, SweepReport)
    assert warned.warnings[:2] == (
        "8 runs for 3 params that vary: the order of what matters is mostly chance.",
        "The target is the same in all runs: no param can matter to it.",
    )


def test_without_a_target_or_a_sweep_a_sentence_says_so():
    params, metrics = runs(3)
    gone = sweep_report(params, metrics, "gone")
    assert gone == NoSweep("few", "No run has a number as its gone; choose another target.", ())
    metrics["loss"] = {"r0": 1.0, "r1": math.inf}
    assert sweep_report(params, metrics, "loss")[1] == "Only 1 run has a number as its loss; choose another target."
    one = sweep_report({"r0": {"lr": "1"}}, {"loss": {"r0": 1.0}}, "loss")
    assert one[1] == "A sweep compares at least 2 runs; there is 1."


def test_the_front_holds_who_is_beaten_by_nobody():
    values = np.array([[1, 5], [2, 4], [3, 3], [2, 5], [1, 5], [math.nan, 0], [4, 1]])
    assert front(values, ("lower", "lower")).tolist() == [True, True, True, False, True, False, True]
    assert front(values, ("higher", "higher")).tolist() == [False, False, True, True, False, False, True]
    assert front(np.empty((0, 2)), ("lower", "lower")).tolist() == []


@given(arrays(np.float64, st.tuples(st.integers(0, 12), st.just(2)), elements=st.integers(0, 4).map(float)))
def test_the_front_is_that_of_comparing_every_pair(values):
    beaten = [any((other <= one).all() and (other < one).any() for other in values) for one in values]
    assert front(values, ("lower", "lower")).tolist() == [not one for one in beaten]


def test_a_line_where_it_is_straight_a_bow_where_it_bends():
    rng = np.random.default_rng(1)
    degrees = []
    for _ in range(60):
        x = rng.uniform(-4, -1, 60)
        straight, bent = (
            trendline(x, 2 * x + rng.normal(0, 0.1, 60)),
            trendline(x, (x + 2.5) ** 2 + rng.normal(0, 0.1, 60)),
        )
        assert straight is not None
        assert bent is not None
        degrees.append((straight.degree, bent.degree))
        assert bent.y == pytest.approx((bent.x + 2.5) ** 2, abs=0.2)
    assert degrees.count((1, 2)) >= 56


def test_the_interval_holds_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(6)
    x = np.linspace(0, 1, 12)
    held = []
    for _ in range(300):
        found = trendline(x, 3 * x + rng.normal(0, 0.5, 12))
        assert found is not None
        held.append(np.mean((found.low <= 3 * found.x) & (3 * found.x <= found.high)))
    assert np.mean(held) == pytest.approx(0.95, abs=0.04)


VALUES = arrays(np.float64, st.integers(0, 9), elements=st.floats(allow_nan=True, allow_infinity=True, width=32))


@given(VALUES, st.randoms(use_true_random=False))
def test_any_points_give_a_line_or_none(x, random):
    y = np.array(random.sample(list(x), len(x)))
    found = trendline(x, y)
    assert found is None or all(np.isfinite(column).all() for column in found[:4])


@pytest.mark.parametrize("x", [(1.7e308, -1.7e308, 0.0, 1e308, 3.0), (5e-324, 0.0, 1e-323, 0.0, 5e-324)])
def test_a_line_goes_through_numbers_at_the_ends_of_what_a_float_holds(x: tuple[float, ...]):
    found = trendline(np.array(x), np.array([1.7e308, -1.7e308, 0.0, 1e308, 5.0]))
    assert found is not None
    for line in (found.x, found.y, found.low, found.high):
        assert np.isfinite(line).all()


def test_of_many_params_those_that_go_most_strongly_with_the_target_are_looked_at():
    rng = np.random.default_rng(5)
    loss = {f"r{i}": float(rng.normal()) for i in range(30)}
    params = {run: {f"p{at:03}": str(rng.normal()) for at in range(210)} for run in loss}
    weak = {run: mine | {"close": str(loss[run]), "asked": str(at)} for at, (run, mine) in enumerate(params.items())}
    found = sweep_report(weak, {"loss": loss}, "loss", "lower", keep=("asked",))
    assert isinstance(found, SweepReport)
    names = [one.name for one in found.sweep.varying]
    assert len(names) == len(found.matrix) == MOST_PARAMS
    assert {"close", "asked"} <= set(names)
    assert "212 params vary: the 200 that go most strongly with loss are looked at" in found.warnings[0]
