"""GET /runs and its kin on a real server: what MLflow's client wrote comes back, filtered, ordered and paged."""

from __future__ import annotations

import math

import pytest

from mlflow_ext.rest import Comparison, RankedRun, RunInfo
from tests.integration.rest.conftest import Api


@pytest.fixture(scope="module")
def runs(api: Api) -> dict[str, str]:
    experiment, name = api.experiment()
    found = {
        "adam": api.run(
            experiment, "adam", {"optimizer": "adam", "lr": "0.001"}, {"team": "a b"}, loss=[0.9, 0.1, 0.3]
        ),
        "sgd": api.run(experiment, "sgd", {"optimizer": "sgd", "lr": "0.1"}, loss=[0.8, 0.7], acc=[0.5]),
        "nan": api.run(experiment, "nan", {"optimizer": "adam"}, loss=[math.nan], acc=[math.inf]),
    }
    api.mlflow.set_terminated(found["adam"], "FINISHED")
    api.mlflow.set_tag(found["sgd"], "mlflow.note.content", "BAD: diverged")
    api.mlflow.set_tag(found["sgd"], "mlflow.ext.run.dataset_id", "iris-1")
    api.mlflow.set_tag(found["sgd"], "mlflow.ext.run.command", "python train.py --lr 0.1")
    return {**found, "experiment": experiment, "project": name}


def names(body: list[dict]) -> list[str]:
    return [run["name"] for run in body]


def test_a_list_holds_whole_runs_newest_first(api, runs):
    body = api.get("/runs", project=runs["project"])
    assert names(body) == ["nan", "sgd", "adam"]
    adam = RunInfo.model_validate(body[2])
    assert (adam.run_id, adam.project, adam.experiment_id) == (runs["adam"], runs["project"], runs["experiment"])
    assert adam.params == {"optimizer": "adam", "lr": "0.001"}
    assert (adam.metrics, adam.tags["team"], adam.status, adam.stage) == ({"loss": 0.3}, "a b", "FINISHED", "active")
    assert adam.duration == adam.end_time - adam.start_time
    assert body[0]["metrics"] == {"loss": "NaN", "acc": "Infinity"}
    assert (body[1]["note"], body[1]["dataset_id"]) == ("BAD: diverged", "iris-1")
    assert body[1]["command"] == "python train.py --lr 0.1"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"filter": "metrics.loss > 0.2"}, ["sgd", "adam"]),
        ({"filter": "metrics.loss.min < 0.2"}, ["adam"]),
        ({"filter": "params.optimizer = 'adam' OR metrics.acc = 0.5"}, ["nan", "sgd", "adam"]),
        ({"filter": "NOT params.optimizer = 'adam' AND params.lr < 1"}, ["sgd"]),
        ({"filter": "tags.team IN ('a b', 'c')"}, ["adam"]),
        ({"filter": "metrics.acc IS NULL"}, ["adam"]),
        ({"metric_name": "loss", "metric_min": 0.5}, ["sgd"]),
        ({"metric_name": "loss", "metric_max": 0.5}, ["adam"]),
        ({"note_substring": "bad"}, ["sgd"]),
        ({"command_substring": "TRAIN.py"}, ["sgd"]),
        ({"dataset_id": "iris-1"}, ["sgd"]),
        ({"order_by": "metrics.loss.min ASC"}, ["adam", "sgd", "nan"]),
        ({"order_by": ["params.optimizer", "attributes.run_name DESC"]}, ["nan", "adam", "sgd"]),
        ({"search": "ada"}, ["adam"]),
        ({"to_timestamp": "2001-01-01"}, []),
        ({"from_timestamp": "2001-01-01T00:00:00Z"}, ["nan", "sgd", "adam"]),
        ({"stage": "archived"}, []),
    ],
)
def test_every_way_to_choose_runs(api, runs, query, expected):
    assert names(api.get("/runs", experiment_name=runs["project"], **query)) == expected
    assert names(api.get("/runs/search", project=runs["project"], **query)) == expected
    body = {"project": runs["project"], **query}
    if isinstance(body.get("order_by"), str):
        body["order_by"] = [body["order_by"]]
    assert names(api.post("/runs/search", body)) == expected


def test_pages_say_how_many_there_are_and_where_the_next_is(api, runs):
    first = api.http.get("/runs", params={"project": runs["project"], "limit": 2})
    assert first.headers["x-total-count"] == "3"
    assert first.links["next"]["url"].startswith("/ext/api/runs?")
    second = api.http.get(api.server.origin + first.links["next"]["url"])
    assert names(first.json()) + names(second.json()) == ["nan", "sgd", "adam"]
    assert "next" not in second.links
    assert "prev" in second.links


def test_a_run_alone_has_its_config_and_artifacts(api, runs):
    api.mlflow.log_dict(runs["adam"], {"optimizer": {"name": "adam"}}, "config.json")
    api.mlflow.log_text(runs["adam"], "epoch,loss\n", "out/metrics_1.csv")
    body = api.get(f"/runs/{runs['adam']}")
    assert RunInfo.model_validate(body).config == {"optimizer": {"name": "adam"}}
    assert set(body["artifacts"]) == {"config.json", "out/metrics_1.csv"}
    assert api.get(f"/runs/{runs['sgd']}")["config"] is None


def test_runs_are_compared_with_the_union_of_their_keys(api, runs):
    ids = [runs["sgd"], runs["adam"], "f" * 32, "none"]
    body = api.get("/runs/compare", ids=ids)
    Comparison.model_validate(body)
    assert (body["metric_keys"], body["param_keys"]) == (["acc", "loss"], ["lr", "optimizer"])
    assert names(body["runs"]) == ["sgd", "adam"]
    assert body["missing"] == ["f" * 32, "none"]
    assert api.post("/runs/compare", {"ids": ids}) == body


def test_the_leaderboard_ranks_what_has_a_value(api, runs):
    asked = {"project": runs["project"], "metric_name": "loss"}
    assert names(api.get("/runs/leaderboard", **asked)) == ["adam", "sgd"]
    assert names(api.get("/runs/leaderboard", **asked, order="desc")) == ["sgd", "adam"]
    assert names(api.get("/runs/leaderboard", **asked, aggregate="max")) == ["sgd", "adam"]
    assert names(api.get("/runs/leaderboard", **asked, top_k=1)) == ["adam"]
    lowest = api.get("/runs/leaderboard", **asked, aggregate="min")
    assert [(one["rank"], one["name"], one["value"]) for one in lowest] == [(1, "adam", 0.1), (2, "sgd", 0.7)]
    assert RankedRun.model_validate(lowest[0]).metrics["loss"] == 0.3


def test_a_leaderboard_takes_no_page_and_says_what_it_lacks(api, runs):
    for word in ("limit", "offset"):
        said = api.get("/runs/leaderboard", 422, metric_name="loss", **{word: 1})["detail"]
        assert said.startswith(f"query.{word}: unknown field")
    api.mlflow.log_metric(runs["adam"], "speed", 2.0)
    asked = {"project": runs["project"], "metric_name": "speed"}
    assert "order=asc or order=desc" in api.get("/runs/leaderboard", 422, **asked)["detail"]
    assert names(api.get("/runs/leaderboard", **asked, order="asc")) == ["adam"]
    assert api.get("/runs/leaderboard", project=runs["project"], metric_name="spede") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 1_000_000}, "limit"),
        ({"limit": 0}, "limit"),
        ({"offset": -1}, "offset"),
        ({"filter": "metrics.loss >"}, "column"),
        ({"filter": "nonsense"}, "column"),
        ({"order_by": "metrics.loss SIDEWAYS"}, "column"),
        ({"metric_min": 1}, "metric_name"),
        ({"project": "a", "experiment_name": "b"}, "project"),
        ({"colour": "red"}, "colour"),
        ({"from_timestamp": "yesterday"}, "from_timestamp"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(api, query, field):
    assert field in api.get("/runs", 422, **query)["detail"]


def test_unknown_ids_are_not_found(api):
    for run in ("f" * 32, "no-such-run", "x" * 200, "%00"):
        api.get(f"/runs/{run}", 404)
        api.get(f"/runs/{run}/data", 404)
