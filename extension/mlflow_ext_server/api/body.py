"""What is strict about requests: known parameters, and bodies of JSON in UTF-8, read off the event loop if long."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Coroutine, Mapping
from email.message import Message
from typing import Any
from urllib.parse import urlencode

import anyio
from fastapi import HTTPException, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import ClientDisconnect
from starlette.types import Scope

from mlflow_ext.errors import ValidationError
from mlflow_ext.explanation import unknown

MAX_DEPTH = 100
"""How deep lists and objects of a body may be nested; far below what Python and orjson can follow."""

WORKSPACE = "mlflow_ext.workspace_parameter"
"""Where a request's scope has the workspace that its address names, or None."""

_LONG = 100_000  # bytes; parsing more than this would keep other requests waiting
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class JsonRoute(APIRoute):
    """A route whose body, if it takes one, is strict JSON, and which refuses query parameters that it does not know."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What FastAPI calls for each request."""
        handle = super().get_route_handler()
        takes_body, known = self.body_field is not None, _parameters(self.dependant)

        async def strict(request: Request) -> Response:
            _check_parameters(request, known)
            scope = _without_workspace(request)
            if not takes_body:
                return await handle(Request(scope, request.receive))
            inner = _JsonRequest(scope, request.receive)
            await _check_body(inner)
            return await handle(inner)

        async def read_whole(request: Request) -> Response:
            try:
                return await strict(request)
            except ClientDisconnect as error:
                raise HTTPException(400, "The body ended before it was whole.") from error

        return read_whole


class _JsonRequest(Request):
    async def json(self) -> Any:
        """The body; a repeated key, NaN, an infinity, a lone surrogate or deep nesting is refused."""
        body = await self.body()
        return parse(body) if len(body) < _LONG else await anyio.to_thread.run_sync(parse, body)


def _without_workspace(request: Request) -> Scope:
    """The request without the parameter that the Guard has read already, which is kept for links to other pages."""
    given = request.query_params.multi_items()
    rest = urlencode([(name, value) for name, value in given if name != "workspace"])
    return {**request.scope, "query_string": rest.encode(), WORKSPACE: request.query_params.get("workspace")}


def _parameters(dependant: Dependant) -> dict[str, bool]:
    """The query parameters that a route takes, and of each whether it may be repeated."""
    known = {"workspace": False}
    for field in dependant.query_params:
        model = field.field_info.annotation
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            raise TypeError(f"the query parameter {field.name} stands in no model")
        for name, schema in model.model_json_schema()["properties"].items():
            known[name] = "array" in {one.get("type") for one in (schema, *schema.get("anyOf", ()))}
    return known


def _check_parameters(request: Request, known: Mapping[str, bool]) -> None:
    given = request.query_params
    for name in given:
        if name not in known:
            raise ValidationError(f"query.{name}: {unknown(name, sorted(known))}.", field=name)
        if not known[name] and len(given.getlist(name)) > 1:
            raise ValidationError(f"query.{name}: given more than once; give it once.", field=name)


async def _check_body(request: Request) -> None:
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.strip().lower() not in ("", "identity"):
        raise HTTPException(415, f"Content-Encoding {encoding!r} is not taken; send the body as it is.")
    message = Message()
    message["content-type"] = given = request.headers.get("content-type", "")
    json_type = message.get_content_maintype() == "application" and (
        message.get_content_subtype() == "json" or message.get_content_subtype().endswith("+json")
    )
    if not (given and json_type) and await request.body():
        what = repr(given) if given else "missing"
        raise HTTPException(415, f"Content-Type is {what}; send JSON, with Content-Type: application/json.")


def parse(body: bytes) -> Any:
    """The value that a body holds.

    Raises:
        HTTPException: 400; it is no JSON as RFC 8259 has it, or can't be stored as it is.
    """
    try:
        text = body.decode()
        found = _DECODER.decode(text)
        if _SURROGATE.search(text):
            json.dumps(found, ensure_ascii=False).encode()
    except RecursionError as error:
        raise _too_deep() from error
    except UnicodeDecodeError as error:
        raise HTTPException(400, f"The body is no UTF-8: byte {error.start} can't be read.") from error
    except UnicodeEncodeError as error:
        raise HTTPException(400, "The body holds a lone surrogate, such as \\ud800, which is no character.") from error
    except ValueError as error:
        raise HTTPException(400, f"The body is no JSON: {str(error)[:300]}") from error
    _check_depth(found)
    return found


def _check_depth(found: Any) -> None:
    level = [found] if type(found) in (dict, list) else []
    for _ in range(MAX_DEPTH):
        if not level:
            return
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) in (dict, list)
        ]
    raise _too_deep()


def _too_deep() -> HTTPException:
    return HTTPException(400, f"The body is nested deeper than {MAX_DEPTH} levels; make it flatter.")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f'{text[:40]} is larger than any float; send "Infinity" where you mean it.')
    return value


def _no_constant(text: str) -> float:
    raise ValueError(f'it has no {text}; send the text "{text}".')


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {twice[:100]!r} stands twice in one object.")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_float=_finite, parse_constant=_no_constant)
