"""Whether runs are a sweep."""

from __future__ import annotations

from mlflow_ext.sweep import NoSweep, Sweep, sweep


def test_what_varies_what_does_not_and_who_lacks_it():
    found = sweep(
        {
            "a": {"lr": "0.1", "model": "mlp", "epochs": "30"},
            "b": {"lr": "0.01", "model": "mlp", "epochs": "30", "dropout": "0.5"},
            "c": {"model": "mlp", "epochs": "30"},
        }
    )
    assert isinstance(found, Sweep)
    assert [one.name for one in found.varying] == ["lr"]
    assert found.lacking == {"lr": ("c",)}
    assert found.constant == {"model": "mlp", "epochs": "30"}
    assert found.partial == {"dropout": 1}


def test_each_way_in_which_runs_are_no_sweep_has_its_sentence():
    few = sweep({"a": {"lr": "1"}})
    none = sweep({"a": {}, "b": {}})
    constant = sweep({"a": {"lr": "1"}, "b": {"lr": "1.0"}})
    apart = sweep({"a": {"lr": "1", "x": "2"}, "b": {"lr": "1", "y": "3"}})
    strangers = sweep({"a": {"x": "2"}, "b": {"y": "3"}})
    found = [few, none, constant, apart, strangers]
    assert all(isinstance(one, NoSweep) for one in found)
    assert [one.reason for one in found if isinstance(one, NoSweep)] == ["few", "none", "constant", "apart", "apart"]
    assert few[1] == "A sweep compares at least 2 runs; there is 1."
    assert sweep({})[1] == "A sweep compares at least 2 runs; there is none."
    assert constant[1] == "All 2 runs have the same params: lr."
    assert apart[1] == "These runs have different params, and what all of them have (lr) is the same."
    assert (apart[2], strangers[2]) == (("lr",), ())
    assert strangers[1] == "These runs have different params, and none that all of them have."


def test_runs_of_two_kinds_are_told_apart_and_how_many_have_each_param():
    runs = {f"a{i}": {"lr": str(i), "x": "1"} for i in range(4)} | {
        f"b{i}": {"depth": str(i), "x": "1"} for i in range(3)
    }
    found = sweep({**runs, "c": {"depth": "9", "x": "1"}})
    assert isinstance(found, NoSweep)
    assert (found.reason, found.common, dict(found.held)) == ("apart", ("x",), {"depth": 4, "lr": 4})
    assert found.sentence == (
        "These 8 runs have different params; of what varies is known: depth of 4, lr of 4. Look at runs that share one."
    )
    assert isinstance(sweep({**runs, "c": {"lr": "9"}}), Sweep)  # 5 of 8 have lr


def test_names_that_no_run_has_are_said():
    found = sweep({"a": {"lr": "1"}, "b": {"lr": "2"}}, frozenset({"nosuch"}))
    assert found[1] == "None of these runs has a param named nosuch."


def test_only_the_params_asked_for_count():
    params = {"a": {"lr": "1", "x": "2"}, "b": {"lr": "2", "x": "3"}}
    found = sweep(params, frozenset({"x"}))
    assert isinstance(found, Sweep)
    assert [one.name for one in found.varying] == ["x"]
    none = sweep(params, frozenset({"gone"}))
    assert isinstance(none, NoSweep)
