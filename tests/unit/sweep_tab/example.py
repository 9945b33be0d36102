"""A small sweep as the server answers it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlflow_ext.rest import (
    Association,
    ImportanceJob,
    MethodImportance,
    ParameterImportance,
    SweepAnswer,
    SweepParameter,
    SweepTarget,
    Trendline,
)

RUNS = ["r1", "r2", "r3", "r4"]
NAMES = {run: f"run <{run}>" for run in RUNS}


def association(value: float | None, low: float | None = None, high: float | None = None, **more: Any) -> Association:
    held = {"measure": "spearman", "p": None, "runs": 4, "why": "" if value is not None else "categories have no order"}
    return Association.model_validate(held | {"value": value, "low": low, "high": high} | more)


def param(
    name: str, numbers: Sequence[float | None], kind: str = "number", levels: Sequence[str] = ()
) -> SweepParameter:
    texts = [None if one is None else (levels[int(one)] if levels else str(one)) for one in numbers]
    return SweepParameter.model_validate(
        {
            "name": name,
            "kind": kind,
            "texts": texts,
            "numbers": list(numbers),
            "levels": list(levels),
            "whole": False,
            "missing": texts.count(None),
            "distinct": len(set(numbers) - {None}),
        }
    )


def answer(**changes: Any) -> SweepAnswer:
    """Four runs; lr is a number on a logarithmic scale, opt a category, drop is lacking in one run."""
    params = [
        param("drop", [0.1, None, 0.3, 0.4]),
        param("lr", [1e-4, 1e-3, 1e-2, 1e-1], "log"),
        param("opt", [0, 1, 0, 1], "category", ["sgd", "adam"]),
    ]
    trend = Trendline(x=[1e-4, 1e-1], y=[0.6, 0.9], low=[0.5, 0.8], high=[0.7, 1.0], degree=1)
    found = SweepAnswer(
        target="acc",
        aggregation="last",
        none=None,
        runs=RUNS,
        without=["r9"],
        params=params,
        constant={"epochs": "10"},
        partial={},
        targets=[SweepTarget(metric="acc", direction="higher", values=[0.6, 0.7, 0.8, 0.9])],
        front=[],
        measured={"spearman": [association(0.2, -0.3, 0.6), association(0.95, 0.8, 1.0), association(None)]},
        metrics=["acc", "loss"],
        matrix=[
            [association(0.99, -0.3, 1.0), association(-0.2)],
            [association(0.9, 0.7, 1.0), association(-0.9)],
            [association(0.4, 0.1, 0.6, measure="ratio"), association(None)],
        ],
        trends={"lr": trend},
        together=[],
        warnings=["Only 4 runs."],
        importance=ImportanceJob(state="running", done=3, of=40),
    )
    return found.model_copy(update=changes)


def importance() -> ImportanceJob:
    rows = [
        ParameterImportance(name="lr", value=0.5, low=0.4, high=0.6, first=1, last=1, told=True),
        ParameterImportance(name="opt", value=0.1, low=0.02, high=0.2, first=2, last=3, told=False),
    ]
    return ImportanceJob(
        state="done", done=40, of=40, methods=[MethodImportance(method="fanova", params=rows, noise=0.05)]
    )
