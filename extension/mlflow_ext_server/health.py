"""GET /health: whether the server and its database answer."""

from __future__ import annotations

import mlflow
import sqlalchemy as sa
from fastapi import APIRouter, Request, Response
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from mlflow_ext.errors import StoreUnavailable
from mlflow_ext.rest import ErrorBody
from mlflow_ext_server.guard import ANONYMOUS, HEALTH
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.version import version

_REFUSED = {"model": ErrorBody}


def register(router: APIRouter, backend: Backend) -> None:
    """Add the route. Without credentials, on a server that asks for them, it says the status only."""

    @router.get(
        HEALTH,
        responses={
            400: {**_REFUSED, "description": "A workspace was asked for that there is not."},
            401: {**_REFUSED, "description": "The credentials are wrong."},
            403: {**_REFUSED, "description": "This page's origin may not."},
            405: {**_REFUSED, "description": "The path takes GET."},
            413: {**_REFUSED, "description": "The body is too large."},
            503: {"model": dict[str, str | bool], "description": "The database gives no answer."},
        },
    )
    def health(request: Request, response: Response) -> dict[str, str | bool]:
        """Whether the server and its database answer."""
        connected = _connected(backend)
        status = "healthy" if connected else "unhealthy"
        response.status_code = 200 if connected else 503
        response.headers["cache-control"] = "no-store"
        if request.scope[ANONYMOUS]:
            return {"status": status}
        return {
            "status": status,
            "database_connected": connected,
            "version": version(),
            "mlflow_version": mlflow.__version__,
        }


def _connected(backend: Backend) -> bool:
    try:
        with backend.read() as session:
            session.execute(sa.select(sa.literal(1)))
    except (StoreUnavailable, MlflowException, SQLAlchemyError):
        return False
    return True
