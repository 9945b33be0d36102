"""The page over invented but plausible runs, for those who work on it: ``python -m mlflow_ext_ui``."""

from __future__ import annotations

import threading
import time
from typing import Any

import dash
import flask
import numpy as np
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import run_simple

from mlflow_ext.primitives import BarChart, Curve, CurveMetric, Distribution, Matrix, Scatter, Table
from mlflow_ext.rest import TailAnswer, TailPoints, TailRequest, TailRun
from mlflow_ext_ui.app import create_app
from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.preview_change import serve_changes
from mlflow_ext_ui.routes import principal
from mlflow_ext_ui.source import Line, Principal, Status

CLASSES = ("CNV", "DME", "Drusen", "Normal")
RUNS: tuple[tuple[str, float, Status, bool], ...] = (
    ("resnet50-base-s0", 0.9391, "RUNNING", False),
    ("effnet-b3-base-s2", 0.9548, "FINISHED", True),
    ("vit-s16-aug2-s0", 0.9602, "FINISHED", False),
    ("convnext-t-mixup-s0", 0.9671, "FINISHED", False),
    ("convnext-t-mixup-s1", 0.9684, "FINISHED", False),
)
_STEPS = 480
_LAST = 48_200


def preview(prefix: str = "/ext/") -> dash.Dash:
    """The app over ``invented()``, with the tail route that ext-server has."""
    source = invented()
    app = create_app(source, prefix=prefix)
    serve_tail(app.server, source)
    serve_changes(app.server, source)
    return app


def invented() -> MemorySource:
    """One experiment of 25 runs, five of which hold every kind, and two more experiments."""
    source = MemorySource(metric="val/acc")
    source.add_experiment("sandbox")
    small = source.add_experiment("stroke-segmentation")
    source.line(source.add_run(small, "unet-base", start=1_780_000_000_000), "loss", range(3), (0.5, 0.3, 0.2))
    experiment = source.add_experiment("oct-retina-4class")
    rng = np.random.default_rng(8)
    families = ("resnet50-mixup", "effnet-b3-ls01", "vit-s16-mixup", "convnext-t-base", "convnext-t-cutmix")
    for number in range(20):
        name = f"{families[number // 4]}-s{number % 4}"
        status: Status = "FAILED" if number == 9 else "FINISHED"
        metric = None if number == 9 else round(float(rng.uniform(0.93, 0.967)), 4)
        given = _given(name, number % 4)
        run = source.add_run(experiment, name, status=status, metric=metric, start=1_789_000_000_000 + number, **given)
        source.set_params(run, {"epochs": 40})
        if metric is not None:
            source.line(run, "val/acc", [39], [metric])
        source.line(run, "train/loss", range(40), 2 * np.exp(-np.arange(40) / 12) + rng.normal(0, 0.02, 40) + 0.1)
    for number, (name, accuracy, status, nan) in enumerate(RUNS):
        given = _given(name, int(name[-1]))
        run = source.add_run(
            experiment, name, status=status, metric=accuracy, has_nan=nan, start=1_790_000_000_000, **given
        )
        rate = 3e-4 if number > 2 else 1e-3
        source.set_params(run, {"epochs": 480, "learning_rate": rate, "optimizer": "adamw", "batch_size": 64})
        _fill(source, run, 4 - number, accuracy, nan, status == "RUNNING")
    return source


def _given(name: str, seed: int) -> dict[str, Any]:
    """What a run was given, as far as its name tells."""
    model = name.rsplit("-", 1)[0]
    params = {
        "model": model,
        "recipe": model.rsplit("-", 1)[1],
        "seed": str(seed),
        "learning_rate": ("3e-4", "1e-3", "6e-4", "2e-3")[len(model) % 4],
    }
    loss = 0.1 + len(name) / 97 + seed / 1000
    return {"user": "ann", "params": params, "tags": {"data": "oct2017-v3"}, "metrics": {"val/loss": loss}}


def _fill(source: MemorySource, run: str, rank: int, accuracy: float, nan: bool, running: bool) -> None:
    rng = np.random.default_rng(rank)
    count = int(_STEPS * 0.64) if running else _STEPS
    u = np.linspace(0, 1, _STEPS)[:count]
    x = np.round(u * _LAST)
    speed = (9.0, 8.0, 6.5, 7.0, 4.5)[rank]
    source.line(run, "val/accuracy", x, accuracy - (accuracy - 0.42) * np.exp(-speed * u) + rng.normal(0, 0.006, count))
    loss = np.exp(np.log(0.05 + 0.03 * rank) + 3.2 * np.exp(-speed * 0.55 * u) + rng.normal(0, 0.1, count))
    source.line(run, "train/loss", x, loss)
    valid = 0.12 + 0.03 * rank + 0.9 * np.exp(-speed * u) + rng.normal(0, 0.012, count)
    if nan:
        valid[int(count * 0.7) : int(count * 0.72)] = np.nan
    source.line(run, "val/loss", x, valid)
    axis = np.linspace(0, 1, 120) ** 2
    sharp = (34, 28, 19, 13.5, 8.5)[rank]
    rate = 1 - (1 - axis) ** sharp
    auc = float(np.sum((rate[1:] + rate[:-1]) / 2 * np.diff(axis)))
    roc = Curve(axis, rate, "False positive rate", "True positive rate", "diagonal", CurveMetric(name="AUC", value=auc))
    source.log(run, "roc_macro", roc, step=_LAST)
    source.log(run, "confusion_matrix", Matrix(CLASSES, CLASSES, _confusion(rng, rank)), step=_LAST)
    source.log(run, "confidence", Distribution(np.clip(1 - rng.gamma(1.2, 0.05 + 0.028 * rank, 12_000), 0.25, 1)))
    recall = np.array([0.978, 0.962, 0.94, 0.981]) - 0.011 * rank * np.array([0.8, 1.3, 2.1, 0.7])
    source.log(run, "recall_per_class", BarChart(CLASSES, {"recall": recall.tolist()}, "Class", "Recall"))
    points = rng.normal(0, 1, (400, 2)) + np.repeat([[0, 0], [4, 1], [1, 4], [5, 5]], 100, axis=0)
    labels = np.repeat(CLASSES, 100).tolist()
    source.log(run, "embedding", Scatter(x=points[:, 0], y=points[:, 1], labels=labels))
    sure = rng.uniform(0.2, 1, 60).round(4).tolist()
    rows = [[f"img_{i:04d}.png", CLASSES[i % 4], CLASSES[(i * 7) % 4], sure[i]] for i in range(60)]
    source.log(run, "mistakes", Table(["file", "true", "predicted", "confidence"], rows))
    for name, level in (("system/cpu_utilization_percentage", 61.0), ("system/gpu_0_utilization_percentage", 93.0)):
        usage = np.clip(level + rng.normal(0, 3, 60), 0, 100)
        source.line(run, name, range(60), usage, section="System", origin="system")


def _confusion(rng: np.random.Generator, rank: int) -> list[list[float]]:
    counts = rng.poisson(4 + 6 * rank, (4, 4)) + np.diag(rng.integers(900 - 20 * rank, 980 - 20 * rank, 4))
    return counts.tolist()  # type: ignore[no-any-return]


def serve_tail(server: flask.Flask, source: MemorySource) -> None:
    """POST api/tail, as ext-server answers it."""

    @server.post("/api/tail")
    def tail() -> flask.Response:
        have = TailRequest.model_validate_json(flask.request.get_data())
        answer = TailAnswer(_news(source, have))
        return flask.Response(answer.model_dump_json(), mimetype="application/json")


def _news(source: MemorySource, have: TailRequest) -> dict[str, TailRun]:
    who = principal()
    news = {}
    for run in source.runs_by_id(who, list(have.root)):
        mine = have.root[run.id]
        lines = {d.plot.key: d.lines[0] for d in source.drawings(who, [run.id], list(mine.plots)) if d.lines}
        fresh = {key: _points(lines[key], count) for key, count in mine.plots.items() if key in lines}
        held = source.plots(who, [run.id])
        news[run.id] = TailRun(
            status=run.status,
            plots={key: points for key, points in fresh.items() if points},
            held=len(held),
            new_plots=mine.known is not None and len(held) > mine.known,
            versions={plot.key: plot.points for plot in held if plot.kind != "series"},
        )
    return news


def _points(line: Line, have: int) -> TailPoints | None:
    total = len(line.x)
    if total == have:
        return None
    if total < have:
        return TailPoints(x=[], y=[], time=[], total=total, reset=True)
    words = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    y: list[Any] = [value if np.isfinite(value) else words[str(value)] for value in line.y[have:].tolist()]
    return TailPoints(x=line.x[have:].tolist(), y=y, time=line.time[have:].tolist(), total=total)


def main() -> None:
    """Serve the preview at http://127.0.0.1:8940/ext/, one run of it live."""
    source = invented()
    app = create_app(source)
    serve_tail(app.server, source)
    serve_changes(app.server, source)
    threading.Thread(target=_grow, args=(source,), daemon=True).start()
    outer = DispatcherMiddleware(NotFound(), {"/ext": app.server})
    run_simple("127.0.0.1", 8940, outer, threaded=True)


def _grow(source: MemorySource, seconds: float = 1.0) -> None:
    """Let the running run of ``invented()`` log on."""
    run = next(one for one in source.runs(Principal(), "3").runs if one.status == "RUNNING")
    rng = np.random.default_rng(99)
    step = _LAST * 0.64
    while True:
        time.sleep(seconds)
        step += 100
        source.line(run.id, "val/accuracy", [step], [0.90 + rng.normal(0, 0.006)])
        source.line(run.id, "train/loss", [step], [0.28 + rng.normal(0, 0.02)])
        source.line(run.id, "val/loss", [step], [0.34 + rng.normal(0, 0.012)])
