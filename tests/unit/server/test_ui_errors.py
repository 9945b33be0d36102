"""The UI's routes under mistakes of the client: our error shape, never a 500."""

from __future__ import annotations

import json

import dash
import pytest
from dash import Input, Output, State, html
from flask.testing import FlaskClient

from mlflow_ext.errors import StoreUnavailable
from mlflow_ext_server import ui_errors

CALL = {
    "output": "out.children",
    "outputs": {"id": "out", "property": "children"},
    "inputs": [{"id": "in", "property": "value", "value": "x"}],
    "state": [{"id": "kept", "property": "data", "value": None}],
    "changedPropIds": ["in.value"],
}


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    ui = dash.Dash("tests", add_log_handler=False)
    ui.layout = html.Div(id="out")
    ui.callback(Output("out", "children"), Input("in", "value"), State("kept", "data"))(lambda value, _kept: value)
    ui.server.add_url_rule("/fails/<how>", "fails", _fail)
    ui_errors.register(ui)
    return ui.server.test_client()


def _fail(how: str) -> str:
    raise {"store": StoreUnavailable("no answer"), "other": KeyError("x")}[how]


def said(answer) -> tuple[int, str]:
    body = json.loads(answer.data)
    assert set(body) == {"error", "detail", "status"}
    assert body["status"] == answer.status_code
    return answer.status_code, body["detail"]


@pytest.mark.parametrize("path", ["os/x.js", "dash/%00", "dash/none.js", "dash/../../x.py"])
def test_files_that_are_none_are_not_found(client: FlaskClient, path: str):
    status, detail = said(client.get(f"/_dash-component-suites/{path}"))
    assert status == 404
    assert len(detail) < 200


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"nothing"])
def test_a_callback_s_body_that_is_no_json_is_a_bad_request(client: FlaskClient, body: bytes):
    assert said(client.post(ui_errors.CALLBACKS, data=body, content_type="application/json"))[0] == 400


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"output": 1}, 422),
        ({"output": "none.at.all"}, 404),
        ({"outputs": None}, 422),
        ({"inputs": []}, 422),
        ({"inputs": [1]}, 422),
        ({"inputs": [{"id": "other", "property": "value"}]}, 422),
        ({"state": []}, 422),
        ({"changedPropIds": [1]}, 422),
    ],
)
def test_a_call_that_is_none_is_refused(client: FlaskClient, change: dict, status: int):
    assert said(client.post(ui_errors.CALLBACKS, json={**CALL, **change}))[0] == status


@pytest.mark.parametrize("body", [[], None, 1, {}])
def test_json_that_is_no_call_is_refused(client: FlaskClient, body: object):
    answer = client.post(ui_errors.CALLBACKS, data=json.dumps(body), content_type="application/json")
    assert said(answer)[0] == 422


def test_a_right_call_is_passed_on(client: FlaskClient):
    answer = client.post(ui_errors.CALLBACKS, json=CALL)
    assert answer.json["response"] == {"out": {"children": "x"}}


def test_failures_of_the_server_have_the_shape_too(client: FlaskClient):
    assert said(client.get("/fails/store")) == (503, "no answer")
    assert said(client.get("/fails/other"))[0] == 500
    answer = client.post("/fails/store")
    assert said(answer)[0] == 405
    assert "GET" in answer.headers["Allow"]
