"""The REST API under /ext/api."""

from __future__ import annotations

from fastapi import APIRouter

from mlflow_ext_server.api import tail
from mlflow_ext_server.source import StoreSource


def create_router(source: StoreSource) -> APIRouter:
    """Every route of the API, reading through ``source``."""
    router = APIRouter()
    tail.register(router, source)
    return router
