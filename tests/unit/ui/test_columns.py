"""Columns and filters of the run list, as the address, the page and the filter language write them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_ext.errors import ValidationError
from mlflow_ext_server.query import parse
from mlflow_ext_server.query.node import Compare, Metric, Param
from mlflow_ext_ui.cell import cells, numeric, width
from mlflow_ext_ui.column import Column, expression, parse_columns, parse_sort
from mlflow_ext_ui.expression import brief, conjuncts
from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.source import Principal, Run

ME = Principal()
KEYS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)


@pytest.mark.parametrize("text", ["", "metrics", "metrics.", "loss", "attributes.nothing", "dataset.name"])
def test_what_names_no_column_is_none(text: str):
    assert Column.parse(text) is None
    assert parse_columns((text, "params.a", "params.a")) == (Column("params", "a"),)


def test_a_sort_is_a_column_and_a_direction():
    assert parse_sort("-metrics.val/loss") == (Column("metrics", "val/loss"), True)
    assert parse_sort("attributes.run_name") == (Column("attributes", "run_name"), False)
    assert parse_sort("-") is None


@given(KEYS)
def test_the_expression_of_any_key_means_that_key(key: str):
    assert parse(f"{expression('metrics', key)} = 1") == Compare(Metric(key), "=", 1.0)
    assert parse(f"{expression('params', key)} = 'x'") == Compare(Param(key), "=", "x")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("a = 1", ("a = 1",)),
        ("a = 1 and b = 2", ("a = 1", "b = 2")),
        ("a BETWEEN 1 AND 2 AND b = 3", ("a BETWEEN 1 AND 2", "b = 3")),
        ("a = 'x AND y' AND b = \"OR\"", ("a = 'x AND y'", 'b = "OR"')),
        ("(a = 1 OR b = 2) AND c = 3", ("(a = 1 OR b = 2)", "c = 3")),
        ("a = 1 OR b = 2 AND c = 3", ("a = 1 OR b = 2 AND c = 3",)),
        ("a = '", ("a = '",)),
        ("a = 1 AND", ("a = 1",)),
    ],
)
def test_a_filter_falls_into_what_and_joins(text: str, parts: tuple[str, ...]):
    assert conjuncts(text) == parts


@given(KEYS, KEYS)
def test_the_parts_joined_again_mean_the_same(one: str, other: str):
    text = f"{expression('metrics', one)} < 1 AND {expression('tags', other)} IS NULL"
    assert parse(" AND ".join(conjuncts(text))) == parse(text)


def test_a_chip_leaves_out_what_kind_of_field_it_is():
    assert [brief(part) for part in ("params.model = 'a'", "status = FAILED")] == ["model = 'a'", "status = FAILED"]


def run(*values: float | str | None, end: int | None = 60_000, status: str = "FINISHED") -> Run:
    return Run("r", "r", "1", status, 0, end, 0, user="ann", values=values)  # type: ignore[arg-type]


def test_cells_sort_by_number_and_show_what_was_logged():
    metric = cells([run(0.5), run(math.nan), run(None)], 0, Column("metrics", "loss"))
    assert metric == ([0.5, None, None], ["0.5000", "NaN", "–"])
    param = cells([run("1e-3"), run("auto"), run(None), run("nan")], 0, Column("params", "lr"))
    assert param == ([0.001, "auto", None, None], ["1e-3", "auto", "–", "nan"])


def test_a_fraction_of_many_digits_is_shown_with_those_that_count_and_sorts_whole():
    held = ["0.024550466997321", "0.00013859129812", "0.001", "1.234567891234e-05", "20240101123456789", "1.2.3456789"]
    values, texts = cells([run(value) for value in held], 0, Column("params", "lr"))
    assert texts == ["0.0245505", "0.000138591", "0.001", "1.23457e-05", "20240101123456789", "1.2.3456789"]
    assert values[0] == 0.024550466997321


def test_cells_of_attributes_need_no_values():
    runs = [run(), run(end=None, status="RUNNING")]
    assert cells(runs, 0, Column("attributes", "duration"), 120_000) == ([60_000, 120_000], ["1 min", "2 min…"])
    assert cells(runs, 0, Column("attributes", "start_time"), 120_000).texts == ["2 min ago", "2 min ago"]
    assert cells(runs, 0, Column("attributes", "status")).texts == ["Finished", "Running"]
    assert cells(runs, 0, Column("attributes", "user_id")).values == ["ann", "ann"]


def test_a_column_is_as_wide_as_its_texts_within_bounds():
    assert width(Column("params", "a"), ["x"]) < width(Column("params", "a"), ["x" * 12])
    assert width(Column("params", "a"), ["x" * 500]) == width(Column("params", "a" * 500), ["x" * 900]) == 146
    assert numeric(Column("metrics", "a"))
    assert not numeric(Column("params", "a"))


@pytest.fixture
def source() -> MemorySource:
    found = MemorySource(metric="acc")
    experiment = found.add_experiment("e")
    for name, lr, acc in (("a", "0.1", 0.5), ("b", "1e-2", math.nan), ("c", "auto", None), ("d", "2", 0.7)):
        found.add_run(experiment, name, run_id=name, params={"lr": lr, "model": "Res" + name}, metric=acc)
    return found


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("", "dcba"),
        ("params.lr < 1", "ba"),
        ("params.model = 'Resa'", "a"),
        ("params.model != 'Resa' AND metrics.acc > 0", "d"),
        ("metrics.acc = NaN", "b"),
        ("metrics.acc IS NULL", "c"),
        ("metrics.acc IS NOT NULL AND run_name ILIKE 'A%'", "a"),
        ("params.model LIKE 'res%'", ""),
        ("status = FINISHED", "dcba"),
        ("status != 'FINISHED'", ""),
    ],
)
def test_the_twin_in_memory_filters(source: MemorySource, where: str, names: str):
    assert "".join(run.name for run in source.runs(ME, "1", where=where).runs) == names


@pytest.mark.parametrize("where", ["params.lr < 1 OR params.lr > 2", "loss < 1", "metrics.a", "NOT status = FAILED"])
def test_the_twin_in_memory_refuses_what_it_does_not_know(source: MemorySource, where: str):
    with pytest.raises(ValidationError, match="filter, column 1"):
        source.runs(ME, "1", where=where)


@pytest.mark.parametrize(
    ("sort", "names"),
    [("metrics.acc", "adbc"), ("-metrics.acc", "dabc"), ("params.lr", "badc"), ("-params.lr", "dabc"), ("x", "dcba")],
)
def test_the_twin_in_memory_sorts_nan_and_missing_last(source: MemorySource, sort: str, names: str):
    assert "".join(run.name for run in source.runs(ME, "1", sort=sort).runs) == names


def test_the_twin_in_memory_tells_its_fields_and_keeps_archived_runs_apart(source: MemorySource):
    assert [(field.column.text, field.runs, field.number) for field in source.fields(ME, "1")] == [
        ("metrics.acc", 3, True),
        ("params.lr", 4, False),
        ("params.model", 4, False),
    ]
    source.archive_run("a")
    assert [run.name for run in source.runs(ME, "1", stage="archived").runs] == ["a"]
    assert len(source.runs(ME, "1").runs) == 3
    source.archive_run("a", archived=False)
    assert len(source.runs(ME, "1").runs) == 4
