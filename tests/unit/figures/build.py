"""Drawings as a source would give them."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import settings

from mlflow_ext.primitives import Primitive
from mlflow_ext_ui.source import Drawing, Line, Plot, Version

ANY = settings(deadline=None, max_examples=60)


def line(run: str, y: Any, x: Any = None, **more: Any) -> Line:
    values = np.asarray(y, dtype=np.float64)
    index = np.arange(len(values), dtype=np.float64) if x is None else np.asarray(x, dtype=np.float64)
    return Line(run, index, values, 1.7e12 + index * 1000.0, **{"start_time": 1_700_000_000_000, **more})


def lines(*given: Line, name: str = "train/loss") -> Drawing:
    runs = tuple(one.run_id for one in given)
    return Drawing(Plot(f"series:{name}", "series", name, name, "Training", runs), lines=given)


def drawing(*primitives: Primitive, step: int | None = None, metadata: dict[str, Any] | None = None) -> Drawing:
    kind = primitives[0].kind
    runs = tuple(f"run{i}" for i in range(len(primitives)))
    versions = tuple(Version(run, step, 0, one, metadata or {}) for run, one in zip(runs, primitives, strict=True))
    return Drawing(Plot(f"{kind}:p", kind, "p", "p", "Evaluation", runs), versions=versions)


def traces(figure: dict[str, Any] | None, role: str) -> list[dict[str, Any]]:
    assert figure is not None
    return [trace for trace in figure["data"] if trace.get("meta", {}).get("role") == role]
