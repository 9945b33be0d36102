import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_ext.primitives import Scatter
from mlflow_ext_ui import theme
from mlflow_ext_ui.figures import Look, figure
from mlflow_ext_ui.figures.cloud import diameters, scatter_info

from .build import ANY, drawing, traces


def cloud(n=300, seed=0, **more):
    random = np.random.default_rng(seed)
    return Scatter(x=random.normal(size=n), y=random.normal(size=n), **more)


def test_labels_get_colours_signs_and_chips():
    picture = figure(drawing(cloud(3, labels=["cat", "dog", "cat"])), Look())
    assert [chip.label for chip in picture.chips] == ["cat", "dog"]
    assert [trace["marker"]["symbol"] for trace in traces(picture.figure, "points")] == ["circle", "square"]


def test_digits_are_ten_labels_in_their_order():
    labels = [str(9 - i % 10) for i in range(40)]
    assert scatter_info(drawing(cloud(40, labels=labels))).labels == [str(i) for i in range(10)]


def test_many_numeric_labels_become_a_scale():
    info = scatter_info(drawing(cloud(40, labels=[str(i / 2) for i in range(40)])))
    assert info.scale == (0.0, 19.5)
    assert figure(drawing(cloud(40, labels=[str(i / 2) for i in range(40)])), Look()).chips[1].label == "19.50"


def test_of_many_labels_the_common_ones_get_colours():
    labels = ["a"] * 20 + [f"rare {i}" for i in range(20)]
    info = scatter_info(drawing(cloud(40, labels=labels)))
    assert info.labels[0] == "a"
    assert len(info.labels) == 9
    assert info.others == 12


def test_without_labels_points_wear_the_runs_colour():
    picture = figure(drawing(cloud(), cloud(seed=1)), Look(colors={"run1": 4}))
    assert traces(picture.figure, "points")[1]["marker"]["color"] == theme.RUN_COLORS[4]


def test_runs_stand_side_by_side_on_one_scale():
    layout = figure(drawing(cloud(), cloud(seed=1), cloud(seed=2)), Look()).figure["layout"]
    assert layout["xaxis"]["range"] == layout["xaxis3"]["range"]
    assert layout["yaxis"]["range"] == layout["yaxis2"]["range"]


def test_area_grows_with_size():
    points = scatter_info(drawing(cloud(3, sizes=[1.0, 4.0, None]))).clouds[0]
    assert diameters(points, 300 * 170).tolist() == [9.0, 18.0, 3.0]


@pytest.mark.parametrize("solid", [False, True])
@pytest.mark.parametrize("sizes", [None, np.full(360, 0.9)])
def test_hundreds_of_points_leave_their_panel_visible(solid, sizes):
    points = cloud(360, sizes=sizes, z=np.arange(360.0) if solid else None)
    pixels = diameters(scatter_info(drawing(points)).clouds[0], 300 * 170)
    assert 1.5 <= float(pixels.max()) <= 7
    assert float(diameters(scatter_info(drawing(cloud(20))).clouds[0], 300 * 170)) == 7


def test_many_points_are_thinned_keep_their_extremes_and_say_so():
    points = cloud(50_000)
    picture = figure(drawing(points), Look())
    kept = scatter_info(drawing(points)).clouds[0]
    assert picture.caption == "5,000 of 50,000"
    assert picture.notes == ("Dense areas are thinned; the outermost points are all kept.",)
    assert kept.x.max() == points.x.max()
    assert kept.y.min() == points.y.min()


def test_a_third_dimension_makes_scenes():
    solid = cloud(50, z=np.arange(50.0), labels=["a", "b"] * 25)
    picture = figure(drawing(solid, solid), Look())
    assert {trace["type"] for trace in picture.figure["data"]} == {"scatter3d"}
    assert {"scene", "scene2"} <= set(picture.figure["layout"])


def test_more_scenes_than_a_browser_holds_are_said_not_drawn():
    solid = drawing(*(cloud(5, z=np.arange(5.0)) for _ in range(7)))
    picture = figure(solid, Look())
    assert picture.caption.endswith(" · 4 of 7 runs shown")
    assert "3 runs not drawn" in picture.notes[0]
    whole = figure(solid, Look(full=True, width=1400, height=860))
    assert "shown" not in whole.caption
    assert len({trace["scene"] for trace in whole.figure["data"]}) == 7


def test_scenes_stand_in_rows_and_narrow_ones_are_seen_from_afar():
    solid = drawing(*(cloud(5, z=np.arange(5.0)) for _ in range(4)))
    wide = figure(solid, Look(full=True, width=1400, height=860)).figure["layout"]
    assert wide["scene"]["domain"]["x"] == wide["scene3"]["domain"]["x"]
    assert wide["scene"]["domain"]["y"] == wide["scene2"]["domain"]["y"]
    narrow = figure(drawing(cloud(5, z=np.arange(5.0))), Look(full=True, width=340, height=860)).figure["layout"]
    eyes = [layout["scene"]["camera"]["eye"]["x"] for layout in (wide, narrow)]
    assert eyes[0] < eyes[1]


def test_scenes_use_signs_that_webgl_has():
    labels = [str(i % 10) for i in range(40)]
    made = figure(drawing(cloud(40, z=np.arange(40.0), labels=labels)), Look()).figure
    signs = {trace["marker"]["symbol"] for trace in traces(made, "points")}
    assert signs <= {"circle", "circle-open", "square", "square-open", "diamond", "diamond-open", "cross"}


def test_points_that_are_not_finite_are_counted():
    picture = figure(drawing(Scatter(x=[0, float("nan"), 1], y=[0, 1, float("inf")])), Look())
    assert picture.notes == ("2 points are not finite and not drawn.",)


@ANY
@given(
    st.lists(st.tuples(st.floats(), st.floats(), st.floats(), st.sampled_from(["a", "b", None])), max_size=30),
    st.booleans(),
)
def test_any_values_are_drawn_without_trouble(rows, solid):
    points = Scatter(
        x=[row[0] for row in rows],
        y=[row[1] for row in rows],
        z=[row[2] for row in rows] if solid else None,
        labels=[row[3] for row in rows],
        sizes=[row[2] for row in rows],
    )
    picture = figure(drawing(points, points), Look())
    assert picture.figure or picture.sentence
