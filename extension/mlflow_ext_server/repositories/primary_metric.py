"""Which metric an experiment is about, as far as its newest runs tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from mlflow_ext_server.repositories.schema import latest_metrics, runs
from mlflow_ext_ui.figures.direction import better

_SAMPLE = 50  # newest runs that are looked at
_PREFERENCE = ("higher", "lower", None)
_HELD_OUT = ("val", "test", "eval", "valid", "validation", "heldout")


def primary_metric(session: Session, experiment_id: int) -> str | None:
    """Of the metrics that many of the newest runs share, the one to list runs by; held-out quality comes first."""
    return preferred([(key, count) for key, count in session.execute(_metric_counts(experiment_id))])


def _metric_counts(experiment_id: int) -> sa.Select[Any]:
    newest = (
        sa.select(runs.c.run_uuid)
        .where(runs.c.experiment_id == experiment_id, runs.c.lifecycle_stage == "active")
        .order_by(runs.c.start_time.desc())
        .limit(_SAMPLE)
        .subquery()
    )
    return (
        sa.select(latest_metrics.c.key, sa.func.count())
        .join(newest, newest.c.run_uuid == latest_metrics.c.run_uuid)
        .where(latest_metrics.c.key.not_like("system/%"))
        .group_by(latest_metrics.c.key)
        .order_by(latest_metrics.c.key)
    )


def preferred(counts: Sequence[tuple[str, int]]) -> str | None:
    """The metric to list runs by; None where there is none.

    Args:
        counts: metric key and how many of the newest runs hold it.
    """

    def rank(row: tuple[str, int]) -> tuple[int, bool, int, str]:
        key, count = row
        words = re.split(r"[^a-z0-9]+", key.lower())
        return (_PREFERENCE.index(better(key)), not any(word in _HELD_OUT for word in words), -count, key)

    most = max((count for _, count in counts), default=0)
    return min((row for row in counts if row[1] * 2 >= most), key=rank, default=(None, 0))[0]
