"""GET /api/docs: the REST API as one page made from its OpenAPI document; it needs no internet, and no script."""

from __future__ import annotations

from mlflow_ext_server.api.page.render import Place, page
from mlflow_ext_server.api.page.route import register

__all__ = ["Place", "page", "register"]
