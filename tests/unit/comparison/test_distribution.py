"""Samples against each other: KS, Wasserstein and PSI on known values, for groups too."""

from __future__ import annotations

import numpy as np
import pytest

from mlflow_ext.primitives import Distribution
from mlflow_ext_ui.comparison import comparison
from mlflow_ext_ui.comparison.distribution import distribution_change, rows
from mlflow_ext_ui.comparison.drift import drift, stability
from mlflow_ext_ui.figures import Look
from mlflow_ext_ui.state import Choice
from tests.unit.figures.build import drawing, traces

NAN = float("nan")
LOOK = Look(names={"run0": "first", "run1": "second"})


def test_a_sample_has_not_moved_from_itself():
    same = np.arange(100.0)
    assert drift(same, same)[:4] == (0, 1, 0, 0)


def test_a_shift_is_the_wasserstein_distance_and_apart_is_ks_one():
    found = drift(np.arange(10.0) + 100, np.arange(10.0))
    assert found.ks == 1
    assert found.wasserstein == pytest.approx(100)
    # Two samples of ten that don't overlap: 2 of the C(20, 10) orders are as extreme.
    assert found.p == pytest.approx(2 / 184_756)


def test_the_stability_index_is_the_sum_over_deciles():
    reference = np.arange(1, 101.0)
    values = np.concatenate([np.repeat(5.0, 20), reference[20:]])  # the first two deciles become one
    values = np.concatenate([values, [15.0] * 20])
    a = np.array([20, 20, *[10] * 8]) / 120
    expected = float(np.sum((a - 0.1) * np.log(a / 0.1)))
    assert stability(values, reference) == pytest.approx(expected)


def test_half_a_value_is_added_where_a_bin_is_empty():
    reference, values = np.array([0.0, 1.0]), np.array([1.0, 1.0])
    a, b = np.array([0.5, 2.5]) / 3, np.array([1.5, 1.5]) / 3
    assert stability(values, reference, bins=2) == pytest.approx(float(np.sum((a - b) * np.log(a / b))))


def test_a_constant_reference_sees_values_on_either_side():
    constant = np.full(50, 3.0)
    assert stability(constant, constant) == 0
    assert stability(constant - 1, constant) > 1
    assert stability(constant + 1, constant) > 1


def test_values_near_the_largest_float_have_a_finite_distance():
    assert np.isfinite(drift(np.array([1e300, -1e300]), np.array([1e300, 1e300])).wasserstein)


def test_an_empty_sample_has_no_distance():
    assert drift(np.empty(0), np.ones(1)) is None


def test_very_many_values_are_sampled_the_same_each_time():
    many = np.linspace(0, 1, 200_100)
    assert drift(many, many[:50]) == drift(many, many[:50])
    assert drift(many, many[:50]).total == 200_100


def test_groups_are_compared_each_with_its_own():
    first = Distribution([0.0, 1, 2, 3], groups=["a", "a", "b", "b"])
    second = Distribution([3.0, 2, 0, 1], groups=["b", "b", "a", "c"])
    change = distribution_change(drawing(first, second))
    assert change.groups == ["a", "b", "c"]
    found = {one.group: one.drift and one.drift.ks for one in change.moved}
    assert found == {None: 0, "a": 0.5, "b": 0, "c": None}
    picture = comparison(drawing(first, second), LOOK, Choice())
    assert [fact.label for fact in picture.facts.rows] == ["first", "second", "a", "b", "c"]
    captions = [note["text"] for note in picture.figure["layout"]["annotations"]]
    assert captions == ["a · KS 0.50", "b · KS 0.00", "c · in one run only"]


def test_a_run_lies_over_the_reference_on_shared_bins():
    picture = comparison(drawing(*(Distribution(np.arange(50.0) + i) for i in range(3))), LOOK, Choice())
    bars = traces(picture.figure, "bars")
    assert [trace["meta"]["run"] for trace in bars] == ["run0", "run1", "run0", "run2"]
    assert bars[0]["x"] == bars[1]["x"]


def test_values_that_are_not_finite_are_left_out_and_counted():
    picture = comparison(drawing(Distribution([1.0, NAN]), Distribution([1.0, float("inf")])), LOOK, Choice())
    assert "2 values are NaN or infinite and left out." in picture.notes
    assert comparison(drawing(Distribution([NAN]), Distribution([1.0])), LOOK, Choice()).sentence.endswith(".")


def test_a_small_p_is_said_to_be_below_a_thousandth():
    picture = comparison(drawing(Distribution(np.arange(99.0)), Distribution(np.arange(99.0) + 90)), LOOK, Choice())
    assert picture.facts.rows[1].values[1] == "< 0.001"


def test_the_csv_has_a_row_per_run_and_group():
    table = list(rows(drawing(Distribution([0.0, 1]), Distribution([0.0, 1])), LOOK, Choice()))
    assert table[1] == ("second", "first", "", 0, 1, 0, 0, 2, 2)
