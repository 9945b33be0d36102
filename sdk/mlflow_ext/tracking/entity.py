"""MLflow's entities as the models of our REST API."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import Any

from mlflow_ext.encoding import float_text
from mlflow_ext.rest import Number, PrimitiveInfo, RunInfo
from mlflow_ext.store_format import ALIAS_TAG, COMMAND_TAG, DATASET_TAG, NOTE_TAG, TAG_PREFIX, PlotTag
from mlflow_ext.tracking.store import Experiment


def run_info(run: Any, project: str) -> RunInfo:
    """A run of MLflow's.

    Args:
        run: ``mlflow.entities.Run``.
        project: its experiment's name.
    """
    info, data = run.info, run.data
    ended = info.start_time is not None and info.end_time is not None
    return RunInfo(
        run_id=info.run_id,
        alias=data.tags.get(ALIAS_TAG),
        name=info.run_name or info.run_id[:8],
        project=project,
        experiment_id=str(info.experiment_id),
        status=info.status,
        stage=stage(info.lifecycle_stage),
        start_time=info.start_time,
        end_time=info.end_time or None,
        duration=info.end_time - info.start_time if ended and info.end_time else None,
        params=dict(data.params),
        metrics={key: wire(value) for key, value in data.metrics.items()},
        tags=dict(data.tags),
        note=data.tags.get(NOTE_TAG),
        dataset_id=data.tags.get(DATASET_TAG),
        command=data.tags.get(COMMAND_TAG),
        primitives=primitives(data.tags),
    )


def primitives(tags: Mapping[str, str]) -> list[PrimitiveInfo]:
    """What a run's tags say that it holds, all writers together."""
    found: dict[str, PrimitiveInfo] = {}
    for key, value in tags.items():
        tag = PlotTag.parse(key, value) if key.startswith(TAG_PREFIX) else None
        if tag is None:
            continue
        known = found.setdefault(tag.slug, PrimitiveInfo(name=tag.name, kind=tag.kind, section=tag.section, points=0))
        known.points += tag.points
        known.fields += [field for field in tag.fields if field not in known.fields]
    return sorted(found.values(), key=lambda one: (one.section or "", one.name, one.kind))


def experiment(item: Any) -> Experiment:
    """An experiment of MLflow's: ``mlflow.entities.Experiment``. It does not say how many runs there are."""
    return Experiment(
        experiment_id=str(item.experiment_id),
        name=item.name,
        description=item.tags.get(NOTE_TAG),
        tags=dict(item.tags),
        stage=stage(item.lifecycle_stage),
        runs=None,
        creation_time=item.creation_time,
        last_update_time=item.last_update_time,
        last_activity=None,
    )


def stage(lifecycle: str) -> Any:
    """Our word for MLflow's lifecycle stage: "active" or "archived"."""
    return "active" if lifecycle == "active" else "archived"


def exact(value: float) -> float:
    """A stored metric as it was logged: MLflow's databases keep an infinity as the largest float."""
    return math.copysign(math.inf, value) if abs(value) == sys.float_info.max else value


def wire(value: float) -> Number:
    """A stored metric as JSON has it."""
    value = exact(value)
    return value if math.isfinite(value) else float_text(value)
