"""The folder that spool files live in: where it is, who may read it, what its files are called."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from mlflow_ext.errors import SpoolError

SUFFIX = ".spool"


def _default_candidates() -> list[Path]:
    state = os.environ.get("XDG_STATE_HOME")
    base = Path(state) if state and os.path.isabs(state) else Path("~/.local/state").expanduser()
    temporary = Path(tempfile.gettempdir()) / f"mlflow-ext-{os.getuid()}"
    return [base / "mlflow-ext" / "spool", temporary / "spool"]


def spool_directory(chosen: Path | None = None) -> Path:
    """The folder for spool files, made with mode 0700 when absent.

    Args:
        chosen: the folder to use; None for the per-user state folder, or a per-user temporary one where the
            home folder can't be written.

    Raises:
        SpoolError: no folder can be made, or it belongs to another user.
    """
    trouble = ""
    for path in [chosen] if chosen is not None else _default_candidates():
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            _check_owner(path)
        except OSError as error:
            trouble = trouble or f"{path}: {error}"
            continue
        if os.access(path, os.W_OK | os.X_OK):
            return path
        trouble = trouble or f"{path} is not writable"
    raise SpoolError(f"No folder for the spool ({trouble}). Set MLFLOW_EXT_SPOOL_DIR to a folder that you can write.")


def _check_owner(path: Path) -> None:
    facts = path.stat()
    if facts.st_uid != os.getuid():
        raise SpoolError(f"The spool folder {path} belongs to another user. Set MLFLOW_EXT_SPOOL_DIR to one of yours.")
    if stat.S_IMODE(facts.st_mode) & 0o022:
        raise SpoolError(
            f"Other users may write into the spool folder {path}. Set MLFLOW_EXT_SPOOL_DIR to a private one."
        )


def spool_path(directory: Path, run_key: str, writer: str) -> Path:
    """The spool file of one writer: ``<run id or local key>.<writer>.spool``."""
    return directory / f"{run_key}.{writer}{SUFFIX}"


def spool_files(directory: Path, run_key: str | None = None) -> list[Path]:
    """Every spool file in ``directory``, oldest first; of one run when ``run_key`` is given."""
    found: list[tuple[float, Path]] = []
    with os.scandir(directory) as entries:
        for entry in entries:
            if not entry.name.endswith(SUFFIX) or (run_key and not entry.name.startswith(run_key + ".")):
                continue
            try:
                if entry.is_file(follow_symlinks=False):
                    found.append((entry.stat(follow_symlinks=False).st_mtime, Path(entry.path)))
            except FileNotFoundError:
                continue
    return [path for _, path in sorted(found)]


def sidecar(path: Path, suffix: str) -> Path:
    """The file beside a spool file that carries ``suffix``, such as ``.ack`` or ``.files``."""
    return path.with_name(path.name + suffix)
