"""What to try next, from runs alone."""

from __future__ import annotations

import ast
import math
import shlex

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlflow_ext.errors import ValidationError
from mlflow_ext.sweep import Outcome, Space, Suggestions, Target, space_of, suggestions
from mlflow_ext.sweep.forecast import coverage, model
from mlflow_ext.sweep.point import inside, key, point

LOSS = (Target("loss", "lower"),)
ACCURACY = (Target("accuracy", "higher"),)


def outcome(at: int, value: float | None, status: str = "FINISHED", **params: object) -> Outcome:
    return Outcome(f"r{at:03}", {name: str(one) for name, one in params.items()}, (value,), status)


def bowl(n: int, seed: int = 0, sign: float = 1.0) -> list[Outcome]:
    """Best at x = 0.3 and lr = 1e-3, adam a little better."""
    rng = np.random.default_rng(seed)
    made = []
    for at in range(n):
        x, lr, opt = rng.uniform(), 10 ** rng.uniform(-5, -1), ["adam", "sgd"][int(rng.integers(2))]
        value = (x - 0.3) ** 2 + 0.1 * (math.log10(lr) + 3) ** 2 + 0.1 * (opt == "sgd")
        made.append(outcome(at, sign * value, x=f"{x:.4g}", lr=f"{lr:.3g}", opt=opt, epochs=3, seed=at))
    return made


def keys(found: Suggestions, runs: list[Outcome]) -> tuple[list[object], set[object]]:
    mine = [key(found.space, point(found.space, {k: str(v) for k, v in one.params.items()})) for one in found]
    return list(mine), {key(found.space, point(found.space, one.params)) for one in runs}


def test_suggestions_lie_near_the_best_and_are_within_the_space() -> None:
    runs = bowl(40)
    found = suggestions(runs, LOSS, 8)
    assert len(found) == 8
    near = [abs(one.params["x"] - 0.3) < 0.3 and abs(math.log10(one.params["lr"]) + 3) < 1.2 for one in found]
    assert sum(near) >= 6
    for one in found:
        assert set(one.params) == {"x", "lr", "opt", "epochs"}
        assert one.params["epochs"] == 3
        assert inside(found.space, point(found.space, {k: str(v) for k, v in one.params.items()}))
        assert len(f"{one.params['lr']:.10g}".replace(".", "").lstrip("0").partition("e")[0]) <= 3
    assert any("seed" in note for note in found.notes)


def test_printed_they_stand_in_a_line_each_before_the_notes() -> None:
    found = suggestions(bowl(40), LOSS, 2)
    lines = str(found).splitlines()
    assert lines[2:] == list(found.notes)
    for line, one in zip(lines, found, strict=False):
        assert line.startswith(one.tag)
        assert line.endswith(f"{one.flags}   {one.reason}")
        assert f"{one.forecasts[0].expected:.4g} ± " in line


def test_nothing_is_suggested_twice_or_again() -> None:
    runs = bowl(20)
    mine, theirs = keys(suggestions(runs, LOSS, 30), runs)
    assert len(set(mine)) == 30
    assert not set(mine) & theirs


def test_the_same_runs_in_any_order_give_the_same_and_one_more_another() -> None:
    runs = bowl(21)
    found = suggestions(runs[:20], LOSS, 3)
    assert suggestions(runs[19::-1], LOSS, 3) == found
    assert suggestions(runs, LOSS, 3).items != found.items


def test_higher_is_sought_where_higher_is_better() -> None:
    up, down = suggestions(bowl(40, sign=-1), ACCURACY, 6), suggestions(bowl(40), LOSS, 6)
    assert [one.params for one in up] == [one.params for one in down]
    assert [one.tag for one in up] == [one.tag for one in down]
    assert up[0].expected == pytest.approx(-down[0].expected)  # type: ignore[operator]


def test_texts_of_a_suggestion_say_what_its_params_say() -> None:
    runs = [one._replace(command=f"python t.py --lr {one.params['lr']} --opt=sgd") for one in bowl(30)]
    for one in suggestions(runs, LOSS, 4):
        assert ast.literal_eval(one.python) == one.params
        tokens = shlex.split(one.flags)
        read = dict(zip(tokens[::2], tokens[1::2], strict=True))
        assert float(read["--lr"]) == one.params["lr"]
        assert one.command is not None
        assert f"--lr {read['--lr']}" in one.command
        assert f"--opt={one.params['opt']}" in one.command
        assert "--epochs" not in one.command


def test_a_run_that_diverged_counts_as_the_worst_one_that_failed_has_no_say_one_that_runs_is_kept_away_from() -> None:
    runs = bowl(20)
    runs[0] = runs[0]._replace(values=(math.nan,))
    runs[1] = runs[1]._replace(values=(None,), status="FAILED")
    runs[2] = runs[2]._replace(values=(-1e9,), status="KILLED")
    runs[3] = runs[3]._replace(values=(-1e9,), status="RUNNING")
    found = suggestions(runs, LOSS, 5)
    assert [note for note in found.notes if note[0].isdigit()] == [
        "1 run whose loss is NaN or infinite: counted as the worst of the others.",
        "2 runs failed, killed or without loss: passed over, and not suggested again.",
        "1 run still going: others keep away from there.",
    ]
    assert all(one.expected is not None and 0 <= one.expected < 2 for one in found)
    mine, theirs = keys(found, runs)
    assert not set(mine) & theirs


def test_a_region_that_diverges_is_left() -> None:
    runs = [outcome(at, 1 - at / 20 if at < 14 else math.nan, lr=f"{at / 20:.2f}") for at in range(20)]
    assert all(one.params["lr"] < 0.8 for one in suggestions(runs, LOSS, 6))


def test_before_there_is_a_forecast_places_far_from_the_runs_are_tried() -> None:
    runs = [outcome(at, value, x=x) for at, (x, value) in enumerate([(0.0, 1.0), (0.1, 2.0), (1.0, 3.0)])]
    (one,) = suggestions(runs, LOSS)
    assert 0.4 < one.params["x"] < 0.7
    assert (one.tag, one.expected, one.forecasts) == ("Explore", None, ())
    assert one.reason == "Far from what has run: 3 runs with a value are too few to go by."


@pytest.mark.parametrize("status", ["FAILED", "FINISHED"])
def test_runs_that_all_failed_still_tell_the_space(status: str) -> None:
    runs = [outcome(at, math.nan if status == "FINISHED" else None, status, x=at, opt="a") for at in range(8)]
    found = suggestions(runs, LOSS, 3, {"x": {"high": 20}})
    assert len(found) == 3
    assert found.notes[0] == "None of 8 runs has finished with a value of loss: nothing is forecast."


@pytest.mark.parametrize("n", [0, 1, 4])
def test_runs_that_do_not_differ_leave_nothing_to_choose_and_it_is_said_what_to_give(n: int) -> None:
    found = suggestions([outcome(at, 0.5, lr=0.1) for at in range(n)], LOSS)
    assert not found.items
    assert "space={" in found.notes[0]
    given = {"lr": {"kind": "number", "low": 1e-4, "high": 1, "log": True}}
    assert len(suggestions([outcome(at, 0.5, lr=0.1) for at in range(n)], LOSS, 2, given)) == 2


def test_a_space_that_is_used_up_gives_what_is_left_and_says_so() -> None:
    runs = [outcome(at, float(at), opt=opt, n=n) for at, (opt, n) in enumerate([("a", 1), ("a", 2), ("b", 1)] * 2)]
    found = suggestions(runs, LOSS, 5)
    assert [one.params for one in found] == [{"n": 2, "opt": "b"}]
    assert "3 runs have tried this space: there is only 1 more configuration" in found.notes[-1]
    none = suggestions([*runs, outcome(9, 9.0, opt="b", n=2)], LOSS, 5)
    assert not none.items
    assert "no other configuration" in none.notes[-1]


def test_conditional_params_come_only_where_they_belong() -> None:
    rng = np.random.default_rng(1)
    runs = []
    for at in range(30):
        more = {"momentum": f"{rng.uniform(0, 0.99):.3f}"} if at % 2 else {}
        runs.append(
            outcome(at, float(rng.uniform()), opt="sgd" if at % 2 else "adam", lr=10 ** rng.uniform(-4, -1), **more)
        )
    for one in suggestions(runs, LOSS, 12):
        assert ("momentum" in one.params) == (one.params["opt"] == "sgd")


def test_a_configuration_without_any_param_is_none() -> None:
    runs = [Outcome(f"a{i}", {"lr": str(i / 10)}, (i / 10,), "FINISHED", None) for i in range(1, 6)]
    runs += [Outcome(f"b{i}", {"depth": str(i)}, (i / 10,), "FINISHED", None) for i in range(1, 6)]
    assert all(one.params for one in suggestions(runs, LOSS, 20))


def test_a_narrowed_space_is_kept_to_and_what_lies_outside_is_told() -> None:
    found = suggestions(bowl(30), LOSS, 5, {"x": {"low": 0.6, "high": 0.9}, "opt": {"fixed": "sgd"}})
    assert all(0.6 <= one.params["x"] <= 0.9 and one.params["opt"] == "sgd" for one in found)
    assert any("outside the space" in note for note in found.notes)
    with pytest.raises(ValidationError, match=r"space\.params\.x\.lo"):
        suggestions(bowl(5), LOSS, 1, {"x": {"lo": 0}})


def test_several_targets_look_for_the_front() -> None:
    rng = np.random.default_rng(0)
    runs = []
    for at in range(40):
        x, y = rng.uniform(size=2)
        runs.append(Outcome(f"r{at:02}", {"x": f"{x:.3f}", "y": f"{y:.3f}"}, (x + y, x - y)))
    both = suggestions(runs, (Target("loss", "lower"), Target("accuracy", "higher")), 8)
    assert np.mean([one.params["y"] for one in both]) < 0.3  # x is a matter of taste, y is not
    assert [said.metric for said in both[0].forecasts] == ["loss", "accuracy"]
    assert all(share is not None for share in both.coverage)


def test_a_choice_with_one_run_is_named_as_untried() -> None:
    runs = [outcome(at, at / 20, opt="lion" if at == 0 else ["adam", "sgd"][at % 2], x=at / 20) for at in range(20)]
    found = suggestions(runs, LOSS, 20)
    lion = [one for one in found if one.params["opt"] == "lion"]
    assert lion
    assert {(one.tag, one.reason) for one in lion} == {("Explore", "lion has 1 run so far.")}
    assert {one.tag for one in found} == {"Exploit", "Explore"}


def test_reasons_are_one_sentence_each() -> None:
    for one in suggestions(bowl(40), LOSS, 20):
        assert one.reason.endswith(".")
        assert one.reason.count(". ") == 0
        assert one.reason[0] != " "


def test_the_spread_holds_about_two_of_three_runs_that_were_not_seen() -> None:
    rng = np.random.default_rng(3)
    x, new = rng.uniform(size=(120, 4)), rng.uniform(size=(2000, 4))

    def truth(at: np.ndarray) -> np.ndarray:
        return np.sin(4 * at[:, 0]) + at[:, 1] * at[:, 2] + rng.normal(0, 0.2, len(at))

    y = truth(x)
    expected, spread = model(x, y).forecast(new)
    held = float(np.mean(np.abs(truth(new) - expected) <= spread))
    assert 0.6 <= held <= 0.78
    assert 0.58 <= (coverage(x, y) or 0) <= 0.8
    assert coverage(x[:9], y[:9]) is None


def test_two_hundred_params_and_long_categories() -> None:
    rng = np.random.default_rng(0)
    runs = [
        outcome(at, float(rng.normal()), **{f"p{i:03}": rng.choice(["c" * 39 + "a", "c" * 39 + "b"]) if i % 2 else
                                            f"{rng.uniform():.3f}" for i in range(200)})
        for at in range(12)
    ]  # fmt: skip
    found = suggestions(runs, LOSS, 2)
    assert [len(one.params) for one in found] == [200, 200]
    assert all(len(one.reason) < 200 for one in found)


values = st.one_of(st.none(), st.floats(), st.just(1.0))
texts = st.one_of(
    st.none(),
    st.sampled_from(
        ["1e-3", "0.01", "None", "True", "False", "", "nan", "(64, 64)", "x" * 40, "-0", "1e308", "-1e308"]
    ),
    st.floats(allow_nan=False, allow_infinity=False).map(str),
    st.integers(-5, 5).map(str),
    st.text(max_size=6),
)
statuses = st.sampled_from(["FINISHED", "FINISHED", "FAILED", "RUNNING", "KILLED", "SCHEDULED"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(values, statuses, st.lists(texts, min_size=3, max_size=3)), max_size=12))
def test_odd_runs_give_an_answer_or_a_sentence(rows: list[tuple[float | None, str, list[str | None]]]) -> None:
    runs = [
        Outcome(f"r{at}", {f"p{i}": text for i, text in enumerate(held) if text is not None}, (value,), status)
        for at, (value, status, held) in enumerate(rows)
    ]
    found = suggestions(runs, LOSS, 2)
    assert found.items or found.notes
    assert Space.model_validate_json(found.space.model_dump_json()) == found.space
    for one in found:
        assert shlex.split(one.flags) or not one.params
        assert all(math.isfinite(said.spread) for said in one.forecasts)
    assert space_of(found.space) is found.space
