"""Our client on servers that are set up otherwise: short pages, a prefix, workspaces, users."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import mlflow
import pytest

import mlflow_ext as ext
from mlflow_ext.cli import main
from mlflow_ext.errors import NotFound, ValidationError
from mlflow_ext.tracking.api import Api
from mlflow_ext.tracking.connect import open_store
from mlflow_ext.tracking.mlflow_store import MlflowStore
from mlflow_ext.tracking.rest_store import RestStore
from mlflow_ext.tracking.store import Ranking, RunQuery
from tests.conftest import Server, StartServer

ADMIN = ("admin", "admin-for-tests-1")
GUEST = ("guest", "guest-password-1")


@pytest.fixture(scope="module")
def short(ext_server: StartServer) -> Server:
    """Behind a prefix, with pages of two; five runs by our REST API, the first with all that it takes."""
    server = ext_server("--static-prefix", "/team/ml", env={"MLFLOW_EXT_PAGE_LIMIT": "2"})
    for number in range(5):
        body = {"run_id": f"own-{number}", "project": "short", "name": str(number), "config": {"lr": number}}
        if number == 0:
            body |= {"dataset_id": "iris-1", "command": "python train.py --lr 0"}
        made = httpx.post(f"{server.url}/ext/api/runs", json=body, trust_env=False, timeout=60)
        assert made.status_code == 201, made.text
        values = [{"name": "loss", "value": value, "step": step} for step, value in enumerate([0.5, number / 10])]
        odd = [{"name": "odd", "value": ["NaN", "Infinity", "-Infinity", 1.0, 2.0][number]}]
        path = f"{server.url}/ext/api/runs/own-{number}/metrics"
        sent = httpx.post(path, json={"metrics": values + odd}, trust_env=False, timeout=60)
        assert sent.status_code in (200, 201), sent.text
    return server


def test_a_shorter_page_than_asked_for_is_followed_to_the_end(short: Server) -> None:
    store = open_store(short.url)
    assert isinstance(store, RestStore)
    assert {run.name for run in store.runs(RunQuery("short", limit=None))} == {"0", "1", "2", "3", "4"}
    assert len(store.runs(RunQuery("short", limit=3))) == 3
    assert {one.name for one in store.experiments(None, "all", None)} >= {"short", "Default"}
    assert store.experiment("short").runs == 5
    with pytest.raises(ValidationError, match="2 at most"):
        store.leaderboard(Ranking("loss", "asc", top_k=3))
    assert [one.run.name for one in store.leaderboard(Ranking("loss", "asc", 2, "short", "mean"))] == ["0", "1"]


def test_an_own_id_works_wherever_mlflows_does(short: Server) -> None:
    store = open_store(short.url)
    run = store.run("own-0")
    assert (run.alias, run.dataset_id, run.command) == ("own-0", "iris-1", "python train.py --lr 0")
    assert [one.name for one in store.compare(["own-3", run.run_id, "own-9"]).runs] == ["3", "0"]
    (history,) = store.history("own-3", ["loss"])
    assert history.value == [0.5, 0.3]
    for unknown in ("own-9", "own-3/../own-4", "?"):
        with pytest.raises(NotFound):
            store.run(unknown)


def test_mlflows_client_sees_the_same_run(short: Server) -> None:
    by_rest, by_mlflow = open_store(short.url), MlflowStore(short.url)
    for name in ("own-0", "own-1", "own-2"):
        run = by_rest.run(name)
        seen = by_mlflow.run(run.run_id)
        assert seen.model_dump(exclude={"config", "artifacts"}) == run.model_dump(exclude={"config", "artifacts"})
    assert [by_rest.run(f"own-{n}").metrics["odd"] for n in range(4)] == ["NaN", "Infinity", "-Infinity", 1.0]
    ranking = Ranking("odd", "desc", 2, "short")
    for store in (by_rest, by_mlflow):
        assert [(one.run.name, one.value) for one in store.leaderboard(ranking)] == [("1", float("inf")), ("4", 2.0)]


def test_an_own_id_is_a_run_for_the_command_line(
    short: Server, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", short.url)
    assert main(["runs", "note", "own-4", "--text", "GOOD"]) == 0
    assert main(["runs", "show", "own-4"]) == 0
    assert "GOOD" in capfd.readouterr().out


def test_a_workspace_shows_its_own(ext_server: StartServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server = ext_server("--enable-workspaces")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.url)
    answer = httpx.post(f"{server.url}/api/3.0/mlflow/workspaces", json={"name": "team-a"}, trust_env=False)
    assert answer.status_code in (200, 201), answer.text
    for workspace in ("default", "team-a"):
        monkeypatch.setenv("MLFLOW_WORKSPACE", workspace)
        made = {"run_id": "mine", "project": "shared name", "name": f"of {workspace}"}
        headers = {"X-MLFLOW-WORKSPACE": workspace}
        sent = httpx.post(f"{server.url}/ext/api/runs", json=made, headers=headers, trust_env=False, timeout=60)
        assert sent.status_code == 201, sent.text
        ext.set_note("mine", workspace)
    for workspace in ("default", "team-a"):
        monkeypatch.setenv("MLFLOW_WORKSPACE", workspace)
        found = ext.search_runs("shared name")
        assert found[["name", "note"]].to_numpy().tolist() == [[f"of {workspace}", workspace]]
        assert ext.compare_runs(["mine"])["name"].tolist() == [f"of {workspace}"]
        assert "mine" in open_store().run("mine").tags.values()


@pytest.fixture(params=["mlflow_server", "ext_server"])
def guarded(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Server, str]:
    """A server that asks for credentials, and the admin's run on it, which the guest may not read."""
    config = tmp_path / "auth.ini"
    config.write_text(
        "[mlflow]\ndefault_permission = NO_PERMISSIONS\ndatabase_uri = sqlite:///auth.db\nadmin_username = admin\n"
        "admin_password = admin-for-tests-1\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
    )
    env = {"MLFLOW_AUTH_CONFIG_PATH": str(config), "MLFLOW_FLASK_SERVER_SECRET_KEY": "for-tests-only"}
    server = request.getfixturevalue(request.param)("--app-name", "basic-auth", env=env, directory=tmp_path)
    guest = {"username": GUEST[0], "password": GUEST[1]}
    made = httpx.post(f"{server.url}/api/2.0/mlflow/users/create", json=guest, auth=ADMIN, trust_env=False, timeout=60)
    assert made.status_code == 200, made.text
    path = f"{server.url}/api/2.0/mlflow/runs/create"
    run = httpx.post(path, json={"experiment_id": "0"}, auth=ADMIN, trust_env=False, timeout=60)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.url)
    return server, run.json()["run"]["info"]["run_id"]


@pytest.fixture
def be(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    def become(name: str, password: str) -> None:
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", name)
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", password)

    return become


def test_a_server_that_refuses_is_told_from_one_that_is_away(
    guarded: tuple[Server, str], be: Callable[[str, str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    server, run_id = guarded
    for credentials in (None, (GUEST[0], "wrong"), ("nobody", "wrong")):
        if credentials:
            be(*credentials)
        with pytest.raises(ext.PermissionDenied, match="MLFLOW_TRACKING_PASSWORD"):
            ext.search_runs()
        capfd.readouterr()
        assert main(["runs", "list"]) == 2
        assert "does not accept these credentials" in capfd.readouterr().err
        assert main(["doctor"]) == 1
        assert "TROUBLE" in capfd.readouterr().out
    be(*GUEST)
    ours = isinstance(open_store(), RestStore)
    assert ours == (httpx.get(f"{server.url}/ext/health", trust_env=False, timeout=60).status_code == 200)
    with pytest.raises(ext.NotFound if ours else ext.PermissionDenied):  # ours tells nobody what is there
        ext.set_note(run_id, "mine")
    assert ext.search_runs().empty
    be(*ADMIN)
    ext.set_note(run_id, "mine")
    assert ext.search_runs()["note"].tolist() == ["mine"]
    assert open_store().run(run_id).note == mlflow.get_run(run_id).data.tags["mlflow.note.content"] == "mine"
    server.stop()
    with pytest.raises(ext.StoreUnavailable):
        ext.compare_runs([run_id])


def test_a_password_in_the_address_is_used_and_never_shown(
    guarded: tuple[Server, str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    server, run_id = guarded
    address = server.url.replace("//", f"//{ADMIN[0]}:{ADMIN[1]}@")
    assert main(["runs", "list", "--json", "--tracking-uri", address]) == 0
    assert run_id in capfd.readouterr().out
    assert main(["doctor", "--tracking-uri", address]) == 0
    assert ADMIN[1] not in capfd.readouterr().out


def test_pages_of_two_and_the_whole_list_are_the_same(short: Server) -> None:
    whole = RestStore(Api(short.url)).runs(RunQuery(limit=None, order_by=("attributes.run_name ASC",)))
    assert [run.name for run in whole] == ["0", "1", "2", "3", "4"]
