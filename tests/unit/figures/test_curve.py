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


def test_runs_lie_over_each_other_with_their_values_in_the_free_corner():
    picture = figure(drawing(roc(0.91), roc(0.97), step=3), Look())
    texts = [note["text"] for note in picture.figure["layout"]["annotations"] if note.get("xanchor") == "right"]
    assert len(traces(picture.figure, "line")) == 2
    assert "AUC" in "".join(texts)
    assert sorted(texts, key=lambda text: "0.9100" in text)[-1].startswith("0.9100")
    assert picture.caption == "2 curves · step 3"
    assert picture.columns == 1


def test_the_value_list_of_a_falling_curve_goes_to_the_lower_left():
    x = np.linspace(0, 1, 100)
    falling = Curve(x, 1 - x**4, "Recall", "Precision", metric={"name": "AP", "value": 0.9})
    notes = figure(drawing(falling), Look()).figure["layout"]["annotations"]
    assert any(note["x"] == 0.015 and note["yanchor"] == "bottom" for note in notes)


def test_many_values_are_cut_with_a_word():
    notes = figure(drawing(*(roc(0.5 + i / 100) for i in range(15))), Look()).figure["layout"]["annotations"]
    assert sum("—" in note["text"] for note in notes) == 8
    assert any("and 7 more" in note["text"] for note in notes)


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
