"""Curves against each other: areas over the part they share, differences by interpolation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import trapezoid
from sklearn.metrics import auc, roc_curve

from mlflow_ext.primitives import Curve
from mlflow_ext_ui.comparison import comparison
from mlflow_ext_ui.comparison.area import area, common, gap, path
from mlflow_ext_ui.comparison.curve import curve_change, rows
from mlflow_ext_ui.figures import Look
from mlflow_ext_ui.state import Choice
from tests.unit.figures.build import drawing, traces

NAN = float("nan")
LOOK = Look(names={"run0": "first", "run1": "second"})


def of(x, y):
    return path(np.array(x, dtype=float), np.array(y, dtype=float))


def test_the_area_is_that_of_scikit_learn_for_a_roc_curve_with_upright_steps():
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, 300)
    x, y, _ = roc_curve(truth, rng.normal(truth, 1.0))
    assert area(of(x, y), 0.0, 1.0) == pytest.approx(auc(x, y))


def test_an_area_begins_and_ends_between_points():
    assert area(of([0, 2], [0, 2]), 0.5, 1.5) == pytest.approx(1.0)
    assert area(of([0, 1, 1, 2], [0, 0, 3, 3]), 0.5, 2.0) == pytest.approx(3.0)


def test_areas_compare_over_the_part_that_all_curves_cover():
    change = curve_change(drawing(Curve([0, 4], [1, 1]), Curve([1, 2, 3], [2, 2, 2])))
    assert change.span == (1, 3)
    assert change.areas == (2, 4)


def test_the_difference_is_interpolated_at_every_x_of_both():
    found = gap(of([0, 1, 2], [0, 1, 4]), of([0, 2], [0, 2]))
    assert found.x.tolist() == [0, 1, 2]
    assert found.y.tolist() == [0, 0, 2]
    assert trapezoid(found.y, found.x) == pytest.approx(area(of([0, 1, 2], [0, 1, 4]), 0, 2) - 2)


def test_a_curve_that_runs_to_the_left_is_the_same_curve():
    left, right = of([1, 0.5, 0.5, 0], [0, 0.5, 0.8, 1]), of([0, 0.5, 0.5, 1], [1, 0.8, 0.5, 0])
    assert left.x.tolist() == right.x.tolist()
    assert left.y.tolist() == right.y.tolist()


@pytest.mark.parametrize(("a", "b"), [([0, 1], [2, 3]), ([0, 1], [1, 2]), ([1], [1]), ([], [1])])
def test_curves_without_a_common_part_have_no_areas(a, b):
    assert common(of(a, a), of(b, b)) is None
    assert len(gap(of(a, a), of(b, b)).x) == 0


def test_curves_without_a_common_part_are_drawn_and_it_is_said():
    picture = comparison(drawing(Curve([0, 1], [0, 1]), Curve([5, 6], [0, 1])), LOOK, Choice())
    assert picture.figure
    assert picture.notes == ("The curves share no part of x, so there are no areas to compare.",)
    assert picture.facts.rows[1].values == ("–", "–")


def test_the_card_names_area_metric_and_change_with_its_sign():
    curves = [Curve([0, 1], [y, y], metric={"name": "AUC", "value": y}) for y in (0.9, 0.8)]
    picture = comparison(drawing(*curves), LOOK, Choice())
    assert [chip.label for chip in picture.facts.headings] == ["Run", "AUC", "area", "change"]
    assert picture.facts.rows[1].values == ("0.8000", "0.8000", "−0.100")
    assert len(traces(picture.figure, "difference")) == 1
    swapped = comparison(drawing(*curves), LOOK, Choice(ref="run1"))
    assert swapped.facts.rows[1].values[-1] == "+0.100"


def test_a_curve_of_nothing_finite_is_left_out_and_said():
    good, bad = Curve([0, 1], [0, 1]), Curve([NAN], [NAN])
    assert comparison(drawing(good, good, bad), LOOK, Choice()).notes == (
        "1 curve without a finite point is left out.",
    )
    assert comparison(drawing(bad, good), LOOK, Choice()).sentence.endswith(".")


def test_the_csv_holds_both_values_and_their_difference():
    table = list(rows(drawing(Curve([0, 2], [0, 2]), Curve([0, 1], [1, 1])), LOOK, Choice()))
    assert table[1] == ("second", "first", 0, 1, 0, 1)
    assert table[2] == ("second", "first", 1, 1, 1, 0)
    assert np.isnan(table[3][3])
