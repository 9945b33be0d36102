"""MLflow's store, permissions, artifacts and routes, as the repositories and the writing functions see them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal

from sqlalchemy.orm import Session

from mlflow_ext.uploader.mirror import MetricRow
from mlflow_ext_server import mlflow_adapter
from mlflow_ext_server.regular_file import LARGEST_BYTES
from mlflow_ext_ui.source import Principal


class MlflowBackend:
    """Implements ``writing.backend.WritingBackend`` inside a running server.

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

    def visible(self, principal: Principal, experiment_ids: Collection[str]) -> set[str]:
        """Those experiments that the principal may see, even where not their runs, within its workspace."""
        ids = self._in_workspace(principal, experiment_ids)
        if not self._auth or principal.is_admin:
            return ids
        if principal.username is None:
            return set()
        return mlflow_adapter.visible_experiments(principal.username, principal.workspace, ids)

    def with_readable_models(self, principal: Principal, experiment_ids: Collection[str]) -> set[str]:
        """Those experiments whose logged models the principal may read, within its workspace."""
        return self._permitted(principal, experiment_ids, "read", "logged_model")

    def readable_models(self, principal: Principal, names: Collection[str]) -> set[str]:
        """Those registered models of the principal's workspace whose versions it may read."""
        if mlflow_adapter.workspaces_enabled() and principal.workspace is None:
            return set()
        if not self._auth or principal.is_admin:
            return set(names)
        if principal.username is None:
            return set()
        return mlflow_adapter.readable_models(principal.username, principal.workspace, names)

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

    def administers(self, principal: Principal) -> bool:
        """Whether the principal is an admin; everybody is on a server without authentication."""
        return not self._auth or principal.is_admin

    def artifact_paths(self, artifact_uri: str, most: int) -> list[str]:
        """Paths of a run's files, the first ``most``.

        Raises:
            StoreUnavailable: the artifact store gives no answer.
        """
        return mlflow_adapter.artifact_paths(artifact_uri, most)

    def artifact(self, artifact_uri: str, path: str, limit: int = LARGEST_BYTES) -> bytes:
        """The bytes of one file of a run.

        Raises:
            NotFound: there is no such file.
            ValidationError: it is no regular file, or has more than ``limit`` bytes.
            StoreUnavailable: the artifact store gives no answer.
        """
        return mlflow_adapter.artifact(artifact_uri, path, limit)

    def create_run(
        self, experiment_id: str, *, name: str | None, user: str | None, start_time: int, tags: Mapping[str, str]
    ) -> mlflow_adapter.MadeRun:
        """Start a run; ``start_time`` in ms since the epoch."""
        return mlflow_adapter.create_run(experiment_id, name=name, user=user, start_time=start_time, tags=tags)

    def log_batch(
        self,
        run_id: str,
        *,
        metrics: Sequence[MetricRow] = (),
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Log up to 1,000 metrics, 100 params and 100 tags; tags last."""
        mlflow_adapter.log_batch(run_id, metrics=metrics, params=params, tags=tags)

    def delete_tag(self, run_id: str, key: str) -> None:
        """Take a tag away.

        Raises:
            NotFound: the run has none of that key.
        """
        mlflow_adapter.delete_tag(run_id, key)

    def update_run(
        self, run_id: str, *, name: str | None = None, status: str | None = None, end_time: int | None = None
    ) -> None:
        """Change a run's name, status or end; what is None stays."""
        mlflow_adapter.update_run(run_id, name=name, status=status, end_time=end_time)

    def archive_run(self, run_id: str) -> None:
        """Put a run into MLflow's stage "deleted"."""
        mlflow_adapter.archive_run(run_id)

    def restore_run(self, run_id: str) -> None:
        """Bring an archived run back."""
        mlflow_adapter.restore_run(run_id)

    def erase_run(self, run_id: str) -> None:
        """Delete a run's rows for good."""
        mlflow_adapter.erase_run(run_id)

    def write_artifact(self, artifact_uri: str, path: str, data: bytes) -> None:
        """Write one file of a run in one step.

        Raises:
            StoreUnavailable: the artifact store does not take it.
        """
        mlflow_adapter.write_artifact(artifact_uri, path, data)

    def delete_artifacts(self, artifact_uri: str, run_id: str) -> None:
        """Delete all files of a run.

        Raises:
            Conflict: they are not the run's own, or lie behind a symbolic link.
            StoreUnavailable: the artifact store does not do it.
        """
        mlflow_adapter.delete_artifacts(artifact_uri, run_id)

    def check_tag(self, key: str, value: str, field: str) -> None:
        """Refuse a tag that MLflow would refuse; the ValidationError names ``field``."""
        mlflow_adapter.check_tag(key, value, field)

    def check_metric_key(self, key: str, field: str) -> None:
        """Refuse a metric's name that MLflow would refuse; the ValidationError names ``field``."""
        mlflow_adapter.check_metric_key(key, field)

    def takes_param(self, key: str, value: str) -> bool:
        """Whether MLflow can hold a param whole."""
        return mlflow_adapter.takes_param(key, value)

    def ask(self, principal: Principal, action: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Any:
        """MLflow's own answer to a POST of ``action``, with the caller's headers, in the principal's workspace."""
        return mlflow_adapter.ask(action, body, headers, principal.workspace)

    def _permitted(
        self,
        principal: Principal,
        experiment_ids: Collection[str],
        action: Literal["read", "update", "delete"],
        tier: Literal["run", "logged_model"] = "run",
    ) -> set[str]:
        ids = self._in_workspace(principal, experiment_ids)
        if not self._auth or principal.is_admin:
            return ids
        if principal.username is None:
            return set()
        return mlflow_adapter.permitted(principal.username, principal.workspace, ids, action, tier)

    @staticmethod
    def _in_workspace(principal: Principal, experiment_ids: Collection[str]) -> set[str]:
        if not mlflow_adapter.workspaces_enabled():
            return set(experiment_ids)
        if principal.workspace is None:
            return set()
        return mlflow_adapter.experiments_in(principal.workspace, list(experiment_ids))
