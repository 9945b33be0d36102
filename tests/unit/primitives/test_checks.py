"""What each kind refuses across its fields, and what its fields become."""

from __future__ import annotations

import re
import threading

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlflow_ext.encoding import loads
from mlflow_ext.errors import ValidationError
from mlflow_ext.primitives import (
    BarChart,
    Column,
    Curve,
    CurveMetric,
    Distribution,
    Matrix,
    Scatter,
    Series,
    Table,
    barchart,
    drawn,
    identical,
    matrix,
    primitive_class,
    scatter,
    series,
    table,
)

nan = float("nan")
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
NUMBERS = st.floats() | st.integers(-(2**63), 2**64 - 1)
CELLS = st.none() | st.booleans() | NUMBERS | TEXT | st.dictionaries(TEXT, st.floats(), max_size=2)

REFUSED = [
    (lambda: Series("", {"a": [1]}), "index", "empty"),
    (lambda: Series(None, {"a": [1]}), "index", "takes text"),
    (lambda: Series("i", {}), "fields", "empty"),
    (lambda: Series("i", {"i": [1]}), "fields", "empty"),
    (lambda: Series("i", [1]), "fields", "takes a dict"),
    (lambda: Series("i", {"": [1]}), "fields", "empty"),
    (lambda: Series("i", {1: [1]}), "fields", "names are text"),
    (lambda: Series("i", {"a\0": [1]}), "fields", "NUL"),
    (lambda: Series("i", {"\ud800": [1]}), "fields", "lone surrogate"),
    (lambda: Series("i", {"a": [1, 2], "b": [1]}), "fields.b", "1 values, but fields.a has 2"),
    (lambda: Series("i", {"a": [1, 2]}, [1]), "index_values", "1 values, but fields.a has 2"),
    (lambda: Series("i", {"a": [1, 2], "i": [1]}), "fields.i", "1 values"),
    (lambda: Series("i", {"a": [1], "i": [1]}, [1]), "index_values", "give one"),
    (lambda: Series("i", {"a": [1], "i": [None]}), "fields.i", "missing"),
    (lambda: Series("i", {"a": np.zeros((1, 1, 1))}), "fields.a", "3-D"),
    (lambda: Series("i", {"a": {"b": [1]}}), "fields.a", "nested dicts"),
    (lambda: Distribution([1, 2], ["a"]), "groups", "1 values, but values has 2"),
    (lambda: Distribution([1, None]), "values", "missing"),
    (lambda: Distribution(3), "values", "takes a list"),
    (lambda: Scatter(x=[1], y=[1, 2]), "y", "2 values, but x has 1"),
    (lambda: Scatter(x=[1]), "y", "missing"),
    (lambda: Scatter(points=None), "x", "missing"),
    (lambda: Scatter(points=[{"x": 1}]), "points[0]", "has no y"),
    (lambda: Scatter(points=[{"x": 1, "y": 1, "color": 3}]), "points[0]", "color"),
    (lambda: Scatter(points=[{"x": 1, "y": 1}, 3]), "points[1]", "takes a dict"),
    (lambda: Scatter(points=[{"x": 1, "y": 1}, {"x": 1, "z": 1}]), "points[1]", "has no y"),
    (lambda: Scatter(points={"x": 1}), "points", "takes a list"),
    (lambda: Scatter(points=[{"x": "1", "y": 1}]), "x", "takes a number"),
    (lambda: Scatter(points=[{"x": 1, "y": 1}], x=[1]), "x", "beside points"),
    (lambda: Scatter(x=[1], y=[1], labels=["a", "b"]), "labels", "2 values"),
    (lambda: Scatter(x=[1], y=[1], sizes=["a"]), "sizes", "takes a number"),
    (lambda: Matrix(["a"], ["b"], [[1], [2]]), "rows", "1 labels, but values has 2 rows"),
    (lambda: Matrix(["a"], ["b", "c"], [[1]]), "cols", "2 labels, but values has 1 columns"),
    (lambda: Matrix(["a", "b"], ["c", "d"], [[1, 2], [3]]), "values", r"values\[1\] has 1 values"),
    (lambda: Matrix(["a"], ["b"], [1]), "values", "takes a list"),
    (lambda: Matrix(["a"], ["b"], np.zeros((1, 1, 1))), "values", "2-D"),
    (lambda: Matrix(["a"], ["b"], [[[1, 2]]]), "values", r"values\[0\]\[0\]"),
    (lambda: Matrix("a", ["b"], [[1]]), "rows", "takes a list"),
    (lambda: Curve([1], [1, 2]), "y", "2 values"),
    (lambda: Curve([1], [1], baseline="up"), "baseline", "'diagonal', 'horizontal', 'vertical'"),
    (lambda: Curve([1], [1], baseline=["diagonal"]), "baseline", "'diagonal'"),
    (lambda: Curve([1], [1], metric=0.5), "metric", '"value": 0.93'),
    (lambda: Curve([1], [1], metric={"name": "AUC"}), "metric", "'name'"),
    (lambda: Curve([1], [1], metric={"name": "", "value": 1}), "metric.name", "empty"),
    (lambda: Curve([1], [1], metric={"name": "a", "value": "1"}), "metric.value", "takes a number"),
    (lambda: Curve([1], [1], metric={"name": "a", "value": None}), "metric.value", "missing"),
    (lambda: Curve([1], [1], x_label=3), "x_label", "takes text"),
    (lambda: BarChart(["a"], {}), "groups", "empty"),
    (lambda: BarChart(["a"], [1]), "groups", "takes a dict"),
    (lambda: BarChart(["a"], {"g": [1, 2]}), "groups.g", "2 values, but categories has 1"),
    (lambda: BarChart(["a"], {"g": ["x"]}), "groups.g", "takes a number"),
    (lambda: BarChart(["a"], {"g": [1]}, stacked="yes"), "stacked", "True or False"),
    (lambda: BarChart([None], {"g": [1]}), "categories", "missing"),
    (lambda: Table([], []), "columns", "empty"),
    (lambda: Table(["a", "a"], []), "columns", "must differ"),
    (lambda: Table([""], []), "columns", "empty"),
    (lambda: Table([3], []), "columns", "takes text"),
    (lambda: Table([{"name": "a", "kind": "number"}], []), "columns", "takes"),
    (lambda: Table([{"name": "a", "type": "text"}], []), "columns", "number, string"),
    (lambda: Table(["a"], [[1, 2]]), "data[0]", "2 cells, but there are 1 columns"),
    (lambda: Table(["a"], [3]), "data[0]", "takes a list"),
    (lambda: Table(["a"], ["x"]), "data[0]", "takes a list"),
    (lambda: Table(["a"], [{"a": 1}]), "data[0]", "list of dicts itself"),
    (lambda: Table(["a"], {"a": [1]}), "data", "takes a list"),
    (lambda: Table(["b", {"name": "a", "type": "number"}], [[1, 1], [2, "x"]]), "data[1].a", "declared number"),
    (lambda: Table([{"name": "a", "type": "number"}], [[True]]), "data[0].a", "declared number"),
    (lambda: Table([{"name": "a", "type": "string"}], [[1]]), "data[0].a", "declared string"),
    (lambda: Table([{"name": "a", "type": "boolean"}], [[1]]), "data[0].a", "declared boolean"),
    (lambda: Table([{"name": "a", "type": "datetime"}], [["soon"]]), "data[0].a", "declared datetime"),
]


@pytest.mark.parametrize(("call", "field", "message"), REFUSED)
def test_a_wrong_call_is_refused_with_the_field_named(call, field, message):
    with pytest.raises(ValidationError, match=message) as caught:
        call()
    assert caught.value.field.split("[")[0] == field.split("[")[0]
    assert re.match(r"(Series|Distribution|Scatter|Matrix|Curve|BarChart|Table): ", str(caught.value))


@pytest.mark.parametrize(
    ("call", "limit"),
    [
        (lambda: Series("i", {"a": np.zeros(series.MAX_POINTS + 1, np.bool_)}), "10,000,000"),
        (lambda: Scatter(x=np.zeros(scatter.MAX_POINTS + 1), y=np.zeros(scatter.MAX_POINTS + 1)), "1,000,000"),
        (lambda: BarChart(["a"] * (barchart.MAX_BARS + 1), {"g": np.zeros(barchart.MAX_BARS + 1)}), "1,000,000"),
        (lambda: Matrix(["a"] * 2001, ["b"] * 2000, np.zeros((2001, 2000))), f"{matrix.MAX_CELLS:,}"),
        (lambda: Table([str(i) for i in range(1001)], [(0,) * 1001] * 1000), f"{table.MAX_CELLS:,}"),
    ],
)
def test_what_is_too_large_is_refused_with_the_limit(call, limit):
    with pytest.raises(ValidationError, match=limit):
        call()


def test_field_named_like_the_index_supplies_its_values():
    made = Series("epoch", {"epoch": [1, 2], "loss": [0.5, 0.3]})
    assert made == Series("epoch", {"loss": [0.5, 0.3]}, [1, 2])
    timed = Series("time", {"time": pd.to_datetime(["2026-01-01"]), "loss": [1]})
    assert timed.index_values == ("2026-01-01T00:00:00",)


def test_fields_may_be_a_data_frame():
    assert Series("i", pd.DataFrame({"i": [1, 2], "a": [0.5, nan]})) == Series("i", {"a": [0.5, nan]}, [1, 2])


def test_stored_points_may_carry_their_calls():
    data = {**Series.example().to_data(), "calls": [[0, 1, 5]]}
    assert Series.from_data(data) == Series.example()


def test_scatter_points_and_columns_are_one():
    points = [{"x": 0, "y": 1.5, "label": "a"}, {"x": 2, "y": 3, "z": nan, "size": 4}]
    made = Scatter(points=points)
    assert made == Scatter(x=[0, 2], y=[1.5, 3], z=[None, nan], labels=["a", None], sizes=[None, 4])
    assert made == Scatter(points)
    assert Scatter(points=pd.DataFrame({"x": [1.0], "y": [2.0]})) == Scatter(x=[1.0], y=[2.0])
    assert Scatter(points=[{"y": 2, "x": 1}]) == Scatter(x=[1], y=[2])
    assert Scatter([]).rows().rows == []


def test_curve_metric_keeps_nan():
    curve = Curve([0], [1], metric={"name": "AUC", "value": nan})
    assert curve.to_data()["metric"] == {"name": "AUC", "value": "NaN"}
    assert Curve.from_data(loads(curve.to_json())) == curve
    assert curve.metric.name == "AUC"
    assert Curve([0], [1], metric=CurveMetric("AUC", 0.5)).metric.value == 0.5


def test_declared_types_are_kept_where_they_fit():
    columns = [{"name": "n", "type": "number"}, {"name": "t", "type": "datetime"}, {"name": "m", "type": "mixed"}, "s"]
    made = Table(columns, [[None, "2026-01-31", 3, "x"], [nan, None, "y", None]])
    assert made.columns == (Column("n", "number"), Column("t", "datetime"), Column("m", "mixed"), Column("s", "string"))
    assert Table.from_data(loads(made.to_json())) == made


def test_number_columns_and_mixed_cells_write_nan_each_in_its_way():
    made = Table(["n", "m"], [[nan, nan], [1, "NaN"]])
    assert made.to_data()["data"] == [("NaN", {"$float": "NaN"}), (1, "NaN")]


def test_empty_ones_are_allowed_where_no_data_is_data():
    for made in (Series("i", {"a": []}), Distribution([]), Scatter(x=[], y=[]), Curve([], []), Table(["a"], [])):
        assert type(made).from_data(loads(made.to_json())) == made
        assert made.rows().rows == []
    empty = Matrix([], ["a", "b"], [])
    assert empty.values.shape == (0, 2)
    assert Matrix.from_data(loads(empty.to_json())) == empty


def test_stored_table_column_without_a_type_is_refused():
    with pytest.raises(ValidationError, match="no type"):
        Table.from_data({"columns": ["a"], "data": [[1]]})


def test_missing_values_draw_as_nan():
    assert identical(drawn(Series("i", {"a": [1, None]}).fields["a"]), np.array([1.0, nan]))


@pytest.mark.parametrize("kind", ["pie", "", None, 3, ["series"]])
def test_unknown_kinds_are_told_the_known_ones(kind):
    with pytest.raises(ValidationError, match="series, distribution, scatter, matrix, curve, barchart, table"):
        primitive_class(kind)


def test_first_use_in_many_threads_at_once():
    made: list[object] = []
    barrier = threading.Barrier(8)

    def make() -> None:
        barrier.wait()
        made.append(BarChart(["a"], {"g": [1]}))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8


@settings(deadline=None)
@given(st.dictionaries(TEXT, st.lists(NUMBERS | st.none(), min_size=3, max_size=3), min_size=1, max_size=3), TEXT)
def test_any_series_survives_exactly(fields, index):
    fields.pop(index, None)
    made = Series(index, {**fields, index + "x": [1, 2, 3]})
    again = Series.from_data(loads(made.to_json()))
    assert again == made
    for name, values in fields.items():
        if len({type(value) for value in values}) == 1:
            assert identical(again.fields[name].tolist(), values)


@settings(deadline=None)
@given(
    st.lists(TEXT, min_size=2, max_size=2, unique=True), st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=5)
)
def test_any_table_survives_exactly(names, rows):
    made = Table(names, rows)
    assert Table.from_data(loads(made.to_json())) == made
    assert identical(list(map(list, made.data)), rows)
