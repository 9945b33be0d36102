"""What the section on two runs' difference is told."""

from __future__ import annotations

import pytest

from mlflow_ext.direction import Direction
from mlflow_ext.rest import DifferingRun, DifferingThing, RunDifference
from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.source import Principal
from mlflow_ext_ui.tables.answer import answer, as_csv
from mlflow_ext_ui.tables.difference import _evidence
from mlflow_ext_ui.tables.request import TablesRequest, pair

ME = Principal()


def thing(**fields) -> DifferingThing:
    plain = {
        "part": "param", "name": "lr", "a": "1", "b": "2", "pairs": 0, "alone": 0, "together": 0, "exact": True,
        "effect": None, "low": None, "high": None, "mean": None, "margin": None, "p": None, "explains": False,
        "sentence": "Words.",
    }  # fmt: skip
    return DifferingThing(**{**plain, **fields})


@pytest.fixture
def asked() -> list[tuple[str | None, Direction | None]]:
    return []


@pytest.fixture
def source(asked) -> MemorySource:
    found = MemorySource()

    def differ(runs: tuple[str, str], metric: str | None, direction: Direction | None) -> RunDifference:
        asked.append((metric, direction))
        sides = [
            DifferingRun(run_id=run, name=f"={run}", experiment_id="1", status="FINISHED", stage="active",
                         start_time=None, value=0.25)
            for run in runs
        ]  # fmt: skip
        told = {"pairs": 9, "alone": 4, "effect": 0.2, "low": 0.1, "high": 0.3, "mean": 0.212345}
        return RunDifference(
            a=sides[0], b=sides[1], metric=metric or "acc", direction=direction or "higher", metrics=["acc"], apart=0.1,
            alike=None, alike_pairs=0, history=9, sentence="Little.", texts=[], unknown=[],
            same={"param": ["a"], "code": ["x", "y"]},
            things=[
                thing(**told, name="way", margin=0.0123, p=0.01, explains=True),
                thing(**told, name="few", margin=None),
                thing(**{**told, "effect": -0.2}, name="against", margin="Infinity", p=0.01),
                thing(part="code", name="commit", a="a" * 40, b="b" * 40),
                thing(part="tag", name="long", a=None, b="y" * 5000),
                thing(name="end", a="x" * 400 + "1" + "x" * 400, b="x" * 400 + "2" + "x" * 400),
            ],
        )  # fmt: skip

    found.differ = differ
    return found


def ask(source: MemorySource, **fields):
    return answer(source, ME, TablesRequest.model_validate({"part": "difference", "runs": ("p", "q"), **fields}))


def test_each_thing_comes_with_what_other_runs_tell(source: MemorySource):
    body = ask(source)
    assert [(one["tells"], one["evidence"]) for one in body["things"][:4]] == [
        ("same", "+0.212 ± 0.012 in 9 pairs, 4 in this alone"),
        ("unsure", "+0.21 in 9 pairs, 4 in this alone"),
        ("other", "+0.21 ± ∞ in 9 pairs, 4 in this alone"),
        ("nothing", "no such pair"),
    ]
    assert [one["count"] for one in body["same"]] == ["1 param", "2 facts of the code"]
    assert (body["a"]["value"], body["apart"]) == ("0.2500", "+0.100")


def test_values_are_short_but_still_differ_and_what_is_missing_is_said(source: MemorySource):
    commit, long, end = ask(source)["things"][3:]
    assert commit["texts"] == ["a" * 12, "b" * 12]
    assert (long["texts"][0], long["values"][0]) == ("not set", None)
    assert (len(long["texts"][1]), len(long["values"][1])) == (120, 2000)
    assert end["texts"][0] != end["texts"][1]


def test_metric_and_direction_are_those_of_the_address(source: MemorySource, asked):
    ask(source, state="?metric=loss")
    ask(source, state="?metric=loss&higher=loss")
    assert asked == [("loss", "lower"), ("loss", "higher")]
    asked.clear()
    assert ask(source, state="?lower=acc")["metric"]["way"] == "lower"
    assert asked == [(None, None), ("acc", "lower")]


def test_the_file_holds_values_whole_and_safe_for_spreadsheets(source: MemorySource):
    name, text = as_csv(source, ME, TablesRequest.of_address("difference", "?runs=o,p,q&ref=q&against=o"))
    assert name == "difference"
    assert text.splitlines()[0].startswith("kind,name,'=q,'=o,pairs")
    assert "y" * 5000 in text


def test_without_two_runs_there_is_nothing(source: MemorySource):
    assert ask(source, runs=("p",)) == {"missing": [], "sentence": ""}
    assert as_csv(source, ME, TablesRequest.of_address("difference", "?runs=p"))[1].count("\n") == 1
    gone = answer(MemorySource(), ME, TablesRequest.model_validate({"part": "difference", "runs": ("p", "q")}))
    assert gone["missing"] == ["p", "q"]


@pytest.mark.parametrize(
    ("ref", "against", "found"),
    [
        (None, None, ("a", "b")),
        ("b", None, ("b", "a")),
        ("c", "a", ("c", "a")),
        ("gone", "c", ("a", "c")),
        ("a", "a", ("a", "b")),
    ],
)
def test_the_two_are_the_reference_and_the_other_one(ref, against, found):
    assert pair(("a", "b", "c"), ref, against) == found
    assert pair(("a",), ref, against) == ()


def test_a_value_that_no_other_run_has_says_so():
    assert _evidence(thing(only="b")) == "no other run has what B has"
    assert _evidence(thing(only="both")) == _evidence(thing()) == "no such pair"
