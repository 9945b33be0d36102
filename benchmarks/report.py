"""Rows of results: as a table on stdout, and as JSON."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("mlflow-ext", "mlflow", "trackio", "plotly", "dash", "sqlalchemy", "numpy")


@dataclass(frozen=True)
class Row:
    """One measured thing.

    ``ours`` and each of ``peers`` in ``unit``, a median where ``repeats`` is above 1. ``target``: what to reach in the
    same unit, or as a ratio to the peer named in ``against``.
    """

    group: str
    name: str
    ours: float
    unit: str
    peers: dict[str, float] = field(default_factory=dict)
    target: float | None = None
    against: str | None = None
    repeats: int = 1
    at_least: bool = False
    note: str = ""

    @property
    def limit(self) -> float | None:
        """What ``ours`` may be at most (or must be at least)."""
        if self.target is None or self.against is None:
            return self.target
        peer = self.peers.get(self.against)
        return None if peer is None else self.target * peer

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None without one."""
        limit = self.limit
        if limit is None:
            return None
        return self.ours >= limit if self.at_least else self.ours <= limit


def median(values: Iterable[float]) -> float:
    """The median."""
    return float(statistics.median(values))


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return float(ordered[min(int(share * len(ordered)), len(ordered) - 1)])


def table(rows: Iterable[Row]) -> str:
    """All rows for people, grouped."""
    lines: list[str] = []
    group = ""
    for row in rows:
        if row.group != group:
            group = row.group
            lines += ["", group, f"  {'':48}{'ours':>12}{'target':>12}     peers in the same run"]
        lines.append(line(row))
        if row.note:
            lines.append(f"    {row.note}")
    return "\n".join(lines)


def line(row: Row) -> str:
    """One row, without its note."""
    reached = {True: "ok  ", False: "MISS", None: "    "}[row.reached]
    limit = "" if row.limit is None else f"{'>=' if row.at_least else '<='} {_number(row.limit)}"
    peers = ", ".join(f"{name} {_number(value)}{_ratio(value, row)}" for name, value in row.peers.items())
    return f"  {row.name:48}{_number(row.ours):>8} {row.unit:3}{limit:>12} {reached} {peers}".rstrip()


def write(rows: Sequence[Row], *, quick: bool) -> Path:
    """Save all of it with what it ran on; returns the file."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / time.strftime("%Y%m%d-%H%M%S.json")
    machine = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "versions": {name: _version(name) for name in PACKAGES},
    }
    results = [{**asdict(row), "limit": row.limit, "reached": row.reached} for row in rows]
    path.write_text(json.dumps({"quick": quick, "machine": machine, "rows": results}, indent=1))
    return path


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 1e7:
        return f"{int(value):,}"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 4
    return f"{value:,.{digits}f}"


def _ratio(peer: float, row: Row) -> str:
    return f" (x{peer / row.ours:.2g})" if row.ours > 0 and peer > 0 and not row.at_least else ""


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
