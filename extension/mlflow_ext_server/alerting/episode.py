"""When a rule speaks: once for each episode of a run, however long it lasts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

CALM = 3
"""An episode ends after so many points in a row that do not meet the condition."""
MOST = 20
"""Episodes of one rule in one run that are told."""


class Points(NamedTuple):
    """Points of one metric of one run in the order of their times: arrays of one length.

    ``times``: ms since the epoch; ``values``: as logged, finite or not.
    """

    times: IntArray
    steps: IntArray
    values: FloatArray

    @classmethod
    def none(cls) -> Points:
        """No points."""
        empty = np.array([], dtype=np.int64)
        return cls(empty, empty, np.array([], dtype=np.float64))


class Moment(NamedTuple):
    """A run as it stands: ``last`` is when it logged anything; times in ms since the epoch."""

    status: str
    now: int
    started: int
    last: int | None = None


class Event(NamedTuple):
    """A rule speaks: in which episode of the run, counted from 1, why, and when that was, ms since the epoch."""

    episode: int
    text: str
    at: int


@dataclass(frozen=True)
class State:
    """What a rule remembers of a run between two looks; JSON holds it.

    Attributes:
        epoch: of the rule that it belongs to.
        at: time of the last point looked at, None before the first.
        step: its step.
        window: the last values that later ones are compared with.
        hits: points in a row that met the condition.
        calm: points in a row that did not.
        firing: whether an episode goes on.
        episode: episodes so far.
        best: the best value so far.
        best_at: when it was logged.
    """

    epoch: int = 0
    at: int | None = None
    step: int | None = None
    window: tuple[float, ...] = field(default=())
    hits: int = 0
    calm: int = 0
    firing: bool = False
    episode: int = 0
    best: float | None = None
    best_at: int | None = None

    def plain(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self)

    @classmethod
    def of(cls, plain: dict[str, Any]) -> State:
        """The inverse of ``plain``."""
        return cls(**{**plain, "window": tuple(plain["window"])})

    def began(self) -> State:
        """The same, with one more episode that goes on."""
        return replace(self, firing=True, episode=self.episode + 1, calm=0)

    def looked(self, points: Points) -> State:
        """The same, with these points looked at."""
        if not len(points.times):
            return self
        return replace(self, at=int(points.times[-1]), step=int(points.steps[-1]))


def spells(state: State, met: BoolArray, need: int = 1) -> tuple[list[tuple[int, int]], State]:
    """Go through points that do or do not meet a condition.

    Args:
        state: from before.
        met: one value per point.
        need: so many in a row begin an episode.

    Returns:
        Place and episode of each point that begins one, and the state after all of them.
    """
    begun = []
    for place in np.arange(len(met)) if state.firing or need > 1 else _near(met):
        if met[place]:
            state = replace(state, hits=state.hits + 1, calm=0)
            if state.hits >= need and not state.firing:
                state = state.began()
                begun.append((int(place), state.episode))
        else:
            calm = state.calm + 1
            state = replace(state, hits=0, calm=calm, firing=state.firing and calm < CALM)
    return begun, state


def _near(met: BoolArray) -> IntArray:
    """The places that matter while no episode goes on: those that are met, and a few after each."""
    near = met.copy()
    for shift in range(1, CALM + 1):
        near[shift:] |= met[:-shift]
    found: IntArray = np.flatnonzero(near)
    return found
