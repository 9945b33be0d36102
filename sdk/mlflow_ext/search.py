"""Runs as DataFrames: search, compare, rank; from any tracking server, faster from our own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

from mlflow_ext.errors import NotFound, ValidationError
from mlflow_ext.foreign import describe

if TYPE_CHECKING:
    import pandas as pd

    from mlflow_ext.rest import Stage
    from mlflow_ext.tracking.store import Aggregate, Order, Ranked, Ranking, RunStore

MAX_COMPARED = 1_000


def search_runs(
    project: str | int | None = None,
    filter: str | None = None,
    *,
    order_by: Sequence[str] = (),
    limit: int | None = 1_000,
    stage: Stage = "active",
) -> pd.DataFrame:
    """Find runs.

    Args:
        project: an experiment's name or id; all experiments when None.
        filter: MLflow's search syntax, such as ``metrics.loss < 0.2 and params.lr = '0.1'``. Beside an ext-server also
            OR, NOT, parentheses, IN, ranges, IS NULL and ``metrics.loss.min``.
        order_by: such as ``["metrics.loss ASC"]``; the newest first by default.
        limit: how many at most; None for all.
        stage: "active", "archived" or "all".

    Returns:
        One row per run: run_id, name, project, status, start_time and so on, then ``params.*``, ``metrics.*`` (the last
        values) and ``tags.*``, named as ``mlflow.search_runs`` names them.

    Raises:
        ValidationError: the filter, or another argument, is not understood.
        NotFound: there is no such project.
        PermissionDenied: the server refuses.
        StoreUnavailable: the server gives no answer.

    Example:
        >>> import mlflow_ext as ext
        >>> runs = ext.search_runs(filter="metrics.loss < 0.2", order_by=["metrics.loss ASC"], limit=5)
        >>> "run_id" in runs.columns
        True
    """
    from mlflow_ext.frame import frame, pandas
    from mlflow_ext.rest import Stage
    from mlflow_ext.tracking.connect import open_store
    from mlflow_ext.tracking.store import RunQuery

    pandas()
    words = _words("order_by", order_by)
    _one_of("stage", stage, get_args(Stage))
    if limit is not None:
        _count("limit", limit)
    query = RunQuery(_project(project), _text("filter", filter), words, limit, stage)
    return frame(open_store().runs(query))


def compare_runs(run_ids: Sequence[str], metrics: Sequence[str] | None = None) -> pd.DataFrame:
    """Set runs side by side.

    Args:
        run_ids: of the runs, in the order of the rows; at most 1,000.
        metrics: keys, in the order of the columns; every metric when None. One that a run lacks is NaN.

    Returns:
        One row per run: run_id, name, project, status, then ``metrics.*`` (the last values) and ``params.*``.

    Raises:
        ValidationError: no id is given, or too many.
        NotFound: names the ids that are unknown or may not be read.
        StoreUnavailable: the server gives no answer.

    Example:
        >>> import mlflow
        >>> import mlflow_ext as ext
        >>> with mlflow.start_run() as run:
        ...     mlflow.log_metric("loss", 0.5)
        >>> ext.compare_runs([run.info.run_id], metrics=["loss"])["metrics.loss"].tolist()
        [0.5]
    """
    from mlflow_ext.frame import compared, pandas
    from mlflow_ext.tracking.connect import open_store

    pandas()
    ids = _words("run_ids", run_ids)
    if not 1 <= len(ids) <= MAX_COMPARED:
        raise ValidationError(f"run_ids takes 1 to {MAX_COMPARED:,} ids, got {len(ids)}.", field="run_ids")
    keys = None if metrics is None else _words("metrics", metrics)
    answer = open_store().compare(ids)
    if answer.missing:
        raise NotFound(f"Unknown or unreadable: {', '.join(answer.missing)}.")
    return compared(answer.runs, keys)


def leaderboard(
    metric: str,
    top_k: int = 10,
    *,
    project: str | int | None = None,
    order: Order | None = None,
    aggregate: Aggregate = "last",
) -> pd.DataFrame:
    """Rank runs by a metric.

    Args:
        metric: its key.
        top_k: how many runs at most.
        project: an experiment's name or id; all experiments when None.
        order: "asc" for the lowest first, "desc" for the highest; by default as the metric's name tells (loss, error:
            the lowest; accuracy, auc: the highest).
        aggregate: "last", "min", "max" or "mean" of the metric over each run. Beside a server that is not ours all but
            "last" read every run's history.

    Returns:
        As ``search_runs``, with the rank as index and what the run ranks by as ``value``. Runs whose value is NaN have
        no rank; a metric that no run has gives no rows.

    Raises:
        ValidationError: an argument is wrong, or the metric's name does not tell which order is meant.
        NotFound: there is no such project.
        StoreUnavailable: the server gives no answer.

    Example:
        >>> import mlflow
        >>> import mlflow_ext as ext
        >>> with mlflow.start_run():
        ...     mlflow.log_metric("accuracy", 0.75)
        >>> len(ext.leaderboard("accuracy", top_k=1))
        1
    """
    from mlflow_ext.frame import pandas, ranked_frame
    from mlflow_ext.tracking.connect import open_store

    pandas()
    asked = ranking(metric, top_k, project, order, aggregate)
    return ranked_frame(ranked(open_store(), asked))


def ranked(store: RunStore, asked: Ranking, cure: str = "order='asc' or order='desc'") -> list[Ranked]:
    """The best runs, or none when no run has the metric.

    Args:
        store: of the runs.
        asked: the ranking.
        cure: what a caller gives to say the order.

    Raises:
        ValidationError: there are runs with the metric, but neither the caller nor its name tells which are the best.
    """
    from mlflow_ext.direction import undecided

    if asked.order is not None:
        return store.leaderboard(asked)
    if store.leaderboard(replace(asked, order="desc", top_k=1, aggregate="last")):
        raise ValidationError(undecided(asked.metric, cure), field="order")
    return []


def ranking(metric: str, top_k: int, project: str | int | None, order: str | None, aggregate: str) -> Ranking:
    """The ranking that a caller's words mean; its order is None where neither they nor the metric's name tell it.

    Raises:
        ValidationError: a word is wrong.
    """
    from mlflow_ext.direction import better
    from mlflow_ext.tracking.store import Aggregate, Order, Ranking

    if not isinstance(metric, str) or not metric:
        raise ValidationError(f"metric takes a metric's key, got {describe(metric)}.", field="metric")
    if order is None:
        order = {"lower": "asc", "higher": "desc", None: None}[better(metric)]
    else:
        _one_of("order", order, get_args(Order))
    _one_of("aggregate", aggregate, get_args(Aggregate))
    _count("top_k", top_k)
    return Ranking(metric, order, top_k, _project(project), aggregate)  # type: ignore[arg-type]


def _project(value: Any) -> str | None:
    """A name or an id, which may be a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _text("project", value)


def _text(field: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValidationError(f"{field} takes text, got {describe(value)}.", field=field)
    return value


def _words(field: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable) or not all(isinstance(word, str) for word in value):
        raise ValidationError(f"{field} takes a list of texts, got {describe(value)}.", field=field)
    return tuple(value)


def _count(field: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValidationError(f"{field} takes a whole number from 1, got {describe(value)}.", field=field)


def _one_of(field: str, value: Any, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValidationError(f"{field} takes one of {', '.join(known)}; got {describe(value)}.", field=field)
