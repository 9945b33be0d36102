"""The one shape of errors."""

from __future__ import annotations

from pydantic import Field

from mlflow_ext.rest.base import Model
from mlflow_ext.rest.view import SavedView


class ErrorBody(Model):
    """The one error shape: a short kind, what happened and what to do, the HTTP status.

    ``current`` is there when a change of a saved view met another one: the view that stands.
    """

    error: str = Field(description="A short kind, such as `ValidationError`.")
    detail: str = Field(description="What happened and what to do; it names the field at fault.")
    status: int = Field(description="The HTTP status again.")
    current: SavedView | None = Field(
        default=None,
        description="The view as it stands, where a change of a saved view met another one; else left out.",
    )
