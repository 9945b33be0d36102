"""The space of what may be next: read from runs, edited, refused with the field's name."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlflow_ext.errors import ValidationError
from mlflow_ext.sweep import Dimension, Space, edited, inferred, space_of
from mlflow_ext.sweep.point import configurations, inside, point


def runs(**columns: list[str | None]) -> dict[str, dict[str, str]]:
    """Runs named by their place from columns of texts; None where a run lacks the param."""
    length = len(next(iter(columns.values())))
    held = [{name: column[at] for name, column in columns.items()} for at in range(length)]
    return {f"r{at}": {k: v for k, v in mine.items() if v is not None} for at, mine in enumerate(held)}


def test_numbers_categories_and_booleans_are_told_apart() -> None:
    space = inferred(
        runs(
            lr=["1e-4", "1e-3", "0.1"],
            width=["10", "20", "30"],
            optimizer=["sgd", "adam", "adam"],
            nesterov=["True", "False", "True"],
            epochs=["5", "5", "5"],
        )
    )
    assert space.params == {
        "epochs": Dimension(kind="number", fixed="5"),
        "lr": Dimension(kind="number", low=1e-4, high=0.1, log=True),
        "nesterov": Dimension(kind="boolean", choices=("False", "True")),
        "optimizer": Dimension(kind="category", choices=("adam", "sgd")),
        "width": Dimension(kind="number", low=10, high=30, whole=True),
    }


def test_a_boolean_is_spelt_as_the_runs_spell_it() -> None:
    assert inferred(runs(a=["true", "false"])).params["a"].choices == ("false", "true")
    assert inferred(runs(a=["yes", "no"])).params["a"].kind == "category"


def test_a_number_that_some_runs_say_is_none_may_be_none() -> None:
    space = inferred(runs(depth=["3", "None", "7", "None"]))
    assert space.params["depth"] == Dimension(kind="number", low=3, high=7, whole=True, none="None")
    assert inferred(runs(depth=["3", "None"])).params["depth"].choices == ("3", "None")


def test_a_param_hangs_on_the_choice_that_says_which_runs_have_it() -> None:
    space = inferred(runs(optimizer=["sgd", "adam", "sgd", "adam"], momentum=["0.5", None, "0.9", None]))
    when = space.params["momentum"].when
    assert when is not None
    assert (when.param, when.values) == ("optimizer", ("sgd",))
    loose = inferred(runs(optimizer=["sgd", "adam", "sgd", "adam"], momentum=["0.5", "0.7", "0.9", None]))
    assert loose.params["momentum"].when is None
    assert loose.params["momentum"].optional


def test_seeds_and_what_is_each_runs_own_are_left_out_and_it_is_said_why() -> None:
    names = [f"/tmp/run-{at}" for at in range(8)]
    space = inferred(runs(seed=[str(at) for at in range(8)], out=names, lr=["1", "2"] * 4, new=["x"] + [None] * 7))
    assert set(space.params) == {"lr"}
    assert set(space.left_out) == {"seed", "out", "new"}
    assert "seed" in space.left_out["seed"]
    assert space.left_out["new"] == "only 1 of 8 runs have it"


def test_the_range_grows_only_where_the_best_runs_stand_at_its_end() -> None:
    held = runs(a=["0", "4", "8"], b=["0.0", "0.5", "0.9"], c=["1e-4", "1e-3", "1e-2"], d=["-1", "0", "1"])
    plain, wide = inferred(held).params, inferred(held, ["r2", "r1", "r0"]).params
    assert (plain["a"].low, plain["a"].high) == (0, 8)
    assert (wide["a"].low, wide["a"].high) == (0, 10)
    assert wide["b"].high == 0.95  # half the way to 1
    assert wide["c"].high == pytest.approx(0.0316, rel=0.01)
    low = inferred(held, ["r0"]).params
    assert low["a"].low == 0
    assert low["d"].low == -2  # -1.5, whole
    assert low["c"].low == pytest.approx(5e-5)  # no further than half


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lr": {"lw": 1}}, "space.params.lr.lw"),
        ({"lr": {"low": 1}}, "space.params.lr"),
        ({"lr": {"low": "x"}}, "space.params.lr.low"),
        ({"lr": {"low": float("nan")}}, "space.params.lr.low"),
        ({"lr": {"low": -1}}, "space.params.lr"),
        ({"lr": {"step": 0}}, "space.params.lr.step"),
        ({"opt": {"low": 1}}, "space.params.opt"),
        ({"opt": {"choices": ["a", "a"]}}, "space.params.opt"),
        ({"opt": {"when": {"param": "lr", "values": ["1"]}}}, "space"),
        ({"new": {"low": 1, "high": 2}}, "space.params.new.kind"),
        ({"lr": {"when": "opt"}}, "space.params.lr.when"),
        ({"lr": {"when": {"values": ["a"]}}}, "space.params.lr.when.param"),
        ({"lr": {"when": {"param": [], "values": ["a"]}}}, "space.params.lr.when.param"),
        ({"lr": {"when": {"param": "gone", "values": ["a"]}}}, "space"),
        ({"lr": {"step": 5e-324}}, "space.params.lr"),
        ({"opt": {"choices": [str(at) for at in range(10_001)]}}, "space.params.opt.choices"),
        ({"lr": 3}, "space.lr"),
        ([("lr", 3)], "space"),
    ],
)
def test_a_wrong_edit_names_the_field(change: object, field: str) -> None:
    space = inferred(runs(lr=["1e-3", "1e-1"], opt=["a", "b"]))
    with pytest.raises(ValidationError, match=field.replace(".", r"\.")) as raised:
        edited(space, change)
    assert raised.value.field == field


def test_an_edit_changes_what_it_names_and_nothing_else() -> None:
    space = inferred(runs(lr=["1e-3", "1e-1"], opt=["sgd", "b"], momentum=["0.1", None], width=["8", "8"]))
    changed = edited(
        space, {"lr": {"low": 1e-6}, "opt": None, "width": {"low": 4, "high": 16}, "n": {"kind": "boolean"}}
    )
    assert changed.params["lr"] == Dimension(kind="number", low=1e-6, high=0.1, log=True)
    assert changed.params["width"] == Dimension(kind="number", low=4, high=16)
    assert changed.params["n"].choices == ("False", "True")
    assert "opt" in changed.left_out
    assert changed.params["momentum"].when is None
    assert edited(space, {"lr": {"fixed": 0.01}}).params["lr"].fixed == "0.01"
    assert edited(space, {"opt": {"kind": "category", "choices": [1, None]}}).params["opt"].choices == ("1", "None")


def test_a_space_is_json_and_back() -> None:
    space = inferred(runs(opt=["sgd", "adam", "sgd"], momentum=["0.5", None, "None"], a=["1", "2", "3"]))
    assert Space.model_validate_json(space.model_dump_json()) == space
    with pytest.raises(ValidationError, match="parms: unknown field; did you mean params"):
        space_of({"parms": {}})


def test_small_spaces_are_listed_whole() -> None:
    space = space_of(
        {
            "params": {
                "opt": {"kind": "category", "choices": ["sgd", "adam"]},
                "momentum": {
                    "kind": "number",
                    "low": 0,
                    "high": 1,
                    "step": 0.5,
                    "when": {"param": "opt", "values": ["sgd"]},
                },
                "depth": {"kind": "number", "low": 1, "high": 2, "whole": True, "none": "None"},
            }
        }
    )
    listed = list(configurations(space, 100))
    assert len(listed) == (3 + 1) * 3
    assert all(inside(space, one) for one in listed)
    assert list(configurations(space, 10)) == []


texts = st.one_of(
    st.sampled_from(["1e-3", "None", "True", "false", "", "nan", "inf", "1_000", "(64, 64)", "x" * 40, "-0", "1e308"]),
    st.floats(allow_nan=False, allow_infinity=False).map(str),
    st.integers(-5, 5).map(str),
    st.text(max_size=8),
)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.text(min_size=1, max_size=4),
        st.lists(st.one_of(st.none(), texts), min_size=4, max_size=4),
        min_size=1,
        max_size=4,
    )
)
def test_every_run_lies_within_what_is_read_from_it(columns: dict[str, list[str | None]]) -> None:
    held = {f"r{at}": {name: c[at] for name, c in columns.items() if c[at] is not None} for at in range(4)}
    space = inferred(held, ["r0"])  # type: ignore[arg-type]
    assert Space.model_validate_json(space.model_dump_json()) == space
    for params in held.values():
        here = point(space, params)  # type: ignore[arg-type]
        for name, one in space.varying.items():
            value = here.get(name)
            if one.kind == "number" and isinstance(value, float) and math.isfinite(one.high - one.low):  # type: ignore[operator]
                assert -1e-9 <= one.unit(value) <= 1 + 1e-9 or abs(value) > 1e300
