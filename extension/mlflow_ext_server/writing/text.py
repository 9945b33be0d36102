"""Text that every store takes."""

from __future__ import annotations

from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import storable


def check_text(value: str | None, field: str) -> None:
    """Refuse what PostgreSQL or UTF-8 can't hold.

    Raises:
        ValidationError: a NUL character or a lone surrogate.
    """
    if value is not None and ("\0" in value or not storable(value)):
        what = "a NUL character" if "\0" in value else "a lone surrogate"
        raise ValidationError(f"{field} holds {what}, which can't be stored; leave it out.", field=field)
