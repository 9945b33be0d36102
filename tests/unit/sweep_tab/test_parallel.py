"""Axes of the parallel coordinates."""

from __future__ import annotations

import pytest

from mlflow_ext.rest import Association
from mlflow_ext_ui.sweeps.parallel import parallel, param_axis, round_values, shown, strongest, target_axis
from tests.unit.sweep_tab.example import answer, param


def test_params_stand_by_how_strong_they_are_at_least_and_the_target_is_last():
    assert strongest(answer()) == ["lr", "opt", "drop"]  # drop's interval holds 0
    assert [axis.name for axis in parallel(answer(), None)] == ["lr", "opt", "drop", "acc"]
    assert parallel(answer(), None)[-1].role == "target"


def test_a_category_that_chance_may_give_is_not_among_the_strongest():
    told = answer()
    rare = [row[0].model_copy(update={"p": p}) for row, p in zip(told.matrix, (0.01, 0.001, 0.4), strict=True)]
    matrix = [[one, *row[1:]] for one, row in zip(rare, told.matrix, strict=True)]
    assert strongest(told.model_copy(update={"matrix": matrix})) == ["lr", "drop", "opt"]


def test_chosen_axes_keep_their_order_and_what_does_not_vary_falls_away():
    assert shown(answer(), ["opt", "gone", "lr"]) == ["opt", "lr"]
    assert shown(answer(), ()) == []


def test_categories_stand_in_alphabetic_order_under_their_full_names():
    axis = param_axis(param("opt", [0, 1, None, 1], "category", ["sgd", "adam-with-a-name-of-more-than-40-characters"]))
    assert axis.levels == ["adam-with-a-name-of-more-than-40-characters", "sgd"]
    assert axis.values == [1.0, 0.0, None, 0.0]
    assert [text for _, text in axis.ticks] == axis.levels
    assert (axis.low, axis.high, axis.missing, axis.spread) == (-0.5, 1.5, 1, True)


def test_few_numbers_are_named_themselves_and_a_factor_apart_is_logarithmic():
    axis = param_axis(param("width", [16, 32, 64, 128], "log"))
    assert axis.log
    assert axis.ticks == [(16, "16"), (32, "32"), (64, "64"), (128, "128")]


def test_many_numbers_get_round_ticks_within_their_range():
    axis = param_axis(param("x", [i / 37 for i in range(37)]))
    assert [text for _, text in axis.ticks] == ["0", "0.2", "0.4", "0.6", "0.8"]


def test_a_constant_target_has_room_around_it():
    axis = target_axis(answer().targets[0].model_copy(update={"values": [0.5, 0.5, None, "Infinity"]}))
    assert axis.low < 0.5 < axis.high
    assert axis.values == [0.5, 0.5, None, None]


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-3e9, 7e9), (1e-300, 2e-300), (0.99991, 0.99993)])
def test_round_values_lie_within(low: float, high: float):
    found = round_values(low, high)
    assert 2 <= len(found) <= 8
    assert all(low - 1e-9 * abs(low) <= one <= high + 1e-9 * abs(high) for one in found)
    assert len(set(found)) == len(found)


def test_the_largest_and_smallest_floats_are_drawn():
    axis = param_axis(param("x", [1.7e308, -1.7e308, *range(20)]))
    assert axis.high - axis.low == 1e304
    tiny = param_axis(param("x", [5e-324 * at for at in range(20)]))
    assert (tiny.low, tiny.high) == (0.0, 9.4e-323)
    assert len(tiny.ticks) == 2


def test_a_param_with_a_peak_in_the_middle_is_among_the_strongest():
    told = answer()
    names = [one.name for one in told.params]
    peak = [
        Association(
            measure="information",
            value=0.9 if name == "drop" else 0.1,
            low=None,
            high=None,
            p=1e-9 if name == "drop" else 0.5,
            runs=20,
            why="",
        )
        for name in names
    ]
    assert strongest(told.model_copy(update={"measured": {**told.measured, "information": peak}}))[0] == "drop"
    chance = [one.model_copy(update={"p": 0.2}) for one in peak]
    assert strongest(told.model_copy(update={"measured": {**told.measured, "information": chance}}))[0] == "lr"


@pytest.mark.parametrize(
    ("numbers", "texts", "lane", "logged"),
    [
        ([0.1, None, 0.3], ["0.1", "None", "0.3"], "none", ((1, "None"),)),
        ([0.1, None, None], ["0.1", "nan", None], "none / not logged", ((1, "nan"),)),
        ([0.1, None, 0.3], ["0.1", None, "0.3"], "not logged", ()),
    ],
)
def test_runs_that_state_none_among_numbers_are_not_called_unlogged(
    numbers: list[float | None], texts: list[str | None], lane: str, logged: tuple[tuple[int, str], ...]
):
    axis = param_axis(param("lr", numbers).model_copy(update={"texts": texts}))
    assert (axis.lane, axis.logged) == (lane, logged)
