"""Every route that is about a run or an experiment, asked from its own workspace and from another."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.conftest import StartServer
from tests.integration.rest.test_roles import CASES, Case, Target, shows

HEADER = "X-MLFLOW-WORKSPACE"
ABOUT = [
    (method, path, case)
    for (method, path), cases in CASES.items()
    for case in cases
    if case.action not in ("admin", "create_experiment") and not case.named
]


@pytest.fixture(scope="module")
def http(ext_server: StartServer) -> Iterator[httpx.Client]:
    server = ext_server("--enable-workspaces")
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
        for name in ("team-a", "team-b"):
            ask(client, "/api/3.0/mlflow/workspaces", {"name": name}, "default")
        yield client


def ask(http: httpx.Client, path: str, body: dict[str, Any], workspace: str) -> Any:
    answer = http.post(path, json=body, headers={HEADER: workspace})
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def target(http: httpx.Client, archived: bool, viewed: bool) -> Target:
    name = uuid.uuid4().hex
    experiment = ask(http, "/api/2.0/mlflow/experiments/create", {"name": name}, "team-a")["experiment_id"]
    run = ask(http, "/api/2.0/mlflow/runs/create", {"experiment_id": experiment}, "team-a")["run"]["info"]["run_id"]
    body = {"run_id": run, "key": "loss", "value": 1.0, "timestamp": 1}
    ask(http, "/api/2.0/mlflow/runs/log-metric", body, "team-a")
    if archived:
        ask(http, "/api/2.0/mlflow/runs/delete", {"run_id": run}, "team-a")
    if not viewed:
        return Target(experiment, name, run)
    view = ask(http, "/ext/api/views", {"experiment_id": experiment, "name": "v0", "state": {}}, "team-a")["id"]
    rule = {"experiment_id": experiment, "condition": {"kind": "run_failed"}}
    ask(http, "/ext/api/alerts", {"run_id": run, "title": "t"}, "team-a")
    return Target(experiment, name, run, view, ask(http, "/ext/api/alert-rules", rule, "team-a")["id"])


@pytest.mark.parametrize(("method", "path", "case"), ABOUT, ids=[f"{m} {p} {c.action}" for m, p, c in ABOUT])
def test_another_workspace_s_runs_do_not_exist(http: httpx.Client, method: str, path: str, case: Case) -> None:
    aim = target(http, case.archived, case.viewed)
    asked = {"headers": {"Content-Type": "application/json"}, **case.ask(aim)}
    address = "/ext/api" + path.format(**case.path(aim))
    for workspace, visible in (("team-b", False), ("default", False), ("team-a", True)):
        options = {**asked, "headers": {**asked["headers"], HEADER: workspace}}
        answer = http.request(method, address, **options)
        if case.lists:
            assert answer.status_code == 200, answer.text
            assert shows(answer.json(), aim) is visible, workspace
        else:
            assert (answer.is_success, answer.status_code == 404) == (visible, not visible), answer.text


def test_an_own_id_is_of_one_workspace(http: httpx.Client) -> None:
    made = {
        workspace: ask(http, "/ext/api/runs", {"run_id": "same-id", "project": "p"}, workspace)["run_id"]
        for workspace in ("team-a", "team-b")
    }
    assert made["team-a"] != made["team-b"]
    for workspace, run in made.items():
        assert http.get("/ext/api/runs/same-id", params={"workspace": workspace}).json()["run_id"] == run
    assert http.get("/ext/api/runs/same-id", params={"workspace": "default"}).status_code == 404


def test_a_link_to_the_next_page_keeps_the_workspace(http: httpx.Client) -> None:
    for i in range(2):
        ask(http, "/ext/api/runs", {"project": f"paged {i}"}, "team-b")
    first = http.get("/ext/api/runs", params={"workspace": "team-b", "limit": 1})
    link = first.links["next"]["url"]
    assert "workspace=team-b" in link
    assert http.get(link).json()[0]["run_id"] != first.json()[0]["run_id"]
    assert http.post("/ext/api/runs/search", json={"workspace": "team-b"}).status_code == 422
