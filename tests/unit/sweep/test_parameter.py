"""What the values of a parameter are."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_ext.sweep import number, on_log_scale, parameter


@pytest.mark.parametrize(
    ("texts", "kind", "numbers"),
    [
        (["1e-3", "0.001", "2e-3"], "number", [1e-3, 1e-3, 2e-3]),
        (["0.1", "0.01", "0.001"], "log", [0.1, 0.01, 0.001]),
        (["16", "32", "64", "128"], "log", [16, 32, 64, 128]),
        (["1", "2", "3", "4", "5", "6", "7", "8"], "number", [1, 2, 3, 4, 5, 6, 7, 8]),
        (["1e-5", "1e-2"], "log", [1e-5, 1e-2]),
        (["True", "false", "TRUE"], "boolean", [1, 0, 1]),
        (["adam", "sgd", "adam"], "category", [0, 1, 0]),
        (["3", "None", "5"], "number", [3, math.nan, 5]),
        (["0", "1e3", "1e6"], "number", [0, 1e3, 1e6]),
        (["True", "None"], "category", [1, 0]),
        (["1_0", "20"], "category", [0, 1]),
        (["007", "7"], "category", [0, 1]),
        (["0", "-0.5", "0e1"], "number", [0, -0.5, 0]),
        (["1", "two"], "category", [0, 1]),
        ([" 7 ", "-7"], "number", [7, -7]),
    ],
)
def test_kinds(texts: list[str], kind: str, numbers: list[float]):
    found = parameter("p", texts)
    assert found.kind == kind
    np.testing.assert_array_equal(found.numbers, numbers)
    assert found.varies
    assert found.missing == 0


def test_a_number_that_some_runs_say_none_of_and_others_lack():
    found = parameter("depth", ["3", None, "None", "nan", "3"])
    assert (found.kind, found.missing, found.blank, found.distinct, found.varies) == ("number", 1, 2, 2, True)
    assert not parameter("depth", ["3", None, "3.0"]).varies
    assert not parameter("depth", ["None", "None"]).varies


def test_levels_are_by_frequency_then_name():
    assert parameter("p", ["b", "c", "c", "a"]).levels == ("c", "a", "b")


def test_whole_numbers_say_so():
    assert parameter("p", ["1", "2e3", "4.0"]).whole
    assert not parameter("p", ["1", "2.5"]).whole


@pytest.mark.parametrize(
    ("text", "value"), [("1e-3", 1e-3), ("nan", None), ("inf", None), ("", None), ("0x10", None), ("١٢", 12.0)]
)
def test_numbers_as_text(text: str, value: float | None):
    assert number(text) == value


def test_samples_drawn_evenly_or_by_factors_are_told_apart():
    rng = np.random.default_rng(3)
    assert all(on_log_scale(10 ** rng.uniform(-5, -1, n)) for n in (5, 30, 300))
    assert not any(on_log_scale(rng.uniform(0, 0.5, n)) for n in (5, 30, 300))
    assert not on_log_scale(np.array([-1.0, 10, 100]))


@given(st.lists(st.none() | st.text() | st.floats().map(str) | st.integers().map(str), max_size=20))
def test_any_texts_give_a_parameter(texts: list[str | None]):
    found = parameter("p", texts)
    assert found.numbers.shape == (len(texts),)
    assert found.texts == tuple(texts)
    held = {text for text in texts if text is not None}
    assert found.distinct <= len(held)
    assert not (found.varies and len(held) < 2)


def test_a_boolean_is_spelt_as_its_runs_mostly_write_it() -> None:
    assert parameter("a", ["True", "True", "true", "FALSE"]).levels == ("FALSE", "True")
    assert parameter("a", ["true", None]).levels == ("false", "true")
    assert parameter("a", ["False"]).levels == ("False", "True")
