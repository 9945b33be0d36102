import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_ext_ui.cards import to_json
from mlflow_ext_ui.figures import Look, figure
from mlflow_ext_ui.figures.direction import better
from mlflow_ext_ui.figures.line_info import series_info, smoothed
from mlflow_ext_ui.figures.pack import listed

from .build import ANY, line, lines, traces


def noisy(n, seed=0):
    return np.exp(-np.arange(n) / n * 3) + np.random.default_rng(seed).normal(0, 0.02, n)


def test_each_run_gets_one_line_of_its_own_colour():
    picture = figure(lines(line("a", [3, 2, 1]), line("b", [4, 3, 2])), Look(colors={"a": 0, "b": 4}))
    drawn = traces(picture.figure, "line")
    assert [trace["line"]["color"] for trace in drawn] == ["#3270D6", "#16708D"]
    assert {trace["type"] for trace in picture.figure["data"]} == {"scatter"}


def test_the_tip_finds_run_name_and_total_in_the_trace():
    picture = figure(lines(line("a", noisy(5000))), Look(names={"a": "<b>run</b>"}))
    meta = traces(picture.figure, "line")[0]["meta"]
    assert (meta["run"], meta["name"], meta["total"]) == ("a", "<b>run</b>", 5000)
    assert picture.figure["layout"]["meta"]["step"] is True
    assert traces(picture.figure, "line")[0]["hoverinfo"] == "none"


def test_smoothing_is_the_debiased_moving_average():
    y = np.array([1.0, 3.0, 2.0, 5.0])
    total = norm = 0.0
    expected = []
    for value in y:
        total, norm = 0.6 * total + 0.4 * value, 0.6 * norm + 0.4
        expected.append(total / norm)
    assert smoothed(y, 0.6) == pytest.approx(expected)


def test_smoothing_comes_before_thinning_and_leaves_the_raw_line_faint_behind():
    y = noisy(20_000)
    info = series_info(lines(line("a", y)), Look(smoothing=0.9, max_points=200))
    whole = smoothed(y, 0.9)
    drawn = info.lines[0]
    assert drawn.y == pytest.approx(whole[drawn.x.astype(int)])
    assert drawn.raw_y == pytest.approx(y[drawn.raw_x.astype(int)])
    raw = traces(figure(lines(line("a", y)), Look(smoothing=0.9)).figure, "raw")[0]
    assert raw["line"] == {"color": "rgba(50,112,214,0.22)", "width": 1}


def test_smoothing_bridges_what_is_not_finite():
    y = np.array([1.0, np.nan, 1.0, np.inf, 1.0])
    drawn = series_info(lines(line("a", y)), Look(smoothing=0.5)).lines[0]
    assert drawn.y[np.isfinite(drawn.y)].tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("smoothing", [0.0, 0.9])
def test_a_spike_of_one_point_is_still_to_be_seen(smoothing):
    y = np.zeros(100_000)
    y[54_321] = 7.0
    info = series_info(lines(line("a", y)), Look(smoothing=smoothing)).lines[0]
    shown = info.y if info.raw_y is None else info.raw_y
    assert shown.max() == 7.0
    assert len(info.x) <= 1000


def test_the_caption_says_points_shown_of_total():
    few = figure(lines(line("a", noisy(600))), Look())
    many = figure(lines(*(line(f"r{i}", noisy(20_000, i)) for i in range(6))), Look())
    shown, total = many.caption.split(" of ")
    assert few.caption == "600 points"
    assert total == "120k"
    assert 1000 < int(shown.replace(",", "")) <= 6000


def test_nan_breaks_the_line_and_is_marked_where_it_happened():
    y = noisy(1000)
    y[400:450] = np.nan
    info = series_info(lines(line("a", y)), Look()).lines[0]
    assert [(mark.x, mark.sign) for mark in info.marks] == [(400.0, "nan")]
    assert np.isnan(info.y).sum() == 1
    mark = traces(figure(lines(line("a", y)), Look()).figure, "mark")[0]
    assert mark["text"] == ["NaN at 400"]
    assert mark["marker"]["symbol"] == ["triangle-down"]


def test_infinities_are_marked_at_their_own_edges():
    mark = traces(figure(lines(line("a", [1.0, np.inf, 2.0, -np.inf, 3.0])), Look()).figure, "mark")[0]
    assert mark["marker"]["symbol"] == ["triangle-up", "triangle-down"]
    assert mark["text"] == ["∞ at 1", "−∞ at 3"]
    assert mark["y"][0] > 0.9
    assert mark["y"][1] < 0.1


def test_many_gaps_leave_the_line_within_its_points():
    y = np.where(np.arange(30_000) % 3 == 0, np.nan, 1.0) * noisy(30_000)
    info = series_info(lines(line("a", y)), Look()).lines[0]
    assert len(info.x) <= 1300
    assert len(info.marks) <= 20


def test_a_point_between_two_gaps_is_drawn_as_a_dot():
    info = series_info(lines(line("a", [1.0, np.nan, 2.0, np.nan, 3.0, 4.0])), Look()).lines[0]
    assert info.lone[0].tolist() == [0.0, 2.0]


def test_a_single_point_is_a_dot():
    picture = figure(lines(line("a", [0.5])), Look())
    assert traces(picture.figure, "lone")[0]["mode"] == "markers"
    assert picture.caption == "1 point"


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("train/loss", "lower"), ("val/accuracy", "higher"), ("valF1", "higher"), ("rmse", "lower"), ("lr", None),
        ("loss/accuracy", "higher"), ("epoch_time", None), ("crossentropyloss", "lower"), ("test_auroc", "higher"),
        ("", None), ("accuracy_std", None), ("val/loss stderr", None), ("std_test_score", None), ("aucVar", None),
        ("f1_ci95_low", None), ("variant_accuracy", "higher"), ("standard_loss", "lower"),
    ],
)  # fmt: skip
def test_the_better_direction_is_read_from_the_name(name, direction):
    assert better(name) == direction


def test_only_the_best_finished_run_wears_the_star():
    drawing = lines(line("a", [3, 2, 2.5]), line("b", [4, 1, 2]), line("c", [1, 0.1, 0.2], running=True))
    best = series_info(drawing, Look()).best
    assert best is not None
    assert (best.run_id, best.x, best.y) == ("b", 1.0, 1.0)
    assert series_info(lines(line("a", [3, 2]), name="lr"), Look()).best is None


def test_a_running_run_ends_in_a_dot_and_can_be_extended():
    picture = figure(lines(line("a", noisy(50), running=True)), Look(smoothing=0.6))
    main = traces(picture.figure, "line")[0]
    assert isinstance(main["x"], list)
    assert isinstance(main["y"], list)
    assert main["meta"]["live"] is True
    assert traces(picture.figure, "end")[0]["marker"]["size"] == 7


def test_the_average_of_a_running_run_can_go_on_where_it_stopped():
    y = noisy(40)
    average = series_info(lines(line("a", y[:30], running=True)), Look(smoothing=0.8)).lines[0].average
    total, norm = average.sum, average.norm
    for value in y[30:]:
        total, norm = 0.8 * total + 0.2 * value, 0.8 * norm + 0.2
    assert total / norm == pytest.approx(smoothed(y, 0.8)[-1])


def test_finished_runs_travel_as_typed_arrays():
    assert set(traces(figure(lines(line("a", noisy(50))), Look()).figure, "line")[0]["x"]) == {"dtype", "bdata"}


def test_relative_time_counts_seconds_from_the_runs_start():
    one = line("a", [1, 2, 3], x=[10, 20, 30])
    info = series_info(lines(one), Look(x="relative"))
    assert info.lines[0].x.tolist() == [10.0, 20.0, 30.0]
    axis = figure(lines(line("a", np.arange(7300.0))), Look(x="relative")).figure["layout"]["xaxis"]
    assert axis["ticktext"] == ["0", "30 min", "1 h", "1 h 30 min", "2 h"]


def test_wall_clock_says_that_it_is_in_utc():
    picture = figure(lines(line("a", [1, 2, 3])), Look(x="wall"))
    assert picture.figure["layout"]["xaxis"]["type"] == "date"
    assert "Times are in UTC." in picture.notes


def test_time_that_runs_backwards_is_put_in_order():
    one = line("a", [1.0, 2.0, 3.0])
    back = type(one)("a", one.x, one.y, one.time[::-1].copy())
    assert series_info(lines(back), Look(x="wall")).lines[0].y.tolist() == [3.0, 2.0, 1.0]


def test_iso_texts_become_a_time_axis():
    texts = ("2026-01-01T00:00:00", "2026-01-01T12:00:00+00:00", "2026-01-02T00:00:00Z")
    info = series_info(lines(line("a", [1, 2, 3], x_text=texts, index="date")), Look())
    assert info.x_kind == "time"
    assert np.diff(info.lines[0].x).tolist() == [43_200_000.0, 43_200_000.0]


def test_texts_that_are_no_times_stand_at_the_axis():
    info = figure(lines(line("a", [1, 2, 3], x_text=("<b>one</b>", "two", "three"))), Look()).figure
    assert info["layout"]["xaxis"]["ticktext"][0] == "&#60;b&#62;one&#60;/b&#62;"


@pytest.mark.parametrize("part", [(50.0, 60.0), (-9.0, -5.0), (1e299, 1e300), (0.5, 0.6)])
def test_a_part_beside_all_texts_of_an_axis_has_an_end_of_it(part: tuple[float, float]):
    named = lines(line("a", [1, 2, 3], x_text=("one", "two", "three")))
    ticks = figure(named, Look(x_range=part)).figure["layout"]["xaxis"]["ticktext"]
    assert set(ticks) <= {"one", "two", "three"}
    assert ticks


@pytest.mark.parametrize("x", ["step", "relative", "wall"])
@pytest.mark.parametrize("part", [(1e299, 1e300), (-1e300, 1e300), (-5.0, 5.0)])
def test_a_part_far_beyond_all_values_is_drawn_in_numbers_that_json_holds(x: str, part: tuple[float, float]):
    picture = figure(lines(line("a", [1, 2, 3])), Look(x=x, x_range=part)).figure
    assert isinstance(to_json(picture), bytes)


def test_texts_of_what_is_not_finite_stand_apart():
    nan = figure(lines(line("a", [np.nan, 1] * 10)), Look()).figure
    marks = next(trace for trace in nan["data"] if trace["meta"]["role"] == "mark")
    room, middle = 0.2 * 19, 9.5
    said = sorted(x - room if x > middle else x for x, text in zip(marks["x"], marks["text"], strict=True) if text)
    assert len(said) > 2
    assert min(np.diff(said)) >= room


def test_a_log_axis_has_ticks_at_one_two_and_five():
    picture = figure(lines(line("a", np.geomspace(0.04, 6, 50))), Look(log_y=True))
    axis = picture.figure["layout"]["yaxis"]
    assert axis["type"] == "log"
    assert {"0.05", "0.1", "0.2", "0.5", "1", "2", "5"} <= set(axis["ticktext"])


def test_a_log_axis_says_what_it_cannot_show():
    hidden = figure(lines(line("a", [1.0, 0.0, -2.0, 3.0])), Look(log_y=True))
    linear = figure(lines(line("a", [0.0, -2.0])), Look(log_y=True))
    assert "2 points at or below 0, which a log axis can't show." in hidden.notes
    assert "No value is above 0, so the axis stays linear." in linear.notes
    assert "type" not in linear.figure["layout"]["yaxis"]


def test_clipping_leaves_out_outliers_and_says_how_many():
    y = noisy(500)
    y[100] = 1e6
    picture = figure(lines(line("a", y)), Look(clip_outliers=True))
    assert picture.figure["layout"]["yaxis"]["range"][1] < 2
    assert picture.notes[0].startswith("1 drawn point beyond the range")
    assert "range" not in figure(lines(line("a", y)), Look()).figure["layout"]["yaxis"]


def test_clipping_leaves_an_even_spread_alone():
    assert series_info(lines(line("a", np.linspace(0, 1, 500))), Look(clip_outliers=True)).clip is None


def test_zoom_shows_every_point_of_the_part_and_its_neighbours():
    info = series_info(lines(line("a", noisy(100_000))), Look(x_range=(500.5, 600.5)))
    assert info.lines[0].x.tolist() == list(range(500, 602))
    assert figure(lines(line("a", noisy(100_000))), Look(x_range=(500.5, 600.5))).figure["layout"]["xaxis"][
        "range"
    ] == [500.5, 600.5]


def test_zoom_keeps_the_smoothing_of_the_whole():
    y = noisy(10_000)
    info = series_info(lines(line("a", y)), Look(smoothing=0.9, x_range=(5000, 5100))).lines[0]
    assert info.y == pytest.approx(smoothed(y, 0.9)[info.x.astype(int)])


def test_twenty_runs_of_ten_thousand_points_stay_below_300_kb():
    from plotly.io.json import to_json_plotly

    drawing = lines(*(line(f"r{i}", noisy(10_000, i)) for i in range(20)))
    assert len(to_json_plotly(figure(drawing, Look()).figure)) < 300_000
    assert len(to_json_plotly(figure(drawing, Look(smoothing=0.6)).figure)) < 300_000


def test_zoom_is_kept_until_the_unit_of_x_changes():
    drawing = lines(line("a", [1, 2]))
    step, again, wall = (
        figure(drawing, look).figure["layout"]["uirevision"] for look in (Look(), Look(smoothing=0.5), Look(x="wall"))
    )
    assert step == again != wall


def test_a_stale_line_says_so():
    assert "Two minutes old." in figure(lines(line("a", [1, 2], stale="Two minutes old.")), Look()).notes


@ANY
@given(
    st.lists(st.floats(), max_size=40),
    st.sampled_from(["step", "relative", "wall"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from([0.0, 0.5, 0.99]),
)
def test_any_values_are_drawn_without_trouble(values, x, log_y, clip, smoothing):
    look = Look(x=x, log_y=log_y, log_x=log_y, clip_outliers=clip, smoothing=smoothing)
    picture = figure(lines(line("a", values), line("b", values[::-1], running=True)), look)
    assert picture.sentence if not values else picture.figure


def test_times_beyond_the_calendar_are_drawn_without_trouble():
    one = line("a", [1.0, np.nan, 3.0])
    odd = type(one)("a", one.x, one.y, np.array([0.0, 5e17, 9e18]), start_time=-(2**62))
    for x in ("wall", "relative"):
        assert figure(lines(odd), Look(x=x)).figure


def test_listed_values_are_strict_json():
    assert listed(np.array([1.0, np.nan])) == [1.0, None]


@pytest.mark.parametrize(("x", "name"), [("step", "epoch"), ("relative", "time since start"), ("wall", "UTC")])
def test_the_x_axis_is_named_below_its_ticks(x, name):
    layout = figure(lines(line("a", [1, 2, 3], index="epoch")), Look(x=x)).figure["layout"]
    assert [note["text"] for note in layout["annotations"]] == [name]
    ticks = 14  # their font of 11 and its distance from the axis
    name = layout["annotations"][0]
    assert -name["yshift"] > ticks
    assert layout["margin"]["b"] - -name["yshift"] >= name["font"]["size"]
