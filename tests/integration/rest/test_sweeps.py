"""Sweeps over REST: a real server, runs as MLflow's own client logs them."""

from __future__ import annotations

import math

import pytest

from tests.integration.rest.conftest import Api

RUNS = 24


@pytest.fixture(scope="module")
def ids(api: Api) -> list[str]:
    """A sweep in which lr matters, width does not; one run diverged, one never logged the metric."""
    made = []
    for at in range(RUNS):
        lr, width = 10 ** (-4 + 3 * (at % 12) / 11), 8 * (1 + at % 5)
        config = {"optimizer": {"lr": lr, "name": "adam" if at % 2 else "sgd"}, "width": width, "epochs": 3}
        run = f"sweep-{at}"
        api.post(
            "/runs",
            {"run_id": run, "project": "sweep", "config": config, "command": f"python t.py --width {width}"},
            201,
        )
        value = -((math.log10(lr) + 2.5) ** 2) / 4 + 0.9
        points = [{"name": "accuracy", "value": value - 0.1 / (step + 1), "step": step} for step in range(3)]
        if at == 0:
            points = [{"name": "accuracy", "value": "NaN", "step": 0}]
        if at != 1:
            api.post(f"/runs/{run}/metrics", {"metrics": points}, 201)
        api.post(f"/runs/{run}/finish", {"status": "FINISHED"})
        made.append(run)
    return made


def test_the_report_names_what_varies_and_what_matters(api: Api, ids: list[str]) -> None:
    body = {"ids": [*ids, "gone"], "target": "accuracy", "wait": 30}
    found = api.post("/sweeps", body)
    while found["importance"]["state"] in ("running", "waiting"):
        found = api.post("/sweeps", body)
    assert [one["name"] for one in found["params"]] == ["optimizer.lr", "optimizer.name", "width"]
    assert [one["kind"] for one in found["params"]] == ["log", "category", "number"]
    assert found["constant"] == {"epochs": "3"}
    assert (len(found["runs"]), len(found["without"]), found["missing"]) == (RUNS - 2, 2, ["gone"])
    forests = [one["params"][0] for one in found["importance"]["methods"] if one["method"] in ("fanova", "permutation")]
    assert [one["name"] for one in forests] == ["optimizer.lr"] * 2
    assert any(one["told"] for one in forests)  # 22 runs
    assert found["matrix"][0][0]["runs"] == RUNS - 2


def test_an_address_asks_the_same(api: Api, ids: list[str]) -> None:
    asked = {"ids": ids[:12], "target": "accuracy", "aggregation": "min", "wait": 0}
    one, other = api.get("/sweeps", **asked), api.post("/sweeps", asked)
    one.pop("importance"), other.pop("importance")
    assert one == other
    last = api.post("/sweeps", {**asked, "aggregation": "last"})
    assert all(low < end for low, end in zip(one["targets"][0]["values"], last["targets"][0]["values"], strict=True))


def test_one_run_is_no_sweep_in_a_sentence(api: Api, ids: list[str]) -> None:
    found = api.get("/sweeps", ids=ids[5:6])
    assert found["none"]["reason"] == "few"
    assert len(found["runs"]) == 1
    assert found["importance"]["state"] == "impossible"


def test_dependence_finds_the_peak(api: Api, ids: list[str]) -> None:
    found = api.post("/sweeps/dependence", {"ids": ids, "target": "accuracy", "of": ["optimizer.lr"]})
    (row,) = found["mean"]
    assert 10**-3 < found["axes"][0]["numbers"][row.index(max(row))] < 10**-2
    surface = api.post(
        "/sweeps/dependence", {"ids": ids, "target": "accuracy", "of": ["optimizer.lr", "optimizer.name"]}
    )
    assert len(surface["mean"]) == 2


def test_suggestions_are_as_many_as_asked_and_stay_in_the_space(api: Api, ids: list[str]) -> None:
    body = {"ids": ids, "target": "accuracy", "n": 4, "space": {"width": {"fixed": "16"}}}
    found = api.post("/suggestions", body)
    assert len(found["items"]) == 4
    assert all(one["params"]["width"] == 16 for one in found["items"])
    assert all("--width 16" in one["command"] for one in found["items"])
    assert api.post("/suggestions", body) == found


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/sweeps", {"ids": []}, "ids"),
        ("/sweeps", {"ids": ["a"], "aggregation": "median"}, "aggregation"),
        ("/sweeps", {"ids": ["a"], "wait": 31}, "wait"),
        ("/sweeps", {"ids": ["a"], "also": ["b"] * 5}, "also"),
        ("/sweeps/dependence", {"ids": ["a"], "of": []}, "of"),
        ("/suggestions", {"ids": ["a"], "n": 0}, "n"),
        ("/suggestions", {"ids": ["a"], "space": {"lr": 3}}, "space"),
    ],
)
def test_a_wrong_field_is_named(api: Api, path: str, body: dict[str, object], field: str) -> None:
    assert field in api.post(path, body, 422)["detail"]


@pytest.mark.parametrize("change", [{"low": 9, "high": 1}, {"when": "opt"}, {"when": {"param": []}}, {"step": 5e-324}])
def test_a_space_that_can_t_be_is_named(api: Api, ids: list[str], change: dict[str, object]) -> None:
    body = {"ids": ids, "target": "accuracy", "space": {"width": change}}
    assert "width" in api.post("/suggestions", body, 422)["detail"]


def test_a_direction_that_no_name_tells_is_asked_for(api: Api, ids: list[str]) -> None:
    api.post(f"/runs/{ids[2]}/metrics", {"name": "thing", "value": 1.0}, 201)
    assert "direction" in api.post("/suggestions", {"ids": ids, "target": "thing"}, 422)["detail"]
    assert api.post("/suggestions", {"ids": ids, "target": "thing", "direction": "lower"})["items"]
