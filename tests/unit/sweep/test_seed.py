"""Which runs are one group, and what it is called."""

from __future__ import annotations

import pytest

from mlflow_ext.sweep.seed import group_names, seed_groups, seed_params


@pytest.mark.parametrize(
    "name",
    ["seed", "Seed", "random_seed", "random_state", "model.random_state", "train/seed", "torch_seed", "data.rng_seed",
     "np-seed", "seed_value", "manualseed"],
)  # fmt: skip
def test_names_of_seeds(name: str):
    assert seed_params([name, "lr"]) == {name}


@pytest.mark.parametrize("name", ["seeds_per_row", "reseed", "seedling", "state", "random", "oilseed", "n_seeds"])
def test_names_that_only_look_like_it(name: str):
    assert seed_params([name]) == frozenset()


def test_the_param_chosen_is_the_only_seed():
    assert seed_params(["seed", "fold"], "fold") == {"fold"}


def test_runs_equal_in_all_but_the_seed_are_one_group():
    params = {
        "a": {"lr": "1e-3", "seed": "0"},
        "b": {"lr": "0.001", "seed": "1"},
        "c": {"lr": "0.01", "seed": "0"},
        "d": {"lr": "0.001"},
        "e": {"lr": "0.001", "layers": "2"},
        "f": {"lr": "nan"},
        "g": {"lr": "nan"},
    }
    assert seed_groups(params, {"seed"}) == [["a", "b", "d"], ["c"], ["e"], ["f", "g"]]
    assert seed_groups({"x": {}, "y": {}}, ()) == [["x", "y"]]


def test_a_group_is_called_by_what_its_runs_names_share():
    groups = [["convnext-t-mixup-s1", "convnext-t-mixup-s0"], ["vit_seed_1", "vit_seed_2"], ["alone-s0"]]
    assert group_names(groups, [{}, {}, {}]) == ["convnext-t-mixup", "vit", "alone-s0"]


def test_names_that_share_nothing_or_too_much_are_told_by_params():
    params = [{"lr": "1", "data": "x"}, {"lr": "2", "data": "x"}, {"data": "x"}]
    assert group_names([["bold-fox", "shy-owl"], ["run-1", "run-2"], ["run-3", "run-4"]], params) == [
        "lr=1",
        "run · lr=2",
        "run",
    ]
    assert group_names([["a", "b"], ["c", "d"]], [{}, {}]) == ["Group 1", "Group 2"]
