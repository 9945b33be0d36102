"""Delivery of what earlier processes left in the spool, and a look at what is there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import mlflow

from mlflow_ext.errors import StoreUnavailable, ValidationError
from mlflow_ext.settings import read_settings
from mlflow_ext.spool.directory import SUFFIX, spool_directory, spool_files
from mlflow_ext.spool.header import Header, bare_uri
from mlflow_ext.spool.reader import AdoptedFile
from mlflow_ext.uploader.counts import Counts
from mlflow_ext.uploader.delivery import Delivery
from mlflow_ext.uploader.http import connect
from mlflow_ext.uploader.status import STRANGE, read_header, strange_records
from mlflow_ext.uploader.worker import Uploader

PATIENCE_SECONDS = 60.0
_WORKSPACE = "MLFLOW_WORKSPACE"
_NO_LIMIT = 7 * 24 * 3600.0


@dataclass(frozen=True)
class Synced:
    """What became of one spool file.

    Args:
        path: of the file as it was.
        run: its run's id, or local key while no server knows it.
        server: address without credentials.
        delivered: records that arrived altogether.
        left: records that did not.
        reason: why, or None.
    """

    path: Path
    run: str
    server: str
    delivered: int
    left: Counts
    reason: str | None = None


def directory() -> Path:
    """The spool folder that the settings name."""
    return spool_directory(read_settings().spool_dir)


def named_files(paths: Sequence[Path]) -> list[Path]:
    """The spool files among ``paths``, which are files or folders; all of the spool folder when there are none.

    Raises:
        ValidationError: a path is neither.
    """
    found: list[Path] = []
    for path in paths or [directory()]:
        if path.is_dir():
            found += spool_files(path)
        elif path.is_file() and path.name.endswith(SUFFIX):
            found.append(path)
        else:
            raise ValidationError(f"{path} is neither a spool file nor a folder.", field="paths")
    return found


def sync(paths: Sequence[Path] = (), tracking_uri: str | None = None) -> list[Synced]:
    """Deliver every spool file that no live process holds.

    Args:
        paths: spool files or folders of them; none for the whole spool folder.
        tracking_uri: deliver to this server instead of the one that each file names.

    Returns:
        One entry per file that could be taken.

    Raises:
        ValidationError: a path is neither a spool file nor a folder.
    """
    results: list[Synced] = []
    by_workspace: dict[str | None, list[tuple[AdoptedFile, Header]]] = {}
    for path in named_files(paths):
        source = AdoptedFile.adopt(path)
        if source is None:
            continue
        header = read_header(source)
        if header is None:
            source.close()
            if count := strange_records(path):
                results.append(Synced(path, path.name.split(".")[0], "?", 0, Counts(parked=count), STRANGE))
            continue
        header = replace(header, tracking_uri=tracking_uri or full_uri(header))
        by_workspace.setdefault(header.workspace, []).append((source, header))
    for workspace, files in by_workspace.items():
        with _in_workspace(workspace):
            results += _deliver(files)
    return results


@contextlib.contextmanager
def _in_workspace(workspace: str | None) -> Iterator[None]:
    """MLflow's client names the workspace of the environment in every request."""
    before = os.environ.get(_WORKSPACE)
    if workspace is not None:
        os.environ[_WORKSPACE] = workspace
    try:
        yield
    finally:
        if workspace is not None:
            os.environ.pop(_WORKSPACE)
            if before is not None:
                os.environ[_WORKSPACE] = before


def _deliver(files: Sequence[tuple[AdoptedFile, Header]]) -> list[Synced]:
    uploaders: dict[Path, Uploader] = {}
    adopted: list[tuple[Path, Delivery, int]] = []
    for source, header in files:
        uploader = uploaders.setdefault(source.path.parent, Uploader(source.path.parent, connect))
        delivery = uploader.add(source, header, adopt=False)
        adopted.append((source.path, delivery, delivery.counts().pending))
    for uploader in uploaders.values():
        uploader.start()
        uploader.flush(_NO_LIMIT, patience=PATIENCE_SECONDS)
        uploader.stop()
    return [_report(path, delivery, before, uploaders[path.parent]) for path, delivery, before in adopted]


def full_uri(header: Header) -> str:
    """The address to reach a file's server by: MLflow's own setting, with its credentials, when that names the same."""
    current = mlflow.get_tracking_uri()
    return current if bare_uri(current) == header.tracking_uri else header.tracking_uri


def _report(path: Path, delivery: Delivery, before: int, uploader: Uploader) -> Synced:
    left = Counts() if delivery.gone and delivery.refused is None else delivery.counts()
    reason = delivery.parked or delivery.refused
    if left.pending:
        reason = uploader.reason(delivery)
    run = delivery.run_id or delivery.header.run_key
    delivered = max(0, before - left.pending - left.parked - left.rejected)
    return Synced(path, run, bare_uri(delivery.header.tracking_uri), delivered, left, reason)


def check_complete(results: Iterable[Synced]) -> None:
    """Raise when something remains.

    Raises:
        StoreUnavailable: names the first file that was not delivered, and why.
    """
    for result in results:
        if result.left:
            raise StoreUnavailable(f"{result.path}: {result.left} ({result.reason}).")
