import pytest

from mlflow_ext.primitives import Table
from mlflow_ext_ui.figures import Look, figure
from mlflow_ext_ui.figures.table import cell

from .build import drawing


def test_each_run_gets_a_sheet_of_typed_columns_without_dots_in_their_fields():
    table = Table(["model.name", "score"], [["a", 0.5], ["b", None]])
    picture = figure(drawing(table, table, step=7), Look())
    sheet = picture.grid.sheets[0]
    assert picture.figure is None
    assert len(picture.grid.sheets) == 2
    assert [(column.field, column.title, column.numeric) for column in sheet.columns] == [
        ("c0", "model.name", False),
        ("c1", "score", True),
    ]
    assert sheet.rows == ({"c0": "a", "c1": 0.5}, {"c0": "b", "c1": None})
    assert picture.caption == "2 rows · step 7"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (float("nan"), "NaN"), (float("inf"), "∞"), (float("-inf"), "−∞"), (2**60, str(2**60)), (True, True),
        (None, None),
        ({"a": [1, float("nan")]}, '{"a": [1, NaN]}'), ("x" * 600, "x" * 250 + "…" + "x" * 249), (0.5, 0.5),
    ],
)  # fmt: skip
def test_cells_are_what_a_grid_can_show(value, shown):
    assert cell(value) == shown


def test_a_long_table_says_what_is_shown():
    picture = figure(drawing(Table(["n"], [[i] for i in range(5000)])), Look())
    assert picture.caption == "2,000 of 5,000 rows"
    assert len(picture.grid.sheets[0].rows) == 2000


def test_a_table_without_rows_keeps_its_columns():
    picture = figure(drawing(Table(["n"], [])), Look())
    assert picture.grid.sheets[0].total == 0
