"""The wheel and the sdist of this checkout, and the wheel installed in environments outside of it."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Built:
    """What ``python -m build`` gives; the wheel is made from the sdist, as an index's users get it."""

    wheel: Path
    sdist: Path


@dataclass(frozen=True)
class Installed:
    """An environment with our wheel in it."""

    root: Path

    @property
    def python(self) -> Path:
        return self.root / "bin" / "python"

    def run(self, program: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run one of the environment's programs, outside the checkout and without its settings."""
        command = [str(self.root / "bin" / program), *arguments]
        return subprocess.run(
            command, cwd=cwd, env=environment(), capture_output=True, text=True, timeout=120, check=False
        )


def environment() -> dict[str, str]:
    """Ours, without anything that could lead Python or MLflow back to the checkout."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "MLFLOW_", "VIRTUAL_"))}
    return {
        **kept,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "PYTHONUNBUFFERED": "1",
    }


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Wheel and sdist of the checkout."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=out)
    assert done.returncode == 0, done.stdout + done.stderr
    return Built(next(out.glob("*.whl")), next(out.glob("*.tar.gz")))


def _install(root: Path, wheel: Path) -> Installed:
    venv.create(root, with_pip=False, symlinks=True)
    environment_of = Installed(root)
    pip = [sys.executable, "-m", "pip", "--python", str(environment_of.python), "install", "-q", "--no-deps"]
    offline = ["--no-index", "--no-compile", "--disable-pip-version-check", str(wheel)]
    done = subprocess.run([*pip, *offline], capture_output=True, text=True, timeout=300, check=False, cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr
    return environment_of


@pytest.fixture(scope="session")
def bare(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel alone, without any dependency."""
    return _install(tmp_path_factory.mktemp("bare"), built.wheel)


@pytest.fixture(scope="session")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel, and this environment's packages for its dependencies; ours can only come from the wheel."""
    target = _install(tmp_path_factory.mktemp("installed"), built.wheel)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(target.root)}))
    # a folder named in a .pth file is searched, but the .pth files in it are not read: no editable install leaks in
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return target
