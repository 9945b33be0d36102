"""From a script's call to a picture: the SDK, a real ext-server, and what it answers to the page."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from tests.conftest import Server

import mlflow_ext as ext
from mlflow_ext.primitives import KINDS
from mlflow_ext.store_format import slug

PAGE = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def server(shared_server: Server) -> Server:
    return shared_server


@pytest.fixture
def mlflow_on(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Any:
    import mlflow

    monkeypatch.setenv("MLFLOW_EXT_SPOOL_DIR", str(tmp_path / "spool"))
    mlflow.set_tracking_uri(server.url)
    return mlflow


def ask(server: Server, path: str, body: Any) -> Any:
    answer = httpx.post(f"{server.url}/ext{path}", json=body, timeout=30, trust_env=False)
    assert answer.status_code == 200, answer.text
    return answer.json()


def until(check: Callable[[], Any], timeout: float = 30.0) -> Any:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        found = check()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("the state waited for did not come")


def test_every_kind_that_a_script_logs_is_answered_as_a_picture(server: Server, mlflow_on: Any) -> None:
    with mlflow_on.start_run() as run:
        for kind in KINDS.values():
            ext.log(f"my {kind.kind}", kind.example())
    ext.flush(strict=True)
    keys = [f"x:{slug(kind, f'my {kind}')}" for kind in KINDS if kind != "series"]
    keys += [f"x:{slug('series', 'my series')}:{field}" for field in KINDS["series"].example().fields]
    answer = ask(server, "/_pictures", {"runs": [run.info.run_id], "keys": keys})
    assert set(answer) == set(keys)
    for key, card in answer.items():
        assert card["trouble"] is None, card
        picture = card["picture"]
        assert picture["grid" if "table" in key else "figure"], key


def test_points_of_a_running_script_are_answered_as_they_come(server: Server, mlflow_on: Any) -> None:
    key = f"x:{slug('series', 'live')}:loss"
    with mlflow_on.start_run() as run:
        id = run.info.run_id

        def news(have: int) -> Any:
            return ask(server, "/api/tail", {id: {"plots": {key: have}, "status": "RUNNING"}}).get(id)

        for step in range(5):
            ext.log("live", {"step": step, "loss": float(step)})
        first = until(lambda: news(0)["plots"].get(key))
        assert first["y"] == [float(step) for step in range(first["total"])]
        for step in range(5, 12):
            ext.log("live", {"step": step, "loss": float(step)})
        found = until(lambda: (n := news(first["total"])["plots"].get(key)) and n["total"] == 12 and n)
        assert found["y"] == [float(step) for step in range(first["total"], 12)]
        assert news(12)["plots"] == {}
        assert news(12)["status"] == "RUNNING"
    ext.flush(strict=True)
    assert news(12) == {"status": "FINISHED", "plots": {}, "held": 1, "new_plots": False, "versions": {}}


def test_versions_of_other_kinds_are_counted_as_they_come(server: Server, mlflow_on: Any) -> None:
    with mlflow_on.start_run() as run:
        for count in (1, 2):
            ext.log("confusion", ext.Matrix.example(), step=count)
            ext.flush(strict=True)
            news = ask(server, "/api/tail", {run.info.run_id: {"plots": {}, "status": "RUNNING"}})[run.info.run_id]
            assert news["versions"] == {f"x:{slug('matrix', 'confusion')}": count}


def test_an_older_run_with_plain_metrics_is_drawn_beside_a_new_one(server: Server, mlflow_on: Any) -> None:
    with mlflow_on.start_run() as old:
        for step in range(3):
            mlflow_on.log_metric("train/loss", 3.0 - step, step=step)
    with mlflow_on.start_run() as new:
        ext.log("train", ext.Series(index="epoch", fields={"loss": [2.0, 1.0]}))
    ext.flush(strict=True)
    key = f"x:{slug('series', 'train')}:loss"
    have = {run.info.run_id: {"plots": {key: 0}} for run in (old, new)}
    answer = ask(server, "/api/tail", have)
    assert answer[old.info.run_id]["plots"][key]["y"] == [3.0, 2.0, 1.0]
    assert answer[new.info.run_id]["plots"][key]["y"] == [2.0, 1.0]
