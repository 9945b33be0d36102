"""Runs as tables for a person and as flat rows for CSV."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from mlflow_ext.cli.screen import Column, Screen, duration, value
from mlflow_ext.rest import RunInfo
from mlflow_ext.store_format import INDEX_PREFIXES

_FACTS = ("run_id", "alias", "name", "project", "experiment_id", "status", "stage")
_METRICS_SHOWN = 3


def flat(run: RunInfo) -> dict[str, Any]:
    """A run as one row: facts, then ``params.*``, ``metrics.*`` and ``tags.*``; times as ISO 8601."""
    return {
        **{fact: getattr(run, fact) for fact in _FACTS},
        "start_time": iso(run.start_time),
        "end_time": iso(run.end_time),
        "duration": run.duration,
        "note": run.note,
        **{f"params.{key}": text for key, text in sorted(run.params.items())},
        **{f"metrics.{key}": number for key, number in sorted(run.metrics.items())},
        **{f"tags.{key}": text for key, text in sorted(run.tags.items()) if not key.startswith(INDEX_PREFIXES)},
    }


def iso(ms: int | None) -> str | None:
    """A time in ms since the epoch as ISO 8601, in UTC."""
    if ms is None:
        return None
    return datetime.fromtimestamp(ms / 1000, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def without(runs: Sequence[RunInfo], metrics: Sequence[str]) -> list[str]:
    """A line for each of these metrics that none of the runs has."""
    held = {key for run in runs for key in run.metrics}
    return [f"No run has a value of {key}." for key in dict.fromkeys(metrics) if runs and key not in held]


def run_table(
    screen: Screen,
    runs: Sequence[RunInfo],
    metrics: Sequence[str] = (),
    ranked: tuple[str, Sequence[float]] | None = None,
) -> None:
    """Runs as rows.

    Args:
        screen: to show them on.
        runs: what to show.
        metrics: which to show as columns; by default those that most runs have.
        ranked: what runs rank by, and the value of each; the column of metrics then.
    """
    if not runs:
        screen.line("No runs.")
        return
    keys = list(metrics) or ([] if ranked else _common(runs))
    several = len({run.experiment_id for run in runs}) > 1
    columns = [Column("#", right=True), Column(ranked[0], right=True)] if ranked else []
    columns += [Column("RUN"), Column("NAME", cut=24)]
    columns += [Column("EXPERIMENT", extra=4, cut=16)] if several else []
    columns += [Column("STATUS"), Column("STARTED", extra=2), Column("TOOK", right=True, extra=5)]
    columns += [Column(key, right=True, extra=1 if metrics else 3 if key == keys[0] else 6) for key in keys]
    noted = any(run.note for run in runs)
    columns += [Column("NOTE", extra=2, cut=16)] if noted else []
    rows = []
    for index, run in enumerate(runs):
        row = [str(index + 1), value(ranked[1][index])] if ranked else []
        row += [screen.id(run.run_id), run.name, *([run.project] if several else [])]
        row += [run.status.lower() if run.stage == "active" else "archived"]
        row += [screen.time(run.start_time), duration(run.duration)]
        row += [value(run.metrics.get(key)) for key in keys]
        rows.append([*row, *([run.note or ""] if noted else [])])
    screen.table(columns, rows)


def _common(runs: Sequence[RunInfo]) -> list[str]:
    counts = Counter(key for run in runs for key in run.metrics if not key.startswith("system/"))
    return sorted(sorted(counts, key=lambda key: (-counts[key], key))[:_METRICS_SHOWN])
