"""The next configurations: by optuna's TPE over the runs so far, at first far from what has run.

optuna is imported on use: a script that logs needs none.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.direction import Direction
from mlflow_ext.sweep.point import Key, Point, Value, active, configurations, distance, fixed, key
from mlflow_ext.sweep.space import Dimension, Space

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial, Trial

FloatArray = NDArray[np.float64]

START = 5
"""From so many runs with a value on TPE says what is next."""
_DRAWN = 64  # places of which the farthest is taken
_TRIES = 20
_LISTED = 4_096  # a space of more configurations is not listed
_GOOD, _LEAST_GOOD, _MOST_GOOD = 0.2, 3, 25  # of the runs


_DIRECTIONS: dict[Direction, Literal["minimize", "maximize"]] = {"lower": "minimize", "higher": "maximize"}


class History(NamedTuple):
    """What has run, within the space: configurations with their values, shape (n, targets), and those without yet."""

    finished: Sequence[Point]
    values: FloatArray
    pending: Sequence[Point]


def proposed(
    space: Space,
    history: History,
    ways: Sequence[Direction],
    n: int,
    taken: set[Key],
    *,
    seed: int,
    hope: Callable[[Sequence[Point]], FloatArray] | None = None,
) -> list[Point]:
    """The next configurations, none twice; fewer than n where the space has no more.

    Args:
        space: at least one param varies.
        history: the runs so far.
        ways: which values of each target are good.
        n: how many.
        taken: configurations that have run, and need not again.
        seed: of all that is drawn.
        hope: how good configurations may be, the higher the better; chooses where TPE has nothing new.
    """
    rng = np.random.default_rng(seed)
    known = [*history.finished, *history.pending]
    taken = set(taken)
    found: list[Point] = []
    with _quiet():
        study = _study(space, history, ways, seed) if len(history.finished) >= START else None
        while len(found) < n:
            new = _asked(study, space, taken) if study is not None else None
            if new is None:
                new = _unseen(space, taken, [*known, *found], rng, hope if study is not None else None)
            if new is None:
                break
            taken.add(key(space, new))
            found.append(new)
    return found


@contextmanager
def _quiet() -> Iterator[None]:
    """Without optuna's word on each study, its warning of what it calls experimental, and what it deprecates."""
    import optuna

    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        optuna.logging.set_verbosity(level)


def _study(space: Space, history: History, ways: Sequence[Direction], seed: int) -> Study:
    """Runs as finished trials, those that still run as running ones, from which the constant liar keeps away."""
    import optuna

    conditional = any(one.when is not None or len(_states(one)) > 1 for one in space.varying.values())
    sampler = optuna.samplers.TPESampler(
        n_startup_trials=0,
        multivariate=True,
        group=conditional,
        constant_liar=True,
        gamma=_good,
        seed=seed,
    )
    directions = [_DIRECTIONS[way] for way in ways]
    study = optuna.create_study(directions=directions, sampler=sampler)
    finished = zip(history.finished, history.values.tolist(), strict=True)
    study.add_trials([_trial(space, here, values) for here, values in finished])
    study.add_trials([_trial(space, here, None) for here in history.pending])
    return study


def _good(runs: int) -> int:
    """How many of the runs TPE takes for good ones.

    Twice its own tenth, and three at least: of 8 to 30 runs a tenth is one to three, and the search stays with them.
    """
    return min(_MOST_GOOD, max(_LEAST_GOOD, math.ceil(_GOOD * runs)))


def _trial(space: Space, here: Point, values: list[float] | None) -> FrozenTrial:
    import optuna

    params: dict[str, Any] = {}
    ranges: dict[str, Any] = {}
    for name, one in space.varying.items():
        if not active(one, here):
            continue
        state = "absent" if name not in here else "none" if here[name] is None else "stated"
        if len(_states(one)) > 1:
            params[f"state {name}"], ranges[f"state {name}"] = state, _choice(_states(one))
        if state == "stated":
            value = here[name]
            numeric = isinstance(value, float)
            params[f"value {name}"] = min(max(one.unit(value), 0.0), 1.0) if isinstance(value, float) else value
            ranges[f"value {name}"] = optuna.distributions.FloatDistribution(0, 1) if numeric else _choice(one.choices)
    became = optuna.trial.TrialState.RUNNING if values is None else optuna.trial.TrialState.COMPLETE
    return optuna.trial.create_trial(state=became, values=values, params=params, distributions=ranges)


def _choice(choices: Sequence[str]) -> Any:
    import optuna

    return optuna.distributions.CategoricalDistribution(choices)


def _states(one: Dimension) -> tuple[str, ...]:
    """What may become of a param where it has a part."""
    return ("stated", *(["none"] if one.none is not None else []), *(["absent"] if one.optional else []))


def _asked(study: Study, space: Space, taken: set[Key]) -> Point | None:
    """TPE's next that is not taken; None when it comes back to the same ones."""
    import optuna

    for _ in range(_TRIES):
        trial = study.ask()
        found = _suggested(trial, space)
        if key(space, found) not in taken:
            return found
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
    return None


def _suggested(trial: Trial, space: Space) -> Point:
    found = fixed(space)
    for name, one in sorted(space.varying.items(), key=lambda item: item[1].when is not None):
        if not active(one, found):
            continue
        states = _states(one)
        state = trial.suggest_categorical(f"state {name}", states) if len(states) > 1 else "stated"
        if state == "none":
            found[name] = None
        elif state == "stated" and one.kind == "number":
            found[name] = float(one.at(trial.suggest_float(f"value {name}", 0, 1)))
        elif state == "stated":
            found[name] = trial.suggest_categorical(f"value {name}", one.choices)
    return _without_inactive(space, found)


def _without_inactive(space: Space, found: dict[str, Value]) -> Point:
    return {name: found[name] for name, one in space.params.items() if name in found and active(one, found)}


def drawn(space: Space, rng: np.random.Generator) -> Point:
    """A configuration by chance alone."""
    found = fixed(space)
    for name, one in sorted(space.varying.items(), key=lambda item: item[1].when is not None):
        if not active(one, found):
            continue
        state = _states(one)[int(rng.integers(len(_states(one))))]
        if state == "none":
            found[name] = None
        elif state == "stated":
            numeric = one.kind == "number"
            found[name] = float(one.at(rng.uniform())) if numeric else one.choices[int(rng.integers(len(one.choices)))]
    return _without_inactive(space, found)


def _unseen(
    space: Space,
    taken: set[Key],
    known: Sequence[Point],
    rng: np.random.Generator,
    hope: Callable[[Sequence[Point]], FloatArray] | None,
) -> Point | None:
    """Of configurations by chance that are not taken the most hopeful, or else the farthest from all that is known."""
    chance = [drawn(space, rng) for _ in range(_DRAWN)]
    new = [one for one in chance if key(space, one) not in taken]
    if not new:
        new = [one for one in configurations(space, _LISTED) if key(space, one) not in taken]
    if not new:
        return None
    if hope is not None:
        return new[int(np.argmax(hope(new)))]
    return max(new, key=lambda one: min((distance(space, one, other) for other in known), default=0.0))
