"""A real ext-server, a client for its API, and MLflow's own client on the same store."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

from tests.conftest import Server


class Api:
    """The API of one server, with its answers checked."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.mlflow = MlflowClient(server.url)
        self.http = httpx.Client(base_url=server.url + "/ext/api", trust_env=False, timeout=60)

    def ask(self, method: str, path: str, status: int = 200, **options: Any) -> Any:
        """One request; the answer's JSON, after a look at its status and, if it is an error, at its shape."""
        answer = self.http.request(method, path, **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        body = answer.json() if answer.content else None
        if status >= 400:
            assert set(body) - {"current"} == {"error", "detail", "status"}
            assert body["status"] == status
        return body

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        return self.ask("GET", path, status, params=query)

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        return self.ask("POST", path, status, json=body)

    def experiment(self) -> tuple[str, str]:
        """A fresh experiment's id and name."""
        name = f"exp {uuid.uuid4().hex[:8]}"
        return self.mlflow.create_experiment(name), name

    def run(
        self,
        experiment: str,
        name: str,
        params: dict[str, str] | None = None,
        tags: dict[str, str] | None = None,
        **metrics: list[float],
    ) -> str:
        """A run made by MLflow's client; each metric's values stand at steps 0, 1, ..."""  # fmt: skip
        run: str = self.mlflow.create_run(experiment, run_name=name).info.run_id
        rows = [
            Metric(key, v, 1_790_000_000_000 + i, i) for key, values in metrics.items() for i, v in enumerate(values)
        ]
        self.mlflow.log_batch(
            run,
            metrics=rows,
            params=[Param(key, value) for key, value in (params or {}).items()],
            tags=[RunTag(key, value) for key, value in (tags or {}).items()],
        )
        return run


@pytest.fixture
def opened() -> Iterator[Callable[[Server], Api]]:
    """Opens the API of a server that a test starts for itself."""
    made: list[Api] = []

    def open_api(server: Server) -> Api:
        made.append(Api(server))
        return made[-1]

    yield open_api
    for one in made:
        one.http.close()


@pytest.fixture(scope="module")
def api(shared_server: Server) -> Iterator[Api]:
    api = Api(shared_server)
    yield api
    api.http.close()
