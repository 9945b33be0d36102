"""Values of every library: taken exactly, or refused with the field named."""

from __future__ import annotations

import math
import uuid
from array import array
from collections import deque
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pytest

from mlflow_ext.errors import ValidationError
from mlflow_ext.primitives import Distribution, Matrix, Series, Table, columns, identical
from mlflow_ext.values import number

from .fakes import Tensor


class Level(IntEnum):
    HIGH = 3


class Rate(Enum):
    SLOW = 0.5


class Colour(str, Enum):
    RED = "red"


nan, inf = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (3, 3),
        (2**63, 2**63),
        (-(2**63), -(2**63)),
        (True, 1),
        (0.1, 0.1),
        (-0.0, -0.0),
        (nan, nan),
        (-inf, -inf),
        (None, None),
        (np.float16(0.5), 0.5),
        (np.float32(0.1), float(np.float32(0.1))),
        (np.float64(0.1), 0.1),
        (np.longdouble("0.25"), 0.25),
        (np.longdouble("inf"), inf),
        (np.int8(-3), -3),
        (np.uint64(2**64 - 1), 2**64 - 1),
        (np.bool_(True), 1),
        (np.array(7), 7),
        (np.array([[2.5]]), 2.5),
        (np.array([None, 1], dtype=object)[1:], 1),
        (np.timedelta64(1500, "ms"), 1.5),
        (np.timedelta64("NaT", "s"), None),
        (timedelta(minutes=1), 60.0),
        (pd.Timedelta("2s"), 2.0),
        (pd.NA, None),
        (pd.NaT, None),
        (pd.Series([4]), 4),
        (Decimal("0.1"), 0.1),
        (Decimal("NaN"), nan),
        (Decimal("-Infinity"), -inf),
        (Decimal(2**60 + 1), 2**60 + 1),
        (Fraction(1, 3), 1 / 3),
        (Level.HIGH, 3),
        (Rate.SLOW, 0.5),
        (Tensor(1.5), 1.5),
        (Tensor([1.5]), 1.5),
    ],
)
def test_one_number_is_taken_exactly(value, plain):
    assert identical(number(value, "f"), plain)


@pytest.mark.parametrize(
    "value",
    [
        "0.5",
        "NaN",
        "Infinity",
        b"1",
        1j,
        np.complex64(1),
        np.str_("1"),
        np.datetime64("2026-01-01"),
        datetime(2026, 1, 1),
        date(2026, 1, 1),
        time(1),
        [1, 2],
        [1],
        {1},
        {"a": 1},
        object(),
        Colour.RED,
        np.array([1, 2]),
        np.array([]),
        Tensor([1, 2]),
        Decimal("1e400"),
        Fraction(10**400),
        2**64,
        -(2**63) - 1,
        10**5000,
        np.longdouble("1e4000"),
        Path("a"),
        pd.Series([1, 2]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_number_is_refused_with_its_field(value):
    with pytest.raises(ValidationError, match=r"^f ") as caught:
        number(value, "f")
    assert caught.value.field == "f"
    assert len(str(caught.value)) < 400


def test_signalling_nan_is_a_nan():
    assert math.isnan(number(Decimal("sNaN"), "f"))


def test_text_that_means_nan_is_refused_with_the_way_to_write_it():
    with pytest.raises(ValidationError, match=r'float\("nan"\)'):
        Distribution([0.1, "NaN"])


FLOATS = [np.float16, np.float32, np.float64, np.longdouble, ">f8", "<f4"]
INTEGERS = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64, ">i4", np.bool_]


@pytest.mark.parametrize("dtype", FLOATS)
def test_float_arrays_keep_nan_and_infinities(dtype):
    column = columns.numbers(np.array([0.5, nan, inf, -inf], dtype=dtype), "f")
    assert identical(column, np.array([0.5, nan, inf, -inf]))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integer_and_boolean_arrays_stay_integers(dtype):
    assert identical(columns.numbers(np.array([1, 0], dtype=dtype), "f"), np.array([1, 0], np.int64))


@pytest.mark.parametrize(
    "values",
    [
        [2**60 + 1, 3],
        [2**60 + 1, 0.5],
        [2**60 + 1, None],
        [2**63 + 1, 2],
        [2**63 + 1, -2],
        np.array([2**64 - 1], np.uint64),
    ],
)
def test_integers_above_2_to_the_53_survive_exactly(values):
    series = Series("i", {"a": values})
    again = Series.from_data(orjson.loads(series.to_json()))
    assert again == series
    assert again.fields["a"].tolist() == list(values)


def test_integers_and_floats_together_are_floats():
    assert identical(columns.numbers([1, 2.5, True], "f"), np.array([1.0, 2.5, 1.0]))


@pytest.mark.parametrize(
    "values",
    [
        (1.0, 2.0),
        deque([1.0, 2.0]),
        {"a": 1.0, "b": 2.0}.values(),
        np.array([1.0, 2.0])[::1],
        np.array([1.0, 9, 2.0])[::2],
        np.array([1.0, 2.0], dtype=object),
        [np.float32(1), np.float32(2)],
        [np.float32(1), 2.0],
        [np.array(1.0), np.array([2.0])],
        [Tensor(1.0), Tensor(2.0)],
        Tensor([1.0, 2.0]),
        pd.Series([1.0, 2.0]),
        pd.Index([1.0, 2.0]),
        pd.Series([1.0, 2.0], dtype="Float64"),
        pd.array([1.0, 2.0], dtype="Float64"),
        pd.Series([1.0, 2.0], dtype="category"),
        pd.Series(pd.arrays.SparseArray([1.0, 2.0])),
        [Decimal(1), Fraction(2)],
        array("d", [1.0, 2.0]),
        np.ma.array([1.0, 2.0]),
    ],
    ids=lambda values: type(values).__name__,
)
def test_every_kind_of_column_gives_the_same_floats(values):
    assert identical(columns.numbers(values, "f"), np.array([1.0, 2.0]))


@pytest.mark.parametrize(
    "values",
    [
        [1, None],
        pd.Series([1, None], dtype="Int64"),
        pd.Series([1, pd.NA], dtype=object),
        np.ma.array([1, 2], mask=[False, True]),
        np.array([1, None], dtype=object),
    ],
    ids=lambda values: type(values).__name__,
)
def test_missing_is_told_from_nan(values):
    column = columns.numbers(values, "f", missing=True)
    assert column.tolist() == [1, None]
    with pytest.raises(ValidationError, match=r"f\[1\] is missing") as caught:
        columns.numbers(values, "f")
    assert caught.value.field == "f"


def test_range_is_a_column():
    assert columns.numbers(range(3), "f").tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({1, 2}, "no order"),
        (frozenset([1]), "no order"),
        ((x for x in [1]), r"list\(\.\.\.\)"),
        (map(float, [1]), r"list\(\.\.\.\)"),
        ({"a": 1}, "nested dicts"),
        ("abc", "takes a list"),
        (b"abc", "takes a list"),
        (3, "takes a list"),
        (None, "takes a list"),
        (np.array(3), "single number"),
        (np.zeros((2, 2, 2)), r"3-D with shape \(2, 2, 2\)"),
        (np.zeros((2, 1)), "takes a 1-D"),
        (Tensor([[1.0]]), "takes a 1-D"),
        ([[1], [2]], "one dimension too many"),
        (["a"], "text stands in a Table"),
        (np.array(["a"]), "takes numbers"),
        (np.array(["2026-01-01"], "M8[D]"), "takes numbers"),
        (pd.Series(["a"]), "takes a number"),
        (np.array([1j]), "takes numbers"),
        (np.zeros(2, dtype=[("a", int)]), "takes numbers"),
        ([1, 2**64], "64 bits"),
        ([0.5, 10**400], "64 bits"),
    ],
)
def test_what_is_no_column_of_numbers_is_refused_with_its_field(values, message):
    with pytest.raises(ValidationError, match=message) as caught:
        columns.numbers(values, "f")
    assert caught.value.field.startswith("f")


def test_tensor_that_refuses_is_told_with_its_own_words():
    class Meta(Tensor):
        def detach(self):
            raise NotImplementedError("no data on meta")

    with pytest.raises(ValidationError, match="no data on meta"):
        columns.numbers(Meta([1.0]), "f")


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([datetime(2026, 1, 31, 9), date(2026, 2, 1)], ("2026-01-31T09:00:00", "2026-02-01")),
        (["2026-01-31", "2026-01-31T09:00:00.5+02:00"], ("2026-01-31", "2026-01-31T09:00:00.5+02:00")),
        ([datetime(2026, 1, 1, tzinfo=timezone.utc)], ("2026-01-01T00:00:00+00:00",)),
        (np.array(["2026-01-01", "2026-01-02"], "M8[D]"), ("2026-01-01", "2026-01-02")),
        (np.array(["2026-01"], "M8[M]"), ("2026-01-01",)),
        (np.array(["2026-01-01T05"], "M8[h]"), ("2026-01-01T05:00:00",)),
        (np.array(["2026-01-01T00:00:00"], "M8[ns]"), ("2026-01-01T00:00:00",)),
        (np.array(["2026-01-01T00:00:00.000000001"], "M8[ns]"), ("2026-01-01T00:00:00.000000001",)),
        ([np.datetime64("2026-01-01T00:00:00.25")], ("2026-01-01T00:00:00.250",)),
        (pd.to_datetime(["2026-01-01 12:00"]), ("2026-01-01T12:00:00",)),
        (pd.date_range("2026-01-01", periods=1, tz="UTC"), ("2026-01-01T00:00:00+00:00",)),
        ([pd.Timestamp("2026-01-01T00:00:00.123456789")], ("2026-01-01T00:00:00.123456789",)),
    ],
)
def test_times_become_iso_8601(values, texts):
    assert columns.index(values, "index_values") == texts


@pytest.mark.parametrize("year", ["-0001", "0000", "10000"])
def test_years_that_iso_8601_cannot_say_are_refused(year):
    times = np.array([f"{year}-01-01"], "M8[s]")
    for call in (lambda: Series("t", {"t": times, "a": [1]}), lambda: Table(["t"], [[times[0]]])):
        with pytest.raises(ValidationError, match="years 1 to 9999") as caught:
            call()
        assert caught.value.field is None or caught.value.field.startswith(("fields", "data"))


@pytest.mark.parametrize(
    "values",
    [
        [1, nan],
        [1, inf],
        [1, None],
        ["2026-13-01"],
        ["soon"],
        ["2026-01-01", 3],
        [pd.NaT, datetime(2026, 1, 1)],
        np.array(["NaT"], "M8[s]"),
        [time(3)],
        ["NaN"],
        ["2026-01-01T00:00:00+99:99"],
        [[1]],
        "2026-01-01",
    ],
)
def test_index_values_that_order_nothing_are_refused(values):
    with pytest.raises(ValidationError) as caught:
        Series("t", {"a": [1.0] * len(values)}, values)
    assert caught.value.field.startswith("index_values")


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (["a", "b"], ("a", "b")),
        ([1, 2.5, True], ("1", "2.5", "True")),
        (np.array(["a", "b"]), ("a", "b")),
        (np.array([1, 2]), ("1", "2")),
        (pd.Series(["a", "b"], dtype="category"), ("a", "b")),
        ([Colour.RED, Path("x/y")], ("red", "x/y")),
        ([date(2026, 1, 1)], ("2026-01-01",)),
        ([uuid.UUID(int=1)], ("00000000-0000-0000-0000-000000000001",)),
        (pd.interval_range(0, 1), ("(0, 1]",)),
        ([""], ("",)),
        (["<script>", "a\nb", "é \U0001f600"], ("<script>", "a\nb", "é \U0001f600")),
    ],
)
def test_labels_become_text(values, texts):
    assert columns.plain_labels(values, "f") == texts


@pytest.mark.parametrize("values", [["a", None], ["\ud800"], [b"a"], [["a"]], [{"a": 1}], "abc", None, [object()]])
def test_labels_that_are_no_text_are_refused(values):
    with pytest.raises(ValidationError) as caught:
        columns.plain_labels(values, "f")
    assert caught.value.field.startswith("f")


@pytest.mark.parametrize(
    ("cell", "stored", "kind"),
    [
        (np.float32(0.5), 0.5, "number"),
        (np.int64(3), 3, "number"),
        (np.bool_(True), True, "boolean"),
        (Decimal("0.5"), 0.5, "number"),
        (timedelta(seconds=2), 2.0, "number"),
        (datetime(2026, 1, 1), "2026-01-01T00:00:00", "datetime"),
        (pd.Timestamp("2026-01-01"), "2026-01-01T00:00:00", "datetime"),
        (np.datetime64("2026-01-01"), "2026-01-01", "datetime"),
        (date(2026, 1, 1), "2026-01-01", "datetime"),
        (time(9, 30), "09:30:00", "string"),
        (Path("a/b"), "a/b", "string"),
        (uuid.UUID(int=0), str(uuid.UUID(int=0)), "string"),
        (Colour.RED, "red", "string"),
        ("NaN", "NaN", "string"),
        (nan, nan, "number"),
        (pd.NA, None, "mixed"),
        (Tensor(1.5), 1.5, "number"),
        (np.array([1.0, nan]), [1.0, nan], "mixed"),
        ({"$float": "NaN"}, {"$float": "NaN"}, "mixed"),
        ({"a": [nan]}, {"a": [nan]}, "mixed"),
    ],
    ids=str,
)
def test_cells_are_stored_plain_and_their_type_is_found(cell, stored, kind):
    table = Table(["c"], [[cell]])
    assert table.columns[0].type == kind
    assert identical(table.data, ((stored,),))
    assert Table.from_data(orjson.loads(table.to_json())) == table


@pytest.mark.parametrize("cell", [b"x", {1}, object(), "\ud800", 2**64, [b"x"], 1j])
def test_cells_that_cannot_be_stored_are_refused_with_row_and_column(cell):
    with pytest.raises(ValidationError) as caught:
        Table(["a", "c"], [["x", 1], ["y", cell]])
    assert caught.value.field.startswith("data[1].c")


def test_matrix_takes_rows_of_any_library():
    expected = Matrix(["a", "b"], ["c", "d"], [[1.0, 2.0], [3.0, nan]])
    for values in (
        np.array([[1, 2], [3, nan]], np.float32),
        [np.array([1.0, 2]), np.array([3, nan])],
        [Tensor([1, 2]), Tensor([3, nan])],
        Tensor([[1, 2], [3, nan]]),
        pd.DataFrame([[1, 2], [3, nan]]),
        ((1.0, 2.0), [3.0, nan]),
    ):
        assert Matrix(["a", "b"], ["c", "d"], values) == expected


def test_the_callers_array_may_change_afterwards():
    mine = np.array([1.0, 2.0])
    series = Series("i", {"a": mine})
    mine[0] = 9
    assert series.fields["a"].tolist() == [1.0, 2.0]
    assert not series.fields["a"].flags.writeable


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32", "float64", "int32", "uint8", "bool"])
def test_real_torch_tensors_are_taken(dtype):
    torch = pytest.importorskip("torch")
    tensor = torch.ones(3, dtype=getattr(torch, dtype), requires_grad=dtype.startswith(("bf", "fl")))
    assert columns.numbers(tensor, "f").tolist() == [1, 1, 1]
    assert columns.numbers(list(tensor), "f").tolist() == [1, 1, 1]
    assert number(tensor[0], "f") == 1
    with pytest.raises(ValidationError, match="3-D"):
        columns.numbers(torch.ones(1, 1, 1), "f")
