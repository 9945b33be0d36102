"""A part of x, and a range of y, of step plots."""

from __future__ import annotations

import numpy as np
import pytest

from mlflow_ext_ui.figures import Look, figure
from mlflow_ext_ui.figures.line_info import series_info, unit
from mlflow_ext_ui.figures.y_range import chosen
from tests.unit.figures.build import line, lines, traces


def test_a_part_of_x_is_drawn_in_finer_points_that_keep_its_spike():
    y = np.random.default_rng(0).normal(size=200_000)
    y[123_456] = 90.0
    drawing = lines(line("a", y))
    whole, part = (series_info(drawing, Look(x_range=ends)).lines[0] for ends in (None, (120_000.0, 125_000.0)))
    inside = (whole.x >= 120_000) & (whole.x <= 125_000)
    assert inside.sum() < 60
    assert len(part.x) > 600
    assert part.x[0] == 119_999
    assert part.y.max() == 90.0
    assert 123_456 in part.x


def test_a_part_of_x_decides_what_y_shows_and_not_the_points_beside_it():
    y = np.r_[np.full(50, 1000.0), np.linspace(2, 1, 50)]
    drawing = lines(line("a", y))
    layout = figure(drawing, Look(x_range=(50, 99))).figure["layout"]  # type: ignore[index]
    low, high = layout["yaxis"]["range"]
    assert 0.9 < low < 1 < 2 < high < 2.1
    assert (layout["xaxis"]["range"], layout["xaxis"]["autorange"]) == ([50, 99], False)
    whole = figure(drawing, Look()).figure["layout"]  # type: ignore[index]
    assert whole["xaxis"]["autorange"] is True
    assert whole["xaxis"]["uirevision"] != layout["xaxis"]["uirevision"]


def test_the_best_point_is_shown_where_it_is_in_the_part():
    drawing = lines(line("a", [3, 1, 2, 5, 4]))
    assert not traces(figure(drawing, Look(x_range=(2, 4))).figure, "best")
    assert traces(figure(drawing, Look(x_range=(0, 2))).figure, "best")


@pytest.mark.parametrize(
    ("given", "look", "expected"),
    [
        (line("a", [1, 2]), Look(), ""),
        (line("a", [1, 2], index="epoch"), Look(), "epoch"),
        (line("a", [1, 2], index="epoch"), Look(x="wall"), ""),
        (line("a", [1, 2], index="day", x_text=("2024-01-01", "2024-01-02")), Look(), "time day"),
        (line("a", [1, 2], index="fold", x_text=("a", "b")), Look(), "text fold"),
    ],
)
def test_plots_that_count_the_same_zoom_together(given: object, look: Look, expected: str):
    assert unit([given], look) == expected  # type: ignore[list-item]
    assert unit([], look) == ""


def test_a_chosen_range_of_y_goes_before_the_values_and_tells_what_it_leaves_out():
    drawing = lines(line("a", [1, 2, 3, 40]))
    picture = figure(drawing, Look(y_range=(0.0, 5.0)))
    assert picture.figure["layout"]["yaxis"]["range"] == [0.0, 5.0]  # type: ignore[index]
    assert picture.notes == ("1 drawn point beyond the y range of this card.",)


def test_an_open_end_is_decided_by_the_values_or_by_what_is_left_of_them_without_outliers():
    y = np.r_[np.linspace(0, 1, 200), 500.0]
    drawing = lines(line("a", y))
    low, high = figure(drawing, Look(y_range=(-1.0, None))).figure["layout"]["yaxis"]["range"]  # type: ignore[index]
    assert (low, high > 500) == (-1.0, True)
    clipped = Look(y_range=(-1.0, None), clip_outliers=True)
    low, high = figure(drawing, clipped).figure["layout"]["yaxis"]["range"]  # type: ignore[index]
    assert low == -1.0
    assert 1 < high < 2
    low, high = figure(drawing, Look(y_range=(None, 2.0), clip_outliers=True)).figure["layout"]["yaxis"]["range"]  # type: ignore[index]
    assert (-1 < low < 0, high) == (True, 2.0)


def test_a_log_axis_takes_a_range_above_zero_and_says_what_it_cant_show():
    drawing = lines(line("a", [0.01, 1, 100]))
    axis = figure(drawing, Look(y_range=(0.1, 10.0), log_y=True)).figure["layout"]["yaxis"]  # type: ignore[index]
    assert axis["range"] == [-1, 1]
    assert 1.0 in axis["tickvals"]
    picture = figure(drawing, Look(y_range=(-1.0, 10.0), log_y=True))
    low, high = picture.figure["layout"]["yaxis"]["range"]  # type: ignore[index]
    assert (-3 < low < -2, high) == (True, 1)
    assert any("has no 0 and below" in note for note in picture.notes)
    near = figure(drawing, Look(y_range=(1.0, 1.5), log_y=True)).figure["layout"]["yaxis"]  # type: ignore[index]
    assert "tickvals" not in near


def test_a_range_beyond_every_value_still_has_two_ends():
    values = np.array([1.0, 2.0])
    for ends in ((5.0, None), (None, -5.0)):
        low, high = chosen(ends, values)  # type: ignore[misc]
        assert low < high
        assert 5.0 in (low, -high) or -5.0 in (low, high)
    assert chosen((50.0, None), values, log=True) == (50.0, 500.0)
    assert chosen((None, 0.5), values, log=True) == (0.05, 0.5)
    assert chosen((-1.0, None), values, (0.5, 3.0), log=True) == (0.5, 3.0)
