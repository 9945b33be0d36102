"""The thread that looks after alerts: in each worker process one, of which one at a time does the work."""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from collections.abc import Callable

from mlflow_ext.store_format.alert import read_alerts
from mlflow_ext_server.alerting.address import AllowedAddresses
from mlflow_ext_server.alerting.dispatch import Dispatch
from mlflow_ext_server.alerting.watch import Watch
from mlflow_ext_server.repositories.alert import AlertRow
from mlflow_ext_server.repositories.alert_mark import AlertMarkRepository
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.duty import DutyRepository
from mlflow_ext_server.repositories.watch import WatchRepository
from mlflow_ext_server.settings import ServerSettings

DUTY = "alerts"
HOLD_MS = 20_000
"""For how long a worker holds the duty; when it dies, another one goes on after that."""
_RENEW_MS = 10_000
logger = logging.getLogger(__name__)


def now_ms() -> int:
    """This moment, ms since the epoch."""
    return time.time_ns() // 1_000_000


class AlertWorker:
    """Finds alerts of scripts, looks at the rules, and sends to webhooks.

    Args:
        backend: where MLflow's tables and ours are.
        settings: how often, and where to.
        clock: ms since the epoch.
    """

    def __init__(self, backend: Backend, settings: ServerSettings, clock: Callable[[], int] = now_ms) -> None:
        self._clock = clock
        self._seconds = float(settings.alert_seconds)
        self._holder = f"{os.getpid()}-{secrets.token_hex(8)}"  # whoever looks into the table finds the process
        self._until = 0
        self._duties = DutyRepository(backend)
        self._marks = AlertMarkRepository(backend)
        self._watched = WatchRepository(backend)
        self._watch = Watch(backend)
        allowed = AllowedAddresses(settings.webhook_allow, settings.webhook_allow_private)
        self._dispatch = Dispatch(backend, allowed, float(settings.webhook_retry_seconds), clock)
        self._stop = threading.Event()

    def start(self) -> None:
        """Start the thread; it ends with the process."""
        threading.Thread(target=self._run, name="mlflow-ext-alerts", daemon=True).start()

    def stop(self) -> None:
        """End the thread after its present look."""
        self._stop.set()

    def look(self) -> bool:
        """Look once, if there is anything to do and no other worker does it.

        Returns:
            Whether there is more to do right away.
        """
        now = self._clock()
        if self._watched.idle(now):
            return False
        if not self._leads(now):
            self._watch.drop()
            return False
        steps = self._collect, self._watch.look, self._send
        return any([self._tried(step, now) for step in steps])

    def _tried(self, step: Callable[[int], bool], now: int) -> bool:
        """What a step gives; trouble with one keeps the others from nothing."""
        try:
            return step(now)
        except Exception:
            logger.exception("Looking after alerts failed; it is tried again")
            self._watch.drop()
            return False

    def _send(self, now: int) -> bool:
        self._dispatch.send_due()
        return False

    def _leads(self, now: int) -> bool:
        if now < self._until - _RENEW_MS:
            return True
        if now >= self._until and not self._duties.free(DUTY, now):
            return False
        taken = self._duties.take(DUTY, self._holder, now, now + HOLD_MS)
        self._until = now + HOLD_MS if taken else 0
        return taken

    def _collect(self, now: int) -> bool:
        """Store what scripts said in their runs' tags."""
        fresh = self._marks.fresh()
        tags = self._marks.tags([run.run_id for run in fresh]) if fresh else {}
        for run in fresh:
            place = run.workspace, run.experiment_id, run.run_id, None
            rows = [
                AlertRow(*place, one.source, one.level, one.title, one.text, one.at, now)
                for one in read_alerts(tags[run.run_id])
            ]
            self._marks.store(run, rows)
        return len(fresh) > 0

    def _run(self) -> None:
        more = False
        while not self._stop.wait(0.05 if more else self._seconds):
            try:
                more = self.look()
            except Exception:
                logger.exception("Looking after alerts failed; it is tried again")
                more = False
