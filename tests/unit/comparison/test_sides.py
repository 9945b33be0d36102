"""Which runs are compared, and what is said where none can be."""

from __future__ import annotations

import pytest

from mlflow_ext.primitives import Matrix
from mlflow_ext_ui.comparison import comparison, rows, sides
from mlflow_ext_ui.figures import Look
from mlflow_ext_ui.source import Drawing, Plot
from mlflow_ext_ui.state import Choice
from tests.unit.figures.build import drawing

ONE = Matrix(["a"], ["a"], [[2]])


@pytest.mark.parametrize(
    ("choice", "reference", "others"),
    [
        (Choice(), "a", ("b", "c", "d", "e")),
        (Choice(ref="c"), "c", ("a", "b", "d", "e")),
        (Choice(ref="c", against="f"), "c", ("f",)),
        (Choice(against="a"), "b", ("a",)),
        (Choice(ref="gone", against="gone"), "a", ("b", "c", "d", "e")),
        (Choice(ref="c", against="c"), "c", ("a", "b", "d", "e")),
    ],
)
def test_the_first_on_screen_is_the_reference_unless_the_address_names_one(choice, reference, others):
    found = sides("abcdef", choice)
    assert found == (reference, others, tuple("abcdef"))


def test_one_run_alone_has_nothing_to_be_compared_with():
    assert sides("a", Choice()) is None
    assert comparison(drawing(ONE), Look(), Choice()).sentence.endswith("takes two.")
    assert list(rows(drawing(ONE), Look(), Choice())) == []


def test_runs_beyond_four_others_are_said():
    picture = comparison(drawing(*[ONE] * 7), Look(), Choice())
    assert picture.sides.others == ("run1", "run2", "run3", "run4")
    assert picture.notes[-1] == "2 more runs on screen hold this plot; choose one."
    assert comparison(drawing(*[ONE] * 7), Look(), Choice(against="run6")).notes == ("No cell differs.",)


def test_a_reference_that_does_not_hold_the_plot_is_said():
    notes = comparison(drawing(ONE, ONE), Look(), Choice(ref="gone")).notes
    assert notes[-1] == "The reference that the address names does not hold this plot."


def test_a_kind_without_a_comparison_says_so():
    unknown = Drawing(Plot("k", "hologram", "p", "p", "s", ("a", "b")))
    assert "'hologram'" in comparison(unknown, Look(), Choice()).sentence
