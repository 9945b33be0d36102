"""The database stays MLflow's: its server, its commands and its older versions go on as if we were not there."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from alembic import command
from mlflow import MlflowClient
from mlflow.store.db import utils
from mlflow.store.tracking.dbmodels.initial_models import Base as FirstTables

from tests.conftest import Server, StartServer, clean_environment

LAST_OF_2_X = "0584bdc529eb"  # MLflow 2.22


def mlflow_command(directory: Path, *arguments: str) -> str:
    """Run ``mlflow`` and return what it says."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("mlflow")), *arguments],
        cwd=directory,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def uri(directory: Path) -> str:
    return f"sqlite:///{directory / 'mlflow.db'}"


def rows(directory: Path, query: str) -> list:
    with sqlite3.connect(directory / "mlflow.db") as connection:
        return connection.execute(query).fetchall()


def one_run(server: Server, name: str) -> str:
    client = MlflowClient(server.origin)
    run = client.create_run("0", run_name=name).info.run_id
    client.log_metric(run, "loss", 0.25, step=3, timestamp=1)
    client.log_text(run, name, "name.txt")
    return run


def shown(server: Server, run: str) -> str:
    """What our page says of the run's metric."""
    answer = httpx.get(f"{server.url}/ext/_values", params={"runs": run, "plot": "m:loss"}, trust_env=False, timeout=60)
    assert answer.status_code == 200
    return answer.text


def read_by_mlflow(server: Server, run: str) -> tuple[float, str]:
    client = MlflowClient(server.origin)
    content = httpx.get(f"{server.url}/get-artifact", params={"run_id": run, "path": "name.txt"}, trust_env=False).text
    return client.get_run(run).data.metrics["loss"], content


def test_plain_mlflow_and_ours_take_turns_on_one_store(
    mlflow_server: StartServer, ext_server: StartServer, tmp_path: Path
):
    ours = ext_server(directory=tmp_path)
    first = one_run(ours, "by ours")
    assert "0.25" in shown(ours, first)  # which also gives it a colour: a row of ours
    assert rows(tmp_path, "SELECT count(*) FROM ext_run_colors") == [(1,)]
    assert ours.stop() == 0

    plain = mlflow_server(directory=tmp_path)
    assert read_by_mlflow(plain, first) == (0.25, "by ours")
    second = one_run(plain, "by mlflow")
    plain.stop()

    assert "Upgrad" not in mlflow_command(tmp_path, "db", "upgrade", uri(tmp_path)).replace("Updating", "")
    assert rows(tmp_path, "SELECT count(*) FROM ext_run_colors") == [(1,)]

    ours.restart()
    assert "0.25" in shown(ours, second)
    assert read_by_mlflow(ours, second) == (0.25, "by mlflow")
    MlflowClient(ours.origin).delete_run(first)

    mlflow_command(tmp_path, "gc", "--backend-store-uri", uri(tmp_path), "--tracking-uri", ours.origin)
    assert rows(tmp_path, f"SELECT count(*) FROM runs WHERE run_uuid = '{first}'") == [(0,)]
    ours.restart()
    assert rows(tmp_path, f"SELECT count(*) FROM ext_run_colors WHERE run_uuid = '{first}'") == [(0,)]
    assert "0.25" in shown(ours, second)


@pytest.fixture
def store_of_2_x(tmp_path: Path) -> str:
    """A database as MLflow 2.x left it, with one run and its artifact; returns the run's id."""
    engine = sa.create_engine(uri(tmp_path))
    FirstTables.metadata.create_all(engine)
    config = utils._get_alembic_config(uri(tmp_path))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, LAST_OF_2_X)
    run, artifacts = uuid.uuid4().hex, tmp_path / "old"
    folder = artifacts / "0" / run / "artifacts"
    folder.mkdir(parents=True)
    (folder / "name.txt").write_text("of 2.x")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage) "
            f"VALUES (0, 'Default', '{artifacts.as_uri()}/0', 'active')"
        )
        connection.exec_driver_sql(
            "INSERT INTO runs (run_uuid, name, status, start_time, end_time, lifecycle_stage, artifact_uri, "
            "experiment_id, source_type, user_id) "
            f"VALUES ('{run}', 'of 2.x', 'FINISHED', 1, 2, 'active', '{folder.as_uri()}', 0, 'UNKNOWN', 'a')"
        )
        for table in ("metrics", "latest_metrics"):
            connection.exec_driver_sql(
                f"INSERT INTO {table} (key, value, timestamp, run_uuid, step, is_nan) "
                f"VALUES ('loss', 0.125, 1, '{run}', 7, 0)"
            )
    engine.dispose()
    return run


def test_a_store_of_mlflow_2_opens_after_mlflow_s_own_upgrade(
    store_of_2_x: str, ext_server: StartServer, tmp_path: Path
):
    with pytest.raises(RuntimeError, match="mlflow db upgrade sqlite:///"):
        ext_server(directory=tmp_path)
    assert rows(tmp_path, "SELECT version_num FROM alembic_version") == [(LAST_OF_2_X,)], "refusing changes nothing"
    mlflow_command(tmp_path, "db", "upgrade", uri(tmp_path))
    server = ext_server(directory=tmp_path)
    assert "0.125" in shown(server, store_of_2_x)
    client = MlflowClient(server.origin)
    assert client.get_run(store_of_2_x).data.metrics == {"loss": 0.125}
    assert [one.path for one in client.list_artifacts(store_of_2_x)] == ["name.txt"]


def test_two_servers_that_start_at_once_on_an_empty_database_both_serve_it(ext_server: StartServer, tmp_path: Path):
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: ext_server(directory=tmp_path), range(2))
    run = one_run(first, "shared")
    assert read_by_mlflow(second, run) == (0.25, "shared")
    assert "0.25" in shown(second, run)
