from __future__ import annotations

import base64
from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from mlflow_ext_server.credentials import Credentials
from mlflow_ext_server.guard import ANONYMOUS, PRINCIPAL, Guard, Policy
from mlflow_ext_server.mlflow_adapter import Asked, Refusal, User
from mlflow_ext_server.origin import OriginRule

OPEN = OriginRule(allowed=[], host_allowed=lambda _host: True)
JSON = {"content-type": "application/json"}


async def who(request: Request) -> Response:
    body = await request.body()
    principal = request.scope[PRINCIPAL]
    said = {"user": principal.username, "admin": principal.is_admin, "anonymous": request.scope[ANONYMOUS]}
    return JSONResponse({**said, "bytes": len(body)})


def authenticate(asked: Asked) -> User | Refusal:
    good = "Basic " + base64.b64encode(b"ann:secret").decode()
    if asked.headers.get("authorization") == good:
        return User("ann", True)
    return Refusal(401, (("WWW-Authenticate", 'Basic realm="mlflow"'), ("Content-Length", "3")), b"no!")


def client(*, auth: bool, limit: int = 1000) -> httpx.AsyncClient:
    inner = Starlette(routes=[Route(path, who, methods=["GET", "POST"]) for path in ("/health", "/thing")])
    policy = Policy(limit, OPEN, Credentials(authenticate, by_header=True) if auth else None)
    app = Starlette(routes=[Mount("/ext", Guard(inner, policy))])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here/ext")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


pytestmark = pytest.mark.anyio


async def test_without_authentication_everyone_is_nobody():
    async with client(auth=False) as http:
        answer = (await http.get("/thing")).json()
    assert answer == {"user": None, "admin": False, "anonymous": False, "bytes": 0}


async def test_with_authentication_nothing_is_passed_without_credentials():
    async with client(auth=True) as http:
        answer = await http.get("/thing")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="mlflow"'
    assert answer.json()["status"] == 401
    assert set(answer.json()) == {"error", "detail", "status"}


async def test_who_says_who_it_is_becomes_the_principal():
    async with client(auth=True) as http:
        answer = await http.get("/thing", auth=("ann", "secret"))
    assert answer.json()["user"] == "ann"
    assert answer.json()["admin"] is True


async def test_health_is_open_but_marked_as_anonymous():
    async with client(auth=True) as http:
        assert (await http.get("/health")).json()["anonymous"] is True
        assert (await http.get("/health", auth=("ann", "secret"))).json()["anonymous"] is False
        assert (await http.get("/health", auth=("ann", "wrong"))).status_code == 401


@pytest.mark.parametrize("path", ["/health/", "/thing/..%2fhealth", "//health", "/HEALTH"])
async def test_no_path_that_only_looks_like_health_is_open(path):
    async with client(auth=True) as http:
        assert (await http.get(path)).status_code == 401


async def test_a_body_announced_as_too_large_is_refused_before_it_is_read():
    async with client(auth=False, limit=10) as http:
        answer = await http.post("/thing", content=b"x" * 11, headers=JSON)
    assert answer.status_code == 413
    assert set(answer.json()) == {"error", "detail", "status"}


async def test_a_body_of_unknown_length_is_counted():
    async def chunks() -> Iterator[bytes]:
        for _ in range(4):
            yield b"x" * 5

    async with client(auth=False, limit=19) as http:
        assert (await http.post("/thing", content=chunks(), headers=JSON)).status_code == 413
    async with client(auth=False, limit=20) as http:
        assert (await http.post("/thing", content=chunks(), headers=JSON)).json()["bytes"] == 20


async def test_credentials_are_asked_for_before_the_size():
    async with client(auth=True, limit=1) as http:
        assert (await http.post("/thing", content=b"xxx", headers=JSON)).status_code == 401


async def test_a_foreign_page_is_refused_in_our_shape():
    async with client(auth=False) as http:
        answer = await http.post("/thing", headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    assert set(answer.json()) == {"error", "detail", "status"}


async def test_a_workspace_asked_for_where_there_are_none_is_an_error():
    async with client(auth=False) as http:
        answer = await http.get("/thing", params={"workspace": "team"})
    assert answer.status_code >= 400
    assert "workspace" in answer.json()["detail"].lower()


async def test_a_workspace_asked_of_a_server_without_any_is_the_client_s_mistake():
    async with client(auth=False) as http:
        answer = await http.get("/thing", params={"workspace": "team"})
    assert answer.status_code == 400
    assert set(answer.json()) == {"error", "detail", "status"}
