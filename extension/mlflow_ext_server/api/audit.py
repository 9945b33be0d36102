"""GET /audit: who changed what through us."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from mlflow_ext.rest import AuditEntry, AuditQuery
from mlflow_ext_server.api.encode import answer, page_headers
from mlflow_ext_server.api.principal import Asking
from mlflow_ext_server.api.query import check_limit
from mlflow_ext_server.writing import audit
from mlflow_ext_server.writing.backend import WritingBackend


def register(router: APIRouter, backend: WritingBackend, page_limit: int) -> None:
    """Add the route."""

    @router.get("/audit", response_model=list[AuditEntry])
    def entries(request: Request, query: Annotated[AuditQuery, Query()], principal: Asking) -> Response:
        """Changes, the newest first; for admins. ``target`` is such as ``run:`` and an id."""
        check_limit(query.limit, page_limit)
        found, total = audit.entries(backend, principal, limit=query.limit, offset=query.offset, target=query.target)
        headers = page_headers(request, total, query.limit, query.offset)
        return answer([entry.model_dump() for entry in found], headers)
