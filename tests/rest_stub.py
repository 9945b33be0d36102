"""A small server with the routes of our REST API that clients use, over any RunStore."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from mlflow_ext import errors
from mlflow_ext.rest import BulkAnswer, BulkRequest, BulkResult, ExperimentInfo, Histories, RunChange, Summaries
from mlflow_ext.tracking.store import Experiment, Ranking, RunQuery, RunStore, number

STATUS = {errors.ValidationError: 422, errors.NotFound: 404, errors.Conflict: 409, errors.PermissionDenied: 403}
HEALTHY = {"status": "healthy", "database_connected": True, "version": "1", "mlflow_version": "3"}
MANY = ("order_by", "ids", "runs", "keys")


class Asked(dict[str, Any]):
    """The parameters of a request, of its address or its body."""


class Stub:
    """Answers of our API; ``requests`` records (method, path, headers)."""

    def __init__(self, store: RunStore, url: str) -> None:
        self.store = store
        self.url = url
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.health: tuple[int, Any] = (200, HEALTHY)
        self.has_runs = True
        self.answer: tuple[int, bytes] | None = None
        self.aliases: dict[str, str] = {}
        self.deleted: list[str] = []

    def run_id(self, name: str) -> str:
        return self.aliases.get(name, name)

    def route(self, method: str, path: str, asked: Asked) -> tuple[Any, int | None]:
        """The body, and how many there are in all."""
        if path == "/runs" or (method, path) == ("POST", "/runs/search"):
            return self.runs(asked)
        if path == "/runs/compare":
            return self.store.compare([self.run_id(one) for one in asked["ids"]]), None
        if path == "/runs/leaderboard":
            order, top_k = asked["order"], int(asked["top_k"])
            ranking = Ranking(asked["metric_name"], order, top_k, asked.get("project"), asked["aggregate"])
            try:
                return [one.run for one in self.store.leaderboard(ranking)], None
            except errors.NotFound:
                return [], None
        if (method, path) == ("POST", "/runs/bulk"):
            return self.bulk(BulkRequest.model_validate(asked)), None
        if path == "/metrics/history":
            return self.history(asked), None
        if path == "/metrics/summary":
            return self.summary(asked), None
        if path == "/experiments":
            found = self.store.experiments(asked.get("search"), asked.get("stage", "active"), None)
            rows = [info(one) for one in found]
            return self.page(rows, asked), len(rows)
        if match := re.fullmatch(r"/experiments/([0-9]+)", path):
            return info(self.store.experiment(match[1])), None
        if match := re.fullmatch(r"/runs/([^/]+)", path):
            run_id = self.run_id(unquote(match[1]))
            if method == "PATCH":
                self.store.change(run_id, RunChange.model_validate(asked))
            return self.store.run(run_id), None
        raise errors.NotFound(f"no route {method} {path}")

    def runs(self, asked: Asked) -> tuple[Any, int]:
        query = RunQuery(
            asked.get("project"), asked.get("filter"), tuple(asked.get("order_by", ())), None, asked["stage"]
        )
        try:
            found = self.store.runs(query)
        except errors.NotFound:
            found = []
        return self.page(found, asked), len(found)

    def page(self, rows: list[Any], asked: Asked) -> list[Any]:
        limit, offset = int(asked["limit"]), int(asked["offset"])
        if not 1 <= limit <= 1000:
            raise errors.ValidationError("limit takes 1 to 1000")
        return rows[offset : offset + limit]

    def bulk(self, request: BulkRequest) -> BulkAnswer:
        if request.action != "delete":
            return self.store.bulk(request)
        if not request.confirm:
            raise errors.ValidationError("confirm: deleting for good needs true")
        results = []
        for run_id in request.ids:
            ok = self.store.run(run_id).stage == "archived"
            self.deleted += [run_id] * ok
            results.append(BulkResult(run_id=run_id, ok=ok, detail=None if ok else "archive it first"))
        return BulkAnswer(results=results)

    def history(self, asked: Asked) -> Histories:
        found, missing = [], []
        for run_id in asked["runs"]:
            try:
                found += self.store.history(self.run_id(run_id), asked["keys"])
            except errors.NotFound:
                missing.append(run_id)
        return Histories(histories=found, missing=missing)

    def summary(self, asked: Asked) -> Summaries:
        rows: dict[str, list[Any]] = {name: [] for name in Summaries.model_fields if name != "missing"}
        for run_id in asked["runs"]:
            for one in self.store.history(run_id, asked["keys"]):
                values = [number(value) for value in one.value]
                mean = sum(values) / len(values)
                row = (run_id, one.key, one.value[-1], one.step[-1], min(values), max(values), mean)
                for name, value in zip(rows, (*row, len(values), 0, None, None), strict=True):
                    rows[name].append(value)
        return Summaries(**rows)


def info(one: Experiment) -> ExperimentInfo:
    return ExperimentInfo(**{**vars(one), "runs": one.runs or 0})


def _handler(stub: Callable[[], Stub]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.serve()

        do_POST = do_PATCH = do_GET

        def serve(self) -> None:
            server, address = stub(), urlsplit(self.path)
            size = int(self.headers.get("Content-Length") or 0)
            content = self.rfile.read(size)
            server.requests.append((self.command, self.path, dict(self.headers)))
            if address.path == "/ext/health":
                self.say(server.health[0], server.health[1])
                return
            if self.path == "/ext/api/runs/compare" and not content:
                self.say(422 if server.has_runs else 404, {"detail": "ids: Field required"})
                return
            if server.answer is not None:
                self.say(server.answer[0], server.answer[1])
                return
            asked = Asked(
                {key: values if key in MANY else values[0] for key, values in parse_qs(address.query).items()}
            )
            try:
                if content:
                    asked.update(json.loads(content))
                body, total = server.route(self.command, address.path.removeprefix("/ext/api"), asked)
            except errors.MlflowExtError as error:
                status = STATUS[type(error)]
                self.say(status, {"error": type(error).__name__, "detail": str(error), "status": status})
                return
            self.say(200, body, total)

        def say(self, status: int, body: Any, total: int | None = None) -> None:
            content = (
                body if isinstance(body, bytes) else json.dumps(body, default=lambda one: one.model_dump()).encode()
            )
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            if total is not None:
                self.send_header("X-Total-Count", str(total))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            return

    return Handler


@contextmanager
def rest_stub(store: RunStore) -> Iterator[Stub]:
    """A running stub; its address is ``url``."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(lambda: stub)) as server:
        stub = Stub(store, f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield stub
        server.shutdown()
        thread.join()
