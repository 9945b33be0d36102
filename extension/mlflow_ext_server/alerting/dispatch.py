"""Sends what is due to webhooks: signed, again after a pause that grows, and with a record of each attempt."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson

from mlflow_ext_server.alerting.address import AllowedAddresses
from mlflow_ext_server.alerting.post import WHOLE_SECONDS, post
from mlflow_ext_server.alerting.signature import signature
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.delivery import DeliveryRepository, DueDelivery
from mlflow_ext_server.version import version

ATTEMPTS = 8
LONGEST_PAUSE = 3_600.0
_AT_ONCE = 4
_LIMIT = 50
_CLAIM_MS = round(WHOLE_SECONDS * 3 * 1000)
logger = logging.getLogger(__name__)


def pause(attempts: int, first: float) -> float:
    """Seconds until the next attempt: three times as long each time, up to an hour.

    Args:
        attempts: so many were made.
        first: seconds after the first one.
    """
    return float(min(first * 3 ** (attempts - 1), LONGEST_PAUSE))


def payload(delivery: DueDelivery) -> bytes:
    """What a webhook gets (docs/alerts.md)."""
    alert = delivery.alert
    if alert is None:
        said = {"type": "test", "text": f"[test] alerts reach {delivery.webhook}", "alert": _test(delivery)}
    else:
        place = f"{alert['run_name'] or alert['run_id']}, {alert['experiment_name']}"
        said = {"type": "alert", "text": f"[{alert['level']}] {alert['title']} ({place})", "alert": alert}
    return orjson.dumps({**said, "version": 1, "delivery": delivery.id})


def _test(delivery: DueDelivery) -> dict[str, Any]:
    none = dict.fromkeys(("rule_id", "experiment_id", "experiment_name", "run_id", "run_name"))
    text = f"This is a test of the webhook {delivery.webhook}: no run raised it, and nothing is to be done."
    return {"id": delivery.id, "level": "info", "title": "Test", "text": text, "at": delivery.created_at, **none}


class Dispatch:
    """Sends in threads of its own, so that a slow receiver keeps nothing else waiting.

    Args:
        backend: where our tables are.
        allowed: addresses that the settings allow at this moment.
        first_pause: seconds before the second attempt.
        clock: ms since the epoch.
    """

    def __init__(
        self, backend: Backend, allowed: AllowedAddresses, first_pause: float, clock: Callable[[], int]
    ) -> None:
        self._deliveries = DeliveryRepository(backend)
        self._allowed = allowed
        self._first_pause = first_pause
        self._clock = clock
        self._pool: ThreadPoolExecutor | None = None
        self._going: set[str] = set()
        self._lock = threading.Lock()

    def send_due(self) -> None:
        """Begin to send what is due and not under way; returns at once."""
        for one in self._deliveries.due(self._clock(), _LIMIT):
            with self._lock:
                if one.id in self._going:
                    continue
                self._going.add(one.id)
            if self._pool is None:
                self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="mlflow-ext-webhook")
            self._pool.submit(self._one, one)

    def close(self) -> None:
        """Wait until what was begun is over."""
        if self._pool is not None:
            self._pool.shutdown()

    def _one(self, one: DueDelivery) -> None:
        try:
            self.send(one)
        except Exception:
            logger.exception("What came of sending %s was not recorded; it is sent again", one.id)
        finally:
            with self._lock:
                self._going.discard(one.id)

    def send(self, one: DueDelivery) -> None:
        """Make one attempt, unless another worker makes it."""
        now = self._clock()
        if not self._deliveries.claim(one, now, now + _CLAIM_MS):
            return
        body, stamp = payload(one), now // 1000
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"mlflow-ext/{version()}",
            "X-MLflow-Ext-Delivery": one.id,
            "X-MLflow-Ext-Timestamp": str(stamp),
            "X-MLflow-Ext-Signature": signature(one.secret, stamp, body),
        }
        outcome = post(self._allowed, one.url, headers, body)
        tried = one.attempts + 1
        again = outcome.again and tried < ATTEMPTS
        wait = pause(tried, self._first_pause) * random.uniform(1.0, 1.2)  # so that many don't come back at one moment
        self._deliveries.settle(one, outcome, self._clock() + round(wait * 1000) if again else None)
        if not outcome.delivered and not again:
            logger.warning("An alert could not be sent to %s: %s", one.url.partition("?")[0], outcome.why)
