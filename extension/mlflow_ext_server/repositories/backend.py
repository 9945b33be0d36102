"""What the repositories need of MLflow, as a protocol, so that they can be tested on any engine."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy.orm import Session

from mlflow_ext_server.regular_file import LARGEST_BYTES
from mlflow_ext_ui.source import Principal


class Backend(Protocol):
    """MLflow's store, its permissions and its artifacts."""

    @property
    def dialect(self) -> str:
        """SQLAlchemy's name of the database: sqlite, postgresql, mysql, mssql."""
        ...

    def read(self) -> AbstractContextManager[Session]:
        """A session that only reads."""
        ...

    def write(self) -> AbstractContextManager[Session]:
        """A session that commits when its block ends."""
        ...

    def readable(self, principal: Principal, experiment_ids: Collection[str]) -> set[str]:
        """Those of ``experiment_ids`` whose runs MLflow itself would let ``principal`` read."""
        ...

    def visible(self, principal: Principal, experiment_ids: Collection[str]) -> set[str]:
        """Those of ``experiment_ids`` that MLflow itself would show to ``principal``, even where not their runs."""
        ...

    def with_readable_models(self, principal: Principal, experiment_ids: Collection[str]) -> set[str]:
        """Those of ``experiment_ids`` whose logged models MLflow itself would let ``principal`` read."""
        ...

    def readable_models(self, principal: Principal, names: Collection[str]) -> set[str]:
        """Those registered models of the principal's workspace whose versions MLflow would let it read."""
        ...

    def artifact_paths(self, artifact_uri: str, most: int) -> list[str]:
        """Paths of a run's files, by name, folder by folder; the first ``most``.

        Raises:
            StoreUnavailable: the artifact store gives no answer.
        """
        ...

    def artifact(self, artifact_uri: str, path: str, limit: int = LARGEST_BYTES) -> bytes:
        """The bytes of one file of a run.

        Raises:
            NotFound: there is no such file.
            ValidationError: it is no regular file, or has more than ``limit`` bytes.
            StoreUnavailable: the artifact store gives no answer.
        """
        ...
