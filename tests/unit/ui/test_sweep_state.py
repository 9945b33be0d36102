"""What the address says of the Sweeps tab."""

from __future__ import annotations

import pytest

from mlflow_ext_ui.state import ViewState
from mlflow_ext_ui.sweeps.state import Brush


def parsed(search: str) -> ViewState:
    return ViewState.parse("/ext/sweeps", search)


def test_all_of_it_survives_a_round():
    search = (
        "also=loss&also=time&among=screen&aggregate=max&axes=lr&axes=opt&brush=lr~1e-4~0.1&good=lower&measure=codes"
        "&method=all&pair=lr&pair=opt&param=lr&space={}&target=acc"
    )
    state = parsed(search)
    assert (state.target, state.also, state.axes, state.pair) == ("acc", ("loss", "time"), ("lr", "opt"), ("lr", "opt"))
    assert parsed(state.address().split("?")[1]) == state


def test_no_axis_is_not_the_axes_at_first():
    assert parsed("").axes is None
    assert parsed("axes=").axes == ()
    assert parsed("axes=").address() == "sweeps?axes="
    assert parsed("").address() == "sweeps"


@pytest.mark.parametrize(
    "search", ["aggregate=median", "good=up", "method=guess", "also=a&also=b&also=c&also=d&also=e"]
)
def test_what_it_cannot_mean_falls_back(search: str):
    assert parsed(search) == parsed("")


def test_a_brush_reads_its_ends_and_names_with_the_sign_that_parts_them():
    assert Brush.parse("a%7Eb~0.5~0.1") == Brush("a~b", "0.5", "0.1")
    assert Brush("lr", "0.5", "0.1").numbers() == (0.1, 0.5)
    assert Brush("opt", "adam", "sgd").numbers() is None


def test_of_brushes_the_last_of_an_axis_holds_and_broken_ones_fall_away():
    assert parsed("brush=lr~1~2&brush=broken&brush=lr~2~3").brush == ("lr~2~3",)
