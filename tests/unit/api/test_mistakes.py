"""Mistakes in requests as our routes answer them: the field that is wrong, in our words, under one set of names."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Body, FastAPI, Query
from fastapi.testclient import TestClient

from mlflow_ext.rest import MetricPoint, NewExperiment, OneOrManyPoints, RunQuery
from mlflow_ext_server import answer
from mlflow_ext_server.api.body import JsonRoute
from mlflow_ext_server.api.fallback import Fallback


@pytest.fixture(scope="module")
def client() -> TestClient:
    app = FastAPI()
    answer.register(app)
    router = APIRouter(prefix="/api", route_class=JsonRoute)

    @router.post("/metrics")
    def metrics(body: Annotated[OneOrManyPoints, Body()]) -> str:
        return "one" if isinstance(body, MetricPoint) else "many"

    @router.post("/experiments")
    def experiments(body: NewExperiment) -> str:
        return body.name

    @router.get("/runs")
    def runs(query: Annotated[RunQuery, Query()]) -> int:
        return query.limit

    app.include_router(router)
    app.mount("/", Fallback({"/api/metrics": {"POST"}, "/api/experiments": {"POST"}, "/api/runs": {"GET"}}))
    outer = FastAPI()
    outer.mount("/ext", app)
    return TestClient(outer, base_url="http://here/ext/api")


@pytest.mark.parametrize(
    ("path", "body", "detail"),
    [
        ("metrics", {"name": "loss", "value": "abc"}, "body.value: takes a number, or one of the texts"),
        ("metrics", {"name": "loss"}, "body.value: Field required"),
        ("metrics", {"metrics": [{"name": "loss"}]}, "body.metrics.0.value: Field required"),
        ("metrics", {"name": "loss", "vlaue": 1}, "body.vlaue: unknown field; did you mean value?"),
        ("metrics", {"metrics": [{"nmae": "loss"}]}, "body.metrics.0.nmae: unknown field; did you mean name?"),
        ("experiments", {"descripton": "x"}, "body.descripton: unknown field; did you mean description?"),
    ],
)
def test_a_body_s_mistake_is_told_by_its_field(client: TestClient, path: str, body: Any, detail: str) -> None:
    said = client.post(path, json=body)
    assert said.status_code == 422
    assert said.json()["detail"].startswith(detail)
    assert said.json()["error"] == "ValidationError"


def test_one_and_many_metrics_are_taken(client: TestClient) -> None:
    point = {"name": "loss", "value": 1, "timestamp": "2026-01-01T00:00:00Z"}
    assert client.post("metrics", json=point).json() == "one"
    assert client.post("metrics", json={"metrics": [point]}).json() == "many"


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("limt=1", "query.limt: unknown field; did you mean limit?"),
        ("project=a&experiment_name=b", "query: project and experiment_name mean the same"),
        ("from_timestamp=x", "query.from_timestamp: takes ms since the epoch"),
    ],
)
def test_a_query_s_mistake_is_told_by_its_field(client: TestClient, query: str, detail: str) -> None:
    assert client.get(f"runs?{query}").json()["detail"].startswith(detail)


def test_errors_of_one_status_have_one_name(client: TestClient) -> None:
    nothing = client.get("nothing")
    assert (nothing.status_code, nothing.json()["error"]) == (404, "NotFound")
    assert "/ext/api/nothing" in nothing.json()["detail"]
    other = client.put("runs")
    assert (other.status_code, other.json()["error"]) == (405, "MethodNotAllowed")
    assert other.json()["detail"] == "/ext/api/runs takes GET, not PUT."
    assert [answer.body(status, "x")[:29] for status in (403, 422)] == [
        b'{"error": "PermissionDenied",'[:29],
        b'{"error": "ValidationError", '[:29],
    ]
