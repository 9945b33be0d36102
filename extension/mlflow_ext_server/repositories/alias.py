"""A caller's own ids of runs."""

from __future__ import annotations

import re
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.schema import runs
from mlflow_ext_server.repositories.scope import among, askable, raw_rows, workspace_of
from mlflow_ext_server.tables import run_aliases
from mlflow_ext_ui.source import Principal

_MLFLOW_ID = re.compile(r"[0-9a-fA-F]{32}")


class AliasRepository:
    """Reads aliases; who may read the run behind one is decided where the run is read."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def resolve(self, principal: Principal, ids: Sequence[str]) -> dict[str, str]:
        """Each known id to MLflow's, in the order asked.

        Ids of 32 hex digits stand for themselves, known or not; an alias of the principal's workspace counts while its
        run is there. All other ids are missing.
        """
        asked = list(dict.fromkeys(ids))
        own = [one for one in asked if not _MLFLOW_ID.fullmatch(one) and askable(one)]
        known = self._known(principal, own) if own else {}
        known |= {one: one for one in asked if _MLFLOW_ID.fullmatch(one)}
        return {one: known[one] for one in asked if one in known}

    def _known(self, principal: Principal, own: list[str]) -> dict[str, str]:
        with self._backend.read() as session:
            return known_aliases(session, principal, own, self._backend.dialect)


def known_aliases(session: Session, principal: Principal, own: list[str], dialect: str) -> dict[str, str]:
    """Those of ``own`` that are aliases of a run of the principal's workspace, to MLflow's id; all can be asked for."""
    query = (
        sa.select(run_aliases.c.alias, run_aliases.c.run_uuid)
        .select_from(run_aliases.join(runs, runs.c.run_uuid == run_aliases.c.run_uuid))
        .where(run_aliases.c.workspace == workspace_of(principal), among(run_aliases.c.alias, own, dialect))
    )
    return {alias: run for alias, run in raw_rows(session, query)}
