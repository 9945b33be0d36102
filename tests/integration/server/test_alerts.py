"""Alerts on a real server with two workers: from a script to the receiver, though the leading worker is killed."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from mlflow import MlflowClient

from mlflow_ext_server.alerting.worker import DUTY
from tests.conftest import Server, StartServer, clean_environment
from tests.webhook import receiver

SECRET = "a secret of some length"
PATIENCE = 120.0
SCRIPT = """
import mlflow, mlflow_ext as ext
mlflow.set_experiment("alerts")
with mlflow.start_run():
    for number in range(30):
        ext.alert(f"alert {number}", "x" * 8_000, level="warning")
ext.flush(timeout=60, strict=True)
"""


def until(state: Callable[[], Any]) -> Any:
    """What ``state`` gives once it is true."""
    deadline = time.monotonic() + PATIENCE
    while not (found := state()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.1)
    return found


def leader(server: Server) -> int | None:
    """The process that looks after alerts now."""
    with sqlite3.connect(server.dir / "mlflow.db", timeout=30) as database:
        row = database.execute(
            "SELECT holder FROM ext_duties WHERE name = ? AND until > ?", (DUTY, time.time() * 1000)
        ).fetchone()
    return int(row[0].partition("-")[0]) if row and row[0] else None


def train(server: Server, folder: Path) -> None:
    env = clean_environment({"MLFLOW_TRACKING_URI": server.origin, "MLFLOW_EXT_SPOOL_DIR": str(folder / "spool")})
    subprocess.run([sys.executable, "-c", SCRIPT], cwd=folder, env=env, timeout=200, check=True)


@pytest.mark.timeout(600)
def test_alerts_reach_page_and_receiver_once_though_the_leading_worker_is_killed(
    ext_server: StartServer, tmp_path: Path
) -> None:
    with receiver(503, 500) as hook:
        env = {
            "MLFLOW_EXT_ALERT_SECONDS": "1",
            "MLFLOW_EXT_WEBHOOK_RETRY_SECONDS": "1",
            "MLFLOW_EXT_WEBHOOK_ALLOW_PRIVATE": f"http://127.0.0.1:{hook.port}/",
        }
        server = ext_server("--workers", "2", env=env)
        client, http = MlflowClient(server.origin), httpx.Client(base_url=f"{server.origin}/ext/api", trust_env=False)
        experiment = client.create_experiment("alerts")
        made = http.post("/webhooks", json={"name": "h", "url": hook.url, "secret": SECRET, "every_alert": True})
        assert made.status_code == 201, made.text
        assert "secret" not in made.text
        assert SECRET not in http.get("/webhooks").text + http.get("/audit").text
        condition = {"kind": "threshold", "metric": "loss", "side": "above", "value": 2}
        http.post("/alert-rules", json={"experiment_id": experiment, "condition": condition}).raise_for_status()
        run = client.create_run(experiment).info.run_id

        def alerts() -> list[dict[str, Any]]:
            return http.get("/alerts", params={"experiment_id": experiment, "limit": 500}).json()

        client.log_metric(run, "loss", 3.0, step=1)
        until(lambda: len(alerts()) == 1)
        killed = until(lambda: leader(server))
        train(server, tmp_path)
        os.kill(killed, signal.SIGKILL)
        client.log_metric(run, "loss", 4.0, step=2)
        for step in (3, 4, 5):
            client.log_metric(run, "loss", 1.0, step=step)
        client.log_metric(run, "loss", 5.0, step=6)
        assert until(lambda: (now := leader(server)) != killed and now) != killed
        until(lambda: len(alerts()) == 32)
        said = [one["title"] for one in alerts()]
        assert sorted(said) == sorted([*(f"alert {number}" for number in range(30)), *["loss above 2"] * 2])

        def settled() -> list[dict[str, Any]]:
            found = http.get("/deliveries", params={"state": "delivered", "limit": 500}).json()
            return found if len(found) == 32 else []

        deliveries = until(settled)
        tried = [[one["status"] for one in delivery["attempts"]] for delivery in deliveries]
        assert sum(statuses.count(200) for statuses in tried) == 32
        assert {503, 500} <= {status for statuses in tried for status in statuses}
        assert {json.loads(one.body)["delivery"] for one in hook.received} == {one["id"] for one in deliveries}
        for one in hook.received:
            signed = one.headers["x-mlflow-ext-timestamp"].encode() + b"." + one.body
            expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
            assert one.headers["x-mlflow-ext-signature"] == f"v1={expected}"
        http.close()


def test_a_webhook_to_an_address_that_no_admin_allowed_is_refused(ext_server: StartServer) -> None:
    server = ext_server(env={"MLFLOW_EXT_WEBHOOK_ALLOW": "https://hooks.example.org/services"})
    with httpx.Client(base_url=f"{server.origin}/ext/api", trust_env=False) as http:

        def added(url: str) -> httpx.Response:
            return http.post("/webhooks", json={"name": "h", "url": url, "secret": SECRET})

        for url in (
            "https://hooks.example.org/other",
            "https://hooks.example.org/services/../other",
            "https://hooks.example.org/servicesX",
            "https://hooks.example.org@evil.example/services/",
            "https://hooks.example.org:8443/services/",
            "http://hooks.example.org/services/",
            "http://127.0.0.1/",
            "http://169.254.169.254/latest/meta-data",
            "file:///etc/passwd",
        ):
            answer = added(url)
            assert (answer.status_code, answer.json()["error"]) == (422, "ValidationError"), url
            assert answer.json()["detail"].startswith("url: ")
        assert http.get("/webhooks").json() == []
        refused = added("https://hooks.example.org/other").json()["detail"]
        assert "https://hooks.example.org/ is not among" in refused
        assert "MLFLOW_EXT_WEBHOOK_ALLOW" in refused
        short = http.post("/webhooks", json={"name": "h", "url": "https://a.example/", "secret": "hunter2"})
        assert short.status_code == 422
        assert "hunter2" not in short.text


def test_a_server_does_not_start_with_a_list_of_addresses_that_is_none(tmp_path: Path) -> None:
    env = clean_environment({"MLFLOW_EXT_WEBHOOK_ALLOW": "hooks.example.org"})
    program = Path(sys.executable).with_name("ext-server")
    done = subprocess.run([program], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode != 0
    assert "MLFLOW_EXT_WEBHOOK_ALLOW: 'hooks.example.org' is no address of http or https" in done.stdout + done.stderr


def test_a_test_is_sent_signed_tried_again_and_told_as_the_last_delivery(ext_server: StartServer) -> None:
    with receiver(503, 200, 404) as hook:
        allowed = {"MLFLOW_EXT_WEBHOOK_ALLOW_PRIVATE": f"http://127.0.0.1:{hook.port}/"}
        soon = {"MLFLOW_EXT_ALERT_SECONDS": "1", "MLFLOW_EXT_WEBHOOK_RETRY_SECONDS": "1"}
        server = ext_server(env=allowed | soon)
        with httpx.Client(base_url=f"{server.origin}/ext/api", trust_env=False) as http:
            made = http.post("/webhooks", json={"name": "h", "url": hook.url, "secret": SECRET}).json()
            assert made["last_delivery"] is None
            path = f"/webhooks/{made['id']}/test"
            json_type = {"Content-Type": "application/json"}

            def last(state: str) -> dict[str, Any] | None:
                found = http.get("/webhooks").json()[0]["last_delivery"]
                return found if found["state"] == state else None

            queued = http.post(path, headers=json_type)
            assert (queued.status_code, queued.json()["alert_id"]) == (201, None)
            done = until(lambda: last("delivered"))
            assert done["id"] == queued.json()["id"]
            assert [one["status"] for one in done["attempts"]] == [503, 200]
            one = hook.received[-1]
            signed = one.headers["x-mlflow-ext-timestamp"].encode() + b"." + one.body
            expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
            assert one.headers["x-mlflow-ext-signature"] == f"v1={expected}"
            assert json.loads(one.body)["type"] == "test"
            http.post(path, headers=json_type).raise_for_status()
            assert until(lambda: last("failed"))["attempts"][0]["why"] == "refused: said"
            http.patch(f"/webhooks/{made['id']}", json={"paused": True}).raise_for_status()
            paused = http.post(path, headers=json_type)
            assert (paused.status_code, paused.json()["error"]) == (409, "Conflict")
            assert http.post("/webhooks/unknown/test", headers=json_type).status_code == 404
            actions = [one["action"] for one in http.get("/audit").json()]
            assert actions.count("webhook.test") == 2
