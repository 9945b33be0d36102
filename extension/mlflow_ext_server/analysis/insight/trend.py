"""Whether runs of an experiment get better from one to the next, and how likely chance alone makes it look so."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mlflow_ext.direction import Direction
from mlflow_ext_server.analysis.insight.jump import Jump, jumps, shift
from mlflow_ext_server.analysis.insight.pace import trend as falling
from mlflow_ext_server.analysis.insight.word import number
from mlflow_ext_ui.text import plural

_SURE = 0.05


class TrendRun(NamedTuple):
    """A run with its target, NaN or None without one, and what is recorded of it.

    ``facts``: such as ``param.lr``, ``tag.note``, ``code.commit``, ``package.torch``, each to its text.
    """

    run: str
    started_ms: int
    value: float | None
    facts: Mapping[str, str] = {}


class Record(NamedTuple):
    """A run that was the best so far; ``place`` among those with a target, from 0."""

    run: str
    place: int
    value: float


class Trend(NamedTuple):
    """How the best of n runs came about.

    ``best_so_far``: one value per run with a target, in order of start; ``records``: runs that were better than all
    before; ``since``: runs after the last of these. If order did not matter, then by chance: ``chance`` that at least
    as many follow the best of n runs, ``records_p`` that there are at least as many records, ``drift_p`` that values
    get better along the order at least as clearly (Mann and Kendall). ``jumps``: changes of what is recorded with what
    came with them, the surest first; ``shift``: where values change most, whatever is recorded; ``lacking``: runs
    without a target.
    """

    runs: tuple[str, ...]
    best_so_far: tuple[float, ...]
    records: tuple[Record, ...]
    since: int
    chance: float
    records_p: float
    drift_p: float
    jumps: tuple[Jump, ...]
    shift: Jump | None
    lacking: tuple[str, ...]
    sentence: str


def trend(runs: Sequence[TrendRun], direction: Direction, metric: str = "the target") -> Trend:
    """What the order of runs tells of their target.

    Args:
        runs: in any order; they are put in that of their start.
        direction: which way the target is better.
        metric: what the sentences call it.
    """
    ordered = sorted(runs, key=lambda one: (one.started_ms, one.run))
    held = [one for one in ordered if one.value is not None and math.isfinite(one.value)]
    lacking = tuple(one.run for one in ordered if one.value is None or not math.isfinite(one.value))
    names = tuple(one.run for one in held)
    if not held:
        return Trend((), (), (), 0, 1.0, 1.0, 1.0, (), None, lacking, f"No run has {metric}.")
    values = np.array([one.value for one in held], dtype=np.float64)
    cost = values if direction == "lower" else -values
    best = np.minimum.accumulate(cost)
    first = np.flatnonzero(np.append(True, cost[1:] < best[:-1]))
    records = tuple(Record(names[i], int(i), float(values[i])) for i in first)
    n, last = len(held), int(first[-1])
    chance, records_p = (last + 1) / n, _at_least(len(records), n)
    drift_p = falling(cost)
    facts = [one.facts for one in held]
    return Trend(
        names,
        tuple((best if direction == "lower" else -best).tolist()),
        records,
        n - 1 - last,
        chance,
        records_p,
        drift_p,
        jumps(values, facts, direction, metric),
        shift(values, facts, direction, metric),
        lacking,
        _sentence(records, n, chance, drift_p, metric),
    )


def _at_least(records: int, n: int) -> float:
    """The chance of at least so many records among n exchangeable values without ties (Renyi 1962).

    The i-th is one with probability 1 / i, whatever the others are.
    """
    chances = np.array([1.0])
    for i in range(1, n + 1):
        chances = np.append(chances, 0.0) * (1 - 1 / i) + np.insert(chances, 0, 0.0) / i
    return float(min(1.0, np.sum(chances[records:])))


def _sentence(records: Sequence[Record], n: int, chance: float, drift_p: float, metric: str) -> str:
    last = records[-1]
    since = n - 1 - last.place
    found = f"The best {metric}, {number(last.value)}, is of run {last.place + 1} of {n}"
    if n < 4:
        return f"{found}; {plural(n, 'run')} {'is' if n == 1 else 'are'} too few to see a trend."
    after = f", {plural(since, 'run')} ago" if since else ", the latest"
    if since and chance <= _SURE:
        judged = f"so long without a better one would come by chance in {_in(chance)} if order did not matter"
    elif since:
        judged = f"as long without a better one comes by chance in {_in(chance)}, so this says little"
    else:
        judged = f"the latest of {n} is the best in 1 of {n} by chance alone"
    whole = (
        f"From run to run values do get better (p {_p(drift_p)})."
        if drift_p <= _SURE
        else f"That values get better from run to run cannot be told from chance (p {_p(drift_p)})."
    )
    return f"{found}{after}: {judged}. {whole}"


def _in(chance: float) -> str:
    return f"{chance * 100:.0f} of 100 cases" if chance >= 0.01 else "under 1 of 100 cases"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.2g}"
