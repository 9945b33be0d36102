"""The page's routes: itself, its style and its script."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from fastapi import FastAPI, Request, Response
from starlette.responses import HTMLResponse

from mlflow_ext_server.api.page.render import Place, page
from mlflow_ext_server.settings import ServerSettings
from mlflow_ext_ui.static import ASSETS

# Nothing but this server's own files: stricter than the UI's policy, since nothing here sets styles by script.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'"
)
_STATIC = Path(__file__).with_name("static")
_LASTING = {"Cache-Control": "public, max-age=31536000, immutable"}
_DARK = ':root[data-theme="dark"]'
_ORIGINS = 8  # names under which one server is asked


def register(app: FastAPI, prefix: str, settings: ServerSettings, *, auth: bool) -> None:
    """Add the routes.

    Args:
        app: what the page tells of.
        prefix: what stands before ``/ext`` in this server's addresses.
        settings: the limits to tell.
        auth: whether users sign in.
    """
    root = f"{prefix}/ext"
    files = {"page.css": ("text/css", style()), "page.js": ("text/javascript", script())}
    versions = {name: hashlib.sha256(text.encode()).hexdigest()[:12] for name, (_, text) in files.items()}
    addresses = {name: f"{root}/api/docs/{name}?v={version}" for name, version in versions.items()}

    @lru_cache(_ORIGINS)
    def packed(origin: str) -> bytes:
        place = Place(
            root=root,
            origin=origin,
            style=addresses["page.css"],
            script=addresses["page.js"],
            auth=auth,
            max_body_bytes=settings.max_body_bytes,
            page_limit=settings.page_limit,
        )
        return gzip.compress(page(app.openapi(), place).encode())

    def docs(request: Request) -> Response:
        body = packed(f"{request.url.scheme}://{request.url.netloc}")
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return HTMLResponse(body, headers={**headers, "Content-Encoding": "gzip"})
        return HTMLResponse(gzip.decompress(body), headers=headers)

    app.add_api_route("/api/docs", docs, methods=["GET"], include_in_schema=False)
    for name, (media_type, text) in files.items():
        app.add_api_route(f"/api/docs/{name}", _file(text, media_type), methods=["GET"], include_in_schema=False)


def _file(text: str, media_type: str) -> Callable[[], Response]:
    def send() -> Response:
        return Response(text, media_type=media_type, headers=_LASTING)

    return send


def style() -> str:
    """The UI's tokens and icons, the dark ones without a script too, and the page's own rules."""
    tokens = (ASSETS / "css" / "0-tokens.css").read_text(encoding="utf-8")
    start = tokens.index(_DARK)
    dark = tokens[start : tokens.index("}", start) + 1].replace(_DARK, ":root:not([data-theme])")
    system = f"@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"
    icons = (ASSETS / "css" / "icons.css").read_text(encoding="utf-8")
    fonts = tokens.replace("../fonts/", "../../assets/fonts/")
    return fonts + system + icons + (_STATIC / "page.css").read_text(encoding="utf-8")


def script() -> str:
    """The page's script."""
    return (_STATIC / "page.js").read_text(encoding="utf-8")
