"""Runs made, changed, ended and removed over REST, and what MLflow's client then sees."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from mlflow.exceptions import MlflowException

from tests.integration.rest.conftest import Api


def test_a_run_is_made_with_all_that_it_was_given(api: Api):
    _, project = api.experiment()
    body = {
        "project": project,
        "name": "Experiment 1",
        "config": {"optimizer": {"name": "adam", "lr": 1e-3}, "layers": [1, 2]},
        "tags": {"team": "vision"},
        "dataset_id": "iris-1",
        "command": "train.py",
    }
    made = api.post("/runs", body, 201)
    run = api.mlflow.get_run(made["run_id"])
    assert made["config"] == body["config"]
    assert run.info.run_name == "Experiment 1"
    assert run.info.status == "RUNNING"
    assert run.data.params["optimizer.name"] == "adam"
    assert run.data.tags["team"] == "vision"
    again = api.get(f"/runs/{made['run_id']}")
    assert (again["project"], again["dataset_id"], again["command"]) == (project, "iris-1", "train.py")
    assert again["config"] == body["config"]


def test_a_project_is_made_when_there_is_none(api: Api):
    made = api.post("/runs", {"experiment_name": "brand new"}, 201)
    assert made["project"] == "brand new"
    assert api.mlflow.get_experiment_by_name("brand new").experiment_id == made["experiment_id"]


def test_an_own_id_works_in_every_path_and_is_taken_once(api: Api):
    made = api.post("/runs", {"run_id": "own-run-123", "project": "own ids"}, 201)
    assert made["alias"] == "own-run-123"
    assert len(made["run_id"]) == 32
    assert api.get("/runs/own-run-123")["run_id"] == made["run_id"]
    assert api.post("/runs/own-run-123/metrics", {"name": "loss", "value": 1}, 201)
    data = {"name": "t", "primitive_type": "Series", "data": {"index": "step", "fields": {"loss": [1, 2]}}}
    assert api.post("/runs/own-run-123/data", data, 201)
    assert api.get("/runs/own-run-123/data")["primitives"][0]["name"] == "t"
    assert api.get("/metrics/summary", runs=["own-run-123"])["count"]
    assert api.get("/runs/compare", ids=["own-run-123"])["runs"][0]["alias"] == "own-run-123"
    assert set(api.get("/data", runs=["own-run-123"])["runs"]) == {"own-run-123"}
    assert "own-run-123" in api.post("/runs", {"run_id": "own-run-123", "project": "own ids"}, 409)["detail"]


def test_of_twenty_that_want_one_id_one_gets_it(api: Api):
    api.post("/experiments", {"name": "race"}, 201)

    def make(_: int) -> int:
        return api.http.post("/runs", json={"run_id": "only-one", "project": "race"}).status_code

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(make, range(20)))
    assert sorted(found) == [201, *[409] * 19]
    assert len(api.get("/runs", project="race")) == 1


@pytest.mark.parametrize("own", ["search", "bulk", "a/b", "-a", "é", "x" * 129, "ab" * 16, ""])
def test_an_id_that_no_path_can_hold_is_refused(api: Api, own: str):
    assert "run_id" in api.post("/runs", {"run_id": own}, 422)["detail"]


def test_names_notes_and_tags_are_changed(api: Api):
    run = api.post("/runs", {"project": "changes", "tags": {"a": "1", "b": "2"}}, 201)["run_id"]
    changed = api.ask("PATCH", f"/runs/{run}", json={"name": "new", "tags": {"a": None, "c": "3"}, "note": "PUBLISH"})
    assert (changed["name"], changed["note"]) == ("new", "PUBLISH")
    assert {key: changed["tags"].get(key) for key in "abc"} == {"a": None, "b": "2", "c": "3"}
    assert api.mlflow.get_run(run).data.tags["mlflow.note.content"] == "PUBLISH"
    assert api.ask("PATCH", f"/runs/{run}/note", json={"note": "BAD"})["note"] == "BAD"
    assert api.ask("PATCH", f"/runs/{run}/note", json={"note": None})["note"] is None
    assert "tags" in api.ask("PATCH", f"/runs/{run}", 422, json={"tags": {"a#b": "1"}})["detail"]


def test_a_run_ends_with_a_status(api: Api):
    run = api.post("/runs", {"project": "ends", "start_time": "2026-01-01T00:00:00Z"}, 201)["run_id"]
    ended = api.post(f"/runs/{run}/finish", {"end_time": "2026-01-01T01:00:01+01:00"})
    assert (ended["start_time"], ended["duration"]) == (1_767_225_600_000, 1_000)
    assert api.post(f"/runs/{run}/finish", {"status": "FAILED"})["status"] == "FAILED"
    found = api.mlflow.get_run(run).info
    assert found.status == "FAILED"
    assert found.end_time >= found.start_time
    api.post(f"/runs/{run}/finish", {"status": "HAPPY"}, 422)
    assert api.post(f"/runs/{run}/finish", {})["status"] == "FINISHED"


def test_many_runs_are_changed_each_answered_by_itself(api: Api):
    runs = [api.post("/runs", {"project": "bulk"}, 201)["run_id"] for _ in range(3)]
    ids = [runs[0], "gone", runs[1]]
    for body in ({"action": "tag", "tags": {"good": "yes"}}, {"action": "note", "note": "n"}, {"action": "archive"}):
        results = api.post("/runs/bulk", {**body, "ids": ids})["results"]
        assert [(one["run_id"], one["ok"]) for one in results] == [(runs[0], True), ("gone", False), (runs[1], True)]
        assert results[1]["error"] == "NotFound"
    assert [run["run_id"] for run in api.get("/runs", project="bulk")] == [runs[2]]
    archived = api.get("/runs", project="bulk", stage="archived")
    assert {run["run_id"] for run in archived} == {runs[0], runs[1]}
    assert all(run["tags"]["good"] == "yes" and run["note"] == "n" for run in archived)
    assert api.mlflow.get_run(runs[0]).info.lifecycle_stage == "deleted"
    api.post("/runs/bulk", {"action": "restore", "ids": [runs[0]]})
    assert api.mlflow.get_run(runs[0]).info.lifecycle_stage == "active"


def test_only_archived_runs_are_deleted_for_good_and_only_when_confirmed(api: Api):
    runs = [api.post("/runs", {"project": "gone", "run_id": f"gone-{i}"}, 201)["run_id"] for i in range(2)]
    for run in runs:
        api.mlflow.log_text(run, "x", "a/b.txt")
    api.post("/runs/bulk", {"action": "archive", "ids": [runs[0]]})
    assert "confirm" in api.post("/runs/bulk", {"action": "delete", "ids": runs}, 422)["detail"]
    results = api.post("/runs/bulk", {"action": "delete", "ids": runs, "confirm": True})["results"]
    assert [one["ok"] for one in results] == [True, False]
    assert results[1]["error"] == "Conflict"
    with pytest.raises(MlflowException, match="not found"):
        api.mlflow.get_run(runs[0])
    folders = {path.parent.name for path in api.server.dir.glob("artifacts/*/*/artifacts")}
    assert runs[0] not in folders
    assert runs[1] in folders
    assert api.post("/runs", {"project": "gone", "run_id": "gone-0"}, 201)


def test_a_deleted_run_takes_nothing(api: Api):
    run = api.post("/runs", {"project": "dead"}, 201)["run_id"]
    api.post("/runs/bulk", {"action": "archive", "ids": [run]})
    assert api.http.post(f"/runs/{run}/metrics", json={"name": "a", "value": 1}).status_code in (404, 409)
    data = {"name": "m", "primitive_type": "matrix", "data": {"rows": ["a"], "cols": ["b"], "values": [[1]]}}
    assert api.http.post(f"/runs/{run}/data", json=data).status_code in (404, 409)
    assert api.get("/data", runs=[run])["runs"] in ({}, {run: []})


def test_who_changed_what_is_recorded(api: Api):
    run = api.post("/runs", {"project": "audited"}, 201)["run_id"]
    api.ask("PATCH", f"/runs/{run}/note", json={"note": "seen"})
    api.post("/runs/bulk", {"action": "archive", "ids": [run]})
    api.post(f"/runs/{'f' * 32}/finish", {}, 404)
    entries = api.get("/audit", target=f"run:{run}")
    assert [entry["action"] for entry in entries] == ["run.archive", "run.note", "run.create"]
    assert entries[1]["detail"]["note"] == "seen"
    assert all(entry["username"] is None and entry["at"] > 1_700_000_000_000 for entry in entries)
