"""What runs in a process of its own: one case per function, its result printed as JSON."""

from __future__ import annotations

import json
import logging
import mmap
import sys
import time
from pathlib import Path
from typing import Any

import mlflow
import numpy as np

from benchmarks import payload
from benchmarks.report import median, percentile
from benchmarks.rest import Reader, wait_for
from benchmarks.subject import keys, opened, values

WARM_UP = 200


def call_cost(subject: str, calls: int, compute: float, quiet: bool) -> dict[str, float]:
    """Cost of a call in ms.

    ``compute``: seconds of Python work between calls; ``quiet``: nothing of ours is uploaded meanwhile.
    """
    if quiet and subject == "ours":
        import mlflow_ext as ext

        ext.configure(upload_interval=3600.0)
    with opened(subject) as (log, flush, _):
        for step in range(WARM_UP):
            log(step)
        flush()
        costs = []
        for step in range(WARM_UP, WARM_UP + calls):
            until = time.perf_counter() + compute
            while time.perf_counter() < until:
                pass
            began = time.perf_counter_ns()
            log(step)
            costs.append((time.perf_counter_ns() - began) / 1e6)
    return {"p50": median(costs), "p99": percentile(costs, 0.99), "max": max(costs)}


def slowdown(subject: str, blocks: int, steps: int) -> dict[str, float]:
    """How much longer a training step takes when it logs: blocks with and without take turns; in percent."""
    work = np.random.default_rng(0).normal(size=(300, 300))
    ratios, plain = [], []
    with opened(subject) as (log, flush, _):
        for step in range(WARM_UP):
            log(step)
        flush()
        step = WARM_UP
        for block in range(blocks):
            means = {}
            for logs in (False, True) if block % 2 else (True, False):
                began = time.perf_counter()
                for _ in range(steps):
                    state = work
                    for _ in range(3):
                        state = np.tanh(state @ work)
                    values(step)  # the numbers are there either way
                    if logs:
                        log(step)
                        step += 1
                means[logs] = (time.perf_counter() - began) / steps * 1e3
                flush()
            ratios.append(means[True] / means[False])
            plain.append(means[False])
    return {"percent": (median(ratios) - 1) * 100, "step_ms": median(plain)}


def visible(subject: str, calls: int) -> dict[str, float]:
    """Seconds until the server has every point of ``calls`` calls: from the first call, and from the last one."""
    with opened(subject) as (log, flush, run_id):
        log(0)
        flush()
        reader = Reader(mlflow.get_tracking_uri(), run_id)
        began = time.time()
        for step in range(1, calls):
            log(step)
        last = time.time()
        names = keys(subject)
        wait_for(lambda: all(reader.last_steps().get(name, -1) >= calls - 1 for name in names))
        until = wait_for(lambda: all(len(reader.history(name)) == calls for name in names))
    return {"total": until - began, "after": until - last, "calls": last - began}


def stream(subject: str, steps: int, pause: float, acknowledged: str, first: int = 0) -> dict[str, Any]:
    """Log at a steady pace; the count of calls that returned stands in a file that outlives a kill."""
    with (
        Path(acknowledged).open("r+b") as file,
        mmap.mmap(file.fileno(), 8) as counter,
        opened(subject) as (log, flush, run_id),
    ):
        Path(acknowledged + ".run").write_text(run_id)
        for step in range(first, first + steps):
            log(step)
            counter[:8] = (step - first + 1).to_bytes(8, "little")
            time.sleep(pause)
        flush()
    return {"run_id": run_id}


def writer(subject: str, run_id: str, number: int, calls: int) -> dict[str, int]:
    """One of several writers to one run and one Series; its steps are its own."""
    import mlflow_ext as ext

    for step in range(number * calls, (number + 1) * calls):
        if subject == "ours":
            ext.log("shared", {"step": step, "value": step + 0.5}, run_id=run_id)
        else:
            mlflow.log_metric("shared", step + 0.5, step=step, run_id=run_id)
    ext.flush()
    return {"calls": calls}


def start_finish(subject: str, repeats: int) -> dict[str, float]:
    """Milliseconds to start and finish an empty run."""
    import mlflow_ext as ext

    costs = []
    for repeat in range(repeats + 2):
        began = time.perf_counter()
        if subject == "ours":
            ext.init(name=f"run {repeat}", system_metrics=False).finish()
        else:
            mlflow.start_run(run_name=f"run {repeat}")
            mlflow.end_run()
        costs.append((time.perf_counter() - began) * 1e3)
    return {"ms": median(costs[2:])}


def trickle(points: int, calls: int, seconds: float) -> dict[str, Any]:
    """A Series that grows in ``calls`` calls over ``seconds``, without mirrored metrics."""
    import mlflow_ext as ext

    ext.configure(mirror="none")
    each = points // calls
    with mlflow.start_run() as run:
        began = time.time()
        for call in range(calls):
            x = np.arange(call * each, (call + 1) * each)
            ext.log("grown", ext.Series("step", {"value": np.sin(x / 1000)}, index_values=x))
            time.sleep(max(0.0, began + seconds * (call + 1) / calls - time.time()))
        ext.flush()
    return {"run_id": run.info.run_id}


def many_runs(runs: int, points: int, spike: float) -> dict[str, Any]:
    """Runs with one noisy Series each; in the first, one point alone is ``spike``."""
    import mlflow_ext as ext

    experiment = mlflow.set_experiment(f"{runs} runs x {points}")
    made = []
    random = np.random.default_rng(0)
    for number in range(runs):
        values = np.exp(-np.arange(points) / points) + random.normal(scale=0.02, size=points)
        if number == 0:
            values[points // 3] = spike
        with mlflow.start_run(run_name=f"run {number}") as run:
            ext.log("big", ext.Series("step", {"value": values}))
        made.append(run.info.run_id)
    ext.flush(strict=True)
    return {"experiment": experiment.experiment_id, "runs": made}


def clock(seconds: float, experiment: str) -> dict[str, Any]:
    """Logs the time modulo 10,000 s, which a float32 of a picture can tell to the millisecond, ten times a second."""
    import mlflow_ext as ext

    print(mlflow.set_experiment(experiment).experiment_id, flush=True)
    with mlflow.start_run():
        until = time.time() + seconds
        while time.time() < until:
            ext.log("clock", {"now": time.time() % 10_000})
            time.sleep(0.1)
    return {}


CASES = {
    function.__name__: function
    for function in (
        call_cost,
        slowdown,
        visible,
        stream,
        writer,
        start_finish,
        trickle,
        many_runs,
        clock,
        payload.series,
        payload.kind,
        payload.log_text,
        payload.log_batch,
    )
}


def main() -> None:
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    result = CASES[sys.argv[1]](**json.loads(sys.argv[2]))
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
