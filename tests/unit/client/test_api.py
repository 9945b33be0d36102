"""Requests to our REST API: whose they are, and what the answers mean."""

from __future__ import annotations

import base64
import json

import pytest

from mlflow_ext.errors import Conflict, NotFound, PermissionDenied, StoreUnavailable, ValidationError
from mlflow_ext.rest import too_many
from mlflow_ext.tracking.address import check_address
from mlflow_ext.tracking.api import Api
from mlflow_ext.tracking.connect import Extension, extension, open_store
from mlflow_ext.tracking.mlflow_store import MlflowStore
from mlflow_ext.tracking.rest_store import RestStore
from mlflow_ext.tracking.store import RunQuery
from tests.conftest import free_port
from tests.rest_stub import HEALTHY, Stub
from tests.unit.client.conftest import run


def sent(stub: Stub) -> dict[str, str]:
    stub.answer = (200, b"{}")
    Api(stub.url).get("/runs/x")
    return stub.requests[-1][2]


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_user_and_password_go_before_a_token(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Authorization" not in sent(stub)
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "secret")
    assert sent(stub)["Authorization"] == "Bearer secret"
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "zoë")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "pässword")
    assert sent(stub)["Authorization"] == basic("zoë", "pässword")


def test_mlflows_credentials_file_counts(stub: Stub, tmp_path) -> None:
    (tmp_path / ".mlflow").mkdir()
    (tmp_path / ".mlflow" / "credentials").write_text(
        "[mlflow]\nmlflow_tracking_username = ann\nmlflow_tracking_password = secret\n"
    )
    assert sent(stub)["Authorization"] == basic("ann", "secret")


def test_an_address_with_a_password_uses_it_and_never_shows_it(stub: Stub) -> None:
    stub.answer = (500, b"")
    with pytest.raises(StoreUnavailable) as raised:
        Api(stub.url.replace("//", "//ann:hunter2@")).get("/runs")
    assert stub.requests[-1][2]["Authorization"] == basic("ann", "hunter2")
    assert "hunter2" not in str(raised.value)


def test_the_workspace_is_named(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "X-MLFLOW-WORKSPACE" not in sent(stub)
    monkeypatch.setenv("MLFLOW_WORKSPACE", "team-a")
    assert sent(stub)["X-MLFLOW-WORKSPACE"] == "team-a"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ValidationError),
        (401, PermissionDenied),
        (403, PermissionDenied),
        (404, NotFound),
        (409, Conflict),
        (422, ValidationError),
        (429, StoreUnavailable),
        (500, StoreUnavailable),
        (503, StoreUnavailable),
    ],
)
def test_a_refusal_is_the_error_that_says_what_to_do(stub: Stub, status: int, kind: type[Exception]) -> None:
    stub.answer = (status, json.dumps({"error": "x", "detail": "the reason", "status": status}).encode())
    with pytest.raises(kind, match="the reason" if status != 401 else "MLFLOW_TRACKING_PASSWORD"):
        RestStore(Api(stub.url)).run("x")


@pytest.mark.parametrize("body", [b"<html>sign in</html>", b""])
def test_a_page_of_a_proxy_is_no_answer(stub: Stub, body: bytes) -> None:
    stub.answer = (200, body)
    with pytest.raises(StoreUnavailable, match="proxy"):
        RestStore(Api(stub.url)).run("x")


def test_what_a_newer_server_adds_is_passed_over_and_what_it_lacks_is_told(stub: Stub) -> None:
    plot = {"name": "p", "kind": "series", "points": 1, "later": 1}
    content = {**run().model_dump(), "primitives": [plot], "later": {"x": 1}}
    stub.answer = (200, json.dumps(content).encode())
    assert RestStore(Api(stub.url)).run("x").primitives[0].name == "p"
    del content["params"]
    stub.answer = (200, json.dumps(content).encode())
    with pytest.raises(StoreUnavailable, match="update it"):
        RestStore(Api(stub.url)).run("x")


def test_an_id_stays_one_part_of_the_path(stub: Stub) -> None:
    stub.answer = (200, json.dumps(run().model_dump()).encode())
    RestStore(Api(stub.url)).run("../experiments?x=1")
    assert stub.requests[-1][1] == "/ext/api/runs/..%2Fexperiments%3Fx%3D1"


def test_our_server_is_known_by_its_health_which_is_asked_once(stub: Stub) -> None:
    assert isinstance(open_store(stub.url), RestStore)
    assert isinstance(open_store(stub.url), RestStore)
    assert [path for _, path, _ in stub.requests] == ["/ext/health", "/ext/api/runs/compare"]


@pytest.mark.parametrize(
    ("health", "ours"),
    [
        ((200, HEALTHY), True),
        ((200, {"status": "healthy"}), True),
        ((503, {"status": "unhealthy", "database_connected": False}), True),
        ((404, {"error": "no"}), False),
        ((404, b"<html>"), False),
        ((200, b"<html>"), False),
        ((200, b"OK"), False),
        ((403, b""), False),
    ],
)
def test_other_servers_are_left_to_mlflows_client(stub: Stub, health, ours: bool) -> None:
    stub.health = health
    assert isinstance(open_store(stub.url), RestStore if ours else MlflowStore)


@pytest.mark.parametrize(
    ("status", "kind"), [(401, PermissionDenied), (502, StoreUnavailable), (503, StoreUnavailable)]
)
def test_a_failure_to_ask_is_told_and_asked_again(stub: Stub, status: int, kind: type[Exception]) -> None:
    stub.health = (status, b"")
    with pytest.raises(kind):
        open_store(stub.url)
    stub.health = (200, HEALTHY)
    assert extension(stub.url) == Extension(HEALTHY, has_runs=True)


def test_an_ext_server_without_the_routes_for_runs_is_left_to_mlflows_client(stub: Stub) -> None:
    stub.has_runs = False
    assert isinstance(open_store(stub.url), MlflowStore)
    assert extension(stub.url) == Extension(HEALTHY, has_runs=False)


def test_a_page_is_as_long_as_the_server_gives(stub: Stub) -> None:
    stub.answer = (422, json.dumps({"detail": too_many("limit", 5, 5)}).encode())
    with pytest.raises(ValidationError, match="gives 5 at most"):
        RestStore(Api(stub.url), page=5).runs(RunQuery())
    stub.answer = (422, json.dumps({"detail": "filter: column 3"}).encode())
    with pytest.raises(ValidationError, match="column 3"):
        RestStore(Api(stub.url)).runs(RunQuery(limit=5))
    assert len(stub.requests) == 2


def test_a_port_that_nobody_listens_at_is_unavailable() -> None:
    with pytest.raises(StoreUnavailable, match="gives no answer"):
        open_store(f"http://127.0.0.1:{free_port()}")


@pytest.mark.parametrize("end", ["/ext", "/ext/", "/ext/plots?experiment=1&runs=a", "/ext/api/docs", "/ext#x"])
def test_the_address_of_the_ui_is_refused_with_the_right_one(stub: Stub, end: str) -> None:
    with pytest.raises(ValidationError, match=f"leave off what begins with /ext: {stub.url}$"):
        open_store(stub.url + end)
    with pytest.raises(ValidationError) as raised:
        open_store(stub.url.replace("//", "//ann:hunter2@") + end)
    assert "hunter2" not in str(raised.value)


def test_a_server_whose_prefix_is_that_word_is_taken(stub: Stub) -> None:
    stub.health = (404, b"")
    check_address(stub.url + "/ext")
    check_address(f"http://127.0.0.1:{free_port()}/ext")
    assert isinstance(open_store(stub.url), MlflowStore)


def test_an_experiment_that_was_meant_is_named(stub: Stub) -> None:
    def experiments(*names: str) -> bytes:
        plain = {"experiment_id": "1", "tags": {}, "stage": "active", "runs": 0}
        times = dict.fromkeys(("creation_time", "last_update_time", "last_activity"))
        return json.dumps([{**plain, **times, "name": name} for name in names]).encode()

    stub.answer = (200, experiments("Default", "Digits sweep"))
    with pytest.raises(NotFound, match=r"no experiment 'digits sweep' at .* Did you mean 'Digits sweep'\?"):
        RestStore(Api(stub.url)).experiment("digits sweep")
    with pytest.raises(NotFound, match=r"'digts sweep' at .* Did you mean 'Digits sweep'\?"):
        RestStore(Api(stub.url)).experiment("digts sweep")
    with pytest.raises(NotFound, match=r"'mnist' at http://[\d.:]+\.$"):
        RestStore(Api(stub.url)).experiment("mnist")


def test_signed_requests_are_left_to_mlflows_client(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_AUTH", "some-plugin")
    assert isinstance(open_store(stub.url), MlflowStore)


@pytest.mark.parametrize("uri", ["sqlite:///{}/none.db", "sqlite:////{}/none.db", "sqlite+pysqlite:///{}/none.db"])
def test_a_database_that_is_not_there_is_not_made(tmp_path, uri: str) -> None:
    with pytest.raises(StoreUnavailable, match="There is no database"):
        open_store(uri.format(tmp_path))
    assert list(tmp_path.iterdir()) == []
