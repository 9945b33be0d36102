"""The OpenAPI document: what FastAPI finds in the routes, and what it can't see there."""

from __future__ import annotations

from threading import Lock
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mlflow_ext.rest import RUN_PATH_WORDS
from mlflow_ext_server import mlflow_adapter
from mlflow_ext_server.api.example import EXAMPLES, EXPERIMENT_ID, RULE_ID, RUN_ID, VIEW_ID, WEBHOOK_ID
from mlflow_ext_server.api.operation import AREAS, OPERATIONS

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
        "x-common": True,
        "description": "A workspace's name, on a server that has workspaces; it wins over the header.",
    },
    {
        "name": mlflow_adapter.WORKSPACE_HEADER,
        "in": "header",
        "required": False,
        "schema": _TEXT,
        "x-common": True,
        "description": "A workspace's name, where the address names none.",
    },
]
_OF_BODIES = ("409", "415")
_DONE = {"200": "Done; here is the answer.", "201": "Stored; here is what came of it."}
_OWN = {"view_id": "a saved view", "rule_id": "an alert rule", "webhook_id": "a webhook"}


class DocumentedApp(FastAPI):
    """A FastAPI application with a complete document, made when it is first asked for.

    Args:
        page_limit: the most rows of one page.
        options: FastAPI's.
    """

    def __init__(self, page_limit: int, **options: Any) -> None:
        super().__init__(**options)
        self._page_limit = page_limit
        self._making = Lock()

    def setup(self) -> None:
        """Serve the document from a thread: making it takes a second, in which the server answers others."""
        self.add_route(str(self.openapi_url), self._answer, include_in_schema=False)

    def methods(self) -> dict[str, set[str]]:
        """Which methods each documented path takes."""
        found: dict[str, set[str]] = {}
        for route in self.routes:
            if isinstance(route, APIRoute) and route.include_in_schema:
                found.setdefault(route.path, set()).update(route.methods or ())
        return found

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        with self._making:
            fresh = self.openapi_schema is None
            document = super().openapi()
            if fresh:
                document["tags"] = [{"name": name, "description": about} for name, about in AREAS.items()]
                for path, methods in document["paths"].items():
                    for method, operation in methods.items():
                        _complete(path, method, operation, self._page_limit)
                        _tell(path, method, operation)
        return document

    def _answer(self, request: Request) -> Response:
        return JSONResponse({**self.openapi(), "servers": [{"url": request.scope.get("root_path", "") or "/"}]})


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


def _tell(path: str, method: str, operation: dict[str, Any]) -> None:
    """Add what people want to know: area, title, permission, examples."""
    known = OPERATIONS.get((method.upper(), path))
    if known is not None:
        operation["tags"] = [known.area]
        operation["summary"] = known.title
        operation["x-permission"] = known.permission
    for status, words in _DONE.items():
        if status in operation["responses"]:
            operation["responses"][status]["description"] = words
    example = EXAMPLES.get((method.upper(), path))
    if example is None:
        return
    ids = {"run_id": RUN_ID, "experiment_id": EXPERIMENT_ID, "view_id": VIEW_ID}
    values = {**example.query, **ids, "rule_id": RULE_ID, "webhook_id": WEBHOOK_ID}
    for one in operation.get("parameters", []):
        if one["name"] in values and (one["in"] == "path" or one["name"] in example.query):
            one["example"] = values[one["name"]]
    if example.body is not None:
        operation["requestBody"]["content"]["application/json"]["example"] = example.body
    for status in _DONE.keys() & operation["responses"].keys():
        operation["responses"][status]["content"]["application/json"]["example"] = example.answer


def _bound(parameter: dict[str, Any], page_limit: int) -> None:
    if parameter["in"] == "query":
        parameter["schema"] = _without_null(parameter["schema"])
    schema = parameter["schema"]
    if parameter["in"] == "query" and parameter["name"] in ("limit", "top_k"):
        schema["maximum"] = page_limit
    if parameter["in"] == "path" and parameter["name"] == "run_id":
        words = ", ".join(sorted(RUN_PATH_WORDS))
        parameter["description"] = f"MLflow's id of a run, or your own. Never one of the words {words}."
    if parameter["in"] == "path" and parameter["name"] == "experiment_id":
        parameter["description"] = "MLflow's id of an experiment."
    if parameter["in"] == "path" and parameter["name"] in _OWN:
        parameter["description"] = f"The id of {_OWN[parameter['name']]}."


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """What an address can say: it leaves a parameter out, it never says ``null``."""
    kinds = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if len(kinds) != 1:
        return schema
    return {**{name: value for name, value in schema.items() if name != "anyOf"}, **kinds[0]}
