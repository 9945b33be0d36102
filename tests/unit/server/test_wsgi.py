from __future__ import annotations

import threading
from collections.abc import Callable

import anyio
import flask
import httpx
import pytest

from mlflow_ext_server.guard import PRINCIPAL
from mlflow_ext_server.wsgi import bridge
from mlflow_ext_ui.source import Principal

ANN = Principal("ann", False, "team")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


pytestmark = pytest.mark.anyio


def client(app: flask.Flask, threads: int = 12) -> httpx.AsyncClient:
    inner = bridge(app, threads=threads)

    async def with_principal(scope, receive, send) -> None:
        await inner({**scope, PRINCIPAL: ANN, "root_path": "/x/ext"}, receive, send)

    return httpx.AsyncClient(transport=httpx.ASGITransport(with_principal), base_url="http://here/x/ext")


async def test_the_application_knows_the_principal_and_its_place():
    app = flask.Flask("app")

    @app.get("/deep/er")
    def place() -> dict[str, str]:
        found = flask.request.environ[PRINCIPAL]
        return {"user": found.username, "root": flask.request.script_root, "url": flask.request.full_path}

    async with client(app) as http:
        answer = (await http.get("/deep/er?a=%C3%BC&b=1")).json()
    assert answer == {"user": "ann", "root": "/x/ext", "url": "/deep/er?a=%C3%BC&b=1"}


async def test_a_query_of_raw_bytes_is_no_failure():
    app = flask.Flask("app")
    app.add_url_rule("/", view_func=lambda: flask.request.args["a"])
    seen: list[dict] = []

    async def keep(message) -> None:
        seen.append(message)

    async def receive() -> dict:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"a=\xc3\xbc", "headers": [], PRINCIPAL: ANN}
    await bridge(app, threads=1)({**scope, "http_version": "1.1"}, receive, keep)
    assert seen[0]["status"] == 200
    assert "".join(one["body"].decode() for one in seen[1:]) == "ü"


async def test_twelve_requests_run_side_by_side():
    app = flask.Flask("app")
    together = threading.Barrier(12, timeout=20)

    @app.get("/")
    def meet() -> str:
        together.wait()
        return "met"

    async with client(app) as http, anyio.create_task_group() as tasks:
        answers: list[str] = []

        async def ask() -> None:
            answers.append((await http.get("/")).text)

        for _ in range(12):
            tasks.start_soon(ask)
    assert answers == ["met"] * 12


async def test_an_answer_is_sent_as_it_is_made():
    app = flask.Flask("app")
    first_is_out = threading.Event()

    @app.get("/")
    def stream() -> flask.Response:
        def parts():
            yield "one"
            assert first_is_out.wait(20), "the first part was held back"
            yield "two"

        return flask.Response(parts())

    received: list[bytes] = []

    async def send(message) -> None:
        received.append(message.get("body", b""))
        if message.get("body") == b"one":
            first_is_out.set()

    await _call(app, send)
    assert b"".join(received) == b"onetwo"


async def test_a_body_that_breaks_off_never_reaches_the_application():
    app = flask.Flask("app")
    reached: list[bytes] = []
    app.add_url_rule("/", view_func=lambda: reached.append(flask.request.get_data()) or "", methods=["POST"])
    messages = [{"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}]
    sent: list[dict] = []

    async def send(message) -> None:
        sent.append(message)

    await _call(app, send, method="POST", messages=messages)
    assert reached == []
    assert sent == []


async def test_slow_senders_hold_no_thread():
    app = flask.Flask("app")
    app.add_url_rule("/", view_func=lambda: "answered", methods=["GET", "POST"])
    inner = bridge(app, threads=1)
    stuck = anyio.Event()

    async def never() -> dict:
        stuck.set()
        await anyio.sleep_forever()
        raise AssertionError

    async def ignore(_message) -> None:
        return None

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(inner, _scope("POST"), never, ignore)
        await stuck.wait()
        answer: list[dict] = []

        async def keep(message) -> None:
            answer.append(message)

        with anyio.fail_after(20):
            await inner(_scope("GET"), _replay([{"type": "http.request", "body": b"", "more_body": False}]), keep)
        tasks.cancel_scope.cancel()
    assert answer[0]["status"] == 200


def _scope(method: str) -> dict:
    scope = {"type": "http", "method": method, "path": "/", "query_string": b"", "headers": [], "http_version": "1.1"}
    return {**scope, PRINCIPAL: ANN}


def _replay(messages: list[dict]) -> Callable:
    left = list(messages)

    async def receive() -> dict:
        return left.pop(0)

    return receive


async def _call(app: flask.Flask, send: Callable, *, method: str = "GET", messages: list[dict] | None = None) -> None:
    whole = messages or [{"type": "http.request", "body": b"", "more_body": False}]
    await bridge(app, threads=2)(_scope(method), _replay(whole), send)
