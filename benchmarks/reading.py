"""The rows on reading: our REST beside MLflow's and beside bare SQL, on one database, each over one kept connection.

An answer counts as read when its last byte is here; what it says is looked at outside of the time.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from typing import Any

import requests

from benchmarks.filling import fill, hold
from benchmarks.process import Server, server
from benchmarks.report import Row, median

GROUP = "Reading (1,000 runs x 20 params x 10 metrics x 100 points, sqlite, 1 worker; whole answers on loopback)"
KEYS = [f"metric_{i}" for i in range(10)]
MLFLOW_SHARE = 20  # of MLflow's 10,000 requests for histories one in so many is made; its time is scaled up


def rows(quick: bool) -> Iterator[Row]:
    """Everything, one row after another as it is measured."""
    repeats = 2 if quick else 5
    with server("ext-server") as one:
        reader = Reader(one)
        made = [reader.runs_of(fill(one, f"past {i}", 1000)) for i in range(2 if quick else 3)]
        yield from _list(reader, repeats)
        yield from _summaries(reader, made)
        yield from _histories(reader, [fill(one, f"long {i}", 20, 2, 3, 1000) for i in range(repeats)])
        yield from _index(reader, made[0], repeats)
        yield from _growth(reader, one, quick)


class Reader:
    """Asks one server, and its database behind its back."""

    def __init__(self, one: Server) -> None:
        self.url = one.url
        self.http = requests.Session()
        self.http.trust_env = False
        self.database = sqlite3.connect(one.database.removeprefix("sqlite:///"), check_same_thread=False)

    def ours(self, path: str, **body: Any) -> bytes:
        return self._ask("POST", f"/ext/api{path}", json=body)

    def mlflow(self, method: str, path: str, **data: Any) -> bytes:
        where = {"params": data} if method == "GET" else {"json": data}
        return self._ask(method, f"/api/2.0/mlflow{path}", **where)

    def _ask(self, method: str, path: str, **options: Any) -> bytes:
        answer = self.http.request(method, self.url + path, timeout=600, **options)
        answer.raise_for_status()
        return answer.content

    def sql(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.database.execute(query, values).fetchall()

    def runs_of(self, experiment: str) -> list[str]:
        return [row[0] for row in self.sql("select run_uuid from runs where experiment_id = ?", int(experiment))]


def _timed(ask: Callable[[], Any]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000


def _in_turn(repeats: int, **subjects: Callable[[], Any]) -> dict[str, float]:
    """The median time of each, measured one after the other in turn; a first turn warms up."""
    times: dict[str, list[float]] = {name: [] for name in subjects}
    for turn in range(repeats + 1):
        for name, ask in subjects.items():
            took = _timed(ask)
            if turn:
                times[name].append(took)
    return {name: median(found) for name, found in times.items()}


def _list(reader: Reader, repeats: int) -> Iterator[Row]:
    experiment = str(reader.sql("select experiment_id from experiments where name = 'past 0'")[0][0])
    tables = {
        "runs": "select * from runs where experiment_id = ? order by start_time desc",
        "params": "select p.run_uuid, key, value from params p join runs r using (run_uuid) where experiment_id = ?",
        "tags": "select t.run_uuid, key, value from tags t join runs r using (run_uuid) where experiment_id = ?",
        "metrics": "select m.run_uuid, key, value from latest_metrics m join runs r using (run_uuid)"
        " where experiment_id = ?",
    }
    found = _in_turn(
        repeats,
        ours=lambda: reader.ours("/runs/search", experiment_id=[experiment], limit=1000),
        mlflow=lambda: reader.mlflow("POST", "/runs/search", experiment_ids=[experiment], max_results=1000),
        sql=lambda: [reader.sql(query, int(experiment)) for query in tables.values()],
    )
    _count(json.loads(reader.ours("/runs/search", experiment_id=[experiment], limit=1000)), 1000)
    peers = {"mlflow REST": found["mlflow"], "bare SQL": found["sql"]}
    yield Row(GROUP, "list 1,000 runs with params and last metrics", found["ours"], "ms", peers, 100, repeats=repeats)


def _count(items: list[Any], count: int) -> None:
    if len(items) != count:
        raise RuntimeError(f"{len(items)} of {count} were answered")


_SUMMARY = (
    "select run_uuid, key, min(value), max(value), count(*) from metrics"
    " where run_uuid in (select value from json_each(?)) and is_nan = 0 group by run_uuid, key"
)
_LAST = "select run_uuid, key, value, step from latest_metrics where run_uuid in (select value from json_each(?))"


def _summaries(reader: Reader, made: list[list[str]]) -> Iterator[Row]:
    """Each thousand runs is asked for the first time once, so that no cache helps, and then again."""
    some = ["min", "max", "last", "last_step"]
    first, whole, again, bare = [], [], [], []
    for runs in made:
        bare.append(_timed(lambda runs=runs: [reader.sql(query, json.dumps(runs)) for query in (_SUMMARY, _LAST)]))
        first.append(_timed(lambda runs=runs: reader.ours("/metrics/summary", runs=runs, columns=some)))
        whole.append(_timed(lambda runs=runs: reader.ours("/metrics/summary", runs=runs)))
        _count(json.loads(reader.ours("/metrics/summary", runs=runs))["key"], 10_000)
        again += [_timed(lambda runs=runs: reader.ours("/metrics/summary", runs=runs)) for _ in range(3)]
    asked = [(run, key) for run in made[0] for key in KEYS][::MLFLOW_SHARE]
    took = _timed(
        lambda: [reader.mlflow("GET", "/metrics/get-history", run_id=run, metric_key=key) for run, key in asked]
    )
    peers = {"bare SQL": median(bare), "mlflow REST": took * MLFLOW_SHARE}
    note = f"mlflow REST: one of {MLFLOW_SHARE} of its 10,000 requests was made, the time is scaled up"
    name = "min, max, last of 10 metrics over 1,000 runs, first"
    yield Row(GROUP, name, median(first), "ms", peers, 1.3, "bare SQL", repeats=len(made), note=note)
    yield Row(GROUP, "with mean, counts and best step, first", median(whole), "ms", {"bare SQL": median(bare)})
    yield Row(GROUP, "all of it again", median(again), "ms", {"bare SQL": median(bare)}, 50, repeats=len(again))


def _histories(reader: Reader, experiments: list[str]) -> Iterator[Row]:
    query = (
        "select run_uuid, key, step, timestamp, value from metrics where run_uuid in (select value from json_each(?))"
        " order by run_uuid, key, step, timestamp"
    )
    first, again, bare, slow = [], [], [], []
    for experiment in experiments:
        runs = reader.runs_of(experiment)
        bare.append(_timed(lambda runs=runs: reader.sql(query, json.dumps(runs))))
        first.append(_timed(lambda runs=runs: reader.ours("/metrics/history", runs=runs)))
        points = [len(one["step"]) for one in json.loads(reader.ours("/metrics/history", runs=runs))["histories"]]
        _count(points, 60)
        if sum(points) != 60_000:
            raise RuntimeError(f"{sum(points)} of 60,000 points were answered")
        again.append(_timed(lambda runs=runs: reader.ours("/metrics/history", runs=runs)))
        asked = list(itertools.product(runs, KEYS[:3]))
        slow.append(
            _timed(
                lambda asked=asked: [
                    reader.mlflow("GET", "/metrics/get-history", run_id=run, metric_key=key, max_results=25_000)
                    for run, key in asked
                ]
            )
        )
    peers = {"bare SQL": median(bare), "mlflow REST": median(slow)}
    name = "20 runs x 3 metrics x 1,000 points, first"
    yield Row(GROUP, name, median(first), "ms", peers, 1.3, "bare SQL", repeats=len(first))
    yield Row(GROUP, "the same again", median(again), "ms", {"bare SQL": median(bare)}, 40, repeats=len(again))


def _index(reader: Reader, runs: list[str], repeats: int) -> Iterator[Row]:
    hold(reader.database, runs, 10)
    query = (
        "select run_uuid, key, value from tags where run_uuid in (select value from json_each(?))"
        " and key >= 'mlflow.ext.p.' and key < 'mlflow.ext.p/'"
    )
    found = _in_turn(
        repeats,
        ours=lambda: reader.ours("/data", runs=runs),
        sql=lambda: reader.sql(query, json.dumps(runs)),
    )
    _count([one for held in json.loads(reader.ours("/data", runs=runs))["runs"].values() for one in held], 10_000)
    name = "which primitives 1,000 runs x 10 hold"
    yield Row(GROUP, name, found["ours"], "ms", {"bare SQL": found["sql"]}, 60, repeats=repeats)


def _growth(reader: Reader, one: Server, quick: bool) -> Iterator[Row]:
    """A list of all runs of an experiment, page by page of 1,000: time per run should not grow."""
    per_run = {}
    for size in (100, 1000) if quick else (100, 1000, 10_000):
        experiment = fill(one, f"of {size}", size, 20, 10, 1)
        starts = range(0, size, 1000)

        def all_pages(experiment: str = experiment, starts: range = starts) -> None:
            for start in starts:
                reader.ours("/runs/search", experiment_id=[experiment], limit=1000, offset=start)

        per_run[size] = _in_turn(2, ours=all_pages)["ours"] / size
        yield Row(GROUP, f"list all of {size:,} runs, per run", per_run[size], "ms", repeats=2)
    least, most = min(per_run), max(per_run)
    name = f"growth per run from {least:,} to {most:,} runs"
    yield Row(GROUP, name, per_run[most] / per_run[least], "x", target=1.5)
