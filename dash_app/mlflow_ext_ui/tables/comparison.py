"""Runs side by side: params that differ, and metrics with the best of each."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mlflow_ext.direction import Direction, better
from mlflow_ext.sweep.seed import plain
from mlflow_ext_ui.source import Run, Summary
from mlflow_ext_ui.tables.direction import direction
from mlflow_ext_ui.tables.state import Statistic, TableState

DURATION = "duration"
_SYSTEM = "system/"
_UNFINISHED = ("RUNNING", "SCHEDULED")


class ParamRow(NamedTuple):
    """One param of every run; None where a run lacks it."""

    name: str
    values: tuple[str | None, ...]
    differs: bool


class MetricRow(NamedTuple):
    """One metric of every run; ``best`` are the places of the best values, none when there is nothing to choose."""

    key: str
    values: tuple[float | None, ...]
    direction: Direction | None
    best: tuple[int, ...]


class Comparison(NamedTuple):
    """The rows; ``seconds`` is how long each run took, a running one until now."""

    params: tuple[ParamRow, ...]
    metrics: tuple[MetricRow, ...]
    system: tuple[MetricRow, ...]
    seconds: MetricRow


def comparison(
    runs: Sequence[Run],
    params: Mapping[str, Mapping[str, str]],
    summaries: Sequence[Summary],
    state: TableState,
    now_ms: int,
) -> Comparison:
    """Set runs side by side.

    Args:
        runs: in the order of the columns.
        params: run id to its params.
        summaries: what became of their metrics.
        state: says which value stands for a metric, and which way is better.
        now_ms: the present time, ms since the epoch.
    """
    final = [run.status not in _UNFINISHED for run in runs]
    place = {run.id: at for at, run in enumerate(runs)}
    table: dict[str, list[float | None]] = {}
    for one in summaries:
        row = table.setdefault(one.key, [None] * len(runs))
        row[place[one.run_id]] = value(one, state.value, direction(one.key, state))
    rows = [_metric_row(key, table[key], final, state) for key in sorted(table, key=_telling_first)]
    seconds = tuple(_seconds(run, now_ms) for run in runs)
    return Comparison(
        params=_param_rows(runs, params),
        metrics=tuple(row for row in rows if not row.key.startswith(_SYSTEM)),
        system=tuple(row for row in rows if row.key.startswith(_SYSTEM)),
        seconds=MetricRow(DURATION, seconds, "lower", best(seconds, final, "lower")),
    )


def value(summary: Summary, statistic: Statistic, way: Direction | None) -> float | None:
    """What stands for a metric of a run; a best step needs a direction."""
    if statistic == "best":
        return None if way is None or summary.best_step is None else float(summary.best_step)
    return {"last": summary.last, "min": summary.low, "max": summary.high, "mean": summary.mean}[statistic]


def best(values: Sequence[float | None], final: Sequence[bool], way: Direction | None) -> tuple[int, ...]:
    """The places of the best values among those that are final and numbers.

    None where nothing tells which way is better, where fewer than two runs have the metric, and where all are equal.
    """
    held = [value for value in values if value is not None]
    able = [
        at
        for at, (one, done) in enumerate(zip(values, final, strict=True))
        if done and one is not None and math.isfinite(one)
    ]
    if way is None or len(held) < 2 or not able:
        return ()
    numbers = {at: values[at] or 0.0 for at in able}
    top = (min if way == "lower" else max)(numbers.values())
    if len(able) == len(held) and len(set(numbers.values())) == 1:
        return ()
    return tuple(at for at, one in numbers.items() if one == top)


def _metric_row(key: str, values: Sequence[float | None], final: Sequence[bool], state: TableState) -> MetricRow:
    way = direction(key, state)
    # The step at which a value was best is no better for being early or late.
    marked = () if state.value == "best" else best(values, final, way)
    return MetricRow(key, tuple(values), way, marked)


def _param_rows(runs: Sequence[Run], params: Mapping[str, Mapping[str, str]]) -> tuple[ParamRow, ...]:
    held = [params.get(run.id, {}) for run in runs]
    rows = []
    for name in sorted(dict.fromkeys(name for one in held for name in one), key=_natural):
        values = tuple(one.get(name) for one in held)
        differs = len({None if value is None else plain(value) for value in set(values)}) > 1
        rows.append(ParamRow(name, values, differs))
    # Those that every run has are what the runs were set apart by; others often come with another kind of model.
    return tuple(sorted(rows, key=lambda row: (not row.differs, None in row.values)))


def _seconds(run: Run, now_ms: int) -> float | None:
    if run.start_time is None:
        return None
    end = run.end_time if run.end_time is not None else now_ms if run.status in _UNFINISHED else None
    return None if end is None else max(0, end - run.start_time) / 1000


def _telling_first(key: str) -> tuple[bool, list[tuple[int, str]]]:
    """Metrics whose name says which way is better, then the others; by name, so that no switch moves a row."""
    return better(key) is None, _natural(key)


def _natural(name: str) -> list[tuple[int, str]]:
    """A sort key that puts layer2 before layer10 and ignores case."""
    pieces = re.split(r"(\d{1,18})", name)
    return [(int(piece), "") if piece.isdecimal() else (-1, piece.casefold()) for piece in pieces if piece]
