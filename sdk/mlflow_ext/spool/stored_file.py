"""Files of ``log_artifact``, taken into the spool before the call returns: the script may then delete them."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from mlflow_ext.errors import SpoolError, ValidationError
from mlflow_ext.foreign import describe, read

_CLONE = 0x40049409  # ioctl FICLONE: share the blocks until one side is written
_TOLD = 10
_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\- ]*")
_log = logging.getLogger("mlflow_ext")


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
    source = read("path", lambda: Path(os.fsdecode(path)))
    try:
        there = source.exists()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise ValidationError(f"path {describe(path)} can't be looked at: {why}.", field="path") from error
    if not there:
        raise ValidationError(f"There is no file or folder {str(source)!r}.", field="path")
    if not source.is_file() and not source.is_dir():
        raise ValidationError(f"{str(source)!r} is neither a file nor a folder.", field="path")
    return source


class Taken(NamedTuple):
    """What was copied: safe path below the artifact, and the original one where that had to be changed."""

    files: list[str]
    originals: dict[str, str]


def take_files(source: Path, folder: Path, spool: Path) -> Taken:
    """Copy a file, or every file below a folder, into ``folder``; links are followed, and what is left out is told.

    Args:
        source: the file or folder.
        folder: where to, somewhere in ``spool``.
        spool: the spool folder, which is left out where it is below ``source``.

    Raises:
        ValidationError: ``source`` is the spool folder.
        SpoolError: a file can't be read, or the disk is full.
    """
    if source.is_dir() and os.path.samefile(source, spool):
        raise ValidationError(f"{str(source)!r} is the spool folder itself, which can't be logged.", field="path")
    try:
        folder.mkdir(mode=0o700, parents=True)
        walk = _Walk(source, {_identity(spool): "the spool", _identity(folder): "the spool"})
        paths = [Path(source.name)] if source.is_file() else list(walk.files())
        taken = Taken([], {})
        for path in paths:
            safe = Path(*map(safe_component, path.parts))
            (folder / safe).parent.mkdir(parents=True, exist_ok=True)
            _copy(source if source.is_file() else source / path, folder / safe)
            taken.files.append(safe.as_posix())
            if safe != path:
                taken.originals[safe.as_posix()] = os.fsencode(path).decode("utf-8", "backslashreplace")
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise SpoolError(f"Can't take {source} into the spool: {error}.") from error
    walk.warn()
    return taken


def _identity(folder: str | os.PathLike[str]) -> tuple[int, int]:
    facts = os.stat(folder)
    return facts.st_dev, facts.st_ino


def _trouble(path: Path) -> str:
    try:
        path.stat()
    except OSError as error:
        return "a broken link" if path.is_symlink() else error.strerror or type(error).__name__
    return "no file"


class _Walk:
    """The files below a folder, links to folders followed, and what of it is no file.

    Args:
        source: the folder.
        no_entry: folders that are not entered, by device and inode, and why.
    """

    def __init__(self, source: Path, no_entry: Mapping[tuple[int, int], str]) -> None:
        self._source = source
        self._no_entry = no_entry
        self._left_out: list[str] = []

    def files(self, below: Path = Path(), above: frozenset[tuple[int, int]] = frozenset()) -> Iterator[Path]:
        """Paths below the source in order of their names; ``above``: the folders entered on the way to ``below``."""
        folder = self._source / below
        try:
            here = _identity(folder)
            why = self._no_entry.get(here) or ("a link to a folder around it" if here in above else "")
            names = [] if why else sorted(os.listdir(folder))
            why = why or ("" if names else "empty")
        except OSError as error:
            if not below.parts:
                raise
            names, why = [], error.strerror or type(error).__name__
        if why:
            self._left_out.append(f"{str(below)!r} ({why})")
        for name in names:
            path = folder / name
            if os.path.isdir(path):
                yield from self.files(below / name, above | {here})
            elif os.path.isfile(path):
                yield below / name
            else:
                self._left_out.append(f"{str(below / name)!r} ({_trouble(path)})")

    def warn(self) -> None:
        """Tell once what was left out."""
        if self._left_out:
            more = len(self._left_out) - _TOLD
            shown = ", ".join(self._left_out[:_TOLD]) + (f" and {more} more" if more > 0 else "")
            _log.warning("log_artifact left out of %r: %s.", str(self._source), shown)


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as reader, target.open("xb") as writer:
        try:
            fcntl.ioctl(writer.fileno(), _CLONE, reader.fileno())
        except OSError:  # another file system, or one that can't share blocks
            shutil.copyfileobj(reader, writer, 1 << 20)
