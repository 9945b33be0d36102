"""Fixtures of the contract tests: each repository on sqlite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

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
