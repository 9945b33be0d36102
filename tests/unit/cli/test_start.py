"""How the command starts: without MLflow where it is not needed, and stopped by Ctrl-C at any moment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = "mlflow", "numpy", "pandas", "pydantic", "requests", "orjson", "rich"
COMMAND = "import sys; sys.argv[0] = '/usr/bin/mlflow-ext'"
LOADED = """
{command}
from mlflow_ext.cli import main
code = main()
print("code", code, "loaded", *(name for name in {heavy!r} if name in sys.modules))
"""


def start(
    *arguments: str, script: str = LOADED.format(command=COMMAND, heavy=HEAVY), **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--help"], 0),
        (["runs", "leaderboard", "--help"], 0),
        (["--version"], 0),
        (["runs", "leaderboard"], 2),
        (["sinc"], 2),
        (["completion", "bash"], 0),
    ],
)
def test_help_and_wrong_calls_load_nothing_heavy(arguments: list[str], code: int) -> None:
    done = start(*arguments)
    assert done.stdout.splitlines()[-1] == f"code {code} loaded", done.stderr


def test_a_tab_press_loads_nothing_heavy() -> None:
    words = {"_MLFLOW_EXT_COMPLETE": "bash_complete", "COMP_WORDS": "mlflow-ext runs list --ex", "COMP_CWORD": "3"}
    done = start(**words)
    assert done.stdout.splitlines() == ["plain,--experiment", "code 0 loaded"], done.stderr


@pytest.mark.parametrize("module", ["mlflow", "click"])
def test_ctrl_c_amid_an_import_is_no_traceback(module: str, tmp_path: Path) -> None:
    (tmp_path / f"{module}.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    script = f"{COMMAND}; from mlflow_ext.cli import main; sys.exit(main())"
    path = f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    done = start("runs", "list", script=script, PYTHONPATH=path)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.strip().splitlines()[-1] == "mlflow-ext: stopped."
    assert "Traceback" not in done.stderr
