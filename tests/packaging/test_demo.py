"""``ext-server --demo`` for somebody who has the wheel and nothing else."""

import os
import shlex
import signal
import subprocess
import time
from collections import Counter

import httpx
import mlflow
import pytest

from mlflow_ext.primitives import KINDS
from mlflow_ext.store_format import TAG_PREFIX, PlotTag
from tests.conftest import free_port
from tests.packaging.conftest import environment

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(900)]
TRAINING_SECONDS = 600


class Demo:
    """``ext-server --demo`` in a process group of its own."""

    def __init__(self, installed, folder):
        self.url = f"http://127.0.0.1:{free_port()}"
        self.log = folder / "demo-server.log"
        command = [
            installed.root / "bin" / "ext-server",
            "--demo",
            "--workers",
            "1",
            "--port",
            self.url.rpartition(":")[2],
        ]
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                env={**environment(), "XDG_DATA_HOME": str(folder / "data")},
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def wait(self):
        deadline = time.monotonic() + TRAINING_SECONDS
        while not self._healthy():
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            time.sleep(0.5)
        return self

    def _healthy(self):
        try:
            return httpx.get(f"{self.url}/ext/health", timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            self.process.poll()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def client(installed, folder):
    demo = Demo(installed, folder)
    try:
        yield mlflow.MlflowClient(demo.wait().url)
    finally:
        demo.stop()


def plots(run):
    tags = (PlotTag.parse(key, value) for key, value in run.data.tags.items() if key.startswith(TAG_PREFIX))
    return [tag for tag in tags if tag is not None]


def test_a_sweep_of_at_least_24_runs_holds_all_seven_kinds(client):
    sweep = client.get_experiment_by_name("Digits sweep")
    runs = client.search_runs([sweep.experiment_id])
    assert len(runs) >= 24
    assert {tag.kind for run in runs for tag in plots(run)} == set(KINDS)
    assert Counter(run.info.status for run in runs) == {"FINISHED": len(runs)}


def test_every_plot_of_the_demo_was_delivered_whole(client):
    runs = client.search_runs([one.experiment_id for one in client.search_experiments()])
    held = {run.info.run_name: plots(run) for run in runs}
    assert all(tag.points > 0 and tag.parts > 0 for tags in held.values() for tag in tags)
    networks = {name: len(tags) for name, tags in held.items() if "-seed" in name}
    assert len(set(networks.values())) == 1, networks


def test_some_runs_hold_only_what_plain_mlflow_logs(client):
    past = client.get_experiment_by_name("Breast cancer, plain MLflow")
    runs = client.search_runs([past.experiment_id])
    assert [plots(run) for run in runs] == [[]] * 3
    assert all("test/accuracy" in run.data.metrics for run in runs)


def test_a_diverged_run_ended_as_failed(client):
    experiment = client.get_experiment_by_name("Diabetes progression")
    runs = client.search_runs([experiment.experiment_id])
    assert [run.info.run_name for run in runs if run.info.status == "FAILED"] == ["mlp-lr0.01"]


def test_a_suggested_configuration_runs_and_appears(client, installed, folder):
    search = client.get_experiment_by_name("Digits search").experiment_id
    before = {run.info.run_id for run in client.search_runs([search])}
    body = {"ids": sorted(before), "target": "accuracy/test"}
    (one,) = httpx.post(
        f"{client.tracking_uri}/ext/api/suggestions", json={**body, "n": 1}, timeout=120, trust_env=False
    ).json()["items"]
    program, *rest = shlex.split(one["command"])
    subprocess.run(
        [installed.root / "bin" / program, *rest],
        cwd=folder,
        env={**environment(), "MLFLOW_TRACKING_URI": client.tracking_uri},
        check=True,
        timeout=120,
    )
    (run,) = (run for run in client.search_runs([search]) if run.info.run_id not in before)
    assert float(run.data.params["learning_rate"]) == one["params"]["learning_rate"]
    assert "accuracy/test" in run.data.metrics


def test_a_plain_mlflow_server_opens_the_demos_artifacts(client, folder, mlflow_server, tmp_path):
    data = folder / "data" / "mlflow-ext" / "demo"
    flags = (
        "--backend-store-uri",
        f"sqlite:///{data / 'mlflow.db'}",
        "--artifacts-destination",
        str(data / "artifacts"),
    )
    plain = mlflow.MlflowClient(mlflow_server(*flags).url)
    sweep = plain.get_experiment_by_name("Digits sweep")
    run = plain.search_runs([sweep.experiment_id], max_results=1)[0]
    place = plain.download_artifacts(run.info.run_id, "ext/table", str(tmp_path))
    assert [name for _, _, files in os.walk(place) for name in files if name.endswith(".json")]


def test_a_second_start_trains_nothing(client, installed, folder):
    again = Demo(installed, folder)
    try:
        again.wait()
        assert "Training" not in again.log.read_text()
    finally:
        again.stop()
