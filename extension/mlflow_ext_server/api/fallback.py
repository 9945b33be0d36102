"""What no route takes: 405 with the methods of its path, or 404."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.routing import Route, compile_path
from starlette.types import Receive, Scope, Send


class Fallback:
    """An ASGI application, for any method; to be registered last.

    Args:
        methods: of each path that is documented.
    """

    def __init__(self, methods: Mapping[str, set[str]]) -> None:
        self._methods = dict(methods)
        self._patterns = {path: compile_path(path)[0] for path in self._methods}

    def before(self) -> list[Route]:
        """Routes to be registered first: methods of ``/runs/{run_id}`` that ``/runs/search`` does not take."""
        taken = {path: self._methods[path] for path in self._methods if "{" not in path}
        others = {path: self._allowed(path, exact=False) - methods for path, methods in taken.items()}
        return [
            Route(path, self, methods=sorted(methods), include_in_schema=False)
            for path, methods in others.items()
            if methods
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request."""
        method, path = scope["method"][:40], scope["path"].removeprefix(scope.get("root_path", ""))
        allowed = ", ".join(sorted(self._allowed(path)))
        if allowed:
            raise HTTPException(405, f"{scope['path']} takes {allowed}, not {method}.", {"Allow": allowed})
        raise HTTPException(404, f"There is no {method} {scope['path']}")

    def _allowed(self, path: str, *, exact: bool = True) -> set[str]:
        if exact and path in self._methods:
            return self._methods[path]
        found = [one for one, pattern in self._patterns.items() if pattern.match(path)]
        return {method for one in found for method in self._methods[one]}
