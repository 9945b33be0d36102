"""The one shape of every error that we answer: ``{"error", "detail", "status"}``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from mlflow.exceptions import MlflowException
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Send

from mlflow_ext import errors
from mlflow_ext.explanation import explained

_STATUS: dict[type[errors.MlflowExtError], int] = {
    errors.ValidationError: 422,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.PermissionDenied: 403,
    errors.StoreUnavailable: 503,
    errors.ProviderError: 502,
}


def body(status: int, detail: str, error: str | None = None, current: Mapping[str, Any] | None = None) -> bytes:
    """The JSON of one error, ``current`` as in ``errors.Conflict``.

    ``error`` defaults to what our own errors of the status are called, or to its phrase.
    """
    found = {"error": error or _word(status), "detail": detail, "status": status}
    return json.dumps(found if current is None else {**found, "current": current}).encode()


def _word(status: int) -> str:
    own = next((kind.__name__ for kind, code in _STATUS.items() if code == status), None)
    return own or HTTPStatus(status).phrase.replace(" ", "")


def status_of(error: errors.MlflowExtError) -> int:
    """The HTTP status of one of our errors."""
    return next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)


def mlflow_status(error: MlflowException) -> int:
    """The HTTP status of one of MLflow's errors; asking for a feature that is off is no failure of the server."""
    return 400 if error.error_code == "FEATURE_DISABLED" else int(error.get_http_status_code())


async def refuse(send: Send, status: int, detail: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
    """Answer an http request with an error, below the level of any framework."""
    content = body(status, detail)
    own = ((b"content-type", b"application/json"), (b"content-length", str(len(content)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": [*own, *headers]})
    await send({"type": "http.response.body", "body": content})


def register(app: FastAPI) -> None:
    """Give every error of the application the one shape."""

    @app.exception_handler(errors.MlflowExtError)
    async def ours(_request: Request, error: errors.MlflowExtError) -> Response:
        current = error.current if isinstance(error, errors.Conflict) else None
        content = body(status_of(error), str(error), type(error).__name__, current)
        return Response(content, status_of(error), media_type="application/json")

    @app.exception_handler(MlflowException)
    async def mlflows(_request: Request, error: MlflowException) -> Response:
        return _response(mlflow_status(error), str(error.message), str(error.error_code))

    @app.exception_handler(RequestValidationError)
    async def request(asked: Request, error: RequestValidationError) -> Response:
        found = error.errors()
        where = found[0]["loc"][:1]
        field, message = explained(found, _read_as(asked, where), where)
        return _response(422, f"{field}: {message}", "ValidationError")

    @app.exception_handler(HTTPException)
    async def http(_request: Request, error: HTTPException) -> Response:
        return _response(error.status_code, error.detail, None, dict(error.headers or {}))

    @app.exception_handler(Exception)
    async def unforeseen(_request: Request, _error: Exception) -> Response:  # starlette raises it again, for the log
        return _response(500, "The server failed on this request; its log says why.")


def _read_as(request: Request, where: tuple[object, ...]) -> Any:
    """What a route reads its body, or its query, as."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return None
    fields = [route.body_field] if where == ("body",) else route.dependant.query_params
    return next((field.field_info.annotation for field in fields if field is not None), None)


def _response(status: int, detail: str, error: str | None = None, headers: dict[str, str] | None = None) -> Response:
    return Response(body(status, detail, error), status, headers, media_type="application/json")
