"""From a question of the browser to an answer, over memory."""

from __future__ import annotations

from typing import Any

import pytest

from mlflow_ext.errors import StoreUnavailable, ValidationError
from mlflow_ext.rest import DependenceRequest, SuggestionRequest, SweepAnswer, SweepRequest
from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.source import Principal
from mlflow_ext_ui.sweeps.answer import part, rare, suggestions
from mlflow_ext_ui.sweeps.request import PartQuestion, SuggestionQuestion, among, suggestion_request
from tests.unit.sweep_tab.example import RUNS, answer, param

WHO = Principal()


class Told:
    """Answers with one sweep, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.error: Exception | None = None

    def sweep(self, principal: Principal, request: SweepRequest) -> SweepAnswer:
        self.asked.append(request)
        if self.error:
            raise self.error
        return answer(runs=[*sorted(request.ids), *RUNS][:4])

    def dependence(self, principal: Principal, request: DependenceRequest) -> Any:
        raise NotImplementedError

    def suggestions(self, principal: Principal, request: SuggestionRequest) -> Any:
        raise ValidationError("direction: say which.", field="direction")


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def source(told: Told) -> MemorySource:
    source = MemorySource(metric="acc")
    source.sweeps = told
    experiment = source.add_experiment("study")
    for i in range(6):
        source.add_run(experiment, f"run-{i}", run_id=f"{i}" * 32, metrics={"acc": i / 10}, metric=i / 10)
    return source


def question(**more: Any) -> PartQuestion:
    return PartQuestion.model_validate({"part": "report", "experiment": "1"} | more)


def test_the_filtered_list_is_asked_about_in_one_order_whatever_its_own(source: MemorySource, told: Told):
    part(source, WHO, question(search="?where=metrics.acc > 0.25&sort=metrics.acc"))
    part(source, WHO, question(search="?where=metrics.acc > 0.25&sort=-metrics.acc"))
    assert told.asked[0].ids == told.asked[1].ids == [f"{i}" * 32 for i in (3, 4, 5)]
    assert told.asked[0].target == "acc"  # what the list shows beside the names


def test_on_screen_only_those_runs_count(source: MemorySource, told: Told):
    found = part(
        source, WHO, question(search="?among=screen&target=loss&also=acc&also=loss", runs=["1" * 32, "2" * 32])
    )
    assert told.asked[0].ids == ["1" * 32, "2" * 32]
    assert (told.asked[0].target, told.asked[0].also) == ("loss", ["acc"])
    assert (found["of"], found["total"]) == (2, 2)


def test_the_report_names_the_runs_and_those_without_the_metric(source: MemorySource):
    found = part(source, WHO, question())
    assert found["runs"][0] == ["0" * 32, "run-0"]
    assert found["without"] == [["r9", "r9"]]
    assert [axis["name"] for axis in found["axes"]] == ["lr", "opt", "drop", "acc"]
    assert found["ends"] == ["0.600", "0.900"]
    assert found["warnings"] == ["Only 4 runs."]
    assert (found["scatter"]["param"], found["asked"]) == ("lr", ["", "light"])


def test_no_run_is_no_question(source: MemorySource, told: Told):
    assert part(source, WHO, question(search="?search=nothing-has-this")) == {"empty": True}
    assert told.asked == []


def test_what_can_be_mended_names_its_field_and_what_can_not_is_tried_again(source: MemorySource, told: Told):
    found = suggestions(source, WHO, SuggestionQuestion(experiment="1"))["trouble"]
    assert (found["field"], found["retry"]) == ("direction", False)
    told.error = StoreUnavailable("The store gave no answer.")
    assert part(source, WHO, question())["trouble"]["retry"]
    assert part(source, WHO, question(search="?where=("))["trouble"]["retry"] is False


@pytest.mark.parametrize("space", ["{", "[1]", '{"lr": 3}'])
def test_a_space_that_is_none_is_refused(source: MemorySource, space: str):
    asked = SuggestionQuestion(experiment="1", search=f"?space={space}")
    with pytest.raises(ValidationError, match="space"):
        suggestion_request(asked, among(source, WHO, asked))


@pytest.mark.parametrize(("search", "field"), [("target=" + "x" * 300, "target"), ("also=" + "x" * 300, "also.0")])
def test_a_name_that_no_metric_can_have_is_refused(source: MemorySource, search: str, field: str):
    found = part(source, WHO, PartQuestion(search=search, experiment="1", part="report"))
    assert found["trouble"]["field"] == field


@pytest.mark.parametrize(
    ("numbers", "said"),
    [([1, 1, 1, 2, 3], True), ([1, 2, 3, 4, 4], False), ([1, None, None, 2, 2], True), ([1, 1, 1, 2, 2, 2], False)],
)
def test_a_param_that_is_the_same_in_all_but_a_run_or_two_is_rare(numbers: list[float | None], said: bool):
    assert rare(param("p", numbers)) is said
