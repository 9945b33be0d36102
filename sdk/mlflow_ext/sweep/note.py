"""Sentences on what suggestions rest on."""

from __future__ import annotations

from collections.abc import Sequence

from mlflow_ext.sweep.forecast import LEAST
from mlflow_ext.sweep.outcome import Outcome, Target, Told
from mlflow_ext.sweep.space import Space


def on_runs(told: Told, targets: Sequence[Target], runs: int) -> list[str]:
    """On runs that count for less or not at all."""
    names = " and ".join(target.metric for target in targets)
    notes = []
    if not told.measured:
        notes.append(f"None of {counted(runs)} has finished with a value of {names}: nothing is forecast.")
        return notes
    if told.diverged:
        notes.append(f"{counted(told.diverged)} whose {names} is NaN or infinite: counted as the worst of the others.")
    if told.unused:
        notes.append(f"{counted(told.unused)} failed, killed or without {names}: passed over, and not suggested again.")
    if told.pending:
        notes.append(f"{counted(len(told.pending))} still going: others keep away from there.")
    if len(told.measured) < LEAST:
        notes.append(f"{counted(len(told.measured))} with a value: a forecast takes {LEAST}.")
    return notes


def on_space(space: Space) -> list[str]:
    """On the first params that have no part in it."""
    return [f"{name} is left out: {why}." for name, why in list(space.left_out.items())[:5]]


def no_choice(runs: Sequence[Outcome]) -> str:
    """On a space in which nothing varies."""
    example = 'space={"lr": {"kind": "number", "low": 1e-5, "high": 0.1, "log": True}}'
    if not any(one.params for one in runs):
        return f"None of these runs has a param: nothing to choose from. Give {example}."
    return (
        f"No param differs among {counted(len(runs))}: nothing to choose from. Give what may change, such as {example}."
    )


def exhausted(found: int, tried: int) -> str:
    """On a space that has no more configurations."""
    more = "no other" if not found else f"only {found} more"
    return f"{counted(tried)} have tried this space: there is {more} configuration in it. Widen it for more."


def counted(runs: int) -> str:
    """1 run, 2 runs."""
    return "1 run" if runs == 1 else f"{runs:,} runs"
