"""What the browser asks of the Sweeps tab, and which runs it is about."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import orjson
from pydantic import BaseModel, ConfigDict, Field

from mlflow_ext.errors import ValidationError
from mlflow_ext.rest import DependenceRequest, SuggestionRequest, SweepRequest
from mlflow_ext_ui.column import Column
from mlflow_ext_ui.listing import first
from mlflow_ext_ui.source import DataSource, Principal, Run, Value
from mlflow_ext_ui.state import ViewState
from mlflow_ext_ui.theme import Theme

MOST_RUNS = 1000
Part = Literal["report", "importance", "scatter", "matrix", "front"]


class Question(BaseModel):
    """What every question of the tab holds: the query of the address without its runs, which stand beside it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    search: str = Field(default="", max_length=60_000)
    runs: tuple[str, ...] = Field(default=(), max_length=1000)
    experiment: str | None = None
    theme: Theme = "light"

    @property
    def state(self) -> ViewState:
        """What the address says."""
        return ViewState.parse("sweeps", self.search)


class PartQuestion(Question):
    """One part of the tab; ``wait``: seconds to wait for the importance."""

    part: Part
    wait: float = Field(default=0.0, ge=0, le=5)


class DependenceQuestion(Question):
    """What a model says of one param or two."""

    of: tuple[str, ...] = Field(min_length=1, max_length=2)


class SuggestionQuestion(Question):
    """What to try next."""

    n: int = Field(default=3, ge=1, le=30)


class Among(NamedTuple):
    """The runs looked at, in the order of the list.

    ``total`` is how many there would be without the limit, ``metric`` what the list shows beside their names, where
    most of them have it.
    """

    runs: tuple[Run, ...]
    total: int
    metric: str | None = None

    @property
    def names(self) -> dict[str, str]:
        """The name of each run by its id."""
        return {run.id: run.name for run in self.runs}


def among(source: DataSource, principal: Principal, question: Question) -> Among:
    """The runs of the filtered list or those on screen.

    Raises:
        ValidationError: the address' filter can't be read.
    """
    state = question.state
    if state.among == "screen" or question.experiment is None:
        metric = source.runs(principal, question.experiment, limit=1).metric if question.experiment else None
        columns = () if metric is None else (Column("metrics", metric),)
        found = source.runs_by_id(principal, question.runs, columns=columns)
        held = [run.values[0] if run.values else None for run in found]
        return Among(found, len(found), _most_have(metric, held))
    page = first(source, principal, question.experiment, state, MOST_RUNS)
    return Among(page.runs, page.total, _most_have(page.metric, [run.metric for run in page.runs]))


def _most_have(metric: str | None, values: Sequence[Value]) -> str | None:
    """The metric where at least half of these runs have a finite value of it."""
    finite = sum(isinstance(value, float | int) and math.isfinite(value) for value in values)
    return metric if 2 * finite >= len(values) else None


def _common(question: Question, found: Among) -> dict[str, Any]:
    state = question.state
    target = state.target or found.metric
    return {
        "ids": sorted(
            run.id for run in found.runs
        ),  # importance is kept by what it is of, in whichever order it stands
        "target": target,
        "aggregation": state.aggregate,
        "direction": state.good,
        "also": [name for name in state.also if name != target],
    }


def sweep_request(question: Question, found: Among, wait: float) -> SweepRequest:
    """The report on these runs."""
    return SweepRequest(**_common(question, found), wait=wait)


def dependence_request(question: DependenceQuestion, found: Among) -> DependenceRequest:
    """What a model says of the params asked for."""
    return DependenceRequest(**_common(question, found) | {"also": []}, of=list(question.of))


def suggestion_request(question: SuggestionQuestion, found: Among) -> SuggestionRequest:
    """What to try next, in the space as the address changes it.

    Raises:
        ValidationError: the change is no JSON object.
    """
    changes: Any = {}
    if text := question.state.space:
        try:
            changes = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise ValidationError("space: the address holds no JSON.", field="space") from error
        if not isinstance(changes, dict) or not all(one is None or isinstance(one, dict) for one in changes.values()):
            raise ValidationError("space: takes an object of params, each an object or null.", field="space")
    return SuggestionRequest(**_common(question, found), n=question.n, space=changes)
