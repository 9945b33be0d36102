"""What the server goes by beyond MLflow's own flags: read once from the environment, and passed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlflow_ext.errors import ValidationError

APP_NAME = "_MLFLOW_EXT_APP_NAME"
MAX_BODY_BYTES = "MLFLOW_EXT_MAX_BODY_BYTES"
UI_THREADS = "MLFLOW_EXT_UI_THREADS"
PAGE_LIMIT = "MLFLOW_EXT_PAGE_LIMIT"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """One server's settings.

    ``app_name``: MLflow's application below ours, None or "basic-auth"; set by the command line for its workers.
    ``max_body_bytes``: a larger request body under /ext is refused with 413.
    ``ui_threads``: how many requests of the UI one worker answers at a time.
    ``page_limit``: the most rows that one page of a list in the REST API may ask for.
    """

    app_name: str | None = None
    max_body_bytes: int = 64 * 1024 * 1024
    ui_threads: int = 32
    page_limit: int = 1000

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> ServerSettings:
        """Read ``MLFLOW_EXT_MAX_BODY_BYTES``, ``MLFLOW_EXT_UI_THREADS`` and ``MLFLOW_EXT_PAGE_LIMIT``.

        Raises:
            ValidationError: one of them is no positive whole number.
        """
        return cls(
            app_name=environment.get(APP_NAME) or None,
            max_body_bytes=_positive(environment, MAX_BODY_BYTES, cls().max_body_bytes),
            ui_threads=_positive(environment, UI_THREADS, cls().ui_threads),
            page_limit=_positive(environment, PAGE_LIMIT, cls().page_limit),
        )


def _positive(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, "")
    if not text:
        return default
    if not text.isdecimal() or int(text) == 0:
        raise ValidationError(f"{name} is {text!r}; it takes a whole number above 0", field=name)
    return int(text)
