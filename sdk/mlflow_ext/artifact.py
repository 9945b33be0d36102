"""``log_artifact``: files and folders, taken before the call returns."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from mlflow_ext.entry import checked_metadata, durably
from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import describe
from mlflow_ext.runtime import runtime
from mlflow_ext.spool.session import Session
from mlflow_ext.spool.stored_file import check_source, safe_component, take_files
from mlflow_ext.store_format import check_name, slug

ROLES = ("input", "output")


def log_artifact(
    name: str,
    path: str | os.PathLike[str],
    *,
    role: str = "output",
    artifact_type: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Log a file, or a folder with all that is in it; the script may delete or change it as soon as this returns.

    Links are followed. What is no file (empty folders, broken links, sockets) and folders that can't be read are left
    out, which a warning tells.

    Args:
        name: of the artifact, 1 to 250 characters of any text; its files stand in a folder of that name.
        path: the file or folder.
        role: "output" or "input".
        artifact_type: what it is, such as "model" or "dataset".
        metadata: anything JSON holds.

    Raises:
        ValidationError: there is no such file, or an argument is wrong.
        SpoolError: the local disk can't take it.

    Example:
        >>> import pathlib, tempfile
        >>> import mlflow_ext as ext
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     report = pathlib.Path(folder, "report.txt")
        ...     _ = report.write_text("all good")
        ...     ext.log_artifact("report", report, artifact_type="text")
    """
    store_artifact(runtime().session, name, path, {"role": role, "artifact_type": artifact_type, "metadata": metadata})


def store_artifact(open_session: Callable[[], Session], name: Any, path: Any, facts: Mapping[str, Any]) -> None:
    """Take a file or folder into the spool of a run; ``facts`` are role, artifact_type and metadata.

    Raises:
        ValidationError: there is no such file, or a fact is wrong.
        SpoolError: the local disk can't take it.
    """
    name, source, metadata = check_name(name), check_source(path), checked_metadata(facts["metadata"])
    if not isinstance(facts["role"], str) or facts["role"] not in ROLES:
        raise ValidationError(f'role is {describe(facts["role"])}, but takes "output" or "input".', field="role")
    if facts["artifact_type"] is not None:
        check_name(facts["artifact_type"], "artifact_type")
    content = {**facts, "name": name, "folder": _artifact_folder(name), "metadata": metadata}

    def append(live: Session) -> None:
        sequence = live.next_sequence()
        content["files"], content["originals"] = take_files(source, live.files / str(sequence), live.path.parent)
        live.record("a", content, sequence=sequence)

    durably(open_session, append)


def _artifact_folder(name: str) -> str:
    parts = name.split("/")
    plain = all(part and safe_component(part) == part for part in parts)
    return name if plain and parts[0] not in ("ext", "config.json") else slug("artifact", name)
