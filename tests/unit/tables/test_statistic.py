"""Spread, interval, test, correction and seeds needed, by known values and by scipy.stats."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mlflow_ext_ui.tables.leaderboard import advice, group, places
from mlflow_ext_ui.tables.statistic import holm, interval, seeds_needed, spread, welch

A = (0.9671, 0.9684, 0.9655, 0.9669, 0.9661)
B = (0.9670, 0.9643, 0.9650, 0.9668, 0.9652)
C = (0.9602, 0.9561, 0.9609, 0.9580, 0.9633)


def test_the_spread_is_that_of_a_sample():
    assert spread((2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0)) == pytest.approx(np.sqrt(32 / 7))
    assert spread((1.0,)) is None


@pytest.mark.parametrize(("a", "b"), [(A, B), (A, C), ((1.0, 2.0), (5.0, 9.0, 7.0, 7.5))])
def test_welch_is_what_scipy_stats_says(a: tuple[float, ...], b: tuple[float, ...]):
    found = welch(a, b)
    known = stats.ttest_ind(a, b, equal_var=False)
    assert found is not None
    assert (found.t, found.df, found.p) == pytest.approx((known.statistic, known.df, known.pvalue))


def test_no_test_below_two_runs_or_without_any_spread():
    assert welch((1.0,), (1.0, 2.0)) is None
    assert welch((1.0, 1.0), (2.0, 2.0)) is None


def test_holm_on_the_values_of_its_textbook_example():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_interval_is_about_that_of_scipy_stats_and_always_the_same():
    data = tuple(np.random.default_rng(3).normal(10, 2, 40).tolist())
    found = interval(data)
    known = stats.bootstrap((data,), np.mean, method="percentile", rng=np.random.default_rng(0)).confidence_interval
    assert found == pytest.approx((known.low, known.high), abs=0.05)
    interval.cache_clear()
    assert interval(data) == found


def test_no_interval_below_three_runs_and_none_wider_than_the_values():
    assert interval((1.0, 2.0)) is None
    assert interval((1.0, 1.0, 1.0)) == (1.0, 1.0)
    low, high = interval((1.0, 2.0, 3.0)) or (0, 0)
    assert 1.0 <= low < 2.0 < high <= 3.0


def test_seeds_needed_are_those_of_the_textbooks():
    # Cohen 1988, table 2.4.1: two groups, two-sided 0.05, power 0.8.
    assert seeds_needed(0.5, 1.0, 1.0) == 64
    assert seeds_needed(0.8, 1.0, 1.0) == 26
    assert seeds_needed(1.0, 1.0, 1.0) == 17


def test_seeds_needed_give_the_power_that_they_promise():
    rng = np.random.default_rng(5)
    n = seeds_needed(1.0, 0.6, 1.4)
    assert n is not None
    first, second = rng.normal(0, 0.6, (4000, n)), rng.normal(1.0, 1.4, (4000, n))
    found = stats.ttest_ind(first, second, axis=1, equal_var=False).pvalue < 0.05
    assert np.mean(found) == pytest.approx(0.8, abs=0.03)


def test_no_number_of_seeds_without_difference_or_spread_or_beyond_a_thousand():
    assert seeds_needed(0.0, 1.0, 1.0) is None
    assert seeds_needed(1.0, 0.0, 0.0) is None
    assert seeds_needed(1e-6, 1.0, 1.0) is None


def test_neighbours_are_compared_from_the_best_down_and_corrected_together():
    found = places([group("c", C), group("a", A), group("b", B), group("one", (0.5,))], "higher")
    assert [(one.rank, one.group.name, one.verdict, one.bracket) for one in found] == [
        (1, "a", "first", 1),
        (2, "b", "not told apart", 1),
        (3, "c", "apart", 2),
        (4, "one", "too few runs", 2),
    ]
    assert found[3].fewest == 1
    raw = [stats.ttest_ind(x, y, equal_var=False).pvalue for x, y in ((A, B), (B, C))]
    assert [one.raw for one in found[1:3]] == pytest.approx(raw)
    assert [one.p for one in found[1:3]] == pytest.approx([max(raw[0], 2 * raw[1]), 2 * raw[1]])


def test_a_bracket_ends_where_small_steps_have_added_up():
    steps = [group(str(at), tuple(at * 0.1 + near for near in (-0.1, 0.0, 0.1))) for at in range(4)]
    found = places(steps, "lower")
    assert [one.verdict for one in found] == ["first", *["not told apart"] * 3]
    far = stats.ttest_ind(steps[0].values, steps[3].values, equal_var=False).pvalue
    assert far < 0.05 < stats.ttest_ind(steps[0].values, steps[2].values, equal_var=False).pvalue
    assert [one.bracket for one in found] == [1, 1, 1, None]


def test_low_is_first_where_low_is_better():
    assert [one.group.name for one in places([group("x", (2.0, 3.0)), group("y", (1.0, 2.0))], "lower")] == ["y", "x"]
    assert places([], "lower") == []


def test_equal_values_without_spread_are_not_told_apart_and_others_have_no_test():
    same = places([group("x", (1.0, 1.0)), group("y", (1.0, 1.0)), group("z", (0.0, 0.0))], "higher")
    assert [one.verdict for one in same] == ["first", "not told apart", "no spread"]
    assert advice(same) is None


def test_the_advice_is_for_the_topmost_pair_that_is_not_told_apart():
    found = places([group("a", A), group("b", B), group("c", C)], "higher")
    told = advice(found)
    assert told is not None
    assert (told.above, told.below) == ("a", "b")
    assert told.difference == pytest.approx(np.mean(A) - np.mean(B))
    assert told.seeds == seeds_needed(told.difference, spread(A) or 0, spread(B) or 0)
    assert advice(places([group("a", A), group("c", C)], "higher")) is None
