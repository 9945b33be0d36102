"""What came of an experiment as a whole: counts, the best runs, and how the best became better."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mlflow_ext_ui.figures.direction import Direction, better
from mlflow_ext_ui.source import Outcome, Outcomes, Status

LEADERS = 10
DAY_MS = 86_400_000
_DOTS = 600
_STEPS = 60
_WORST_SHARE = 0.25  # of the runs, the worst stand at the bottom: they would press the others into one line
_MARGIN = 0.06  # of the height, above the best and below the worst


class Overview(NamedTuple):
    """``leaders`` and ``records`` are of runs that ended with a finite value; ``running`` are the newest first.

    ``records`` are those of ``beaten`` + 1 that ``trend`` has room for, the first and the last among them.
    """

    total: int
    states: Mapping[Status, int]
    last_day: int
    busy_ms: int
    metric: str | None
    direction: Direction
    leaders: tuple[Outcome, ...]
    records: tuple[Outcome, ...]
    beaten: int
    running: tuple[Outcome, ...]
    trend: Trend | None


class Trend(NamedTuple):
    """Values over time as places in a box: ``x`` from left, ``y`` from the top, both from 0 to 1.

    ``dots`` are runs, evenly taken; ``steps`` the records, in order of time; ``span`` the first and the last time in
    ms, ``values`` those at the top and at the bottom.
    """

    dots: tuple[tuple[float, float], ...]
    steps: tuple[tuple[float, float], ...]
    span: tuple[int, int]
    values: tuple[float, float]


def overview(outcomes: Outcomes, now_ms: int) -> Overview:
    """Sum up the runs of an experiment; low is best where the metric's name says so, else high."""
    runs = outcomes.runs
    direction = better(outcomes.metric or "") or "higher"
    sign = -1.0 if direction == "lower" else 1.0
    ended = [run for run in runs if run.status != "RUNNING" and run.value is not None and math.isfinite(run.value)]
    every = _records(ended, sign)
    records = tuple(every[i] for i in _evenly(len(every), _STEPS))
    return Overview(
        total=len(runs),
        states=Counter(run.status for run in runs),
        last_day=sum(1 for run in runs if run.start_time is not None and now_ms - run.start_time < DAY_MS),
        busy_ms=sum(max(0, run.end_time - run.start_time) for run in runs if run.end_time and run.start_time),
        metric=outcomes.metric,
        direction=direction,
        leaders=tuple(sorted(ended, key=lambda run: -sign * (run.value or 0.0))[:LEADERS]),
        records=records,
        beaten=max(0, len(every) - 1),
        running=tuple(run for run in runs if run.status == "RUNNING"),
        trend=_trend(ended, records, sign),
    )


def _when(run: Outcome) -> int:
    return run.end_time or run.start_time or 0


def _records(ended: Sequence[Outcome], sign: float) -> tuple[Outcome, ...]:
    """The runs that were better than all that had ended before them."""
    found: list[Outcome] = []
    for run in sorted(ended, key=_when):
        if not found or sign * (run.value or 0.0) > sign * (found[-1].value or 0.0):
            found.append(run)
    return tuple(found)


def _trend(ended: Sequence[Outcome], records: Sequence[Outcome], sign: float) -> Trend | None:
    """None below two runs: one value is no trend."""
    if len(ended) < 2:
        return None
    ordered = sorted(ended, key=_when)
    times = np.array([_when(run) for run in ordered], dtype=np.float64)
    values = sign * np.array([run.value for run in ordered], dtype=np.float64)
    low = min(float(np.quantile(values, _WORST_SHARE, method="lower")), sign * (records[0].value or 0.0))
    high = float(values.max())
    height = (high - low) or 1.0

    def place(time: float, value: float) -> tuple[float, float]:
        x = (time - times[0]) / ((times[-1] - times[0]) or 1.0)
        y = _MARGIN + (1 - 2 * _MARGIN) * (1 - (value - low) / height)
        return round(float(x), 4), round(float(min(max(y, 0.0), 1.0)), 4)

    return Trend(
        dots=tuple(place(times[i], values[i]) for i in _evenly(len(ordered), _DOTS)),
        steps=tuple(place(_when(run), sign * (run.value or 0.0)) for run in records),
        span=(int(times[0]), int(times[-1])),
        values=(sign * high, sign * low),
    )


def _evenly(size: int, most: int) -> list[int]:
    """At most ``most`` places among ``size``, the first and the last with them."""
    found: list[int] = np.unique(np.linspace(0, size - 1, min(size, most)).astype(int)).tolist()
    return found
