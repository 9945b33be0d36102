"""The whole error tree. Every message says what was wrong, which value, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class MlflowExtError(Exception):
    """Base of every error that mlflow-ext raises on purpose."""


class ValidationError(MlflowExtError, ValueError):
    """A call was wrong; nothing of it reaches the store.

    Args:
        message: what was wrong, with the value got and what is taken.
        field: dotted name of the argument at fault, such as ``fields.loss``, or None.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class SpoolError(MlflowExtError, OSError):
    """The local spool can't take a record (disk full, size cap reached, directory not writable)."""


class NotFound(MlflowExtError):
    """The run, experiment or plot asked for does not exist, or may not be seen."""


class Conflict(MlflowExtError):
    """What was asked contradicts what is stored already.

    Args:
        message: what was asked and what stands in its way.
        current: what is stored, as the REST API shows it, where the caller needs it to go on.
    """

    def __init__(self, message: str, *, current: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.current = current


class PermissionDenied(MlflowExtError):
    """The server knows the caller and refuses."""


class StoreUnavailable(MlflowExtError):
    """The tracking server or its store gives no answer."""


class ProviderError(MlflowExtError):
    """A language-model provider failed."""
