"""Experiments over REST, also called projects."""

from __future__ import annotations

import uuid

import pytest

from mlflow_ext.rest import ExperimentInfo
from tests.integration.rest.conftest import Api


def fresh() -> str:
    return f"exp {uuid.uuid4().hex[:8]}"


@pytest.mark.parametrize("word", ["experiments", "projects"])
def test_an_experiment_is_made_changed_archived_and_restored(api: Api, word: str):
    name = fresh()
    body = {"experiment_name": name, "description": "what for", "tags": {"team": "vision"}}
    made = ExperimentInfo.model_validate(api.post(f"/{word}", body, 201))
    assert (made.name, made.description, made.tags["team"], made.stage, made.runs) == (
        name,
        "what for",
        "vision",
        "active",
        0,
    )
    path = f"/{word}/{made.experiment_id}"
    assert api.mlflow.get_experiment(made.experiment_id).name == name
    changed = api.ask("PATCH", path, json={"name": name + "!", "description": "else", "tags": {"team": None, "x": "1"}})
    assert (changed["name"], changed["description"]) == (name + "!", "else")
    assert "team" not in changed["tags"]
    assert changed["tags"]["x"] == "1"
    assert api.ask("DELETE", path, headers={"Content-Type": "application/json"})["stage"] == "archived"
    assert api.mlflow.get_experiment(made.experiment_id).lifecycle_stage == "deleted"
    assert name + "!" in [one["name"] for one in api.get(f"/{word}", stage="archived", limit=1000)]
    assert api.ask("PATCH", path, json={"stage": "active"})["stage"] == "active"
    assert api.get(path)["name"] == name + "!"


def test_mlflow_s_own_experiment_stays(api: Api):
    for method, body in (("DELETE", None), ("PATCH", {"stage": "archived", "name": "other"})):
        said = api.ask(method, "/experiments/0", 409, json=body, headers={"Content-Type": "application/json"})
        assert "'Default'" in said["detail"]
        assert "can't be archived" in said["detail"]
    found = api.mlflow.get_experiment("0")
    assert (found.name, found.lifecycle_stage) == ("Default", "active")


def test_a_name_is_taken_once(api: Api):
    name = fresh()
    api.post("/experiments", {"name": name}, 201)
    assert name in api.post("/experiments", {"name": name}, 409)["detail"]


def test_runs_are_made_and_listed_below_their_experiment(api: Api):
    made = api.post("/experiments", {"name": fresh()}, 201)["experiment_id"]
    body = {"run_name": "baseline_v1", "tags": {"model": "random_forest"}}
    run = api.post(f"/experiments/{made}/runs", body, 201)
    assert (run["name"], run["experiment_id"], run["tags"]["model"]) == ("baseline_v1", made, "random_forest")
    assert [one["run_id"] for one in api.get(f"/experiments/{made}/runs")] == [run["run_id"]]
    assert api.get(f"/experiments/{made}")["runs"] == 1
    api.get("/experiments/999999", 404)
    assert "/ext/api/experiments?search=NAME" in api.get("/experiments/none", 404)["detail"]
    assert "search=" not in api.get("/experiments/999999", 404)["detail"]
    api.get("/experiments/999999/runs", 404)
    api.post("/experiments/999999/runs", {}, 404)


def test_search_takes_names_tags_dates_and_metrics(api: Api):
    word = uuid.uuid4().hex[:8]
    good = api.post("/experiments", {"name": f"{word} Good", "tags": {"team": "a"}}, 201)["experiment_id"]
    bad = api.post("/experiments", {"name": f"{word} bad", "tags": {"team": "b"}}, 201)["experiment_id"]
    api.run(good, "r", acc=[0.1, 0.9])
    api.run(good, "s", acc=[0.2])
    api.run(bad, "r", acc=[0.3])

    def found(**query) -> set[str]:
        return {one["experiment_id"] for one in api.get("/experiments/search", search=word.upper(), **query)}

    assert found() == {good, bad}
    assert found(tag="team") == {good, bad}
    assert found(tag="team=a") == {good}
    assert found(metric_name="acc", metric_min=0.8) == {good}
    assert found(metric_name="acc", metric_max=0.5) == {bad}
    assert found(from_timestamp="2001-01-01") == {good, bad}
    assert found(to_timestamp="2001-01-01") == set()


def test_lists_are_paged(api: Api):
    for _ in range(3):
        api.post("/experiments", {"name": fresh()}, 201)
    first = api.http.get("/experiments", params={"limit": 2})
    assert int(first.headers["x-total-count"]) >= 3
    second = api.http.get(api.server.origin + first.links["next"]["url"]).json()
    assert not {one["experiment_id"] for one in first.json()} & {one["experiment_id"] for one in second}
    assert "limit" in api.get("/experiments", 422, limit=1_000_000)["detail"]
