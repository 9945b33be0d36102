"""Alerts of a run as tags: what any MLflow server keeps, and no writer takes from another (docs/format.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, cast, get_args

import orjson

from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import describe, storable
from mlflow_ext.store_format.name import ALERT_PREFIX, check_name

AlertLevel = Literal["info", "warning", "error"]
ALERT_LEVELS: tuple[AlertLevel, ...] = get_args(AlertLevel)
TEXT_LIMIT = 8_000
TAGGED_ALERTS = 200
"""Alerts of one writer that stand in tags; further ones stand in files, and one tag counts them."""
_PIECE = 4_000  # characters of a tag's value that every MLflow takes
_VERSION = 1
_HEAD = re.compile(re.escape(ALERT_PREFIX) + r"([0-9a-f]{8})\.(\d{1,18})")
_MORE = re.compile(re.escape(ALERT_PREFIX) + r"([0-9a-f]{8})\.more")


class StoredAlert(NamedTuple):
    """One alert; ``source`` tells it from all others of its run, ``at`` is the time of the call, ms since the epoch."""

    source: str
    at: int
    level: AlertLevel
    title: str
    text: str


def check_level(level: Any) -> AlertLevel:
    """How much an alert matters.

    Raises:
        ValidationError: another level.
    """
    if not isinstance(level, str) or level not in ALERT_LEVELS:
        raise ValidationError(f"level is {describe(level)}, but takes {', '.join(ALERT_LEVELS)}.", field="level")
    return cast("AlertLevel", str(level))


def check_title(title: Any) -> str:
    """An alert's title: text of 1 to 250 characters that are not all blank.

    Raises:
        ValidationError: another one.
    """
    checked = check_name(title, "title")
    if not checked.strip():
        raise ValidationError("title is blank; say in a few words what happened.", field="title")
    return checked


def check_alert_text(text: Any) -> str:
    """What an alert says beyond its title: text of up to 8,000 characters, which may be empty.

    Raises:
        ValidationError: no text, too long, or with a NUL or a lone surrogate, which can't be stored.
    """
    if not isinstance(text, str):
        raise ValidationError(f"text is {describe(text)}, but takes text.", field="text")
    if len(text) > TEXT_LIMIT:
        message = f"text has {len(text)} characters, more than the {TEXT_LIMIT} that are taken: shorten it."
        raise ValidationError(message, field="text")
    if "\0" in text or not storable(text):
        what = "a NUL character" if "\0" in text else "a lone surrogate"
        raise ValidationError(f"text holds {what}, which can't be stored; leave it out.", field="text")
    return str(text)


def alert_tags(alert: StoredAlert) -> dict[str, str]:
    """The tags that hold an alert, the one that says what the others are last."""
    key = ALERT_PREFIX + alert.source
    facts = {"v": _VERSION, "at": alert.at, "level": alert.level, "title": alert.title}
    whole = orjson.dumps({**facts, "text": alert.text}).decode()
    if len(whole) <= _PIECE:
        return {key: whole}
    pieces = [alert.text[start : start + _PIECE] for start in range(0, len(alert.text), _PIECE)]
    held = {f"{key}.{place}": piece for place, piece in enumerate(pieces)}
    return {**held, key: orjson.dumps({**facts, "pieces": len(pieces)}).decode()}


def more_tag(writer: str, count: int, files: int, at: int) -> dict[str, str]:
    """The tag that counts the alerts of a writer which stand in files alone."""
    said = {"v": _VERSION, "count": count, "files": files, "at": at}
    return {f"{ALERT_PREFIX}{writer}.more": orjson.dumps(said).decode()}


def more_path(writer: str, number: int) -> str:
    """The artifact path of a file of further alerts."""
    return f"ext/alert/{writer}-{number}.json"


def read_alerts(tags: Mapping[str, str]) -> list[StoredAlert]:
    """The alerts in a run's tags, oldest first; a tag of a newer version or that can't be read is passed over."""
    found = [_read(key, value, tags) for key, value in tags.items() if key.startswith(ALERT_PREFIX)]
    return sorted((one for one in found if one is not None), key=_order)


def _order(alert: StoredAlert) -> tuple[int, str, int, str]:
    writer, _, number = alert.source.partition(".")
    return alert.at, writer, len(number), number


def _read(key: str, value: str, tags: Mapping[str, str]) -> StoredAlert | None:
    if not (_HEAD.fullmatch(key) or _MORE.fullmatch(key)):
        return None
    try:
        said = orjson.loads(value)
        at, version = int(said["at"]), said["v"]
        if version != _VERSION:
            return None
        source = key.removeprefix(ALERT_PREFIX)
        if _MORE.fullmatch(key):
            return _beyond(source, int(said["count"]), int(said["files"]), at)
        text = "".join(tags[f"{key}.{place}"] for place in range(said.get("pieces", 0)))
        return StoredAlert(
            source, at, check_level(said["level"]), check_title(said["title"]),
            check_alert_text(text or said.get("text", "")),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError):  # orjson's and our own errors of what is not as we write it
        return None


def _beyond(source: str, count: int, files: int, at: int) -> StoredAlert:
    writer = source.partition(".")[0]
    where = more_path(writer, 0) if files == 1 else f"{more_path(writer, 0)} to {more_path(writer, files - 1)}"
    text = f"After {TAGGED_ALERTS} alerts of one process, further ones stand in the run's artifacts: {where}."
    return StoredAlert(source, at, "warning", f"{count:,} more alerts", text)
