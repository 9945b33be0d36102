"""What the errors of MLflow's client, and the answers of a server, mean in our own words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel
from pydantic import ValidationError as NotTaken

from mlflow_ext.errors import Conflict, MlflowExtError, NotFound, PermissionDenied, StoreUnavailable, ValidationError
from mlflow_ext.explanation import explained

_TEXT = 1_000
NAMES = 200
"""How many names of experiments are looked through for one that was meant."""
_M = TypeVar("_M", bound=BaseModel)


def of_status(status: int, detail: str, uri: str) -> MlflowExtError:
    """The error that a server's refusal is.

    Args:
        status: of HTTP, not a success.
        detail: what the server said.
        uri: its address without credentials.
    """
    detail = detail.strip()[:_TEXT]
    if status == 401:
        return PermissionDenied(
            f"{uri} does not accept these credentials. Check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, "
            "or MLFLOW_TRACKING_TOKEN."
        )
    if status == 403:
        return PermissionDenied(f"{uri} refuses: {detail or 'permission denied'}")
    if status == 404:
        return NotFound(detail or f"{uri} does not know that.")
    if status == 409:
        return Conflict(detail)
    if status in (400, 413, 422):
        return ValidationError(detail)
    return StoreUnavailable(f"{uri} failed with status {status}: {detail}" if detail else f"{uri} failed: {status}.")


def checked(model: type[_M], given: Mapping[str, Any]) -> _M:
    """A model of the REST API, made of what a caller gave.

    Raises:
        ValidationError: names the field, and what it takes.
    """
    try:
        return model.model_validate(given)
    except NotTaken as error:
        field, message = explained(error.errors(), model)
        raise ValidationError(f"{field}: {message.rstrip('.')}.", field=field) from error


def no_experiment(asked: str, uri: str, names: Sequence[str]) -> NotFound:
    """The error for an experiment that there is not.

    Args:
        asked: its name or id.
        uri: where.
        names: of experiments that there are, one of which may be meant.
    """
    by_fold = {name.casefold(): name for name in names}
    near = get_close_matches(asked.casefold(), by_fold, 1)
    meant = f" Did you mean {by_fold[near[0]]!r}?" if near else ""
    return NotFound(f"There is no experiment {asked!r} at {uri}.{meant}")


def silent(uri: str, error: Exception | None = None) -> StoreUnavailable:
    """The error for a server that gives no answer."""
    if not urlsplit(uri).hostname:
        return StoreUnavailable(f"{uri} names no server. Write the address as http://HOST:PORT.")
    reason = type(error).__name__
    return StoreUnavailable(f"{uri} gives no answer ({reason}). Is it running, and is the tracking address right?")


@contextmanager
def mlflow_errors(uri: str) -> Iterator[None]:
    """Turn what MLflow's client raises into our own errors.

    Args:
        uri: the address without credentials.
    """
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        raise of_status(_status(error), str(error.message), uri) from error
    except OSError as error:  # requests' own errors among them
        raise silent(uri, error) from error


def _status(error: Exception) -> int:
    code = getattr(error, "error_code", None)
    if code == "UNAUTHENTICATED" or "error code 401" in str(error):
        return 401
    return int(error.get_http_status_code())  # type: ignore[attr-defined]
