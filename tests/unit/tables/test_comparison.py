"""What differs, and what is best, on known values."""

from __future__ import annotations

import math

import pytest

from mlflow_ext_ui.source import Run, Status, Summary
from mlflow_ext_ui.tables.comparison import best, comparison
from mlflow_ext_ui.tables.state import TableState


def run(name: str, status: Status = "FINISHED", end: int | None = 5000) -> Run:
    return Run(name, name, "1", status, 0, None if status == "RUNNING" else end, 0)


RUNS = [run("a"), run("b", "RUNNING"), run("c", end=2000)]
PARAMS = {"a": {"lr": "1e-3", "opt": "sgd"}, "b": {"lr": "0.001", "opt": "adam"}, "c": {"lr": "0.001"}}
SUMMARIES = [
    Summary("a", "acc", 0.9, 0.1, 0.95, 0.5, 7, 10),
    Summary("b", "acc", 0.99, 0.2, 0.99, 0.6, 8, 10),
    Summary("c", "acc", 0.8, 0.3, 0.97, 0.7, 9, 10),
    Summary("a", "val/loss", math.nan, 0.2, 0.9, 0.4, 3, 10),
    Summary("c", "val/loss", 0.3, 0.1, 0.8, 0.3, 4, 10),
    Summary("a", "system/cpu", 50.0),
    Summary("a", "images per s", 10.0),
    Summary("c", "images per s", 20.0),
]


def test_params_that_differ_come_first_and_equal_numbers_do_not_differ():
    found = comparison(RUNS, PARAMS, [], TableState(), 0).params
    assert [(row.name, row.values, row.differs) for row in found] == [
        ("opt", ("sgd", "adam", None), True),
        ("lr", ("1e-3", "0.001", "0.001"), False),
    ]


@pytest.mark.parametrize(
    ("state", "key", "values", "marked"),
    [
        (TableState(), "acc", (0.9, 0.99, 0.8), (0,)),  # b still runs
        (TableState(value="max"), "acc", (0.95, 0.99, 0.97), (2,)),
        (TableState(value="mean"), "acc", (0.5, 0.6, 0.7), (2,)),
        (TableState(value="best"), "acc", (7.0, 8.0, 9.0), ()),
        (TableState(lower=("acc",)), "acc", (0.9, 0.99, 0.8), (2,)),
        (TableState(value="min"), "val/loss", (0.2, None, 0.1), (2,)),
        (TableState(value="min", higher=("val/loss",)), "val/loss", (0.2, None, 0.1), (0,)),
        (TableState(), "images per s", (10.0, None, 20.0), ()),
        (TableState(higher=("images per s",)), "images per s", (10.0, None, 20.0), (2,)),
    ],
)
def test_the_best_follows_value_and_direction(state: TableState, key: str, values: tuple, marked: tuple):
    row = next(row for row in comparison(RUNS, {}, SUMMARIES, state, 0).metrics if row.key == key)
    assert (row.values, row.best) == (values, marked)


def test_nan_is_never_the_best():
    row = next(row for row in comparison(RUNS, {}, SUMMARIES, TableState(), 0).metrics if row.key == "val/loss")
    assert row.best == (2,)


@pytest.mark.parametrize(
    ("values", "final", "way", "marked"),
    [
        ((1.0, 1.0), (True, True), "higher", ()),
        ((1.0, 1.0, 0.0), (True, True, True), "higher", (0, 1)),
        ((1.0, None), (True, True), "higher", ()),
        ((math.inf, 1.0), (True, True), "higher", (1,)),
        ((-math.inf, 1.0), (True, True), "lower", (1,)),
        ((1.0, 2.0), (False, False), "higher", ()),
        ((1.0, 2.0), (True, True), None, ()),
        ((), (), "higher", ()),
    ],
)
def test_the_best_of_a_row(values: tuple, final: tuple, way, marked: tuple):
    assert best(values, final, way) == marked


def test_metrics_of_the_system_stand_apart_and_a_running_run_takes_until_now():
    found = comparison(RUNS, {}, SUMMARIES, TableState(), 61_000)
    assert [row.key for row in found.system] == ["system/cpu"]
    assert [row.key for row in found.metrics] == ["acc", "val/loss", "images per s"]
    assert (found.seconds.values, found.seconds.best) == ((5.0, 61.0, 2.0), (2,))


def test_names_are_ordered_as_people_count():
    params = {"a": {"p10": "1", "P2": "1", "p1": "1"}, "b": {"p10": "2", "P2": "2", "p1": "2"}}
    assert [row.name for row in comparison([run("a"), run("b")], params, [], TableState(), 0).params] == [
        "p1",
        "P2",
        "p10",
    ]
