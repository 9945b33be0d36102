"""Which change of what is recorded came with a jump of the target."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from mlflow_ext.direction import Direction
from mlflow_ext_server.analysis.insight.curve import FloatArray
from mlflow_ext_server.analysis.insight.pace import trend
from mlflow_ext_server.analysis.insight.word import number
from mlflow_ext_ui.text import plural

LEAST = 3
"""Runs on each side of a change, below which it is not tested."""
P = 0.05
_MOST = 50
_DRAWS = 999
_SEED = 20_260_117  # any, but always the same
_NAMED = 4
_COMMIT, _HASH = "code.commit", 10
_SIDE = 500  # runs of a side, the latest, of which the effect is taken


class Change(NamedTuple):
    """What is recorded under a name, before and after; None where nothing is."""

    name: str
    before: str | None
    after: str | None


class Jump(NamedTuple):
    """A place in the order of runs at which the target changes.

    ``place``: the first run after it, from 0; ``changes``: all that changed just there; ``before`` and ``after``: how
    many runs are compared; ``effect``: by how much the target is higher after it (Hodges and Lehmann 1963), in its own
    unit; ``better``: whether that is better; ``p``: of the rank test of Mann and Whitney, times the number of places
    looked at (Holm 1979); ``drifts``: whether values also get better or worse within a side.
    """

    place: int
    changes: tuple[Change, ...]
    before: int
    after: int
    effect: float
    better: bool
    p: float
    drifts: bool
    sentence: str


def jumps(
    values: FloatArray, facts: Sequence[Mapping[str, str]], direction: Direction, metric: str
) -> tuple[Jump, ...]:
    """Changes that came with a jump, the surest first.

    Compared are the runs from the last change of the same thing to the next, but not beyond a surer jump. What changes
    from run to run, as the params of a sweep do, has no such runs and is no matter of order.

    Args:
        values: shape (n,), finite, in order of start.
        facts: of each run.
        direction: which way values are better.
        metric: what sentences call them.
    """
    places = _places(facts)
    tests = len(places)
    made: list[Jump] = []
    while places:
        raw = {place: _rank_test(values[first:place], values[place:end]) for place, (first, end, _) in places.items()}
        surest = min(raw, key=lambda place: raw[place])
        p = min(1.0, raw[surest] * (tests - len(made)))
        if p > P:
            break
        first, end, changes = places.pop(surest)
        made.append(_jump(values, (first, surest, end), changes, p, direction, metric, tests))
        places = _clipped(places, surest)
    return tuple(made)


_Place = tuple[int, int, tuple[Change, ...]]


def _places(facts: Sequence[Mapping[str, str]]) -> dict[int, _Place]:
    """Where something changes that is the same in at least 3 runs before and after: from where, to where, and what."""
    found: dict[int, list[tuple[int, int, Change]]] = defaultdict(list)
    for name in sorted({name for one in facts for name in one}):
        texts = [one.get(name) for one in facts]
        edges = [0, *(i for i in range(1, len(texts)) if texts[i] != texts[i - 1]), len(texts)]
        for first, place, end in zip(edges, edges[1:], edges[2:], strict=False):
            if place - first >= LEAST and end - place >= LEAST:
                found[place].append((first, end, Change(name, texts[place - 1], texts[place])))
    return {
        place: (max(one[0] for one in held), min(one[1] for one in held), tuple(one[2] for one in held))
        for place, held in sorted(found.items())
    }


def _clipped(places: Mapping[int, _Place], at: int) -> dict[int, _Place]:
    """The same with no runs from beyond a place; those with too few left are gone."""
    found = {}
    for place, (first, end, changes) in places.items():
        first, end = (max(first, at), end) if place > at else (first, min(end, at))
        if place - first >= LEAST and end - place >= LEAST:
            found[place] = (first, end, changes)
    return found


def shift(values: FloatArray, facts: Sequence[Mapping[str, str]], direction: Direction, metric: str) -> Jump | None:
    """Where values change most, if more than chance makes them (Pettitt 1979, by 999 random orders); else None.

    With what changed just there and was the same in 3 runs before, and after. The arguments are those of ``jumps``.
    """
    n = len(values)
    if n < 2 * LEAST + 2:
        return None
    ranks = stats.rankdata(values)
    rng = np.random.default_rng(_SEED)
    place, most = _pettitt(ranks[None, :])
    _, drawn = _pettitt(rng.permuted(np.tile(ranks, (_DRAWS, 1)), axis=1))
    p = (1 + int(np.sum(drawn >= most[0]))) / (_DRAWS + 1)
    if p > P:
        return None
    at = int(place[0])
    changes = tuple(
        Change(name, facts[at - 1].get(name), facts[at].get(name))
        for name in sorted({name for one in facts for name in one})
        if facts[at - 1].get(name) != facts[at].get(name)
        and _same(name, facts[at - LEAST : at])
        and _same(name, facts[at : at + LEAST])
    )
    return _jump(values, (0, at, n), changes, p, direction, metric, 1)


def _same(name: str, facts: Sequence[Mapping[str, str]]) -> bool:
    return len({one.get(name) for one in facts}) == 1


def _pettitt(ranks: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    """Where the sum of ranks before is furthest from what it is by chance, and how far; of each row."""
    n = ranks.shape[1]
    apart = np.abs(2 * np.cumsum(ranks, axis=1) - np.arange(1, n + 1) * (n + 1))[:, LEAST - 1 : n - LEAST]
    return apart.argmax(axis=1) + LEAST, apart.max(axis=1)


def _rank_test(one: FloatArray, other: FloatArray) -> float:
    if np.ptp(np.concatenate([one, other])) == 0:
        return 1.0
    return float(stats.mannwhitneyu(one, other, alternative="two-sided").pvalue)


def _jump(
    values: FloatArray,
    at: tuple[int, int, int],
    changes: tuple[Change, ...],
    p: float,
    direction: Direction,
    metric: str,
    tests: int,
) -> Jump:
    first, place, end = at
    one, other = values[first:place], values[place:end]
    size = float(np.max(np.abs(values))) or 1.0
    effect = float(np.median((other[-_SIDE:] / size)[:, None] - (one[-_SIDE:] / size)[None, :])) * size
    better = (effect < 0) == (direction == "lower")
    drifts = any(min(trend(side), trend(-side)) < P / 2 for side in (one, other))
    found = Jump(place, changes, len(one), len(other), effect, better, p, drifts, "")
    return found._replace(sentence=_sentence(found, metric, tests))


def _sentence(one: Jump, metric: str, tests: int) -> str:
    sure = "p < 0.001" if one.p < 0.001 else f"p = {one.p:.2g}"
    many = f", for {tests} places looked at" if tests > 1 else ""
    found = (
        f"From run {one.place + 1} on {metric} is {'better' if one.better else 'worse'} by "
        f"{number(abs(one.effect), 3)} at the median ({one.before} runs against {one.after}, {sure}{many})."
    )
    drift = " Values also drift within these runs, so part of it may have come step by step." if one.drifts else ""
    if not one.changes:
        return f"{found} Nothing that is recorded changed there and stayed.{drift}"
    named = ", ".join(_words(each) for each in one.changes[:_NAMED])
    more = f", and {plural(len(one.changes) - _NAMED, 'more thing')}" if len(one.changes) > _NAMED else ""
    together = (
        "Only this changed there, of what is recorded; something that is not recorded may have changed as well."
        if len(one.changes) == 1
        else f"These {len(one.changes)} changed together, so which of them it was cannot be told."
    )
    return f"{found} There changed: {named}{more}. {together}{drift}"


def _words(one: Change) -> str:
    before, after = one.before, one.after
    if one.name == _COMMIT:
        before, after = before and before[:_HASH], after and after[:_HASH]
    return f"{one.name} from {_short(before)} to {_short(after)}"


def _short(text: str | None) -> str:
    if text is None:
        return "none"
    return text if len(text) <= _MOST else f"{text[: _MOST // 2]}…{text[-_MOST // 2 :]}"
