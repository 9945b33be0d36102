"""Writes that another writer was in the way of: told apart from other failures, and done again for a while."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from sqlalchemy import exc

from mlflow_ext.errors import StoreUnavailable

SECONDS = 30.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 0.5
_SQLITE = ("database is locked", "database table is locked", "database schema is locked")
_SQLSTATES = {"40001", "40P01", "55P03"}  # PostgreSQL: serialization failure, deadlock, lock not available
_MYSQL = {1205, 1213}  # lock wait timeout, deadlock
T = TypeVar("T")


class Collision(StoreUnavailable):
    """Another writer was in the way, and nothing was written."""


def collided(error: BaseException) -> bool:
    """Whether the database undid a whole transaction, or never began it, because of another one."""
    return any(isinstance(one, (Collision, exc.TimeoutError)) or _undone(one) for one in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    one: BaseException | None = error
    while one is not None:
        yield one
        one = one.__cause__


def _undone(error: BaseException) -> bool:
    if not isinstance(error, exc.DBAPIError) or error.orig is None:
        return False
    code = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
    first = error.orig.args[0] if error.orig.args else None
    return code in _SQLSTATES or first in _MYSQL or any(words in str(error.orig) for words in _SQLITE)


def again(write: Callable[[], T], *, seconds: float = SECONDS) -> T:
    """What ``write`` gives, called again after each collision.

    Args:
        write: one transaction, or something that may be repeated.
        seconds: after how long a further collision is no more answered by another try.

    Raises:
        StoreUnavailable: it collided to the end.
    """
    deadline, pause = time.monotonic() + seconds, _FIRST_PAUSE
    while True:
        try:
            return write()
        except Exception as error:
            if not collided(error):
                raise
            if time.monotonic() >= deadline:
                raise StoreUnavailable("The tracking database is too busy with other writers; try again.") from error
        time.sleep(pause * random.uniform(0.5, 1.0))
        pause = min(2 * pause, _LONGEST_PAUSE)
