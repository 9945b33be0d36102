"""What bounds every read: the workspace, the stage, the ids asked for, and what the principal may read."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any, Literal, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from mlflow_ext.foreign import storable
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.schema import experiments, runs
from mlflow_ext_ui.source import Principal

Stage = Literal["active", "archived", "all"]

LARGEST = 1.7976931348623157e308
"""How MLflow stores infinity."""

_DEFAULT_WORKSPACE = "default"
_CHUNK = 500  # ids in one IN list, below every database's limit of bound values
_RUN_ID = 32  # characters
_INT32 = 2**31


def workspace_of(principal: Principal) -> str:
    """The workspace whose rows the principal works with."""
    return principal.workspace or _DEFAULT_WORKSPACE


def in_workspace(principal: Principal) -> sa.ColumnElement[bool]:
    """Bounds a query that joins experiments."""
    return experiments.c.workspace == workspace_of(principal)


def staged(stage: Stage) -> sa.ColumnElement[bool]:
    """Bounds a query over runs joined to experiments; a run of an archived experiment is archived, too."""
    active = sa.and_(runs.c.lifecycle_stage == "active", experiments.c.lifecycle_stage == "active")
    return {"active": active, "archived": sa.not_(active), "all": sa.true()}[stage]


def chunks(ids: list[str]) -> list[list[str]]:
    """``ids`` in lists that fit into one IN clause."""
    return [ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK)]


def among(column: sa.ColumnElement[Any], values: Collection[Any], dialect: str) -> sa.ColumnElement[bool]:
    """``column IN values`` for any number of values, bound as one parameter where the database can take it apart."""
    wanted = list(values)
    if dialect == "sqlite":
        each = sa.func.json_each(json.dumps(wanted)).table_valued("value", name="wanted")
        return column.in_(sa.select(each.c.value))
    if dialect == "postgresql":
        return column == sa.any_(sa.literal(wanted, postgresql.ARRAY(column.type)))
    return column.in_(wanted)


def askable(text: str) -> bool:
    """Whether a database can be asked for this text: PostgreSQL refuses NUL, and no one takes a lone surrogate."""
    return "\0" not in text and storable(text)


def contains(column: sa.ColumnElement[str], text: str) -> sa.ColumnElement[bool]:
    """Whether the column holds ``text``, in any case; the database folds both, as each knows other letters."""
    if not askable(text):
        return sa.false()
    literal = text.replace("/", "//").replace("%", "/%").replace("_", "/_")
    return sa.func.lower(column).like(sa.func.lower(f"%{literal}%"), escape="/")


def experiment_numbers(experiment_ids: Collection[str]) -> list[int]:
    """Experiment ids as the database has them; texts that are none are left out."""
    numbers = {int(one) for one in experiment_ids if one.isascii() and one.isdigit() and len(one) < 11}
    return sorted(one for one in numbers if one < _INT32)


def raw_rows(session: Session, query: sa.Select[Any]) -> Sequence[tuple[Any, ...]]:
    """The driver's own tuples: half the cost of SQLAlchemy's rows. Booleans may be 0 and 1."""
    result = cast("sa.CursorResult[Any]", session.execute(query))
    assert result.cursor is not None
    found: Sequence[tuple[Any, ...]] = result.cursor.fetchall()
    return found


def number(value: float, nan: object) -> float:
    """A metric's value as it was logged."""
    if nan:
        return float("nan")
    return value if -LARGEST < value < LARGEST else value * 2


def readable_runs(
    backend: Backend, principal: Principal, run_ids: Sequence[str], stage: Stage = "active"
) -> dict[str, str]:
    """Those of ``run_ids`` that the principal may read, in the order asked, with the ids of their experiments."""
    asked = [run for run in dict.fromkeys(run_ids) if run.isascii() and run.isprintable() and len(run) <= _RUN_ID]
    query = (
        sa.select(runs.c.run_uuid, runs.c.experiment_id)
        .select_from(runs.join(experiments, experiments.c.experiment_id == runs.c.experiment_id))
        .where(among(runs.c.run_uuid, asked, backend.dialect), in_workspace(principal), staged(stage))
    )
    with backend.read() as session:
        found = {run: str(experiment) for run, experiment in raw_rows(session, query)}
    readable = backend.readable(principal, set(found.values()))
    return {run: found[run] for run in asked if run in found and found[run] in readable}
