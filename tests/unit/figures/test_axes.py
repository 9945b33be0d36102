"""Ticks of a log axis: few enough to stand beside each other, and some however little of it is shown."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from mlflow_ext_ui.figures import axes
from mlflow_ext_ui.text import width


def inside(low: float, high: float, room: float = math.inf) -> list[tuple[float, str]]:
    axis = axes.logarithmic(low, high, room)
    pairs = zip(axis["tickvals"], axis["ticktext"], strict=True)
    return [(value, text) for value, text in pairs if low <= value <= high]


def test_an_upright_log_axis_has_1_2_and_5_of_each_decade():
    assert [value for value, _ in inside(0.01, 1)] == [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0]


@pytest.mark.parametrize(("low", "high"), [(1e-4, 0.4), (1e-6, 0.01), (3e-5, 2e-3), (1, 900), (1e-12, 1e6)])
def test_texts_of_a_lying_log_axis_stand_clear_of_each_other(low: float, high: float):
    found = inside(low, high, 260)
    assert len(found) >= 2
    each = 260 / math.log10(high / low)
    places = [(math.log10(value / low) * each, width(text) / 2) for value, text in found]
    assert all(a + half < b - other for (a, half), (b, other) in pairwise(places))


@pytest.mark.parametrize(("low", "high"), [(0.92, 0.97), (0.21, 0.39), (1.2e-4, 1.4e-4), (5300, 9100)])
def test_less_than_two_of_the_usual_ticks_are_made_up_for_by_even_ones(low: float, high: float):
    found = inside(low, high)
    assert 2 <= len(found) <= 7
    assert len({text for _, text in found}) == len(found)
