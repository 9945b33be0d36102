"""Clouds against each other: one scale, the same colours, their middles."""

from __future__ import annotations

import numpy as np
import pytest

from mlflow_ext.primitives import Scatter
from mlflow_ext_ui.comparison import comparison
from mlflow_ext_ui.comparison.scatter import middles, rows
from mlflow_ext_ui.figures import Look
from mlflow_ext_ui.state import Choice
from tests.unit.figures.build import drawing, traces

NAN = float("nan")
LOOK = Look(names={"run0": "first", "run1": "second"})
A = Scatter(x=[0, 2, NAN], y=[0, 4, 1], labels=["cat", "dog", "dog"])
B = Scatter(x=[10, 20], y=[1, 1], labels=["dog", "dog"])


def test_middles_are_of_the_finite_points():
    first, second = middles(drawing(A, B))
    assert (first.total, first.labels, first.mean) == (2, {"cat": 1, "dog": 1}, (1, 2))
    assert second.mean == (15, 1)


def test_panels_share_their_ranges_and_a_label_its_colour():
    picture = comparison(drawing(A, B), LOOK, Choice(ref="run1"))
    layout = picture.figure["layout"]
    assert layout["xaxis"]["range"] == layout["xaxis2"]["range"]
    assert layout["yaxis"]["range"] == layout["yaxis2"]["range"]
    points = traces(picture.figure, "points")
    assert points[0]["meta"]["run"] == "run1"
    assert [chip.label for chip in picture.chips] == ["dog", "cat"]
    dogs = [trace["marker"]["color"] for trace in points if "dog" in trace["hovertemplate"]]
    assert dogs == [picture.chips[0].color] * 2


def test_values_near_the_largest_float_have_a_finite_middle():
    assert np.isfinite(middles(drawing(Scatter(x=[1e300, 1e300], y=[0, 0])))[0].mean[0])


@pytest.mark.parametrize("other", [Scatter(x=[], y=[]), Scatter(x=[NAN], y=[1])])
def test_nothing_to_compare_is_a_sentence(other):
    assert comparison(drawing(A, other), LOOK, Choice()).sentence.endswith(".")
    assert comparison(drawing(other, A), LOOK, Choice()).sentence.endswith(".")


def test_the_csv_counts_points_and_says_where_the_middle_went():
    table = list(rows(drawing(A, B), LOOK, Choice()))
    assert ("second", "first", "points", "cat", 0, 1, -1) in table
    assert ("second", "first", "mean x", "", 15, 1, 14) in table
