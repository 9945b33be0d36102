"""``ext.alert`` on a plain MLflow server: nothing is lost by a kill, nor by several processes."""

from __future__ import annotations

import re

from mlflow_ext.store_format.alert import read_alerts
from tests.integration.runtime.conftest import Bench, Reader

SCRIPT = """
for number in range(40):
    ext.alert(f"{WHO} {number}", TEXT if number % 2 else "", level="error", run_id=RUN)
ext.flush(timeout=60, strict=True)
"""
TEXT = 'quotes " and ünïcödé\n' * 380


def said(bench: Bench, run_id: str) -> list[tuple[str, str, str]]:
    tags = Reader(bench.uri).client.get_run(run_id).data.tags
    return [(one.level, one.title, one.text) for one in read_alerts(tags)]


def test_alerts_of_two_processes_arrive_whole_on_a_plain_server(bench: Bench) -> None:
    run_id = Reader(bench.uri).client.create_run("0").info.run_id
    both = [bench.start(f"WHO, RUN, TEXT = {who!r}, {run_id!r}, {TEXT!r}\n{SCRIPT}") for who in "ab"]
    for script in both:
        script.ok()
    found = said(bench, run_id)
    expected = [("error", f"{who} {number}", TEXT if number % 2 else "") for who in "ab" for number in range(40)]
    assert sorted(found) == sorted(expected)


def test_an_alert_before_a_kill_is_delivered_by_sync(bench: Bench) -> None:
    script = bench.start(
        """
        with mlflow.start_run() as run:
            print("run", run.info.run_id, flush=True)
            ext.alert("last words", "out of memory", level="error")
            os.kill(os.getpid(), 9)
        """,
        {"MLFLOW_EXT_OFFLINE": "true"},
        head="import os, mlflow\nimport mlflow_ext as ext\n",
    )
    script.wait()
    found = re.search(r"run (\w+)", script.stdout())
    assert found
    assert said(bench, found[1]) == []
    bench.command("sync")
    assert said(bench, found[1]) == [("error", "last words", "out of memory")]
