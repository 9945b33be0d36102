"""What a person says about a run afterwards: its note and its tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import describe


def set_note(run_id: str, note: str | None) -> None:
    """Set a run's note, which MLflow shows as its description.

    Args:
        run_id: of the run.
        note: such as "PUBLISH: best so far", at most 8,000 characters; None or "" takes it away.

    Raises:
        ValidationError: the note is no text, or too long.
        NotFound: there is no such run.
        Conflict: the run is archived.
        PermissionDenied: this user may not change it.
        StoreUnavailable: the server gives no answer.

    Example:
        >>> import mlflow
        >>> import mlflow_ext as ext
        >>> with mlflow.start_run() as run:
        ...     ext.set_note(run.info.run_id, "BAD: the labels were shuffled")
        >>> mlflow.get_run(run.info.run_id).data.tags["mlflow.note.content"]
        'BAD: the labels were shuffled'
    """
    _change(run_id, {"note": note or None})


def set_tags(run_id: str, tags: Mapping[str, Any]) -> None:
    """Set tags of a run, all in one request; those not named stay.

    Args:
        run_id: of the run.
        tags: key to value, which becomes text; None takes a tag away.

    Raises:
        ValidationError: a key or value is not taken; nothing was changed.
        NotFound: there is no such run.
        Conflict: the run is archived.
        PermissionDenied: this user may not change it.
        StoreUnavailable: the server gives no answer.

    Example:
        >>> import mlflow
        >>> import mlflow_ext as ext
        >>> with mlflow.start_run() as run:
        ...     ext.set_tags(run.info.run_id, {"team": "vision"})
        >>> mlflow.get_run(run.info.run_id).data.tags["team"]
        'vision'
    """
    if not isinstance(tags, Mapping):
        raise ValidationError(f"tags takes a mapping, got {describe(tags)}.", field="tags")
    _change(run_id, {"tags": {key: None if value is None else str(value) for key, value in tags.items()}})


def _change(run_id: str, change: dict[str, Any]) -> None:
    from mlflow_ext.rest import RunChange
    from mlflow_ext.tracking.connect import open_store
    from mlflow_ext.tracking.trouble import checked

    open_store().change(run_id, checked(RunChange, change))
