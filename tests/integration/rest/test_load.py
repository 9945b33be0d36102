"""Eight clients write and eight read, with MLflow's own beside them, on sqlite with four workers: nothing is lost.

``MLFLOW_EXT_LOAD_SECONDS=60`` keeps them at it for a minute; the default is short.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric
from mlflow.exceptions import MlflowException

from tests.conftest import Server, StartServer
from tests.integration.rest.conftest import Api

SECONDS = float(os.environ.get("MLFLOW_EXT_LOAD_SECONDS", "12"))
CLIENTS = 8
SHARED = ["shared-0", "shared-1", "shared-2"]
Points = dict[tuple[str, str, int], float]


class Client:
    """One client's answers: how many of each kind, and each that is no success."""

    def __init__(self, url: str, number: int, until: float) -> None:
        self.number = number
        self.counts: Counter[str] = Counter()
        self.troubles: list[str] = []
        self._until = until
        self._http = httpx.Client(base_url=url + "/ext/api", trust_env=False, timeout=90)

    def work(self, steps: Callable[[int], Iterator[object]]) -> Client:
        """Take step after step until the time is over."""
        turn = 0
        while time.monotonic() < self._until:
            for _ in steps(turn):
                pass
            turn += 1
        self._http.close()
        return self

    def ask(self, what: str, method: str, path: str, **options: Any) -> bool:
        """Whether one request succeeded."""
        try:
            answer = self._http.request(method, path, **options)
        except httpx.TransportError as error:
            self.troubles.append(f"{what}: {error!r}")
            return False
        self.counts[what] += 1
        if not answer.is_success:
            self.troubles.append(f"{what}: {answer.status_code} {answer.text}")
        return answer.is_success


class Writer(Client):
    """Writes, and keeps what was acknowledged."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.metrics: Points = {}
        self.points: Points = {}
        self.runs: dict[str, dict[str, str]] = {}
        self.notes: dict[str, str] = {}

    def steps(self, turn: int) -> Iterator[object]:
        me, shared = self.number, SHARED[(turn + self.number) % len(SHARED)]
        own = f"own-{me}-{turn // 5}"
        if own not in self.runs:
            body = {"run_id": own, "project": f"load {me % 3}", "config": {"lr": turn}, "tags": {"writer": str(me)}}
            yield self.ask("POST /runs", "POST", "/runs", json=body) and self.runs.update({own: {"writer": str(me)}})
        for run in (shared, own):
            rows = {(run, f"m{me}", 10 * turn + i): float(100 * turn + i) for i in range(5)}
            body = {"metrics": [{"name": key, "value": v, "step": step} for (_, key, step), v in rows.items()]}
            yield self.ask("POST metrics", "POST", f"/runs/{run}/metrics", json=body) and self.metrics.update(rows)
        at = turn * CLIENTS + me
        data = {"index": "i", "index_values": [at], "fields": {"y": [at / 2]}}
        body = {"name": "curve", "kind": "series", "data": data}
        if self.ask("POST data", "POST", f"/runs/{shared}/data", json=body):
            self.points[shared, "curve", at] = at / 2
        tags = {"turn": str(turn)}
        yield self.ask("PATCH run", "PATCH", f"/runs/{own}", json={"tags": tags}) and self.runs[own].update(tags)
        if self.ask("PATCH note", "PATCH", f"/runs/{own}/note", json={"note": f"note {turn}"}):
            self.notes[own] = f"note {turn}"
        some = list(self.runs)[-3:]
        bulk = {"action": "tag", "ids": some, "tags": {"bulk": str(turn)}}
        if self.ask("bulk tag", "POST", "/runs/bulk", json=bulk):
            for run in some:
                self.runs[run]["bulk"] = str(turn)


class Reader(Client):
    """Reads all that there is to read."""

    def steps(self, turn: int) -> Iterator[object]:
        run = SHARED[(turn + self.number) % len(SHARED)]
        query: dict[str, Any] = {"filter": "metrics.m1.max > 3 OR tags.writer = '2'", "limit": 50}
        yield self.ask("GET /runs", "GET", "/runs", params=query)
        yield self.ask("summary", "POST", "/metrics/summary", json={"runs": SHARED})
        yield self.ask("GET /data", "GET", "/data", params={"runs": SHARED})
        yield self.ask("GET run data", "GET", f"/runs/{run}/data", params={"max_points": 100})
        yield self.ask("tail", "POST", "/tail", json={self.mlflow_id: {"plots": {"curve": 1}, "known": 0}})
        yield self.ask("GET run", "GET", f"/runs/{run}")

    mlflow_id = ""


def mlflow_writes(url: str, run: str, number: int, until: float) -> tuple[Points, list[str]]:
    """MLflow's own client in the same run."""
    client, done, troubles, turn = MlflowClient(url), {}, [], 0
    while time.monotonic() < until:
        rows = {(run, f"mlflow{number}", 10 * turn + i): float(turn) for i in range(10)}
        try:
            client.log_batch(run, [Metric(key, value, turn, step) for (_, key, step), value in rows.items()])
        except MlflowException as error:
            troubles.append(f"log_batch: {error}")
        else:
            done.update(rows)
        turn += 1
    return done, troubles


def _stored_metrics(api: Api, runs: list[str]) -> Points:
    found: Points = {}
    for start in range(0, len(runs), 200):
        for one in api.post("/metrics/history", {"runs": runs[start : start + 200]})["histories"]:
            assert len(set(one["step"])) == len(one["step"]), f"{one['key']} of {one['run_id']} holds a step twice"
            found |= {(one["run_id"], one["key"], step): v for step, v in zip(one["step"], one["value"], strict=True)}
    return found


@pytest.mark.timeout(300 + 5 * int(SECONDS))
def test_nothing_is_lost_while_many_write_and_read(
    ext_server: StartServer, opened: Callable[[Server], Api], capsys: pytest.CaptureFixture[str]
):
    api = opened(ext_server("--workers", "4"))
    url = api.server.url
    ids = {name: api.post("/runs", {"run_id": name, "project": "shared"}, 201)["run_id"] for name in SHARED}
    until = time.monotonic() + SECONDS
    writers = [Writer(url, number, until) for number in range(CLIENTS)]
    readers = [Reader(url, number, until) for number in range(CLIENTS)]
    for reader in readers:
        reader.mlflow_id = ids[SHARED[reader.number % len(SHARED)]]
    with ThreadPoolExecutor(2 * CLIENTS + 2) as pool:
        tasks = [pool.submit(one.work, one.steps) for one in (*writers, *readers)]
        others = [pool.submit(mlflow_writes, url, ids["shared-0"], number, until) for number in range(2)]
        for task in tasks:
            task.result()
        mlflows = [other.result() for other in others]
    assert threading.active_count() < 50

    counts = sum((one.counts for one in (*writers, *readers)), Counter())
    with capsys.disabled():
        print(f"\n{SECONDS:.0f} s: {dict(counts)}, log_batch {sum(len(done) for done, _ in mlflows) // 10}")
    troubles = [trouble for one in (*writers, *readers) for trouble in one.troubles]
    assert troubles == []
    assert [trouble for _, found in mlflows for trouble in found] == []
    assert "database is locked" not in api.server.log_text()
    assert set(counts) >= {"POST /runs", "POST data", "GET /runs", "tail"}

    names = {mlflow: own for own, mlflow in ids.items()}
    made = {run: tags for writer in writers for run, tags in writer.runs.items()}
    seen: dict[str, dict[str, Any]] = {}
    for start in range(0, len(made), 500):
        asked = list(made)[start : start + 500]
        body = api.post("/runs/compare", {"ids": asked})
        assert body["missing"] == []
        seen |= {run["alias"]: run for run in body["runs"]}
    for run, tags in made.items():
        assert {key: seen[run]["tags"].get(key) for key in tags} == tags, run
    notes = {run: note for writer in writers for run, note in writer.notes.items()}
    assert {run: seen[run]["note"] for run in notes} == notes

    names |= {run["run_id"]: alias for alias, run in seen.items()}
    expected = {key: value for writer in writers for key, value in writer.metrics.items()}
    expected |= {(names[run], key, step): v for done, _ in mlflows for (run, key, step), v in done.items()}
    stored = _stored_metrics(api, [*SHARED, *made])
    found = {(names[run], key, step): v for (run, key, step), v in stored.items() if "/" not in key}
    assert found == expected

    points = {key: value for writer in writers for key, value in writer.points.items()}
    kept: Points = {}
    for run in SHARED:
        answer = api.get(f"/runs/{run}/data")
        assert answer["troubles"] == []
        (one,) = answer["primitives"]
        pairs = zip(one["data"]["index_values"], one["data"]["fields"]["y"], strict=True)
        kept |= {(run, "curve", at): value for at, value in pairs}
        assert one["points"] == sum(1 for key in points if key[0] == run), "a point stands twice"
    assert kept == points
    api.http.close()
