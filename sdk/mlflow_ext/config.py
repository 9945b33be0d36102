"""``log_config``: configuration as params and, exactly, as a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlflow_ext.encoding import jsonable
from mlflow_ext.entry import durably
from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import describe, read
from mlflow_ext.runtime import runtime


def log_config(config: Mapping[str, Any]) -> None:
    """Log configuration to the active run: as params, nested keys joined with dots, and exactly as ``config.json``.

    A later call merges into the earlier ones. MLflow keeps the first value of a param, so a key that changes does so in
    ``config.json`` alone.

    Args:
        config: text keys, any values that JSON holds, nested as deep as you like.

    Raises:
        ValidationError: a key or value that JSON can't hold.
        SpoolError: the local disk can't take it.

    Example:
        >>> import mlflow_ext as ext
        >>> ext.log_config({"optimizer": {"name": "adam", "lr": 3e-4}, "epochs": 10})
    """
    plain = checked_config(config)
    durably(runtime().session, lambda live: live.record("c", plain))


def checked_config(config: Any) -> dict[str, Any]:
    """Configuration ready for JSON.

    Raises:
        ValidationError: it is no mapping, or JSON can't hold it.
    """
    if not isinstance(config, Mapping):
        raise ValidationError(f"config is {describe(config)}, but takes a dict.", field="config")
    plain: dict[str, Any] = read("config", jsonable, config, "config")
    return plain
