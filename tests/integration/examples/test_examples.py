"""The examples, run as a reader would run them, against a plain MLflow server."""

import subprocess
import sys
from pathlib import Path

import mlflow
import pytest

from mlflow_ext.store_format import TAG_PREFIX, PlotTag
from tests.conftest import clean_environment

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture(scope="module")
def server(shared_mlflow):
    return shared_mlflow


@pytest.fixture
def environment(server, tmp_path):
    spool = {"MLFLOW_EXT_SPOOL_DIR": str(tmp_path / "spool"), "MLFLOW_EXT_EXIT_TIMEOUT": "60"}
    return clean_environment({"MLFLOW_TRACKING_URI": server.url, **spool})


def run(name, environment, folder):
    done = subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def plots(server, experiment):
    """Kind by name of all plots of an experiment, one dict per run."""
    client = mlflow.MlflowClient(server.url)
    found = client.get_experiment_by_name(experiment)
    assert found is not None, f"no experiment {experiment!r}"
    return [
        {
            tag.name: tag.kind
            for key, value in run.data.tags.items()
            if key.startswith(TAG_PREFIX) and (tag := PlotTag.parse(key, value))
        }
        for run in client.search_runs([found.experiment_id])
    ]


@pytest.mark.parametrize(
    ("name", "experiment", "runs", "kinds"),
    [
        ("quickstart", "quickstart", 1, {"training": "series", "progress": "series", "confusion": "matrix"}),
        ("sklearn_sweep", "wine sweep", 12, {"confusion": "matrix", "roc of class_0": "curve", "mistakes": "table"}),
        ("ab_test", "checkout", 1, {"conversion": "series", "basket": "distribution", "orders": "barchart"}),
    ],
)
def test_an_example_leaves_its_plots_on_the_server(server, environment, tmp_path, name, experiment, runs, kinds):
    run(name, environment, tmp_path)
    found = plots(server, experiment)
    assert len(found) == runs
    assert all(kinds.items() <= one.items() for one in found)


def test_the_offline_example_is_delivered_by_sync(server, environment, tmp_path):
    done = run("offline", environment, tmp_path)
    assert "mlflow-ext sync" in done.stdout
    assert mlflow.MlflowClient(server.url).get_experiment_by_name("field work") is None
    sync = [Path(sys.executable).with_name("mlflow-ext"), "sync", "--tracking-uri", server.url]
    subprocess.run(sync, cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=120)
    assert plots(server, "field work") == [{"weather": "series"}]


def test_the_sweep_closes_its_loop(server, environment, tmp_path):
    done = run("sweep", environment, tmp_path)
    found = mlflow.MlflowClient(server.url).get_experiment_by_name("digits sweep")
    assert found is not None
    runs = mlflow.MlflowClient(server.url).search_runs([found.experiment_id])
    assert len(runs) == 18
    chance = max(one.data.metrics["accuracy"] for one in runs if one.data.tags["why"] == "by chance")
    chosen = [one.data.metrics["accuracy"] for one in runs if one.data.tags["why"] != "by chance"]
    assert max(chosen) > chance, done.stdout
