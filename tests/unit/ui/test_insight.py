"""Findings in words, worst first, and told once where many runs share them."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from mlflow_ext.rest import (
    ExperimentTrend,
    InsightEvidence,
    InsightFinding,
    InsightKind,
    InsightLevel,
    Insights,
    TrendJump,
    UnreadHistory,
)
from mlflow_ext_ui.insight import (
    MOST_JUMPS,
    InsightRequest,
    TrendRequest,
    grouped,
    insight_answer,
    trend_answer,
)
from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.source import Principal

ME = Principal()


def finding(
    run: str, kind: InsightKind, level: InsightLevel, metric: str = "loss", saved: int | None = None
) -> InsightFinding:
    evidence = InsightEvidence(rule="r", measured="Infinity", threshold=0.5, unit="loss", steps=[1200], values=["NaN"])
    return InsightFinding(
        run_id=run, kind=kind, level=level, metrics=[metric] if metric else [], start=1200, end=None, time=5,
        evidence=evidence, sentence="s", advice="a", saved=saved,
    )  # fmt: skip


def asked(*findings: InsightFinding, **more: object) -> dict:
    class Source(MemorySource):
        def insights(self, principal, run_ids):
            runs = list(dict.fromkeys(one.run_id for one in findings))
            empty = {"left_out": [], "untold": 0, "unread": []}
            return Insights(findings=list(findings), runs=runs, **(empty | more))

    return insight_answer(Source(), ME, InsightRequest(runs=("a",)))


def test_the_worst_comes_first_and_of_the_same_kind_what_would_have_saved_most() -> None:
    found = asked(
        finding("a", "plateau", "note"),
        finding("b", "spike", "warning"),
        finding("c", "divergence", "serious", saved=1000),
        finding("d", "divergence", "serious", saved=60_000),
        finding("e", "nonfinite", "serious"),
    )
    assert [one["run"] for one in found["findings"]] == ["e", "d", "c", "b", "a"]


def test_numbers_are_words_also_where_they_are_none() -> None:
    (one,) = asked(finding("a", "divergence", "serious", saved=600_000))["findings"]
    assert one["measured"] == "∞ against 0.5000 (loss)"
    assert one["values"] == [["1,200", "NaN"]]
    assert (one["saved"], one["name"], one["metric"]) == ("10 min", "Divergence", "loss")
    assert asked(finding("a", "divergence", "serious", saved=0))["findings"][0]["saved"] is None


def test_what_is_the_same_in_three_runs_is_told_once() -> None:
    many = [finding(f"r{i}", "divergence", "serious") for i in range(12)]
    few = [finding(f"r{i}", "spike", "warning") for i in range(2)]
    groups = grouped([*many, *few])
    assert [group["title"] for group in groups] == ["12 runs diverged in loss", None, None]
    assert groups[0]["places"] == list(range(12))
    assert [group["places"] for group in groups[1:]] == [[12], [13]]


def test_a_group_holds_one_metric_and_one_level() -> None:
    apart = [finding("a", "spike", "warning"), finding("b", "spike", "warning", "acc"), finding("c", "spike", "note")]
    assert [group["title"] for group in grouped(apart)] == [None, None, None]
    silent = grouped([finding(f"r{i}", "silent", "warning", metric) for i, metric in enumerate(["loss", "acc", ""])])
    assert silent[0]["title"] == "3 runs have gone silent"


def test_what_was_not_looked_at_is_said() -> None:
    long = [UnreadHistory(run_id="a", metric="loss", points=1_000_000)]
    found = asked(left_out=["x", "y"], untold=3, unread=long)
    assert (found["left"], found["looked"], found["total"]) == (2, 0, 1)
    assert found["omitted"] == (
        "1 history too long to be looked at, such as loss with 1,000,000 points. 3 lesser findings not shown."
    )


def test_one_run_that_went_wrong_in_several_metrics_is_told_once() -> None:
    found = grouped([finding("a", "divergence", "serious", metric) for metric in ("loss", "val_loss")])
    assert [(group["title"], group["run"], group["places"]) for group in found] == [
        ("Divergence in 2 metrics", "a", [0, 1])
    ]
    twice = grouped([finding("a", "spike", "warning"), finding("a", "spike", "warning")])
    assert [group["title"] for group in twice] == [None, None]


def test_the_whole_list_is_looked_at_as_the_address_filters_it() -> None:
    source = MemorySource()
    experiment = source.add_experiment("e")
    for name in ("one", "two", "other"):
        source.add_run(experiment, name, run_id=name)
    source.findings = lambda runs: [finding(run, "divergence", "serious") for run in runs]
    every = insight_answer(source, ME, InsightRequest(experiment=experiment))
    assert (every["looked"], every["total"], set(every["names"])) == (3, 3, {"one", "two", "other"})
    some = insight_answer(source, ME, InsightRequest(experiment=experiment, search="?search=tw"))
    assert (some["names"], len(some["findings"])) == ({"two": "two"}, 1)


def test_of_very_many_findings_the_worst_are_told() -> None:
    many = [finding(f"r{i}", "plateau", "note") for i in range(1100)]
    found = asked(*many, finding("bad", "divergence", "serious"))
    assert (len(found["findings"]), found["findings"][0]["run"]) == (1000, "bad")
    assert found["omitted"] == "101 lesser findings not shown."


def test_requests_are_bounded() -> None:
    with pytest.raises(ValidationError):
        InsightRequest(runs=tuple("x" * 1001))
    with pytest.raises(ValidationError):
        TrendRequest.model_validate({"experiment": "1", "metric": "loss"})


def jump(place: int, p: float) -> TrendJump:
    return TrendJump(
        run_id=f"r{place}", place=place, changes=[], before=3, after=3, effect=1.0, better=True, p=p, drifts=False,
        sentence=f"From run {place + 1} on.",
    )  # fmt: skip


def trend(**more: object) -> ExperimentTrend:
    plain = {"experiment_id": "1", "metric": "loss", "direction": "lower", "runs": 9, "lacking": 0, "left_out": 0}
    plain |= {"records": [], "since": 0, "chance": 1.0, "records_p": 1.0, "drift_p": 1.0, "sentence": "So."}
    return ExperimentTrend.model_validate(plain | {"jumps": [], "shift": None} | more)


def test_the_surest_jumps_of_a_trend_are_told_in_the_order_of_runs() -> None:
    source = MemorySource()
    source.trends["1"] = trend(jumps=[jump(8, 0.001), jump(3, 0.002), jump(6, 0.003), jump(5, 0.04)])
    found = trend_answer(source, ME, TrendRequest(experiment="1"))
    assert [one["run"] for one in found["jumps"]] == ["r3", "r6", "r8"]
    assert found["more"] == 4 - MOST_JUMPS


def test_a_shift_is_told_where_no_change_came_with_a_jump_and_nothing_of_no_trend() -> None:
    source = MemorySource()
    source.trends["1"] = trend(shift=jump(4, 0.01))
    assert [one["run"] for one in trend_answer(source, ME, TrendRequest(experiment="1"))["jumps"]] == ["r4"]
    source.trends["1"] = trend(metric=None, runs=0)
    assert trend_answer(source, ME, TrendRequest(experiment="1"))["sentence"] is None
    assert trend_answer(source, ME, TrendRequest(experiment="2"))["metric"] is None
