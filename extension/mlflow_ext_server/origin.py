"""Which pages may write here: this host's, those of ``--cors-allowed-origins``, and programs that say who they are."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class OriginRule:
    """The rule for one server.

    ``allowed``: origins or patterns with ``*``, as MLflow's flag takes them. ``host_allowed``: MLflow's check of a Host
    header, needed here for websockets, which MLflow's own check passes. ``off``: ``--disable-security-middleware``.
    """

    allowed: Sequence[str]
    host_allowed: Callable[[str], bool]
    off: bool = False

    def trouble(self, scope: Scope, headers: Headers) -> str | None:
        """Why the request is refused, or None. Writes, event streams and websockets must come from a page of ours."""
        if self.off:
            return None
        websocket = scope["type"] == "websocket"
        if websocket and not self.host_allowed(headers.get("host", "")):
            return "The Host header names a host that --allowed-hosts does not list."
        if not websocket and scope["method"] in _SAFE and "text/event-stream" not in headers.get("accept", ""):
            return None
        origin = headers.get("origin")
        if origin is not None:
            if self._known(origin, headers.get("host", "")):
                return None
            return f"A page of {origin} may not do this; the server's owner can allow it with --cors-allowed-origins."
        site = headers.get("sec-fetch-site")
        if site is not None:
            return None if site in ("same-origin", "none") else "A page of another site may not do this."
        json_body = headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"
        if "authorization" in headers or (json_body and not websocket):
            return None
        return (
            "A request that changes something must say that no foreign page sends it: with curl add -H 'Content-Type: "
            "application/json' (a DELETE without a body too), or send an Authorization or Origin header."
        )

    def _known(self, origin: str, host: str) -> bool:
        if any(fnmatch.fnmatchcase(origin, one) if "*" in one else origin == one for one in self.allowed):
            return True
        scheme, colon, netloc = origin.partition("://")
        if not colon or scheme not in _PORTS:
            return False
        there = _place(scheme, netloc)
        return there is not None and there == _place(scheme, host)


def _place(scheme: str, netloc: str) -> tuple[str, int] | None:
    """Host and port, or None when it is no address."""
    try:
        parts = urlsplit(f"//{netloc}")
        return (parts.hostname, parts.port or _PORTS[scheme]) if parts.hostname else None
    except ValueError:
        return None
