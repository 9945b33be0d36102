"""What no client should send: each is refused with a documented status and our error shape, never a 5xx."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mlflow_ext_server.api.body import MAX_DEPTH
from tests.conftest import StartServer
from tests.integration.rest.conftest import Api

LIMIT = 1_000_000
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def api(ext_server: StartServer) -> Iterator[Api]:
    api = Api(ext_server(env={"MLFLOW_EXT_MAX_BODY_BYTES": str(LIMIT)}))
    api.post("/runs", {"run_id": "limit", "project": "limits"}, 201)
    yield api
    api.http.close()


def refused(api: Api, status: int, path: str, content: bytes, method: str = "POST", **headers: str) -> str:
    """The detail of a refusal."""
    sent = {**JSON, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return str(api.ask(method, path, status, content=content, headers=sent)["detail"])


def test_a_body_over_the_limit(api: Api):
    body = b'{"name": "' + b"x" * LIMIT + b'"}'
    assert str(LIMIT) in refused(api, 413, "/runs", body)


def test_a_body_over_the_limit_that_did_not_say_its_length(api: Api):
    def pieces() -> Iterator[bytes]:
        yield b'{"name": "'
        for _ in range(20):
            yield b"x" * (LIMIT // 10)

    try:
        answer = api.http.post("/runs", content=pieces(), headers=JSON)
    except (httpx.WriteError, httpx.ReadError):  # cut off before all was sent; a browser's next request works
        answer = None
    assert answer is None or answer.status_code == 413
    assert api.get("/runs/limit")["alias"] == "limit"


def test_a_body_of_just_the_limit_is_read(api: Api):
    body = json.dumps({"name": "n", "command": ""}).encode()
    assert api.ask("POST", "/runs", 201, content=body + b" " * (LIMIT - len(body)), headers=JSON)["name"] == "n"


def test_a_body_that_ends_early(api: Api):
    with socket.create_connection(("127.0.0.1", api.server.port), timeout=30) as connection:
        head = f"POST /ext/api/runs HTTP/1.1\r\nHost: 127.0.0.1:{api.server.port}\r\n"
        connection.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{".encode())
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1000)
    assert api.get("/runs/limit")["alias"] == "limit"
    assert "Traceback" not in api.server.log_text()


UNKNOWN = [
    "nobody",
    "0" * 32,
    "a" * 500,
    "%00",
    "%F0%9F%92%A9",
    "%ff%fe",
    "%0A%0B",
    "..%2f..%2fetc",
    "x'--",
    "-1",
    "9" * 40,
    "%20",
]


@pytest.mark.parametrize("one", UNKNOWN)
def test_unknown_ids(api: Api, one: str):
    for method, path, body in [
        ("GET", f"/runs/{one}", None),
        ("GET", f"/runs/{one}/data", None),
        ("PATCH", f"/runs/{one}", {"name": "n"}),
        ("PATCH", f"/runs/{one}/note", {"note": "n"}),
        ("POST", f"/runs/{one}/finish", {}),
        ("POST", f"/runs/{one}/metrics", {"name": "a", "value": 1}),
        ("POST", f"/runs/{one}/data", {"name": "a", "kind": "series", "data": {"index": "i", "fields": {"y": [1]}}}),
        ("GET", f"/experiments/{one}", None),
        ("PATCH", f"/experiments/{one}", {"name": "n"}),
        ("DELETE", f"/projects/{one}", None),
        ("GET", f"/projects/{one}/runs", None),
        ("POST", f"/projects/{one}/runs", {}),
    ]:
        api.ask(method, path, 404, json=body, headers=JSON)


@pytest.mark.parametrize(
    "path", ["/runs", "/runs/search", "/experiments", "/projects/search", "/audit", "/projects/0/runs"]
)
@pytest.mark.parametrize("limit", ["1000000", "0", "-1", "1e3", "9" * 30, "NaN", ""])
def test_pages_that_are_not_given(api: Api, path: str, limit: str):
    assert "limit" in api.get(path, 422, limit=limit)["detail"]
    assert "offset" in api.get(path, 422, offset=2**31)["detail"]


def test_other_numbers_out_of_range(api: Api):
    assert "top_k" in api.get("/runs/leaderboard", 422, metric_name="a", top_k=1_000_000)["detail"]
    assert "max_points" in api.get("/runs/limit/data", 422, max_points=10**9)["detail"]
    assert "runs" in api.post("/metrics/summary", {"runs": ["a"] * 1001}, 422)["detail"]


def deep(levels: int) -> bytes:
    return b'{"name": "a", "kind": "table", "data": {"a": ' + b"[" * levels + b"]" * levels + b"}}"


UNREADABLE = {
    "nothing closed": b'{"name": ',
    "100,000 brackets": b"[" * 100_000,
    "100,000 brackets, closed": deep(100_000),
    "one level too deep": deep(MAX_DEPTH - 1),
    "NaN": b'{"name": "a", "value": NaN}',
    "-Infinity": b'{"name": "a", "value": -Infinity}',
    "1e400": b'{"name": "a", "value": 1e400}',
    "digits without end": b'{"name": "a", "value": ' + b"9" * 10_000 + b"}",
    "a lone surrogate": b'{"name": "a\\ud800", "value": 1}',
    "a lone surrogate in a key": b'{"name": "a", "kind": "table", "data": {"\\udfff": 1}}',
    "a key twice": b'{"name": "a", "value": 1, "value": 2}',
    "no UTF-8": b'{"name": "\xff", "value": 1}',
    "UTF-16": '{"name": "a", "value": 1}'.encode("utf-16"),
    "two values": b"{} {}",
    "a control character": b'{"name": "a\x01", "value": 1}',
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("path", ["/runs", "/runs/limit/metrics", "/runs/limit/data", "/runs/search", "/tail"])
def test_bodies_that_are_no_json_of_ours(api: Api, body: bytes, path: str):
    assert "body" in refused(api, 400, path, body)


WRONG: dict[str, tuple[str, Any]] = {
    "an integer beyond 64 bits as step": ("/runs/limit/metrics", {"name": "a", "value": 1, "step": 2**63}),
    "an integer that is no float": ("/runs/limit/metrics", {"name": "a", "value": 10**400}),
    "an integer beyond all as time": ("/runs/limit/metrics", {"name": "a", "value": 1, "timestamp": 10**300}),
    "a time before all": ("/runs/search", {"from_timestamp": -(10**18)}),
    "a time after all": ("/runs/search", {"to_timestamp": 2**63}),
    "a NUL in a metric": ("/runs/limit/metrics", {"name": "a\0", "value": 1}),
    "a NUL in a name": ("/runs", {"name": "a\0"}),
    "a NUL in a project": ("/runs", {"project": "a\0"}),
    "a NUL in a tag's key": ("/runs", {"tags": {"a\0": "b"}}),
    "a NUL in a tag": ("/runs", {"tags": {"a": "b\0"}}),
    "a NUL in a command": ("/runs", {"command": "b\0"}),
    "a NUL in an experiment": ("/experiments", {"name": "b\0"}),
    "a list for an object": ("/runs", []),
    "null for an object": ("/runs", None),
    "a text for an object": ("/tail", "x"),
    "an unknown field": ("/runs", {"nmae": "x"}),
    "an own id like MLflow's": ("/runs", {"run_id": "a" * 32}),
    "an own id that is a path's word": ("/runs", {"run_id": "bulk"}),
    "an integer beyond 64 bits in a series": (
        "/runs/limit/data",
        {"name": "s", "kind": "series", "data": {"index": "i", "index_values": [10**400], "fields": {"y": [1]}}},
    ),
    "a filter that is none": ("/runs/search", {"filter": "metrics.loss <"}),
    "a filter nested without end": ("/runs/search", {"filter": "(" * 4000}),
    "an order that is none": ("/runs/search", {"order_by": ["metrics.loss; DROP TABLE runs"]}),
}


@pytest.mark.parametrize(("path", "body"), WRONG.values(), ids=WRONG)
def test_fields_that_can_not_be_taken(api: Api, path: str, body: Any):
    assert refused(api, 422, path, json.dumps(body).encode())


def test_values_that_are_odd_but_fine(api: Api):
    for body in (
        {"config": {"big": 2**63 - 1, "deep": json.loads("[" * 90 + "]" * 90)}},
        {"config": {"": "", "a\0": "b\0", "\u2028": "\U0001f4a9"}},
        {"name": "\u202e\u0301 ' \" ; -- %s {} \\"},
    ):
        made = api.post("/runs", body, 201)
        assert api.get(f"/runs/{made['run_id']}")["config"] == body.get("config")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json", "a/b;;"]
)
def test_a_body_of_another_content_type(api: Api, kind: str):
    answer = api.http.post(
        "/runs", content=b'{"name": "a"}', headers={"Content-Type": kind, "Sec-Fetch-Site": "same-origin"}
    )
    assert (answer.status_code, answer.json()["status"]) == (415, 415), answer.text
    assert "application/json" in answer.json()["detail"]


def test_a_compressed_body(api: Api):
    detail = refused(api, 415, "/runs", gzip.compress(b'{"name": "a"}'), Content_Encoding="gzip")
    assert "gzip" in detail


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "TRACE", "MKCOL"])
def test_other_methods(api: Api, method: str):
    for path in ("/runs", "/runs/limit", "/runs/search", "/experiments/0/runs", "/tail"):
        answer = api.http.request(method, path, headers=JSON)
        assert answer.status_code == 405
        assert answer.headers["allow"]
        assert method == "HEAD" or answer.json()["status"] == 405
    assert api.http.request(method, "/nothing", headers=JSON).status_code == 404


@pytest.mark.parametrize("path", ["/runs/limit", "/runs", "/runs/limit/data", "/experiments", "/metrics/summary"])
def test_a_parameter_that_is_not_known(api: Api, path: str):
    assert "nmae" in api.get(path, 422, nmae="x", **({"runs": "limit"} if "metrics" in path else {}))["detail"]


def test_a_parameter_given_twice(api: Api):
    assert "limit" in api.ask("GET", "/runs", 422, params=[("limit", 1), ("limit", 2)])["detail"]
    assert api.ask("GET", "/runs", params=[("experiment_id", "98"), ("experiment_id", "99")]) == []


def test_a_parameter_on_a_route_that_takes_a_body(api: Api):
    assert "limit" in api.ask("POST", "/runs/search", 422, json={}, params={"limit": 5})["detail"]


def test_a_workspace_on_a_server_that_has_none(api: Api):
    assert api.get("/runs", 400, workspace="x")["detail"]
    assert api.get("/runs/limit", 400, workspace="x")["detail"]


def test_nothing_of_all_this_failed_inside(api: Api):
    assert "Traceback" not in api.server.log_text()
