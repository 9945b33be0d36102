"""Matrices against each other: labels matched, differences signed, recall and precision by class."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_score, recall_score

from mlflow_ext.primitives import Matrix
from mlflow_ext_ui.comparison import comparison
from mlflow_ext_ui.comparison.alignment import aligned, finite, precision, recall, row_percent
from mlflow_ext_ui.comparison.matrix import matrix_change, rows
from mlflow_ext_ui.figures import Look
from mlflow_ext_ui.state import Choice
from tests.unit.figures.build import drawing, traces

NAN = float("nan")
A = Matrix(["x", "y"], ["x", "y"], [[8, 2], [1, 9]])
B = Matrix(["y", "x"], ["y", "x"], [[10, 0], [3, 7]])
LOOK = Look(names={"run0": "first", "run1": "second"})


def test_cells_are_matched_by_label_not_by_place():
    change = matrix_change(drawing(A, B), "count")
    assert change.aligned.rows == ["x", "y"]
    assert change.differences[0].tolist() == [[-1, 1], [-1, 1]]


def test_counts_compare_as_percent_of_their_row_unless_counts_are_asked_for():
    change = matrix_change(drawing(A, B), "percent")
    assert change.unit == "percent"
    assert change.differences[0] == pytest.approx(np.array([[-10, 10], [-10, 10]]))
    rates = matrix_change(drawing(*(Matrix(["x"], ["x"], [[value]]) for value in (0.25, 0.5))), "percent")
    assert rates.unit is None
    assert rates.differences[0].tolist() == [[0.25]]


def test_recall_and_precision_are_those_of_scikit_learn():
    true, said = [0, 0, 1, 1, 1, 2, 2, 0], [0, 1, 1, 1, 2, 2, 2, 0]
    counts = confusion_matrix(true, said).astype(float)
    assert recall(counts) / 100 == pytest.approx(recall_score(true, said, average=None))
    assert precision(counts) / 100 == pytest.approx(precision_score(true, said, average=None))
    assert np.isnan(recall(np.array([[0.0, 0], [1, 1]]))).tolist() == [True, False]


def test_scores_change_in_points_per_class_in_the_order_of_the_reference():
    change = matrix_change(drawing(A, B), "percent")
    assert change.classes == ["x", "y"]
    assert change.scores[0, 0] == pytest.approx([-10, 10])
    assert change.scores[0, 1] == pytest.approx([100 * (1 - 8 / 9), 100 * (10 / 13 - 9 / 11)])
    predicted = matrix_change(drawing(A, B, metadata={"rows": "Predicted"}), "percent")
    assert predicted.scores[0, 0] == pytest.approx(change.scores[0, 1])


def test_a_label_that_one_run_lacks_leaves_the_difference_open_and_is_marked():
    other = Matrix(["x", "z"], ["x", "z"], [[5, 5], [2, 8]])
    change = matrix_change(drawing(A, other), "count")
    assert change.aligned.rows == ["x", "y", "z"]
    assert change.aligned.partial == {"y": (0,), "z": (1,)}
    assert np.isnan(change.differences[0]).tolist() == [[False, True, True], [True] * 3, [True] * 3]
    assert change.scores is None
    picture = comparison(drawing(A, other), LOOK, Choice())
    assert picture.notes[:2] == ("Only in first: y.", "Only in second: z.")
    assert "●" in picture.figure["layout"]["xaxis3"]["ticktext"][1]
    assert traces(picture.figure, "nan") == []


def test_the_difference_is_on_a_scale_symmetric_about_zero_with_signs_that_read():
    picture = comparison(drawing(A, B), LOOK, Choice(unit="count"))
    heat = traces(picture.figure, "heatmap")[-1]
    assert (heat["zmin"], heat["zmax"]) == (-1, 1)
    assert traces(picture.figure, "text")[-1]["text"] == ["−1", "+1", "−1", "+1"]
    assert [trace["meta"]["run"] for trace in traces(picture.figure, "heatmap")] == ["run0", "run1", "run1"]
    assert picture.facts.rows[0].values == ("−10.0", "+11.1")


def test_of_more_than_two_runs_each_is_set_against_the_reference():
    picture = comparison(drawing(A, B, A, B), LOOK, Choice(ref="run2"))
    assert [trace["meta"]["run"] for trace in traces(picture.figure, "heatmap")] == ["run2", "run0", "run1", "run3"]
    assert len(picture.facts.headings) == 4


def test_equal_labels_are_matched_by_their_number():
    twice = [Matrix(["a", "a"], ["b"], [[1], [value]]) for value in (2, 5)]
    assert matrix_change(drawing(*twice), "count").differences[0].tolist() == [[0], [3]]


def test_labels_with_too_little_in_common_are_a_sentence():
    wide, tall = (
        Matrix(["a"], [str(i) for i in range(3000)], [[1] * 3000]),
        Matrix([str(i) for i in range(3000)], ["b"], [[1]] * 3000),
    )
    assert "too little in common" in matrix_change(drawing(wide, tall), "count")
    assert aligned([wide, tall], [finite(wide), finite(tall)]) is None


@pytest.mark.parametrize("other", [Matrix([], [], np.empty((0, 0))), Matrix(["q"], ["q"], [[1]])])
def test_nothing_to_compare_is_a_sentence(other: Matrix):
    assert comparison(drawing(A, other), LOOK, Choice()).sentence.endswith(".")
    assert comparison(drawing(other, A), LOOK, Choice()).sentence.endswith(".")


def test_cells_that_are_not_finite_are_no_exception():
    odd = Matrix(["x", "y"], ["x", "y"], [[NAN, float("inf")], [1, 2]])
    picture = comparison(drawing(A, odd), LOOK, Choice())
    assert picture.figure
    assert picture.switches == ()


def test_an_empty_row_has_no_percent():
    assert np.isnan(row_percent(np.array([[0.0, 0.0], [1.0, 3.0]])))[0].all()


def test_the_csv_has_a_row_per_cell_and_other_run():
    header, first, *rest = rows(drawing(A, B), LOOK, Choice(unit="count"))
    assert header == ("run", "reference run", "row", "column", "value", "reference value", "difference")
    assert first == ("second", "first", "x", "x", 7, 8, -1)
    assert len(rest) == 3
