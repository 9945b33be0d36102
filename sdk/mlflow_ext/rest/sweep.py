"""Sweeps: which params vary among runs, how they go with a metric, which of them matter, what to try next."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from mlflow_ext.direction import Direction
from mlflow_ext.rest.base import MAX_RUNS, MISSING, Model, Number, RunId, Text

Aggregation = Literal["last", "min", "max", "mean", "best"]
ParameterKind = Literal["number", "log", "boolean", "category"]
Measure = Literal["pearson", "spearman", "ratio", "information", "codes"]
Method = Literal["fanova", "permutation", "ped_anova", "spearman"]
NotASweep = Literal["few", "none", "constant", "apart"]
JobState = Literal["done", "running", "waiting", "impossible"]


class SweepQuery(Model):
    """Which runs and targets."""

    ids: Annotated[list[RunId], Field(min_length=1, max_length=MAX_RUNS)] = Field(
        description="The runs, by MLflow's ids or your own; repeat it for several in an address."
    )
    target: Text | None = Field(
        default=None, description="The metric that matters; the one that the run list shows when left out."
    )
    aggregation: Aggregation = Field(
        default="last", description="Which value of the metric counts; `best` is `min` or `max` by the direction."
    )
    direction: Direction | None = Field(
        default=None, description="Which values of the target are good; as its name tells when left out."
    )
    also: Annotated[list[Text], Field(max_length=4)] = Field(
        default_factory=list, description="More targets: with them the runs that no other beats in all are told."
    )
    params: Annotated[list[Text], Field(max_length=1000)] = Field(
        default_factory=list, description="The params to look at; all of them when left out."
    )


class SweepRequest(SweepQuery):
    """A question for a sweep's report. Other metrics than the targets count with their last value."""

    wait: Annotated[float, Field(ge=0, le=30, allow_inf_nan=False)] = Field(
        default=10.0,
        description="Seconds to wait for the importance; it is worked out beside, and `importance.state` is `running`"
        " when it takes longer: ask again. With 0 what is there; nothing is begun.",
    )


class SweepParameter(Model):
    """One param that varies, over the runs used."""

    name: str = Field(description="The param.")
    kind: ParameterKind = Field(description="`log` is a number that is better seen on a logarithmic scale.")
    texts: list[str | None] = Field(description="As logged; null for a run that lacks it.")
    numbers: list[Number | None] = Field(
        description="The number, 0 or 1 of a boolean, the place in `levels` of a category; null where there is none."
    )
    levels: list[str] = Field(description="What a category or boolean takes, most frequent first for a category.")
    whole: bool = Field(description="All its numbers are whole.")
    missing: int = Field(description="How many of the runs lack it.")
    distinct: int = Field(description="How many different values it has.")


class SweepTarget(Model):
    """A metric, and its value of each run used."""

    metric: str = Field(description="The metric.")
    direction: Direction | None = Field(description="Which values are good; null where nothing tells.")
    values: list[Number | None] = Field(description="Per run used; null where a run has none.")


class Association(Model):
    """How strongly a param goes with a metric, by one measure."""

    measure: Measure = Field(
        description="`ratio`: correlation ratio of ranks; `information`: normalised mutual information; `codes`:"
        " Pearson on the places of categories in alphabetic order, an order that they do not have."
    )
    value: float | None = Field(description="-1 to 1, of ratio and information 0 to 1; null where `why` tells.")
    low: float | None = Field(description="Lower end of the 95% interval.")
    high: float | None = Field(description="Upper end of the 95% interval.")
    p: float | None = Field(description="Probability of so strong a one by chance.")
    runs: int = Field(description="How many runs have both.")
    why: str = Field(description="Why there is no value.")


class Trendline(Model):
    """A line or bow through a numeric param against the target; ``x`` in the param's own units."""

    x: list[float] = Field(description="Places, ascending.")
    y: list[float] = Field(description="The fit.")
    low: list[float] = Field(description="Lower end of the 95% interval of the mean.")
    high: list[float] = Field(description="Upper end of the 95% interval of the mean.")
    degree: int = Field(description="1: a line; 2: a bow, where the corrected Akaike criterion clearly prefers it.")


class Together(Model):
    """Two params that move together, so that their parts in the result can't be told apart."""

    one: str = Field(description="A param.")
    other: str = Field(description="Another.")
    value: float = Field(description="Spearman's coefficient, or Cramér's V or the correlation ratio of categories.")


class ParameterImportance(Model):
    """How much one param matters by one method, and how sure that is."""

    name: str = Field(description="The param.")
    value: float = Field(description="0 or more; what it means depends on the method.")
    low: float = Field(description="Lower end of the 90% bootstrap interval.")
    high: float = Field(description="Upper end of the 90% bootstrap interval.")
    first: int = Field(description="The best rank within the 90% interval, from 1.")
    last: int = Field(description="The worst rank within the 90% interval.")
    told: bool = Field(description="Whether it is told from noise: `low` is above `noise` of the method.")


class MethodImportance(Model):
    """Params by one method, the most important first."""

    method: Method = Field(description="The method.")
    params: list[ParameterImportance] = Field(description="The most important first.")
    noise: float = Field(description="What params in random order reach in 19 of 20 resamples.")


class ImportanceJob(Model):
    """Importance by four methods, or how far it is."""

    state: JobState = Field(
        description="`waiting`: nobody asked for it with a `wait`, or others come first; `impossible`: `why` says why."
    )
    done: int = Field(default=0, description="Resamples done.")
    of: int = Field(default=0, description="Resamples in all.")
    why: str = Field(default="", description="Why there is none.")
    methods: list[MethodImportance] = Field(default_factory=list, description="Empty until it is done.")


class NoSweepAnswer(Model):
    """Why these runs are no sweep."""

    reason: NotASweep = Field(
        description="`few`: fewer than 2 runs with the target; `none`: no params; `constant`: nothing varies;"
        " `apart`: different params, and none that varies among more than half of the runs."
    )
    sentence: str = Field(description="The same in a sentence, with what to do.")
    common: list[str] = Field(description="Params that all of the runs have.")
    held: dict[str, int] = Field(
        default_factory=dict, description="Of params that vary among some of the runs, how many have each."
    )


class SweepAnswer(Model):
    """A sweep against its target.

    Lists per run are in the order of ``runs``, those of ``measured`` and the rows of ``matrix`` in that of ``params``.
    """

    target: str | None = Field(description="The metric that was looked at; null where no run has any.")
    aggregation: Aggregation = Field(description="Which value of it counts.")
    none: NoSweepAnswer | None = Field(description="Why these runs are no sweep; null where they are one.")
    runs: list[str] = Field(description="The runs used, by MLflow's ids.")
    without: list[str] = Field(description="Runs that have no finite value of the target.")
    params: list[SweepParameter] = Field(description="What varies.")
    constant: dict[str, str] = Field(description="What all runs share.")
    partial: dict[str, int] = Field(description="Params with one value that only so many of the runs have.")
    targets: list[SweepTarget] = Field(description="The target, then those asked for in `also`.")
    front: list[bool] = Field(description="Whether no other run beats it on all targets; empty for one target.")
    measured: dict[Measure, list[Association]] = Field(description="Each param against the target.")
    metrics: list[str] = Field(description="Metrics of the runs, the columns of `matrix`; the first hundred.")
    matrix: list[list[Association]] = Field(description="Each param against each metric by what fits the param.")
    trends: dict[str, Trendline] = Field(description="Of numeric params against the target.")
    together: list[Together] = Field(description="Pairs of params that move together.")
    warnings: list[str] = Field(description="What to be careful about.")
    importance: ImportanceJob = Field(description="Which params matter.")
    missing: list[str] = Field(default_factory=list, description=MISSING)


class DependenceRequest(SweepQuery):
    """A question for how a target depends on one param or two, the others as they were."""

    of: Annotated[list[Text], Field(min_length=1, max_length=2)] = Field(
        description="One param for a line, two for a surface."
    )


class DependenceAxis(Model):
    """The places of one param."""

    name: str = Field(description="The param.")
    kind: ParameterKind = Field(description="As in the sweep.")
    numbers: list[float] = Field(description="Of a number: where it was evaluated; else empty.")
    levels: list[str] = Field(description="Of a category or boolean: its levels; else empty.")


class DependenceAnswer(Model):
    """What a random forest predicts for the target over one param or two, the other params as the runs had them.

    ``mean`` has a row per place of the second param, a single row where there is one param.
    """

    target: str | None = Field(description="The metric; null where no run has any.")
    none: NoSweepAnswer | None = Field(description="Why these runs tell nothing of it; null where they do.")
    runs: list[str] = Field(description="The runs used, by MLflow's ids.")
    axes: list[DependenceAxis] = Field(description="One or two; empty where `none` says why.")
    mean: list[list[float]] = Field(description="Mean prediction over the runs.")
    low: list[list[float]] = Field(description="Lower end of the 90% interval over bootstrap samples of the runs.")
    high: list[list[float]] = Field(description="Upper end of it.")
    near: list[list[int]] = Field(description="How many runs lie nearest to each place; where none does it guesses.")
    explained: float | None = Field(
        description="Share of the target's variance that the forest explains on runs held out; below 0: none of it."
    )
    missing: list[str] = Field(default_factory=list, description=MISSING)


class SuggestionRequest(SweepQuery):
    """A question for what to try next."""

    n: Annotated[int, Field(ge=1, le=100)] = Field(default=3, description="How many configurations.")
    space: dict[str, dict[str, Any] | None] = Field(
        default_factory=dict,
        max_length=1000,
        description='Changes of what the runs tell, such as `{"lr": {"low": 1e-6}, "width": null}`.',
    )


class SuggestedForecast(Model):
    """What a target is expected to be."""

    metric: str = Field(description="The metric.")
    expected: float = Field(description="The mean of what is expected.")
    spread: float = Field(description="About 68 of 100 such runs lie so near to it.")


class SuggestedConfiguration(Model):
    """A configuration to run."""

    params: dict[str, bool | int | float | str | None] = Field(
        description="Its params; what JSON has no value for, such as a tuple or a whole number beyond 2^53, as text."
    )
    forecasts: list[SuggestedForecast] = Field(description="Per target; empty below 5 runs with a value.")
    tag: Literal["Exploit", "Explore"] = Field(description="Near the best that is known, or into the unknown.")
    reason: str = Field(description="Why, in one sentence.")
    python: str = Field(description="The params as a dict of Python.")
    flags: str = Field(description="The params as `--name value`.")
    command: str | None = Field(description="The best run's command with these params; null where none is known.")


class SuggestionAnswer(Model):
    """Configurations to run, and what they rest on."""

    items: list[SuggestedConfiguration] = Field(description="The configurations.")
    space: dict[str, Any] = Field(description="What they were chosen from, as `space` takes changes to it.")
    coverage: list[float | None] = Field(
        description="Per target the share of runs, held out in turn, that lay within the spread; null below 10 runs."
    )
    notes: list[str] = Field(description="What to know about them.")
    runs: list[str] = Field(description="The runs they rest on, by MLflow's ids.")
    missing: list[str] = Field(default_factory=list, description=MISSING)
