"""Large payloads: from the call, with ready Python data, to what the server can show."""

from __future__ import annotations

import json
import time
from typing import Any

import mlflow
import numpy as np

from benchmarks.report import median
from benchmarks.rest import Reader, wait_for

WARM_UPS = 1


def data(kind: str) -> dict[str, Any]:
    """Constructor arguments of a big plot, as plain lists the way a script has them."""
    random = np.random.default_rng(0)
    if kind == "series":
        steps = np.arange(100_000)
        fields = {name: (np.sin(steps / 1000 + shift)).tolist() for shift, name in enumerate(("a", "b", "c"))}
        return {"index": "step", "fields": fields, "index_values": steps.tolist()}
    if kind == "matrix":
        names = [str(i) for i in range(500)]
        return {"rows": names, "cols": names, "values": random.normal(size=(500, 500)).tolist()}
    if kind == "scatter":
        x, y = random.normal(size=(2, 50_000)).tolist()
        return {"x": x, "y": y, "labels": random.choice(["a", "b", "c"], 50_000).tolist()}
    columns = [f"column {i}" for i in range(10)]
    rows = [[i, f"name {i}", *random.normal(size=8).tolist()] for i in range(10_000)]
    return {"columns": columns, "data": rows}


def series(repeats: int) -> dict[str, float]:
    """A Series of 3 x 100,000 in one call: seconds for the call, until its parts, its metrics and its tag are there."""
    import mlflow_ext as ext

    given = data("series")
    costs: dict[str, list[float]] = {"call": [], "parts": [], "metrics": [], "tag": []}
    for repeat in range(repeats + WARM_UPS):
        with mlflow.start_run() as run:
            reader = Reader(mlflow.get_tracking_uri(), run.info.run_id)
            began = time.time()
            ext.log("big", ext.Series(**given))
            called = time.time()
            parts = wait_for(lambda reader=reader: _parts(reader) >= 2)
            metrics = wait_for(lambda reader=reader: reader.last_steps().get("big/c", -1) >= 99_999)
            tag = wait_for(lambda reader=reader: any(key.startswith("mlflow.ext.p.") for key in reader.tags()))
        if repeat >= WARM_UPS:
            for name, at in (("call", called), ("parts", parts), ("metrics", metrics), ("tag", tag)):
                costs[name].append(at - began)
    return {name: median(values) for name, values in costs.items()}


def _parts(reader: Reader) -> int:
    folders = [entry["path"] for entry in reader.artifacts("ext/series") if entry["is_dir"]]
    return sum(len(reader.artifacts(folder)) for folder in folders)


def kind(name: str, repeats: int) -> dict[str, float]:
    """A big plot and its peers, in turn, so that a slow minute of the machine strikes all alike: median seconds.

    Returns:
        ``ours`` until the server has acknowledged the plot's tag, the last thing sent, validation included; ``call``
        until our call was back; ``ready`` of ``mlflow.log_text`` with JSON that was made beforehand; ``made`` of
        ``mlflow.log_text`` with JSON that is made of the same data.
    """
    import mlflow_ext as ext

    primitive = {"matrix": ext.Matrix, "scatter": ext.Scatter, "table": ext.Table}[name]
    given = data(name)
    text = json.dumps(given)
    costs: dict[str, list[float]] = {"ours": [], "call": [], "ready": [], "made": []}
    for repeat in range(repeats + WARM_UPS):
        with mlflow.start_run() as run:
            reader = Reader(mlflow.get_tracking_uri(), run.info.run_id)
            began = time.time()
            ext.log(name, primitive(**given))
            called = time.time()
            ext.flush(strict=True)
            acknowledged = time.time()
            assert any(key.startswith("mlflow.ext.p.") for key in reader.tags())
        found = {"call": called - began, "ours": acknowledged - began}
        for subject, content in (("ready", lambda: text), ("made", lambda: json.dumps(given))):
            with mlflow.start_run():
                began = time.time()
                mlflow.log_text(content(), f"{name}.json")
                found[subject] = time.time() - began
        if repeat >= WARM_UPS:
            for subject, seconds in found.items():
                costs[subject].append(seconds)
    return {subject: median(seconds) for subject, seconds in costs.items()}


def log_text(name: str, repeats: int) -> dict[str, float]:
    """Data as JSON that is ready beforehand, by ``mlflow.log_text``: seconds until the call is back."""
    text = json.dumps(data(name))
    costs = []
    for _ in range(repeats + WARM_UPS):
        with mlflow.start_run():
            began = time.time()
            mlflow.log_text(text, f"{name}.json")
            costs.append(time.time() - began)
    return {"seconds": median(costs[WARM_UPS:])}


def log_batch(points: int) -> dict[str, float]:
    """Three metrics of ``points`` points by ``MlflowClient.log_batch``, 1,000 at a time: seconds."""
    client = mlflow.MlflowClient()
    given = data("series")["fields"]
    now = int(time.time() * 1000)
    metrics = [
        mlflow.entities.Metric(name, value, now, step)
        for name, column in given.items()
        for step, value in enumerate(column[:points])
    ]
    with mlflow.start_run() as run:
        began = time.time()
        for start in range(0, len(metrics), 1000):
            client.log_batch(run.info.run_id, metrics[start : start + 1000])
        return {"seconds": time.time() - began}
