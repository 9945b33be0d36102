"""What ext-server refuses at its start: one line, exit code 2, no traceback."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa

from mlflow_ext_server.cli import command
from mlflow_ext_server.preflight import StartError
from mlflow_ext_server.startup import make_ready
from tests.conftest import clean_environment, free_port


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ENABLE_WORKSPACES", "false")  # the command writes it; this puts it back


def refusal(*flags: str) -> str:
    """What ext-server would say, asked in this process, which is quicker."""
    params = command().make_context("ext-server", ["--port", str(free_port()), *flags]).params
    demo = params.pop("demo")
    with pytest.raises(StartError) as error:
        make_ready(params, demo=demo)
    assert "\n" not in str(error.value)
    return str(error.value)


def refused_process(directory: Path, *flags: str, env: Mapping[str, str] | None = None) -> str:
    """The one line that ext-server says before it exits with 2."""
    command = [str(Path(sys.executable).with_name("ext-server")), "--port", str(free_port()), *flags]
    done = subprocess.run(
        command, cwd=directory, env=clean_environment(env), capture_output=True, text=True, timeout=120, check=False
    )
    said = [line for line in done.stderr.splitlines() if line.startswith("ext-server:")]
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert len(said) == 1, done.stdout + done.stderr
    return said[0]


def store(directory: Path) -> str:
    return f"sqlite:///{directory / 'mlflow.db'}"


def test_a_port_in_use(tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        line = refused_process(tmp_path, "--backend-store-uri", store(tmp_path), "--port", port)
    assert f"127.0.0.1:{port}" in line
    assert "--port" in line
    assert not (tmp_path / "mlflow.db").exists(), "nothing is written before the server can start"


def test_a_file_store_found_in_the_directory(tmp_path: Path):
    experiment = tmp_path / "mlruns" / "0"
    experiment.mkdir(parents=True)
    (experiment / "meta.yaml").write_text("experiment_id: '0'\n")
    line = refused_process(tmp_path)
    assert "mlflow migrate-filestore --source ./mlruns --target sqlite:///mlflow.db" in line


@pytest.mark.parametrize("uri", ["./mlruns", "file:///data/mlruns"])
def test_a_file_store_named(uri: str):
    folder = uri.removeprefix("file://")
    assert f"mlflow migrate-filestore --source {folder} --target sqlite:///mlflow.db" in refusal(
        "--backend-store-uri", uri
    )


@pytest.mark.parametrize("flag", ["--gunicorn-opts", "--waitress-opts"])
def test_another_http_server(flag: str):
    assert flag in refusal(flag, "--log-level debug")


def test_an_address_that_is_none():
    assert "nonsense://host" in refusal("--backend-store-uri", "nonsense://host/db")
    line = refusal("--backend-store-uri", "postgresql://user:secret@host:port/db")
    assert "secret" not in line


def test_a_database_that_gives_no_answer():
    uri = f"postgresql://user:secret@127.0.0.1:{free_port()}/db"
    line = refusal("--backend-store-uri", uri)
    assert "gives no answer" in line
    assert "secret" not in line


def test_a_file_that_is_no_database(tmp_path: Path):
    (tmp_path / "mlflow.db").write_bytes(b"this is a letter, not a database\n" * 100)
    assert "not a database" in refusal("--backend-store-uri", store(tmp_path))


def _at_revision(directory: Path, revision: str) -> None:
    with sqlite3.connect(directory / "mlflow.db") as connection:
        connection.execute("CREATE TABLE experiments (experiment_id INTEGER)")
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.execute("INSERT INTO alembic_version VALUES (?)", [revision])


def test_a_database_that_needs_mlflow_s_upgrade(tmp_path: Path):
    _at_revision(tmp_path, "451aebb31d03")  # of MLflow 0.9
    before = (tmp_path / "mlflow.db").read_bytes()
    assert f"mlflow db upgrade {store(tmp_path)}" in refused_process(tmp_path, "--backend-store-uri", store(tmp_path))
    assert (tmp_path / "mlflow.db").read_bytes() == before


def test_a_database_of_a_newer_mlflow(tmp_path: Path):
    _at_revision(tmp_path, "ffffffffffff")
    line = refusal("--backend-store-uri", store(tmp_path))
    assert "newer MLflow" in line
    assert "pip install --upgrade mlflow" in line


def test_a_database_of_a_newer_mlflow_ext(tmp_path: Path):
    engine = sa.create_engine(store(tmp_path))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE ext_alembic_version (version_num VARCHAR(32))")
        connection.exec_driver_sql("INSERT INTO ext_alembic_version VALUES ('e999')")
    engine.dispose()
    # MLflow takes a database that holds any table for one of its own that is old, hence a fresh one beside ours
    from mlflow.store.db.utils import _initialize_tables

    engine = sa.create_engine(store(tmp_path))
    _initialize_tables(engine)
    engine.dispose()
    line = refused_process(tmp_path, "--backend-store-uri", store(tmp_path))
    assert "newer mlflow-ext" in line
    assert "pip install --upgrade" in line


def test_basic_auth_without_its_secret_key(tmp_path: Path):
    line = refused_process(tmp_path, "--app-name", "basic-auth", "--backend-store-uri", store(tmp_path))
    assert "MLFLOW_FLASK_SERVER_SECRET_KEY" in line


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_artifacts_in_a_folder_that_can_not_be_written(tmp_path: Path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    line = refusal("--backend-store-uri", store(tmp_path), "--artifacts-destination", str(closed / "a"))
    assert "--artifacts-destination" in line


def test_artifacts_where_a_file_is(tmp_path: Path):
    (tmp_path / "file").touch()
    line = refusal("--backend-store-uri", store(tmp_path), "--artifacts-destination", str(tmp_path / "file"))
    assert "--artifacts-destination" in line


def test_a_demo_in_a_store_of_yours(tmp_path: Path):
    assert "--demo" in refusal("--demo", "--backend-store-uri", store(tmp_path))
    assert not (tmp_path / "mlflow.db").exists()


@pytest.mark.parametrize("value", ["0", "-1", "64MiB"])
def test_a_setting_that_is_no_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str):
    monkeypatch.setenv("MLFLOW_EXT_MAX_BODY_BYTES", value)
    line = refusal("--backend-store-uri", store(tmp_path))
    assert "MLFLOW_EXT_MAX_BODY_BYTES" in line
    assert value in line
