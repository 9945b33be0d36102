"""What the server goes by beyond MLflow's own flags: read once from the environment, and passed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlflow_ext.errors import ValidationError

APP_NAME = "_MLFLOW_EXT_APP_NAME"
MAX_BODY_BYTES = "MLFLOW_EXT_MAX_BODY_BYTES"
UI_THREADS = "MLFLOW_EXT_UI_THREADS"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """One server's settings.

    ``app_name``: MLflow's application below ours, None or "basic-auth"; set by the command line for its workers.
    ``max_body_bytes``: a larger request body under /ext is refused with 413.
    ``ui_threads``: how many requests of the UI one worker answers at a time.
    """

    app_name: str | None = None
    max_body_bytes: int = 64 * 1024 * 1024
    ui_threads: int = 32

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> ServerSettings:
        """Read ``MLFLOW_EXT_MAX_BODY_BYTES`` and ``MLFLOW_EXT_UI_THREADS``.

        Raises:
            ValidationError: one of them is no positive whole number.
        """
        return cls(
            app_name=environment.get(APP_NAME) or None,
            max_body_bytes=_positive(environment, MAX_BODY_BYTES, cls().max_body_bytes),
            ui_threads=_positive(environment, UI_THREADS, cls().ui_threads),
        )


def _positive(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, "")
    if not text:
        return default
    if not text.isdecimal() or int(text) == 0:
        raise ValidationError(f"{name} is {text!r}; it takes a whole number above 0", field=name)
    return int(text)
