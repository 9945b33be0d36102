"""Request and response models of the REST API, shared by the server and by clients. Unknown fields are refused."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, RootModel

Number = float | str
"""A float, or one of "NaN", "Infinity", "-Infinity"."""

RunId = Annotated[str, Field(min_length=1, max_length=128)]
PlotKey = Annotated[str, Field(min_length=1, max_length=1000)]


class Model(BaseModel):
    """Base of all models: strict about field names."""

    model_config = ConfigDict(extra="forbid")


class ErrorBody(Model):
    """The one error shape: a short kind, what happened and what to do, the HTTP status."""

    error: str
    detail: str
    status: int


class TailHave(Model):
    """What a client shows of one run: points per plot key, the status it knows, how many plots it knows of."""

    plots: dict[PlotKey, Annotated[int, Field(ge=0)]] = Field(default_factory=dict, max_length=500)
    status: str = ""
    known: int | None = Field(default=None, ge=0)


class TailRequest(RootModel[Annotated[dict[RunId, TailHave], Field(max_length=100)]]):
    """Run id to what the client has of it; at most 100 runs."""


class TailPoints(Model):
    """Points beyond those the client has, in order of x; ``time`` in ms since the epoch.

    ``total`` counts all points of the run in this plot. With ``reset`` the client's points no longer are a
    beginning of the plot: fetch it anew.
    """

    x: list[Number]
    y: list[Number]
    time: list[Number]
    total: int
    reset: bool = False


class TailRun(Model):
    """News of one run.

    ``held`` counts the plots it holds, ``new_plots`` says that the client knows of fewer; ``versions`` counts what was
    logged of each plot of another kind than Series.
    """

    status: str
    plots: dict[str, TailPoints]
    held: int
    new_plots: bool
    versions: dict[str, int] = Field(default_factory=dict)


class TailAnswer(RootModel[dict[str, TailRun]]):
    """Run id to its news; runs that are unknown, deleted or unreadable are missing."""
