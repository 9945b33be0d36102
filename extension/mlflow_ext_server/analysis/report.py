"""All that can be said of a sweep at once: what varies, how it goes with a target, what to be careful about."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.direction import Direction
from mlflow_ext.sweep import LEAST_FOR_CORRELATION, NoSweep, Parameter, Sweep, sweep
from mlflow_ext_server.analysis.association import Association, Measure, association, table
from mlflow_ext_server.analysis.collinear import Together, together
from mlflow_ext_server.analysis.importance import LEAST_RUNS

FloatArray = NDArray[np.float64]
MEASURES: tuple[Measure, ...] = get_args(Measure)

MOST_PARAMS = 200
"""Params that a report looks at: of 1,000 runs their values are some megabytes of JSON."""

_MOST_PAIRED = 60  # params of which each pair is looked at
_RUNS_PER_PARAM = 3  # below which an order of params is mostly chance
_NAMED = 3


class SweepReport(NamedTuple):
    """A sweep against its target.

    ``sweep``: of the runs that have a finite ``target``; ``values``: of these, shape (n,); ``without``: the other runs.
    ``measured``: per measure one association for each varying param; ``matrix``: a row per varying param, a column per
    metric of ``metrics``, by the measure that fits the param. ``warnings``: sentences.
    """

    sweep: Sweep
    target: str
    way: Direction | None
    values: FloatArray
    without: tuple[str, ...]
    measured: dict[Measure, tuple[Association, ...]]
    metrics: tuple[str, ...]
    matrix: list[list[Association]]
    together: tuple[Together, ...]
    warnings: tuple[str, ...]


def sweep_report(
    params: Mapping[str, Mapping[str, str]],
    metrics: Mapping[str, Mapping[str, float]],
    target: str,
    way: Direction | None = None,
    only: frozenset[str] | None = None,
    keep: Collection[str] = (),
) -> SweepReport | NoSweep:
    """What varies among runs and how it goes with their metrics.

    Args:
        params: run id to its params, as logged.
        metrics: metric to the value of each run that has one, already last, lowest, highest or best.
        target: the metric that matters.
        way: which values of it are good, where that is known.
        only: the params to look at; None for all.
        keep: params that are looked at even where more than 200 vary.
    """
    told = metrics.get(target, {})
    used = {run: mine for run, mine in params.items() if math.isfinite(told.get(run, math.nan))}
    without = tuple(run for run in params if run not in used)
    if len(used) < 2 <= len(params):
        held = "No run has" if not used else "Only 1 run has"
        return NoSweep("few", f"{held} a number as its {target}; choose another target.", ())
    found = sweep(used, only)
    if isinstance(found, NoSweep):
        return found
    values = np.array([told[run] for run in used])
    every = len(found.varying)
    found = found._replace(varying=strongest(found.varying, values, MOST_PARAMS, keep))
    names = tuple(sorted(metrics, key=lambda key: (key != target, key)))
    columns = [np.array([metrics[key].get(run, math.nan) for run in used]) for key in names]
    pairs = tuple(together(strongest(found.varying, values, _MOST_PAIRED, keep)))
    return SweepReport(
        sweep=found,
        target=target,
        way=way,
        values=values,
        without=without,
        measured={each: tuple(association(one, values, each) for one in found.varying) for each in MEASURES},
        metrics=names,
        matrix=table(found.varying, columns, None),
        together=pairs,
        warnings=(*_beyond(every, target), *_warnings(found, values, pairs)),
    )


def strongest(
    varying: Sequence[Parameter], values: FloatArray, most: int, keep: Collection[str] = ()
) -> tuple[Parameter, ...]:
    """At most so many params, those to keep and those that go most strongly with the target; in their order."""
    if len(varying) <= most:
        return tuple(varying)
    size = [abs(row[0].value or 0.0) for row in table(varying, [values], None)]
    ranked = sorted(range(len(varying)), key=lambda at: (varying[at].name not in keep, -size[at]))
    return tuple(varying[at] for at in sorted(ranked[:most]))


def _beyond(varying: int, target: str) -> list[str]:
    if varying <= MOST_PARAMS:
        return []
    kept = f"the {MOST_PARAMS} that go most strongly with {target} are looked at"
    return [f"{varying:,} params vary: {kept}; name others in params."]


def _warnings(found: Sweep, values: FloatArray, pairs: Sequence[Together]) -> list[str]:
    runs, params = len(found.runs), len(found.varying)
    said = []
    if runs < LEAST_FOR_CORRELATION:
        said.append(f"{runs} runs: correlation needs at least {LEAST_FOR_CORRELATION}.")
    elif runs < LEAST_RUNS:
        said.append(f"{runs} runs: importance needs at least {LEAST_RUNS}.")
    elif runs < _RUNS_PER_PARAM * params:
        said.append(f"{runs} runs for {params} params that vary: the order of what matters is mostly chance.")
    some = [f"{one.name} of {runs - one.missing}" for one in found.varying if one.missing]
    if some:
        named = ", ".join(some[:_NAMED]) + (f" and {len(some) - _NAMED} more" if len(some) > _NAMED else "")
        said.append(f"Not all of the {runs} runs have what varies: {named}. What is told of these rests on those runs.")
    if np.ptp(values) == 0:
        said.append("The target is the same in all runs: no param can matter to it.")
    said += [f"{one.one} and {one.other} move together, r {one.value:.2f}.".replace("-", "−") for one in pairs[:_NAMED]]
    if len(pairs) > _NAMED:
        said.append(f"{len(pairs) - _NAMED} more pairs of params move together.")
    return said
