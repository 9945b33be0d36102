"""What the page's own requests may hold: whatever else they hold is a mistake of theirs, told by its field."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from mlflow_ext_server import ui_errors
from mlflow_ext_ui.app import create_app
from mlflow_ext_ui.memory import MemorySource

ADDRESS = {"path": "/ext/plots", "search": "?experiment=1&runs=", "refresh": 0}
ODD: list[Any] = [5, "x", [5], [{"x": 1}], {"a": 1}, 10**30, [[[]]]]


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    source = MemorySource(metric="loss")
    source.add_run(source.add_experiment("e"), "run")
    ui = create_app(source)
    ui_errors.register(ui)
    return ui.server.test_client()


@pytest.fixture(scope="module")
def view(client: FlaskClient) -> dict[str, Any]:
    view: dict[str, Any] = client.post("/_page", json={"url": ADDRESS}).json["view"]
    assert client.post("/_page", json={"url": ADDRESS, "before": view}).status_code == 200
    return view


@pytest.mark.parametrize("part", ["runs", "held", "metric", "experiment", "refresh", "failed"])
@pytest.mark.parametrize("value", ODD, ids=repr)
def test_a_view_that_is_none_is_taken_or_refused_by_name(
    client: FlaskClient, view: dict[str, Any], part: str, value: Any
):
    answer = client.post("/_page", json={"url": ADDRESS, "before": {**view, part: value}})
    assert answer.status_code in (200, 422)
    if answer.status_code == 422:
        assert f"before.{part}" in answer.json["detail"]


@pytest.mark.parametrize("refresh", [2**63, -(2**70)])
def test_a_number_that_no_answer_could_hold_is_refused(client: FlaskClient, refresh: int):
    answer = client.post("/_page", json={"url": {**ADDRESS, "refresh": refresh}})
    assert (answer.status_code, answer.json["detail"][:12]) == (422, "url.refresh:")


@pytest.mark.parametrize("search", [f"?at={'9' * 30}", f"?at=-{'9' * 30}", f"?search={'x' * 60_000}"])
def test_an_address_with_a_value_beyond_all_bounds_falls_back(client: FlaskClient, search: str):
    now = client.post("/_page", json={"url": {**ADDRESS, "search": search}})
    assert now.status_code == 200
    assert (now.json["view"]["state"]["at"], now.json["view"]["state"]["search"]) == (None, "")
    assert client.get(f"/_tables{search}&part=compare").status_code == 200


def call(client: FlaskClient, output: str, values: list[Any], view: Any) -> Any:
    known = next(one for one in client.get("/_dash-dependencies").json if one["output"] == output)
    component, name = output.rsplit(".", 1)
    body = {
        "output": output,
        "outputs": {"id": component, "property": name},
        "inputs": [{**one, "value": value} for one, value in zip(known["inputs"], values, strict=True)],
        "state": [{**known["state"][0], "value": view}],
        "changedPropIds": [],
    }
    return client.post("/_dash-update-component", data=json.dumps(body), content_type="application/json")


ROWS, FOUND = "x-run-grid.getRowsResponse", "x-experiments.children"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (5, "request"),
        ("x", "request"),
        ({"startRow": "a"}, "request.startRow"),
        ({"startRow": [0]}, "request.startRow"),
        ({"startRow": 10**30, "endRow": 10**30 + 5}, "request.startRow"),
    ],
)
def test_rows_that_no_list_has_are_refused(client: FlaskClient, view: dict[str, Any], asked: Any, field: str):
    answer = call(client, ROWS, [asked], view)
    assert (answer.status_code, answer.json["detail"].split(": ")[0]) == (422, field)


@pytest.mark.parametrize(
    "odd", [5, "x", [1], {"experiment": 5}, {"experiment": {"id": 5}}, {"state": 5}, {"state": {"runs": 5}}], ids=repr
)
def test_a_callback_refuses_a_view_that_is_none(client: FlaskClient, odd: Any):
    for answer in (call(client, ROWS, [{"startRow": 0, "endRow": 5}], odd), call(client, FOUND, ["a", True], odd)):
        assert answer.status_code == 422
        assert answer.json["detail"].startswith("view")


@pytest.mark.parametrize("search", [5, ["a"], "x" * 100_000], ids=["number", "list", "long"])
def test_experiments_are_looked_for_by_a_name_that_can_be(client: FlaskClient, view: dict[str, Any], search: Any):
    answer = call(client, FOUND, [search, True], view)
    assert (answer.status_code, answer.json["detail"].split(":")[0]) == (422, "search.value")


def test_right_calls_are_answered(client: FlaskClient, view: dict[str, Any]):
    assert (
        call(client, ROWS, [{"startRow": 0, "endRow": 5, "sortModel": [], "filterModel": {}}], view).status_code == 200
    )
    assert call(client, FOUND, ["e", True], view).status_code == 200
    assert call(client, FOUND, ["e", True], None).status_code == 200
