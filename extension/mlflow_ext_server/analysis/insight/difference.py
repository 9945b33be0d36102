"""In what two runs differ, first what best explains the difference of their target among pairs of other runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, get_args

import numpy as np
from scipy import stats

from mlflow_ext.direction import Direction
from mlflow_ext.sweep import number as read
from mlflow_ext_server.analysis.insight import match
from mlflow_ext_server.analysis.insight.going import going
from mlflow_ext_server.analysis.insight.word import number
from mlflow_ext_ui.text import plural, signed

Part = Literal["param", "code", "data", "package", "hardware", "tag"]
PARTS: tuple[Part, ...] = get_args(Part)
"""In the order in which what the history tells nothing of is shown."""
Only = Literal["a", "b", "both"]
LEAST = 5
"""Pairs below which an effect is not called one."""
LEAST_MARGIN = 3
"""Pairs below which a mean has no interval."""
P = 0.05


class Recorded(NamedTuple):
    """What is recorded of a run; ``value`` is its target, None without one. Each part is a name with its text."""

    run: str
    value: float | None
    param: Mapping[str, str] = {}
    tag: Mapping[str, str] = {}
    code: Mapping[str, str] = {}
    package: Mapping[str, str] = {}
    data: Mapping[str, str] = {}
    hardware: Mapping[str, str] = {}


class Item(NamedTuple):
    """One thing in which the runs differ.

    ``a`` and ``b``: its texts, None where a run has none. ``pairs``: pairs of other runs that differ in it, and in at
    most 2 other things; ``alone``: those of them that differ in nothing else; ``together``: how many things always
    change with it, which count as one with it; ``exact``: whether they differ just as a and b do, else only in the same
    way (a number as in larger, by however much). ``effect``: the median of how much higher the target of the second is,
    None without pairs; ``low`` and ``high``: its middle half; ``mean``: the mean of it, and ``margin``: half of its
    interval of 95% by Student's t, None below 3 pairs; ``p``: of Wilcoxon's signed ranks, from 5 pairs on, for the
    number of items; ``explains``: whether the effect has the sign of the difference of a and b and p is at most 0.05;
    ``only``: whose text no other run has; ``going``: of a param that too few pairs tell of, how clearly the target
    goes with it over all other runs from a to b, -1 to 1, 0 where chance gives as much.
    """

    part: Part
    name: str
    a: str | None
    b: str | None
    pairs: int
    alone: int
    together: int
    exact: bool
    effect: float | None
    low: float | None
    high: float | None
    mean: float | None
    margin: float | None
    p: float | None
    explains: bool
    sentence: str
    only: Only | None = None
    going: float = 0.0


class Difference(NamedTuple):
    """In what a and b differ.

    ``apart``: how much higher the target of b is, None where one has none; ``alike``: how far the targets of two runs
    that differ in nothing recorded are apart at the median, of ``alike_pairs`` pairs; ``same``: what is the same in
    both; ``sentence``: how little two runs prove.
    """

    items: tuple[Item, ...]
    apart: float | None
    alike: float | None
    alike_pairs: int
    same: tuple[tuple[Part, str], ...]
    sentence: str


def difference(
    a: Recorded,
    b: Recorded,
    history: Sequence[Recorded],
    direction: Direction | None = None,
    metric: str | None = "the target",
) -> Difference:
    """In what two runs differ, ordered by what best explains the difference of their target.

    First what the pairs of other runs show to go the same way, by how much; then what all other runs show to go the
    same way, other things not held equal; then what they show nothing of, or too little; last what goes the other way.

    Args:
        a: one run.
        b: another.
        history: other runs of the same target; of more than 1,000 the last. a and b in it are left out.
        direction: which way the target is better, for the words; None where that is not known.
        metric: what sentences call the target; None where the runs share none.
    """
    one, other = _flat(a), _flat(b)
    names = [key for key in sorted({*one, *other}, key=_shown) if not _same(key[0], one.get(key), other.get(key))]
    held = [
        each
        for each in history
        if each.value is not None and math.isfinite(each.value) and each.run not in (a.run, b.run)
    ][-match.MOST_RUNS :]
    facts = [_flat(each) for each in held]
    every = sorted({key for each in [*facts, one, other] for key in each}, key=_shown)
    numbers = {_text(key) for key in every if key[0] == "param"}
    rows = [{_text(key): text for key, text in each.items()} for each in [*facts, one, other]]
    made = match.table(rows, [_text(key) for key in every], numbers) if names else None
    apart = _apart(a.value, b.value)
    items: list[Item] = []
    values = np.array([each.value for each in held] + [math.nan] * 2, dtype=np.float64)
    if made is not None:
        made = made._replace(apart=_without_last(made.apart))
        tested = [_item(key, one.get(key), other.get(key), made, every.index(key), values) for key in names]
        items = [
            _with_going(_judged(each, apart, len(names), direction, metric), facts, values[:-2], metric, len(names))
            for each in tested
        ]
        items = [each._replace(only=_only(each, facts)) for each in items]
    items.sort(key=lambda each: _order(each, apart))
    noise, pairs = _alike(made, values)
    same = tuple(sorted({*one, *other}.difference(names), key=_shown))
    return Difference(tuple(items), apart, noise, pairs, same, _sentence(items, apart, noise, pairs, len(same), metric))


_Key = tuple[Part, str]


def _flat(one: Recorded) -> dict[_Key, str]:
    return {(part, name): text for part in PARTS for name, text in getattr(one, part).items()}


def _text(key: _Key) -> str:
    return f"{key[0]} {key[1]}"


def _shown(key: _Key) -> tuple[int, str]:
    return PARTS.index(key[0]), key[1]


def _same(part: Part, one: str | None, other: str | None) -> bool:
    if one is None or other is None or one == other or part != "param":
        return one == other
    first, second = read(one), read(other)
    return first is not None and first == second


def _apart(one: float | None, other: float | None) -> float | None:
    if one is None or other is None or not math.isfinite(one) or not math.isfinite(other):
        return None
    return other - one


def _without_last(apart: match.Counts) -> match.Counts:
    """The two runs in question stand last: they are in no pair."""
    found: match.Counts = apart.copy()
    found[-2:, :] = found[:, -2:] = np.iinfo(found.dtype).max
    return found


def _item(key: _Key, one: str | None, other: str | None, made: match.Table, place: int, values: np.ndarray) -> Item:
    code = made.codes[place]
    pairs, exact = match.matched(made, place, (float(code[-2]), float(code[-1])))
    together = made.bundle.count(made.bundle[place]) - 1
    found = Item(
        *key,
        one,
        other,
        len(pairs),
        0,
        together,
        exact,
        None,
        None,
        None,
        None,
        None,
        None,
        explains=False,
        sentence="",
    )
    if not len(pairs):
        return found
    counted = made.names[place] not in made.own
    alone = int(np.sum(made.apart[pairs[:, 0], pairs[:, 1]] == counted))
    size = float(np.nanmax(np.abs(values))) or 1.0
    steps = values[pairs[:, 1]] / size - values[pairs[:, 0]] / size
    low, middle, high = (float(part) * size for part in np.quantile(steps, [0.25, 0.5, 0.75]))
    p = None
    if len(steps) >= LEAST:
        p = float(stats.wilcoxon(steps, method="approx").pvalue) if np.any(steps != 0) else 1.0
    mean, margin = float(np.mean(steps)), _margin(steps)
    found = found._replace(alone=alone, effect=middle, low=low, high=high, p=p)
    return found._replace(mean=mean * size, margin=None if margin is None else margin * size)


def _margin(steps: np.ndarray) -> float | None:
    """Half of the interval of 95% of their mean, by Student's t."""
    n = len(steps)
    if n < LEAST_MARGIN:
        return None
    return float(stats.t.ppf(0.975, n - 1) * np.std(steps, ddof=1) / math.sqrt(n))


def _judged(one: Item, apart: float | None, items: int, direction: Direction | None, metric: str | None) -> Item:
    p = None if one.p is None else min(1.0, one.p * items)
    along = apart is not None and one.effect is not None and one.effect * apart > 0
    found = one._replace(p=p, explains=along and p is not None and p <= P)
    sentence = _of_item(found, apart, direction, metric)
    if one.pairs and one.together:
        many = plural(one.together, "other thing")
        sentence += f" In all runs {many} changed with it, so which of them it was cannot be told."
    return found._replace(sentence=sentence)


def _with_going(
    one: Item, facts: Sequence[Mapping[_Key, str]], values: np.ndarray, metric: str | None, items: int
) -> Item:
    """Where too few pairs tell of a param: how the target goes with it over all runs."""
    if one.part != "param" or one.pairs >= LEAST or metric is None:
        return one
    found = going(one.a, one.b, [each.get((one.part, one.name)) for each in facts], values, metric, items)
    return one if found is None else one._replace(going=found.step, sentence=f"{found.sentence} {one.sentence}")


def _order(one: Item, apart: float | None) -> tuple[int, float, bool, int, str]:
    sure = one.p is not None and one.p <= P
    against = sure and apart is not None and not one.explains
    along = apart is not None and one.going * apart > 0
    against = against or (apart is not None and one.going * apart < 0)
    level = 0 if one.explains else 1 if along else 3 if against else 2
    size = abs(one.going) if along else abs(one.effect or 0.0) if one.p is not None else 0.0
    return level, -size, one.only in (None, "both"), *_shown((one.part, one.name))


def _only(one: Item, others: Sequence[Mapping[_Key, str]]) -> Only | None:
    """Whose value no other run has; None without other runs."""
    if not others:
        return None
    held = {each.get((one.part, one.name)) for each in others}
    lone = [side for side, text in (("a", one.a), ("b", one.b)) if text is not None and text not in held]
    return "both" if len(lone) > 1 else lone[0] if lone else None  # type: ignore[return-value]


def _of_item(one: Item, apart: float | None, direction: Direction | None, metric: str | None) -> str:
    if one.effect is None:
        return "No two other runs differ in this and in at most 2 other things, so nothing tells what it does."
    how = "just so" if one.exact else "in it the same way"
    others = "in nothing else" if one.alone == one.pairs else f"in at most {match.OTHERS} other things"
    if 0 < one.alone < one.pairs:
        others = f"{others} ({one.alone} of them in nothing else)"
    judged = ""
    if direction is not None and one.effect:
        judged = ", better" if (one.effect < 0) == (direction == "lower") else ", worse"
    average = "" if one.mean is None or one.margin is None else f", {signed(one.mean)} on average"
    found = (
        f"In {plural(one.pairs, 'pair')} of other runs that differ {how} and {others}, {metric} changes by "
        f"{signed(one.effect)} at the median{average}{judged}"
    )
    if one.p is None:
        return f"{found}; at least {LEAST} pairs are needed to tell that from chance."
    if one.p > P:
        return f"{found}; that is not told from chance (p = {one.p:.2g})."
    sure = "p < 0.001" if one.p < 0.001 else f"p = {one.p:.2g}"
    if apart is None or not apart:
        return f"{found} ({sure})."
    if not one.explains:
        return f"{found} ({sure}): the other way than between these two."
    return f"{found} ({sure}), of {signed(apart)} between these two."


def _alike(made: match.Table | None, values: np.ndarray) -> tuple[float | None, int]:
    pairs = match.alike(made) if made is not None else np.empty((0, 2), dtype=np.intp)
    if not len(pairs):
        return None, 0
    size = float(np.nanmax(np.abs(values))) or 1.0
    return float(np.median(np.abs(values[pairs[:, 1]] / size - values[pairs[:, 0]] / size))) * size, len(pairs)


def _sentence(
    items: Sequence[Item], apart: float | None, noise: float | None, pairs: int, same: int, metric: str | None
) -> str:
    if not items:
        return f"Nothing that is recorded differs between these two runs; {plural(same, 'thing')} are the same in both."
    count = plural(len(items), "thing")
    if metric is None:
        return f"They differ in {count}; they share no metric, so there is nothing to explain."
    if apart is None:
        return f"They differ in {count}; not both have a number as {metric}, so there is nothing to explain."
    if noise is not None and pairs >= LEAST and abs(apart) <= 2 * noise:
        chance = (
            f" Runs that differ in nothing recorded are {number(noise, 3)} apart at the median "
            f"({pairs} pairs): their difference may be chance."
        )
    elif noise is not None:
        of = plural(pairs, "pair")
        chance = f" Runs that differ in nothing recorded are {number(noise, 3)} apart at the median of {of}."
    else:
        chance = " No two runs are alike in all that is recorded, so how far chance alone puts them apart is not known."
    told = sum(each.explains for each in items)
    explained = (
        f"{told} of these the history shows to go the same way"
        if told
        else "the history shows for none of these that it goes the same way"
    )
    return (
        f"They differ in {count} and by {signed(apart)} in {metric}; {explained}. Two runs prove nothing by "
        f"themselves: what is not recorded may differ as well.{chance}"
    )
