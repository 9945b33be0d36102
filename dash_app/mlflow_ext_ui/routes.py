"""What the page fetches by itself: what its address means, what runs hold, pictures in batches, values as CSV."""

from __future__ import annotations

import flask
from pydantic import ValidationError

from mlflow_ext.errors import ValidationError as UnreadableFilter
from mlflow_ext_ui import cards, listing, picking
from mlflow_ext_ui import values as csv
from mlflow_ext_ui.page import PageRequest, answer
from mlflow_ext_ui.source import DataSource, Principal


def principal() -> Principal:
    """Who makes the present request; the server in front puts it into the WSGI environment."""
    found = flask.request.environ.get("mlflow_ext.principal")
    return found if isinstance(found, Principal) else Principal()


def register(server: flask.Flask, source: DataSource) -> None:
    """Bind the routes."""

    @server.post("/_page")
    def page() -> flask.Response:
        try:
            request = PageRequest.model_validate_json(flask.request.get_data())
        except ValidationError as error:
            return _refusal(error)
        return flask.Response(cards.to_json(answer(source, principal(), request)), mimetype="application/json")

    @server.post("/_pictures")
    def pictures() -> flask.Response:
        try:
            request = cards.PictureRequest.model_validate_json(flask.request.get_data())
        except ValidationError as error:
            return _refusal(error)
        return flask.Response(cards.to_json(cards.pictures(source, principal(), request)), mimetype="application/json")

    @server.get("/_fields")
    def fields() -> flask.Response:
        experiment = flask.request.args.get("experiment", "")
        return flask.Response(
            cards.to_json(listing.fields(source, principal(), experiment)), mimetype="application/json"
        )

    @server.post("/_pick")
    def pick() -> flask.Response:
        try:
            request = picking.PickRequest.model_validate_json(flask.request.get_data())
            return flask.jsonify(runs=picking.picked(source, principal(), request))
        except ValidationError as error:
            return _refusal(error)
        except UnreadableFilter as error:
            return flask.jsonify(runs=[], error=str(error))

    @server.get("/_values")
    def values() -> flask.Response:
        wanted = flask.request.args
        title, text = csv.values(source, principal(), wanted.get("runs", "").split(","), wanted.get("plot", ""))
        name = csv.attachment(csv.file_name(title) + ".csv")
        headers = {"Content-Disposition": name, "X-Content-Type-Options": "nosniff"}
        return flask.Response(text, mimetype="text/csv", headers=headers)


def _refusal(error: ValidationError) -> flask.Response:
    first = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    body = {"error": "ValidationError", "detail": f"{where}: {first['msg']}", "status": 422}
    return flask.make_response(flask.jsonify(body), 422)
