"""What stands before everything under /ext: origin, credentials, body size and workspace of every request.

MLflow's own middleware lets paths pass that it does not know, so nothing here is protected but by this.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from urllib.parse import parse_qs

import anyio
from mlflow.exceptions import MlflowException
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mlflow_ext_server import answer, mlflow_adapter
from mlflow_ext_server.credentials import Credentials
from mlflow_ext_server.origin import OriginRule
from mlflow_ext_ui.source import Principal

PRINCIPAL = "mlflow_ext.principal"
ANONYMOUS = "mlflow_ext.anonymous"
HEALTH = "/health"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Policy:
    """What the Guard goes by. ``credentials`` is None when the server runs without authentication."""

    max_body_bytes: int
    origins: OriginRule
    credentials: Credentials | None = None


class Guard:
    """An ASGI middleware; what it lets through carries a ``Principal`` in ``scope["mlflow_ext.principal"]``."""

    def __init__(self, app: ASGIApp, policy: Policy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request or websocket and pass it on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        trouble = self._policy.origins.trouble(scope, headers)
        if trouble:
            logger.warning("Refused %s %s: %s", scope.get("method", "websocket"), scope["path"], trouble)
            await _refuse(scope, send, 403, trouble)
            return
        connection = _connection(scope)
        try:
            found = await self._who(scope, headers, connection)
        except MlflowException as error:
            logger.error("MLflow's authorization function failed: %s", error)
            await _refuse(scope, send, answer.mlflow_status(error), str(error.message))
            return
        if isinstance(found, mlflow_adapter.Refusal):
            await _forward(scope, send, found)
            return
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._policy.max_body_bytes:
            await _refuse(scope, send, 413, self._too_large())
            return
        try:
            workspace = await _workspace(scope, headers)
        except MlflowException as error:
            await _refuse(scope, send, answer.mlflow_status(error), str(error.message))
            return
        username, is_admin = (found.username, found.is_admin) if found else (None, False)
        inner = {**scope, PRINCIPAL: Principal(username, is_admin, workspace)}
        inner[ANONYMOUS] = found is None and self._policy.credentials is not None
        with mlflow_adapter.in_workspace(workspace), mlflow_adapter.asked_from(connection):
            await self._bounded(inner, receive, send)

    async def _who(
        self, scope: Scope, headers: Headers, connection: mlflow_adapter.Connection
    ) -> mlflow_adapter.User | mlflow_adapter.Refusal | None:
        """Who asks; None when nobody needs to say."""
        credentials = self._policy.credentials
        if credentials is None:
            return None
        if _own_path(scope) == HEALTH and scope["type"] == "http" and "authorization" not in headers:
            return None
        query = scope["query_string"].decode("latin-1")
        one_each = {name: ", ".join(headers.getlist(name)) for name in headers}
        method = scope.get("method", "GET")
        return await credentials.user(mlflow_adapter.Asked(method, scope["path"], query, one_each, connection))

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, counting a body whose length was not announced; one too long is answered 413 and cut off."""
        limit, seen, started, refused = self._policy.max_body_bytes, 0, False, False

        async def counting_receive() -> Message:
            nonlocal seen, refused
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit and not refused:
                refused = True
                if not started:
                    await answer.refuse(send, 413, self._too_large())
            return {"type": "http.disconnect"} if refused else message

        async def watching_send(message: Message) -> None:
            nonlocal started
            if refused:
                return
            started = True
            await send(message)

        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, counting_receive, watching_send)
        except ClientDisconnect:
            if not refused:
                raise

    def _too_large(self) -> str:
        return f"The body is larger than the {self._policy.max_body_bytes} bytes that this server takes."


def _connection(scope: Scope) -> mlflow_adapter.Connection:
    address, _ = scope.get("client") or ("", 0)
    return mlflow_adapter.Connection(address, "https" if scope.get("scheme") in ("https", "wss") else "http")


def _own_path(scope: Scope) -> str:
    """The path below the mount."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


async def _workspace(scope: Scope, headers: Headers) -> str | None:
    """The workspace asked for: in the address, by MLflow's header, or in the address of the page that asks.

    A page's own requests can't all carry a parameter, hence the last; only a page of this very host counts.
    """
    name = _parameter(scope["query_string"].decode("latin-1")) or headers.get(mlflow_adapter.WORKSPACE_HEADER)
    if not mlflow_adapter.workspaces_enabled():
        return mlflow_adapter.resolve_workspace(scope["path"], name)  # refuses a name, and reads nothing
    if not name:
        page, _, query = headers.get("referer", "").partition("?")
        if page.partition("://")[2].partition("/")[0] == headers.get("host"):
            name = _parameter(query)
    return await anyio.to_thread.run_sync(mlflow_adapter.resolve_workspace, scope["path"], name)


def _parameter(query: str) -> str | None:
    return next(iter(parse_qs(query, errors="replace").get("workspace", [])), None)


async def _refuse(scope: Scope, send: Send, status: int, detail: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": detail[:120]})  # before accept: http 403
        return
    await answer.refuse(send, status, detail)


async def _forward(scope: Scope, send: Send, refusal: mlflow_adapter.Refusal) -> None:
    """MLflow's own refusal with its challenge; a custom function's redirect or page goes out as it is."""
    if scope["type"] == "websocket":
        await _refuse(scope, send, refusal.status, "not authenticated")
        return
    kept = tuple(
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in refusal.headers
        if name.lower() not in ("content-length", "content-type", "transfer-encoding")
    )
    if refusal.status in (401, 403):
        detail = (
            "Sign in with a user of this MLflow server."
            if refusal.status == 401
            else refusal.body.decode(errors="replace")
        )
        await answer.refuse(send, refusal.status, detail, kept)
        return
    kept = tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in refusal.headers)
    await send({"type": "http.response.start", "status": refusal.status, "headers": list(kept)})
    await send({"type": "http.response.body", "body": refusal.body})
