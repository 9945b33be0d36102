from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from mlflow_ext_server.index_link import LinkedIndex, script_tag

PAGE = b"<html><body><div></div></body></html>"
TAG = b"<script defer src='/ext/link.js'></script>"
LINKED = PAGE.replace(b"</body>", TAG + b"</body>")
OLD = {"etag": '"mlflow"', "last-modified": "Mon, 01 Jan 2024 00:00:00 GMT", "cache-control": "no-cache"}


async def mlflow(request) -> Response:
    if "if-none-match" in request.headers or "range" in request.headers:
        return Response(status_code=500)
    return Response(PAGE, media_type="text/html", headers=OLD)


def client(inner=mlflow) -> httpx.AsyncClient:
    linked = LinkedIndex(Starlette(routes=[Route("/", inner)]), TAG)
    app = Starlette(routes=[Route("/", linked, methods=["GET"])])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


pytestmark = pytest.mark.anyio


async def test_the_page_has_the_tag_and_the_length_that_goes_with_it():
    async with client() as http:
        answer = await http.get("/")
    assert answer.content == LINKED
    assert answer.headers["content-length"] == str(len(LINKED))
    assert answer.headers["cache-control"] == "no-cache"


async def test_its_etag_is_not_mlflow_s_and_is_honoured():
    async with client() as http:
        etag = (await http.get("/")).headers["etag"]
        again = await http.get("/", headers={"if-none-match": f'"other", W/{etag}'})
        fresh = await http.get("/", headers={"if-none-match": '"mlflow"'})
    assert etag != '"mlflow"'
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert "content-length" not in again.headers
    assert (fresh.status_code, fresh.content) == (200, LINKED)


async def test_the_age_of_mlflow_s_file_says_nothing_of_the_page():
    async with client() as http:
        answer = await http.get("/", headers={"if-modified-since": "Mon, 01 Jan 2035 00:00:00 GMT"})
    assert answer.status_code == 200
    assert "last-modified" not in answer.headers


async def test_a_range_gets_the_whole_page():
    async with client() as http:
        assert (await http.get("/", headers={"range": "bytes=0-3"})).content == LINKED


async def test_head_answers_the_headers_of_get():
    async with client() as http:
        head, get = await http.head("/"), await http.get("/")
    assert head.content == b""
    assert dict(head.headers) == dict(get.headers)


@pytest.mark.parametrize("status", [401, 500])
async def test_what_is_no_page_passes_as_it_is(status):
    async def inner(_request) -> Response:
        return PlainTextResponse("no </body>", status_code=status, headers={"www-authenticate": "Basic"})

    async with client(inner) as http:
        answer = await http.get("/")
    assert (answer.status_code, answer.text) == (status, "no </body>")


def test_the_tag_names_the_script_under_the_prefix():
    assert script_tag("/lab").startswith(b'<script defer src="/lab/ext/link.js?v=')
