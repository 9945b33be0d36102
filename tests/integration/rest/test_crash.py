"""kill -9 amid writes, a restart, and each request that got no answer sent once more.

What a retry means: a run_id of one's own is answered 201 once and 409 from then on, so a retry that is answered 409
found the run of the first try. A value of a metric that brings its timestamp is stored once however often it is sent.
A point of a Series that brings its index value stands once, too: the later one takes the place of the earlier.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from mlflow_ext_server.repositories.claim import ABANDONED_MS
from tests.conftest import Server, StartServer
from tests.integration.rest.conftest import Api

ENOUGH = 20  # acknowledged requests before the server is killed
CLIENTS = 6
ROUNDS = 2


class Client:
    """Sends request after request until one gets no answer, and keeps which were acknowledged."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.turn = 0
        self.runs: list[str] = []
        self.metrics: list[tuple[str, int]] = []
        self.points: list[int] = []
        self.unanswered: tuple[str, str, dict[str, Any]] | None = None

    def request(self) -> tuple[str, str, dict[str, Any]]:
        """The next one: what it is, where it goes, its body."""
        me, turn = self.number, self.turn
        if turn % 3 == 0:
            return "run", "/runs", {"run_id": f"crash-{me}-{turn}", "project": "crash", "config": {"a": turn}}
        if turn % 3 == 1:
            value = {"name": f"m{me}", "value": turn, "step": turn, "timestamp": 1_790_000_000_000 + turn}
            return "metrics", "/runs/shared/metrics", {"metrics": [value]}
        data = {"index": "i", "index_values": [turn * CLIENTS + me], "fields": {"y": [turn]}}
        return "data", "/runs/shared/data", {"name": "curve", "kind": "series", "data": data}

    def acknowledge(self, what: str, body: dict[str, Any]) -> None:
        """Keep what the server said that it has."""
        if what == "run":
            self.runs.append(body["run_id"])
        elif what == "metrics":
            self.metrics.append((body["metrics"][0]["name"], body["metrics"][0]["step"]))
        else:
            self.points.append(body["data"]["index_values"][0])
        self.turn += 1

    def work(self, url: str, acknowledged: threading.Semaphore) -> None:
        """Send until the server is gone."""
        with httpx.Client(base_url=url + "/ext/api", trust_env=False, timeout=60) as http:
            while True:
                what, path, body = self.request()
                try:
                    answer = http.post(path, json=body)
                except httpx.TransportError:
                    self.unanswered = (what, path, body)
                    return
                assert answer.status_code == 201, answer.text
                self.acknowledge(what, body)
                acknowledged.release()

    def retry(self, api: Api) -> None:
        """Send once more what got no answer."""
        assert self.unanswered is not None
        what, path, body = self.unanswered
        answer = api.http.post(path, json=body)
        if what == "run" and answer.status_code == 409:
            api.get(f"/runs/{body['run_id']}")
        else:
            assert answer.status_code == 201, answer.text
        self.acknowledge(what, body)
        self.unanswered = None


def after_a_minute(server: Server) -> None:
    """Let a minute pass for ids that were claimed, and runs that were held, by a request that never ended."""
    with sqlite3.connect(server.dir / "mlflow.db") as database:
        database.execute("UPDATE ext_run_writers SET lease_until = 0 WHERE lease_by IS NOT NULL")
        statement = "UPDATE ext_run_aliases SET claimed_at = claimed_at - ? WHERE run_uuid IS NULL"
        database.execute(statement, [ABANDONED_MS + 1])
    database.close()


@pytest.mark.timeout(600)
def test_what_was_acknowledged_outlives_a_kill_and_the_rest_can_be_sent_again(
    ext_server: StartServer, opened: Callable[[Server], Api]
):
    server = ext_server("--workers", "2")
    api = opened(server)
    shared = api.post("/runs", {"run_id": "shared", "project": "crash"}, 201)["run_id"]
    clients = [Client(number) for number in range(CLIENTS)]
    for _ in range(ROUNDS):
        acknowledged = threading.Semaphore(0)
        with ThreadPoolExecutor(CLIENTS) as pool:
            tasks = [pool.submit(client.work, server.url, acknowledged) for client in clients]
            for _ in range(ENOUGH):
                assert acknowledged.acquire(timeout=120)
            server.kill9()
            for task in tasks:
                task.result()
        server.start()
        after_a_minute(server)
        for client in clients:
            assert client.unanswered is not None
            client.retry(api)

    runs = [run for client in clients for run in client.runs]
    body = api.post("/runs/compare", {"ids": runs})
    assert body["missing"] == []
    assert len({run["run_id"] for run in body["runs"]}) == len(runs), "an id names two runs"
    assert sorted(run["alias"] for run in body["runs"]) == sorted(runs)

    histories = api.get("/metrics/history", runs=["shared"])["histories"]
    values = {(one["key"], step): v for one in histories for step, v in zip(one["step"], one["value"], strict=True)}
    expected = {one: float(one[1]) for client in clients for one in client.metrics}
    assert {key: value for key, value in values.items() if "/" not in key[0]} == expected
    assert all(len(one["step"]) == len(set(one["step"])) for one in histories if "/" not in one["key"])

    answer = api.get("/runs/shared/data")
    assert answer["troubles"] == []
    (curve,) = answer["primitives"]
    assert sorted(curve["data"]["index_values"]) == sorted(at for client in clients for at in client.points)
    pairs = zip(curve["data"]["index_values"], curve["data"]["fields"]["y"], strict=True)
    assert all(value == at // CLIENTS for at, value in pairs)
    assert api.mlflow.get_run(shared).info.status == "RUNNING"
    assert "database is locked" not in server.log_text()
    api.http.close()


def test_deleting_for_good_goes_on_after_a_kill(ext_server: StartServer, opened: Callable[[Server], Api]):
    server = ext_server()
    api = opened(server)
    made = [api.post("/runs", {"run_id": f"gone-{i}", "project": "gone", "config": {"i": i}}, 201) for i in range(12)]
    ids = [run["run_id"] for run in made]
    folders = [server.dir / "artifacts" / run["experiment_id"] / run["run_id"] / "artifacts" for run in made]
    assert all((folder / "config.json").exists() for folder in folders)
    api.post("/runs/bulk", {"action": "archive", "ids": ids})
    asked = {"action": "delete", "ids": ids, "confirm": True}

    def delete() -> bool:
        try:
            return api.http.post("/runs/bulk", json=asked).is_success
        except httpx.TransportError:
            return False

    with ThreadPoolExecutor(1) as pool:
        answered = pool.submit(delete)
        while folders[3].exists():
            assert not answered.done()
        server.kill9()
        assert answered.result() is False
    server.start()
    after_a_minute(server)

    left = [run["run_id"] for run in api.post("/runs/compare", {"ids": ids})["runs"]]
    assert 0 < len(left) < len(ids)
    results = api.post("/runs/bulk", asked)["results"]
    assert [one["run_id"] for one in results if one["ok"]] == left
    assert {one["error"] for one in results} <= {None, "NotFound"}
    assert api.post("/runs/compare", {"ids": [*ids, *(f"gone-{i}" for i in range(12))]})["runs"] == []
    assert not any(folder.exists() for folder in folders)
    api.post("/runs", {"run_id": "gone-0", "project": "gone"}, 201)
