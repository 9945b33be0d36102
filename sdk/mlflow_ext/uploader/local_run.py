"""From a local key to the run that stands for it on a server: made once, however many processes ask."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import orjson

from mlflow_ext.spool.header import Header, bare_uri
from mlflow_ext.uploader.transport import Transport

RUN = ".run"
LOCK = ".lock"


def known_run(directory: Path, local_key: str, server: str) -> str | None:
    """The run id that stands for ``local_key`` at ``server``, if one was made from this spool folder."""
    try:
        found = orjson.loads((directory / f"{local_key}{RUN}").read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return None
    run_id = found.get(bare_uri(server)) if isinstance(found, dict) else None
    return run_id if isinstance(run_id, str) else None


def find_run(directory: Path, header: Header, transport: Transport) -> str:
    """The run id for a header, making the run when the server has none for its local key yet.

    Raises:
        TryAgain, Denied, Refused: the server's answer.
    """
    if header.run_id is not None:
        return header.run_id
    assert header.local_key is not None
    descriptor = os.open(directory / f"{header.local_key}{LOCK}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        known = known_run(directory, header.local_key, header.tracking_uri)
        if known is not None:
            return known
        run_id = transport.make_run(header)
        _remember(directory, header.local_key, bare_uri(header.tracking_uri), run_id)
        return run_id
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def _remember(directory: Path, local_key: str, server: str, run_id: str) -> None:
    path = directory / f"{local_key}{RUN}"
    known = orjson.loads(path.read_bytes()) if path.exists() else {}
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_bytes(orjson.dumps({**known, server: run_id}))
    fresh.replace(path)
