"""``alert``: tell people about something in a training."""

from __future__ import annotations

from collections.abc import Callable

from mlflow_ext.entry import durably
from mlflow_ext.runtime import runtime
from mlflow_ext.spool.session import Session
from mlflow_ext.store_format.alert import AlertLevel, check_alert_text, check_level, check_title


def alert(title: str, text: str = "", level: AlertLevel = "info", *, run_id: str | None = None) -> None:
    """Tell people about something that happened in a run; it returns at once, and is delivered like everything logged.

    ``ext-server`` shows it in the page's bell and sends it to the webhooks that listen. Any other MLflow server keeps
    it among the run's tags, for an ``ext-server`` that is started on the same store later.

    Args:
        title: what happened, in 1 to 250 characters.
        text: more about it, 8,000 characters at most.
        level: "info", "warning" or "error".
        run_id: of the run meant; the active one by default, else one is started, as MLflow's fluent API does.

    Raises:
        ValidationError: an argument is wrong.
        SpoolError: the local disk can't take it.

    Example:
        >>> import mlflow_ext as ext
        >>> loss = 12.5
        >>> if loss > 10:
        ...     ext.alert("Loss is high", f"It is {loss} at step 300.", level="warning")
    """
    raise_alert(lambda: runtime().session(run_id), title, text, level)


def raise_alert(open_session: Callable[[], Session], title: str, text: str, level: AlertLevel) -> None:
    """Check one alert and append it to a run's spool file.

    Raises:
        ValidationError: an argument is wrong.
        SpoolError: the local disk can't take it.
    """
    said, more, how = check_title(title), check_alert_text(text), check_level(level)
    durably(open_session, lambda live: live.record("!", how, said, more))
