"""Ranges of axes in the address: what they mean, and what they can't mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_ext_ui.extent import card_ranges, card_texts, closed_texts, unit_ranges, unit_texts
from mlflow_ext_ui.state import ViewState

NUMBERS = st.floats(-1e12, 1e12, allow_nan=False)
KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


def test_a_range_of_x_names_what_x_counts_unless_that_is_steps_or_time():
    assert unit_ranges(["100~2000", "1~9.5~epoch", "-2e-05~0~a~b"]) == {
        "": (100.0, 2000.0),
        "epoch": (1.0, 9.5),
        "a~b": (-2e-05, 0.0),
    }


def test_a_key_may_hold_the_sign_that_parts_it_from_its_range():
    assert card_ranges(["m:a~b~0~1", "x:c:d~~5", "m:e~2~"]) == {
        "m:a~b": (0.0, 1.0),
        "x:c:d": (None, 5.0),
        "m:e": (2.0, None),
    }


@pytest.mark.parametrize(
    "text", ["", "5", "~", "5~5", "9~1", "a~b", "nan~1", "0~inf", "~5", "5~", "0~1e301", "0~5e-324"]
)
def test_what_is_no_range_of_x_is_left_out(text: str):
    assert unit_texts([text]) == ()


@pytest.mark.parametrize(
    "text", ["m:a", "m:a~1", "m:a~~", "~0~1", "m:a~2~1", "m:a~1~1", "m:a~x~1", "m:a~0~inf", "m:a~0~1e-201"]
)
def test_what_is_no_range_of_a_card_is_left_out(text: str):
    assert card_texts([text]) == ()


def test_a_zoom_of_one_card_has_both_ends():
    assert closed_texts(["a~1~", "b~1~2"]) == ("b~1~2",)


def test_the_last_range_of_a_unit_or_card_holds_and_their_number_is_bounded():
    assert unit_texts(["0~1", "5~6"]) == ("5~6",)
    assert card_texts(["a~0~1", "a~~7"]) == ("a~~7",)
    assert len(unit_texts([f"0~1~u{i}" for i in range(50)])) == 8
    assert len(card_texts([f"k{i}~0~1" for i in range(500)])) == 100


@given(KEYS, NUMBERS, NUMBERS)
def test_its_own_spelling_reads_back_as_it_is(key: str, one: float, other: float):
    for texts in (card_texts([f"{key}~{one!r}~{other!r}"]), card_texts([f"{key}~{one!r}~"])):
        assert card_texts(texts) == texts
    assert unit_texts(unit_texts([f"{one!r}~{other!r}~{key}"])) == unit_texts([f"{one!r}~{other!r}~{key}"])


def test_the_address_keeps_zoom_ranges_and_charts_and_drops_what_they_cant_mean():
    query = (
        "zoom=100~2000&zoom=9~1~epoch&alone=m:a~0~5&unsynced=1&y=m:loss~0~&y=bad&chart=line~1~last~~loss&chart=pie~2~~"
    )
    state = ViewState.parse("/ext/plots", query)
    assert (state.zoom, state.alone, state.y) == (("100~2000",), ("m:a~0~5",), ("m:loss~0~",))
    assert state.unsynced
    assert state.chart == ("line~1~last~~loss",)
    assert state.address() == "plots?alone=m%3Aa~0~5&chart=line~1~last~~loss&unsynced=1&y=m%3Aloss~0~&zoom=100~2000"
    path, _, search = state.address().partition("?")
    assert ViewState.parse(path, search) == state
