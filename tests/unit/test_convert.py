"""Which primitive plain data means, and what is refused."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from mlflow_ext.convert import INDEX_NAMES, is_point, point, to_primitive
from mlflow_ext.errors import ValidationError
from mlflow_ext.primitives import BarChart, Distribution, Matrix, Series, Table, identical

from .primitives.fakes import Tensor

nan = float("nan")


def test_a_primitive_stays_itself():
    chart = BarChart.example()
    assert to_primitive(chart) is chart


@pytest.mark.parametrize("name", INDEX_NAMES)
def test_dict_of_lists_is_a_series_over_its_index(name):
    assert to_primitive({"loss": [0.5, 0.3], name: [1, 2]}) == Series(name, {"loss": [0.5, 0.3]}, [1, 2])


def test_first_known_index_name_wins_and_the_others_are_fields():
    series = to_primitive({"step": [1, 2], "epoch": [0, 0], "loss": [3, 4]})
    assert series.index == "epoch"
    assert list(series.fields) == ["step", "loss"]


def test_dict_of_lists_without_an_index_is_numbered_by_the_run():
    series = to_primitive({"loss": np.array([0.5, nan]), "acc": Tensor([1, 2])})
    assert (series.index, series.index_values) == ("step", None)
    assert identical(series.fields["loss"], np.array([0.5, nan]))


@pytest.mark.parametrize("data", [[1, 2.5, nan], (1, 2), np.arange(3), pd.Series([1.0]), Tensor([1.0]), range(3), []])
def test_one_dimension_is_a_distribution(data):
    assert to_primitive(data) == Distribution(data)


@pytest.mark.parametrize("data", [[[1, 2], [3, 4]], np.array([[1, 2], [3, 4]]), [np.array([1, 2]), np.array([3, 4])]])
def test_two_dimensions_are_a_matrix_with_numbered_labels(data):
    assert to_primitive(data) == Matrix(["0", "1"], ["0", "1"], [[1, 2], [3, 4]])


def test_list_of_one_element_tensors_is_a_distribution():
    assert to_primitive([Tensor(1), Tensor(2)]) == Distribution([1.0, 2.0])


def test_data_frame_is_a_table_with_the_types_of_its_columns():
    frame = pd.DataFrame(
        {
            "x": [1.5, nan],
            "n": pd.array([1, None], dtype="Int64"),
            "name": ["a", None],
            "ok": [True, False],
            "when": pd.to_datetime(["2026-01-01", None]),
            "zone": pd.to_datetime(["2026-01-01", None], utc=True),
            "cat": pd.Series(["u", None], dtype="category"),
            "any": [1, "b"],
            3: [0, 1],
        }
    )
    table = to_primitive(frame)
    types = ["number", "number", "string", "boolean", "datetime", "datetime", "string", "mixed", "number"]
    assert [column.type for column in table.columns] == types
    assert table.columns[-1].name == "3"
    first = (1.5, 1, "a", True, "2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00", "u", 1, 0)
    assert identical(table.data, (first, (nan, None, None, False, None, None, None, "b", 1)))


def test_an_index_that_was_set_stands_as_first_columns():
    frame = pd.DataFrame({"a": [1, 2], "v": [3.0, 4.0]}).set_index("a")
    assert to_primitive(frame) == Table(["a", "v"], [[1, 3.0], [2, 4.0]])


def test_levels_of_column_names_are_joined():
    frame = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")]))
    assert [column.name for column in to_primitive(frame).columns] == ["a/x", "a/y"]


def test_two_columns_of_one_name_are_refused():
    with pytest.raises(ValidationError, match="again") as caught:
        to_primitive(pd.DataFrame([[1, 2]], columns=["a", "a"]))
    assert caught.value.field == "columns"


def test_empty_data_frame_keeps_its_columns():
    table = to_primitive(pd.DataFrame({"a": [], "b": []}))
    assert [column.name for column in table.columns] == ["a", "b"]
    assert table.data == ()


def test_list_of_dicts_is_a_table_with_a_column_per_key():
    table = to_primitive([{"a": 1, "b": "x"}, {"a": 2, "c": True}])
    assert table.rows() == (("a", "b", "c"), [(1, "x", None), (2, None, True)])


@pytest.mark.parametrize(
    ("data", "field", "message"),
    [
        (3, "data", "log_metric"),
        (np.float32(3), "data", "single value"),
        (np.array(3), "data", "single value"),
        (Tensor(3), "data", "single value"),
        ("text", "data", "single value"),
        (None, "data", "single value"),
        (object(), "data", "single value"),
        (np.zeros((2, 2, 2)), "data", "3-D"),
        ([[[1]]], "data", "3-D"),
        ([[[[[1]]]]], "data", "-D"),
        ({1, 2}, "data", "no order"),
        ((x for x in [1]), "data", "list"),
        ({}, "data", "empty"),
        ({"a": {"b": 1}}, "data.a", "nested"),
        ({"a": 1, "b": {"c": 1}}, "data.b", "nested"),
        ({"epoch": [1, 2]}, "data", "nothing but the index"),
        ({"a": [1, 2], "b": 3}, "data.b", "beside lists"),
        ({"a": [1, 2], "b": [1]}, "fields.b", "1 values"),
        ({"a": [[1, 2], [3, 4]]}, "fields.a[0]", "one dimension too many"),
        ({"a": ["x"]}, "fields.a[0]", "takes a number"),
        ({"a": {1, 2}}, "fields.a", "no order"),
        ({1: [2]}, "data", "names are text"),
        ({"epoch": [1, nan], "a": [1, 2]}, "fields.epoch", "finite"),
        ({"a": "x"}, "data.a", "number"),
        ([1, "a"], "data[1]", "takes a number"),
        (["a"], "data[0]", "takes a number"),
        ([[1, 2], [3]], "data", "1 values"),
        ([{"a": 1}, 3], "data", "takes a number"),
    ],
)
def test_what_means_nothing_is_refused_with_the_field_and_a_way_out(data, field, message):
    with pytest.raises(ValidationError, match=message) as caught:
        to_primitive(data)
    assert caught.value.field.startswith(field)


@pytest.mark.parametrize(
    "data",
    [
        {"loss": 0.5},
        {"epoch": 1, "loss": np.float32(0.5)},
        {"loss": Tensor(0.5)},
        {"loss": None, "acc": 1},
        {"time": datetime(2026, 1, 1), "loss": 1},
        {"loss": "high"},
        {"epoch": 1, "loss": np.array([0.5])},
    ],
)
def test_dict_of_numbers_is_a_point(data):
    assert is_point(data)


@pytest.mark.parametrize(
    "data",
    [
        {},
        [1],
        {"a": [1]},
        {"a": 1, "b": [1]},
        {"a": {"b": 1}},
        {"a": np.array([1.0])},
        3,
        {"a": {1}},
        {"a": 1, "b": {}},
    ],
)
def test_what_is_no_point(data):
    assert not is_point(data)


def test_point_gives_index_and_plain_fields():
    name, value, fields = point({"loss": Tensor(0.5), "epoch": np.int64(3), "acc": True, "gone": None})
    assert (name, value, fields) == ("epoch", 3, {"loss": 0.5, "acc": 1, "gone": None})
    assert list(map(type, fields.values())) == [float, int, type(None)]
    assert point({"loss": 1}) == (None, None, {"loss": 1})


@pytest.mark.parametrize(
    "value", [datetime(2026, 1, 1, 9), np.datetime64("2026-01-01T09:00:00"), "2026-01-01T09:00:00"]
)
def test_a_points_time_is_iso_8601(value):
    assert point({"time": value, "a": 1})[1] == "2026-01-01T09:00:00"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"loss": "high"}, "data.loss"),
        ({"epoch": 1}, "data"),
        ({"epoch": nan, "a": 1}, "data.epoch"),
        ({"epoch": None, "a": 1}, "data.epoch"),
        ({"time": "soon", "a": 1}, "data.time"),
        ({"epoch": pd.NaT, "a": 1}, "data.epoch"),
        ({3: 1}, "data"),
        ({"": 1.0}, "data"),
        ({"a\0b": 1.0}, "data"),
        ({"lo\ud800ss": 1.0}, "data"),
        ({f"f{i}": 1.0 for i in range(20_000)}, "data"),
    ],
)
def test_point_that_cannot_be_is_refused_with_its_field(data, field):
    with pytest.raises(ValidationError) as caught:
        point(data)
    assert caught.value.field == field
    assert "[0]" not in str(caught.value)


def test_one_point_may_stand_for_a_series():
    assert to_primitive({"epoch": 3, "loss": 0.5}) == Series("epoch", {"loss": [0.5]}, [3])
