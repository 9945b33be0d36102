"""Seed groups by their mean, and which neighbours the data tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np

from mlflow_ext.direction import Direction
from mlflow_ext_ui.tables import statistic

Verdict = Literal["first", "apart", "not told apart", "too few runs", "no spread"]


class Group(NamedTuple):
    """The seeds of one setting; ``interval`` is None below three."""

    name: str
    values: tuple[float, ...]
    mean: float
    sd: float | None
    interval: tuple[float, float] | None


class Place(NamedTuple):
    """A group in the order of means.

    ``p`` compares it with the group above, corrected over all that are compared, ``raw`` alone; ``bracket`` numbers the
    neighbours of which none is told apart from the topmost; ``fewest`` is the size of the smaller of the two.
    """

    rank: int
    group: Group
    verdict: Verdict
    p: float | None = None
    raw: float | None = None
    bracket: int | None = None
    fewest: int | None = None


def group(name: str, values: Sequence[float]) -> Group:
    """The numbers of one group.

    Args:
        name: what it is called.
        values: one per seed, finite.
    """
    held = tuple(sorted(values))
    return Group(name, held, float(np.mean(held)), statistic.spread(held), statistic.interval(held))


def places(groups: Sequence[Group], way: Direction | None) -> list[Place]:
    """Groups from the best mean down, each compared with the one above; without a direction the highest is first."""
    ranked = sorted(groups, key=lambda one: one.mean, reverse=way != "lower")
    pairs = list(pairwise(ranked))
    tests = [statistic.welch(above.values, below.values) for above, below in pairs]
    corrected = iter(statistic.holm([test.p for test in tests if test is not None]))
    found = [Place(1, ranked[0], "first")] if ranked else []
    for rank, ((above, below), test) in enumerate(zip(pairs, tests, strict=True), start=2):
        if test is None:
            found.append(_untested(rank, above, below))
            continue
        p = next(corrected)
        found.append(Place(rank, below, "apart" if p < statistic.ALPHA else "not told apart", p, test.p))
    return _bracketed(found)


def _untested(rank: int, above: Group, below: Group) -> Place:
    """The place of a group that no test compares with the one above."""
    fewest = min(len(above.values), len(below.values))
    if fewest < statistic.LEAST_FOR_TEST:
        return Place(rank, below, "too few runs", fewest=fewest)
    return Place(rank, below, "not told apart" if above.mean == below.mean else "no spread", fewest=fewest)


def _bracketed(found: list[Place]) -> list[Place]:
    """Neighbours that are told apart neither from each other nor from the topmost of them share a number.

    Small steps add up: the last of a long row may well be told from its first. There the plain test counts, since to
    say that two far ones are alike is the bolder claim, and the correction would make it easier.
    """
    number = top = 0
    for at in range(1, len(found)):
        near = found[at].verdict in ("not told apart", "too few runs")
        if not near or (at - top > 1 and _plainly_apart(found[top].group, found[at].group)):
            top = at
            continue
        if top == at - 1:
            number += 1
            found[top] = found[top]._replace(bracket=number)
        found[at] = found[at]._replace(bracket=number)
    return found


def _plainly_apart(top: Group, below: Group) -> bool:
    """Whether Welch's test alone tells two groups apart."""
    test = statistic.welch(top.values, below.values)
    return test is not None and test.p < statistic.ALPHA


class Advice(NamedTuple):
    """How many seeds per group would tell two neighbours apart; None: more than a thousand."""

    above: str
    below: str
    difference: float
    seeds: int | None


def advice(found: Sequence[Place]) -> Advice | None:
    """What would tell the topmost pair of neighbours apart that is not; None when there is no such pair to go by."""
    for above, below in pairwise(found):
        if below.verdict != "not told apart" or below.p is None:
            continue
        a, b = above.group, below.group
        difference = abs(a.mean - b.mean)
        if not difference or a.sd is None or b.sd is None:
            continue
        return Advice(a.name, b.name, difference, statistic.seeds_needed(difference, a.sd, b.sd))
    return None
