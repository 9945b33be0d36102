"""Runs on a plain MLflow server, in a database without a server, and on an ext-server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import mlflow
import pytest

from tests.conftest import Server
from tests.run_store import Seed, new_run, seed

_numbers = count(1_000_000)


@dataclass
class Place:
    """A tracking address and what is there."""

    uri: str
    seed: Seed
    folder: Path

    def fresh(self) -> str:
        """A run that may be changed, in an experiment of its own."""
        client = mlflow.MlflowClient(self.uri)
        known = client.get_experiment_by_name("scratch")
        experiment_id = known.experiment_id if known else client.create_experiment("scratch")
        return new_run(client, experiment_id, "fresh", next(_numbers))


@pytest.fixture(scope="session")
def plain(shared_mlflow: Server) -> Place:
    """A plain MLflow server."""
    return _place(shared_mlflow)


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A database without a server."""
    folder = tmp_path_factory.mktemp("database")
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    return Place(uri, seed(uri), folder)


@pytest.fixture(scope="session")
def ours(shared_server: Server) -> Place:
    """An ext-server."""
    return _place(shared_server)


def _place(server: Server) -> Place:
    return Place(server.url, seed(server.url), server.dir)


@pytest.fixture(params=["plain", "database", "ours"])
def place(request: pytest.FixtureRequest) -> Place:
    """Each of the three."""
    found: Place = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Place], Place]:
    """``at(place)``: MLflow's setting names it, the spool is empty."""

    def go(place: Place) -> Place:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", place.uri)
        monkeypatch.setenv("MLFLOW_EXT_SPOOL_DIR", str(tmp_path / "spool"))
        monkeypatch.setenv("NO_PROXY", "*")
        monkeypatch.chdir(tmp_path)
        return place

    return go
