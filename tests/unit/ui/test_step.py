"""Which step to show, which to keep, and what an address may say of them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlflow_ext_ui.state import ViewState
from mlflow_ext_ui.step import MOST_SAID, nearest, said_over, said_steps, thinned, union

INT64 = st.integers(-(2**63), 2**63 - 1)


@settings(deadline=None)
@given(st.lists(INT64, min_size=1, unique=True).map(sorted), INT64)
def test_the_nearest_step_is_the_greatest_at_or_below_or_the_first(steps: list[int], at: int) -> None:
    below = [step for step in steps if step <= at]
    assert steps[nearest(steps, at)] == (max(below) if below else steps[0])


@settings(deadline=None)
@given(st.integers(0, 20_000), st.integers(2, 200))
def test_thinned_steps_keep_the_first_and_the_last_at_like_distances(count: int, most: int) -> None:
    kept = thinned(count, most)
    assert kept == sorted(set(kept))
    assert len(kept) == min(count, most)
    if count:
        assert (kept[0], kept[-1]) == (0, count - 1)
    apart = {b - a for a, b in pairwise(kept)}
    assert not apart or max(apart) - min(apart) <= 1


def test_all_steps_of_all_runs_come_once_and_versions_without_one_stand_at_none() -> None:
    assert union({"a": (None, 4, 2), "b": (4, 9), "c": (None,)}) == [2, 4, 9]


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        (("x:a-1~5", "x:b~-3"), ("x:a-1~5", "x:b~-3")),
        (("x:a~5", "x:a~7"), ("x:a~7",)),
        (("~12",), ("~12",)),
        (("~",), ("~",)),
        (("a~b~3",), ("a~b~3",)),
        (("x:a~", "x:a", "x:a~five", "x:a~1.5", f"x:a~{2**63}", "x:a~" + "9" * 40), ()),
    ],
)
def test_an_address_names_whole_steps_of_64_bits(given_: tuple[str, ...], kept: tuple[str, ...]) -> None:
    assert said_steps(given_) == kept


def test_an_address_names_one_way_per_card_and_a_hundred_cards() -> None:
    assert said_over(("x:a~ridge", "x:a~heatmap", "x:b~pie", "~ridge")) == ("x:a~heatmap",)
    assert len(said_steps([f"x:{i}~1" for i in range(500)])) == MOST_SAID


def test_the_steps_of_an_address_survive_writing_and_parsing() -> None:
    state = ViewState.parse("/ext/plots", "?steps=x:a~5&steps=x:b~nonsense&over=x:c~ridge&steps=x:a~6&over=x:d~x")
    assert (state.steps, state.over) == (("x:a~6",), ("x:c~ridge",))
    assert ViewState.parse("/ext/plots", state.address().partition("?")[2]) == state
