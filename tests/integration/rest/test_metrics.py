"""Summaries and histories of many runs' metrics, and new values."""

from __future__ import annotations

import math

import pytest

from mlflow_ext.rest import Histories, Summaries
from tests.integration.rest.conftest import Api


@pytest.fixture(scope="module")
def runs(api: Api) -> list[str]:
    experiment, _ = api.experiment()
    return [
        api.run(experiment, "one", loss=[3.0, 1.0, 2.0], acc=[0.1, 0.9, 0.4]),
        api.run(experiment, "two", loss=[math.nan, 5.0, math.inf]),
    ]


def rows(body: dict) -> dict[tuple[str, str], dict]:
    Summaries.model_validate(body)
    columns = [key for key in body if key != "missing"]
    return {
        (body["run_id"][i], body["key"][i]): {name: body[name][i] for name in columns}
        for i in range(len(body["run_id"]))
    }


def test_a_summary_has_one_row_per_run_and_metric(api, runs):
    body = api.get("/metrics/summary", runs=[*runs, "gone"])
    assert body["missing"] == ["gone"]
    found = rows(body)
    assert set(found) == {(runs[0], "loss"), (runs[0], "acc"), (runs[1], "loss")}
    loss = found[runs[0], "loss"]
    assert (loss["last"], loss["last_step"], loss["min"], loss["max"], loss["mean"]) == (2.0, 2, 1.0, 3.0, 2.0)
    assert (loss["count"], loss["nan"], loss["direction"], loss["best_step"]) == (3, 0, "lower", 1)
    assert (found[runs[0], "acc"]["direction"], found[runs[0], "acc"]["best_step"]) == ("higher", 1)
    odd = found[runs[1], "loss"]
    assert (odd["min"], odd["max"], odd["mean"], odd["count"], odd["nan"]) == (5.0, "Infinity", "Infinity", 3, 1)


def test_keys_limit_a_summary_and_a_body_does_the_same(api, runs):
    asked = {"runs": runs, "keys": ["acc"]}
    assert set(rows(api.get("/metrics/summary", **asked))) == {(runs[0], "acc")}
    assert api.post("/metrics/summary", asked) == api.get("/metrics/summary", **asked)


def test_columns_spare_the_others(api, runs):
    body = api.get("/metrics/summary", runs=runs, keys=["acc"], columns=["min", "last"])
    assert (body["min"], body["last"], body["max"], body["best_step"]) == ([0.1], [0.4], [], [])
    api.get("/metrics/summary", 422, runs=runs, columns=["median"])


def test_a_late_point_is_in_the_next_summary(api, runs):
    experiment, _ = api.experiment()
    run = api.run(experiment, "live", loss=[1.0])
    assert rows(api.get("/metrics/summary", runs=[run]))[run, "loss"]["min"] == 1.0
    api.mlflow.log_metric(run, "loss", 0.5, step=1)
    assert rows(api.get("/metrics/summary", runs=[run]))[run, "loss"]["min"] == 0.5


def test_histories_come_as_columns(api, runs):
    body = api.get("/metrics/history", runs=runs, keys=["loss"])
    Histories.model_validate(body)
    one, two = body["histories"]
    assert (one["run_id"], one["key"], one["step"], one["value"]) == (runs[0], "loss", [0, 1, 2], [3.0, 1.0, 2.0])
    assert two["value"] == ["NaN", 5.0, "Infinity"]
    assert two["timestamp"] == [1_790_000_000_000 + i for i in range(3)]
    assert body == api.post("/metrics/history", {"runs": runs, "keys": ["loss"]})


def test_a_thinned_history_keeps_a_spike_and_both_ends(api):
    experiment, _ = api.experiment()
    values = [0.0] * 900
    values[437] = 100.0
    run = api.run(experiment, "spike", loss=values)
    history = api.get("/metrics/history", runs=[run], max_points=50)["histories"][0]
    assert history["total"] == 900
    assert len(history["step"]) <= 50
    assert (history["step"][0], history["step"][-1]) == (0, 899)
    assert 437 in history["step"]


def test_values_are_logged_under_any_of_their_names(api, runs):
    experiment, _ = api.experiment()
    run = api.run(experiment, "posted")
    assert api.post(f"/runs/{run}/metrics", {"name": "a", "value": 1.5, "step": 3}, 201) == {"stored": 1}
    assert api.post(f"/runs/{run}/metrics", {"metric_name": "accuracy", "metric_value": 0.92, "step": 10}, 201)
    many = [{"name": "m", "value": value, "step": i} for i, value in enumerate(["NaN", "-Infinity", 2])]
    assert api.post(f"/runs/{run}/metrics", {"metrics": many}, 201) == {"stored": 3}
    history = {one["key"]: one for one in api.get("/metrics/history", runs=[run])["histories"]}
    assert (history["a"]["step"], history["a"]["value"]) == ([3], [1.5])
    assert history["m"]["value"] == ["NaN", "-Infinity", 2.0]
    assert api.mlflow.get_run(run).data.metrics["accuracy"] == 0.92


@pytest.mark.parametrize(
    "body",
    [
        {"name": "a"},
        {"name": "", "value": 1},
        {"name": "a", "value": "much"},
        {"name": "a", "value": None},
        {"name": "a#b", "value": 1},
        {"name": "a", "value": 1, "step": 2**63},
        {"name": "a", "value": 1, "colour": "red"},
        {"metrics": []},
        [],
        "text",
    ],
)
def test_a_wrong_value_is_refused(api, runs, body):
    api.post(f"/runs/{runs[0]}/metrics", body, 422)
