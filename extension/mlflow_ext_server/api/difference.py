"""Why two runs differ."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from mlflow_ext.rest import DifferenceQuery, RunDifference
from mlflow_ext_server.api.principal import Asking
from mlflow_ext_server.difference_reader import DifferenceReader


def register(router: APIRouter, reader: DifferenceReader) -> None:
    """Add the routes."""

    @router.get("/diff")
    def difference(query: Annotated[DifferenceQuery, Query()], principal: Asking) -> RunDifference:
        """In what two runs differ, first what best explains the difference of their metric."""
        return reader.read(principal, query.ids, query.metric, query.direction)

    @router.post("/diff")
    def post_difference(query: DifferenceQuery, principal: Asking) -> RunDifference:
        """The same as GET /diff, by a body."""
        return reader.read(principal, query.ids, query.metric, query.direction)
