"""Servers that ask who you are, and addresses that can't work: nothing is lost, and the message says what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.conftest import Server
from tests.integration.runtime.conftest import Bench

ADMIN = {"MLFLOW_TRACKING_USERNAME": "admin", "MLFLOW_TRACKING_PASSWORD": "admin-for-tests-1"}
GUEST = {"MLFLOW_TRACKING_USERNAME": "guest", "MLFLOW_TRACKING_PASSWORD": "guest-password-1"}
READ_ONLY = """
[mlflow]
default_permission = READ
database_uri = sqlite:///auth.db
admin_username = admin
admin_password = admin-for-tests-1
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
"""


@pytest.fixture(scope="module")
def guarded(mlflow_server: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server with passwords on which ``guest`` may read and not write what is not his."""
    folder = tmp_path_factory.mktemp("guarded")
    config = folder / "auth.ini"
    config.write_text(READ_ONLY)
    env = {"MLFLOW_AUTH_CONFIG_PATH": str(config), "MLFLOW_FLASK_SERVER_SECRET_KEY": "for-tests-only"}
    server = mlflow_server("--app-name", "basic-auth", env=env, directory=folder)
    answer = httpx.post(
        f"{server.url}/api/2.0/mlflow/users/create",
        json={"username": "guest", "password": GUEST["MLFLOW_TRACKING_PASSWORD"]},
        auth=("admin", "admin-for-tests-1"),
    )
    assert answer.status_code == 200, answer.text
    return server


def metrics_of(server: Server, run_id: str) -> dict[str, float]:
    answer = httpx.get(
        f"{server.url}/api/2.0/mlflow/runs/get", params={"run_id": run_id}, auth=("admin", "admin-for-tests-1")
    )
    return {item["key"]: item["value"] for item in answer.json()["run"]["data"].get("metrics", [])}


def admins_run(server: Server) -> str:
    answer = httpx.post(
        f"{server.url}/api/2.0/mlflow/runs/create", json={"experiment_id": "0"}, auth=("admin", "admin-for-tests-1")
    )
    return str(answer.json()["run"]["info"]["run_id"])


LOG_THREE = """
for step in range(3):
    ext.log("training", {"step": step, "loss": 0.5}, run_id=os.environ["RUN"])
counts = ext.flush()
print("counts", counts.pending, counts.rejected, counts.parked)
"""


@pytest.mark.parametrize(
    "who",
    [
        pytest.param(GUEST, id="a user without permission"),
        pytest.param({**ADMIN, "MLFLOW_TRACKING_PASSWORD": "wrong"}, id="a wrong password", marks=pytest.mark.thorough),
        pytest.param({}, id="no credentials", marks=pytest.mark.thorough),
    ],
)
def test_who_may_not_write_keeps_the_records_until_somebody_who_may_syncs_them(
    guarded: Server, make_bench: Callable[[str], Bench], who: dict[str, str]
) -> None:
    bench = make_bench(guarded.url)
    run_id = admins_run(guarded)
    script = bench.run(LOG_THREE, {**who, "RUN": run_id})
    assert "counts 0 0 3" in script.stdout(), script.stdout() + script.stderr()
    assert "mlflow-ext sync" in script.stderr()
    assert script.stderr().count(f"Deliver them then with: mlflow-ext sync {bench.spool}") == 1
    assert metrics_of(guarded, run_id) == {}
    status = bench.command("status", env=who)
    assert "3 records parked" in status.stdout()
    assert re.search(r"40[13]", status.stdout())
    synced = bench.command("sync", env=who)
    assert synced.process.returncode == 1
    synced = bench.command("sync", env=ADMIN)
    assert synced.process.returncode == 0, synced.stdout() + synced.stderr()
    assert metrics_of(guarded, run_id) == {"training/loss": 0.5}
    assert bench.spool_files() == []


def test_with_the_right_credentials_nothing_is_different(guarded: Server, make_bench: Callable[[str], Bench]) -> None:
    bench = make_bench(guarded.url)
    run_id = admins_run(guarded)
    script = bench.run(LOG_THREE, {**ADMIN, "RUN": run_id})
    assert "counts 0 0 0" in script.stdout()
    assert metrics_of(guarded, run_id) == {"training/loss": 0.5}


def test_init_beside_a_server_that_refuses_never_stops_the_training(
    guarded: Server, make_bench: Callable[[str], Bench]
) -> None:
    bench = make_bench(guarded.url)
    script = bench.run(
        """
        run = ext.init(project="refused", system_metrics=False)
        ext.log("training", {"step": 0, "loss": 0.5})
        run.finish()
        print("went on")
        """
    )
    assert "went on" in script.stdout()
    assert bench.command("sync", env=ADMIN).process.returncode == 0
    answer = httpx.get(
        f"{guarded.url}/api/2.0/mlflow/experiments/get-by-name",
        params={"experiment_name": "refused"},
        auth=("admin", "admin-for-tests-1"),
    )
    assert answer.status_code == 200


def test_no_credential_is_ever_written_to_the_spool(guarded: Server, make_bench: Callable[[str], Bench]) -> None:
    secret = "hunter2hunter2"
    bench = make_bench(guarded.url.replace("//", f"//admin:{secret}@"))
    script = bench.run(LOG_THREE, {"RUN": admins_run(guarded)})
    assert "counts 0 0 3" in script.stdout(), script.stdout() + script.stderr()
    files = [path for path in bench.spool.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert secret.encode() not in path.read_bytes()
    assert secret not in script.stderr()


def test_an_experiment_of_a_server_written_through_its_database_names_the_cure(
    mlflow_server: Callable[..., Server], make_bench: Callable[[str], Bench]
) -> None:
    server = mlflow_server()
    bench = make_bench(f"sqlite:///{server.dir / 'mlflow.db'}")
    script = bench.run(
        """
        with mlflow.start_run() as run:
            print("run", run.info.run_id)
            for step in range(3):
                ext.log("training", {"step": step, "loss": 0.5})
        """
    )
    assert script.stderr().count("MLFLOW_TRACKING_URI=http://") == 1
    assert script.stderr().count("mlflow-ext sync") == 1  # one that delivers nothing beside it would mislead
    assert len(bench.spool_files()) == 1
    synced = bench.command("sync", "--tracking-uri", server.url)
    assert synced.process.returncode == 0, synced.stdout() + synced.stderr()
    run_id = re.search(r"run (\w+)", script.stdout())[1]  # type: ignore[index]
    answer = httpx.get(f"{server.url}/api/2.0/mlflow/runs/get", params={"run_id": run_id})
    assert answer.json()["run"]["data"]["metrics"][0]["key"] == "training/loss"


def test_an_unknown_run_is_kept_among_the_refused(guarded: Server, make_bench: Callable[[str], Bench]) -> None:
    bench = make_bench(guarded.url)
    script = bench.run(LOG_THREE, {**ADMIN, "RUN": "0" * 32})
    assert "counts 0 3 0" in script.stdout(), script.stdout() + script.stderr()
    assert len(list((bench.spool / "rejected").glob("*.spool"))) == 1
    assert Path(bench.spool).stat().st_mode & 0o777 == 0o700
