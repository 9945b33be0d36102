"""What the page fetches by itself: what its address means, what runs hold, pictures in batches, tables, CSV."""

from __future__ import annotations

import flask
from pydantic import ValidationError

from mlflow_ext.errors import MlflowExtError
from mlflow_ext.errors import ValidationError as Unreadable
from mlflow_ext_ui import cards, charts, insight_routes, listing, picking, stepping
from mlflow_ext_ui import values as csv
from mlflow_ext_ui.page import PageRequest, answer
from mlflow_ext_ui.source import DataSource, Principal
from mlflow_ext_ui.state import ViewState
from mlflow_ext_ui.sweeps import routes as sweep_routes
from mlflow_ext_ui.tables.answer import answer as table_answer
from mlflow_ext_ui.tables.answer import as_csv
from mlflow_ext_ui.tables.request import TablesRequest


def principal() -> Principal:
    """Who makes the present request; the server in front puts it into the WSGI environment."""
    found = flask.request.environ.get("mlflow_ext.principal")
    return found if isinstance(found, Principal) else Principal()


def register(server: flask.Flask, source: DataSource) -> None:
    """Bind the routes."""

    sweep_routes.register(server, source, principal, _refusal)

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

    @server.post("/_steps")
    def steps() -> flask.Response:
        try:
            request = stepping.StepsRequest.model_validate_json(flask.request.get_data())
            found = stepping.steps(source, principal(), request)
        except ValidationError as error:
            return _refusal(error)
        except MlflowExtError as error:
            return flask.make_response(flask.jsonify(error=type(error).__name__, detail=str(error), status=503), 503)
        return flask.Response(cards.to_json(found), mimetype="application/json")

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
        except Unreadable as error:
            return flask.jsonify(runs=[], error=str(error))

    @server.get("/_values")
    def values() -> flask.Response:
        wanted = flask.request.args
        state = ViewState.parse("", flask.request.query_string.decode())
        choice = state.choice if "compared" in wanted else None
        runs = wanted.get("runs", "").split(",")
        if "chart" in wanted:
            try:
                return _file(*csv.chart_values(source, principal(), runs, charts.parse(wanted["chart"])))
            except Unreadable as error:
                return flask.make_response({"error": "ValidationError", "detail": str(error), "status": 422}, 422)
        key, over = wanted.get("plot", ""), "over_time" in wanted
        title, text = csv.values(source, principal(), runs, key, choice, step=state.at, over_time=over)
        return _file(f"{title} compared" if choice else title, text)

    insight_routes.register(server, source, principal, _refusal)

    @server.post("/_tables")
    def tables() -> flask.Response:
        try:
            request = TablesRequest.model_validate_json(flask.request.get_data())
        except ValidationError as error:
            return _refusal(error)
        return flask.Response(cards.to_json(table_answer(source, principal(), request)), mimetype="application/json")

    @server.get("/_tables")
    def table_file() -> flask.Response:
        try:
            request = TablesRequest.of_address(flask.request.args.get("part", ""), flask.request.query_string.decode())
        except ValidationError as error:
            return _refusal(error)
        return _file(*as_csv(source, principal(), request))


def _file(title: str, text: str) -> flask.Response:
    name = csv.attachment(csv.file_name(title) + ".csv")
    headers = {"Content-Disposition": name, "X-Content-Type-Options": "nosniff"}
    return flask.Response(text, mimetype="text/csv", headers=headers)


def _refusal(error: ValidationError) -> flask.Response:
    first = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    body = {"error": "ValidationError", "detail": f"{where}: {first['msg']}", "status": 422}
    return flask.make_response(flask.jsonify(body), 422)
