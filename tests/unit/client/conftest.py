"""A stub of our server without runs behind it, and an environment without credentials."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mlflow_ext.rest import RunInfo
from tests.rest_stub import Stub, rest_stub

VARIABLES = (
    "MLFLOW_TRACKING_USERNAME",
    "MLFLOW_TRACKING_PASSWORD",
    "MLFLOW_TRACKING_TOKEN",
    "MLFLOW_WORKSPACE",
    "MLFLOW_TRACKING_AUTH",
)


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def stub() -> Iterator[Stub]:
    with rest_stub(None) as made:  # type: ignore[arg-type]  # these tests answer by ``answer`` alone
        yield made


def run(name: str = "one", **facts) -> RunInfo:
    """A run of the REST API's."""
    plain = {
        "run_id": "a" * 32,
        "name": name,
        "project": "vision",
        "experiment_id": "1",
        "status": "FINISHED",
        "start_time": 1_700_000_000_000,
        "end_time": 1_700_000_060_000,
        "duration": 60_000,
        "params": {},
        "metrics": {},
        "tags": {},
        "primitives": [],
    }
    return RunInfo(**{**plain, **facts})
