"""Which runs a request is about, as SQL."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mlflow_ext.store_format import COMMAND_TAG, DATASET_TAG, NOTE_TAG
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.schema import datasets, experiments, inputs, latest_metrics, runs, tags
from mlflow_ext_server.repositories.scope import (
    LARGEST,
    Stage,
    among,
    askable,
    contains,
    experiment_numbers,
    in_workspace,
    raw_rows,
    staged,
)
from mlflow_ext_ui.source import Principal

SOURCE_NAME = "mlflow.source.name"


@dataclass(frozen=True)
class RunSelection:
    """Which runs, in which order; what is None selects nothing out.

    Attributes:
        experiment_ids: ids of experiments; with ``projects``, runs of either.
        projects: names of experiments.
        search: words that the run's name has, in any case and order, or the start of its id.
        where: a condition over ``schema.runs`` joined to ``schema.experiments``.
        order_by: of the same tables; then, and by default, the newest start comes first.
        stage: active runs, archived ones (or of an archived experiment), or all.
        dataset_id: the run's own, or without one the name of any dataset it was given.
        metric_name: a metric that the run has, with a last value from ``metric_min`` to ``metric_max``.
        note_substring: part of the note, in any case.
        command_substring: part of the command or of MLflow's source name, in any case.
        from_time: earliest start, ms since the epoch.
        to_time: latest start, ms since the epoch.
        limit: most runs to give.
        offset: how many to pass over.
    """

    experiment_ids: tuple[str, ...] | None = None
    projects: tuple[str, ...] | None = None
    search: str | None = None
    where: sa.ColumnElement[bool] | None = None
    order_by: tuple[sa.ColumnElement[Any], ...] = ()
    stage: Stage = "active"
    dataset_id: str | None = None
    metric_name: str | None = None
    metric_min: float | None = None
    metric_max: float | None = None
    note_substring: str | None = None
    command_substring: str | None = None
    from_time: int | None = None
    to_time: int | None = None
    limit: int = 100
    offset: int = 0


def experiments_to_search(backend: Backend, principal: Principal, selection: RunSelection) -> list[int]:
    """The numbers of those of the selection's experiments that the principal may read."""
    query = sa.select(experiments.c.experiment_id).where(in_workspace(principal))
    named = []
    if selection.experiment_ids is not None:
        numbers = experiment_numbers(selection.experiment_ids)
        named.append(among(experiments.c.experiment_id, numbers, backend.dialect))
    if selection.projects is not None:
        names = [name for name in selection.projects if askable(name)]
        named.append(among(experiments.c.name, names, backend.dialect))
    if named:
        query = query.where(sa.or_(*named))
    with backend.read() as session:
        found = [int(number) for (number,) in raw_rows(session, query)]
    readable = backend.readable(principal, [str(number) for number in found])
    return [number for number in found if str(number) in readable]


def matching(
    selection: RunSelection, experiment_ids: Collection[int], dialect: str, *columns: sa.ColumnElement[Any]
) -> sa.Select[Any]:
    """A query for ``columns`` of the runs selected in these experiments, without order, limit and offset."""
    return (
        sa.select(*columns)
        .select_from(runs.join(experiments, experiments.c.experiment_id == runs.c.experiment_id))
        .where(among(runs.c.experiment_id, experiment_ids, dialect), staged(selection.stage), *conditions(selection))
    )


def order(selection: RunSelection) -> list[sa.ColumnElement[Any]]:
    """The order of the selection, never undecided; a run without a start comes last."""
    without_start = sa.case((runs.c.start_time.is_(None), 1), else_=0)
    return [*selection.order_by, without_start, runs.c.start_time.desc(), runs.c.run_uuid]


def conditions(selection: RunSelection) -> list[sa.ColumnElement[bool]]:
    """What a run must meet, over ``schema.runs`` joined to ``schema.experiments``, but for experiment and stage."""
    found: list[sa.ColumnElement[bool]] = [] if selection.where is None else [selection.where]
    if selection.search is not None:
        named = sa.and_(sa.true(), *(contains(runs.c.name, word) for word in selection.search.split()))
        found.append(
            sa.or_(named, runs.c.run_uuid.startswith(selection.search, autoescape=True))
            if askable(selection.search)
            else sa.false()
        )
    if selection.dataset_id is not None:
        found.append(_of_dataset(selection.dataset_id))
    if selection.metric_name is not None:
        found.append(_in_range(selection.metric_name, selection.metric_min, selection.metric_max))
    if selection.note_substring is not None:
        found.append(_tagged([NOTE_TAG], contains(tags.c.value, selection.note_substring)))
    if selection.command_substring is not None:
        found.append(_tagged([COMMAND_TAG, SOURCE_NAME], contains(tags.c.value, selection.command_substring)))
    if selection.from_time is not None:
        found.append(runs.c.start_time >= selection.from_time)
    if selection.to_time is not None:
        found.append(runs.c.start_time <= selection.to_time)
    return found


def _tagged(keys: list[str], condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(tags.c.run_uuid == runs.c.run_uuid, tags.c.key.in_(keys), condition)


def _of_dataset(dataset_id: str) -> sa.ColumnElement[bool]:
    if not askable(dataset_id):
        return sa.false()
    given = sa.exists().where(
        inputs.c.destination_id == runs.c.run_uuid,
        inputs.c.destination_type == "RUN",
        inputs.c.source_type == "DATASET",
        datasets.c.dataset_uuid == inputs.c.source_id,
        datasets.c.name == dataset_id,
    )
    own = _tagged([DATASET_TAG], tags.c.value == dataset_id)
    return sa.or_(own, sa.and_(sa.not_(_tagged([DATASET_TAG], sa.true())), given))


def _in_range(name: str, lowest: float | None, highest: float | None) -> sa.ColumnElement[bool]:
    if not askable(name):
        return sa.false()
    table = latest_metrics.c
    bounds = [table.run_uuid == runs.c.run_uuid, table.key == name, *metric_range(table.value, lowest, highest)]
    if lowest is not None or highest is not None:
        bounds.append(table.is_nan.is_(sa.false()))
    return sa.exists().where(*bounds).correlate(runs)  # an outer query may read the same table


def metric_range(
    value: sa.ColumnElement[float], lowest: float | None, highest: float | None
) -> list[sa.ColumnElement[bool]]:
    """Conditions on a stored value; a bound of NaN lets nothing through, as no number compares with it."""
    if any(bound is not None and math.isnan(bound) for bound in (lowest, highest)):
        return [sa.false()]
    found = [] if lowest is None else [value >= max(-LARGEST, min(lowest, LARGEST))]
    return found if highest is None else [*found, value <= max(-LARGEST, min(highest, LARGEST))]
