"""Versions of registered models that came from runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.schema import (
    model_version_tags,
    model_versions,
    registered_model_aliases,
    registered_model_tags,
)
from mlflow_ext_server.repositories.scope import Stage, among, raw_rows, readable_runs, workspace_of
from mlflow_ext_ui.source import Principal

_DELETED = "Deleted_Internal"
_PROMPT = "mlflow.prompt.is_prompt"


@dataclass(slots=True)
class ModelVersionRecord:
    """One version of a registered model; ``creation_time`` in ms since the epoch."""

    name: str
    version: int
    run_id: str
    stage: str | None
    status: str
    source: str | None
    description: str | None
    creation_time: int | None
    aliases: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)


class ModelVersionRepository:
    """Reads model versions, bounded by workspace, by the runs and by the registered models that may be read."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def of_runs(
        self, principal: Principal, run_ids: Sequence[str], stage: Stage = "all"
    ) -> dict[str, list[ModelVersionRecord]]:
        """The versions made from each of these runs, by name and number; unknown and unreadable runs are missing.

        Prompts, which MLflow keeps in the same table, are left out.
        """
        readable = readable_runs(self._backend, principal, run_ids, stage)
        found: dict[str, list[ModelVersionRecord]] = {run: [] for run in readable}
        table = model_versions.c
        query = (
            sa.select(
                table.name, table.version, table.run_id, table.current_stage, table.status, table.source,
                table.description, table.creation_time,
            )
            .where(
                table.workspace == workspace_of(principal),
                among(table.run_id, readable, self._backend.dialect),
                sa.or_(table.current_stage.is_(None), table.current_stage != _DELETED),
                sa.not_(_is_prompt()),
            )
            .order_by(table.name, table.version)
        )  # fmt: skip
        with self._backend.read() as session:
            rows = raw_rows(session, query)
        models = self._backend.readable_models(principal, {row[0] for row in rows})
        versions = {(row[0], row[1]): ModelVersionRecord(*row) for row in rows if row[0] in models}
        with self._backend.read() as session:
            self._fill(session, principal, versions)
        for one in versions.values():
            found[one.run_id].append(one)
        return found

    def _fill(
        self, session: Session, principal: Principal, versions: dict[tuple[str, int], ModelVersionRecord]
    ) -> None:
        names = sorted({name for name, _ in versions})
        for name, version, alias in self._of(session, principal, names, registered_model_aliases, "alias"):
            if (name, version) in versions:
                versions[name, version].aliases.append(alias)
        for name, version, key, value in self._of(session, principal, names, model_version_tags, "key", "value"):
            if (name, version) in versions:
                versions[name, version].tags[key] = value or ""
        for one in versions.values():
            one.aliases.sort()

    def _of(
        self, session: Session, principal: Principal, names: list[str], table: sa.TableClause, *columns: str
    ) -> Sequence[tuple[Any, ...]]:
        query = sa.select(table.c.name, table.c.version, *(table.c[name] for name in columns)).where(
            table.c.workspace == workspace_of(principal), among(table.c.name, names, self._backend.dialect)
        )
        return raw_rows(session, query)


def _is_prompt() -> sa.ColumnElement[bool]:
    table = registered_model_tags.c
    return sa.exists().where(
        table.workspace == model_versions.c.workspace,
        table.name == model_versions.c.name,
        table.key == _PROMPT,
        sa.func.lower(table.value) == "true",
    )
