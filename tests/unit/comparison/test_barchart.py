"""Bars against each other: absolute and relative change, and bars that only one run has."""

from __future__ import annotations

import numpy as np
import pytest

from mlflow_ext.primitives import BarChart
from mlflow_ext_ui.comparison import comparison
from mlflow_ext_ui.comparison.barchart import bar_change, rows
from mlflow_ext_ui.figures import Look
from mlflow_ext_ui.state import Choice
from tests.unit.figures.build import drawing, traces

NAN = float("nan")
LOOK = Look(names={"run0": "first", "run1": "second"})
A = BarChart(["cat", "dog", "eel"], {"f1": [0.5, 0.0, -2.0]}, y_label="F1")
B = BarChart(["dog", "cat", "fox"], {"f1": [0.1, 0.75, 1.0]})


def test_bars_are_matched_by_category_and_change_in_absolute_and_relative_terms():
    change = bar_change(drawing(A, B))
    assert change.bars.categories == ["cat", "dog", "eel", "fox"]
    assert change.changes[0][0, :2] == pytest.approx([0.25, 0.1])
    assert np.isnan(change.changes[0][0, 2:]).all()
    assert change.shares[0][0, 0] == pytest.approx(0.5)
    assert np.isnan(change.shares[0][0, 1]), "there is no percentage of nothing"


def test_a_negative_reference_that_grows_has_a_positive_share():
    change = bar_change(drawing(A, BarChart(["eel"], {"f1": [-1.0]})))
    assert change.shares[0][0, 2] == pytest.approx(0.5)


def test_a_bar_that_one_run_lacks_is_marked_where_it_would_stand():
    picture = comparison(drawing(A, B), LOOK, Choice())
    texts = traces(picture.figure, "text")[0]["text"]
    assert texts[0] == "+0.250  +50.0%"
    assert texts[1] == "+0.100"
    assert all(text.startswith("only in ") for text in texts[2:])
    assert picture.notes == ("Only in first: eel.", "Only in second: fox.")


def test_groups_stand_apart_in_their_colours():
    both = [BarChart(["a", "b"], {"train": [1, 2], "test": [y, y]}) for y in (1, 3)]
    picture = comparison(drawing(*both), LOOK, Choice())
    assert [chip.label for chip in picture.chips] == ["train", "test"]
    assert traces(picture.figure, "bars")[0]["x"] == [0, 2, 0, 2]
    assert len(set(traces(picture.figure, "bars")[0]["marker"]["color"])) == 2


def test_of_many_categories_those_that_change_most_are_drawn():
    names = [str(i) for i in range(200)]
    picture = comparison(drawing(BarChart(names, {"n": [0] * 200}), BarChart(names, {"n": range(200)})), LOOK, Choice())
    assert "60 of 200 categories that change most" in picture.notes[-1]
    assert min(traces(picture.figure, "bars")[0]["x"]) == 140


@pytest.mark.parametrize(
    "other", [BarChart([], {"n": []}), BarChart(["cat"], {"f1": [NAN]}), BarChart(["x"], {"y": [1]})]
)
def test_nothing_to_compare_is_a_sentence(other):
    assert comparison(drawing(A, other), LOOK, Choice()).sentence.endswith(".")


def test_the_csv_has_a_row_per_bar_of_either():
    table = list(rows(drawing(A, B), LOOK, Choice()))
    assert table[1] == ("second", "first", "cat", "f1", 0.75, 0.5, 0.25, 0.5)
    assert table[3] == ("second", "first", "eel", "f1", None, -2.0, None, None)
    assert len(table) == 5
