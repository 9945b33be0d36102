import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_ext.primitives import Curve
from mlflow_ext_ui.figures import Look, figure
from mlflow_ext_ui.figures.curve import curve_info

from .build import ANY, drawing, traces


def roc(auc=0.93, n=50):
    x = np.linspace(0, 1, n)
    return Curve(x, x**0.2, "False positive rate", "True positive rate", "diagonal", {"name": "AUC", "value": auc})


def values(*curves, look=None):
    """The row of metrics: how it is placed, and what it says without markup."""
    notes = figure(drawing(*curves), look or Look()).figure["layout"]["annotations"]
    return next(note | {"text": re.sub("<[^>]*>", "", note["text"])} for note in notes if "hovertext" in note)


def test_runs_lie_over_each_other_with_their_values_above_where_no_line_is():
    picture = figure(drawing(roc(0.91), roc(0.97), step=3), Look())
    assert len(traces(picture.figure, "line")) == 2
    assert picture.caption == "2 curves · step 3"
    assert picture.columns == 1
    row = values(roc(0.91), roc(0.97))
    assert row["text"] == "AUC  ● 0.9700  ● 0.9100"
    assert (row["y"], row["yanchor"]) == (1, "bottom")
    assert picture.figure["layout"]["margin"]["t"] == 18


def test_a_metric_that_is_better_low_has_its_lowest_first():
    curves = [Curve([0, 1], [0, 1], metric={"name": "ECE", "value": value}) for value in (0.3, 0.1, float("nan"))]
    assert values(*curves)["text"] == "ECE  ● 0.1000  ● 0.3000  ● NaN"


def test_of_many_values_the_best_are_shown_with_a_word_on_the_rest_and_all_in_the_tip():
    row = values(*(roc(0.5 + i / 100) for i in range(15)))
    shown = row["text"].count("●")
    assert 1 < shown < 6
    assert row["text"].startswith("AUC  ● 0.6400  ● 0.6300")
    assert row["text"].endswith(f"{15 - shown} more")
    assert row["hovertext"].count("AUC") == 15
    assert values(*(roc(0.5) for _ in range(15)), look=Look(full=True, width=1400))["text"].count("●") == 15


@pytest.mark.parametrize(
    ("baseline", "metadata", "ends"),
    [
        ("diagonal", {}, ((0.0, 1.0), (0.0, 1.0))),
        ("horizontal", {}, ((0.0, 1.0), (0.3, 0.3))),
        ("horizontal", {"baseline_value": 0.5}, ((0.0, 1.0), (0.5, 0.5))),
        ("vertical", {}, ((0.5, 0.5), (0.3, 1.0))),
        ("vertical", {"baseline_value": 0.25}, ((0.25, 0.25), (0.3, 1.0))),
        (None, {}, None),
    ],
)
def test_the_baseline_stands_where_its_kind_says(baseline, metadata, ends):
    curve = Curve([0.0, 0.5, 1.0], [1.0, 0.9, 0.3], baseline=baseline)
    info = curve_info(drawing(curve, metadata=metadata), Look())
    assert info.baseline == ends


def test_a_long_curve_is_thinned_and_says_so():
    picture = figure(drawing(roc(n=50_000)), Look())
    assert picture.caption.endswith("of 50,000")
    assert len(curve_info(drawing(roc(n=50_000)), Look()).lines[0].x) <= 1000


def test_a_curve_that_turns_back_keeps_its_order():
    angle = np.linspace(0, 2 * np.pi, 5000)
    info = curve_info(drawing(Curve(np.cos(angle), np.sin(angle))), Look()).lines[0]
    assert np.all(np.diff(np.unwrap(np.arctan2(info.y, info.x))) > 0)


def test_points_that_are_not_finite_break_the_line_and_are_counted():
    picture = figure(drawing(Curve([0, 1, 2, 3], [1.0, float("nan"), float("inf"), 2.0])), Look())
    assert picture.notes == ("2 points are not finite; the line breaks there.",)


@ANY
@given(
    st.lists(st.tuples(st.floats(), st.floats()), max_size=40),
    st.sampled_from(["diagonal", "horizontal", "vertical", None]),
)
def test_any_values_are_drawn_without_trouble(points, baseline):
    curve = Curve(
        [x for x, _ in points], [y for _, y in points], baseline=baseline, metric={"name": "m", "value": float("nan")}
    )
    picture = figure(drawing(curve), Look())
    assert picture.figure or picture.sentence
