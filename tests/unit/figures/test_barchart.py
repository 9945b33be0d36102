import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mlflow_ext.primitives import BarChart
from mlflow_ext_ui import theme
from mlflow_ext_ui.figures import Look, figure
from mlflow_ext_ui.figures.barchart import bar_info

from .build import ANY, drawing, traces


def test_one_group_wears_the_runs_colour_and_several_their_own_with_chips():
    one = figure(drawing(BarChart(["a", "b"], {"n": [1, 2]})), Look(colors={"run0": 3}))
    two = figure(drawing(BarChart(["a", "b"], {"train": [1, 2], "test": [3, 4]})), Look())
    assert traces(one.figure, "bars")[0]["marker"]["color"] == theme.RUN_COLORS[3]
    assert [chip.label for chip in two.chips] == ["train", "test"]
    assert [trace["marker"]["color"] for trace in traces(two.figure, "bars")] == [chip.color for chip in two.chips]


def test_stacked_bars_stand_on_each_other():
    picture = figure(drawing(BarChart(["a"], {"x": [1], "y": [2]}, stacked=True)), Look())
    assert picture.figure["layout"]["barmode"] == "relative"
    assert picture.figure["layout"]["yaxis"]["range"][1] > 3


def test_lying_bars_start_with_the_first_category_at_the_top():
    picture = figure(drawing(BarChart(["a", "b"], {"n": [1, 2]}, horizontal=True)), Look())
    assert traces(picture.figure, "bars")[0]["orientation"] == "h"
    low, high = picture.figure["layout"]["yaxis"]["range"]
    assert low > high


def test_several_runs_with_one_group_become_a_dot_per_run():
    charts = [BarChart(["a", "b"], {"recall": [0.9, 0.8 + i / 100]}, y_label="Recall") for i in range(5)]
    picture = figure(drawing(*charts), Look())
    assert len(traces(picture.figure, "dots")) == 5
    assert picture.columns == 1


def test_several_runs_with_several_groups_stand_side_by_side_on_one_axis():
    charts = [BarChart(["a", "b"], {"train": [1, 2], "test": [3, 4 + i]}) for i in range(3)]
    layout = figure(drawing(*charts), Look()).figure["layout"]
    assert layout["yaxis"]["range"] == layout["yaxis2"]["range"] == layout["yaxis3"]["range"]


def test_names_of_forty_characters_stay_whole():
    names = [f"mean radius of the nuclei in sample {i:04d}" for i in range(8)]
    picture = figure(drawing(BarChart(names, {"importance": np.arange(8.0)})), Look())
    assert picture.figure["layout"]["yaxis"]["ticktext"] == names


def test_runs_with_other_categories_leave_a_gap():
    info = bar_info(drawing(BarChart(["a", "b"], {"n": [1, 2]}), BarChart(["b", "c"], {"n": [3, 4]})))
    assert info.categories == ["a", "b", "c"]
    assert np.isnan(info.values["run0"][0]).tolist() == [False, False, True]


def test_categories_that_are_alike_keep_their_own_bars():
    assert bar_info(drawing(BarChart(["a", "a"], {"n": [1, 2]}))).categories == ["a", "a (2)"]


def test_of_a_thousand_categories_the_largest_are_drawn():
    values = np.arange(1000.0)
    picture = figure(drawing(BarChart([f"c{i}" for i in range(1000)], {"n": values})), Look())
    assert picture.caption == "60 of 1,000 categories"
    assert bar_info(drawing(BarChart([f"c{i}" for i in range(1000)], {"n": values}))).categories[0] == "c940"


def test_missing_and_odd_values_are_counted():
    picture = figure(drawing(BarChart(["a", "b", "c"], {"n": [1.0, None, float("nan")]})), Look())
    assert picture.notes == ("2 values are missing or not finite.",)


@ANY
@given(
    st.lists(st.tuples(st.text(max_size=60), st.floats(), st.floats()), max_size=20),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_any_values_are_drawn_without_trouble(rows, stacked, horizontal, twice):
    names = ["".join(c for c in name if not 0xD800 <= ord(c) < 0xE000 and c != "\0") for name, _, _ in rows]
    groups = {"a": [a for _, a, _ in rows], **({"b": [b for _, _, b in rows]} if twice else {})}
    chart = BarChart(names, groups, stacked=stacked, horizontal=horizontal)
    for runs in ((chart,), (chart, chart)):
        picture = figure(drawing(*runs), Look())
        assert picture.figure or picture.sentence
