"""Changes of one run that several requests share: tags, note, stage."""

from __future__ import annotations

from collections.abc import Mapping

from mlflow_ext.errors import NotFound
from mlflow_ext.store_format import NOTE_TAG
from mlflow_ext_server.writing.backend import WritingBackend
from mlflow_ext_server.writing.text import check_text


def check_tags(backend: WritingBackend, tags: Mapping[str, str | None], field: str = "tags") -> None:
    """Refuse tags that MLflow or a database would refuse, before any is set.

    Raises:
        ValidationError: names the tag.
    """
    for key, value in tags.items():
        check_text(key, f"{field}.{key!r}")
        check_text(value, f"{field}.{key}")
        backend.check_tag(key, value or "", f"{field}.{key}")


def set_tags(backend: WritingBackend, run_id: str, tags: Mapping[str, str | None]) -> None:
    """Set tags, and take those away that are None; one that is away already is passed over."""
    fresh = {key: value for key, value in tags.items() if value is not None}
    if fresh:
        backend.log_batch(run_id, tags=fresh)
    for key in tags.keys() - fresh.keys():
        try:
            backend.delete_tag(run_id, key)
        except NotFound:
            continue


def set_note(backend: WritingBackend, run_id: str, note: str | None) -> None:
    """Set a run's note; None or "" takes it away."""
    set_tags(backend, run_id, {NOTE_TAG: note or None})


def check_note(backend: WritingBackend, note: str | None) -> None:
    """Refuse a note that can't be stored whole.

    Raises:
        ValidationError: names the field.
    """
    check_text(note, "note")
    backend.check_tag(NOTE_TAG, note or "", "note")
