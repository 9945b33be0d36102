"""Typed data over REST: what is posted is what the SDK would have stored, and merges with it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest

from mlflow_ext import primitives
from mlflow_ext.rest import DataIndex, RunData
from tests.conftest import Server, StartServer, clean_environment
from tests.integration.rest.conftest import Api

KINDS = ["Series", "Distribution", "Scatter", "Matrix", "Curve", "BarChart", "Table"]


def plain(primitive: primitives.Primitive) -> dict:
    """Its data as JSON has it."""
    return orjson.loads(orjson.dumps(primitive.to_data(), option=orjson.OPT_SERIALIZE_NUMPY))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_comes_back_as_it_was_posted(api: Api, kind: str):
    run = api.post("/runs", {"project": "kinds"}, 201)["run_id"]
    example = getattr(primitives, kind).example()
    body = {"name": "my plot/ü", "primitive_type": kind.upper(), "section": "S", "data": plain(example)}
    assert api.post(f"/runs/{run}/data", {**body, "metadata": {"a": [1]}}, 201)["stored"] >= 1
    found = RunData.model_validate(api.get(f"/runs/{run}/data"))
    (one,) = found.primitives
    assert (one.name, one.kind, one.section, one.metadata) == ("my plot/ü", kind.lower(), "S", {"a": [1]})
    assert getattr(primitives, kind).from_data(one.data, None).rows() == example.rows()
    assert found.troubles == []


def test_the_example_of_the_seeds_is_taken(api: Api):
    run = api.post("/runs", {"project": "seeds"}, 201)["run_id"]
    data = {"index": "step", "fields": {"loss": [0.5, 0.3, 0.2], "step": [1, 2, 3]}}
    body = {"name": "training_metrics", "primitive_type": "Series", "section": "training", "data": data}
    assert api.post(f"/runs/{run}/data", body, 201) == {"stored": 3}
    one = api.get(f"/runs/{run}/data")["primitives"][0]
    assert one["data"]["index_values"] == [1, 2, 3]
    assert one["data"]["fields"] == {"loss": [0.5, 0.3, 0.2]}
    assert api.mlflow.get_run(run).data.metrics == {"training_metrics/loss": 0.2}


def test_a_series_appends_and_a_new_field_fills_earlier_points(api: Api):
    run = api.post("/runs", {"project": "append"}, 201)["run_id"]
    for data in ({"loss": ["NaN", 2.0]}, {"loss": [3.0], "acc": [2**53 + 1]}):
        first = 0 if len(data) == 1 else 2
        values = {"index": "epoch", "index_values": [first + i for i in range(len(data["loss"]))], "fields": data}
        api.post(f"/runs/{run}/data", {"name": "t", "kind": "series", "data": values}, 201)
    one = api.get(f"/runs/{run}/data")["primitives"][0]
    assert (one["points"], one["shown"]) == (3, 3)
    assert one["data"] == {
        "index": "epoch",
        "index_values": [0, 1, 2],
        "fields": {"loss": ["NaN", 2.0, 3.0], "acc": [None, None, 2**53 + 1]},
    }
    other = {"index": "step", "fields": {"loss": [1.0]}}
    assert "epoch" in api.post(f"/runs/{run}/data", {"name": "t", "kind": "series", "data": other}, 409)["detail"]


def test_names_and_kinds_choose_and_long_series_are_thinned(api: Api):
    run = api.post("/runs", {"project": "choose"}, 201)["run_id"]
    values = [0.0] * 5000
    values[1234] = 9.0
    api.post(
        f"/runs/{run}/data", {"name": "long", "kind": "Series", "data": {"index": "i", "fields": {"y": values}}}, 201
    )
    matrix = {"rows": ["a"], "cols": ["b"], "values": [[1]]}
    api.post(f"/runs/{run}/data", {"name": "m", "kind": "matrix", "data": matrix}, 201)
    assert [one["name"] for one in api.get(f"/runs/{run}/data", kind="Matrix")["primitives"]] == ["m"]
    (one,) = api.get(f"/runs/{run}/data", name="long", max_points=100)["primitives"]
    assert one["points"] == 5000
    assert one["shown"] == len(one["data"]["index_values"]) <= 100
    assert 9.0 in one["data"]["fields"]["y"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "a", "primitive_type": "Pie", "data": {}}, "primitive_type"),
        (
            {"name": "a", "primitive_type": "Series", "data": {"index": "i", "fields": {"y": [1], "z": [1, 2]}}},
            "fields",
        ),
        (
            {"name": "a", "primitive_type": "Matrix", "data": {"rows": ["r"], "cols": ["c"], "values": [[1, 2]]}},
            "values",
        ),
        ({"name": "", "primitive_type": "Series", "data": {}}, "name"),
        ({"name": "a", "primitive_type": "Series", "data": {"index": "i", "fields": {"y": ["x"]}}}, "fields"),
    ],
)
def test_wrong_data_is_refused_with_its_field_and_leaves_nothing(api: Api, body: dict, field: str):
    run = api.post("/runs", {"project": "wrong"}, 201)["run_id"]
    assert field in api.post(f"/runs/{run}/data", body, 422)["detail"]
    assert api.get("/data", runs=[run])["runs"] == {run: []}


def test_posted_points_merge_with_those_that_a_script_logs(api: Api):
    run = api.post("/runs", {"project": "merge"}, 201)["run_id"]
    api.post(
        f"/runs/{run}/data",
        {"name": "t", "kind": "series", "data": {"index": "epoch", "index_values": [0, 2], "fields": {"loss": [1, 3]}}},
        201,
    )
    code = f"""
import mlflow, mlflow_ext as ext
mlflow.set_tracking_uri({api.server.url!r})
ext.log("t", ext.Series("epoch", {{"loss": [2.0, 4.0]}}, index_values=[1, 3]), run_id={run!r})
assert not ext.flush(timeout=60, strict=True)
"""
    script = subprocess.run(
        [sys.executable, "-c", code], env=clean_environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert script.returncode == 0, script.stderr
    one = api.get(f"/runs/{run}/data")["primitives"][0]
    assert one["data"]["fields"]["loss"] == [1, 2, 3, 4]


def test_an_index_of_what_many_runs_hold(api: Api):
    runs = [api.post("/runs", {"project": "index"}, 201)["run_id"] for _ in range(2)]
    series = {"index": "i", "fields": {"y": [1, 2], "z": [3, 4]}}
    api.post(f"/runs/{runs[0]}/data", {"name": "s", "kind": "series", "section": "A", "data": series}, 201)
    body = api.get("/data", runs=[*runs, "none"])
    DataIndex.model_validate(body)
    assert body["missing"] == ["none"]
    held = {"name": "s", "kind": "series", "section": "A", "points": 2, "fields": ["y", "z"]}
    assert body["runs"] == {runs[0]: [held], runs[1]: []}
    assert api.post("/data", {"runs": [*runs, "none"]}) == body


def test_no_post_is_lost_when_four_workers_take_them_at_once(ext_server: StartServer, opened: Callable[[Server], Api]):
    api = opened(ext_server("--workers", "4"))
    run = api.post("/runs", {"project": "busy"}, 201)["run_id"]

    def post(i: int) -> int:
        data = {"index": "i", "index_values": [i], "fields": {"y": [float(i)]}}
        return api.http.post(f"/runs/{run}/data", json={"name": "s", "kind": "series", "data": data}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(post, range(80))) == {201}
    one = api.get(f"/runs/{run}/data")["primitives"][0]
    assert one["data"]["index_values"] == list(range(80))
    assert one["data"]["fields"]["y"] == list(range(80))
