"""The answers of the tab: the report, its parts, what a model says, what to try next."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

import pydantic

from mlflow_ext.direction import better
from mlflow_ext.errors import MlflowExtError, ValidationError
from mlflow_ext.explanation import explained
from mlflow_ext.rest import SweepAnswer, SweepParameter, SweepRequest
from mlflow_ext_ui.source import DataSource, Principal
from mlflow_ext_ui.sweeps import correlation, parallel, scatter
from mlflow_ext_ui.sweeps import dependence as dependent
from mlflow_ext_ui.sweeps import front as pareto
from mlflow_ext_ui.sweeps import importance as important
from mlflow_ext_ui.sweeps import suggestion as suggested
from mlflow_ext_ui.sweeps.request import (
    MOST_RUNS,
    Among,
    DependenceQuestion,
    PartQuestion,
    Question,
    SuggestionQuestion,
    among,
    dependence_request,
    suggestion_request,
    sweep_request,
)
from mlflow_ext_ui.sweeps.surface import Held
from mlflow_ext_ui.text import number, one_line

logger = logging.getLogger(__name__)
_RARE = 2  # runs


def part(source: DataSource, principal: Principal, question: PartQuestion) -> dict[str, Any]:
    """One part of the tab."""

    def made(found: Among) -> dict[str, Any]:
        answer = source.sweep(principal, sweep_request(question, found, question.wait))
        if question.part == "report":
            return report(question, found, answer)
        if question.part == "importance":
            return important.importance(answer.importance)
        if question.part == "matrix":
            return {} if answer.none else correlation.matrix(answer, question.theme, parallel.strongest(answer))
        if question.part == "front":
            return pareto.front(answer, found.names, question.theme) or {}
        return _scatter(question, found, answer)

    return _told(source, principal, question, made)


def dependence(source: DataSource, principal: Principal, question: DependenceQuestion) -> dict[str, Any]:
    """What a model says of one param or two."""

    def made(found: Among) -> dict[str, Any]:
        answer = source.dependence(principal, dependence_request(question, found))
        if len(answer.axes) < 2:
            return dependent.dependence(answer, question.theme)
        sweep = source.sweep(principal, sweep_request(question, found, 0.0))
        return dependent.dependence(answer, question.theme, Held(sweep, found.names))

    return _told(source, principal, question, made)


def suggestions(source: DataSource, principal: Principal, question: SuggestionQuestion) -> dict[str, Any]:
    """What to try next."""
    return _told(
        source,
        principal,
        question,
        lambda found: suggested.suggestion(source.suggestions(principal, suggestion_request(question, found))),
    )


def _told(
    source: DataSource, principal: Principal, question: Question, made: Callable[[Among], dict[str, Any]]
) -> dict[str, Any]:
    """What is made of the runs; ``trouble`` instead when something is wrong."""
    try:
        found = among(source, principal, question)
        return made(found) if found.runs else {"empty": True}
    except ValidationError as error:
        return _unanswerable(str(error), error.field)
    except pydantic.ValidationError as error:
        field, message = explained(error.errors(include_url=False, include_context=False), SweepRequest)
        return _unanswerable(f"{field}: {message}", field)
    except MlflowExtError as error:
        logger.warning("A part of the Sweeps tab could not be read: %s", error)
        why = f"{error} What is stored is safe."
        return {"trouble": {"title": "The sweep could not be read", "why": why, "field": None, "retry": True}}


def _unanswerable(why: str, field: str | None) -> dict[str, Any]:
    return {"trouble": {"title": "This can't be answered", "why": why, "field": field, "retry": False}}


def report(question: Question, found: Among, answer: SweepAnswer) -> dict[str, Any]:
    """What is seen at first: which runs, the axes of the parallel coordinates, bars, warnings, the scatter.

    ``asked`` is the param and the theme of the scatter: while they stay nothing more need be asked.
    """
    names = found.names
    first = answer.targets[0] if answer.targets else None
    state = question.state
    base = {
        "target": answer.target,
        "way": first.direction if first else state.good or (better(answer.target) if answer.target else None),
        "named": better(answer.target) if answer.target else None,
        "metrics": answer.metrics,
        "used": len(answer.runs),
        "of": len(found.runs),
        "total": found.total,
        "most": MOST_RUNS,
        "without": [[run, names.get(run, run)] for run in answer.without],
        "none": answer.none.model_dump() if answer.none else None,
    }
    if answer.none:
        return base
    axes = parallel.parallel(answer, state.axes)
    return base | {
        "runs": [[run, names.get(run, run)] for run in answer.runs],
        "axes": [parallel.json(axis) for axis in axes],
        "params": _params(answer),
        "constant": answer.constant,
        "partial": answer.partial,
        "warnings": answer.warnings,
        "targets": [[one.metric, one.direction] for one in answer.targets],
        "ends": _ends(axes[-len(answer.targets)]),
        "importance": important.importance(answer.importance),
        "correlation": correlation.correlation(answer),
        "scatter": _scatter(question, found, answer),
        "asked": [state.param, question.theme],
    }


def _scatter(question: Question, found: Among, answer: SweepAnswer) -> dict[str, Any]:
    info = scatter.scatter_info(answer, question.state.param)
    return {} if info is None else scatter.scatter(info, found.names, question.theme)


def _params(answer: SweepAnswer) -> list[dict[str, Any]]:
    """What varies, the strongest first."""
    known = {one.name: one for one in answer.params}
    return [
        {
            "name": name,
            "label": one_line(name),
            "kind": known[name].kind,
            "missing": known[name].missing,
            "rare": rare(known[name]),
        }
        for name in parallel.strongest(answer)
    ]


def rare(one: SweepParameter) -> bool:
    """Whether all but one or two runs have the same value: of a model's surface there is little to see."""
    counted = Counter(text for text in one.texts if text is not None)
    return sum(counted.values()) - max(counted.values(), default=0) <= _RARE


def _ends(target: parallel.Axis) -> list[str]:
    """The ends of the colour bar in words."""
    return [number(target.low, 3), number(target.high, 3)]
