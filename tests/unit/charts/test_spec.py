"""Charts as the address writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_ext.errors import ValidationError
from mlflow_ext_ui.charts import KINDS, MOST, Chart, parse, texts
from mlflow_ext_ui.column import Column

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@given(st.sampled_from(["line", "bar"]), st.text(max_size=12), st.lists(NAMES, min_size=1, max_size=8, unique=True))
def test_a_chart_of_any_names_reads_back_as_it_was_written(kind: str, title: str, names: list[str]):
    chart = Chart(kind, "1", "max", title, tuple(names))  # type: ignore[arg-type]
    assert parse(chart.text) == chart


def test_signs_that_part_the_text_are_kept_in_names():
    chart = parse("line~1~last~a%7Eb~100%25")
    assert (chart.title, chart.fields) == ("a~b", ("100%",))
    assert chart.text == "line~1~last~a%7Eb~100%25"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("pie~1~last~~loss", r"no kind of chart 'pie'; take one of line, bar, scatter"),
        ("", "no kind of chart ''"),
        ("line~1 2~last~~loss", "1 to 8 letters and digits, not '1 2'"),
        ("bar~1~mean~~loss", "last, min, max of a metric, not 'mean'"),
        ("line~1~last~title", "1 to 8 metrics, not 0"),
        ("line~1~last~~" + "~".join("abcdefghi"), "1 to 8 metrics, not 9"),
        ("scatter~1~last~~params.lr", "two columns"),
        ("scatter~1~last~~params.lr~attributes.status", "two columns"),
        ("scatter~1~last~~lr~acc", "two columns"),
        ("line~1~last~~" + "x" * 251, "at most 250 characters"),
    ],
)
def test_what_is_no_chart_is_refused_with_a_reason(text: str, why: str):
    with pytest.raises(ValidationError, match=why) as refused:
        parse(text)
    assert refused.value.field == "chart"


def test_an_address_keeps_the_charts_that_it_can_mean_twelve_at_most():
    assert texts(["pie~1~last~~a", "line~1~last~~a", "bar~1~max~~a"]) == ("bar~1~max~~a",)
    assert len(texts([f"line~{i}~last~~a" for i in range(30)])) == MOST


def test_a_chart_is_named_by_what_it_shows_unless_it_has_a_name():
    assert parse("line~1~last~~loss~val/loss").name == "loss, val/loss"
    assert parse("scatter~1~last~~params.lr~metrics.acc").name == "acc against lr"
    assert parse("bar~1~last~Mine~loss").name == "Mine"
    assert parse("scatter~1~last~~params.lr~metrics.acc").columns == (Column("params", "lr"), Column("metrics", "acc"))
    assert KINDS == ("line", "bar", "scatter")
