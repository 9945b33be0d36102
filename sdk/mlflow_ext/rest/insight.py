"""What histories of runs tell, and whether the runs of an experiment get better."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlflow_ext.rest.base import MISSING, Ids, Model, Number, Text

InsightKind = Literal[
    "nonfinite",
    "divergence",
    "spike",
    "plateau",
    "overfitting",
    "stalled",
    "slow",
    "improving",
    "idle",
    "silent",
    "outlier",
]
InsightLevel = Literal["note", "warning", "serious"]
Way = Literal["lower", "higher"]


class InsightQuery(Ids):
    """Which runs, and which of their metrics; all but system metrics, and how busy the machine was, when left out."""

    metrics: Annotated[list[Text], Field(max_length=1000)] | None = Field(
        default=None, description="The metrics to look at; all when left out."
    )


class InsightEvidence(Model):
    """What a finding rests on: the rule compares ``measured`` with ``threshold``, both in ``unit``."""

    rule: str = Field(description="The rule in one sentence.")
    measured: Number = Field(description="What was measured.")
    threshold: Number = Field(description="What it was compared with.")
    unit: str = Field(description="What both are in.")
    steps: list[int] = Field(description="Steps that show it.")
    values: list[Number] = Field(description="The values there, as logged.")


class InsightFinding(Model):
    """One thing that was found in one run."""

    run_id: str = Field(description="MLflow's id of the run.")
    kind: InsightKind = Field(description="What it is.")
    level: InsightLevel = Field(description="How grave it is.")
    metrics: list[str] = Field(description="The metrics it is about; the steps are those of the last.")
    start: int | None = Field(description="The step at which it begins; null where it has none.")
    end: int | None = Field(description="The step at which it ends; null where it lasts to the end.")
    time: int | None = Field(description="When the value at the first step was logged, ms since the epoch.")
    evidence: InsightEvidence = Field(description="What it rests on.")
    sentence: str = Field(description="What happened.")
    advice: str = Field(description="What to look at.")
    saved: int | None = Field(
        description="ms that stopping where it begins, or numbers end, would have saved; null where not meant."
    )


class UnreadHistory(Model):
    """A history that is too long to be looked at."""

    run_id: str = Field(description="MLflow's id of the run.")
    metric: str = Field(description="The metric.")
    points: int = Field(description="How many points it has.")


class Insights(Model):
    """Findings in the order of the runs asked, the gravest of each first."""

    findings: list[InsightFinding] = Field(description="What was found.")
    runs: list[str] = Field(description="Runs that were looked at, as MLflow's ids.")
    left_out: list[str] = Field(
        description="Runs for which there was no time; ask again, what was found of the others is kept."
    )
    untold: int = Field(description="Findings beyond the 50 gravest of a run.")
    unread: list[UnreadHistory] = Field(description="Histories that are too long to be looked at.")
    missing: list[str] = Field(default_factory=list, description=MISSING)


class TrendQuery(Model):
    """Which experiment, and by what its runs are judged."""

    experiment_id: Text = Field(description="The experiment.")
    metric: Text | None = Field(
        default=None, description="The metric, by its last value; that which most of the newest runs share by default."
    )
    direction: Way | None = Field(
        default=None, description="Which way it is better; as its name tells by default, else higher."
    )


class TrendRecord(Model):
    """A run that was better than all before it."""

    run_id: str = Field(description="MLflow's id of the run.")
    place: int = Field(description="Its place among the runs with a value, from 0.")
    value: float = Field(description="Its value.")


class TrendChange(Model):
    """What is recorded under a name, before and after; null where nothing is."""

    name: str = Field(description="Such as `param.lr`, `code.commit`, `data.train`, `tag.team`.")
    before: str | None = Field(description="Its text in the run before; null where it has none.")
    after: str | None = Field(description="Its text in the run after.")


class TrendJump(Model):
    """A place in the order of runs at which values change."""

    run_id: str = Field(description="The first run after it.")
    place: int = Field(description="That run's place among the runs with a value, from 0.")
    changes: list[TrendChange] = Field(description="All that changed just there, of what is recorded.")
    before: int = Field(description="Runs compared before it.")
    after: int = Field(description="Runs compared after it.")
    effect: float = Field(description="By how much values are higher after it.")
    better: bool = Field(description="Whether that is better.")
    p: float = Field(description="How likely chance alone brings it, for the number of places looked at.")
    drifts: bool = Field(description="Whether values drift within a side as well.")
    sentence: str = Field(description="All of it in words.")


class ExperimentTrend(Model):
    """Whether runs get better from one to the next, and how likely chance alone makes it look so."""

    experiment_id: str = Field(description="The experiment.")
    metric: str | None = Field(description="What the runs are judged by; null where no run has a metric.")
    direction: Way = Field(description="Which way it is better.")
    runs: int = Field(description="Runs that ended with a finite value.")
    lacking: int = Field(description="Runs that ended without one.")
    left_out: int = Field(description="Older runs beyond the newest 2,000.")
    records: list[TrendRecord] = Field(description="Runs that were better than all before them, in order.")
    since: int = Field(description="Runs since the best.")
    chance: float = Field(description="How likely as many follow the best if order does not matter.")
    records_p: float = Field(description="How likely there are as many records if order does not matter.")
    drift_p: float = Field(description="How likely values get better as clearly if order does not matter.")
    jumps: list[TrendJump] = Field(description="Changes that came with a jump, the surest first.")
    shift: TrendJump | None = Field(description="Where values change most, whatever is recorded.")
    sentence: str = Field(description="All of it in words.")
