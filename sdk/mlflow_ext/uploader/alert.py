"""Alerts of one spool file on their way: the first ones as tags, further ones in files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from mlflow_ext.store_format.alert import TAGGED_ALERTS, StoredAlert, alert_tags, check_level, more_path, more_tag
from mlflow_ext.store_format.name import ALERT_MARK

FILE_ALERTS = 250


@dataclass
class AlertFold:
    """What the alert records read so far add up to.

    ``tags`` are still to be sent, and so are the files from ``unsent_file`` on, those that hold what is in ``beyond``.

    Args:
        writer: of the spool file.
    """

    writer: str
    count: int = 0
    tags: dict[str, str] = field(default_factory=dict)
    beyond: list[dict[str, Any]] = field(default_factory=list)
    _first: int = 0  # number of the file that ``beyond`` begins with
    _changed: bool = False

    def add(self, seq: int, at: int, level: str, title: str, text: str, *, replayed: bool = False) -> None:
        """Take one record; of one that was delivered only what later ones build on is kept."""
        self.count += 1
        mark = {ALERT_MARK: f"{self.writer}.{seq}.{at}"}
        if self.count <= TAGGED_ALERTS:
            alert = StoredAlert(f"{self.writer}.{seq}", at, check_level(level), title, text)
            fresh = alert_tags(alert)
        else:
            self.beyond.append({"seq": seq, "at": at, "level": level, "title": title, "text": text})
            fresh = more_tag(self.writer, self.count - TAGGED_ALERTS, self._last + 1, at)
            self._changed |= not replayed
        if not replayed:
            self.tags.pop(ALERT_MARK, None)  # it is sent after all that it stands for
            self.tags |= fresh | mark
        elif len(self.beyond) >= FILE_ALERTS:
            self._forget()

    @property
    def unsent(self) -> bool:
        """Whether anything is to be sent."""
        return bool(self.tags)

    @property
    def _last(self) -> int:
        return self._first + max(0, len(self.beyond) - 1) // FILE_ALERTS

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Path and content of each file that changed."""
        if not self._changed:
            return
        for number in range(self._first, self._last + 1):
            start = (number - self._first) * FILE_ALERTS
            held = self.beyond[start : start + FILE_ALERTS]
            content = {"mlflow_ext": 1, "kind": "alert", "writer": self.writer, "alerts": held}
            yield more_path(self.writer, number), orjson.dumps(content)

    def sent(self) -> None:
        """All of it has arrived."""
        self.tags.clear()
        self._changed = False
        self._forget()

    def _forget(self) -> None:
        """Let go of files that are full and delivered."""
        full = len(self.beyond) // FILE_ALERTS
        self.beyond = self.beyond[full * FILE_ALERTS :]
        self._first += full
