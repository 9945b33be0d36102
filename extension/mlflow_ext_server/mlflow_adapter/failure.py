"""MLflow's errors in our words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from mlflow_ext.errors import Conflict, MlflowExtError, NotFound, PermissionDenied, StoreUnavailable, ValidationError

if TYPE_CHECKING:
    from mlflow.exceptions import MlflowException

_BY_CODE: dict[str, type[MlflowExtError]] = {
    "RESOURCE_DOES_NOT_EXIST": NotFound,
    "RESOURCE_ALREADY_EXISTS": Conflict,
    "INVALID_STATE": Conflict,
    "PERMISSION_DENIED": PermissionDenied,
}
_NOT_ACTIVE = "must be in the 'active' state"


def translated(error: MlflowException) -> MlflowExtError:
    """One of MLflow's errors as one of ours, without the SQL that it may quote."""
    cause = error.__cause__
    if isinstance(cause, MlflowExtError):
        return cause
    if isinstance(cause, IntegrityError) and error.error_code != "RESOURCE_ALREADY_EXISTS":
        return Conflict("Another request changed the same thing at this moment; look at it, then try again.")
    if isinstance(cause, SQLAlchemyError) and error.error_code != "RESOURCE_ALREADY_EXISTS":
        return StoreUnavailable(f"The tracking database refuses to take this: {getattr(cause, 'orig', None) or cause}")
    return in_our_words(str(error.error_code), int(error.get_http_status_code()), str(error.message))


def in_our_words(code: str, status: int, message: str) -> MlflowExtError:
    """One of MLflow's answers as one of our errors.

    Args:
        code: MLflow's ``error_code``.
        status: HTTP.
        message: MLflow's own.
    """
    message = message.partition(" Error: (")[0]  # MLflow quotes the database's words, SQL and values included
    if _NOT_ACTIVE in message:
        return Conflict(f"{message} Restore it first.")
    kind = _BY_CODE.get(code)
    if kind is not None:
        return kind(message)
    if status in (401, 403):
        return PermissionDenied(message)
    return ValidationError(message) if 400 <= status < 500 and status != 429 else StoreUnavailable(message)
