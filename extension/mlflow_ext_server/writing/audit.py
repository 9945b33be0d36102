"""Who changed what through us.

The entry is stored before the change: a change whose entry can't be stored is refused, so none goes unrecorded. When
the change then fails, its entry is taken back; should that fail as well, the log says so, and an entry of a change that
did not come about remains. Logged metrics and data are not recorded one by one.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson

from mlflow_ext.errors import MlflowExtError, PermissionDenied
from mlflow_ext.rest import AuditEntry
from mlflow_ext_server.repositories.audit import AuditRepository
from mlflow_ext_server.writing.backend import WritingBackend
from mlflow_ext_ui.source import Principal

DETAIL_BYTES = 4_000
_TEXT = 300  # characters of one value that are kept
_SECRET = re.compile(r"passw|secret|token|credential|api.?key|private.?key|authorization", re.IGNORECASE)
_MASK = "(not recorded)"
logger = logging.getLogger(__name__)


class Entry:
    """An entry that stands; ``about`` says what it is about, where that was not known before."""

    def __init__(self, repository: AuditRepository, id: int) -> None:
        self._repository = repository
        self.id = id

    def about(self, target: str) -> None:
        """Set what the entry is about."""
        self._repository.retarget(self.id, target)


@contextmanager
def recorded(
    backend: WritingBackend, principal: Principal, action: str, target: str, detail: Mapping[str, Any] | None = None
) -> Iterator[Entry]:
    """Record a change that the block makes.

    Args:
        backend: where our tables are.
        principal: who makes it.
        action: such as ``run.tag``, 40 characters at most.
        target: such as ``run:`` and an id, 80 characters at most.
        detail: what the action was given; values whose names speak of secrets are not kept, long ones are cut.

    Raises:
        StoreUnavailable: the entry could not be stored; the block did not run.
    """
    repository = AuditRepository(backend)
    at = time.time_ns() // 1_000_000
    entry = Entry(repository, repository.add(principal, at, action, target[:80], stored_detail(detail or {})))
    try:
        yield entry
    except BaseException:
        try:
            repository.withdraw(entry.id)
        except MlflowExtError:
            logger.exception("Audit entry %s (%s of %s) stands for a change that failed", entry.id, action, target)
        raise


def entries(
    backend: WritingBackend, principal: Principal, *, limit: int = 100, offset: int = 0, target: str | None = None
) -> tuple[list[AuditEntry], int]:
    """Entries of the principal's workspace, newest first, and how many there are.

    Raises:
        PermissionDenied: the principal is no admin.
    """
    if not backend.administers(principal):
        raise PermissionDenied("Only admins may read who changed what.")
    rows, total = AuditRepository(backend).page(principal.workspace, target, limit, offset)
    return [AuditEntry(**row._asdict()) for row in rows], total


def stored_detail(detail: Mapping[str, Any]) -> str:
    """JSON of at most 4,000 bytes without secrets; what finds no room is counted under ``left_out``."""
    kept = {key: _clean(key, value) for key, value in detail.items()}
    if len(text := orjson.dumps(kept)) <= DETAIL_BYTES:
        return text.decode()
    short: dict[str, Any] = {}
    for key, value in kept.items():
        trial = {**short, key: value, "left_out": len(kept) - len(short) - 1}
        if len(orjson.dumps(trial)) > DETAIL_BYTES:
            names = sorted(value)[:20] if isinstance(value, dict) else _MASK
            trial[key] = [name[:80] for name in names] if isinstance(names, list) else names
        if len(orjson.dumps(trial)) <= DETAIL_BYTES:
            short[key] = trial[key]
    return orjson.dumps({**short, "left_out": len(kept) - len(short)}).decode()


def _clean(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _clean(str(name), item) for name, item in value.items()}
    if value is not None and _SECRET.search(key):
        return _MASK
    if isinstance(value, str) and len(value) > _TEXT:
        return value[:_TEXT] + "..."
    return value
