"""Checks credentials off the event loop, and once for requests that come at the same moment with the same ones."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable

from mlflow_ext_server.mlflow_adapter import Asked, Refusal, User

Authenticate = Callable[[Asked], User | Refusal]


class Credentials:
    """MLflow's own check, made cheaper without making its answers any older than the check that is under way.

    Hashing a password takes some 0.1 s by design, and a page asks for dozens of files at once. How long an answer may
    be reused afterwards is for MLflow's own cache (``auth_cache_ttl_seconds``) to say, which stands behind ``check``.

    Args:
        check: from a request to the user or MLflow's refusal; blocks.
        by_header: whether the answer depends on the Authorization header alone, as with MLflow's default function.
    """

    def __init__(self, check: Authenticate, *, by_header: bool) -> None:
        self._check = check
        self._by_header = by_header
        self._secret = secrets.token_bytes(32)
        self._under_way: dict[bytes, asyncio.Task[User | Refusal]] = {}

    async def user(self, asked: Asked) -> User | Refusal:
        """Who asks, or MLflow's refusal."""
        if not self._by_header or "authorization" not in asked.headers:
            return await asyncio.to_thread(self._check, asked)
        key = hmac.new(self._secret, asked.headers["authorization"].encode("latin-1"), hashlib.sha256).digest()
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.ensure_future(asyncio.to_thread(self._check, asked))
            self._under_way[key] = task
            task.add_done_callback(lambda _done: self._under_way.pop(key))
        return await asyncio.shield(task)  # the first to ask may leave before the others
