"""What the page asks about training once its pictures stand."""

from __future__ import annotations

from collections.abc import Callable

import flask
from pydantic import ValidationError

from mlflow_ext import errors
from mlflow_ext_ui import cards
from mlflow_ext_ui.insight import InsightRequest, TrendRequest, insight_answer, trend_answer
from mlflow_ext_ui.source import DataSource, Principal


def register(
    server: flask.Flask,
    source: DataSource,
    principal: Callable[[], Principal],
    refusal: Callable[[ValidationError], flask.Response],
) -> None:
    """Bind the routes."""

    @server.post("/_insights")
    def insights() -> flask.Response:
        return _answer(
            lambda body: insight_answer(source, principal(), InsightRequest.model_validate_json(body)), refusal
        )

    @server.post("/_trend")
    def trend() -> flask.Response:
        return _answer(lambda body: trend_answer(source, principal(), TrendRequest.model_validate_json(body)), refusal)


def _answer(
    ask: Callable[[bytes], dict[str, object]], refusal: Callable[[ValidationError], flask.Response]
) -> flask.Response:
    try:
        return flask.Response(cards.to_json(ask(flask.request.get_data())), mimetype="application/json")
    except ValidationError as error:
        return refusal(error)
    except errors.MlflowExtError as error:
        status = 422 if isinstance(error, errors.ValidationError) else 503
        return flask.make_response(flask.jsonify(error=type(error).__name__, detail=str(error), status=status), status)
