"""Accelerators that do little, by the system metrics MLflow logs."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from mlflow_ext_server.analysis.insight.curve import Curve, FloatArray, shown
from mlflow_ext_server.analysis.insight.finding import Evidence, Finding, Level
from mlflow_ext_server.analysis.insight.word import percent
from mlflow_ext_ui.text import duration

LOW = 10.0
PART = 0.5
BUSY = 85.0
_LEAST = 5
_LEAST_MS = 120_000.0
_GPU = re.compile(r"system/gpu_(\d+)_utilization_percentage")
_CPU = "system/cpu_utilization_percentage"
_RULE = "Its utilisation is below 10% for at least half of the time, without the first tenth of the run."


def idle(curves: Mapping[str, Curve], run: str = "") -> list[Finding]:
    """Accelerators, or without one the CPU, that stand idle half of the time or more; one finding each.

    Args:
        curves: by name; of ``system/gpu_<n>_utilization_percentage`` and ``system/cpu_utilization_percentage`` the
            values are percent. Runs of less than 2 min, and fewer than 5 values, tell nothing.
        run: its id.
    """
    gpus = {name: one for name, one in curves.items() if _GPU.fullmatch(name)}
    cpu = curves.get(_CPU)
    watched = gpus or ({_CPU: cpu} if cpu is not None else {})
    measured = {name: found for name, one in watched.items() if (found := _idle(one)) is not None}
    busy = cpu is not None and bool(gpus) and _middle(cpu) >= BUSY
    low = {name: found for name, found in measured.items() if found[0] >= PART}
    return [
        _finding(watched[name], part, ms, at, run, busy=busy, others=len(measured) - len(low))
        for name, (part, ms, at) in sorted(low.items())
    ]


def _idle(one: Curve) -> tuple[float, float, int] | None:
    """The share of time and the ms below the limit, and the first index; None where nothing can be told."""
    order = np.argsort(one.times, kind="stable")
    times, values = one.times[order], one.values[order]
    fine = np.isfinite(values) & np.isfinite(times)
    order, times, values = order[fine], times[fine], values[fine]
    if len(values) < _LEAST or times[-1] - times[0] < _LEAST_MS:
        return None
    kept = times >= times[0] + 0.1 * (times[-1] - times[0])
    order, times, values = order[kept], times[kept], values[kept]
    if len(values) < 2:
        return None
    lasting = _lasting(times)
    low = values < LOW
    total = float(lasting.sum())
    if total <= 0 or not low.any():
        return 0.0, 0.0, 0
    ms = float(lasting[low].sum())
    return ms / total, ms, int(order[int(np.argmax(low))])


def _lasting(times: FloatArray) -> FloatArray:
    """How long each value stands: to the next, but no longer than 3 usual intervals, since pauses tell nothing."""
    gaps = np.diff(times)
    usual = float(np.median(gaps))
    return np.minimum(np.append(gaps, usual), 3 * usual) if usual > 0 else np.append(gaps, 0.0)


def _middle(one: Curve) -> float:
    values = one.values[np.isfinite(one.values)]
    return float(np.median(values)) if len(values) else 0.0


def _finding(one: Curve, part: float, ms: float, at: int, run: str, *, busy: bool, others: int) -> Finding:
    gpu = _GPU.fullmatch(one.name)
    device = f"GPU {gpu.group(1)}" if gpu else "The CPU"
    sentence = f"{device} was below 10% for {percent(part)} of the time, {duration(ms / 1000)} in all."
    if gpu and busy:
        advice = "The CPU was busy meanwhile: data loading may be what it waits for. Try more workers or cached inputs."
    elif gpu and others:
        advice = "Others were busy: look at whether the script was meant to use this one."
    else:
        advice = "Look at whether the model is on it, at batch size, data loading, and how often metrics are logged."
    level: Level = "warning" if gpu else "note"
    values = shown(one, at, len(one.values) - 1)
    evidence = Evidence(_RULE, part, PART, "of the time", values)
    return Finding("idle", level, run, (one.name,), int(one.steps[at]), None, evidence, sentence, advice)
