"""A param against the target, several targets, and what a model says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlflow_ext.rest import DependenceAnswer, SweepTarget
from mlflow_ext_ui import cards
from mlflow_ext_ui.sweeps.dependence import dependence
from mlflow_ext_ui.sweeps.frame import ACROSS, drawn, left_margin
from mlflow_ext_ui.sweeps.front import front
from mlflow_ext_ui.sweeps.parallel import Axis
from mlflow_ext_ui.sweeps.scatter import scatter, scatter_info
from mlflow_ext_ui.sweeps.surface import Held
from mlflow_ext_ui.text import width
from tests.unit.sweep_tab.example import NAMES, answer, param

LOSS = SweepTarget(metric="loss", direction="lower", values=[0.1, 0.5, None, 0.4])


def role(figure: dict[str, Any], name: str) -> dict[str, Any]:
    return next(trace for trace in figure["data"] if trace.get("meta", {}).get("role") == name)


def test_the_strongest_number_is_plotted_first_with_its_line():
    info = scatter_info(answer())
    assert info is not None
    found = scatter(info, NAMES, "light")
    assert found["param"] == "lr"
    assert role(found["figure"], "trend")["y"] == [0.6, 0.9]
    assert role(found["figure"], "runs")["customdata"] == ["r1", "r2", "r3", "r4"]
    assert "run &#60;r1&#62;" in role(found["figure"], "runs")["hovertext"][0]
    assert role(found["figure"], "suggested")["x"] == []


def test_runs_without_the_param_are_left_out_and_counted():
    info = scatter_info(answer(), "drop")
    assert info is not None
    found = scatter(info, NAMES, "light")
    assert found["caption"] == "3 runs"
    assert found["note"].startswith("1 run without drop not drawn. Too few runs for a line.")


def test_runs_whose_param_is_no_number_are_told_from_those_without_it():
    told = param("lr", [0.1, None, None, 0.4]).model_copy(update={"texts": ["0.1", "None", None, "0.4"]})
    info = scatter_info(answer(params=[told], matrix=[], trends={}))
    assert info is not None
    note = scatter(info, NAMES, "light")["note"]
    assert note.startswith("1 run without lr not drawn. 1 run whose lr is no number not drawn.")


def test_a_category_becomes_strips_with_a_median():
    info = scatter_info(answer(), "opt")
    assert info is not None
    found = scatter(info, NAMES, "dark")
    assert role(found["figure"], "median")["y"][:2] == [pytest.approx(0.8)] * 2  # adam comes first: 0.7 and 0.9
    assert found["figure"]["layout"]["xaxis"]["ticktext"] == ["adam", "sgd"]


def test_nothing_is_plotted_where_nothing_varies():
    assert scatter_info(answer(params=[], matrix=[])) is None


def test_the_front_has_its_runs_best_first_and_no_dot_for_a_run_without_a_value():
    both = answer(targets=[*answer().targets, LOSS], front=[True, False, False, True])
    found = front(both, NAMES, "light")
    assert found is not None
    assert [row["id"] for row in found["rows"]] == ["r4", "r1"]
    assert found["rows"][0]["cells"] == ["0.9000", "0.4000"]
    assert [column["way"] for column in found["columns"]] == ["↑", "↓"]
    assert found["figure"]["data"][0]["customdata"] == ["r2"]
    assert role(found["figure"], "front")["x"] == [0.1, 0.4]


def test_one_target_has_no_front_and_an_undecided_one_is_named():
    assert front(answer(), NAMES, "light") is None
    open_ = LOSS.model_copy(update={"direction": None, "metric": "size"})
    found = front(answer(targets=[*answer().targets, open_]), NAMES, "light")
    assert found is not None
    assert found["undecided"] == ["size"]
    assert found["rows"] == []


def told(near: list[list[int]], **more: Any) -> DependenceAnswer:
    axis = {"name": "lr", "kind": "log", "numbers": [0.001, 0.01, 0.1], "levels": []}
    category = {"name": "opt", "kind": "category", "numbers": [], "levels": ["sgd", "adam"]}
    rows = [[0.1, 0.2, 0.3]] * len(near)
    held = {"target": "acc", "none": None, "runs": [], "axes": [axis, category][: len(near)], "explained": 0.5}
    return DependenceAnswer.model_validate(held | {"mean": rows, "low": rows, "high": rows, "near": near} | more)


def test_a_line_is_dotted_where_no_run_is_near():
    found = dependence(told([[3, 0, 2]]), "light")
    assert role(found["figure"], "sure")["y"] == [0.1, None, 0.3]
    assert "Dotted: no run is near" in found["note"]
    assert found["caption"] == "explains 50% on runs held out"


def surface(
    axes: list[dict[str, Any]], rows: list[list[float]], held: Held | None = None, **more: Any
) -> dict[str, Any]:
    said = told([[1] * len(rows[0])] * len(rows), axes=axes, mean=rows, low=rows, high=rows, **more)
    return dependence(said, "dark", held)


LR = {"name": "lr", "kind": "log", "numbers": [1e-4, 1e-3, 1e-2, 1e-1], "levels": []}
OPT = {"name": "opt", "kind": "category", "numbers": [], "levels": ["sgd", "adam"]}
DROP = {"name": "drop", "kind": "number", "numbers": [0.1, 0.25, 0.4], "levels": []}


def test_categories_are_rows_by_what_is_expected_with_their_whole_names():
    category = {"name": "net", "kind": "category", "numbers": [], "levels": ["b" * 60, "c", "a"]}
    found = dependence(told([[3, 0, 2]], axes=[category], mean=[[0.2, 0.1, 0.3]]), "light")["figure"]
    (rows,) = found["data"]
    assert rows["x"] == [0.1, 0.2, 0.3]
    assert found["layout"]["meta"]["names"]["y"] == ["c", "b" * 60, "a"]
    assert "b" * 44 + "<br>" + "b" * 16 in rows["hovertext"][1]
    assert rows["error_x"]["type"] == "data"
    assert len(set(rows["marker"]["color"])) == 2  # one that no run is near to


def test_a_category_stands_and_a_number_lies_whichever_is_asked_first():
    rows = [[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]]
    found = surface([OPT, LR], rows)["figure"]
    assert found["layout"]["meta"]["titles"] == {"x": "lr", "y": "opt"}
    assert found["layout"]["meta"]["names"]["y"] == ["adam", "sgd"]  # the higher expected above
    assert found["data"][0]["z"] == [[0.1, 0.2, 0.3, 0.4], [0.9, 0.8, 0.7, 0.6]]


def test_the_runs_stand_on_the_surface_and_what_is_far_from_them_is_grey():
    rows = [[0.1, 0.2, 0.3, 0.4]] * 3
    found = surface([LR, DROP], rows, Held(answer(), NAMES))
    dots, grey = role(found["figure"], "runs"), role(found["figure"], "guess")
    assert dots["customdata"] == ["r1", "r3", "r4"]  # r2 has no drop
    assert dots["x"] == [1e-4, 1e-2, 1e-1]
    assert "run &#60;r3&#62;" in dots["hovertext"][1]
    assert grey["z"][0] == [None, None, 1.0, 1.0]
    assert grey["z"][2][3] is None
    assert "Grey: no run within 33% of the axes" in found["note"]
    assert found["ends"] == ["0.100", "0.400"]


def test_of_a_category_only_its_own_runs_are_near():
    found = surface([LR, OPT], [[0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8]], Held(answer(), NAMES))
    dots, grey = role(found["figure"], "runs"), role(found["figure"], "guess")
    assert [round(y) for y in dots["y"]] == [0, 1, 0, 1]
    assert grey["z"] == [[None, 1.0, None, 1.0], [1.0, None, 1.0, None]]


def test_titles_of_any_length_have_room():
    long = LR | {"name": "n" * 200}
    found = surface([long, DROP | {"name": "m" * 200}], [[0.1, 0.2, 0.3, 0.4]] * 3)["figure"]["layout"]
    assert all(width(one["text"]) <= ACROSS for one in found["annotations"])
    assert found["meta"]["titles"]["x"] == "n" * 200


def test_a_weak_model_and_one_of_nothing_say_so():
    assert dependence(told([[1, 1, 1]], explained=-0.2), "light")["weak"]
    none = {"reason": "few", "sentence": "A sweep compares at least 2 runs.", "common": []}
    assert dependence(told([[1]], none=none, target=None), "light") == {"sentence": "A sweep compares at least 2 runs."}


def test_names_below_an_axis_are_never_turned_and_keep_what_tells_them_apart():
    levels = [f"a_long_architecture_name_of_level_{i:02}" for i in range(12)]
    lying = drawn(Axis("net", "category", False, -0.5, 11.5, [], levels, [], 0, False), ACROSS)
    assert lying["tickangle"] == 0
    assert len(lying["ticktext"]) == 4
    assert all(width(text) <= ACROSS / 4 for text in lying["ticktext"])
    assert len(set(lying["ticktext"])) == 4


def test_names_beside_an_upright_axis_get_the_room_of_its_margin():
    levels = [f"a_long_architecture_{i:02}" for i in range(6)]
    axis = Axis("net", "category", False, -0.5, 5.5, [], levels, [], 0, False)
    upright = drawn(axis, 240, upright=True)
    assert len(upright["ticktext"]) == 6
    assert all(60 < width(text) <= left_margin(axis) for text in upright["ticktext"])


@pytest.mark.parametrize(
    ("kind", "ends"), [("log", [5e-324, 1.7e308]), ("number", [-1.7e308, 1.7e308]), ("number", [0.0, 5e-324])]
)
def test_what_a_model_says_is_drawn_at_the_ends_of_what_a_float_holds(kind: str, ends: list[float]):
    axis = {"name": "x", "kind": kind, "numbers": ends, "levels": []}
    said = [[-1.7e308, 1.7e308]]
    line = told([[1, 1]], axes=[axis], mean=said, low=said, high=said)
    json.loads(cards.to_json(dependence(line, "light")))
    square = said * 2
    surface = told([[1, 0], [1, 1]], axes=[axis, axis], mean=square, low=square, high=square)
    json.loads(cards.to_json(dependence(surface, "light")))
