"""What the tab's route answers, and that its files hold the same."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import Any

import flask
import numpy as np
import pytest
from flask.testing import FlaskClient

from mlflow_ext.errors import StoreUnavailable
from mlflow_ext.primitives import Table
from mlflow_ext_ui.cards import to_json
from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.routes import register
from mlflow_ext_ui.source import Principal
from mlflow_ext_ui.tables.answer import answer, as_csv
from mlflow_ext_ui.tables.request import TablesRequest

ME = Principal()
SEEDS = {"wide": (0.90, 0.91, 0.92, 0.93), "narrow": (0.905, 0.915, 0.9, 0.91), "deep": (0.70, 0.71, 0.69)}
ROWS = [[i, f"{i % 7}.png", float("nan") if i == 3 else i / 10, i % 2 == 0] for i in range(500)]


@pytest.fixture
def source() -> MemorySource:
    found = MemorySource(metric="val/acc")
    experiment = found.add_experiment("e")
    for family, values in SEEDS.items():
        for seed, value in enumerate(values):
            run = found.add_run(experiment, f"{family}-s{seed}", run_id=f"{family}{seed}", start=seed)
            found.set_params(run, {"family": family, "epochs": 3, "seed": seed})
            found.line(run, "val/acc", range(3), [0.1, value + 0.01, value])
            found.line(run, "val/loss", range(3), [2.0, math.nan, 1 - value])
            found.line(run, "system/cpu", [0], [50], origin="system")
    single = found.add_run(experiment, "single", run_id="single")
    found.set_params(single, {"family": "single", "epochs": 3})
    found.line(single, "val/acc", [0], [0.99])
    running = found.add_run(experiment, "wide-s9", run_id="wide9", status="RUNNING")
    found.set_params(running, {"family": "wide", "epochs": 3, "seed": 9})
    found.line(running, "val/acc", [0], [0.999])
    for step in (1, 2):
        found.log("wide0", "=mistakes", Table(["id", "file", "score", "ok"], ROWS[: 100 * step]), step=step)
    found.log("wide1", "=mistakes", Table(["id", "file", "score", "ok"], ROWS), step=1)
    return found


def ask(source: MemorySource, part: str, query: str = "", runs: tuple[str, ...] = ("wide0", "wide1"), **more: Any):
    request = TablesRequest.model_validate({"part": part, "runs": runs, "experiment": "1", "state": query, **more})
    return json.loads(to_json(answer(source, ME, request)))


def file(source: MemorySource, part: str, query: str = "", runs: tuple[str, ...] = ("wide0", "wide1")):
    search = f"runs={','.join(runs)}&experiment=1&{query}"
    name, text = as_csv(source, ME, TablesRequest.of_address(part, search))
    return name, list(csv.reader(io.StringIO(text)))


def test_params_of_many_digits_are_short_only_where_they_stay_different():
    held = MemorySource()
    experiment = held.add_experiment("e")
    for name, lr, decay in (("a", "0.024550466997321", "0.100000001"), ("b", "0.000138591298123", "0.100000002")):
        held.add_run(experiment, name, run_id=name, params={"lr": lr, "decay": decay})
    found = {row["name"]: row for row in ask(held, "compare", runs=("a", "b"))["params"]}
    assert found["lr"]["texts"] == ["0.0245505", "0.000138591"]
    assert found["lr"]["cells"] == ["0.024550466997321", "0.000138591298123"]
    assert found["decay"]["texts"] == ["0.100000001", "0.100000002"]


def test_runs_side_by_side_with_the_rest_of_the_params_folded(source: MemorySource):
    found = ask(source, "compare", runs=("wide0", "deep0", "gone"))
    assert found["runs"] == ["wide0", "deep0"]
    assert [(row["name"], row["cells"]) for row in found["params"]] == [("family", ["wide", "deep"])]
    assert (found["param_names"], found["differ"]) == (["family", "epochs", "seed"], 1)
    assert [(row["title"], row["way"], row["cells"], row["best"]) for row in found["metrics"]] == [
        ("val/acc", "higher", ["0.9000", "0.7000"], [0]),
        ("val/loss", "lower", ["0.1000", "0.3000"], [0]),
    ]
    assert (found["system"], found["system_held"]) == ([], 1)
    opened = ask(source, "compare", "hide=o:system")
    assert [row["title"] for row in opened["system"]] == ["system/cpu"]
    assert found["duration"]["cells"] == ["1 h", "1 h"]


@pytest.mark.parametrize(
    ("query", "cells"),
    [
        ("value=max", ["0.9100", "0.7100"]),
        ("value=min", ["0.1000", "0.1000"]),
        ("value=best", ["1", "1"]),
        ("value=best&lower=val/acc", ["0", "0"]),
        ("value=nonsense", ["0.9000", "0.7000"]),
    ],
)
def test_the_value_that_stands_for_a_metric(source: MemorySource, query: str, cells: list[str]):
    assert ask(source, "compare", query, ("wide0", "deep0"))["metrics"][0]["cells"] == cells


def test_what_the_address_hides_shows_and_leaves_unmarked(source: MemorySource):
    found = ask(source, "compare", "equal=1&plain=1&hide=m:val/acc&hide=p:seed", ("wide0", "deep0"))
    assert [row["name"] for row in found["params"]] == ["family", "epochs"]
    assert [(row["title"], row["best"]) for row in found["metrics"]] == [("val/loss", [])]
    assert [key for key, _ in found["keys"]] == ["val/acc", "val/loss", "system/cpu"]


def test_a_file_of_the_comparison_has_its_rows_in_full(source: MemorySource):
    source.set_params("wide0", {"note": "=1+1"})
    name, rows = file(source, "compare", "hide=m:val/loss", ("wide0", "deep0"))
    assert name == "comparison"
    assert rows == [
        ["", "name", "wide-s0", "deep-s0"],
        ["param", "family", "wide", "deep"],
        ["param", "note", "'=1+1", ""],
        ["metric", "val/acc", "0.9", "0.7"],
        ["metric", "duration in s", "3600.0", "3600.0"],
    ]


def test_many_params_that_differ_are_folded_alike_on_screen_and_in_the_file(source: MemorySource):
    for run, value in (("wide0", 1), ("deep0", 2)):
        source.set_params(run, {f"p{i}": value for i in range(20)})
    runs = ("wide0", "deep0")
    for query, shown, folded in (("", 10, 11), ("hide=o:differ", 21, 0)):
        found = ask(source, "compare", query, runs)
        assert (len(found["params"]), found["folded"]) == (shown, folded)
        assert sum(row[0] == "param" for row in file(source, "compare", query, runs)[1]) == shown


def test_as_many_runs_stand_side_by_side_as_their_rows_leave_room_for(source: MemorySource):
    runs = tuple(source.add_run("1", f"r{i}") for i in range(60))
    found = ask(source, "compare", runs=runs)
    assert (len(found["runs"]), found["total"]) == (60, 60)
    for i in range(1800):
        source.line(runs[59], f"m{i}", [0], [1.0])
    found = ask(source, "compare", runs=runs)
    assert (len(found["runs"]), found["total"], found["metrics"]) == (55, 60, [])
    assert len(file(source, "compare", runs=runs)[1][0]) == 2 + 55


def test_seed_groups_are_of_the_whole_experiment_and_leave_out_what_is_not_final(source: MemorySource):
    found = ask(source, "groups")
    assert [(one["name"], one["runs"], len(one["ids"]), one["text"]) for one in found["groups"]] == [
        ("wide", 4, 5, "0.9150 ± 0.0100"),
        ("narrow", 4, 4, "0.9075 ± 0.0050"),
        ("deep", 3, 3, "0.7000 ± 0.0100"),
    ]
    assert [one["verdict"] for one in found["groups"]] == ["first", "not told apart", "apart"]
    assert [one["bracket"] for one in found["groups"]] == [1, 1, None]
    assert found["groups"][2]["p"] == "p < 0.001"
    assert found["groups"][0]["left_out"] == "1 run of this group: not finished, or without a finite value"
    assert (found["metric"], found["way"], found["seeds"], found["alone"]) == ("val/acc", "higher", ["seed"], 1)
    assert found["sentence"].startswith(
        "A bracket joins groups that these runs do not tell from the topmost of them. With the spread"
    )
    assert found["sentence"].endswith(" seeds per group would tell a difference of 0.0075.")


def test_groups_follow_metric_direction_seed_and_selection(source: MemorySource):
    names = lambda query, **more: [one["name"] for one in ask(source, "groups", query, **more)["groups"]]  # noqa: E731
    assert names("metric=val/loss") == ["wide", "narrow", "deep"]
    assert names("lower=val/acc") == ["deep", "narrow", "wide"]
    assert names("groups=screen", runs=("deep0", "deep1", "wide0")) == ["deep"]
    assert names("singles=1")[0] == "single"
    assert [one["p"] for one in ask(source, "groups", "singles=1")["groups"]][:2] == ["", "1 run"]
    assert names("seed=epochs") == []
    assert names("metric=nothing") == []
    assert names("value=best")[0] == "wide"


def test_groups_and_leaderboard_as_files(source: MemorySource):
    name, rows = file(source, "groups")
    assert (name, rows[0]) == ("seed_groups", ["group", "runs", "mean of val/acc", "low 95%", "high 95%", "SD"])
    assert rows[1][:3] == ["wide", "4", str(np.mean(SEEDS["wide"]))]
    name, rows = file(source, "leaderboard")
    assert (name, [row[:2] + row[5:] for row in rows[1:]]) == (
        "leaderboard",
        [["1", "wide", ""], ["2", "narrow", "not told apart"], ["3", "deep", "apart"]],
    )


def test_metrics_are_a_row_for_each_run_and_key(source: MemorySource):
    found = ask(
        source,
        "metrics",
        "grid_sort=-last&grid_where=" + '{"metric":{"filterType":"text","type":"contains","filter":"acc"}}',
    )
    assert (found["total"], found["held"], found["keys"]) == (2, 6, 3)
    assert [(row["metric"], row["run"], row["last"], row["best_step"], row["best"]) for row in found["rows"]] == [
        ("val/acc ↑", "wide-s1", "0.9100", "1", ["last", "max", "mean"]),
        ("val/acc ↑", "wide-s0", "0.9000", "1", []),
    ]


def test_a_file_of_metrics_has_order_filters_and_columns_of_the_grid(source: MemorySource):
    _, rows = file(source, "metrics", "grid_sort=last&hide=c:min&hide=c:max&hide=c:mean&hide=c:points")
    assert rows[0] == ["Metric", "Run", "Last", "Best step"]
    assert [float(row[2]) for row in rows[1:]] == sorted(float(row[2]) for row in rows[1:])


def test_a_logged_table_comes_in_windows_with_its_runs_and_steps(source: MemorySource):
    found = ask(source, "logged", start=190, rows=50)
    assert [one["title"] for one in found["tables"]] == ["=mistakes"]
    assert (found["of"], found["runs"], found["steps"], found["at"]) == ("wide0", ["wide0", "wide1"], [1, 2], 2)
    assert [column["type"] for column in found["columns"]] == ["number", "string", "number", "boolean"]
    assert (found["total"], found["held"], len(found["rows"])) == (200, 200, 10)
    assert found["rows"][0] == {"id": "190", "c0": 190, "c1": "1.png", "c2": 19.0, "c3": True}


def test_a_later_window_of_a_named_table_asks_for_nothing_else(source: MemorySource):
    key = ask(source, "logged")["table"]
    found = ask(source, "logged", f"table={key}&of=wide1&grid_sort=-c0", start=10, rows=2)
    assert [row["c0"] for row in found["rows"]] == [489, 488]
    assert (found["total"], "tables" in found) == (500, False)
    gone = ask(source, "logged", f"table={key}&of=single", start=10)
    assert gone["trouble"]["title"] == "This table is not here any more"
    assert ask(source, "logged", "table=gone&of=wide1", start=10)["rows"] == []


def test_another_run_and_an_earlier_step_of_a_table(source: MemorySource):
    assert ask(source, "logged", "of=wide1")["total"] == 500
    assert ask(source, "logged", "at=1")["total"] == 100
    assert ask(source, "logged", "table=gone&of=gone")["of"] == "wide0"


def test_a_table_is_ordered_and_filtered_whole(source: MemorySource):
    where = '{"c1":{"filterType":"text","type":"equals","filter":"1.png"}}'
    found = ask(source, "logged", f"of=wide1&grid_sort=-c2&grid_where={where}", rows=3)
    assert (found["total"], [row["c0"] for row in found["rows"]]) == (72, [498, 491, 484])
    assert ask(source, "logged", "of=wide1&grid_sort=c2", start=498)["rows"][-1]["c2"] == "NaN"
    name, rows = file(source, "logged", f"of=wide1&grid_sort=-c2&grid_where={where}&hide=t:ok")
    assert (name, rows[0], rows[1], len(rows)) == ("=mistakes", ["id", "file", "score"], ["498", "1.png", "49.8"], 73)


def test_runs_without_tables_and_a_store_without_answer_say_so(source: MemorySource):
    assert ask(source, "logged", runs=("deep0",))["tables"] == []
    source.failure = StoreUnavailable("The database gives no answer.")
    for part in ("compare", "groups", "metrics", "logged"):
        assert ask(source, part)["trouble"]["why"].startswith("The database gives no answer.")


@pytest.fixture
def client(source: MemorySource) -> FlaskClient:
    app = flask.Flask(__name__)
    register(app, source)
    return app.test_client()


def test_the_route_answers_and_refuses(client: FlaskClient):
    assert client.post("/_tables", json={"part": "metrics", "runs": ["wide0"]}).get_json()["held"] == 3
    refused = client.post("/_tables", json={"part": "everything"})
    assert (refused.status_code, refused.get_json()["error"]) == (422, "ValidationError")
    assert client.get("/_tables?part=everything").status_code == 422


def test_a_file_is_named_and_never_shown_as_a_page(client: FlaskClient):
    got = client.get("/_tables?part=logged&runs=wide0&experiment=1")
    assert got.headers["Content-Disposition"] == 'attachment; filename="mistakes.csv"'
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.mimetype == "text/csv"
