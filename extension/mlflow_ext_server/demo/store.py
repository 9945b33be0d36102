"""Where the demo's runs are kept, and how they get there: a temporary MLflow server, and one training process."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlflow_ext.errors import MlflowExtError
from mlflow_ext_server.demo.server import temporary_server

CONTENT_VERSION = 5
_MARK = "mlflow-ext-demo.json"


class DemoError(MlflowExtError):
    """The demo's runs can't be made, in one line that says why."""


@dataclass(frozen=True, slots=True)
class DemoStore:
    """What a server needs to show the demo: values for the flags of the same names."""

    backend_store_uri: str
    artifacts_destination: str


def default_directory() -> Path:
    """``mlflow-ext/demo`` in the user's data directory (XDG base directory specification)."""
    data = os.environ.get("XDG_DATA_HOME", "")
    root = Path(data) if Path(data).is_absolute() else Path.home() / ".local" / "share"
    return root / "mlflow-ext" / "demo"


def prepare(directory: Path, *, progress: bool = True) -> DemoStore:
    """Train the demo's models into ``directory`` unless that was done before, and say where they are.

    Args:
        directory: a folder of the demo's own, made if absent.
        progress: show a progress bar on stderr.

    Raises:
        DemoError: the folder holds something else, or the training failed.
    """
    folder = directory.absolute()
    store = DemoStore(f"sqlite:///{folder / 'mlflow.db'}", str(folder / "artifacts"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            if _mark(folder).get("complete") != CONTENT_VERSION:
                _clear(folder)
                _train(folder, store, progress)
                _write_mark(folder, complete=CONTENT_VERSION)
    except OSError as error:
        raise DemoError(f"The demo can't be written to {folder}: {error}") from error
    return store


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, so that two demos started at once train once."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _mark(folder: Path) -> dict[str, object]:
    try:
        found = json.loads((folder / _MARK).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_mark(folder: Path, *, complete: int) -> None:
    draft = folder / f"{_MARK}.new"
    draft.write_text(json.dumps({"complete": complete}))
    draft.replace(folder / _MARK)


def _clear(folder: Path) -> None:
    """Remove an earlier, unfinished or outdated demo, and nothing else.

    Raises:
        DemoError: the folder holds files, but not our mark.
    """
    old = [path for path in folder.iterdir() if path.name != ".lock"]
    if old and not (folder / _MARK).exists():
        raise DemoError(f"{folder} holds files that are not the demo's: name an empty folder")
    _write_mark(folder, complete=0)  # from now on this folder is ours to clear
    for path in old:
        if path.name == _MARK:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _train(folder: Path, store: DemoStore, progress: bool) -> None:
    log = folder / "demo.log"
    with temporary_server(store.backend_store_uri, store.artifacts_destination, log) as uri:
        command = [sys.executable, "-m", "mlflow_ext_server.demo.train", *([] if progress else ["--quiet"])]
        environment = {
            **os.environ,
            "MLFLOW_TRACKING_URI": uri,
            "MLFLOW_EXT_SPOOL_DIR": str(folder / "spool"),
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "OMP_NUM_THREADS": "1",
        }
        with log.open("ab") as out:
            trained = subprocess.run(command, cwd=folder, env=environment, stdout=out, check=False)
    if trained.returncode:
        raise DemoError(f"Training the demo's models failed with exit status {trained.returncode}; {log} says more")
