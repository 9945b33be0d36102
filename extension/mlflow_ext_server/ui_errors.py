"""Errors of the UI's Flask application in the one shape, and Dash's own route told what a mistake of the client is."""

from __future__ import annotations

from typing import Any

import dash
import flask
from dash.exceptions import DependencyException
from mlflow.exceptions import MlflowException
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from mlflow_ext import errors
from mlflow_ext.explanation import explained
from mlflow_ext_server import answer

CALLBACKS = "/_dash-update-component"


class _Property(BaseModel):
    id: str
    property: str


class _Call(BaseModel):
    """What Dash's renderer posts; Dash itself takes it as it comes."""

    output: str
    outputs: dict[str, Any] | list[dict[str, Any]]
    inputs: list[_Property]
    state: list[_Property] = []
    changedPropIds: list[str] = []


def register(ui: dash.Dash) -> None:
    """Bind the handlers; call it before the first request."""
    server: flask.Flask = ui.server

    @server.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:  # flask has logged what was no HTTPException, and comes here too
        status = error.code or 500
        said = "The server failed on this request; its log says why." if status == 500 else error.description
        response = error.get_response()
        response.data = answer.body(status, said or error.name)
        response.content_type = "application/json"
        return response

    @server.errorhandler(DependencyException)
    def no_such_file(_error: DependencyException) -> flask.Response:
        return _refusal(404, f"There is no file {flask.request.path}")

    @server.errorhandler(errors.MlflowExtError)
    def ours(error: errors.MlflowExtError) -> flask.Response:
        return _refusal(answer.status_of(error), str(error), type(error).__name__)

    @server.errorhandler(MlflowException)
    def mlflows(error: MlflowException) -> flask.Response:
        return _refusal(answer.mlflow_status(error), str(error.message), str(error.error_code))

    @server.before_request
    def checked_call() -> flask.Response | None:
        if flask.request.path != CALLBACKS or flask.request.method != "POST":
            return None
        try:
            call = _Call.model_validate(flask.request.get_json())
        except ValidationError as error:
            where, message = explained(error.errors(include_url=False, include_context=False), _Call)
            return _refusal(422, f"{where or 'body'}: {message}", "ValidationError")
        known = ui.callback_map.get(call.output)
        if known is None:
            return _refusal(404, f"There is no callback for {call.output[:200]!r}")
        for name in ("inputs", "state"):
            given = [(one.id, one.property) for one in getattr(call, name)]
            if given != [(one["id"], one["property"]) for one in known[name]]:
                return _refusal(422, f"{name}: not those of the callback for {call.output[:200]!r}", "ValidationError")
        return None


def _refusal(status: int, detail: str, error: str | None = None) -> flask.Response:
    return flask.Response(answer.body(status, detail, error), status, mimetype="application/json")
