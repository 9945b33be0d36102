"""MLflow's index page with one script tag more, which links it to our page; everything else of it stays."""

from __future__ import annotations

import hashlib
from pathlib import Path

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SCRIPT = Path(__file__).with_name("link.js")
_CONDITIONS = (b"if-none-match", b"if-modified-since", b"if-match", b"if-unmodified-since", b"if-range", b"range")
_OF_A_BODY = (b"content-length", b"content-type", b"content-disposition")
_CHANGED = (b"content-length", b"etag", b"last-modified", b"accept-ranges")


def script_tag(prefix: str) -> bytes:
    """The tag; its address changes with the script's content."""
    digest = hashlib.sha256(SCRIPT.read_bytes()).hexdigest()[:12]
    return f'<script defer src="{prefix}/ext/link.js?v={digest}"></script>'.encode()


class LinkedIndex:
    """Serves the page ``mlflow`` has at its root, with ``tag`` at the end of its body.

    MLflow tells versions of the page apart by the age of its file, which says nothing of the tag; so the page as sent
    gets an ETag of its own, and the browser's conditions are answered here.
    """

    def __init__(self, mlflow: ASGIApp, tag: bytes) -> None:
        self._mlflow = mlflow
        self._tag = tag

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one GET or HEAD."""
        plain = [(name, value) for name, value in scope["headers"] if name not in _CONDITIONS]
        status, headers, body = await self._page({**scope, "method": "GET", "headers": plain}, receive)
        if status == 200 and Headers(raw=headers).get("content-type", "").startswith("text/html"):
            body = self._linked(body)
            tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'.encode()
            headers = [(name, value) for name, value in headers if name not in _CHANGED]
            headers += [(b"etag", tag), (b"content-length", str(len(body)).encode())]
            if _matches(Headers(scope=scope).get("if-none-match"), tag.decode()):
                status, body = 304, b""
                headers = [(name, value) for name, value in headers if name not in _OF_A_BODY]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _linked(self, page: bytes) -> bytes:
        head, end, rest = page.rpartition(b"</body>")
        return head + self._tag + end + rest if end else page

    async def _page(self, scope: Scope, receive: Receive) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        start: Message = {}
        chunks: list[bytes] = []

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                chunks.append(message.get("body", b""))

        await self._mlflow(scope, receive, collect)
        headers = [(name.lower(), value) for name, value in start["headers"]]
        return start["status"], headers, b"".join(chunks)


def _matches(condition: str | None, tag: str) -> bool:
    if condition is None:
        return False
    known = [one.strip().removeprefix("W/") for one in condition.split(",")]
    return tag in known or known == ["*"]
