"""Answers for machines."""

from __future__ import annotations

import csv
import io
import json

from hypothesis import given
from hypothesis import strategies as st

from mlflow_ext.cli.delimited import csv_text, json_text
from tests.unit.client.conftest import run


def cells(*row: object) -> list[str]:
    return next(csv.reader(io.StringIO(csv_text([{str(n): cell for n, cell in enumerate(row)}]).split("\n", 1)[1])))


def test_a_text_that_is_a_formula_is_quoted_and_a_number_is_not() -> None:
    assert cells("=1+1", "+cmd", "-x", "@sum", "\tx", "plain") == ["'=1+1", "'+cmd", "'-x", "'@sum", "'\tx", "plain"]
    assert cells(-0.5, -3, "-0.5", "+1e-5", "-Infinity", None) == ["-0.5", "-3", "-0.5", "+1e-5", "-Infinity", ""]
    assert cells("-1+1", "-1.5.2") == ["'-1+1", "'-1.5.2"]


@given(st.text())
def test_no_cell_starts_a_formula(text: str) -> None:
    (cell,) = next(csv.reader(io.StringIO(csv_text([{"x": text}]).split("\n", 1)[1], newline="")), [""])
    try:
        float(cell)
    except ValueError:
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_columns_are_those_of_every_row() -> None:
    assert csv_text([{"a": 1}, {"b": 2, "a": 3}]) == "a,b\n1,\n3,2\n"
    assert csv_text([]) == ""


def test_json_is_strict_and_as_the_api_says_it() -> None:
    content = json_text([run(metrics={"loss": "NaN", "acc": 0.5})])
    assert json.loads(content)[0]["metrics"] == {"loss": "NaN", "acc": 0.5}
