"""Runs of the history that differ in one thing and in few others."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.sweep import Parameter, number, parameter
from mlflow_ext_server.analysis.association import scaled

MOST_RUNS = 1000
OTHERS = 2
"""Other things in which a matched pair may differ."""
NEAR = 0.05
"""Of the range of a number: values nearer than this are taken for alike."""
_OWN = 0.9
_NONE = 1e6
Pairs = NDArray[np.intp]
Codes = NDArray[np.float64]
Counts = NDArray[np.uint16]


class Table(NamedTuple):
    """Items over n runs.

    ``codes``: of each item the runs' values as numbers, shape (n,): nearer than ``near`` is alike; those of names are
    whole numbers, NaN stands for none. ``apart``, shape (n, n): in how many items two runs differ, those that always
    change together counted as one, and those left out that nearly every run has its own value of, such as a name or a
    seed: ``own``. ``bundle``: of each item the first one with which it always changes.
    """

    names: tuple[str, ...]
    codes: tuple[Codes, ...]
    near: tuple[float, ...]
    apart: Counts
    own: frozenset[str]
    bundle: tuple[str, ...]


def table(facts: Sequence[Mapping[str, str]], names: Sequence[str], numbers: Container[str]) -> Table:
    """In what the runs differ, of these names.

    Args:
        facts: of each run.
        names: of the items.
        numbers: items whose texts may be numbers, so that 1e-3 is 0.001; of others, such as versions, 2.10 is not 2.1.
    """
    n = len(facts)
    codes, near, bundle = [], [], []
    own: set[str] = set()
    first: dict[bytes, str] = {}
    apart = np.zeros((n, n), dtype=np.uint16)
    for name in names:
        texts = [each.get(name) for each in facts]
        one = parameter(name, texts) if name in numbers else None
        code, tolerance = _coded(one) if one else _named(texts)
        codes.append(code)
        near.append(tolerance)
        leader = first.setdefault(_partition(code), name)
        bundle.append(leader)
        if _is_own(code, n, measured=one is not None and one.numeric and not one.whole):
            own.add(name)
        elif leader == name and not _constant(code):
            apart += differ(code, tolerance)
    return Table(tuple(names), tuple(codes), tuple(near), apart, frozenset(own), tuple(bundle))


def _partition(code: Codes) -> bytes:
    """Equal for items that split the runs alike, whatever their values are."""
    _, at, place = np.unique(code, return_index=True, return_inverse=True, equal_nan=True)
    return at[place].astype(np.int32).tobytes()


def _constant(code: Codes) -> bool:
    return bool(np.isnan(code).all() or np.all(code == code[0]))


def _is_own(code: Codes, n: int, *, measured: bool) -> bool:
    return not measured and len(np.unique(code[~np.isnan(code)])) > max(3, _OWN * n)


def differ(one: Codes, near: float) -> NDArray[np.bool_]:
    """Whether each of the values differs from each; none and none are alike, shape (n, n)."""
    held = np.where(np.isnan(one), _NONE, one).astype(np.float32)
    found: NDArray[np.bool_] = np.abs(held[:, None] - held[None, :]) > near
    return found


def _coded(one: Parameter) -> tuple[Codes, float]:
    """Numbers on their scale from 0 to 1; names, and numbers among which some state none, as whole numbers."""
    if one.numeric and not one.blank:
        values = scaled(one) / 2
        low, high = np.nanmin(values), np.nanmax(values)
        placed = (values - low) / (high - low) if high > low else np.where(np.isnan(values), np.nan, 0.0)
        return placed, NEAR
    return _named([None if text is None else _plain(text) for text in one.texts])


def _named(texts: Sequence[str | None]) -> tuple[Codes, float]:
    place = {text: float(i) for i, text in enumerate(sorted({text for text in texts if text is not None}))}
    return np.array([np.nan if text is None else place[text] for text in texts]), 0.5


def _plain(text: str) -> str:
    value = number(text)
    return text if value is None else repr(value)


def matched(made: Table, item: int, at: tuple[float, float]) -> tuple[Pairs, bool]:
    """Pairs of runs, the first as ``at[0]``, the second as ``at[1]`` in an item, that differ in few others.

    Each run stands in one pair at most; those with the fewest other differences are taken first. Where no such values
    are in the history and the item is a number, pairs that differ in it the same way count.

    Returns:
        Indices, shape (m, 2), and whether the values are those asked for.
    """
    code, near = made.codes[item], made.near[item]
    first, second = _like(code, at[0], near), _like(code, at[1], near)
    most = OTHERS + (made.names[item] not in made.own)
    if abs(at[1] - at[0]) <= near:
        return np.empty((0, 2), dtype=np.intp), True
    found = _greedy(first[:, None] & second[None, :] & differ(code, near), made, most)
    if len(found) or near >= 0.5 or np.isnan(at).any():
        return found, True
    way = np.sign(at[1] - at[0])
    return _greedy((code[None, :] - code[:, None]) * way > near, made, most), False


def alike(made: Table) -> Pairs:
    """Pairs of runs that differ in nothing that counts; each run in one at most, shape (m, 2)."""
    return _greedy(np.triu(np.ones_like(made.apart, dtype=bool), 1), made, 0)


def _like(code: Codes, value: float, near: float) -> NDArray[np.bool_]:
    return np.isnan(code) if np.isnan(value) else np.abs(code - value) <= near


def _greedy(wanted: NDArray[np.bool_], made: Table, most: int) -> Pairs:
    taken = np.zeros(len(wanted), dtype=bool)
    kept = []
    for level in range(most + 1):
        mask = wanted & (made.apart == level)
        for i in np.flatnonzero(mask.any(axis=1)).tolist():
            free = np.flatnonzero(mask[i] & ~taken)
            if len(free) and not taken[i]:
                taken[i] = taken[free[0]] = True
                kept.append((i, int(free[0])))
    return np.array(kept, dtype=np.intp).reshape(-1, 2)
