"""Whether runs are a sweep: which params vary among them, which do not, which runs lack one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from mlflow_ext.sweep.parameter import Parameter, parameter

Reason = Literal["few", "none", "constant", "apart"]
LEAST_FOR_CORRELATION = 3
_NAMED = 3


class Sweep(NamedTuple):
    """Runs of which at least one param varies.

    ``varying``: params that at least two runs have with different values, by name; ``constant``: the value of each
    that all runs share; ``partial``: params with one value that only some runs have, and how many do.
    """

    runs: tuple[str, ...]
    varying: tuple[Parameter, ...]
    constant: dict[str, str]
    partial: dict[str, int]

    @property
    def lacking(self) -> dict[str, tuple[str, ...]]:
        """For each varying param that some runs lack, those runs."""
        return {
            one.name: tuple(run for run, text in zip(self.runs, one.texts, strict=True) if text is None)
            for one in self.varying
            if one.missing
        }


class NoSweep(NamedTuple):
    """Why runs are no sweep, in a word and in a sentence.

    ``common``: params that all of them have; ``held``: of params that vary among some of them, how many have each.
    """

    reason: Reason
    sentence: str
    common: tuple[str, ...]
    held: tuple[tuple[str, int], ...] = ()


def sweep(params: Mapping[str, Mapping[str, str]], only: frozenset[str] | None = None) -> Sweep | NoSweep:
    """What varies among runs; nothing where half of them or more lack each param that does.

    Args:
        params: run id to its params, as logged.
        only: names of the params to look at; None for all.
    """
    if len(params) < 2:
        return NoSweep("few", f"A sweep compares at least 2 runs; there is {len(params) or 'none'}.", ())
    names = sorted({name for mine in params.values() for name in mine if only is None or name in only})
    if not names and only is not None and any(params.values()):
        return NoSweep("none", f"None of these runs has a param named {_some(sorted(only))}.", ())
    if not names:
        return NoSweep("none", "None of these runs has a param. Log some with mlflow.log_params({...}).", ())
    found = [parameter(name, [mine.get(name) for mine in params.values()]) for name in names]
    common = tuple(one.name for one in found if not one.missing)
    varying = tuple(one for one in found if one.varies)
    if varying and all(2 * one.missing >= len(params) for one in varying):
        held = tuple((one.name, len(params) - one.missing) for one in sorted(varying, key=lambda one: one.missing))
        known = _some([f"{name} of {count}" for name, count in held])
        sentence = f"These {len(params)} runs have different params; of what varies is known: {known}."
        return NoSweep("apart", f"{sentence} Look at runs that share one.", common, held)
    if varying:
        constant = {one.name: one.texts[0] or "" for one in found if not one.varies and not one.missing}
        partial = {one.name: len(params) - one.missing for one in found if not one.varies and one.missing}
        return Sweep(tuple(params), varying, constant, partial)
    if len(common) < len(names):
        shared = f"what all of them have ({_some(common)}) is the same" if common else "none that all of them have"
        return NoSweep("apart", f"These runs have different params, and {shared}.", common)
    return NoSweep("constant", f"All {len(params)} runs have the same params: {_some(names)}.", common)


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
