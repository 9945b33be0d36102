"""Fixtures of the contract tests: each repository on sqlite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlflow_ext_server import mlflow_adapter, schema
from mlflow_ext_server.mlflow_backend import MlflowBackend
from tests.contract.world import World


@pytest.fixture(scope="module")
def sqlite_database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('sqlite')}/mlflow.db"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    uri = request.getfixturevalue("sqlite_database" if request.param == "sqlite" else "postgres_database")
    found = World(uri, tmp_path / "artifacts")
    yield found
    found.backend.engine.dispose()


def open_store() -> MlflowBackend:
    """The store of this process's environment, with our tables in it."""
    schema.ensure(mlflow_adapter.tracking_engine())
    return MlflowBackend(auth=False)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowBackend]:
    from mlflow.server import ARTIFACT_ROOT_ENV_VAR, BACKEND_STORE_URI_ENV_VAR, handlers

    folder = tmp_path_factory.mktemp("writing")
    uri = f"sqlite:///{folder}/mlflow.db"
    if request.param == "postgresql":
        uri = request.getfixturevalue("postgres_database")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(BACKEND_STORE_URI_ENV_VAR, uri)
        patch.setenv(ARTIFACT_ROOT_ENV_VAR, (folder / "artifacts").as_uri())
        patch.setenv("MLFLOW_ENABLE_WORKSPACES", "false")
        patch.setattr(handlers, "_tracking_store", None)
        yield open_store()
        mlflow_adapter.tracking_engine().dispose()
