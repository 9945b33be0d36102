"""Which runs are the same but for their seed."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence

_SEED = re.compile(
    r"(^|.*[./])(random|rng|np|numpy|torch|tf|global|manual|train|training|data|model|init|split)?[_-]?seed([_-]?value)?$"
    r"|(^|.*[./])random[_-]?state$",
    re.IGNORECASE,
)
_MARKS = re.compile(r"([-_. /]+)")
_SEED_WORD = re.compile(r"(s|seed|rs)$", re.IGNORECASE)


def seed_params(names: Iterable[str], chosen: str = "") -> frozenset[str]:
    """Those params that tell seeds apart: the one chosen, else all whose name says so."""
    if chosen:
        return frozenset({chosen})
    return frozenset(name for name in names if _SEED.match(name))


def plain(value: str) -> Hashable:
    """A param's value so that 1e-3 and 0.001 are the same."""
    try:
        found = float(value)
    except ValueError:
        return value
    return found if math.isfinite(found) else value


def seed_groups(params: Mapping[str, Mapping[str, str]], seeds: Collection[str]) -> list[list[str]]:
    """Runs that are equal in all params but the seeds, in the order of their first run.

    Args:
        params: run id to its params.
        seeds: names of the params to pass over.
    """
    found: dict[Hashable, list[str]] = {}
    for run, mine in params.items():
        key = frozenset((name, plain(value)) for name, value in mine.items() if name not in seeds)
        found.setdefault(key, []).append(run)
    return list(found.values())


def group_names(groups: Sequence[Sequence[str]], params: Sequence[Mapping[str, str]]) -> list[str]:
    """What to call each group: the words its runs' names begin with, else the params by which the groups differ.

    Args:
        groups: the names of each group's runs.
        params: the params of each group, seeds left out.
    """
    names = [_shared(group) for group in groups]
    twice = {name for name, count in Counter(names).items() if count > 1}
    differing = [
        name
        for name in dict.fromkeys(name for one in params for name in one)
        if len({plain(one[name]) if name in one else None for one in params}) > 1
    ]
    labels = []
    for place, (name, mine) in enumerate(zip(names, params, strict=True)):
        if name and name not in twice:
            labels.append(name)
            continue
        told = ", ".join(f"{key}={mine[key]}" for key in differing if key in mine)
        labels.append(" · ".join(part for part in (name, told) if part) or f"Group {place + 1}")
    return labels


def _shared(names: Sequence[str]) -> str:
    """The words with which all names begin, without a mark, or a word such as "seed", at their end."""
    split = [_MARKS.split(name) for name in names]
    if len(names) == 1:
        return names[0]
    words: list[str] = []
    for column in zip(*split, strict=False):
        if len(set(column)) > 1:
            break
        words.append(column[0])
    while len(words) > 1 and (_MARKS.fullmatch(words[-1]) or not words[-1] or _SEED_WORD.fullmatch(words[-1])):
        words.pop()
    return "".join(words)
