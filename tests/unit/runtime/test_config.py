"""Configuration of several calls, merged."""

from __future__ import annotations

from typing import Any

import pytest

from mlflow_ext.encoding import from_jsonable, jsonable
from mlflow_ext.primitives import identical
from mlflow_ext.uploader.fold import merge

nan = float("nan")


@pytest.mark.parametrize(
    ("first", "second", "merged"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}, {"a": {"b": 3, "c": 2}}),
        ({"a": nan}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": {"b": 1}}, {"a": nan}, {"a": nan}),
        ({"a": nan}, {"a": float("inf")}, {"a": float("inf")}),
        ({"a": {"$float": "x"}}, {"a": {"b": 1}}, {"a": {"$float": "x", "b": 1}}),
        ({"$float": "x"}, {"b": 1}, {"$float": "x", "b": 1}),
        ({"a": {"b": 1}}, {"a": {"$float": nan}}, {"a": {"b": 1, "$float": nan}}),
        ({"a": {}}, {"a": {"$float": "NaN"}}, {"a": {"$float": "NaN"}}),
        ({}, {"$float": "NaN"}, {"$float": "NaN"}),
    ],
)
def test_configuration_is_merged_as_it_was_given(
    first: dict[str, Any], second: dict[str, Any], merged: dict[str, Any]
) -> None:
    config = jsonable(first)
    merge(config, jsonable(second))
    assert identical(from_jsonable(config), merged)
