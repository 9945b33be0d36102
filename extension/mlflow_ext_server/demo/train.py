"""Trains all of the demo's models against the tracking server that MLflow's own settings name."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable
from typing import NamedTuple

import mlflow_ext as ext
from mlflow_ext_server.demo import diabetes, digits, plain, search, wine
from mlflow_ext_server.demo.progress import Progress


class Job(NamedTuple):
    """One run to make: its experiment, its name, and the function that trains and logs it."""

    experiment: str
    name: str
    train: Callable[[], None]


def jobs() -> list[Job]:
    """All runs, the most telling experiment last, so that it is the newest and opens first."""
    return [
        Job(module.EXPERIMENT, name, train)
        for module in (plain, diabetes, wine, search, digits)
        for name, train in module.runs().items()
    ]


def main() -> None:
    """Train, log and deliver everything."""
    parser = argparse.ArgumentParser(prog="python -m mlflow_ext_server.demo.train", description=__doc__)
    parser.add_argument("--quiet", action="store_true", help="show no progress bar")
    logging.getLogger("mlflow").setLevel(logging.WARNING)  # or it tears the progress bar apart
    todo = jobs()
    progress = Progress(len(todo), None if parser.parse_args().quiet else sys.stderr)
    for job in todo:
        progress.step(job.experiment, job.name)
        job.train()
    ext.flush(strict=True)
    progress.close()


if __name__ == "__main__":
    main()
