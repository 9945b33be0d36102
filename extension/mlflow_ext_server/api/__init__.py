"""The REST API under /ext/api."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from mlflow_ext.rest import ErrorBody
from mlflow_ext_server.alerting.address import AllowedAddresses
from mlflow_ext_server.api import (
    alert,
    audit,
    data,
    difference,
    experiment,
    insight,
    metric,
    run,
    run_change,
    sweep,
    tail,
    view,
    webhook,
)
from mlflow_ext_server.api.body import JsonRoute
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_server.source import StoreSource
from mlflow_ext_server.writing.backend import WritingBackend
from mlflow_ext_server.writing.webhook import Webhooks

_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorBody, "description": "The request can't be read, or asks for a workspace that there is not."},
    401: {"model": ErrorBody, "description": "Credentials are asked for."},
    403: {"model": ErrorBody, "description": "This user, or this page's origin, may not."},
    404: {"model": ErrorBody, "description": "Unknown, or not to be read by this user."},
    405: {"model": ErrorBody, "description": "The path takes another method."},
    409: {"model": ErrorBody, "description": "It contradicts what is stored."},
    413: {"model": ErrorBody, "description": "The body is too large."},
    415: {"model": ErrorBody, "description": "The body is no JSON by its Content-Type, or compressed."},
    422: {"model": ErrorBody, "description": "A field is wrong; the detail names it."},
    503: {"model": ErrorBody, "description": "The database or the artifact store gives no answer; ask again."},
}


def create_router(
    store: Store, source: StoreSource, backend: WritingBackend, page_limit: int, allowed: AllowedAddresses
) -> APIRouter:
    """Every route of the API.

    Args:
        store: what is read.
        source: what the UI reads as well.
        backend: what is changed.
        page_limit: the most rows of one page.
        allowed: addresses that webhooks may have.
    """
    router = APIRouter(prefix="/api", responses=_ERRORS, route_class=JsonRoute)
    run.register(router, store, page_limit)
    run_change.register(router, store, backend)
    data.register(router, store, backend)
    metric.register(router, store, backend)
    difference.register(router, source.difference_reader)
    for word in ("experiments", "projects"):
        experiment.register(router, store, backend, page_limit, word)
    view.register(router, store, backend)
    alert.register(router, store, backend, page_limit)
    webhook.register(router, Webhooks(backend, allowed), page_limit)
    audit.register(router, backend, page_limit)
    sweep.register(router, store, source)
    insight.register(router, store, source.insight_reader, source.trend_reader)
    tail.register(router, source, store.aliases.resolve)
    return router
