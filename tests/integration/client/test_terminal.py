"""The command as people use it: examples of the help, a shell's completion, Ctrl-C, a typed confirmation."""

from __future__ import annotations

import os
import pty
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import mlflow
import pytest

from mlflow_ext.cli import main
from tests.conftest import clean_environment
from tests.integration.client.conftest import Place
from tests.integration.client.test_command_line import Go
from tests.unit.cli.test_commands import EVERY

OWN_IDS = ("4f2a9c01", "77b0e3d2")


@pytest.fixture
def examples_place(ours: Place, at: Go) -> Place:
    """An ext-server with what the examples name: experiment "mnist", two runs with own ids; experiment 3 is there."""
    api = f"{at(ours).uri}/ext/api/runs"
    for number, own_id in enumerate(OWN_IDS):
        body = {"run_id": own_id, "project": "mnist", "config": {"optimizer": "adam"}, "tags": {"draft": "yes"}}
        made = httpx.post(api, json=body, trust_env=False, timeout=60)
        if made.status_code == 409:
            restored = {"action": "restore", "ids": [own_id]}
            httpx.post(f"{api}/bulk", json=restored, trust_env=False, timeout=60).raise_for_status()
            continue
        assert made.status_code == 201, made.text
        points = [{"name": name, "value": 0.1 + number / 10, "step": 1} for name in ("loss", "accuracy")]
        sent = httpx.post(f"{api}/{own_id}/metrics", json={"metrics": points}, trust_env=False, timeout=60)
        sent.raise_for_status()
    return ours


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_the_examples_of_the_help_work_as_written(
    path: tuple[str, ...], examples_place: Place, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    spool = tmp_path / "data"
    spool.mkdir()
    examples = EVERY[path].examples  # type: ignore[attr-defined]
    assert examples
    for example in examples:
        line = example.partition(" > ")[0].replace("/data/spool", str(spool))
        for host in ("http://127.0.0.1:5000", "http://host:5000"):
            line = line.replace(host, examples_place.uri)
        assert main(shlex.split(line)) == 0, (example, capfd.readouterr())
        printed = capfd.readouterr()
        assert printed.out or "-o" in shlex.split(line)
        assert "Traceback" not in printed.err


def process(place: Place, *words: str, **options: object) -> subprocess.Popen[bytes]:
    env = clean_environment({"MLFLOW_TRACKING_URI": place.uri, "MLFLOW_EXT_SPOOL_DIR": str(place.folder / "spool")})
    command = [sys.executable, "-m", "mlflow_ext", *words]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize(("typed", "deleted"), [("delete", True), ("yes", False), ("", False)])
def test_deleting_for_good_asks_for_the_word(ours: Place, typed: str, deleted: bool) -> None:
    run_id = ours.fresh()
    client = mlflow.MlflowClient(ours.uri)
    client.delete_run(run_id)
    keyboard, terminal = pty.openpty()
    running = process(ours, "runs", "delete", run_id, stdin=terminal)
    os.write(keyboard, typed.encode() + b"\n")
    printed, told = running.communicate(timeout=120)
    os.close(keyboard)
    os.close(terminal)
    assert "Type delete to delete 1 run for good" in (printed + told).decode()
    assert running.returncode == (0 if deleted else 2)
    assert (b"Deleted 1 run." in printed) == deleted
    if deleted:
        with pytest.raises(mlflow.MlflowException, match="not found"):
            client.get_run(run_id)
    else:
        assert b"Nothing was deleted." in told
        assert client.get_run(run_id).info.lifecycle_stage == "deleted"


def test_ctrl_c_ends_it_with_a_word_and_the_status_of_an_interrupt(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = Place(f"http://127.0.0.1:{silent.getsockname()[1]}", None, tmp_path)  # type: ignore[arg-type]
        running = process(place, "runs", "list")
        connection, _ = silent.accept()
        running.send_signal(signal.SIGINT)
        printed, told = running.communicate(timeout=120)
        connection.close()
    assert running.returncode == 130
    assert printed == b""
    assert told.decode().strip() == "mlflow-ext: stopped."


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_completes_words() -> None:
    script = """
eval "$(mlflow-ext completion bash)"
function=$(complete -p mlflow-ext | sed 's/.*-F \\([^ ]*\\).*/\\1/')
try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); $function mlflow-ext; echo "${COMPREPLY[@]}"; }
try mlflow-ext do
try mlflow-ext runs le
try mlflow-ext runs list --st
try mlflow-ext runs list --stage ar
try mlflow-ext completion f
"""
    env = clean_environment({"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"})
    done = subprocess.run(
        ["bash", "--norc", "-c", script], env=env, capture_output=True, text=True, timeout=240, check=True
    )
    assert done.stdout.splitlines() == ["doctor", "leaderboard", "--stage", "archived", "fish"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_scripts_of_other_shells_are_taken_by_them(
    shell: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", shell]) == 0
    script = tmp_path / "script"
    script.write_text(capfd.readouterr().out)
    assert "mlflow-ext" in script.read_text()
    if (found := shutil.which(shell)) is not None:
        subprocess.run([found, "-n", str(script)], check=True, timeout=60)
