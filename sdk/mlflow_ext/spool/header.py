"""The first line of a spool file: whose records these are and where they go. It never holds a credential."""

from __future__ import annotations

import os
import socket
import time
import uuid
from dataclasses import asdict, dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson

FORMAT_VERSION = 1
_SQLITE = "sqlite:///"


def bare_uri(uri: str) -> str:
    """A tracking address without user, password and query, and with a relative database path made absolute."""
    if uri.startswith(_SQLITE) and not uri.startswith(_SQLITE + "/") and uri != _SQLITE:
        uri = f"{_SQLITE}{os.path.abspath(uri[len(_SQLITE) :])}"
    parts = urlsplit(uri)
    if not parts.scheme or ("@" not in parts.netloc + parts.query and not parts.query):
        return uri
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", parts.fragment))


def new_writer() -> str:
    """A fresh writer id: 8 hex digits."""
    return uuid.uuid4().hex[:8]


def now_ms() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class Header:
    """What a later process must know to deliver the file.

    ``run_id`` is None for a run that no server knows yet; then ``local_key`` names it, and the other fields say how to
    make it. Times in ms since the epoch.
    """

    tracking_uri: str
    writer: str
    run_id: str | None = None
    local_key: str | None = None
    workspace: str | None = None
    experiment: str | None = None
    experiment_id: str | None = None
    run_name: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    start_time: int = 0
    pid: int = field(default_factory=os.getpid)
    host: str = field(default_factory=socket.gethostname)

    @property
    def run_key(self) -> str:
        """The run id, or the local key of a run that has none yet."""
        return self.run_id or self.local_key or ""

    def line(self) -> bytes:
        """The header as the file's first line, credentials taken out."""
        return orjson.dumps(
            {"mlflow_ext_spool": FORMAT_VERSION, **asdict(self), "tracking_uri": bare_uri(self.tracking_uri)}
        )

    @classmethod
    def parse(cls, line: bytes) -> Header | None:
        """The header in ``line``; None when it is no header that this version reads."""
        try:
            content: Any = orjson.loads(line)
        except orjson.JSONDecodeError:
            return None
        if not isinstance(content, dict) or content.get("mlflow_ext_spool") != FORMAT_VERSION:
            return None
        known = {item.name for item in fields(cls)}
        return cls(**{key: value for key, value in content.items() if key in known})
