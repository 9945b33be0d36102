"""From ASGI to the UI's Flask application, with the request's principal on board.

MLflow's workspace context, which the Guard set, comes along: the bridge runs its threads in a copy of the context.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote_from_bytes

from a2wsgi import WSGIMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mlflow_ext_server.guard import PRINCIPAL

WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def bridge(application: WSGIApplication, *, threads: int) -> ASGIApp:
    """Serve a WSGI application; bodies are read before a thread is taken, so that slow senders can't hold any."""

    def with_principal(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ[PRINCIPAL] = environ["asgi.scope"][PRINCIPAL]
        return application(environ, start_response)

    inner: Any = WSGIMiddleware(with_principal, workers=threads)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            query: bytes = scope["query_string"]
            if not query.isascii():  # PEP 3333 has no other; the bridge would fail on it
                scope = {**scope, "query_string": quote_from_bytes(query, safe="!$&'()*+,/:;=?@%").encode()}
            whole = await _whole_body(receive)
            if whole is None:
                return
            receive = whole
        await inner(scope, receive, send)

    return serve


async def _whole_body(receive: Receive) -> Receive | None:
    """A receive that gives the body in one piece; None when the sender left before its end."""
    chunks: list[bytes] = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    first: list[Message] = [{"type": "http.request", "body": b"".join(chunks), "more_body": False}]

    async def replay() -> Message:
        return first.pop() if first else await receive()

    return replay
