import re
from pathlib import Path

import pytest

from mlflow_ext_server.query import FilterError, order_by, parse
from mlflow_ext_server.query.field import STATUSES
from mlflow_ext_server.query.node import Aggregate, AttributeName
from mlflow_ext_server.query.syntax import MAX_CONDITIONS, MAX_LENGTH, MAX_ORDERS

PAGE = (Path(__file__).parents[3] / "docs" / "filter.md").read_text()


def examples(heading: str) -> list[str]:
    """The first cells of the table below a heading, without their code marks."""
    table = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    cells = [re.match(r"\| (`+) ?(.+?) ?\1 \|", line) for line in table.splitlines()]
    return [cell[2] for cell in cells if cell]


@pytest.mark.parametrize("text", examples("Examples"))
def test_each_example_is_a_filter(text):
    assert parse(text)


@pytest.mark.parametrize("text", examples("Order"))
def test_each_order_is_one(text):
    assert order_by([text], "sqlite")


@pytest.mark.parametrize("text", examples("Refused"))
def test_each_refusal_is_one(text):
    with pytest.raises(FilterError):
        parse(text)


def test_the_page_names_all_that_there_is():
    assert len(examples("Examples")) > 20
    assert len(examples("Order")) > 4
    assert len(examples("Refused")) > 3
    for word in (*AttributeName.__args__, *Aggregate.__args__, *STATUSES):
        assert f"`{word}`" in PAGE
    assert f"{MAX_LENGTH:,} characters, {MAX_CONDITIONS} comparisons" in PAGE
    assert f"{MAX_ORDERS} sort keys" in PAGE
