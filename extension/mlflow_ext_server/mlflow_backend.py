"""MLflow's store, permissions and artifacts, as the repositories see them."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import Literal

from sqlalchemy.orm import Session

from mlflow_ext_server import mlflow_adapter
from mlflow_ext_ui.source import Principal


class MlflowBackend:
    """Implements ``repositories.backend.Backend`` inside a running server.

    Args:
        auth: whether the server authenticates; then a Principal without a name may read nothing.
    """

    def __init__(self, *, auth: bool) -> None:
        self._auth = auth

    @property
    def dialect(self) -> str:
        """SQLAlchemy's name of the database."""
        return mlflow_adapter.dialect()

    def read(self) -> AbstractContextManager[Session]:
        """A session that only reads."""
        return mlflow_adapter.read_session()

    def write(self) -> AbstractContextManager[Session]:
        """A session that commits when its block ends."""
        return mlflow_adapter.write_session()

    def readable(self, principal: Principal, experiment_ids: Collection[str]) -> set[str]:
        """Those experiments whose runs the principal may read, within its workspace."""
        return self._permitted(principal, experiment_ids, "read")

    def editable(self, principal: Principal, experiment_ids: Collection[str]) -> set[str]:
        """Those experiments whose runs the principal may change, within its workspace."""
        return self._permitted(principal, experiment_ids, "update")

    def deletable(self, principal: Principal, experiment_ids: Collection[str]) -> set[str]:
        """Those experiments whose runs the principal may delete, within its workspace."""
        return self._permitted(principal, experiment_ids, "delete")

    def may_create_run(self, principal: Principal, experiment_id: str) -> bool:
        """Whether the principal may start a run in the experiment."""
        if not self._in_workspace(principal, [experiment_id]):
            return False
        if not self._auth or principal.is_admin:
            return True
        return principal.username is not None and mlflow_adapter.may_create_run(
            principal.username, principal.workspace, experiment_id
        )

    def artifact(self, artifact_uri: str, path: str) -> bytes:
        """The bytes of one file of a run.

        Raises:
            NotFound: there is no such file.
            ValidationError: it is no regular file, or too large.
            StoreUnavailable: the artifact store gives no answer.
        """
        return mlflow_adapter.artifact(artifact_uri, path)

    def _permitted(
        self, principal: Principal, experiment_ids: Collection[str], action: Literal["read", "update", "delete"]
    ) -> set[str]:
        ids = self._in_workspace(principal, experiment_ids)
        if not self._auth or principal.is_admin:
            return ids
        if principal.username is None:
            return set()
        return mlflow_adapter.permitted(principal.username, principal.workspace, ids, action)

    @staticmethod
    def _in_workspace(principal: Principal, experiment_ids: Collection[str]) -> set[str]:
        if not mlflow_adapter.workspaces_enabled():
            return set(experiment_ids)
        if principal.workspace is None:
            return set()
        return mlflow_adapter.experiments_in(principal.workspace, list(experiment_ids))
