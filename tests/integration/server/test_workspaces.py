"""--enable-workspaces: what is asked for in one workspace never shows another's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import Server, StartServer

SLUG = "weights-" + hashlib.sha256(b"distribution\0weights").hexdigest()[:12]
PART = {
    "mlflow_ext": 1,
    "kind": "distribution",
    "name": "weights",
    "section": None,
    "writer": "0f3a9c11",
    "seq": 0,
    "step": None,
    "logged_at": 1,
    "part": 0,
    "data": {"values": [42.5], "groups": None},
    "metadata": {},
}
TAG = {
    "v": 1,
    "kind": "distribution",
    "name": "weights",
    "section": None,
    "parts": 1,
    "bytes": 300,
    "points": 1,
    "at": 1,
}
HEADER = "X-MLFLOW-WORKSPACE"


@pytest.fixture(scope="module")
def server(ext_server: StartServer) -> Server:
    return ext_server("--enable-workspaces")


@pytest.fixture(scope="module")
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def runs(http: httpx.Client) -> dict[str, str]:
    """Workspace to the run that it holds."""

    def call(path: str, body: dict, workspace: str) -> dict:
        answer = http.post(path, json=body, headers={HEADER: workspace})
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    call("/api/3.0/mlflow/workspaces", {"name": "team-a"}, "default")
    found = {}
    for workspace in ("default", "team-a"):
        experiment = call("/api/2.0/mlflow/experiments/create", {"name": f"of {workspace}"}, workspace)["experiment_id"]
        body = {"experiment_id": experiment, "run_name": workspace}
        info = call("/api/2.0/mlflow/runs/create", body, workspace)["run"]["info"]
        run = found[workspace] = info["run_id"]
        call("/api/2.0/mlflow/runs/log-metric", {"run_id": run, "key": "loss", "value": 0.5, "timestamp": 1}, workspace)
        root = info["artifact_uri"].removeprefix("mlflow-artifacts:/")
        place = f"/api/2.0/mlflow-artifacts/artifacts/{root}/ext/distribution/{SLUG}/0f3a9c11-0.json"
        assert http.put(place, json=PART, headers={HEADER: workspace}).status_code == 200
        tag = {"run_id": run, "key": f"mlflow.ext.p.{SLUG}.0f3a9c11", "value": json.dumps(TAG)}
        call("/api/2.0/mlflow/runs/set-tag", tag, workspace)
    return found


def tail(http: httpx.Client, runs: dict[str, str], *, query: str = "", **headers: str) -> set[str]:
    answer = http.post(f"/ext/api/tail{query}", json={run: {} for run in runs.values()}, headers=headers)
    assert answer.status_code == 200, answer.text
    return set(answer.json())


def test_without_a_word_it_is_the_default_workspace(http, runs):
    assert tail(http, runs) == {runs["default"]}


def test_the_address_names_the_workspace(http, runs):
    assert tail(http, runs, query="?workspace=team-a") == {runs["team-a"]}


def test_mlflow_s_header_does_too(http, runs):
    assert tail(http, runs, **{HEADER: "team-a"}) == {runs["team-a"]}


def test_a_page_s_own_requests_work_in_the_workspace_of_its_address(http, runs, server):
    page = f"{server.url}/ext/plots?experiment=1&workspace=team-a"
    assert tail(http, runs, referer=page) == {runs["team-a"]}
    assert tail(http, runs, referer="https://evil.example/?workspace=team-a") == {runs["default"]}


def test_the_ui_s_own_thread_knows_the_workspace(http, runs, server):
    for workspace in runs:
        headers = {"referer": f"{server.url}/ext/plots?workspace={workspace}"}
        query = {"runs": ",".join(runs.values()), "plot": "m:loss"}
        lines = http.get("/ext/_values", params=query, headers=headers).text.splitlines()
        assert [line.split(",")[0] for line in lines[1:]] == [workspace]


def test_a_plot_s_file_is_read_in_its_workspace(http, runs, server):
    for workspace in runs:
        headers = {"referer": f"{server.url}/ext/plots?workspace={workspace}"}
        query = {"runs": ",".join(runs.values()), "plot": f"x:{SLUG}"}
        text = http.get("/ext/_values", params=query, headers=headers).text
        assert text.splitlines()[1:] == [f"{workspace},42.5"]


@pytest.mark.parametrize("name", ["nobody", "../team-a", "a b", "x" * 500])
def test_a_workspace_that_is_none_is_an_error_in_our_shape(http, name):
    answer = http.get("/ext/", params={"workspace": name})
    assert 400 <= answer.status_code < 500
    assert set(answer.json()) == {"error", "detail", "status"}
