"""Rules of experiments that raise alerts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from pydantic import TypeAdapter

from mlflow_ext.rest import Condition
from mlflow_ext_server.contention import again
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.schema import experiments
from mlflow_ext_server.repositories.scope import askable, experiment_numbers, workspace_of
from mlflow_ext_server.tables import alert_rules, alert_states
from mlflow_ext_ui.source import Principal

_of = alert_rules.c
CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)


class AlertRuleRow(NamedTuple):
    """One rule; ``condition`` is JSON, times are in ms since the epoch."""

    id: str
    workspace: str
    experiment_id: str
    name: str
    condition: str
    level: str
    webhook_id: str | None
    paused: bool
    epoch: int
    since: int
    created_by: str | None
    created_at: int
    updated_by: str | None
    updated_at: int

    def parsed(self) -> Condition:
        """The condition."""
        return CONDITION.validate_json(self.condition)

    def plain(self) -> dict[str, Any]:
        """As the API shows it: ``rest.AlertRule``."""
        found = {**self._asdict(), "condition": orjson.loads(self.condition), "paused": bool(self.paused)}
        return {name: value for name, value in found.items() if name not in ("workspace", "epoch")}


_COLUMNS = [_of[name] for name in AlertRuleRow._fields]


class AlertRuleRepository:
    """Reads rules that the principal may read, and writes them.

    Args:
        backend: where our tables are, and MLflow's permissions.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def of_experiment(self, principal: Principal, experiment_id: str) -> list[AlertRuleRow] | None:
        """The rules of an experiment, oldest first; None when it is unknown or may not be read."""
        numbers = experiment_numbers([experiment_id])
        if not numbers:
            return None
        space = workspace_of(principal)
        here = sa.select(sa.literal(1)).where(
            experiments.c.experiment_id == numbers[0], experiments.c.workspace == space
        )
        mine = _of.workspace == space, _of.experiment_id == str(numbers[0])
        with self._backend.write() as session:  # who has just added one wants to see it
            known = session.execute(here).first() is not None
            rows = session.execute(sa.select(*_COLUMNS).where(*mine).order_by(_of.created_at, _of.id)).all()
        if not known or not self._backend.readable(principal, [str(numbers[0])]):
            return None
        return [AlertRuleRow(*row) for row in rows]

    def by_id(self, principal: Principal, rule_id: str) -> AlertRuleRow | None:
        """One rule; None when it is unknown or may not be read."""
        if not askable(rule_id):
            return None
        number = sa.cast(experiments.c.experiment_id, sa.String(32))
        there = sa.exists().where(number == _of.experiment_id, experiments.c.workspace == _of.workspace)
        query = sa.select(*_COLUMNS).where(_of.id == rule_id, _of.workspace == workspace_of(principal), there)
        with self._backend.write() as session:
            row = session.execute(query).first()
        if row is None or not self._backend.readable(principal, [row.experiment_id]):
            return None
        return AlertRuleRow(*row)

    def active(self) -> list[AlertRuleRow]:
        """All rules, of every workspace, that are not paused."""
        with self._backend.write() as session:
            rows = session.execute(sa.select(*_COLUMNS).where(_of.paused.is_(sa.false())).order_by(_of.id)).all()
        return [AlertRuleRow(*row) for row in rows]

    def insert(self, row: AlertRuleRow) -> None:
        """Store a new rule."""
        self._write(sa.insert(alert_rules).values(**row._asdict()))

    def update(self, rule_id: str, changes: Mapping[str, Any]) -> bool:
        """Change columns of a rule; False when it is gone."""
        return self._write(sa.update(alert_rules).where(_of.id == rule_id).values(**changes))

    def delete(self, rule_id: str) -> bool:
        """Delete a rule with what it remembers of runs; its alerts stay. False when it is gone already."""
        forget = sa.delete(alert_states).where(alert_states.c.rule_id == rule_id)
        return self._write(sa.delete(alert_rules).where(_of.id == rule_id), forget)

    def _write(self, *statements: sa.Insert | sa.Update | sa.Delete) -> bool:
        def write() -> bool:
            with self._backend.write() as session:
                results = [session.execute(statement) for statement in statements]
                assert isinstance(results[0], sa.CursorResult)
                return results[0].rowcount > 0

        return again(write)
