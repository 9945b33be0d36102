"""What a server refused for good, kept on disk with the reason: nothing is dropped in silence."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import Any

import orjson

from mlflow_ext.spool.directory import sidecar
from mlflow_ext.spool.header import Header, bare_uri, now_ms

FOLDER = "rejected"
REASON = ".reason.json"


def rejected_folder(directory: Path) -> Path:
    """The folder for what was refused, below the spool folder."""
    folder = directory / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def keep_item(directory: Path, header: Header, reason: str, content: dict[str, Any]) -> Path:
    """Write one refused item as JSON: ``content``, the reason, and whose it was."""
    path = rejected_folder(directory) / f"{header.run_key}.{header.writer}.{uuid.uuid4().hex[:12]}.json"
    facts = {"run_id": header.run_id, "local_key": header.local_key, "tracking_uri": bare_uri(header.tracking_uri)}
    path.write_bytes(orjson.dumps({"reason": reason, "at": now_ms(), **facts, **content}, option=orjson.OPT_INDENT_2))
    return path


def forget_reason(spool_file: Path) -> None:
    """Delete the reason beside a refused spool file that was delivered after all."""
    sidecar(spool_file, REASON).unlink(missing_ok=True)


def keep_file(spool_file: Path, reason: str) -> Path:
    """Move a whole spool file, with what belongs to it, among the refused; ``mlflow-ext sync PATH`` tries it again."""
    inside = spool_file.parent.name == FOLDER
    folder = spool_file.parent if inside else rejected_folder(spool_file.parent)
    for suffix in (".ack", ".files"):
        companion = sidecar(spool_file, suffix)
        if companion.exists() and not inside:
            os.replace(companion, folder / companion.name)
    path = folder / spool_file.name
    os.replace(spool_file, path)
    sidecar(path, REASON).write_bytes(orjson.dumps({"reason": reason, "at": now_ms()}, option=orjson.OPT_INDENT_2))
    return path
