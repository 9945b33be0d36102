"""Basic authentication with workspaces: we show exactly what MLflow shows, grant by grant."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import StartServer

ADMIN = ("admin", "correct horse battery staple")
BOB = ("bob", "another long password")
HEADER = "X-MLFLOW-WORKSPACE"


@pytest.fixture(scope="module")
def http(ext_server: StartServer, tmp_path_factory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("auth")
    config = folder / "auth.ini"
    config.write_text(
        "[mlflow]\ndefault_permission = READ\nauth_cache_ttl_seconds = 60\n"
        f"database_uri = sqlite:///{folder / 'auth.db'}\nadmin_username = {ADMIN[0]}\nadmin_password = {ADMIN[1]}\n"
    )
    env = {"MLFLOW_AUTH_CONFIG_PATH": str(config), "MLFLOW_FLASK_SERVER_SECRET_KEY": "s" * 32}
    server = ext_server("--app-name", "basic-auth", "--enable-workspaces", env=env, directory=folder)
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
        yield client


def call(http: httpx.Client, path: str, body: dict, workspace: str = "default", user=ADMIN) -> dict:
    answer = http.post(path, json=body, auth=user, headers={HEADER: workspace})
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


@pytest.fixture(scope="module")
def runs(http: httpx.Client) -> dict[str, str]:
    call(http, "/api/2.0/mlflow/users/create", {"username": BOB[0], "password": BOB[1]})
    found = {}
    for workspace in ("team-a", "team-b"):
        call(http, "/api/3.0/mlflow/workspaces", {"name": workspace})
        for name in ("one", "two"):
            body = {"name": f"{workspace} {name}"}
            experiment = call(http, "/api/2.0/mlflow/experiments/create", body, workspace)["experiment_id"]
            run = call(http, "/api/2.0/mlflow/runs/create", {"experiment_id": experiment}, workspace)
            found[f"{workspace} {name}"] = run["run"]["info"]["run_id"]
            if name == "one" and workspace == "team-a":
                grant = {"resource_type": "experiment", "resource_id": experiment, "permission": "READ"}
                call(http, "/api/3.0/mlflow/users/permissions/grant", {"username": BOB[0], **grant}, workspace)
    return found


def seen(http: httpx.Client, runs: dict[str, str], workspace: str, user=BOB) -> set[str]:
    ids = {run: name for name, run in runs.items()}
    return {ids[run] for run in call(http, "/ext/api/tail", {run: {} for run in ids}, workspace, user)}


def mlflow_shows(http: httpx.Client, runs: dict[str, str], workspace: str, user=BOB) -> set[str]:
    """The same question, asked of MLflow's own route."""
    return {
        name
        for name, run in runs.items()
        if http.get(
            "/api/2.0/mlflow/runs/get", params={"run_id": run}, auth=user, headers={HEADER: workspace}
        ).status_code
        == 200
    }


@pytest.mark.parametrize("workspace", ["default", "team-a", "team-b"])
@pytest.mark.parametrize("user", [ADMIN, BOB], ids=["admin", "bob"])
def test_we_show_exactly_what_mlflow_shows(http, runs, workspace, user):
    assert seen(http, runs, workspace, user) == mlflow_shows(http, runs, workspace, user)


def test_a_grant_counts_in_its_own_workspace(http, runs):
    assert seen(http, runs, "team-a") == {"team-a one"}
    assert seen(http, runs, "team-b") == set()
    assert seen(http, runs, "team-a", ADMIN) == {"team-a one", "team-a two"}
