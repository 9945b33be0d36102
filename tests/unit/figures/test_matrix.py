import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mlflow_ext.primitives import Matrix
from mlflow_ext_ui import theme
from mlflow_ext_ui.figures import Look, figure
from mlflow_ext_ui.figures.matrix import matrix_info

from .build import ANY, drawing, traces


def matrix(values, rows=None, cols=None):
    values = np.asarray(values)
    n, m = values.shape
    return Matrix(rows=rows or [f"r{i}" for i in range(n)], cols=cols or [f"c{i}" for i in range(m)], values=values)


def test_the_first_row_is_at_the_top():
    picture = figure(drawing(matrix([[1, 2], [3, 4]])), Look())
    low, high = picture.figure["layout"]["yaxis"]["range"]
    assert low > high


def test_values_of_both_signs_get_a_scale_symmetric_about_zero():
    info = matrix_info(drawing(matrix([[-1.0, 0.2], [0.0, 0.5]])))
    assert (info.low, info.high, info.diverging) == (-1.0, 1.0, True)
    heat = traces(figure(drawing(matrix([[-1.0, 0.2], [0.0, 0.5]])), Look()).figure, "heatmap")[0]
    assert heat["colorscale"] == theme.scale(theme.DIVERGING["light"])


def test_runs_share_one_scale():
    picture = figure(drawing(matrix([[1, 2], [3, 4]]), matrix([[10, 20], [30, 40]])), Look())
    assert {(heat["zmin"], heat["zmax"]) for heat in traces(picture.figure, "heatmap")} == {(0.0, 40.0)}
    assert picture.columns == 2


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_text_in_a_cell_is_black_or_white_by_contrast(mode):
    text = traces(figure(drawing(matrix([[0, 100], [100, 0]])), Look(theme=mode)).figure, "text")[0]
    dark, light = ("#000000", "#FFFFFF") if mode == "light" else ("#FFFFFF", "#000000")
    assert text["textfont"]["color"] == [dark, light, light, dark]


def test_counts_are_whole_and_shares_stand_in_the_tip():
    picture = figure(drawing(matrix([[8, 2], [1, 9]])), Look())
    assert traces(picture.figure, "text")[0]["text"] == ["8", "2", "1", "9"]
    assert "% of the row" in traces(picture.figure, "heatmap")[0]["hovertemplate"]
    assert (
        "% of the row"
        not in traces(figure(drawing(matrix([[0.8, 0.2]])), Look()).figure, "heatmap")[0]["hovertemplate"]
    )


def test_a_cell_that_is_nan_says_so_in_its_own_colour():
    picture = figure(drawing(matrix([[1.0, float("nan")], [0.5, 0.25]])), Look())
    text = traces(picture.figure, "text")[0]
    assert text["text"][1] == "NaN"
    assert text["textfont"]["color"][1] == theme.TOKENS["light"]["warn"]
    assert traces(picture.figure, "nan")
    assert "1 cell is not a finite number." in picture.notes


def test_a_large_matrix_is_reduced_and_says_so():
    values = np.zeros((500, 500))
    values[123, 321] = 5.0
    picture = figure(drawing(matrix(values)), Look())
    info = matrix_info(drawing(matrix(values)))
    assert picture.caption == "128 × 128 of 500 × 500"
    assert info.matrices[0].values.max() == 5.0
    assert not traces(picture.figure, "text")
    assert picture.notes


def test_labels_that_are_alike_keep_their_own_rows():
    heat = traces(figure(drawing(matrix([[1, 2], [3, 4]], rows=["a", "a"])), Look()).figure, "heatmap")[0]
    assert len(set(heat["y"])) == 2


def test_one_row_and_one_column_are_drawn():
    assert figure(drawing(matrix([[1.0]])), Look()).figure


@ANY
@given(
    arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.floats()),
)
def test_any_values_are_drawn_without_trouble(values):
    picture = figure(drawing(matrix(values), matrix(values)), Look())
    assert picture.figure or picture.sentence


def test_rows_and_columns_are_titled_only_when_the_data_says_what_they_are():
    counts = Matrix(["a", "b"], ["a", "b"], [[3, 1], [0, 4]], metadata={"rows": "true class", "columns": "predicted"})
    layout = figure(drawing(counts, counts), Look()).figure["layout"]
    texts = [note["text"] for note in layout["annotations"]]
    assert (texts.count("true class"), texts.count("predicted")) == (1, 2)
    plain = Matrix(["a", "b"], ["a", "b"], [[3, 1], [0, 4]], metadata={"rows": 3})
    assert figure(drawing(plain), Look()).figure["layout"]["annotations"] == []
