"""Waiting for one's turn to write data into a run."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from mlflow_ext.errors import MlflowExtError, StoreUnavailable
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.lease import Lease, LeaseRepository

LEASE_MS = 20_000
WAIT_SECONDS = 30.0
_PAUSE = 0.02
_LONGEST_PAUSE = 0.1
_LOCKS = [Lock() for _ in range(64)]  # so that the threads of one process don't all ask the database again and again
logger = logging.getLogger(__name__)


@contextmanager
def leased(backend: Backend, run_id: str) -> Iterator[Lease]:
    """Hold the run's lease during the block.

    Raises:
        StoreUnavailable: others held it for half a minute.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    lock = _LOCKS[hash(run_id) % len(_LOCKS)]
    if not lock.acquire(timeout=WAIT_SECONDS):
        raise _busy(run_id)
    try:
        leases = LeaseRepository(backend)
        lease = _acquired(leases, run_id, deadline)
        try:
            yield lease
        finally:
            _give_back(leases, run_id, lease)
    finally:
        lock.release()


def _acquired(leases: LeaseRepository, run_id: str, deadline: float) -> Lease:
    pause = _PAUSE
    while True:
        now = time.time_ns() // 1_000_000
        lease = leases.acquire(run_id, now, now + LEASE_MS)
        if lease is not None:
            return lease
        if time.monotonic() >= deadline:
            raise _busy(run_id)
        time.sleep(pause * random.uniform(0.5, 1.0))
        pause = min(1.5 * pause, _LONGEST_PAUSE)


def _give_back(leases: LeaseRepository, run_id: str, lease: Lease) -> None:
    """What was written stands, so a lease that can't be given back is no failure: it runs out."""
    try:
        leases.release(run_id, lease)
    except MlflowExtError:
        logger.exception("The lease on the data of run %s runs out by itself", run_id)


def _busy(run_id: str) -> StoreUnavailable:
    return StoreUnavailable(f"Too many others write data into the run {run_id} right now; try again.")
