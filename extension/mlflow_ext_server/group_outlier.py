"""Runs whose last value stands out from that of the other runs asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from mlflow_ext.direction import better
from mlflow_ext_server.analysis.insight.finding import LEVELS, Finding
from mlflow_ext_server.analysis.insight.group import LEAST_RUNS, outliers
from mlflow_ext_server.repositories.metric import Latest
from mlflow_ext_server.repositories.run import RunRow


def outliers_of(runs: Mapping[str, tuple[RunRow, Mapping[str, Latest]]]) -> list[Finding]:
    """At most one finding per run, of that metric in which it is furthest from the others of its experiment.

    Only of runs that ended, and of metrics whose name says which way is better.
    """
    values: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for run, (row, held) in runs.items():
        if row.status == "RUNNING":
            continue
        for key, last in held.items():
            if not key.startswith("system/") and better(key) is not None:
                values[row.experiment_id, key][run] = last.value
    furthest: dict[str, tuple[tuple[int, float], Finding]] = {}
    for (_, key), group in sorted(values.items()):
        if len(group) < LEAST_RUNS:
            continue
        for one in outliers(group, key, better(key)):
            # Of two of a level, thresholds stand for the same certainty: a group of fewer runs has higher ones.
            far = -LEVELS.index(one.level), one.evidence.measured / one.evidence.threshold
            if one.run not in furthest or far > furthest[one.run][0]:
                furthest[one.run] = far, one
    return [one for _, one in furthest.values()]
