"""A store with a long past, written straight into MLflow's tables: logging it would take hours."""

from __future__ import annotations

import math
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import mlflow

from benchmarks.process import Server
from mlflow_ext.store_format import PlotTag

START_MS = 1_790_000_000_000
_RUN = (
    "insert into runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,"
    " end_time, source_version, lifecycle_stage, artifact_uri, experiment_id)"
    " values (?, ?, 'LOCAL', 'bench', '', 'bench', 'FINISHED', ?, ?, '', 'active', ?, ?)"
)
_METRIC = "insert into metrics (key, value, timestamp, run_uuid, step, is_nan) values (?, ?, ?, ?, ?, 0)"
_LATEST = "insert into latest_metrics (key, value, timestamp, step, is_nan, run_uuid) values (?, ?, ?, ?, 0, ?)"


Config = Callable[[int], Mapping[str, str]]
Value = Callable[[int, int, int], float]


def fill(
    one: Server,
    name: str,
    runs: int,
    params: int = 20,
    metrics: int = 10,
    points: int = 100,
    *,
    config: Config | None = None,
    value: Value | None = None,
) -> str:
    """Make an experiment with finished runs; returns its id.

    ``config``: the params of the i-th run, instead of so many ``params``; ``value``: that of run, metric and step.
    """
    config = config or (lambda i: {f"param_{p}": str((i * 7 + p) % 13) for p in range(params)})
    value = value or _value
    experiment = mlflow.MlflowClient(one.url).create_experiment(name)
    path = one.database.removeprefix("sqlite:///")
    ids = [uuid.uuid4().hex for _ in range(runs)]
    with sqlite3.connect(path, timeout=60) as store:
        store.executemany(_RUN, _runs(ids, experiment))
        tags = [("mlflow.runName", _name(i), run) for i, run in enumerate(ids)]
        store.executemany("insert into tags (key, value, run_uuid) values (?, ?, ?)", tags)
        given = ((key, text, run) for i, run in enumerate(ids) for key, text in config(i).items())
        store.executemany("insert into params (key, value, run_uuid) values (?, ?, ?)", given)
        store.executemany(_METRIC, _metrics(ids, metrics, points, value))
        last = points - 1
        store.executemany(
            _LATEST,
            (
                (f"metric_{m}", value(i, m, last), START_MS + last, last, run)
                for i, run in enumerate(ids)
                for m in range(metrics)
            ),
        )
    return experiment


def hold(store: sqlite3.Connection, runs: list[str], plots: int) -> None:
    """Give each run the tags of so many typed plots, without their files."""
    tags = []
    for plot in range(plots):
        tag = PlotTag(
            kind="series", name=f"plot {plot}", writer="0123abcd", section="Bench", parts=1, bytes=5000, points=100,
            at=START_MS, index=("step", 0, 99), fields={"loss": (0.1, 0.1, 0.9), "acc": (0.9, 0.1, 0.9)},
        )  # fmt: skip
        tags += [(tag.key, tag.to_json(), run) for run in runs]
    with store:
        store.executemany("insert into tags (key, value, run_uuid) values (?, ?, ?)", tags)


def _name(i: int) -> str:
    return f"run-{i:05}"


def _runs(ids: list[str], experiment: str) -> Iterator[tuple[Any, ...]]:
    for i, run in enumerate(ids):
        uri = f"mlflow-artifacts:/{experiment}/{run}/artifacts"
        yield run, _name(i), START_MS + 1000 * i, START_MS + 1000 * i + 500, uri, int(experiment)


def _metrics(ids: list[str], metrics: int, points: int, value: Value) -> Iterator[tuple[Any, ...]]:
    for i, run in enumerate(ids):
        for metric in range(metrics):
            key = f"metric_{metric}"
            for step in range(points):
                yield key, value(i, metric, step), START_MS + step, run, step


def _value(run: int, metric: int, step: int) -> float:
    return math.exp(-step / (20 + metric)) + (run % 17) / 100
