"""The loggers that are compared, behind one face: open a run, log three numbers, wait until all has arrived."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import mlflow

LogStep = Callable[[int], Any]
SUBJECTS = ("ours", "mlflow async", "mlflow sync", "trackio")
KEYS = ("loss", "accuracy", "rate")


def values(step: int) -> dict[str, float]:
    """Three numbers that tell the step they belong to."""
    return {"loss": step + 0.25, "accuracy": step * 0.5, "rate": 1.0 / (step + 1)}


@contextlib.contextmanager
def opened(subject: str) -> Iterator[tuple[LogStep, Callable[[], Any], str]]:
    """Open a run; gives the call that logs one step, the call that waits for delivery, and the run's id."""
    if subject == "trackio":
        yield from _trackio()
        return
    with mlflow.start_run() as run:
        if subject == "ours":
            import mlflow_ext as ext

            yield lambda step: ext.log("m", {"step": step, **values(step)}), ext.flush, run.info.run_id
        elif subject == "mlflow async":
            yield (
                lambda step: mlflow.log_metrics(values(step), step=step, synchronous=False),
                mlflow.flush_async_logging,
                run.info.run_id,
            )
        elif subject == "mlflow sync":
            yield lambda step: mlflow.log_metrics(values(step), step=step), lambda: None, run.info.run_id
        else:  # "nothing": the loop alone
            yield lambda step: None, lambda: None, run.info.run_id


def _trackio() -> Iterator[tuple[LogStep, Callable[[], Any], str]]:
    import trackio

    run = trackio.init(project="bench", embed=False, auto_log_gpu=False, auto_log_cpu=False)
    yield lambda step: trackio.log(values(step), step=step), lambda: None, run.name
    trackio.finish()


def keys(subject: str) -> list[str]:
    """The MLflow metrics under which a subject's numbers are found on the server."""
    return [f"m/{key}" if subject == "ours" else key for key in KEYS]
