"""What is on screen: which experiment, which runs, in which colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlflow_ext_ui.source import DataSource, Experiment, Plot, Principal, Run
from mlflow_ext_ui.state import ViewState

SLOTS = 20
FIRST_RUNS = 5
_LOOK_AT = 25
_ALL_EXPERIMENTS = 10_000


@dataclass(frozen=True, slots=True)
class Screen:
    """What an address means for one person.

    ``experiment`` is None when there is none to show. ``missing`` counts runs that the address names and the source
    does not give: deleted, or not readable.
    """

    state: ViewState
    experiment: Experiment | None
    runs: tuple[Run, ...]
    missing: int = 0


def slots(stored: Mapping[str, int]) -> dict[str, int]:
    """The colour slot of each run on screen, by run id.

    Args:
        stored: run id to its stored slot, in the order in which the runs came on screen.

    Returns:
        Up to 20 runs: all different; the earlier run keeps its slot, a later one that collides takes the next free one.
        More: the stored slots.
    """
    if len(stored) > SLOTS:
        return {run: slot % SLOTS for run, slot in stored.items()}
    taken: dict[int, str] = {}
    for run, slot in stored.items():
        taken.setdefault(slot % SLOTS, run)
    result = {run: slot for slot, run in taken.items()}
    for run, slot in stored.items():
        if run not in result:
            free = next(s for s in ((slot + i) % SLOTS for i in range(SLOTS)) if s not in taken)
            taken[free] = run
            result[run] = free
    return {run: result[run] for run in stored}


def screen(source: DataSource, principal: Principal, state: ViewState) -> Screen:
    """Resolve an address: unless it says which, the newest experiment with runs and its latest runs with plots."""
    named = source.runs_by_id(principal, state.runs) if state.runs else ()
    experiment = _experiment(source, principal, state, named)
    if state.runs is None:
        named = first_runs(source, principal, experiment.id) if experiment and experiment.runs else ()
    missing = len(state.runs or ()) - len(named) if state.runs else 0
    settled = state.model_copy(
        update={
            "experiment": experiment.id if experiment else state.experiment,
            "runs": state.runs if state.runs is not None or not named else tuple(run.id for run in named),
        }
    )
    return Screen(settled, experiment, named, missing)


def first_runs(
    source: DataSource, principal: Principal, experiment_id: str, count: int = FIRST_RUNS
) -> tuple[Run, ...]:
    """The latest runs of an experiment that hold a plot; the latest at all when none of the latest 25 does."""
    latest = source.runs(principal, experiment_id, limit=_LOOK_AT).runs
    held = _holders(source.plots(principal, [run.id for run in latest])) if latest else set()
    return tuple(run for run in latest if run.id in held)[:count] or latest[:count]


def _holders(plots: Sequence[Plot]) -> set[str]:
    return {run for plot in plots for run in plot.run_ids}


def _experiment(source: DataSource, principal: Principal, state: ViewState, named: Sequence[Run]) -> Experiment | None:
    wanted = state.experiment or (named[0].experiment_id if named else None)
    first = source.experiments(principal)
    if wanted is None:
        return next((one for one in first if one.runs), first[0] if first else None)
    found = next((one for one in first if one.id == wanted), None)
    if found is None and len(first) >= 200:
        every = source.experiments(principal, limit=_ALL_EXPERIMENTS)
        found = next((one for one in every if one.id == wanted), None)
    return found
