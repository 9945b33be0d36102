"""The routes of the Sweeps tab."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import flask
from pydantic import BaseModel, ValidationError

from mlflow_ext_ui import cards
from mlflow_ext_ui.source import DataSource, Principal
from mlflow_ext_ui.sweeps import answer
from mlflow_ext_ui.sweeps.request import DependenceQuestion, PartQuestion, SuggestionQuestion

Q = TypeVar("Q", bound=BaseModel)


def register(
    server: flask.Flask,
    source: DataSource,
    principal: Callable[[], Principal],
    refusal: Callable[[ValidationError], flask.Response],
) -> None:
    """Bind the routes; ``principal`` says who asks, ``refusal`` what to answer to a question that can't be read."""

    def answered(model: type[Q], made: Callable[[DataSource, Principal, Q], dict[str, Any]]) -> flask.Response:
        try:
            question = model.model_validate_json(flask.request.get_data())
        except ValidationError as error:
            return refusal(error)
        return flask.Response(cards.to_json(made(source, principal(), question)), mimetype="application/json")

    @server.post("/_sweep")
    def sweep() -> flask.Response:
        return answered(PartQuestion, answer.part)

    @server.post("/_dependence")
    def dependence() -> flask.Response:
        return answered(DependenceQuestion, answer.dependence)

    @server.post("/_suggest")
    def suggest() -> flask.Response:
        return answered(SuggestionQuestion, answer.suggestions)
