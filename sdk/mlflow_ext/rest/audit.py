"""Who changed what."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from mlflow_ext.rest.base import Model, Page


class AuditQuery(Page):
    """Which changes: of one ``target``, such as ``run:`` and an id, or all."""

    target: Annotated[str, Field(max_length=80)] | None = Field(
        default=None, description="What was changed: `run:` or `experiment:` and an id; all when left out."
    )


class AuditEntry(Model):
    """Who changed what through us, and when; ``detail`` is what the action was given."""

    id: int = Field(description="Its number; higher is later.")
    at: int = Field(description="When, ms since the epoch.")
    username: str | None = Field(description="Who; null without authentication.")
    workspace: str | None = Field(description="In which workspace; null on a server that has none.")
    action: str = Field(description="What was done, such as `run.note`.")
    target: str = Field(description="To what: `run:` or `experiment:` and an id.")
    detail: dict[str, Any] = Field(description="What the action was given.")
