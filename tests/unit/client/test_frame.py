"""Runs as DataFrames."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import mlflow_ext as ext
from mlflow_ext.errors import ValidationError
from mlflow_ext.frame import FACTS, compared, frame, ranked_frame
from mlflow_ext.search import ranked, ranking
from mlflow_ext.tracking.store import Ranked, Ranking
from tests.unit.client.conftest import run

PLOT_TAG = "mlflow.ext.p.training-0123456789ab.00000000"


def test_columns_are_named_as_mlflow_names_them() -> None:
    runs = [
        run(
            alias="own-1",
            params={"lr": "0.1"},
            metrics={"loss": 0.5, "a/b": "Infinity"},
            tags={"team": "x", PLOT_TAG: "{}"},
        ),
        run("two", params={"depth": "3"}, metrics={"loss": "NaN"}, start_time=None, end_time=None, duration=None),
    ]
    table = frame(runs)
    assert list(table.columns) == [
        *FACTS,
        "params.depth",
        "params.lr",
        "metrics.a/b",
        "metrics.loss",
        "tags.team",
    ]
    assert table["alias"].tolist() == ["own-1", None]
    assert table["params.lr"].tolist() == ["0.1", None]
    assert table["metrics.a/b"].tolist()[0] == math.inf
    assert math.isnan(table["metrics.loss"][1])
    assert table["metrics.loss"].dtype == "float64"
    assert table["start_time"][0] == pd.Timestamp("2023-11-14T22:13:20Z")
    assert table["duration"][0] == pd.Timedelta(minutes=1)
    assert pd.isna(table["end_time"][1])
    assert pd.isna(table["duration"][1])


def test_the_documented_pattern_finds_the_tags_of_plots_alone() -> None:
    page = (Path(__file__).parents[3] / "docs" / "format.md").read_text()
    (pattern,) = re.findall(r'columns\.str\.match\(r"(.*?)"\)', page)
    columns = pd.Index([f"tags.{PLOT_TAG}", "tags.mlflow.ext.run.alias", "tags.team", "metrics.mlflow.ext.p.x"])
    assert columns.str.match(pattern).tolist() == [True, False, False, False]


def test_no_runs_are_an_empty_table_with_its_columns() -> None:
    for table in (frame([]), ranked_frame([])):
        assert len(table) == 0
        assert set(FACTS) <= set(table.columns)
    assert str(frame([])["start_time"].dtype).endswith("UTC]")


def test_compared_runs_have_the_metrics_asked_for() -> None:
    runs = [run(metrics={"loss": 0.5, "acc": 1.0}, params={"lr": "1"}), run("two", metrics={"acc": 2.0})]
    assert list(compared(runs).columns)[4:] == ["metrics.acc", "metrics.loss", "params.lr"]
    table = compared(runs, ["loss", "never"])
    assert list(table.columns)[4:] == ["metrics.loss", "metrics.never", "params.lr"]
    assert table["metrics.loss"].isna().tolist() == [False, True]


def test_ranks_count_from_one() -> None:
    table = ranked_frame([Ranked(run(), 0.1), Ranked(run("two"), math.inf)])
    assert table.index.tolist() == [1, 2]
    assert table.index.name == "rank"
    assert table["value"].tolist() == [0.1, math.inf]


@pytest.mark.parametrize(("metric", "order"), [("val_loss", "asc"), ("val/accuracy", "desc")])
def test_the_name_of_a_metric_tells_the_order(metric: str, order: str) -> None:
    assert ranking(metric, 1, None, None, "last").order == order


class OneMetric:
    """A store in which runs have the metric "speed"."""

    def __init__(self) -> None:
        self.asked: list[Ranking] = []

    def leaderboard(self, asked: Ranking) -> list[Ranked]:
        self.asked.append(asked)
        return [Ranked(run(), 1.0)] if asked.metric == "speed" else []


def test_an_order_is_asked_for_only_where_runs_have_the_metric() -> None:
    store: Any = OneMetric()
    with pytest.raises(ValidationError, match=r"'speed' is better low or high.* --order asc") as raised:
        ranked(store, ranking("speed", 5, None, None, "mean"), "--order asc")
    assert raised.value.field == "order"
    assert ranked(store, ranking("spede", 5, None, None, "mean")) == []
    assert all((one.top_k, one.aggregate) == (1, "last") for one in store.asked)
    assert len(ranked(store, ranking("speed", 5, None, "asc", "mean"))) == 1


def test_an_experiments_id_may_be_a_number() -> None:
    assert ranking("loss", 1, 4, None, "last").project == "4"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: ext.leaderboard("loss", order="up"), "order"),
        (lambda: ext.leaderboard("loss", aggregate="median"), "aggregate"),
        (lambda: ext.leaderboard("loss", top_k=0), "top_k"),
        (lambda: ext.leaderboard(""), "metric"),
        (lambda: ext.search_runs(limit=0), "limit"),
        (lambda: ext.search_runs(limit=True), "limit"),
        (lambda: ext.search_runs(stage="deleted"), "stage"),
        (lambda: ext.search_runs(project=3.5), "project"),
        (lambda: ext.search_runs(project=True), "project"),
        (lambda: ext.search_runs(order_by="metrics.loss"), "order_by"),
        (lambda: ext.compare_runs([]), "run_ids"),
        (lambda: ext.compare_runs("abc"), "run_ids"),
        (lambda: ext.compare_runs(["a"] * 1001), "run_ids"),
        (lambda: ext.compare_runs(["a"], metrics=[1]), "metrics"),
        (lambda: ext.set_tags("a", ["x"]), "tags"),
    ],
)
def test_a_wrong_call_names_its_argument_and_asks_no_server(call, field: str) -> None:
    with pytest.raises(ValidationError) as raised:
        call()
    assert raised.value.field == field


def test_too_long_a_note_is_refused_before_it_is_sent(stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", stub.url)
    with pytest.raises(ValidationError, match="8000"):
        ext.set_note("a", "x" * 8001)
    with pytest.raises(ValidationError, match="8000"):
        ext.set_tags("a", {"t": "x" * 8001})
    assert [method for method, _, _ in stub.requests if method != "GET"] == []
