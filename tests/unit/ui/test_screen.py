"""Which experiment and runs an address means, and their colours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.screen import SLOTS, first_runs, screen, slots
from mlflow_ext_ui.source import Principal
from mlflow_ext_ui.state import ViewState

ME = Principal()


@given(st.lists(st.integers(0, 19), max_size=SLOTS))
def test_up_to_twenty_runs_never_share_a_colour_and_the_first_keeps_its_own(stored: list[int]):
    runs = {f"run{i}": slot for i, slot in enumerate(stored)}
    found = slots(runs)
    assert list(found) == list(runs)
    assert len(set(found.values())) == len(runs)
    first = {slot: run for run, slot in reversed(runs.items())}
    assert all(found[run] == slot for slot, run in first.items())


def test_a_run_that_collides_takes_the_next_free_colour():
    assert slots({"a": 3, "b": 3, "c": 4}) == {"a": 3, "b": 5, "c": 4}
    assert slots({"a": 19, "b": 19}) == {"a": 19, "b": 0}


def test_a_run_added_later_changes_no_colour_of_those_that_kept_their_slot():
    before = slots({"a": 1, "b": 2})
    after = slots({"a": 1, "b": 2, "c": 2})
    assert {run: after[run] for run in before} == before


def test_more_than_twenty_runs_wear_their_stored_colours():
    stored = {f"run{i}": i % 7 for i in range(SLOTS + 1)}
    assert slots(stored) == stored


@pytest.fixture
def source() -> MemorySource:
    found = MemorySource()
    found.add_experiment("empty")
    old, new = found.add_experiment("old"), found.add_experiment("new")
    found.line(found.add_run(old, "o", run_id="o", start=1), "loss", [1], [1])
    for number in range(8):
        run = found.add_run(new, f"n{number}", run_id=f"n{number}", start=10 + number)
        if number != 6:
            found.line(run, "loss", [1], [1])
    return found


def test_the_first_visit_shows_the_newest_experiment_and_its_latest_runs_with_plots(source: MemorySource):
    now = screen(source, ME, ViewState())
    assert now.experiment is not None
    assert now.experiment.name == "new"
    assert [run.id for run in now.runs] == ["n7", "n5", "n4", "n3", "n2"]
    assert now.state.runs == ("n7", "n5", "n4", "n3", "n2")


def test_runs_without_any_plot_are_shown_rather_than_none(source: MemorySource):
    bare = source.add_experiment("bare")
    source.add_run(bare, "x", run_id="x", start=99)
    assert [run.id for run in first_runs(source, ME, bare)] == ["x"]


def test_named_runs_bring_their_experiment_and_those_gone_are_counted(source: MemorySource):
    now = screen(source, ME, ViewState(runs=("o", "gone")))
    assert now.experiment is not None
    assert (now.experiment.name, [run.id for run in now.runs], now.missing) == ("old", ["o"], 1)


def test_an_experiment_without_runs_stays_open_for_the_first_one(source: MemorySource):
    now = screen(source, ME, ViewState(experiment="1"))
    assert (now.runs, now.state.runs) == ((), None)


def test_nothing_on_screen_stays_nothing(source: MemorySource):
    assert screen(source, ME, ViewState(experiment="3", runs=())).runs == ()


def test_an_unknown_experiment_is_none(source: MemorySource):
    assert screen(source, ME, ViewState(experiment="77")).experiment is None
