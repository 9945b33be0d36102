"""Every setting of the SDK in one table.

``configure()`` wins over the environment, that over a ``.env`` file, that over the default.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import describe

MIRROR_MODES = ("all", "last", "none")
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def _seconds(text: Any) -> float:
    value = float(text)
    if not 0 < value < 1e7:
        raise ValueError
    return value


def _count(text: Any) -> int:
    value = int(text)
    if value <= 0:
        raise ValueError
    return value


def _mirror(text: Any) -> str:
    if text not in MIRROR_MODES:
        raise ValueError
    return str(text)


def _switch(text: Any) -> bool:
    word = str(text).strip().lower()
    if word not in _TRUE | _FALSE:
        raise ValueError
    return word in _TRUE


def _folder(text: Any) -> Path:
    if not str(text):
        raise ValueError
    folder = Path(text).expanduser().absolute()
    if b"\0" in os.fsencode(folder):
        raise ValueError
    return folder


def _about(env: str, parse: Callable[[Any], Any], takes: str, about: str) -> dict[str, Any]:
    return {"env": env, "parse": parse, "takes": takes, "about": about}


@dataclass(frozen=True)
class Settings:
    """What the SDK goes by; tracking address, credentials and TLS are MLflow's own settings and not here."""

    spool_dir: Path | None = field(
        default=None,
        metadata=_about(
            "MLFLOW_EXT_SPOOL_DIR",
            _folder,
            "a folder",
            "where records wait for delivery (default: per-user state folder)",
        ),
    )
    spool_max_bytes: int = field(
        default=8 << 30,
        metadata=_about(
            "MLFLOW_EXT_SPOOL_MAX_BYTES", _count, "a positive whole number", "largest spool of one process and run"
        ),
    )
    mirror: str = field(
        default="all",
        metadata=_about(
            "MLFLOW_EXT_MIRROR", _mirror, '"all", "last" or "none"', "which points become MLflow metrics as well"
        ),
    )
    upload_interval: float = field(
        default=0.8,
        metadata=_about(
            "MLFLOW_EXT_UPLOAD_INTERVAL",
            _seconds,
            "seconds above 0",
            "pause between two deliveries of a few small records, in seconds; a quarter of it when more has come",
        ),
    )
    exit_timeout: float = field(
        default=60.0,
        metadata=_about(
            "MLFLOW_EXT_EXIT_TIMEOUT", _seconds, "seconds above 0", "longest wait for delivery at exit, in seconds"
        ),
    )
    offline: bool = field(
        default=False,
        metadata=_about(
            "MLFLOW_EXT_OFFLINE", _switch, "true or false", "only write the spool; `mlflow-ext sync` delivers it later"
        ),
    )


def _parsed(item: Any, text: Any, source: str) -> Any:
    try:
        return item.metadata["parse"](text)
    except Exception as error:
        message = f"{source} must be {item.metadata['takes']}, got {describe(text)}."
        raise ValidationError(message, field=item.name) from error


def _dotenv(folder: Path) -> Mapping[str, str | None]:
    path = folder / ".env"
    if not path.is_file():
        return {}
    from dotenv import dotenv_values

    return dotenv_values(path)


def read_settings(environ: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """Settings from the environment and the ``.env`` file of the working folder.

    Args:
        environ: variables to read, the process's own by default.
        folder: where ``.env`` is looked for, the working folder by default.

    Raises:
        ValidationError: a variable holds what its setting does not take; the message names it.
    """
    environ = os.environ if environ is None else environ
    dotenv = _dotenv(Path.cwd() if folder is None else folder)
    found: dict[str, Any] = {}
    for item in fields(Settings):
        name = item.metadata["env"]
        text = environ.get(name, dotenv.get(name))
        if text is not None:
            found[item.name] = _parsed(item, text, name)
    return Settings(**found)


def changed(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    """``settings`` with ``changes`` applied, each checked.

    Raises:
        ValidationError: an unknown name, or a value that its setting does not take.
    """
    known = {item.name: item for item in fields(Settings)}
    for name in changes:
        if name not in known:
            raise ValidationError(f"Unknown setting {name!r}; known are {', '.join(sorted(known))}.", field=name)
    return replace(settings, **{name: _parsed(known[name], value, name) for name, value in changes.items()})


def table() -> list[tuple[str, str, str, str]]:
    """The documented table: (name in ``configure``, variable, default, what it does)."""
    return [(i.name, i.metadata["env"], str(i.default), i.metadata["about"]) for i in fields(Settings)]
