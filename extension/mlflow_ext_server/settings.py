"""What the server goes by beyond MLflow's own flags: read once from the environment, and passed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlflow_ext.errors import ValidationError
from mlflow_ext_server.alerting.address import ALLOW, ALLOW_PRIVATE, AllowedAddresses

APP_NAME = "_MLFLOW_EXT_APP_NAME"
MAX_BODY_BYTES = "MLFLOW_EXT_MAX_BODY_BYTES"
UI_THREADS = "MLFLOW_EXT_UI_THREADS"
PAGE_LIMIT = "MLFLOW_EXT_PAGE_LIMIT"
ALERT_SECONDS = "MLFLOW_EXT_ALERT_SECONDS"
RETRY_SECONDS = "MLFLOW_EXT_WEBHOOK_RETRY_SECONDS"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """One server's settings.

    ``app_name``: MLflow's application below ours, None or "basic-auth"; set by the command line for its workers.
    ``max_body_bytes``: a larger request body under /ext is refused with 413.
    ``ui_threads``: how many requests of the UI one worker answers at a time.
    ``page_limit``: the most rows that one page of a list in the REST API may ask for.
    ``alert_seconds``: how often a worker looks for new alerts and at the rules that raise them.
    ``webhook_retry_seconds``: the first pause before an alert is sent again; each further one is three times as long.
    ``webhook_allow``: beginnings of addresses that webhooks may have.
    ``webhook_allow_private``: the same, for addresses that are not of the internet.
    """

    app_name: str | None = None
    max_body_bytes: int = 64 * 1024 * 1024
    ui_threads: int = 32
    page_limit: int = 1000
    alert_seconds: int = 5
    webhook_retry_seconds: int = 10
    webhook_allow: tuple[str, ...] = ()
    webhook_allow_private: tuple[str, ...] = ()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> ServerSettings:
        """Read the variables named above, ``MLFLOW_EXT_WEBHOOK_ALLOW`` and ``MLFLOW_EXT_WEBHOOK_ALLOW_PRIVATE``.

        Raises:
            ValidationError: one is no positive whole number, or one of the last two no list of addresses.
        """
        public, private = _addresses(environment, ALLOW), _addresses(environment, ALLOW_PRIVATE)
        AllowedAddresses(public, private)  # which looks at each
        return cls(
            app_name=environment.get(APP_NAME) or None,
            max_body_bytes=_positive(environment, MAX_BODY_BYTES, cls().max_body_bytes),
            ui_threads=_positive(environment, UI_THREADS, cls().ui_threads),
            page_limit=_positive(environment, PAGE_LIMIT, cls().page_limit),
            alert_seconds=_positive(environment, ALERT_SECONDS, cls().alert_seconds),
            webhook_retry_seconds=_positive(environment, RETRY_SECONDS, cls().webhook_retry_seconds),
            webhook_allow=public,
            webhook_allow_private=private,
        )


def _addresses(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(one for part in environment.get(name, "").split(",") if (one := part.strip()))


def _positive(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, "")
    if not text:
        return default
    if not text.isdecimal() or int(text) == 0:
        raise ValidationError(f"{name} is {text!r}; it takes a whole number above 0", field=name)
    return int(text)
