"""How strongly params and metrics go together."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mlflow_ext.sweep import parameter
from mlflow_ext_server.analysis.association import FloatArray, Measure, association, fitting, ranks, table

MEASURES: tuple[Measure, ...] = ("pearson", "spearman", "ratio", "information", "codes")
RNG = np.random.default_rng(11)
X = RNG.uniform(0, 1, 40)
Y = X + RNG.normal(0, 0.4, 40)


def numeric(values: FloatArray):
    return parameter("p", [str(value) for value in values])


def test_pearson_and_spearman_are_those_of_scipy():
    found = association(numeric(X), Y, "pearson")
    known = stats.pearsonr(X, Y)
    low, high = known.confidence_interval()
    assert (found.value, found.p) == pytest.approx((known.statistic, known.pvalue))
    assert (found.low, found.high) == pytest.approx((low, high))
    spearman = association(numeric(X), Y, "spearman")
    assert (spearman.value, spearman.p) == pytest.approx(tuple(stats.spearmanr(X, Y)))
    assert spearman.low is not None
    assert spearman.high is not None
    assert spearman.low < spearman.value < spearman.high  # type: ignore[operator]


def test_pearson_of_a_log_scaled_number_takes_its_logarithm():
    lr = 10 ** RNG.uniform(-5, -1, 60)
    found = association(numeric(lr), np.log10(lr) * 3 + 1, "pearson")
    assert found.value == pytest.approx(1)


def test_the_ratio_of_categories_is_free_of_bias_and_agrees_with_the_f_test():
    groups = [["a", "b", "c"][i % 3] for i in range(60)]
    effect = np.array([{"a": 0.0, "b": 1.0, "c": 0.2}[one] for one in groups]) + RNG.normal(0, 0.3, 60)
    found = association(parameter("p", groups), effect, "ratio")
    split = [effect[[one == level for one in groups]] for level in "abc"]
    assert found.p == pytest.approx(stats.f_oneway(*split).pvalue)
    assert found.value == pytest.approx(0.85, abs=0.1)
    many = parameter("p", [str(i % 20) + "x" for i in range(60)])
    by_chance = [association(many, RNG.normal(0, 1, 60), "ratio").value or 0 for _ in range(200)]
    assert np.mean(np.square(by_chance)) < 0.1  # uncorrected: 19 / 59 = 0.32


def test_information_finds_what_no_line_shows_and_nothing_where_there_is_nothing():
    x = RNG.uniform(-1, 1, 400)
    bent = association(numeric(x), x**2, "information")
    assert abs(association(numeric(x), x**2, "pearson").value or 0) < 0.2
    assert (bent.value or 0) > 0.4
    assert bent.p is not None
    assert bent.p < 1e-6
    nothing = [association(numeric(RNG.uniform(0, 1, 400)), RNG.normal(0, 1, 400), "information") for _ in range(50)]
    assert np.mean([one.value or 0 for one in nothing]) < 0.02
    assert np.mean([(one.p or 0) < 0.05 for one in nothing]) < 0.2


def test_categories_have_no_line_but_their_codes_have_for_those_who_want_it():
    groups = parameter("p", ["c", "a", "b", "a", "c", "b"])
    y = np.array([3.0, 1, 2, 1, 3, 2])
    refused = association(groups, y, "pearson")
    assert (refused.value, refused.why) == (None, "categories have no order")
    assert association(groups, y, "codes").value == pytest.approx(1)
    assert (fitting(groups), fitting(numeric(X))) == ("ratio", "spearman")


@pytest.mark.parametrize("measure", MEASURES)
def test_what_has_no_answer_says_why(measure: Measure):
    two = association(numeric(np.arange(4.0)), np.array([1.0, 2, math.nan, math.inf]), measure)
    assert (two.value, two.runs, two.why) == (None, 2, "2 of at least 3 runs have both")
    assert association(numeric(np.arange(4.0)), np.ones(4), measure).why == "the metric is the same in all of them"
    blank = parameter("p", ["1", "1", "1", "None"])
    assert association(blank, np.arange(4.0), measure).why == "the param is the same in all of them"


def test_a_category_of_each_run_explains_nothing():
    found = association(parameter("p", list("abcd")), np.arange(4.0), "ratio")
    assert (found.value, found.why) == (None, "each run has a value of its own")


def test_every_param_against_every_metric():
    found = table([numeric(X), parameter("c", ["a", "b"] * 20)], [Y, -Y, np.ones(40)], None)
    assert [[one.measure for one in row] for row in found] == [["spearman"] * 3, ["ratio"] * 3]
    assert found[0][0].value == pytest.approx(-(found[0][1].value or 0))


VALUES = st.floats(allow_nan=True, allow_infinity=True)


@settings(max_examples=200)
@given(st.lists(st.tuples(st.none() | VALUES.map(str) | st.sampled_from("ab"), VALUES), max_size=12))
def test_any_values_give_a_number_in_bounds_or_a_reason(rows: list[tuple[str | None, float]]):
    one = parameter("p", [text for text, _ in rows])
    metric = np.array([value for _, value in rows])
    for measure in MEASURES:
        found = association(one, metric, measure)
        assert (found.value is None) == bool(found.why)
        if found.value is not None:
            assert -1 <= found.value <= 1
            assert found.p is None or 0 <= found.p <= 1


@given(st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=30))
def test_ranks_are_those_of_scipy(values: list[float]):
    np.testing.assert_array_equal(ranks(np.array(values)), stats.rankdata(values))
