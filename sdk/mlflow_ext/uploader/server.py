"""What is known of one tracking server: whether it answers, and when to ask again."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from mlflow_ext.spool.header import bare_uri
from mlflow_ext.uploader.transport import Transport, TryAgain

LONGEST_BACKOFF = 5.0
HURRIED_BACKOFF = 0.5
_log = logging.getLogger("mlflow_ext")


def backoff(failures: int, longest: float = LONGEST_BACKOFF) -> float:
    """Seconds to wait after so many failures in a row."""
    return min(0.25 * 2.0**failures, longest)


@dataclass
class Server:
    """What is known of one tracking server: whether it answers, and when to ask again. Times of a monotonic clock."""

    uri: str
    transport: Transport
    answered: float = float("-inf")
    ask_again: float = float("-inf")
    silent_since: float | None = None
    failed_at: float = float("-inf")
    failures: int = 0
    reason: str = ""
    asked: float = float("-inf")
    silent: bool = False

    def well(self, now: float) -> None:
        """It answered."""
        if self.failures > 1:
            _log.warning("The tracking server %s answers again.", bare_uri(self.uri))
        self.answered, self.silent_since, self.failures = now, None, 0

    def failed(self, now: float, error: TryAgain, *, hurry: bool = False) -> None:
        """It gave no answer, or one that says "later", which is no silence.

        Args:
            now: of the clock.
            error: what happened.
            hurry: somebody waits, so a server that may be coming back is asked again soon.
        """
        self.failures += 1
        if error.answered:
            self.silent_since = None
        elif self.silent_since is None:
            self.silent_since = now
        self.failed_at = now
        longest = HURRIED_BACKOFF if hurry and not error.answered else LONGEST_BACKOFF
        self.ask_again = now + backoff(self.failures, longest)
        self.reason = str(error)
        if self.failures == 2:
            _log.warning(
                "The tracking server %s can't take records now (%s). They are kept and delivered when it can.",
                bare_uri(self.uri),
                error,
            )
