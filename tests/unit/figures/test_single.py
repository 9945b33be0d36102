"""Metrics that each run logged once."""

from __future__ import annotations

import math

import numpy as np
import plotly.graph_objects as go

from mlflow_ext_ui.figures import figure
from mlflow_ext_ui.figures.picture import Look
from mlflow_ext_ui.figures.single import is_single, single_info
from mlflow_ext_ui.source import Drawing, Line, Plot


def drawing(title: str, *values: float, running: bool = False) -> Drawing:
    ids = tuple(f"r{i}" for i in range(len(values)))
    zero = np.zeros(1)
    lines = tuple(Line(run, zero, np.array([v]), zero, running=running) for run, v in zip(ids, values, strict=True))
    return Drawing(Plot(f"m:{title}", "series", title, title, "Metrics", ids, "metric"), lines)


def test_runs_stand_best_first_by_what_the_name_tells() -> None:
    assert single_info(drawing("val_acc", 0.1, 0.9, 0.5)).run_ids == ("r1", "r2", "r0")
    assert single_info(drawing("rmse", 0.3, 0.1, math.nan)).run_ids == ("r1", "r0", "r2")
    assert not single_info(drawing("temperature", 1.0, 2.0)).best


def test_names_values_and_colours_stand_in_one_row_per_run() -> None:
    picture = figure(drawing("val_acc", 0.25, 0.75), Look(names={"r0": "<b>a</b>", "r1": "b"}))
    made = go.Figure(picture.figure)
    assert list(made.data[0].x) == [0.75, 0.25]
    assert [a.text for a in made.layout.annotations] == ["<b>0.7500</b>", "0.2500"]
    assert "<b>a" not in str(made.layout.yaxis.ticktext)
    assert picture.caption == "2 runs"


def test_a_value_that_is_not_finite_is_told_and_never_best() -> None:
    picture = figure(drawing("val_acc", math.nan, math.nan), Look())
    assert [a["text"] for a in picture.figure["layout"]["annotations"]] == ["NaN", "NaN"]
    assert picture.caption == "2 runs, 2 not finite"


def test_many_runs_get_more_room_and_lose_their_names_last() -> None:
    few, many = (figure(drawing("val_acc", *range(n)), Look()) for n in (20, 200))
    assert few.rows == 2
    assert few.figure["layout"]["annotations"]
    assert (many.rows, many.figure["layout"].get("annotations")) == (4, None)
    assert many.notes


def test_one_run_and_runs_that_still_grow_stay_step_plots() -> None:
    assert not is_single(drawing("loss", 1.0, 2.0, running=True))
    assert figure(drawing("loss", 1.0), Look()).figure["layout"]["meta"]["step"]
