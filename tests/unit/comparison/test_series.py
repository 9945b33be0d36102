"""Lines against each other: the difference at each index value that both have."""

from __future__ import annotations

import numpy as np

from mlflow_ext_ui.comparison import comparison
from mlflow_ext_ui.comparison.series import line_change, rows
from mlflow_ext_ui.figures import Look
from mlflow_ext_ui.figures.line_info import series_info
from mlflow_ext_ui.state import Choice
from tests.unit.figures.build import line, lines, traces

NAN, INF = float("nan"), float("inf")
LOOK = Look(names={"run0": "first", "run1": "second"})


def change(own, reference, look=LOOK):
    return line_change(own, reference, series_info(lines(reference, own), look))


def test_the_difference_stands_at_the_common_index_values():
    found = change(line("run1", [5, 6, 7], [0, 2, 3]), line("run0", [1, 2, 3, 4], [0, 1, 2, 4]))
    assert found.steps == (0, 2)
    assert found.y.tolist() == [4, 3]


def test_of_a_step_that_was_logged_twice_the_last_value_counts():
    found = change(line("run1", [5, 6], [0, 0]), line("run0", [1, 3], [0, 0]))
    assert found.y.tolist() == [3]


def test_values_that_are_not_finite_leave_a_gap():
    found = change(line("run1", [1, NAN, INF, 4, 1e308]), line("run0", [0, 0, 0, NAN, -1e308]))
    assert np.isnan(found.y).tolist() == [False, True, True, True, True]


def test_texts_as_index_match_by_text():
    own, base = line("run1", [5, 6], x_text=("b", "c")), line("run0", [1, 2], x_text=("a", "b"))
    assert change(own, base).steps == ("b",)
    assert change(own, base).y.tolist() == [3]


def test_the_card_draws_both_and_their_difference_on_axes_that_move_together():
    both = lines(line("run0", [1, 2, 3, 4]), line("run1", [2, 3, 4, 3]))
    picture = comparison(both, LOOK, Choice())
    assert picture.figure["layout"]["xaxis2"]["matches"] == "x"
    assert len(traces(picture.figure, "line")) == 2
    assert len(traces(picture.figure, "difference")) == 1
    assert picture.facts.rows[1].values == ("3", "−1", "+0.500", "+1 at 0")


def test_lines_compare_by_step_whatever_the_axis_of_the_others():
    picture = comparison(lines(line("run0", [1, 2]), line("run1", [2, 3])), Look(x="wall"), Choice())
    assert picture.figure["layout"]["meta"]["x"] == "step"
    assert "Compared by step" in picture.notes[0]


def test_lines_without_a_common_step_are_drawn_and_it_is_said():
    picture = comparison(lines(line("run0", [1, 2], [0, 2]), line("run1", [2, 3], [1, 3])), LOOK, Choice())
    assert picture.figure
    assert picture.notes == ("1 run shares no index value with the reference.",)


def test_values_logged_once_are_rows_with_their_change():
    picture = comparison(lines(line("run0", [1.0]), line("run1", [1.5])), LOOK, Choice())
    assert picture.facts.rows[1].values[:2] == ("1.500", "+0.500")
    assert traces(picture.figure, "values")


def test_a_run_without_points_is_left_out():
    empty = comparison(lines(line("run0", []), line("run1", [1, 2])), LOOK, Choice())
    assert empty.sentence.endswith(".")
    assert comparison(lines(line("run0", [1, 2]), line("run1", []), line("run2", [1, 2])), LOOK, Choice()).figure


def test_the_csv_has_a_row_per_common_step():
    table = list(rows(lines(line("run0", [1, 2]), line("run1", [3, 5])), LOOK, Choice()))
    assert table == [
        ("run", "reference run", "step", "value", "reference value", "difference"),
        ("second", "first", 0, 3, 1, 2),
        ("second", "first", 1, 5, 2, 3),
    ]
