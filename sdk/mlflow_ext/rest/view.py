"""Saved views."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator
from typing_extensions import Self

from mlflow_ext.rest.base import Model

ViewName = Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]
ViewVersion = Annotated[int, Field(ge=1, lt=2**31)]


class ViewInfo(Model):
    """One saved view of an experiment; ``version`` is one more with each change."""

    id: str = Field(description="Its id.")
    experiment_id: str = Field(description="The experiment that it shows.")
    name: str = Field(description="Its name, unique in the experiment.")
    version: int = Field(description="One more with each change; a change names the version that it has seen.")
    created_by: str | None = Field(description="Who saved it first; null without authentication.")
    created_at: int = Field(description="When, ms since the epoch.")
    updated_by: str | None = Field(description="Who changed it last; null without authentication.")
    updated_at: int = Field(description="When, ms since the epoch.")


class SavedView(ViewInfo):
    """One saved view with what it shows: ``state`` is the page's own, such as its address and layout."""

    state: dict[str, Any] = Field(description="What it shows: the page's own object, such as its address and layout.")


class ViewQuery(Model):
    """Of which experiment."""

    experiment_id: Annotated[str, Field(max_length=64)] = Field(description="MLflow's id of the experiment.")


class ViewList(Model):
    """The views of an experiment by name, without their state; ``editable`` says whether the caller may change them."""

    views: list[ViewInfo] = Field(description="The views, by name.")
    editable: bool = Field(description="Whether you may save, change and delete views of this experiment.")


class NewView(Model):
    """A view to save; its name is unique in the experiment, its ``state`` at most 64 KiB of JSON."""

    experiment_id: Annotated[str, Field(max_length=64)] = Field(description="MLflow's id of the experiment.")
    name: ViewName = Field(description="Its name, free in the experiment.")
    state: dict[str, Any] = Field(description="What it shows, any JSON object below 64 KiB.")


class ViewChange(Model):
    """A new name, a new state, or both, for the ``version`` that the caller has seen."""

    version: ViewVersion = Field(description="The version that you have seen; a newer one answers 409.")
    name: ViewName | None = Field(default=None, description="A new name; null leaves the old one.")
    state: dict[str, Any] | None = Field(default=None, description="A new state; null leaves the old one.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.name is None and self.state is None:
            raise ValueError("give a name, a state, or both")
        return self


class ViewDeletion(Model):
    """The ``version`` of the view that the caller has seen."""

    version: ViewVersion = Field(description="The version that you have seen; a newer one answers 409.")
