"""What to try next: configurations with what they are expected to give, and why; from runs alone, no store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.direction import Direction
from mlflow_ext.sweep import note
from mlflow_ext.sweep.command import flags, replaced
from mlflow_ext.sweep.forecast import LEAST, Forecast, Model, columns, coverage, model
from mlflow_ext.sweep.inference import inferred
from mlflow_ext.sweep.outcome import Outcome, Target, Told, order, told
from mlflow_ext.sweep.point import Point, inside, key, point, python, text, typed
from mlflow_ext.sweep.reason import Tried, near_best, nearest_best, untried
from mlflow_ext.sweep.sampler import History, proposed
from mlflow_ext.sweep.space import Space, edited

FloatArray = NDArray[np.float64]
Tag = Literal["Exploit", "Explore"]

MAX_SUGGESTIONS = 100
SEED = 20_261_122
"""Of all that is drawn, with the number of runs added: the same runs give the same answer, one more another."""
_GOOD = 0.25  # of the runs, the best


@dataclass(frozen=True)
class Suggestion:
    """A configuration to run.

    Attributes:
        params: by name; numbers, booleans, None and text as Python has them.
        forecasts: what each target is expected to be; empty below 5 runs with a value.
        tag: "Exploit" where the forecast is among the best quarter of what is forecast for the runs themselves and no
            value is untried; else "Explore".
        reason: why, in one sentence.
        python: the params as a dict of Python's, to paste.
        flags: the params as ``--name value``.
        command: the command of the best run with its params replaced; None where none is known.
    """

    params: dict[str, Any]
    forecasts: tuple[Forecast, ...]
    tag: Tag
    reason: str
    python: str
    flags: str
    command: str | None

    @property
    def expected(self) -> float | None:
        """What the first target is expected to be."""
        return self.forecasts[0].expected if self.forecasts else None

    @property
    def spread(self) -> float | None:
        """How far from it about 68 of 100 such runs lie at most."""
        return self.forecasts[0].spread if self.forecasts else None


@dataclass(frozen=True)
class Suggestions(Sequence[Suggestion]):
    """Configurations to run, and what they rest on.

    Attributes:
        items: the configurations.
        space: what they were chosen from; ``space.left_out`` are the params that have no part in it.
        coverage: for each target the share of runs, held out in turn, that lay within the spread; None below 10 runs.
        notes: sentences on runs that count for less, and on why there are fewer configurations than asked for.
    """

    items: tuple[Suggestion, ...]
    space: Space
    coverage: tuple[float | None, ...]
    notes: tuple[str, ...]

    def __str__(self) -> str:
        """A line per configuration, then the notes."""
        lines = [f"{one.tag:8}{_told(one)}{one.flags}   {one.reason}" for one in self.items]
        return "\n".join([*lines, *self.notes])

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Suggestion]:
        return iter(self.items)

    @overload
    def __getitem__(self, at: int) -> Suggestion: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Suggestion]: ...
    def __getitem__(self, at: int | slice) -> Suggestion | Sequence[Suggestion]:
        return self.items[at]


def suggestions(
    outcomes: Sequence[Outcome],
    targets: Sequence[Target],
    n: int = 1,
    space: Space | Mapping[str, Any] | None = None,
    *,
    tested: bool = True,
) -> Suggestions:
    """The next configurations.

    A finished run counts with its value; one whose value is NaN or infinite as the worst of the others; one that still
    runs keeps others away from its place; one that failed, was killed or lacks the metric has no say. None that has
    run, whatever became of it, is suggested again.

    Args:
        outcomes: the runs so far.
        targets: one at least; of several the front that none beats in all is sought.
        n: how many.
        space: what to choose from; a dict changes what the runs tell, as ``edited`` takes it.
        tested: whether to measure the coverage, which takes four times as long as all else.

    Raises:
        ValidationError: ``space`` is wrong; names the field at fault.
    """
    runs = sorted(outcomes, key=lambda one: one.run_id)
    found = told(runs, targets)
    best_first = order(found.values, targets)
    if not isinstance(space, Space):
        ranked = [found.measured[at].run_id for at in best_first]
        guess = inferred({one.run_id: one.params for one in runs}, ranked)
        space = guess if space is None else edited(guess, space)
    notes = [*note.on_runs(found, targets, len(runs)), *note.on_space(space)]
    if not space.varying:
        return Suggestions((), space, tuple(None for _ in targets), (note.no_choice(runs), *notes))
    points = [point(space, one.params) for one in found.measured]
    history = _history(space, points, found)
    if len(history.finished) < len(points):
        outside = note.counted(len(points) - len(history.finished))
        notes.append(f"{outside} outside the space: known to the forecast alone.")
    matrix = columns(space, points) if points else np.zeros((0, 1))
    models = [model(matrix, column) for column in found.values.T] if len(points) >= LEAST else []
    taken = {key(space, point(space, one.params)) for one in runs}
    ways = [target.way for target in targets]
    hope = _hope(space, models, ways) if models else None
    nothing = key(space, {})  # no configuration, though each param may be left out
    chosen = proposed(space, history, ways, n, taken | {nothing}, seed=SEED + len(runs), hope=hope)
    if len(chosen) < n:
        notes.append(note.exhausted(len(chosen), len(taken)))
    others = [point(space, one.params) for one in runs if one not in found.measured]
    tried = Tried([points[at] for at in best_first], others)
    base = found.measured[best_first[0]] if best_first else None
    items = _items(space, chosen, targets, models, tried, base)
    held = tuple(coverage(matrix, column) if models and tested else None for column in found.values.T)
    return Suggestions(items, space, held, tuple(notes))


def _history(space: Space, points: Sequence[Point], found: Told) -> History:
    """What has run or runs within the space."""
    within = [at for at, here in enumerate(points) if inside(space, here)]
    pending = [here for one in found.pending if inside(space, here := point(space, one.params))]
    return History([points[at] for at in within], found.values[within], pending)


def _hope(space: Space, models: Sequence[Model], ways: Sequence[Direction]) -> Any:
    """How good configurations may be: the expected value a spread to the good side, over targets in runs' spreads."""

    def hope(points: Sequence[Point]) -> FloatArray:
        total = np.zeros(len(points))
        for one, way in zip(models, ways, strict=True):
            expected, spread = one.forecast(columns(space, points))
            size = float(np.std(one.left_out)) or 1.0
            total += ((-expected if way == "lower" else expected) + spread) / size
        return total

    return hope


def _items(
    space: Space,
    chosen: Sequence[Point],
    targets: Sequence[Target],
    models: Sequence[Model],
    tried: Tried,
    base: Outcome | None,
) -> tuple[Suggestion, ...]:
    if not chosen:
        return ()
    matrix = columns(space, chosen)
    said = [one.forecast(matrix) for one in models]
    ways = [target.way for target in targets]
    promising = _promising([expected for expected, _ in said], models, ways) if models else [False] * len(chosen)
    made = []
    for at, here in enumerate(chosen):
        new = untried(space, here, tried)
        near = near_best(space, here, tried)
        exploit = bool(promising[at]) and new is None
        reason = (near or nearest_best(space, here, tried)) if exploit else (new or _unsure(space, here, tried, models))
        typed_params = {name: typed(space.params[name], value) for name, value in here.items()}
        texts = {name: text(space.params[name], value) for name, value in here.items()}
        command = replaced(base.command, base.params, texts) if base is not None and base.command else None
        forecasts = tuple(
            Forecast(target.metric, float(expected[at]), float(spread[at]))
            for target, (expected, spread) in (zip(targets, said, strict=True) if models else ())
        )
        tag: Tag = "Exploit" if exploit else "Explore"
        made.append(Suggestion(typed_params, forecasts, tag, reason, python(typed_params), flags(texts), command))
    return tuple(made)


def _promising(expected: Sequence[FloatArray], models: Sequence[Model], ways: Sequence[Direction]) -> NDArray[np.bool_]:
    """Whether some target is forecast among the best quarter of what is forecast for the runs themselves."""
    good = []
    for said, one, way in zip(expected, models, ways, strict=True):
        edge = float(np.quantile(one.left_out, _GOOD if way == "lower" else 1 - _GOOD))
        good.append(said <= edge if way == "lower" else said >= edge)
    found: NDArray[np.bool_] = np.any(good, axis=0)
    return found


def _unsure(space: Space, here: Point, tried: Tried, models: Sequence[Model]) -> str:
    if not tried.all:
        return "No run to go by yet: spread evenly."
    if not models:
        count = len(tried.best_first)
        few = f"{note.counted(count)} with a value {'is' if count == 1 else 'are'} too few to go by"
        return f"Far from what has run: {few}."
    near = near_best(space, here, tried) or nearest_best(space, here, tried)
    return f"{near.removesuffix('.')}, where the forecast promises nothing better."


def _told(one: Suggestion) -> str:
    return "".join(f"{each.expected:.4g} ± {each.spread:.2g}  " for each in one.forecasts if each.expected is not None)
