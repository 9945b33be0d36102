"""Long analyses: one after another in a thread beside, each once for the same data, with how far it is."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from mlflow_ext.errors import MlflowExtError, StoreUnavailable

logger = logging.getLogger(__name__)
T = TypeVar("T")
Progress = Callable[[int, int], None]

_KEPT = 64
_WAITING = 16
"""Jobs that nobody has begun; of more the one that was asked for longest ago is dropped, and begun when asked again."""

_SEATS = threading.BoundedSemaphore(12)
"""Requests of this process that may wait at a time: each holds one of the threads that answer all others."""

PATIENCE_S = 30.0
"""Seconds that an answer which is nothing without its analysis waits for it."""


class Dropped(StoreUnavailable):
    """The analysis was never begun: newer questions took its place."""


class Job(Generic[T]):
    """One analysis: ``result`` once it is there, ``error`` where it failed, ``done`` of ``of`` parts until then."""

    def __init__(self, work: Callable[[Progress], T]) -> None:
        self._work: Callable[[Progress], T] | None = work
        self.begun = False
        self.ended = threading.Event()
        self.done = 0
        self.of = 0
        self.result: T | None = None
        self.error: Exception | None = None

    def run(self) -> None:
        """Do the work; an error is kept for who asks."""
        self.begun = True
        work, self._work = self._work, None  # it holds the runs that it is about, and is kept for long
        try:
            if work is not None:
                self.result = work(self._told)
        except MlflowExtError as error:
            self.error = error
        except Exception as error:
            logger.exception("An analysis failed")
            self.error = error
        self.ended.set()

    def drop(self) -> None:
        """Never do the work; who waits is told so."""
        self._work = None
        self.error = Dropped("Too many analyses were asked for since this one; ask again in a moment.")
        self.ended.set()

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, at once or within so many seconds; not waited for where many do already."""
        if self.ended.is_set() or seconds <= 0 or not _SEATS.acquire(blocking=False):
            return self.ended.is_set()
        try:
            return self.ended.wait(seconds)
        finally:
            _SEATS.release()

    def outcome(self, seconds: float = PATIENCE_S) -> T:
        """What came of it, once it has ended.

        Raises:
            StoreUnavailable: it has not ended within so many seconds, or too many wait already.
            Exception: whatever the work raised.
        """
        if not self.wait(seconds):
            raise StoreUnavailable(
                "The analysis is not done yet: it goes on beside and is kept; ask again in a moment."
            )
        if self.error is not None:
            raise self.error
        return self.result  # type: ignore[return-value]

    def _told(self, done: int, of: int) -> None:
        self.done, self.of = done, of


class Jobs(Generic[T]):
    """Runs jobs one at a time, the newest that was asked for first, and keeps what came of the last 64.

    The thread is made with the first job, ends when none is left, and never keeps the process from ending.

    Args:
        prepare: what the thread does before its first job.
    """

    def __init__(self, prepare: Callable[[], None] = lambda: None) -> None:
        self._prepare = prepare
        self._lock = threading.Lock()
        self._held: OrderedDict[str, Job[T]] = OrderedDict()
        self._waiting: OrderedDict[str, Job[T]] = OrderedDict()
        self._thread: threading.Thread | None = None

    def ask(self, key: str, work: Callable[[Progress], T]) -> Job[T]:
        """The job of this key, begun unless it is known; one that failed is begun anew.

        Args:
            key: tells the data and the question apart from all others.
            work: does it; called with what to report progress to.
        """
        with self._lock:
            job = self._held.get(key) or self._waiting.get(key)
            if job is None or job.error is not None:
                job = Job(work)
                self._held.pop(key, None)
                self._waiting[key] = job
            if key in self._waiting:
                self._waiting.move_to_end(key)
                if len(self._waiting) > _WAITING:
                    self._waiting.popitem(last=False)[1].drop()
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="mlflow-ext-analysis", daemon=True)
                    self._thread.start()
            else:
                self._held.move_to_end(key)
        return job

    def known(self, key: str) -> Job[T] | None:
        """The job of this key; None if nobody has asked for it, or it is forgotten. Nothing is begun."""
        with self._lock:
            return self._held.get(key) or self._waiting.get(key)

    def _run(self) -> None:
        try:
            self._prepare()
        except Exception:
            logger.exception("What analyses need could not be loaded")  # each says so itself
        while True:
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return
                key, job = self._waiting.popitem()
                self._held[key] = job
                if len(self._held) > _KEPT:
                    self._held.popitem(last=False)
            job.run()
