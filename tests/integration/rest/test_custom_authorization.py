"""An authorization function of the owner's own, in MLflow's ini: we honour it as MLflow's own routes do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import StartServer
from tests.integration.rest import test_roles
from tests.integration.rest.test_roles import ADMIN, CASES, EACH, Case, World
from tests.integration.rest.token_authorization import CHALLENGE, HEADER, PAGE, PROXY_HEADER

ELSEWHERE = "127.0.0.2"  # this machine, too, but not the address that the function believes


class Token(httpx.Auth):
    """Says who asks by a header of its own."""

    def __init__(self, name: str) -> None:
        self._name = name

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:
        request.headers[HEADER] = f"token-{self._name}"
        yield request


class TokenWorld(World):
    """The roles' world, where a request says by its Content-Type that no foreign page sends it."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.http.headers["Content-Type"] = "application/json"

    def who(self, role: str) -> httpx.Auth:
        return Token(role)


@pytest.fixture(scope="module")
def world(ext_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenWorld]:
    folder = tmp_path_factory.mktemp("tokens")
    config = folder / "auth.ini"
    config.write_text(
        "[mlflow]\ndefault_permission = NO_PERMISSIONS\n"
        f"database_uri = sqlite:///{folder / 'auth.db'}\nadmin_username = {ADMIN[0]}\nadmin_password = {ADMIN[1]}\n"
        "authorization_function = tests.integration.rest.token_authorization:authenticate\n"
    )
    path = [str(Path(__file__).parents[3]), *filter(None, [test_roles.clean_environment().get("PYTHONPATH")])]
    env = {
        "MLFLOW_AUTH_CONFIG_PATH": str(config),
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "s" * 32,
        "MLFLOW_EXT_WEBHOOK_ALLOW": test_roles.ADDRESS,
        "PYTHONPATH": ":".join(path),
    }
    world = TokenWorld(ext_server("--app-name", "basic-auth", env=env, directory=folder), config)
    yield world
    world.http.close()


@pytest.mark.parametrize("role", ["none", "editor", "admin"])  # all of them in test_roles.py
@EACH
def test_a_route_answers_as_mlflow_s_own_does(world: TokenWorld, role: str, method: str, path: str, case: Case) -> None:
    test_roles.check(world, role, method, path, case)


def test_nobody_is_answered_without_a_token_or_by_a_password(world: TokenWorld) -> None:
    for method, path in [*(("/api" + path, method)[::-1] for method, path in CASES), ("GET", "/"), ("GET", "/link.js")]:
        for auth in (None, ADMIN):
            answer = world.http.request(method, "/ext" + path.replace("{", "").replace("}", ""), json={}, auth=auth)
            assert answer.status_code == 401, path
            assert answer.headers["www-authenticate"] == CHALLENGE


def odd(world: TokenWorld, word: str, path: str = "/ext/api/runs") -> httpx.Response:
    return world.http.get(path, headers={HEADER: word})


@pytest.mark.parametrize("word", ["raises", "aborts", "gives nothing", "bytes", "redirects"])
def test_what_is_no_user_is_answered_with_the_status_of_mlflow_s_own(world: TokenWorld, word: str) -> None:
    own = odd(world, word, "/api/2.0/mlflow/experiments/get?experiment_id=0")
    answer = odd(world, word)
    assert (answer.status_code, answer.headers.get("location")) == (own.status_code, own.headers.get("location"))
    if word in ("raises", "gives nothing", "bytes"):
        assert set(answer.json()) == {"error", "detail", "status"}


@pytest.mark.parametrize("word", ["names nobody", "names a stranger"])
def test_a_user_that_mlflow_does_not_know_is_none(world: TokenWorld, word: str) -> None:
    assert odd(world, word).status_code == 401


@pytest.mark.parametrize("path", ["/ext/api/runs/a%3Fb", "/ext/api/a%23b", "/ext/%C3%A9", "/ext//x%25"])
def test_the_function_sees_the_path_as_mlflow_would_show_it(world: TokenWorld, path: str) -> None:
    answer, own = odd(world, "tells the path", path), odd(world, "tells the path", "/no" + path)
    assert answer.text.startswith(PAGE)
    assert own.text == answer.text.replace(PAGE, PAGE + "/no")


def test_the_function_sees_the_address_that_asks_and_no_other(world: TokenWorld) -> None:
    claim = {PROXY_HEADER: "admin"}
    assert world.http.get("/ext/api/audit", headers=claim).status_code == 200
    transport = httpx.HTTPTransport(local_address=ELSEWHERE)
    with httpx.Client(base_url=world.server.url, transport=transport, trust_env=False, timeout=60) as http:
        assert http.get("/ext/api/audit", headers=claim).status_code == 401
        answer = http.post("/ext/api/experiments", json={"name": "by a reader"}, headers=claim, auth=Token("reader"))
    assert answer.status_code == 201, answer.text
    grants = world.http.get("/ext/api/experiments", params={"search": "by a reader"}, auth=Token("reader"))
    assert [one["name"] for one in grants.json()] == ["by a reader"], "MLflow took somebody else for its maker"


def test_only_failures_of_the_function_stand_in_the_log(world: TokenWorld) -> None:
    assert "Traceback" not in world.server.log_text()
