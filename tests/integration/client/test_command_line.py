"""The command line against a plain MLflow server, a database and an ext-server."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import mlflow
import pytest

from mlflow_ext.cli import main
from mlflow_ext.tracking.connect import open_store
from mlflow_ext.tracking.rest_store import RestStore
from tests.conftest import clean_environment
from tests.integration.client.conftest import Place
from tests.run_store import NOTE, UNKNOWN

Go = Callable[[Place], Place]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """``run(*arguments, code=0) -> stdout``."""

    def call(*arguments: str, code: int = 0) -> str:
        capfd.readouterr()
        assert main(arguments) == code, capfd.readouterr()
        printed = capfd.readouterr()
        assert "Traceback" not in printed.err
        return printed.out + (printed.err if code else "")

    return call


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_experiments_are_listed_and_shown(place: Place, at: Go, run: Callable[..., str]) -> None:
    ids = at(place).seed.experiments
    assert "vision" in run("experiments", "list")
    assert {"vision", "speech"} <= {one["name"] for one in json.loads(run("experiments", "list", "--json"))}
    assert [row["name"] for row in table(run("experiments", "list", "--search", "SPEE", "--csv"))] == ["speech"]
    assert json.loads(run("experiments", "show", "vision", "--json"))["experiment_id"] == ids["vision"]
    assert "vision" in run("experiments", "show", ids["vision"])
    assert "no such" in run("experiments", "show", "no such", code=2)


def test_runs_are_listed_in_three_forms(place: Place, at: Go, run: Callable[..., str]) -> None:
    runs = at(place).seed.runs
    chosen = ("runs", "list", "-e", "vision", "-f", "metrics.loss < 0.4", "--order-by", "metrics.loss ASC")
    assert [one["run_id"] for one in json.loads(run(*chosen, "--json"))] == [runs["second"], runs["third"]]
    rows = table(run(*chosen, "--csv"))
    assert [(row["name"], row["metrics.loss"], row["params.lr"]) for row in rows] == [
        ("second", "0.2", "0.1"),
        ("third", "0.3", "0.2"),
    ]
    header, first, second = run(*chosen, "-m", "loss").splitlines()
    assert header.split() == ["RUN", "NAME", "STATUS", "STARTED", "TOOK", "loss", "NOTE"]
    assert (first.split()[0], second.split()[0]) == (runs["second"], runs["third"])
    assert len(json.loads(run("runs", "list", "-n", "1", "--json"))) == 1
    assert "gone" in run("runs", "list", "-e", "vision", "--stage", "archived")


def test_a_run_is_shown_by_the_start_of_its_id(place: Place, at: Go, run: Callable[..., str]) -> None:
    run_id = at(place).seed.runs["second"]
    printed = run("runs", "show", run_id[:12])
    for word in (run_id, "second", "PUBLISH", "optimizer", "adam", "loss", "0.2", "training"):
        assert word in printed
    assert json.loads(run("runs", "show", run_id, "--json"))["metrics"]["steep"] == "-Infinity"
    for unknown in (UNKNOWN, "fffffff"):
        run("runs", "show", unknown, code=2)


def test_runs_are_compared_and_ranked(place: Place, at: Go, run: Callable[..., str]) -> None:
    runs = at(place).seed.runs
    first, third = runs["first"], runs["third"]
    assert "param lr" in run("runs", "compare", first, third)
    assert [row["metrics.loss"] for row in table(run("runs", "compare", third, first, "--csv"))] == ["0.3", "0.5"]
    answer, told, _ = run("runs", "compare", first, UNKNOWN, "--json", code=1).partition("Unknown or unreadable: ")
    assert json.loads(answer)["missing"] == [UNKNOWN]
    assert told
    ranked = json.loads(run("runs", "leaderboard", "-m", "loss", "-e", "vision", "--aggregate", "min", "--json"))
    assert [(one["rank"], one["value"], one["run"]["name"]) for one in ranked] == [
        (1, 0.1, "first"),
        (2, 0.2, "second"),
        (3, 0.3, "third"),
    ]
    assert "second" in run("runs", "leaderboard", "-m", "loss", "-e", "vision", "-n", "1")
    assert "give --order asc or --order desc" in run("runs", "leaderboard", "-m", "odd name/a-b", code=2)
    assert run("runs", "leaderboard", "-m", "spede") == "No run has a value of spede.\n"


def test_runs_are_tagged_noted_archived_and_restored(place: Place, at: Go, run: Callable[..., str]) -> None:
    run_id = at(place).fresh()
    client = mlflow.MlflowClient(place.uri)
    printed = run("runs", "tag", run_id, "-t", "team=a=b", "--remove", "draft")
    assert printed == "Tagged 1 run.\n0 of 1 had the tag draft.\n"
    assert run("runs", "note", run_id, "--text", "BAD") == "Noted 1 run.\n"
    tags = client.get_run(run_id).data.tags
    assert (tags["team"], tags[NOTE]) == ("a=b", "BAD")
    printed = run("runs", "archive", run_id, UNKNOWN, code=1)
    assert printed.startswith("Archived 1 run.\n")
    assert UNKNOWN in printed
    assert client.get_run(run_id).info.lifecycle_stage == "deleted"
    assert json.loads(run("runs", "restore", run_id, "--json"))[0]["ok"] is True
    assert client.get_run(run_id).info.lifecycle_stage == "active"


def test_nothing_is_deleted_for_good_by_mistake(place: Place, at: Go, run: Callable[..., str]) -> None:
    run_id = at(place).fresh()
    client = mlflow.MlflowClient(place.uri)
    ours = isinstance(open_store(), RestStore)
    assert "--yes" in run("runs", "delete", run_id, code=2)
    run("runs", "delete", run_id, "--yes", code=1 if ours else 2)
    assert client.get_run(run_id).info.lifecycle_stage == "active"
    run("runs", "archive", run_id)
    printed = run("runs", "delete", run_id, "--yes", code=0 if ours else 2)
    assert ("Deleted 1 run." if ours else "mlflow gc") in printed


def test_runs_are_exported_with_every_point(place: Place, at: Go, run: Callable[..., str], tmp_path: Path) -> None:
    runs = at(place).seed.runs
    assert {one["name"] for one in json.loads(run("runs", "export", "-e", "vision"))} == {"first", "second", "third"}
    target = tmp_path / "points.csv"
    run("runs", "export", "-e", "vision", "-m", "loss", "--histories", "-o", str(target))
    rows = table(target.read_text())
    assert len(rows) == 9
    assert [(row["step"], row["value"]) for row in rows if row["name"] == "first"] == [
        ("0", "0.9"),
        ("1", "0.1"),
        ("2", "0.5"),
    ]
    (one,) = json.loads(run("runs", "export", runs["first"], "-m", "loss", "--histories"))
    assert one["histories"]["loss"]["value"] == [0.9, 0.1, 0.5]
    assert list(one["metrics"]) == ["loss"]
    assert list(tmp_path.glob("*.part")) == []
    assert "Error" in run("runs", "export", "-o", str(tmp_path / "no" / "such" / "folder.json"), code=2)


def test_the_doctor_reads_writes_and_uploads(place: Place, at: Go, run: Callable[..., str]) -> None:
    at(place)
    found = {one["name"]: one for one in json.loads(run("doctor", "--json"))}
    assert found["read"]["state"] == "ok"
    assert found["write"]["state"] == found["upload"]["state"] == "untried"
    client = mlflow.MlflowClient(place.uri)
    assert client.get_experiment_by_name("mlflow-ext doctor") is None
    for _ in range(2):
        found = {one["name"]: one for one in json.loads(run("doctor", "--write", "--json"))}
        assert {name: one["state"] for name, one in found.items() if name in ("read", "write", "upload", "tidy")} == {
            "read": "ok",
            "write": "ok",
            "upload": "ok",
            "tidy": "ok",
        }
    experiment = client.get_experiment_by_name("mlflow-ext doctor")
    assert experiment is not None
    assert client.search_runs([experiment.experiment_id]) == []


def test_a_filter_beyond_mlflows_needs_an_ext_server(plain: Place, at: Go, run: Callable[..., str]) -> None:
    at(plain)
    assert "no ext-server" in run("runs", "list", "-f", "metrics.loss < 1 OR metrics.loss > 2", code=2)


def command(place: Place, *arguments: str, **options: object) -> subprocess.Popen[bytes]:
    env = clean_environment({"MLFLOW_TRACKING_URI": place.uri, "MLFLOW_EXT_SPOOL_DIR": str(place.folder / "spool")})
    return subprocess.Popen(
        [sys.executable, "-m", "mlflow_ext", *arguments], env=env, stderr=subprocess.PIPE, **options
    )  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize("form", [(), ("--json",), ("--csv",)])
def test_a_reader_that_goes_away_leaves_no_traceback(database: Place, form: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = command(database, "runs", "list", *form, stdout=writing)
    os.close(writing)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert errors == b""
