"""What has come since a client last looked."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, RootModel

from mlflow_ext.rest.base import Model, Number, PlotKey, RunId


class TailHave(Model):
    """What a client shows of one run: points per plot key, the status it knows, how many plots it knows of."""

    plots: dict[PlotKey, Annotated[int, Field(ge=0)]] = Field(
        default_factory=dict, max_length=500, description="Plot key to the number of points that the client has."
    )
    status: str = Field(default="", description="The status that the client shows.")
    known: int | None = Field(
        default=None, ge=0, description="How many plots of the run the client knows; left out, `new_plots` stays false."
    )


class TailRequest(RootModel[Annotated[dict[RunId, TailHave], Field(max_length=100)]]):
    """A run's id, MLflow's or its own, to what the client has of it; at most 100 runs."""


class TailPoints(Model):
    """Points beyond those the client has, in order of x; ``time`` in ms since the epoch.

    ``total`` counts all points of the run in this plot. With ``reset`` the client's points no longer are a
    beginning of the plot: fetch it anew.
    """

    x: list[Number] = Field(description="Positions.")
    y: list[Number] = Field(description="Values.")
    time: list[Number] = Field(description="ms since the epoch, one per point.")
    total: int = Field(description="All points of the run in this plot.")
    reset: bool = Field(
        default=False, description="The client's points are no beginning of the plot any more: fetch it anew."
    )


class TailRun(Model):
    """News of one run.

    ``held`` counts the plots it holds, ``new_plots`` says that the client knows of fewer; ``versions`` counts what was
    logged of each plot of another kind than Series.
    """

    status: str = Field(description="The run's status now.")
    plots: dict[str, TailPoints] = Field(
        description="Plot key to the points beyond those that the client has; plots without news are missing."
    )
    held: int = Field(description="How many plots the run holds.")
    new_plots: bool = Field(description="The client knows of fewer.")
    versions: dict[str, int] = Field(
        default_factory=dict, description="Plot key to how often it was logged, for kinds other than Series."
    )


class TailAnswer(RootModel[dict[str, TailRun]]):
    """The run's id as it was asked for to its news; runs that are unknown, deleted or unreadable are missing."""
