"""Files of ``log_artifact``, taken into the spool before the call returns: the script may then delete them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Set
from pathlib import Path

from mlflow_ext.errors import SpoolError, ValidationError

_CLONE = 0x40049409  # ioctl FICLONE: share the blocks until one side is written
_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\- ]*")


def safe_component(text: str) -> str:
    """One part of a path as every artifact store takes it; what had to be changed ends in a hash of the original."""
    if _SAFE.fullmatch(text) and not text.endswith((".", " ")) and len(text) <= 120:
        return text
    stem, dot, ending = text.rpartition(".")
    ending = dot + ending if stem and re.fullmatch(r"[A-Za-z0-9]{1,10}", ending) else ""
    plain = re.sub(r"[^A-Za-z0-9_\-]", "_", stem if ending else text)[:80]
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{plain or '_'}-{digest}{ending}"


def check_source(path: object) -> Path:
    """The file or folder to log.

    Raises:
        ValidationError: there is none, or it is neither a file nor a folder.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise ValidationError(f"path takes a file or folder, got {type(path).__name__}.", field="path")
    source = Path(os.fsdecode(path))
    if not source.exists():
        raise ValidationError(f"There is no file or folder {str(source)!r}.", field="path")
    if not source.is_file() and not source.is_dir():
        raise ValidationError(f"{str(source)!r} is neither a file nor a folder.", field="path")
    return source


def take_files(source: Path, folder: Path, spool: Path) -> list[str]:
    """Copy a file, or every file below a folder, into ``folder``.

    Args:
        source: the file or folder.
        folder: where to, somewhere in ``spool``.
        spool: the spool folder, which is left out where it is below ``source``.

    Returns:
        Their paths below ``folder``, each component safe for an artifact store.

    Raises:
        ValidationError: ``source`` is the spool folder.
        SpoolError: a file can't be read, or the disk is full.
    """
    if source.is_dir() and os.path.samefile(source, spool):
        raise ValidationError(f"{str(source)!r} is the spool folder itself, which can't be logged.", field="path")
    try:
        folder.mkdir(mode=0o700, parents=True)
        if source.is_file():
            name = safe_component(source.name)
            _copy(source, folder / name)
            return [name]
        return _take_folder(source, folder, {_identity(spool), _identity(folder)})
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise SpoolError(f"Can't take {source} into the spool: {error}.") from error


def _identity(folder: str | os.PathLike[str]) -> tuple[int, int]:
    facts = os.stat(folder)
    return facts.st_dev, facts.st_ino


def _take_folder(source: Path, folder: Path, left_out: Set[tuple[int, int]]) -> list[str]:
    taken: list[str] = []
    for parent, folders, files in os.walk(source):
        folders[:] = sorted(name for name in folders if _identity(Path(parent, name)) not in left_out)
        place = Path(*map(safe_component, Path(parent).relative_to(source).parts))
        for name in sorted(files):
            file = Path(parent, name)
            if not file.is_file():
                continue
            (folder / place).mkdir(parents=True, exist_ok=True)
            path = place / safe_component(name)
            _copy(file, folder / path)
            taken.append(path.as_posix())
    return taken


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as reader, target.open("xb") as writer:
        try:
            fcntl.ioctl(writer.fileno(), _CLONE, reader.fileno())
        except OSError:  # another file system, or one that can't share blocks
            shutil.copyfileobj(reader, writer, 1 << 20)
