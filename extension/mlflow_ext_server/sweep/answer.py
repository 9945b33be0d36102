"""A sweep's report, importance and suggestions as the models of REST."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlflow_ext.encoding import float_text
from mlflow_ext.rest import (
    Association,
    DependenceAnswer,
    DependenceAxis,
    ImportanceJob,
    MethodImportance,
    NoSweepAnswer,
    Number,
    ParameterImportance,
    SuggestedConfiguration,
    SuggestedForecast,
    SuggestionAnswer,
    SweepParameter,
    Together,
    Trendline,
)
from mlflow_ext.sweep import NoSweep, Parameter, Suggestions
from mlflow_ext_server.analysis import association, importance, trendline
from mlflow_ext_server.analysis.collinear import Together as Pair
from mlflow_ext_server.analysis.dependence import Dependence
from mlflow_ext_ui.source import FloatArray

LISTED_METRICS = 100
_EXACT = 2**53


def column(values: FloatArray) -> list[Number | None]:
    """Numbers as JSON takes them, None for NaN."""
    if np.isfinite(values).all():
        return values.tolist()  # type: ignore[no-any-return]
    return [None if np.isnan(one) else one if np.isfinite(one) else float_text(one) for one in values.tolist()]


def param(one: Parameter) -> SweepParameter:
    """A param over its runs."""
    return SweepParameter(
        name=one.name,
        kind=one.kind,
        texts=list(one.texts),
        numbers=column(one.numbers),
        levels=list(one.levels),
        whole=one.whole,
        missing=one.missing,
        distinct=one.distinct,
    )


def measured(one: association.Association) -> Association:
    """One measure of one pair."""
    return Association(**one._asdict())


def pair(one: Pair) -> Together:
    """Two params that move together."""
    return Together(**one._asdict())


def trend(one: Parameter, values: FloatArray) -> Trendline | None:
    """What goes through a numeric param against the target; None where nothing can."""
    found = trendline.trendline(association.scaled(one), values)
    if found is None:
        return None
    ends = np.nanmin(one.numbers), np.nanmax(one.numbers)
    with np.errstate(over="ignore"):
        x = np.clip(np.power(10.0, found.x), *ends) if one.kind == "log" else found.x
    return Trendline(
        x=x.tolist(), y=found.y.tolist(), low=found.low.tolist(), high=found.high.tolist(), degree=found.degree
    )


def no_sweep(found: NoSweep) -> NoSweepAnswer:
    """Why runs are none."""
    return NoSweepAnswer(reason=found.reason, sentence=found.sentence, common=list(found.common), held=dict(found.held))


def methods(
    found: Mapping[importance.Method, importance.Importance], params: Sequence[Parameter]
) -> list[MethodImportance]:
    """Importance by each method, the most important first."""
    return [
        MethodImportance(
            method=one.method,
            noise=one.noise,
            params=[
                ParameterImportance(
                    name=params[at].name,
                    value=one.value[at],
                    low=one.low[at],
                    high=one.high[at],
                    first=one.first[at],
                    last=one.last[at],
                    told=one.told[at],
                )
                for at in one.order
            ],
        )
        for one in found.values()
    ]


def impossible(why: str) -> ImportanceJob:
    """Importance where there is none."""
    return ImportanceJob(state="impossible", why=why)


def suggested(found: Suggestions, runs: list[str], missing: list[str]) -> SuggestionAnswer:
    """What to try next."""
    items = [
        SuggestedConfiguration(
            params={name: _plain(value) for name, value in one.params.items()},
            forecasts=[
                SuggestedForecast(metric=each.metric, expected=each.expected, spread=each.spread)
                for each in one.forecasts
            ],
            tag=one.tag,
            reason=one.reason,
            python=one.python,
            flags=one.flags,
            command=one.command,
        )
        for one in found.items
    ]
    return SuggestionAnswer(
        items=items,
        space=found.space.model_dump(mode="json", exclude_defaults=True),
        coverage=list(found.coverage),
        notes=list(found.notes),
        runs=runs,
        missing=missing,
    )


def _plain(value: Any) -> bool | int | float | str | None:
    """A value as JSON has it: tuples and the like, and whole numbers that readers of JSON round, as text."""
    if value is None or isinstance(value, (bool, float, str)):
        return value
    return value if isinstance(value, int) and abs(value) <= _EXACT else str(value)


def dependent(found: Dependence, target: str, runs: list[str], missing: list[str]) -> DependenceAnswer:
    """How a target depends on a param or two."""
    axes = [
        DependenceAxis(
            name=one.parameter.name,
            kind=one.parameter.kind,
            numbers=one.numbers.tolist(),
            levels=list(one.levels),
        )
        for one in found.axes
    ]
    return DependenceAnswer(
        target=target,
        none=None,
        runs=runs,
        axes=axes,
        mean=found.mean.tolist(),
        low=found.low.tolist(),
        high=found.high.tolist(),
        near=found.near.tolist(),
        explained=found.explained,
        missing=missing,
    )


def independent(why: NoSweep, target: str | None, runs: list[str], missing: list[str]) -> DependenceAnswer:
    """Why runs tell nothing of what a target depends on."""
    return DependenceAnswer(
        target=target,
        none=no_sweep(why),
        runs=runs,
        axes=[],
        mean=[],
        low=[],
        high=[],
        near=[],
        explained=None,
        missing=missing,
    )
