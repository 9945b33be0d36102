"""The params of many runs."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.schema import params
from mlflow_ext_server.repositories.scope import among, raw_rows, readable_runs
from mlflow_ext_ui.source import Principal


class ParamRepository:
    """Reads params, bounded by workspace and readable experiments."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def read(self, principal: Principal, run_ids: Sequence[str]) -> dict[str, dict[str, str]]:
        """The params of those of ``run_ids`` that are active and readable, in the order asked."""
        found: dict[str, dict[str, str]] = {run: {} for run in readable_runs(self._backend, principal, run_ids)}
        where = among(params.c.run_uuid, found, self._backend.dialect)
        with self._backend.read() as session:
            for run, key, value in raw_rows(
                session, sa.select(params.c.run_uuid, params.c.key, params.c.value).where(where)
            ):
                found[run][key] = value
        return found
