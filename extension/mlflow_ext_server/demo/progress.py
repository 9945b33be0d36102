"""A progress bar of one line, or one line per experiment where stderr is no terminal."""

from __future__ import annotations

import sys
import time
from typing import TextIO

_WIDTH = 28


class Progress:
    """Shows how many of ``total`` runs are done.

    Args:
        total: runs in all.
        out: where to write; None writes nothing.
    """

    def __init__(self, total: int, out: TextIO | None = sys.stderr) -> None:
        self._total, self._out = total, out
        self._done, self._group = 0, ""
        self._began = time.monotonic()

    def step(self, group: str, name: str) -> None:
        """Say that the run ``name`` of the experiment ``group`` starts."""
        if self._out is None:
            return
        if self._out.isatty():
            filled = _WIDTH * self._done // self._total
            bar = "█" * filled + "░" * (_WIDTH - filled)
            text = f"{bar} {self._done}/{self._total}  {group}: {name}"
            self._out.write(f"\r\x1b[K{text[:110]}")
        elif group != self._group:
            self._out.write(f"Training {self._done + 1} of {self._total} ... {group}\n")
        self._out.flush()
        self._group = group
        self._done += 1

    def close(self) -> None:
        """Say how long it took."""
        if self._out is None:
            return
        start = "\r\x1b[K" if self._out.isatty() else ""
        self._out.write(f"{start}Trained and logged {self._done} runs in {time.monotonic() - self._began:.0f} s\n")
        self._out.flush()
