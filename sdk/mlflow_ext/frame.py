"""Runs as rows of a pandas DataFrame, its columns named as ``mlflow.search_runs`` names them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_ext.rest import RunInfo
from mlflow_ext.store_format import INDEX_PREFIXES
from mlflow_ext.tracking.store import Ranked, number

if TYPE_CHECKING:
    from pandas import DataFrame

FACTS = (
    "run_id", "alias", "name", "project", "experiment_id", "status", "stage", "start_time", "end_time", "duration",
    "note",
)  # fmt: skip
_TIMES = ("start_time", "end_time")


def pandas() -> Any:
    """The module pandas.

    Raises:
        ImportError: it is not installed; the message names the command.
    """
    try:
        import pandas
    except ImportError as error:
        raise ImportError("This answers with a pandas DataFrame. Install pandas: pip install pandas") from error
    return pandas


def frame(runs: Sequence[RunInfo], facts: Sequence[str] = FACTS) -> DataFrame:
    """One row per run, in the order given.

    Args:
        runs: what to show.
        facts: fields of RunInfo that become the first columns.

    Returns:
        ``facts``, then ``params.*`` (text or None), ``metrics.*`` (float, NaN where a run has none) and ``tags.*``.
        Times are UTC timestamps, ``duration`` a timedelta.
    """
    pd = pandas()
    columns: dict[str, Any] = {}
    for fact in facts:
        values = [getattr(run, fact) for run in runs]
        if fact in _TIMES:
            columns[fact] = pd.to_datetime(pd.Series(values, dtype="Int64"), unit="ms", utc=True)
        elif fact == "duration":
            columns[fact] = pd.to_timedelta(pd.Series(values, dtype="Int64"), unit="ms")
        else:
            columns[fact] = pd.Series(values, dtype=object)
    for key in _keys(run.params for run in runs):
        columns[f"params.{key}"] = pd.Series([run.params.get(key) for run in runs], dtype=object)
    columns |= metric_columns(runs, _keys(run.metrics for run in runs))
    for key in _keys(run.tags for run in runs):
        if not key.startswith(INDEX_PREFIXES):  # an index of ours, not a user's
            columns[f"tags.{key}"] = pd.Series([run.tags.get(key) for run in runs], dtype=object)
    made: DataFrame = pd.DataFrame(columns)
    return made


def compared(runs: Sequence[RunInfo], metrics: Sequence[str] | None = None) -> DataFrame:
    """One row per run: who it is, then metrics, then params.

    Args:
        runs: what to compare.
        metrics: keys, in this order; every metric when None.
    """
    pd = pandas()
    facts = ("run_id", "name", "project", "status")
    columns: dict[str, Any] = {fact: pd.Series([getattr(run, fact) for run in runs], dtype=object) for fact in facts}
    columns |= metric_columns(runs, _keys(run.metrics for run in runs) if metrics is None else metrics)
    for key in _keys(run.params for run in runs):
        columns[f"params.{key}"] = pd.Series([run.params.get(key) for run in runs], dtype=object)
    made: DataFrame = pd.DataFrame(columns)
    return made


def ranked_frame(ranked: Sequence[Ranked]) -> DataFrame:
    """Runs with what they rank by as column ``value``, under ranks from 1."""
    pd = pandas()
    rows = frame([one.run for one in ranked])
    rows.insert(1, "value", np.array([one.value for one in ranked], dtype=np.float64))
    rows.index = pd.RangeIndex(1, len(ranked) + 1, name="rank")
    return rows


def metric_columns(runs: Sequence[RunInfo], keys: Iterable[str]) -> dict[str, Any]:
    """Columns ``metrics.*`` of float64."""
    return {
        f"metrics.{key}": np.array([number(run.metrics.get(key, "NaN")) for run in runs], dtype=np.float64)
        for key in keys
    }


def _keys(mappings: Iterable[Iterable[str]]) -> list[str]:
    return sorted({key for mapping in mappings for key in mapping})
