"""What changing things needs of MLflow, as a protocol."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from mlflow_ext.uploader.mirror import MetricRow
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_ui.source import Principal


class MadeRun(Protocol):
    """A run that was just started."""

    @property
    def id(self) -> str:
        """MLflow's id."""
        ...

    @property
    def artifact_uri(self) -> str:
        """Where its artifacts belong."""
        ...


class WritingBackend(Backend, Protocol):
    """MLflow's store, its permissions, its artifacts and its routes. Every method raises errors of ``mlflow_ext``."""

    def editable(self, principal: Principal, experiment_ids: Collection[str]) -> set[str]:
        """Those experiments whose runs the principal may change."""
        ...

    def deletable(self, principal: Principal, experiment_ids: Collection[str]) -> set[str]:
        """Those experiments whose runs the principal may delete."""
        ...

    def may_create_run(self, principal: Principal, experiment_id: str) -> bool:
        """Whether the principal may start a run in the experiment."""
        ...

    def administers(self, principal: Principal) -> bool:
        """Whether the principal is an admin, as everybody is on a server without authentication."""
        ...

    def create_run(
        self, experiment_id: str, *, name: str | None, user: str | None, start_time: int, tags: Mapping[str, str]
    ) -> MadeRun:
        """Start a run; ``start_time`` in ms since the epoch."""
        ...

    def log_batch(
        self,
        run_id: str,
        *,
        metrics: Sequence[MetricRow] = (),
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Log up to 1,000 metrics, 100 params and 100 tags; tags last."""
        ...

    def delete_tag(self, run_id: str, key: str) -> None:
        """Take a tag away; NotFound where there is none."""
        ...

    def update_run(
        self, run_id: str, *, name: str | None = None, status: str | None = None, end_time: int | None = None
    ) -> None:
        """Change a run's name, status or end."""
        ...

    def archive_run(self, run_id: str) -> None:
        """Put a run into MLflow's stage "deleted"."""
        ...

    def restore_run(self, run_id: str) -> None:
        """Bring an archived run back."""
        ...

    def erase_run(self, run_id: str) -> None:
        """Delete a run's rows for good."""
        ...

    def write_artifact(self, artifact_uri: str, path: str, data: bytes) -> None:
        """Write one file of a run in one step."""
        ...

    def delete_artifacts(self, artifact_uri: str, run_id: str) -> None:
        """Delete all files of a run."""
        ...

    def check_tag(self, key: str, value: str, field: str) -> None:
        """Refuse a tag that MLflow would refuse; the ValidationError names ``field``."""
        ...

    def check_metric_key(self, key: str, field: str) -> None:
        """Refuse a metric's name that MLflow would refuse."""
        ...

    def takes_param(self, key: str, value: str) -> bool:
        """Whether MLflow can hold a param whole."""
        ...

    def ask(self, principal: Principal, action: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Any:
        """MLflow's own answer to a POST of ``action``, such as ``experiments/create``, with the caller's headers."""
        ...
