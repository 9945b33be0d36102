"""Runs that say they run and log nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from mlflow_ext_server.analysis.insight.curve import Curve
from mlflow_ext_server.analysis.insight.finding import Evidence, Finding, Level
from mlflow_ext_ui.text import duration

TIMES = 10.0
LEAST_MS = 120_000.0
UNKNOWN_MS = 3_600_000.0
_NONE: tuple[str, ...] = ()


def silent(
    curves: Iterable[Curve], status: str, started_ms: float | None, now_ms: float, run: str = ""
) -> list[Finding]:
    """Whether a run that is RUNNING has logged nothing for 10 times its usual interval; at most one finding.

    The usual interval is the longest that one in twenty exceeds, and at least 12 s; below 3 moments it is not known and
    an hour is waited. System metrics, which a thread of their own logs, do not count, but tell that the process lives.
    """
    if status != "RUNNING":
        return []
    ours: list[Curve] = []
    system: list[Curve] = []
    for one in curves:
        (system if one.name.startswith("system/") else ours).append(one)
    moments = _moments(ours)
    last = float(moments[-1]) if len(moments) else started_ms
    if last is None:
        return []
    gaps = np.diff(moments)
    usual = float(np.quantile(gaps, 0.95)) if len(gaps) >= 2 else None
    limit = UNKNOWN_MS if usual is None else max(LEAST_MS, TIMES * usual)
    quiet = now_ms - last
    if quiet <= limit:
        return []
    alive = _moments(system)
    lives = len(alive) > 0 and now_ms - float(alive[-1]) < limit
    rule = (
        "A run that is RUNNING has logged nothing for an hour, and too little before to know its usual interval."
        if usual is None
        else "A run that is RUNNING has logged nothing for 10 times its usual interval, and for 2 min at least."
    )
    said = "" if usual is None else f", where {duration(usual / 1000)} had been usual"
    sentence = f"Still marked as running, but nothing logged for {duration(quiet / 1000)}{said}." + (
        " Its system metrics go on, so the process lives." if lives else ""
    )
    advice = (
        "Look at what the process is doing: it may wait for a lock, for data, or for another process."
        if lives
        else "Look at whether the process still lives; if not, end the run in MLflow so that it is not waited for."
    )
    level: Level = "serious" if quiet > 10 * limit else "warning"
    ends = [one for one in ours if len(one.times) and float(np.max(one.times)) == last]
    step = max((int(one.steps[-1]) for one in ends), default=None)
    names = tuple(one.name for one in ends[:1]) or _NONE
    evidence = Evidence(rule, quiet, limit, "ms")
    return [Finding("silent", level, run, names, step, None, evidence, sentence, advice)]


def _moments(curves: Sequence[Curve]) -> np.ndarray:
    """Distinct finite times at which any of them was logged, ascending; from 1 ms on."""
    if not curves:
        return np.array([])
    times = np.concatenate([one.times for one in curves])
    found: np.ndarray = np.unique(times[np.isfinite(times)])
    return found
