from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pytest

from mlflow_ext.errors import ValidationError
from mlflow_ext.rest import DependenceRequest, SuggestionRequest, SweepRequest
from mlflow_ext_server.sweep import SweepReader
from mlflow_ext_server.sweep.reader import MOST_CELLS
from mlflow_ext_ui.source import Principal, Run, Summary

WHO = Principal()


class Facts:
    """Runs in memory; a metric's history is its lowest, highest and last value."""

    def __init__(self) -> None:
        self.held: dict[str, dict[str, str]] = {}
        self.metrics: dict[str, dict[str, tuple[float, ...]]] = {}
        self.status: dict[str, str] = {}

    def add(self, run: str, params: Mapping[str, object], status: str = "FINISHED", **metrics: object) -> None:
        self.held[run] = {name: str(value) for name, value in params.items()}
        self.metrics[run] = {
            key: tuple(value) if isinstance(value, (list, tuple)) else (value,)  # type: ignore[arg-type]
            for key, value in metrics.items()
        }
        self.status[run] = status

    def params(self, principal: Principal, run_ids: Sequence[str]) -> dict[str, dict[str, str]]:
        return {run: self.held[run] for run in run_ids if run in self.held}

    def summaries(
        self,
        principal: Principal,
        run_ids: Sequence[str],
        keys: Collection[str] | None = None,
        *,
        history: bool = True,
        directions: object = None,
    ) -> tuple[Summary, ...]:
        found = []
        for run in run_ids:
            for key, values in sorted(self.metrics[run].items()):
                if keys is not None and key not in keys:
                    continue
                real = [value for value in values if not math.isnan(value)]
                ends = (min(real), max(real), sum(real) / len(real)) if history and real else (None, None, None)
                found.append(Summary(run, key, values[-1], *ends))
        return tuple(found)

    def runs_by_id(self, principal: Principal, run_ids: Sequence[str], *, columns: object = ()) -> tuple[Run, ...]:
        values = ("python train.py --lr 1", None)
        return tuple(
            Run(run, run, "1", self.status[run], 0, 1, 0, values=values)  # type: ignore[arg-type]
            for run in run_ids
            if run in self.held
        )


@pytest.fixture
def facts() -> Facts:
    made, rng = Facts(), np.random.default_rng(3)
    for at in range(40):
        lr, width = 10 ** rng.uniform(-4, -1), int(rng.integers(8, 64))
        loss = float((math.log10(lr) + 2.5) ** 2 + rng.normal(0, 0.05))
        made.add(f"r{at}", {"lr": lr, "width": width, "fixed": "a"}, loss=[loss + 1, loss], accuracy=1 - loss / 10)
    return made


def ids(facts: Facts) -> list[str]:
    return list(facts.held)


def test_it_says_what_varies_what_matters_and_how_it_goes_with_each_metric(facts: Facts) -> None:
    found = SweepReader(facts).sweep(WHO, SweepRequest(ids=ids(facts), target="loss", wait=30))
    assert [one.name for one in found.params] == ["lr", "width"]
    assert [one.kind for one in found.params] == ["log", "number"]
    assert found.constant == {"fixed": "a"}
    assert found.metrics == ["loss", "accuracy"]
    assert len(found.matrix) == 2
    assert len(found.matrix[0]) == 2
    assert found.importance.state == "done"
    fanova = next(one for one in found.importance.methods if one.method == "fanova")
    assert (fanova.params[0].name, fanova.params[0].told, fanova.params[0].first) == ("lr", True, 1)
    assert found.trends["lr"].degree == 2
    assert found.targets[0].direction == "lower"
    assert found.front == []
    json.loads(found.model_dump_json())


def test_the_target_is_the_metric_that_runs_are_listed_by(facts: Facts) -> None:
    assert SweepReader(facts).sweep(WHO, SweepRequest(ids=ids(facts), wait=0)).target == "accuracy"


@pytest.mark.parametrize(
    ("aggregation", "value"), [("last", 3.0), ("min", 1.0), ("max", 5.0), ("mean", 3.0), ("best", 1.0)]
)
def test_the_value_that_counts(aggregation: str, value: float) -> None:
    facts = Facts()
    facts.add("a", {"p": 1}, loss=[5.0, 1.0, 3.0])
    facts.add("b", {"p": 2}, loss=[9.0])
    facts.add("c", {"p": 3}, loss=[8.0])
    request = SweepRequest(ids=ids(facts), target="loss", aggregation=aggregation, wait=0)  # type: ignore[arg-type]
    assert SweepReader(facts).sweep(WHO, request).targets[0].values[0] == value


def test_a_direction_that_is_said_decides_what_is_best() -> None:
    facts = Facts()
    for run, values in {"a": [5.0, 1.0], "b": [2.0], "c": [3.0]}.items():
        facts.add(run, {"p": run}, thing=values)
    asked = {"ids": ids(facts), "target": "thing", "aggregation": "best", "wait": 0}
    higher = SweepReader(facts).sweep(WHO, SweepRequest(**asked, direction="higher"))
    lower = SweepReader(facts).sweep(WHO, SweepRequest(**asked, direction="lower"))
    unknown = SweepReader(facts).sweep(WHO, SweepRequest(**asked))
    assert [one.targets[0].values[0] for one in (higher, lower, unknown)] == [5.0, 1.0, 1.0]
    assert unknown.targets[0].direction is None


def test_importance_is_worked_out_beside_and_once(facts: Facts) -> None:
    reader = SweepReader(facts)
    first = reader.sweep(WHO, SweepRequest(ids=ids(facts), target="loss", wait=0))
    assert (first.importance.state, first.importance.done) == ("waiting", 0)
    whole = reader.sweep(WHO, SweepRequest(ids=ids(facts), target="loss", wait=30))
    again = reader.sweep(WHO, SweepRequest(ids=ids(facts), target="loss", wait=0))
    assert whole.importance == again.importance
    assert whole.importance.state == "done"


def test_the_order_in_which_runs_are_asked_for_and_their_ids_change_nothing(facts: Facts) -> None:
    reader = SweepReader(facts)
    whole = reader.sweep(WHO, SweepRequest(ids=ids(facts), target="loss", wait=30))
    again = reader.sweep(WHO, SweepRequest(ids=ids(facts)[::-1], target="loss", wait=0))
    assert again == whole
    other = Facts()
    for run in ids(facts)[::-1]:
        other.held[run[::-1]], other.metrics[run[::-1]] = facts.held[run], facts.metrics[run]
    same = SweepReader(other).sweep(WHO, SweepRequest(ids=ids(other), target="loss", wait=30))
    assert same.importance == whole.importance


def test_runs_whose_content_changed_are_worked_out_anew(facts: Facts) -> None:
    reader = SweepReader(facts)
    reader.sweep(WHO, SweepRequest(ids=ids(facts), target="loss", wait=30))
    facts.metrics["r0"]["loss"] = (0.123,)
    assert reader.sweep(WHO, SweepRequest(ids=ids(facts), target="loss", wait=0)).importance.state == "waiting"


def test_runs_that_no_other_beats_on_all_targets_are_told() -> None:
    facts = Facts()
    for run, (loss, accuracy) in {"a": (1.0, 0.9), "b": (2.0, 0.95), "c": (3.0, 0.5), "d": (2.5, 0.94)}.items():
        facts.add(run, {"p": run}, loss=loss, accuracy=accuracy)
    found = SweepReader(facts).sweep(WHO, SweepRequest(ids=ids(facts), target="loss", also=["accuracy"], wait=0))
    assert found.front == [True, True, False, False]
    assert [one.metric for one in found.targets] == ["loss", "accuracy"]


def test_no_sweep_is_a_sentence_and_an_unreadable_run_is_missing() -> None:
    facts = Facts()
    facts.add("a", {"p": 1}, loss=1.0)
    facts.add("b", {"p": 1}, loss=2.0)
    facts.add("c", {"p": 1}, loss=math.nan)
    found = SweepReader(facts).sweep(WHO, SweepRequest(ids=["a", "b", "c", "gone"]))
    assert found.none is not None
    assert found.none.reason == "constant"
    assert (found.runs, found.without, found.missing) == (["a", "b"], ["c"], ["gone"])
    assert found.importance.state == "impossible"


def test_nothing_at_all() -> None:
    reader = SweepReader(Facts())
    assert reader.sweep(WHO, SweepRequest(ids=["gone"])).none is not None
    assert reader.dependence(WHO, DependenceRequest(ids=["gone"], of=["p"])).none is not None
    found = reader.suggestions(WHO, SuggestionRequest(ids=["gone"]))
    assert (found.items, found.runs, found.missing) == ([], [], ["gone"])
    assert found.notes == ["None of these runs can be read."]


def test_two_hundred_params_are_answered() -> None:
    facts, rng = Facts(), np.random.default_rng(0)
    for at in range(30):
        facts.add(f"r{at}", {f"p{i}": rng.random() for i in range(200)}, loss=float(rng.random()))
    reader = SweepReader(facts)
    found = reader.sweep(WHO, SweepRequest(ids=ids(facts), wait=30))
    while found.importance.state in ("running", "waiting"):
        found = reader.sweep(WHO, SweepRequest(ids=ids(facts), wait=30))
    assert len(found.params) == 200
    assert found.warnings
    assert [len(one.params) for one in found.importance.methods] == [60] * 4


def test_a_metric_depends_on_what_it_was_made_of(facts: Facts) -> None:
    reader = SweepReader(facts)
    line = reader.dependence(WHO, DependenceRequest(ids=ids(facts), target="loss", of=["lr"]))
    (row,) = line.mean
    assert 10**-3 < line.axes[0].numbers[row.index(min(row))] < 10**-2
    surface = reader.dependence(WHO, DependenceRequest(ids=ids(facts), target="loss", of=["lr", "width"]))
    assert len(surface.mean) == len(surface.axes[1].numbers)


def test_a_param_that_does_not_vary_is_named(facts: Facts) -> None:
    with pytest.raises(ValidationError, match="'fixed' does not vary"):
        SweepReader(facts).dependence(WHO, DependenceRequest(ids=ids(facts), target="loss", of=["fixed"]))


def test_suggestions_rest_on_finished_runs_and_say_their_command(facts: Facts) -> None:
    facts.add("running", {"lr": 0.01, "width": 9}, status="RUNNING", loss=1.0)
    found = SweepReader(facts).suggestions(WHO, SuggestionRequest(ids=ids(facts), target="loss", n=2))
    assert len(found.items) == 2
    assert len(found.runs) == 41
    first = found.items[0]
    assert set(first.params) == {"lr", "width", "fixed"} or set(first.params) == {"lr", "width"}
    assert first.forecasts[0].metric == "loss"
    assert first.command is not None
    assert first.command.startswith("python train.py")
    assert set(found.space["params"]) >= {"lr", "width"}


def test_a_space_is_edited_and_a_wrong_one_names_its_field(facts: Facts) -> None:
    reader = SweepReader(facts)
    asked = {"ids": ids(facts), "target": "loss", "n": 2}
    found = reader.suggestions(WHO, SuggestionRequest(**asked, space={"lr": {"low": 0.05, "high": 0.06}}))
    assert all(0.05 <= float(one.params["lr"]) <= 0.06 for one in found.items)  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="lr"):
        reader.suggestions(WHO, SuggestionRequest(**asked, space={"lr": {"low": 2.0, "high": 1.0}}))


def test_a_target_whose_name_does_not_tell_asks_for_its_direction(facts: Facts) -> None:
    for run in ids(facts):
        facts.metrics[run]["thing"] = (1.0,)
    with pytest.raises(ValidationError, match="direction"):
        SweepReader(facts).suggestions(WHO, SuggestionRequest(ids=ids(facts), target="thing"))


def test_values_that_json_lacks_are_suggested_as_text() -> None:
    facts = Facts()
    for at in range(12):
        mixed = {"layers": ("[64, 64]", "(8, 8)")[at % 2], "id": str(10**30), "kind": ("1j", "{1, 2}")[at % 2]}
        facts.add(f"r{at}", {"lr": 0.1 * at, **mixed}, loss=float(at))
    found = SweepReader(facts).suggestions(WHO, SuggestionRequest(ids=ids(facts), target="loss", n=2))
    one = json.loads(found.model_dump_json())["items"][0]
    assert one["params"]["id"] == str(10**30)
    assert one["params"]["layers"] in ("[64, 64]", "(8, 8)")
    assert one["params"]["kind"] in ("1j", "{1, 2}")
    assert f"'id': {10**30}" in one["python"]


def test_of_many_params_some_are_suggested_and_it_is_said() -> None:
    facts, rng = Facts(), np.random.default_rng(0)
    for at in range(6):
        facts.add(f"r{at}", {f"p{i}": rng.random() for i in range(210)} | {"same": 1}, loss=float(rng.random()))
    asked = SuggestionRequest(ids=ids(facts), target="loss", n=1, space={"p7": {"fixed": "0.5"}})
    found = SweepReader(facts).suggestions(WHO, asked)
    assert "210 params vary: the 200 that go most strongly with loss" in found.notes[0]
    (one,) = found.items
    assert len(one.params) == 201
    assert (one.params["p7"], one.params["same"]) == (0.5, 1)


def test_more_than_can_be_looked_at_is_refused_until_some_params_are_named() -> None:
    facts = Facts()
    held = {f"p{i}": "1" for i in range(MOST_CELLS // 3 + 1)}
    for at in range(3):
        facts.add(f"r{at}", {}, loss=float(at))
        facts.held[f"r{at}"] = held | {"lr": str(at)}
    reader = SweepReader(facts)
    with pytest.raises(ValidationError, match="3 runs hold 500,004 params"):
        reader.sweep(WHO, SweepRequest(ids=ids(facts), wait=0))
    found = reader.sweep(WHO, SweepRequest(ids=ids(facts), params=["lr"], wait=0))
    assert [one.name for one in found.params] == ["lr"]


def test_a_forecast_of_the_largest_floats_is_a_number() -> None:
    facts = Facts()
    for at in range(12):
        facts.add(f"r{at}", {"lr": 0.1 * at}, loss=(-1) ** at * 1.7e308)
    found = SweepReader(facts).suggestions(WHO, SuggestionRequest(ids=ids(facts), target="loss", n=2))
    assert all(math.isfinite(one.forecasts[0].spread) for one in found.items)
