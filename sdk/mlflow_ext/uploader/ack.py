"""The sidecar of a spool file: how far its records have come, so that a later process goes on from there.

Losing it costs a repetition and nothing else: parts are overwritten with the same or more, and MLflow keeps one of
several equal metrics.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from mlflow_ext.spool.directory import sidecar
from mlflow_ext.uploader.plot import Progress

SUFFIX = ".ack"
_VERSION = 1


@dataclass
class Ack:
    """How far one spool file has come at one server.

    Args:
        server: address, without credentials; at another server everything begins anew.
        run_id: of the run there.
        offset: bytes of records that were delivered but for parts that still grow.
        settled: records that are delivered altogether.
        rejected: records that the server refused.
        parked: why delivery waits for a person, or None.
        progress: per slug, how far its parts have come.
    """

    server: str
    run_id: str | None = None
    offset: int = 0
    settled: int = 0
    rejected: int = 0
    parked: str | None = None
    progress: dict[str, Progress] = field(default_factory=dict)

    def save(self, spool_file: Path) -> None:
        """Write the sidecar of ``spool_file`` in one step."""
        path = sidecar(spool_file, SUFFIX)
        content = {
            "version": _VERSION,
            "server": self.server,
            "run_id": self.run_id,
            "offset": self.offset,
            "settled": self.settled,
            "rejected": self.rejected,
            "parked": self.parked,
            "progress": {slug: progress.as_list() for slug, progress in self.progress.items()},
        }
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        fresh.write_bytes(orjson.dumps(content))
        fresh.replace(path)


def read_ack(spool_file: Path) -> Ack | None:
    """The sidecar of ``spool_file``; None when there is none that can be used."""
    try:
        content: Any = orjson.loads(sidecar(spool_file, SUFFIX).read_bytes())
        if content["version"] != _VERSION:
            return None
        progress = {slug: Progress(*numbers) for slug, numbers in content["progress"].items()}
        known = ("server", "run_id", "offset", "settled", "rejected", "parked")
        return Ack(**{key: content[key] for key in known}, progress=progress)
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
        return None


def remove_ack(spool_file: Path) -> None:
    """Delete the sidecar of ``spool_file``."""
    sidecar(spool_file, SUFFIX).unlink(missing_ok=True)
