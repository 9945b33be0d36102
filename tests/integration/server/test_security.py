"""Every route under /ext: no credentials, wrong ones, foreign pages, foreign hosts, odd paths."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import httpx
import pytest

from mlflow_ext_server.composition import extension_app
from mlflow_ext_server.mlflow_backend import MlflowBackend
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_server.settings import ServerSettings
from mlflow_ext_server.source import StoreSource
from mlflow_ext_ui.app import create_app as create_ui
from tests.conftest import Server, StartServer

ADMIN = ("admin", "correct horse battery staple")
BOB = ("bob", "another long password")
FOREIGN = {"origin": "https://evil.example", "content-type": "application/json"}
WRITES = {"POST", "PUT", "PATCH", "DELETE"}


def routes() -> list[tuple[str, str]]:
    """Method and path, below /ext, of every route that is registered."""
    backend = MlflowBackend(auth=True)
    api = extension_app(backend, "", ServerSettings()).openapi()["paths"]
    found = {(method.upper(), path) for path, methods in api.items() for method in methods}
    rules = create_ui(StoreSource(Store(backend)), prefix="/ext/", mlflow_url="/").server.url_map.iter_rules()
    found |= {(method, rule.rule) for rule in rules for method in rule.methods or ()}
    found |= {
        ("GET", "/link.js"),
        ("GET", "/api/docs"),
        ("GET", "/api/docs/page.css"),
        ("GET", "/api/docs/page.js"),
        ("GET", "/api/openapi.json"),
        ("GET", "/api/none"),
        ("POST", "/api/none"),
        ("GET", "/no/such/page"),
    }
    return sorted((method, re.sub(r"[{<][^}>]*[}>]", "1", path)) for method, path in found)


ROUTES = routes()


@pytest.fixture(scope="module")
def server(ext_server: StartServer, tmp_path_factory) -> Server:
    folder = tmp_path_factory.mktemp("auth")
    config = folder / "auth.ini"
    config.write_text(
        "[mlflow]\ndefault_permission = NO_PERMISSIONS\n"
        f"database_uri = sqlite:///{folder / 'auth.db'}\nadmin_username = {ADMIN[0]}\nadmin_password = {ADMIN[1]}\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
    )
    env = {"MLFLOW_AUTH_CONFIG_PATH": str(config), "MLFLOW_FLASK_SERVER_SECRET_KEY": "s" * 32}
    return ext_server("--app-name", "basic-auth", env=env, directory=folder)


@pytest.fixture(scope="module")
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
        yield client


def test_the_routes_are_found():
    paths = {path for _, path in ROUTES}
    assert {"/health", "/api/tail", "/_dash-update-component", "/_dash-layout", "/1"} <= paths


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_nothing_is_answered_without_credentials(http: httpx.Client, method: str, path: str):
    if path == "/health" and method == "GET":
        assert http.get("/ext/health").json() == {"status": "healthy"}
        return
    answer = http.request(method, "/ext" + path, headers={"content-type": "application/json"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="mlflow"'
    if method != "HEAD":
        assert set(answer.json()) == {"error", "detail", "status"}


@pytest.mark.parametrize("path", ["/health", "/", "/api/tail", "/_dash-layout", "/link.js"])
@pytest.mark.parametrize("header", ["Basic YWRtaW46d3Jvbmc=", "Basic !!!", "Bearer token", "Basic", ""])
def test_nothing_is_answered_to_wrong_credentials(http: httpx.Client, path: str, header: str):
    answer = http.get("/ext" + path, headers={"authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="mlflow"'


@pytest.mark.parametrize(("method", "path"), [one for one in ROUTES if one[0] in WRITES])
def test_a_foreign_page_writes_nowhere(http: httpx.Client, method: str, path: str):
    for headers in (FOREIGN, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        answer = http.request(method, "/ext" + path, headers=headers, auth=ADMIN)
        assert answer.status_code == 403
        assert set(answer.json()) == {"error", "detail", "status"}


@pytest.mark.parametrize(("method", "path"), [one for one in ROUTES if one[0] == "GET"])
def test_a_foreign_page_opens_no_event_stream(http: httpx.Client, method: str, path: str):
    headers = {"origin": "https://evil.example", "accept": "text/event-stream"}
    assert http.request(method, "/ext" + path, headers=headers, auth=ADMIN).status_code == 403


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_foreign_host_is_refused(http: httpx.Client, method: str, path: str):
    assert http.request(method, "/ext" + path, headers={"host": "evil.example"}, auth=ADMIN).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/ext/../etc/passwd",
        "/ext/..%2f..%2fetc/passwd",
        "/ext/%2e%2e/%2e%2e/etc/passwd",
        "/ext/assets/../../app.py",
        "/ext/assets/..%2f..%2fapp.py",
        "/ext/assets/%2e%2e/%2e%2e/source.py",
        "/ext/assets//etc/passwd",
        "/ext/_dash-component-suites/dash/../../../../etc/passwd",
        "/ext/_dash-component-suites/dash/%2e%2e%2fdash.py",
        "/ext//etc/passwd",
        "/ext/health/../api/tail",
        "/ext/health%2f",
        "/ext/health/",
        "/ext/HEALTH",
        "//ext/_dash-layout",
        "/ext/./_dash-layout",
        "/ext/api/runs/a%3Fb",
        "/ext/api/runs/a%23b",
        "/ext;/_dash-layout",
        "/%65xt/_dash-layout",
    ],
)
def test_no_odd_path_reaches_anything(server: Server, path: str):
    """Sent as it is, which no client library would do."""
    for signed in (False, True):
        status, body = raw(server, f"GET {path} HTTP/1.1", ADMIN if signed else None)
        assert "root:" not in body
        assert "import annotations" not in body
        if not signed:
            assert status in (301, 308, 401, 404), body


def test_a_websocket_is_refused_before_it_opens(server: Server):
    upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13"
    upgrade += "\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
    for path in ("/ext/", "/ext/api/none", "/ext/health"):
        for extra, user in (
            (f"Origin: {server.url}", None),
            ("Origin: https://evil.example", ADMIN),
            ("X-No: origin", None),
        ):
            assert raw(server, f"GET {path} HTTP/1.1", user, f"{upgrade}\r\n{extra}")[0] == 403


def raw(server: Server, line: str, user: tuple[str, str] | None, more: str = "X-More: no") -> tuple[int, str]:
    sent = [line, f"Host: 127.0.0.1:{server.port}", "Connection: close", more]
    if "Upgrade:" in more:
        sent.remove("Connection: close")
    if user:
        sent.append(f"Authorization: {httpx.BasicAuth(*user)._auth_header}")
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(("\r\n".join(sent) + "\r\n\r\n").encode())
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
            if "Upgrade:" in more:
                break
    text = answer.decode(errors="replace")
    return int(text.split(" ", 2)[1]), text


def test_health_says_all_to_those_who_sign_in(http: httpx.Client):
    assert set(http.get("/ext/health", auth=ADMIN).json()) == {
        "status",
        "database_connected",
        "version",
        "mlflow_version",
    }


def test_mlflow_s_own_authentication_stays(http: httpx.Client):
    assert http.get("/").status_code == 401
    assert http.get("/api/2.0/mlflow/experiments/get?experiment_id=0").status_code == 401
    assert http.get("/", auth=ADMIN).status_code == 200
    assert b"/ext/link.js" in http.get("/", auth=ADMIN).content


def test_a_user_sees_what_mlflow_grants_and_no_more(http: httpx.Client, server: Server):
    def call(path: str, body: dict, user=ADMIN) -> dict:
        answer = http.post(path, json=body, auth=user)
        assert answer.status_code == 200, answer.text
        return answer.json()

    call("/api/2.0/mlflow/users/create", {"username": BOB[0], "password": BOB[1]})
    runs = {}
    for name in ("open", "closed"):
        experiment = call("/api/2.0/mlflow/experiments/create", {"name": name})["experiment_id"]
        run = call("/api/2.0/mlflow/runs/create", {"experiment_id": experiment})["run"]["info"]["run_id"]
        runs[name] = (experiment, run)
    grant = {"username": BOB[0], "resource_type": "experiment", "resource_id": runs["open"][0], "permission": "READ"}
    call("/api/3.0/mlflow/users/permissions/grant", grant)

    asked = {run: {} for _, run in runs.values()}
    assert set(call("/ext/api/tail", asked)) == set(asked)
    assert set(call("/ext/api/tail", asked, BOB)) == {runs["open"][1]}

    revoke = {key: grant[key] for key in ("username", "resource_type", "resource_id")}
    call("/api/3.0/mlflow/users/permissions/revoke", revoke)
    assert call("/ext/api/tail", asked, BOB) == {}


def test_a_password_changed_is_at_once_the_only_one(http: httpx.Client):
    body = {"username": "eve", "password": "a first long password"}
    assert http.post("/api/2.0/mlflow/users/create", json=body, auth=ADMIN).status_code == 200
    assert http.get("/ext/link.js", auth=("eve", body["password"])).status_code == 200
    changed = {"username": "eve", "password": "a second long password"}
    assert http.patch("/api/2.0/mlflow/users/update-password", json=changed, auth=ADMIN).status_code == 200
    assert http.get("/ext/link.js", auth=("eve", body["password"])).status_code == 401
    assert http.get("/ext/link.js", auth=("eve", changed["password"])).status_code == 200


def test_no_password_is_written_to_the_log(server: Server):
    text = server.log_text()
    assert ADMIN[1] not in text
    assert BOB[1] not in text
