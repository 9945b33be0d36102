"""Filters that MLflow's client would read as something else are refused before it is asked."""

from __future__ import annotations

import pytest

from mlflow_ext.errors import ValidationError
from mlflow_ext.tracking.beyond import check_aggregates
from mlflow_ext.tracking.mlflow_store import MlflowStore
from mlflow_ext.tracking.store import RunQuery


@pytest.mark.parametrize(
    "text",
    [
        "metrics.loss.min < 0.9",
        "params.a = 'b' and metric.loss.min<1",
        "METRICS.loss.MIN > 1",
        "metrics.`val loss`.min < 1",
        "metrics.loss.min DESC",
        "metrics.a/b.loss.mean = 1",
        "metrics.loss.count > 3",
    ],
)
def test_an_aggregate_needs_an_ext_server(text: str) -> None:
    with pytest.raises(ValidationError, match=r"needs an ext-server.*metrics\.`.*\.(min|MIN|mean|count)`") as raised:
        check_aggregates(text, "filter", "http://host")
    assert raised.value.field == "filter"


@pytest.mark.parametrize(
    "text",
    [
        "metrics.loss < 0.9",
        "metrics.`loss.min` < 0.9",
        'metrics."loss.min" < 0.9',
        "params.`metrics.loss.min` = 'x'",
        "tags.a = 'metrics.loss.min' and metrics.min < 1",
        "metrics.loss.minimum < 1",
        "metrics.loss < .5",
        "",
    ],
)
def test_all_else_is_left_to_mlflow(text: str) -> None:
    check_aggregates(text, "filter", "http://host")


def test_a_store_without_us_refuses_it_in_filter_and_order() -> None:
    store = MlflowStore("http://127.0.0.1:1")
    for query in (RunQuery(filter="metrics.loss.min < 1"), RunQuery(order_by=("metrics.loss.min ASC",))):
        with pytest.raises(ValidationError, match=r"ext-server.*metrics\.`loss\.min`"):
            store.runs(query)
