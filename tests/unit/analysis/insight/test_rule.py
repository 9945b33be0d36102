"""What each rule says, and that none of them minds what it is given."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlflow_ext.direction import Direction
from mlflow_ext_server.analysis.insight.accelerator import idle
from mlflow_ext_server.analysis.insight.curve import Curve, curve
from mlflow_ext_server.analysis.insight.divergence import divergence
from mlflow_ext_server.analysis.insight.group import outliers
from mlflow_ext_server.analysis.insight.nonfinite import nonfinite
from mlflow_ext_server.analysis.insight.overfitting import overfitting
from mlflow_ext_server.analysis.insight.pace import pace
from mlflow_ext_server.analysis.insight.pair import pairs
from mlflow_ext_server.analysis.insight.plateau import plateau
from mlflow_ext_server.analysis.insight.report import RunFact, findings, of_metric
from mlflow_ext_server.analysis.insight.silence import silent
from mlflow_ext_server.analysis.insight.spike import spikes

MINUTE = 60_000
RNG = np.random.default_rng(5)


def logged(values, name="train/loss", every=1000) -> Curve:
    values = np.asarray(values, dtype=float)
    return curve(name, np.arange(len(values)) * 10, values, np.arange(len(values)) * every)


def falling(n=200, noise=0.01):
    return 0.2 + 2 * np.exp(-np.arange(n) / (n / 8)) + RNG.normal(0, noise, n)


def test_steps_come_in_order_and_the_last_logged_of_one_step_counts():
    found = curve("m", np.array([3, 1, 3, 2]), np.array([30.0, 1, 3, 2]), np.array([1, 2, 9, 4]))
    assert (found.steps.tolist(), found.values.tolist(), found.times.tolist()) == ([1, 2, 3], [1, 2, 3], [2, 4, 9])


def test_nan_is_told_with_its_first_step_and_what_came_before():
    values = falling()
    values[100:] = np.nan
    values[95:100] = [0.5, 2, 10, 60, 400]
    (found,) = nonfinite(logged(values), "lower", "r")
    assert (found.level, found.start, found.end, found.run) == ("serious", 1000, None, "r")
    assert found.sentence.startswith("train/loss is NaN from step 1,000 to its end. The last number before was 400,")
    assert "had been growing" in found.sentence
    assert found.evidence.values[-2] == (990, 400.0)
    sudden = falling()
    sudden[100:] = math.inf
    assert "it came at once" in nonfinite(logged(sudden), "lower")[0].sentence


@pytest.mark.parametrize(
    ("values", "level", "words"),
    [
        ([math.nan] * 3, "serious", "has been NaN from its first value at step 0 on"),
        ([math.nan, math.nan, 1, 2, 3], "note", "is NaN at first, and a number from step 20 on"),
        ([1, math.nan, 1, math.nan, 1, math.nan, 1], "note", "3 of 7 values"),
        ([1, 2, -math.inf, *range(17)], "warning", "1 of 20 values"),
        ([1, 2, math.nan, 3, *[math.nan] * 5], "serious", "none but such from step 40 on"),
    ],
)
def test_nan_that_passes_is_told_from_nan_that_stays(values, level, words):
    (found,) = nonfinite(logged(values), None)
    assert found.level == level
    assert words in found.sentence


def test_nan_to_the_end_says_what_stopping_would_have_saved():
    values = falling()
    values[77:] = np.nan
    (found,) = nonfinite(logged(values), "lower")
    assert found.sentence.endswith("it came at once. Stopping at step 770 would have saved 2 min.")
    assert found.saved == 122_000
    values[30] = np.nan
    (found,) = nonfinite(logged(values), "lower")
    assert (found.start, found.saved) == (300, 122_000)
    assert found.sentence.endswith("from step 770 on. Stopping at step 770 would have saved 2 min.")
    (always,) = nonfinite(logged([np.nan] * 5), "lower")
    assert always.saved == 4000
    unknown = nonfinite(logged(values, "ratio"), None)[0]
    values[90:] = 1.0
    passing = nonfinite(logged(values), "lower")[0]
    for one in (unknown, passing):
        assert one.saved is None
        assert "saved" not in one.sentence


def test_divergence_is_marked_where_it_starts_and_says_what_stopping_would_have_saved():
    values = falling()
    values[140:] += 0.05 * np.arange(60)
    (found,) = divergence(logged(values), "lower")
    assert found.start == pytest.approx(1400, abs=30)
    assert found.level == "serious"
    assert found.saved == pytest.approx(60_000, abs=3000)
    assert "Stopping at step 1," in found.sentence
    assert "would have saved" in found.sentence
    assert divergence(logged(falling()), "lower") == []
    assert divergence(logged(values), None) == []


@pytest.mark.parametrize(
    ("values", "step", "words"),
    [
        ([2, 1, 500], 20, "loss shoots off to 500 at step 20, where no value before was larger than 2, and"),
        ([2, 1, 500, 800], 20, "as far as 2 values can tell. Stopping at step 20 would have saved"),
        ([2, 1, 1e300, math.inf], 20, "as far as one value can tell. Stopping at step 20 would have saved"),
        ([2, 1.5, 1.2, 1, 0.9, 0.8, 900], 60, "as far as one value can tell."),
    ],
)
def test_a_few_last_values_tell_a_divergence_only_where_they_are_far_off(values, step: int, words: str):
    (found,) = divergence(logged(values), "lower")
    assert (found.start, found.level) == (step, "warning")
    assert words in found.sentence
    assert divergence(logged(-np.array(values), "reward"), "higher")[0].start == step
    assert divergence(logged(values), "higher") == []


@pytest.mark.parametrize("values", [[2, 1, 150], [1, 500], [0, 0, 0.5], [2, 1, -500], [500, 2, 1], [2, 500, 1], []])
def test_a_few_values_that_are_not_so_far_off_tell_no_divergence(values):
    assert divergence(logged(values), "lower") == []


def test_an_accuracy_diverges_downwards():
    values = 1 - falling() / 3
    values[120:] = 0.1 + RNG.normal(0, 0.003, 80)
    (found,) = divergence(logged(values, "val_accuracy"), "higher")
    assert found.start == 1200


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("wild", [0.0, 0.05, 0.3])
@pytest.mark.parametrize(("n", "at"), [(20, 12), (60, 40), (2000, 777), (9000, 4321)])
def test_a_jump_is_marked_at_its_first_bad_step_and_time_is_saved_from_there(n: int, at: int, wild: float, seed: int):
    rng = np.random.default_rng(seed)
    values = 0.2 + 2 * np.exp(-np.arange(n) / (n / 8)) + rng.normal(0, 0.01, n)
    values[at:] = 4.123 + rng.normal(0, wild, n - at)
    (found,) = divergence(logged(values), "lower")
    assert (found.start, found.saved) == (at * 10, (n - 1 - at) * 1000)
    assert f"gets worse from step {at * 10:,} on and does not come back: {values[at]:.3f} there" in found.sentence


def test_after_the_turning_point_of_a_gradual_divergence_values_are_steadily_worse():
    x = np.arange(200)
    (found,) = divergence(logged(0.2 + 2 * np.exp(-x / 20) + 0.05 * np.maximum(x - 140, 0)), "lower")
    assert found.start == 1400


BLOWN = [
    pytest.param(10.0 ** np.linspace(0, 290, 30), math.inf, 1, id="growing to infinity"),
    pytest.param(10.0 ** np.arange(30), math.inf, 120, id="less, and long infinite"),
    pytest.param(10.0 ** np.linspace(0, 308, 60), math.nan, 5, id="longer than it was well"),
    pytest.param(np.array([10, 1e300]), math.nan, 10, id="two numbers"),
    pytest.param(np.full(30, 1e300), math.inf, 1, id="at once"),
]


@pytest.mark.parametrize("sign", [1, -1], ids=["loss", "reward"])
@pytest.mark.parametrize(("blown", "then", "long"), BLOWN)
def test_what_blows_up_diverges_from_its_first_bad_step_and_has_not_stalled(blown, then, long, sign):
    values = sign * np.concatenate([np.linspace(2.2, 0.3, 50), blown, np.full(long, then)])
    found = of_metric(logged(values), "lower" if sign > 0 else "higher")
    assert [one.kind for one in found] == ["nonfinite", "divergence"]
    broken, away = found
    assert (away.start, away.level, broken.start) == (500, "serious", (50 + len(blown)) * 10)
    assert f"from step {broken.start:,} on. Stopping at step 500 would have saved" in away.sentence
    assert "had been growing" in broken.sentence
    assert math.isfinite(away.evidence.measured)
    assert away.evidence.measured >= blown[-3:].min() / 2


def test_what_blows_up_from_its_first_steps_diverges():
    assert [one.kind for one in of_metric(logged(10.0 ** np.arange(0, 300, 10)), "lower")] == ["divergence"]


def test_a_setback_of_the_kind_it_recovered_from_before_is_no_divergence():
    x = np.arange(300)
    swings = 2 + np.exp(-x / 40) + 0.4 * np.abs((x % 60) / 30 - 1) * (x >= 60)
    assert divergence(logged(swings), "lower") == []


def test_a_spike_comes_back():
    values = falling()
    values[120:123] += [1.5, 1, 0.5]
    (found,) = spikes(logged(values), "lower")
    assert (found.start, found.level) == (1200, "warning")
    assert found.end == pytest.approx(1230, abs=10)
    assert spikes(logged(values, "grad_norm"), None)[0].level == "note"
    stays = falling()
    stays[120:] += 1.5
    assert spikes(logged(stays), "lower") == []


def test_even_spikes_are_a_schedule():
    values = falling(400)
    values[60::50] += 1
    assert spikes(logged(values), "lower") == []


def test_noise_that_is_as_large_as_the_metric_makes_no_spike_where_that_is_high():
    x = np.arange(500)
    curves = [(np.exp(-x / 80) + 0.02) * np.random.default_rng(seed).lognormal(0, 0.3, 500) for seed in range(20)]
    assert sum(bool(spikes(logged(values), "lower")) for values in curves) == 0


def test_a_plateau_says_since_when():
    values = falling(400, 0.003)
    (found,) = plateau(logged(values), "lower")
    assert 1200 < found.start < 2400
    assert found.saved == (399 - found.start // 10) * 1000
    assert "has hardly got better since step" in found.sentence
    assert plateau(logged(np.linspace(3, 1, 300)), "lower") == []


def test_a_loss_on_its_way_to_zero_is_no_plateau_though_what_it_gains_is_little_by_now():
    x = np.arange(400)
    values = (2 * np.exp(-x / 15) + 0.03 * np.exp(-x / 120)) * RNG.lognormal(0, 0.2, 400)
    assert plateau(logged(values), "lower") == []
    assert plateau(logged(values + 0.5), "lower")


def test_after_it_diverged_a_metric_has_no_spikes():
    values = falling()
    values[140:] += 0.05 * np.arange(60)
    values[[60, 170]] += 2
    found = of_metric(logged(values), "lower")
    assert [one.kind for one in found] == ["spike", "divergence"]
    assert found[0].start == 600
    assert "such spikes" not in found[0].sentence


def test_pace_tells_stalled_slow_and_still_improving_apart():
    noise = RNG.normal(0, 0.01, 200)
    assert [one.kind for one in pace(logged(2.303 + noise), "lower")] == ["stalled"]
    assert "is 0.1000 all along" in pace(logged([0.1] * 30, "acc"), "higher")[0].sentence
    assert [one.kind for one in pace(logged(np.linspace(2.3, 2.25, 200) + noise / 10), "lower")] == ["slow"]
    steady = logged(np.linspace(2.3, 0.5, 200) + noise)
    assert [one.kind for one in pace(steady, "lower")] == ["improving"]
    assert pace(steady, "lower", ended=False) == []
    assert pace(steady, None) == []


def test_overfitting_names_the_best_step():
    x = np.arange(300) / 300
    train = logged(0.1 + 2 * np.exp(-x / 0.15) - 0.05 * x, "train/loss")
    held = logged(0.3 + 2 * np.exp(-x / 0.1) + 0.6 * np.maximum(x - 0.5, 0) + RNG.normal(0, 0.005, 300), "val/loss")
    (found,) = overfitting(train, held, "lower")
    assert found.metrics == ("train/loss", "val/loss")
    assert found.start == pytest.approx(1500, abs=150)
    assert "while train/loss gets better" in found.sentence
    assert overfitting(held, held, "lower") == []


def test_metrics_of_training_and_validation_are_paired_by_name():
    names = ["train/loss", "val/loss", "test/loss", "acc_train", "acc_valid", "trainF1", "evalF1", "mae", "val_mae"]
    assert pairs([*names, "epoch/train/auc", "epoch/dev/auc", "lr", "system/gpu_0", "test"]) == [
        ("train/loss", "val/loss"),
        ("acc_train", "acc_valid"),
        ("trainF1", "evalF1"),
        ("mae", "val_mae"),
        ("epoch/train/auc", "epoch/dev/auc"),
    ]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["train_loss_step", "train_loss_epoch", "valid_loss"], [("train_loss_epoch", "valid_loss")]),
        (["train_loss", "val_loss_step", "val_loss_epoch"], [("train_loss", "val_loss_epoch")]),
        (["train_loss_step", "val_loss_epoch"], [("train_loss_step", "val_loss_epoch")]),
        (
            ["train_loss_epoch", "val_loss", "test_loss_epoch"],
            [("train_loss_epoch", "test_loss_epoch"), ("train_loss_epoch", "val_loss")],
        ),
        (["train_loss_epoch", "val_loss_epoch", "test_loss"], [("train_loss_epoch", "val_loss_epoch")]),
        (["train_loss_epoch", "test_loss", "val_loss"], [("train_loss_epoch", "val_loss")]),
        (["loss_epoch", "val_loss"], [("loss_epoch", "val_loss")]),
        (["train_loss_epoch", "train_acc_step", "val_acc"], [("train_acc_step", "val_acc")]),
        (["train_epoch", "val_step"], []),
    ],
)
def test_how_often_a_metric_is_logged_does_not_keep_it_from_its_pair(names, found):
    assert pairs(names) == found


def test_overfitting_under_lightning_s_names_is_no_divergence():
    x = np.arange(200)
    train = logged(0.05 + 2 * np.exp(-x / 30) + RNG.normal(0, 0.005, 200), "train_loss_epoch")
    held = 0.2 + 1.9 * np.exp(-x / 30) + 0.01 * np.maximum(x - 100, 0) + RNG.normal(0, 0.01, 200)
    for name in ("valid_loss", "val_loss_epoch"):
        told = findings([train, logged(held, name)], RunFact("r"), 0)
        assert [one.kind for one in told if name in one.metrics] == ["overfitting"]


def utilisation(values, name="system/gpu_0_utilization_percentage") -> dict[str, Curve]:
    return {name: logged(values, name, every=10_000)}


def test_an_accelerator_idle_most_of_the_time_is_named_and_the_cpu_blamed_where_it_was_busy():
    lazy = utilisation([95] * 20 + [0] * 80)
    (found,) = idle(lazy)
    assert (found.level, found.start) == ("warning", 200)
    assert found.sentence == "GPU 0 was below 10% for 89% of the time, 13 min in all."
    cpu = utilisation([99] * 100, "system/cpu_utilization_percentage")
    assert "data loading" in idle(lazy | cpu)[0].advice
    one_of_two = lazy | utilisation([90] * 100, "system/gpu_1_utilization_percentage")
    assert "Others were busy" in idle(one_of_two)[0].advice
    assert idle(utilisation([50] * 100)) == []
    assert idle(utilisation([0] * 8)) == []
    assert idle(utilisation([2] * 60, "system/cpu_utilization_percentage"))[0].sentence.startswith("The CPU")
    assert idle(utilisation([90] * 60) | utilisation([2] * 60, "system/cpu_utilization_percentage")) == []


def test_a_run_is_silent_after_ten_times_its_usual_interval():
    loss = logged(falling(100), every=30_000)
    last = 99 * 30_000
    assert silent([loss], "RUNNING", 0, last + 4 * MINUTE) == []
    (found,) = silent([loss], "RUNNING", 0, last + 6 * MINUTE)
    assert (found.level, found.start, found.metrics) == ("warning", 990, ("train/loss",))
    assert found.sentence.startswith(
        "Still marked as running, but nothing logged for 6 min, where 30 s had been usual."
    )
    assert silent([loss], "RUNNING", 0, last + 1000 * MINUTE)[0].level == "serious"
    assert silent([loss], "FINISHED", 0, last + 1000 * MINUTE) == []
    alive = logged([1.0] * 110, "system/cpu_utilization_percentage", every=30_000)
    assert "process lives" in silent([loss, alive], "RUNNING", 0, last + 6 * MINUTE)[0].sentence
    assert silent([], "RUNNING", 0, 30 * MINUTE) == []
    assert silent([], "RUNNING", 0, 90 * MINUTE)[0].evidence.threshold == 60 * MINUTE
    assert silent([], "RUNNING", None, 90 * MINUTE) == []


def test_a_run_stands_out_from_at_least_five():
    values = {str(i): 0.5 + 0.01 * i for i in range(8)}
    (found,) = outliers(values | {"odd": 0.9}, "val/loss", "lower")
    assert (found.run, found.level) == ("odd", "note")
    assert "which is worse" in found.sentence
    assert outliers(values | {"odd": 0.4}, "val/loss", "lower") == []
    assert outliers({"a": 1, "b": 1, "c": 1, "odd": 9}, "val/loss", "lower") == []
    (good,) = outliers(values | {"odd": 5.0}, "acc", "higher")
    assert "nothing leaked" in good.advice
    assert outliers({str(i): 1.0 for i in range(9)}, "acc", "higher") == []
    assert outliers({str(i): 10.0**i for i in range(9)}, "loss", "lower") == []


def test_a_run_that_is_far_off_is_a_warning_by_a_threshold_that_is_stated():
    def judged(z: float, runs: int):
        values = {str(i): float(i - runs // 2) for i in range(runs)}
        spread = 1.4826 * float(np.median(np.abs([*values.values(), 0.0])))
        return outliers(values | {"odd": z * spread}, "val/loss", "lower")

    far, near = judged(12.0, 60)[0], judged(8.0, 60)[0]
    assert (far.level, near.level) == ("warning", "note")
    assert "further from the group's median than 10 robust standard deviations" in far.evidence.rule
    assert "than 4.5 robust standard deviations" in near.evidence.rule
    for one in (far, near):
        assert one.evidence.measured > one.evidence.threshold
    assert 10 < far.evidence.threshold < 11
    assert near.evidence.measured < far.evidence.threshold
    assert judged(12.0, 8)[0].level == "note"


def test_of_one_metric_only_what_explains_most_is_told_and_the_gravest_first():
    values = falling()
    values[140:] += 0.05 * np.arange(60)
    broken = falling()
    broken[150:] = np.nan
    flat = logged(falling(200, 0.003), "val/err")
    found = findings([flat, logged(values), logged(broken, "aux_loss")], RunFact("r"), 0)
    assert [(one.level, one.kind) for one in found] == [
        ("serious", "divergence"),
        ("serious", "nonfinite"),
        ("note", "plateau"),
        ("note", "plateau"),
    ]
    assert {one.run for one in found} == {"r"}


def test_a_direction_that_is_given_wins_over_the_name():
    up = logged(np.linspace(0, 1, 100), "thing")
    assert findings([up], RunFact(), 0) == []
    assert [one.kind for one in findings([up], RunFact(), 0, {"thing": "higher"})] == ["improving"]
    assert [one.kind for one in findings([up], RunFact(), 0, {"thing": "lower"})] == ["divergence"]


NUMBERS = st.floats(allow_nan=True, allow_infinity=True, width=64) | st.sampled_from([0.0, 1.0, 1e300, -1e300, 5e-324])
ROWS = st.lists(st.tuples(st.integers(-(2**62), 2**62) | st.integers(0, 30), NUMBERS, NUMBERS), max_size=40)
WAYS = st.sampled_from(["lower", "higher", None])


@settings(max_examples=120, deadline=None)
@given(ROWS, ROWS, WAYS, st.floats(0.01, 1e6))
def test_no_history_makes_a_rule_raise(first, second, way: Direction | None, now: float):
    made = []
    names = ("train/m", "val/m", "system/gpu_0_utilization_percentage")
    for name, rows in zip(names, (first, second, first), strict=True):
        columns = [np.array(column) for column in zip(*rows, strict=True)] if rows else [np.array([])] * 3
        made.append(curve(name, *columns))
    found = findings(made, RunFact("r", "RUNNING", 0), int(now), dict.fromkeys(names, way))
    found += of_metric(made[0], way, "r")
    found += outliers({str(i): row[1] for i, row in enumerate(first)}, "m", way)
    for one in found:
        assert one.sentence.endswith(".")
        assert "nan" not in one.sentence
        assert not math.isnan(one.evidence.measured)
        assert one.end is None or one.start is None or one.end >= one.start


@pytest.mark.parametrize("size", [1e-300, 1e-9, 1.0, 1e9, 1e300])
def test_what_is_found_does_not_depend_on_the_size_of_the_numbers(size: float):
    values = falling()
    values[140:] += 0.05 * np.arange(60)
    assert divergence(logged(values * size), "lower")[0].start == divergence(logged(values), "lower")[0].start
    spiky = falling()
    spiky[50] += 2
    assert spikes(logged(spiky * size), "lower")[0].start == 500
    assert plateau(logged(falling(400, 0.003) * size), "lower")


def test_a_million_points_are_thinned_and_a_single_one_still_seen():
    n = 1_000_000
    values = 0.2 + 2 * np.exp(-np.arange(n) / 1e5) + RNG.normal(0, 0.02, n)
    values[600_000] = 3.0
    (found,) = spikes(logged(values), "lower")
    assert (found.start, found.evidence.values[1]) == (6_000_000, (6_000_000, 3.0))
    values[800_000:] += 1e-5 * np.arange(200_000)
    assert divergence(logged(values), "lower")[0].start == pytest.approx(8_000_000, abs=100_000)
