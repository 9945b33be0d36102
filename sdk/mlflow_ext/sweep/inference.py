"""The space that runs have tried, read from their params."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.sweep.parameter import Parameter, number, parameter
from mlflow_ext.sweep.seed import seed_params
from mlflow_ext.sweep.space import MAX_PARAMS, Dimension, Space, When

OWN_VALUES = 8
"""From so many runs on, a category with a value of its own in each (a path, a name) is no choice."""
EDGE = 0.1
WIDER = 0.25
_BEST = 3
_LEAST_STEPS = 3


def inferred(params: Mapping[str, Mapping[str, str]], best: Sequence[str] = ()) -> Space:
    """The space that runs have tried.

    A number reaches from its least to its greatest value. Where the best run, or two of the best three, stand in the
    outer tenth of that, it reaches a quarter of its range (on its scale) further: never to 0 or below where all are
    above, never from the range 0 to 1 out of it, at most half the way to such an end. Powers of two stay those that
    were tried. Params that all runs share are
    fixed. A param that some runs lack hangs on the category or boolean that says which, where there is one.

    Args:
        params: run id to its params, as logged.
        best: ids of the best runs, the best first; where they stand widens the space.
    """
    names = sorted({name for mine in params.values() for name in mine})
    left_out = {name: "it sets the seed, any will do" for name in sorted(seed_params(names))}
    found = [parameter(name, [mine.get(name) for mine in params.values()]) for name in names if name not in left_out]
    top = [place for run in best[:_BEST] for place, known in enumerate(params) if known == run]
    parents = [one for one in found if one.kind in ("category", "boolean") and one.varies and not one.missing]
    made: dict[str, Dimension] = {}
    for one in found:
        if why := _no_choice(one):
            left_out[one.name] = why
        elif len(made) == MAX_PARAMS:
            left_out[one.name] = f"beyond the first {MAX_PARAMS:,} params"
        else:
            made[one.name] = _dimension(one, top, [parent for parent in parents if not _no_choice(parent)])
    return Space(params=made, left_out=left_out)


def _no_choice(one: Parameter) -> str:
    """Why a param has no part in a space, or nothing."""
    runs = len(one.texts)
    if one.kind == "category" and one.varies and runs >= OWN_VALUES and one.distinct == runs - one.missing > 1:
        return "a value of its own in each run"
    if not one.varies and one.missing * 2 > runs:
        return f"only {runs - one.missing} of {runs} runs have it"
    return ""


def _dimension(one: Parameter, top: Sequence[int], parents: Sequence[Parameter]) -> Dimension:
    texts = Counter(text for text in one.texts if text is not None)
    kind = "number" if one.kind == "log" else one.kind
    when = _when(one, parents) if one.missing else None
    optional = bool(one.missing) and when is None and one.varies
    if not one.varies:
        return Dimension(
            kind=kind, choices=one.levels if one.kind == "boolean" else (), fixed=_commonest(texts), when=when
        )
    if not one.numeric:
        choices = tuple(sorted(one.levels)) if one.kind == "category" else one.levels
        return Dimension(kind=kind, choices=choices, optional=optional, when=when)
    none = _commonest(Counter({text: count for text, count in texts.items() if number(text) is None}))
    held = np.unique(one.numbers[np.isfinite(one.numbers)])
    if len(held) == 1:  # that number or none
        return Dimension(kind="category", choices=tuple(sorted(texts)), optional=optional, when=when)
    if _powers_of_two(one, held):
        spelt = sorted((text for text in texts if number(text) is not None), key=lambda text: number(text) or 0.0)
        choices = (*spelt, *([none] if none is not None else []))
        return Dimension(kind="category", choices=choices, optional=optional, when=when)
    low, high = _widened(one, float(held[0]), float(held[-1]), top)
    log = one.kind == "log"
    return Dimension(
        kind="number", low=low, high=high, log=log, whole=one.whole, none=none, optional=optional, when=when
    )


def _powers_of_two(one: Parameter, held: NDArray[np.float64]) -> bool:
    """Whether somebody chose among powers of two, such as 16, 32, 64: each written in one way, and tried twice."""
    written = {text for text in one.texts if text is not None and number(text) is not None}
    steps = one.whole and len(held) == len(written) >= _LEAST_STEPS and held[0] >= 1
    often = sum(text in written for text in one.texts) >= 2 * len(held)
    return bool(steps and often and np.all(np.log2(held) % 1 == 0))


def _commonest(texts: Counter[str]) -> str | None:
    return min(texts, key=lambda text: (-texts[text], text)) if texts else None


def _when(one: Parameter, parents: Sequence[Parameter]) -> When | None:
    """The param whose value says whether this one is there, without exception; of several that with fewest levels."""
    there = np.array([text is not None for text in one.texts])
    for parent in sorted(parents, key=lambda parent: (parent.distinct, parent.name)):
        if parent.name == one.name or parent.distinct == len(one.texts):
            continue
        texts = _texts(parent)
        having = {texts[at] for at in np.flatnonzero(there)}
        lacking = {texts[at] for at in np.flatnonzero(~there)}
        if not having & lacking:
            return When(param=parent.name, values=tuple(sorted(having)))
    return None


def _texts(one: Parameter) -> list[str]:
    """As the space spells them."""
    if one.kind == "boolean":
        return [one.levels[int(value)] for value in one.numbers]
    return [text or "" for text in one.texts]


def _widened(one: Parameter, low: float, high: float, top: Sequence[int]) -> tuple[float, float]:
    if not np.isfinite(high - low):  # no float holds their distance
        return low / 4, high / 4
    plain = Dimension(kind="number", low=low, high=high, log=one.kind == "log")
    places = [plain.unit(float(one.numbers[at])) for at in top if np.isfinite(one.numbers[at])]
    below, above = low, high
    if _at_edge(places, lambda place: place < EDGE):
        below = low * (low / high) ** WIDER if plain.log else low - WIDER * (high - low)
        if low >= 0:
            below = max(below, low / 2)
        if one.whole and low >= 1:
            below = max(below, 1.0)
    if _at_edge(places, lambda place: place > 1 - EDGE):
        above = high * (high / low) ** WIDER if plain.log else high + WIDER * (high - low)
        if not one.whole and low >= 0 and high <= 1:
            above = min(above, (1 + high) / 2)
    if not np.isfinite(above - below):
        return low, high
    if one.whole:
        return float(np.floor(below)), float(np.ceil(above))
    tidy = [float(f"{bound:.3g}") for bound in (below, above)]
    if above < 1 <= tidy[1]:
        tidy[1] = above  # 0.9995 must not become the 1 that no share may reach
    return min(tidy[0], low) if below < low else low, max(tidy[1], high) if above > high else high


def _at_edge(places: Sequence[float], within: Callable[[float], bool]) -> bool:
    return bool(places) and (within(places[0]) or sum(map(within, places)) >= 2)
