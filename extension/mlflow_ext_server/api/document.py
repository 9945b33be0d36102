"""The OpenAPI document: what FastAPI finds in the routes, and what it can't see there."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from mlflow_ext.rest import RUN_PATH_WORDS
from mlflow_ext_server import mlflow_adapter

_TEXT = {"type": "string"}
_COUNT = {"description": "How many there are in all.", "schema": {"type": "integer", "minimum": 0}, "required": True}
_LINK = {"description": "Where the next and the previous page are (RFC 8288).", "schema": _TEXT}
_HEADERS: dict[str, dict[str, Any]] = {
    "401": {"WWW-Authenticate": {"description": "How to sign in.", "schema": _TEXT}},
    "405": {"Allow": {"description": "The methods of the path.", "schema": _TEXT, "required": True}},
}
_WORKSPACE: list[dict[str, Any]] = [
    {
        "name": "workspace",
        "in": "query",
        "required": False,
        "schema": _TEXT,
        "description": "The workspace, on a server that has them.",
    },
    {
        "name": mlflow_adapter.WORKSPACE_HEADER,
        "in": "header",
        "required": False,
        "schema": _TEXT,
        "description": "The workspace, where the address names none.",
    },
]
_OF_BODIES = ("409", "415")


class DocumentedApp(FastAPI):
    """A FastAPI application with a complete document.

    Args:
        page_limit: the most rows of one page.
        options: FastAPI's.
    """

    def __init__(self, page_limit: int, **options: Any) -> None:
        super().__init__(**options)
        self._page_limit = page_limit

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        fresh = self.openapi_schema is None
        document = super().openapi()
        if fresh:
            for path, methods in document["paths"].items():
                for method, operation in methods.items():
                    _complete(path, method, operation, self._page_limit)
        return document


def _complete(path: str, method: str, operation: dict[str, Any], page_limit: int) -> None:
    responses = operation["responses"]
    if path.startswith("/api"):
        given = operation.setdefault("parameters", [])
        known = {(one["name"], one["in"]) for one in given}
        given += [one for one in _WORKSPACE if (one["name"], one["in"]) not in known]
        for one in given:
            _bound(one, page_limit)
    if method == "get":
        for status in _OF_BODIES:
            responses.pop(status, None)
    for status, headers in _HEADERS.items():
        if status in responses:
            responses[status]["headers"] = headers
    listed = responses.get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if listed.get("type") == "array":
        paged = not path.endswith("/leaderboard")
        responses["200"]["headers"] = {"X-Total-Count": _COUNT, **({"Link": _LINK} if paged else {})}


def _bound(parameter: dict[str, Any], page_limit: int) -> None:
    schema = parameter["schema"]
    if parameter["in"] == "query" and parameter["name"] in ("limit", "top_k"):
        schema["maximum"] = page_limit
    if parameter["in"] == "path" and parameter["name"] == "run_id":
        words = ", ".join(sorted(RUN_PATH_WORDS))
        parameter["description"] = f"MLflow's id of a run, or the run's own. Never one of the words {words}."
