"""Strict JSON in which every float survives."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlflow_ext.encoding import (
    decode_number_column,
    dumps,
    from_jsonable,
    jsonable,
    loads,
    number_column,
    numbers_from_json,
)
from mlflow_ext.errors import ValidationError
from mlflow_ext.primitives import identical

from .primitives.fakes import Tensor

nan, inf = float("nan"), float("inf")
INTEGERS = st.integers(-(2**63), 2**64 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | INTEGERS | st.floats() | TEXT,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(TEXT | st.sampled_from(["$float", "$$float", "float"]), inner, max_size=4)
    ),
    max_leaves=12,
)


def strict(text: bytes):
    def fail(word):
        raise AssertionError(word)

    return json.loads(text, parse_constant=fail)


@settings(deadline=None)
@given(VALUES)
def test_any_nested_value_survives_strict_json_exactly(value):
    assert identical(from_jsonable(strict(dumps(jsonable(value)))), value)


@settings(deadline=None)
@given(st.lists(st.none() | INTEGERS | st.floats(), max_size=20))
def test_any_column_survives_strict_json_exactly(column):
    stored = strict(dumps(number_column(column)))
    assert identical(numbers_from_json(stored), column)
    values, missing = decode_number_column(orjson.loads(dumps(number_column(column))))
    assert missing.tolist() == [cell is None for cell in column]
    assert identical(values.tolist(), [nan if cell is None else float(cell) for cell in column])


@settings(deadline=None)
@given(st.lists(st.lists(st.floats(), min_size=3, max_size=3), min_size=1, max_size=5))
def test_any_matrix_survives_strict_json_exactly(rows):
    stored = strict(dumps(number_column(np.array(rows))))
    assert identical([numbers_from_json(row) for row in stored], rows)


def test_finite_array_is_passed_on_uncopied():
    column = np.array([1.0, 2.0])
    assert number_column(column) is column


@pytest.mark.parametrize(
    "value",
    [
        nan,
        -inf,
        [1.0, nan],
        [1, "a", inf],
        {"a": {"b": nan}},
        np.array([nan]),
        np.array([[1.0, inf]]),
        (np.float32(nan),),
    ],
)
def test_bare_nan_is_refused_and_never_becomes_null(value):
    with pytest.raises(ValidationError, match="NaN or an infinity"):
        dumps(value)


@pytest.mark.parametrize("value", [object(), {1, 2}, 2**64, "\ud800", {"a": b"x"}, np.array(["a"])])
def test_what_json_has_no_word_for_is_refused(value):
    with pytest.raises(ValidationError):
        dumps(value)


def test_ready_json_is_embedded_as_it_is():
    assert dumps({"a": orjson.Fragment(b'{"b":1}')}) == b'{"a":{"b":1}}'


@pytest.mark.parametrize("text", [b"", b"{", b"NaN", b'{"a": Infinity}', b'"\xff"', b"[1,]", b"[" * 5000])
def test_what_is_no_strict_json_is_refused(text):
    with pytest.raises(ValidationError, match="no strict JSON"):
        loads(text)


@pytest.mark.parametrize(
    "column", [["1.5"], ["nan"], [True], [[1]], [{}], "abc", None, {"a": 1}, ["NaN", "x"], [10**400]]
)
def test_stored_column_that_holds_no_numbers_is_refused(column):
    with pytest.raises(ValidationError) as caught:
        decode_number_column(column, "fields.loss")
    assert caught.value.field == "fields.loss"


def test_objects_of_every_library_become_plain():
    @dataclass
    class Config:
        rate: float
        path: Path

    value = {
        "array": np.array([[1.0, nan]]),
        "int": np.int32(3),
        "tensor": Tensor([1, 2]),
        "config": Config(0.5, Path("a/b")),
        "when": [datetime(2026, 1, 1), np.datetime64("2026-01-01"), date(2026, 1, 1)],
        "tuple": (1, True),
        3: None,
    }
    assert identical(
        from_jsonable(jsonable(value)),
        {
            "array": [[1.0, nan]],
            "int": 3,
            "tensor": [1.0, 2.0],
            "config": {"rate": 0.5, "path": "a/b"},
            "when": ["2026-01-01T00:00:00", "2026-01-01", "2026-01-01"],
            "tuple": [1, True],
            "3": None,
        },
    )


def test_text_nan_stays_text_and_a_number_stays_a_number():
    stored = jsonable({"text": "NaN", "number": nan, "marked": {"$float": "NaN"}})
    assert stored == {"text": "NaN", "number": {"$float": "NaN"}, "marked": {"$$float": "NaN"}}
    again = from_jsonable(stored)
    assert (again["text"], again["marked"]) == ("NaN", {"$float": "NaN"})
    assert math.isnan(again["number"])


def test_foreign_marks_stay_what_they_are():
    assert from_jsonable({"$float": "high"}) == {"$float": "high"}
    assert from_jsonable({"$float": [1]}) == {"$float": [1]}


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"a": {"b": b"x"}}, "config.a.b"),
        ({"a": [1, {2}]}, "config.a[1]"),
        ({"a": "\ud800"}, "config.a"),
        ({"\ud800": 1}, "config"),
        ({1: 1, "1": 2}, "config"),
        ({(1, 2): 1}, "config"),
        ({"a": 2**64}, "config.a"),
        (object(), "config"),
        ({"a": pd.DataFrame([[1, 2]], columns=["b", "b"])}, "config.a"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_its_place(value, field):
    with pytest.raises(ValidationError) as caught:
        jsonable(value, "config")
    assert caught.value.field == field


def test_a_value_that_holds_itself_is_refused():
    loop: list = []
    loop.append(loop)
    with pytest.raises(ValidationError, match="100 levels"):
        jsonable(loop)
