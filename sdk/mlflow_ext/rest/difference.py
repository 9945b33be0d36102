"""Why two runs differ, as far as what is recorded of them and of others tells."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlflow_ext.rest.base import MISSING, Model, Number, RunId, Text

DifferencePart = Literal["code", "param", "data", "package", "hardware", "tag"]
Side = Literal["a", "b", "both"]


class DifferenceQuery(Model):
    """Two runs, and the metric whose difference is to be explained."""

    ids: Annotated[list[RunId], Field(min_length=2, max_length=2)] = Field(
        description="The two runs, by MLflow's ids or your own; the first is a, the second b."
    )
    metric: Text | None = Field(
        default=None, description="The metric; when left out, the one that most runs of the experiment share."
    )
    direction: Literal["lower", "higher"] | None = Field(
        default=None, description="What is better; as the metric's name tells when left out."
    )


class DifferingRun(Model):
    """One of the two."""

    run_id: str = Field(description="MLflow's id.")
    alias: str | None = Field(default=None, description="The run's own id, where it was given one.")
    name: str = Field(description="The run's name.")
    experiment_id: str = Field(description="MLflow's id of the experiment.")
    status: str = Field(description="`RUNNING`, `SCHEDULED`, `FINISHED`, `FAILED` or `KILLED`.")
    stage: Literal["active", "archived"] = Field(description="Archived runs are those that MLflow calls deleted.")
    start_time: int | None = Field(description="ms since the epoch.")
    value: Number | None = Field(description="The last value of the metric; null where there is none.")


class DifferingThing(Model):
    """A thing in which they differ, and what pairs of other runs that differ in it tell."""

    part: DifferencePart = Field(description="What kind of thing.")
    name: str = Field(description="Its name, such as a param's or a package's.")
    a: str | None = Field(description="Its text in a; null where a has none.")
    b: str | None = Field(description="Its text in b; null where b has none.")
    pairs: int = Field(description="Pairs of other runs that differ in it, and in at most 2 other things.")
    alone: int = Field(description="Those of them that differ in nothing else that is recorded.")
    together: int = Field(description="How many other things change with it in all runs: which one it was is not told.")
    exact: bool = Field(description="Whether the pairs differ just as a and b; else only the same way.")
    effect: Number | None = Field(description="The median of how much higher the second's metric is; null: no pairs.")
    low: Number | None = Field(description="A quarter of the pairs is below this.")
    high: Number | None = Field(description="A quarter of the pairs is above this.")
    mean: Number | None = Field(description="The mean of how much higher the second's metric is.")
    margin: Number | None = Field(description="Half of that mean's interval of 95%; null below 3 pairs.")
    p: Number | None = Field(description="Of Wilcoxon's signed ranks, for the number of things; null below 5 pairs.")
    explains: bool = Field(description="Whether the effect goes the way of these two, and p is at most 0.05.")
    sentence: str = Field(description="All this in words.")
    only: Side | None = Field(default=None, description="Whose text none of the other runs has.")


class DifferenceText(Model):
    """A text behind a thing: a run's own patch, or one text against the other as a unified diff."""

    part: DifferencePart = Field(description="What kind of thing it belongs to.")
    name: str = Field(description="What the text is.")
    of: Side = Field(description="Whose text; `both`: the first against the second.")
    lines: list[str] = Field(description="Its first 400 lines, each of 500 characters at most.")
    cut: int = Field(description="How many lines more there are.")


class UnknownThing(Model):
    """What is not recorded of one of them or of both, and so is neither the same nor different."""

    part: DifferencePart = Field(description="What kind of thing.")
    name: str | None = Field(description="Its name; null: nothing of this kind is recorded.")
    of: Side = Field(description="Of which run it is not known.")
    sentence: str = Field(description="This in words.")


class RunDifference(Model):
    """Why two runs differ, first what best explains the difference of their metric."""

    a: DifferingRun | None = Field(description="The first run; null when it is missing.")
    b: DifferingRun | None = Field(description="The second run; null when it is missing.")
    metric: str | None = Field(description="The metric; null when they share none.")
    direction: Literal["lower", "higher"] | None = Field(description="What is better; null when nothing tells.")
    metrics: list[str] = Field(description="Metrics that both have.")
    apart: Number | None = Field(description="How much higher the metric of b is; null without a number in both.")
    alike: Number | None = Field(description="How far other runs that differ in nothing are apart at the median.")
    alike_pairs: int = Field(description="Of how many pairs that is.")
    history: int = Field(description="How many other finished runs the pairs are taken from.")
    sentence: str = Field(description="How little two runs prove, in words.")
    things: list[DifferingThing] = Field(description="In what they differ, in the order to read them.")
    texts: list[DifferenceText] = Field(description="Patches and lists of packages.")
    same: dict[DifferencePart, list[str]] = Field(description="Names of what is the same in both.")
    unknown: list[UnknownThing] = Field(description="What is not recorded of one or of both.")
    missing: list[str] = Field(default_factory=list, description=MISSING)
