"""Experiments with their tags and what has happened in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa

from mlflow_ext.store_format import NOTE_TAG
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.schema import experiment_tags, experiments, latest_metrics, runs
from mlflow_ext_server.repositories.scope import (
    Stage,
    among,
    askable,
    contains,
    experiment_numbers,
    in_workspace,
    raw_rows,
)
from mlflow_ext_server.repositories.selection import metric_range
from mlflow_ext_ui.figures.direction import better
from mlflow_ext_ui.source import Principal


@dataclass(frozen=True)
class ExperimentSelection:
    """Which experiments; what is None selects nothing out.

    Attributes:
        search: part of the name, in any case.
        tag: key of a tag that the experiment has.
        tag_value: that tag's value.
        metric_name: a metric of an active run of it; the best last value lies from ``metric_min`` to ``metric_max``.
        from_time: earliest last activity (newest start of an active run, or without one the creation), ms.
        to_time: latest last activity, ms since the epoch.
        stage: active experiments, archived ones, or all.
        limit: most experiments to give.
        offset: how many to pass over.
    """

    search: str | None = None
    tag: str | None = None
    tag_value: str | None = None
    metric_name: str | None = None
    metric_min: float | None = None
    metric_max: float | None = None
    from_time: int | None = None
    to_time: int | None = None
    stage: Stage = "active"
    limit: int = 100
    offset: int = 0


@dataclass(slots=True)
class ExperimentRecord:
    """One experiment; times in ms since the epoch, ``runs`` active ones, ``last_activity`` the newest one's start."""

    experiment_id: str
    name: str
    stage: Literal["active", "archived"]
    runs: int
    last_activity: int | None
    creation_time: int | None
    last_update_time: int | None
    description: str | None = None
    tags: dict[str, str] = field(default_factory=dict)


class ExperimentRepository:
    """Reads of experiments, bounded by workspace and permission."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def search(
        self, principal: Principal, selection: ExperimentSelection, *, tags: bool = True
    ) -> tuple[list[ExperimentRecord], int]:
        """The experiments selected, and how many there are without limit and offset.

        The one with the newest run comes first; those without runs follow by their creation. ``tags=False`` spares the
        query for tags and descriptions.
        """
        found = self._visible(principal, _query(selection).where(in_workspace(principal)), by_runs=_by_runs(selection))
        page = found[selection.offset : selection.offset + selection.limit]
        return self._with_tags(page) if tags else page, len(found)

    def by_ids(
        self, principal: Principal, experiment_ids: Sequence[str], stage: Stage = "all"
    ) -> dict[str, ExperimentRecord]:
        """These experiments in the order asked; unknown and unreadable ones are missing."""
        numbers = experiment_numbers(experiment_ids)
        query = _query(ExperimentSelection(stage=stage)).where(
            in_workspace(principal), among(experiments.c.experiment_id, numbers, self._backend.dialect)
        )
        found = {one.experiment_id: one for one in self._with_tags(self._visible(principal, query))}
        return {one: found[one] for one in dict.fromkeys(experiment_ids) if one in found}

    def by_names(self, principal: Principal, names: Sequence[str], stage: Stage = "all") -> dict[str, ExperimentRecord]:
        """Name to experiment, in the order asked; unknown and unreadable ones are missing."""
        query = _query(ExperimentSelection(stage=stage)).where(
            in_workspace(principal),
            among(experiments.c.name, [name for name in names if askable(name)], self._backend.dialect),
        )
        found = {one.name: one for one in self._with_tags(self._visible(principal, query))}
        return {one: found[one] for one in dict.fromkeys(names) if one in found}

    def _visible(self, principal: Principal, query: sa.Select[Any], *, by_runs: bool = False) -> list[ExperimentRecord]:
        """What may be seen; ``by_runs`` leaves out experiments that were chosen by runs that may not be read."""
        with self._backend.read() as session:
            rows = raw_rows(session, query)
        ids = [str(row[0]) for row in rows]
        with_runs = self._backend.readable(principal, ids)
        visible = with_runs if by_runs else self._backend.visible(principal, ids) | with_runs
        found = []
        for number, name, stage, count, newest, created, updated in rows:
            one = str(number)
            if one in visible:
                shown: Literal["active", "archived"] = "active" if stage == "active" else "archived"
                runs_of, last = (count or 0, newest) if one in with_runs else (0, None)
                found.append(ExperimentRecord(one, name, shown, runs_of, last, created, updated))
        return found

    def _with_tags(self, found: list[ExperimentRecord]) -> list[ExperimentRecord]:
        by_id = {int(one.experiment_id): one for one in found}
        table = experiment_tags.c
        query = sa.select(table.experiment_id, table.key, table.value).where(
            among(table.experiment_id, by_id, self._backend.dialect)
        )
        with self._backend.read() as session:
            for number, key, value in raw_rows(session, query.order_by(table.key)):
                by_id[number].tags[key] = value or ""
        for one in found:
            one.description = one.tags.get(NOTE_TAG) or None
        return found


def _by_runs(selection: ExperimentSelection) -> bool:
    return selection.metric_name is not None or selection.from_time is not None or selection.to_time is not None


def _query(selection: ExperimentSelection) -> sa.Select[Any]:
    seen = (
        sa.select(runs.c.experiment_id, sa.func.count().label("runs"), sa.func.max(runs.c.start_time).label("newest"))
        .where(runs.c.lifecycle_stage == "active")
        .group_by(runs.c.experiment_id)
        .subquery()
    )
    table = experiments.c
    return (
        sa.select(
            table.experiment_id, table.name, table.lifecycle_stage, seen.c.runs, seen.c.newest,
            table.creation_time, table.last_update_time,
        )
        .select_from(experiments.outerjoin(seen, seen.c.experiment_id == table.experiment_id))
        .where(*_conditions(selection, sa.func.coalesce(seen.c.newest, table.creation_time)))
        .order_by(
            sa.case((seen.c.newest.is_(None), 1), else_=0),
            seen.c.newest.desc(),
            table.creation_time.desc(),
            table.experiment_id.desc(),
        )
    )  # fmt: skip


def _conditions(selection: ExperimentSelection, activity: sa.ColumnElement[Any]) -> list[sa.ColumnElement[bool]]:
    stage = experiments.c.lifecycle_stage == "active"
    found = [{"active": stage, "archived": sa.not_(stage), "all": sa.true()}[selection.stage]]
    if selection.search:
        found.append(contains(experiments.c.name, selection.search))
    if selection.tag is not None:
        found.append(_tagged(selection.tag, selection.tag_value))
    if selection.metric_name is not None:
        found.append(_in_range(selection.metric_name, selection.metric_min, selection.metric_max))
    if selection.from_time is not None:
        found.append(activity >= selection.from_time)
    if selection.to_time is not None:
        found.append(activity <= selection.to_time)
    return found


def _tagged(key: str, value: str | None) -> sa.ColumnElement[bool]:
    if not askable(key) or not askable(value or ""):
        return sa.false()
    table = experiment_tags.c
    wanted = [table.experiment_id == experiments.c.experiment_id, table.key == key]
    return sa.exists().where(*wanted, *([] if value is None else [table.value == value]))


def _in_range(name: str, lowest: float | None, highest: float | None) -> sa.ColumnElement[bool]:
    """Whether the best last value lies in the range: the lowest where the metric's name says so, else the highest."""
    if not askable(name):
        return sa.false()
    table = latest_metrics.c
    best = sa.func.min(table.value) if better(name) == "lower" else sa.func.max(table.value)
    good = (
        sa.select(runs.c.experiment_id)
        .select_from(latest_metrics.join(runs, runs.c.run_uuid == table.run_uuid))
        .where(table.key == name, table.is_nan.is_(sa.false()), runs.c.lifecycle_stage == "active")
        .group_by(runs.c.experiment_id)
    )
    bounds = metric_range(best, lowest, highest)
    return experiments.c.experiment_id.in_(good.having(sa.and_(*bounds)) if bounds else good)
