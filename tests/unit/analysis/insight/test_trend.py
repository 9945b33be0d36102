"""Whether runs get better, and what came with a jump."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlflow_ext_server.analysis.insight.trend import Trend, TrendRun, trend

RNG = np.random.default_rng(17)


def runs(values, facts=None) -> list[TrendRun]:
    return [TrendRun(f"r{i}", i, value, facts[i] if facts else {}) for i, value in enumerate(values)]


def test_the_best_so_far_its_records_and_the_chance_of_so_long_without_one():
    found = trend(runs([5, 4, 6, 3, 7, 7, 8, 9, 5, 6])[::-1], "lower", "val/loss")
    assert found.best_so_far == (5, 4, 4, 3, 3, 3, 3, 3, 3, 3)
    assert [one.run for one in found.records] == ["r0", "r1", "r3"]
    assert (found.since, found.chance) == (6, 0.4)
    assert found.sentence.startswith("The best val/loss, 3, is of run 4 of 10, 6 runs ago")
    assert trend(runs([1, 3, 2]), "higher").best_so_far == (1, 3, 3)


def test_the_chance_of_so_many_records_is_that_of_random_orders():
    found = trend(runs([5, 4, 3, 9, 9.5, 8]), "lower")
    drawn = [len(trend(runs(RNG.permutation(6).astype(float)), "lower").records) for _ in range(1000)]
    assert found.records_p == pytest.approx(np.mean(np.array(drawn) >= 3), abs=0.05)
    assert trend(runs([3.0, 2, 1]), "lower").records_p == pytest.approx(1 / 6)


def test_a_chance_that_is_small_is_told_so():
    stale = trend(runs([1.0, *RNG.uniform(2, 3, 40)]), "lower")
    assert stale.chance == pytest.approx(1 / 41)
    assert "2 of 100 cases" in stale.sentence
    assert "values do get better" in trend(runs(np.linspace(3, 1, 30)), "lower").sentence


def test_runs_without_a_target_are_named_and_left_out():
    found = trend(runs([1.0, None, math.nan, 0.5]), "lower")
    assert (found.runs, found.lacking) == (("r0", "r3"), ("r1", "r2"))
    assert trend(runs([None]), "lower", "acc").sentence == "No run has acc."
    assert trend([], "lower").runs == ()


def test_a_change_that_came_with_a_jump_is_named_with_effect_and_confounding():
    values = np.concatenate([RNG.normal(1, 0.05, 15), RNG.normal(0.7, 0.05, 15)])
    facts = [
        {"package.torch": "2.1" if i < 15 else "2.4", "tag.who": "a" if i < 8 else "b", "param.lr": str(i)}
        for i in range(30)
    ]
    (jump,) = trend(runs(values, facts), "lower", "loss").jumps
    assert (jump.place, [one.name for one in jump.changes], jump.better) == (15, ["package.torch"], True)
    assert jump.effect == pytest.approx(-0.3, abs=0.05)
    assert jump.p < 0.001
    assert "package.torch from 2.1 to 2.4. Only this changed there" in jump.sentence
    both = [one | {"code.commit": "abc" if i < 15 else "def"} for i, one in enumerate(facts)]
    assert (
        "These 2 changed together, so which of them it was cannot be told."
        in trend(runs(values, both), "lower").jumps[0].sentence
    )


def test_a_jump_that_nothing_recorded_explains_is_still_found():
    values = np.concatenate([RNG.normal(1, 0.05, 12), RNG.normal(0.7, 0.05, 12)])
    found = trend(runs(values), "lower")
    assert found.jumps == ()
    assert found.shift is not None
    assert (found.shift.place, found.shift.changes) == (12, ())
    assert "Nothing that is recorded changed there" in found.shift.sentence


def test_values_that_drift_are_told_from_a_jump():
    facts = [{"v": "1" if i < 20 else "2"} for i in range(40)]
    found = trend(runs(np.linspace(1, 0, 40), facts), "lower")
    assert found.jumps[0].drifts
    assert "may have come step by step" in found.jumps[0].sentence


def test_chance_alone_seldom_makes_a_jump():
    wrong = shifted = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        facts = [{f"k{k}": str((i + k) // (6 + k)) for k in range(6)} for i in range(40)]
        found = trend(runs(rng.normal(0, 1, 40), facts), "lower")
        wrong += bool(found.jumps)
        shifted += found.shift is not None
    assert wrong <= 6
    assert shifted <= 7


VALUES = st.none() | st.floats(allow_nan=True, allow_infinity=True) | st.integers(0, 2).map(float)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(VALUES, st.dictionaries(st.sampled_from("abc"), st.sampled_from(["1", "2", ""]))), max_size=25)
)
def test_any_runs_have_a_trend(rows):
    found = trend(runs([value for value, _ in rows], [facts for _, facts in rows]), "higher")
    assert isinstance(found, Trend)
    assert len(found.runs) + len(found.lacking) == len(rows)
    assert 0 <= found.chance <= 1
    assert 0 <= found.records_p <= 1
    assert found.sentence.endswith(".")
