"""Puts our application into MLflow's."""

from __future__ import annotations

import re
from typing import TypeVar

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from mlflow_ext_server import answer, content_policy, health, mlflow_adapter, schema, ui_errors
from mlflow_ext_server.alerting.address import AllowedAddresses
from mlflow_ext_server.api import create_router, page
from mlflow_ext_server.api.document import DocumentedApp
from mlflow_ext_server.api.fallback import Fallback
from mlflow_ext_server.credentials import Credentials
from mlflow_ext_server.guard import Guard, Policy
from mlflow_ext_server.index_link import SCRIPT, LinkedIndex, script_tag
from mlflow_ext_server.mlflow_backend import MlflowBackend
from mlflow_ext_server.origin import OriginRule
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_server.settings import ServerSettings
from mlflow_ext_server.source import StoreSource
from mlflow_ext_server.version import version
from mlflow_ext_server.wsgi import bridge
from mlflow_ext_ui.app import create_app as create_ui


def compose(settings: ServerSettings) -> FastAPI:
    """MLflow's application with ours under /ext, in front of MLflow's catch-all route."""
    host = mlflow_adapter.fastapi_app(settings.app_name)
    if not isinstance(host, FastAPI):
        raise RuntimeError("ext-server runs on uvicorn only: leave out --gunicorn-opts and --waitress-opts")
    catch_all = mlflow_adapter.flask_mount(host)
    prefix = mlflow_adapter.static_prefix()
    schema.ensure(mlflow_adapter.tracking_engine())
    auth = settings.app_name == mlflow_adapter.BASIC_AUTH
    guarded = Guard(extension_app(MlflowBackend(auth=auth), prefix, settings), policy(settings))
    index = LinkedIndex(catch_all.app, script_tag(prefix))
    host.router.routes[-1:-1] = [
        _with_newlines(Mount(f"{prefix}/ext", guarded)),
        Route(f"{prefix}/ext", _to_ui, methods=["GET"]),
        Route(f"{prefix}/", index, methods=["GET"]),
    ]
    return host


def policy(settings: ServerSettings) -> Policy:
    """What the Guard goes by, from our settings and MLflow's flags."""
    origins = OriginRule(
        allowed=mlflow_adapter.allowed_origins(),
        host_allowed=mlflow_adapter.host_check(),
        off=mlflow_adapter.security_disabled(),
    )
    if settings.app_name != mlflow_adapter.BASIC_AUTH:
        return Policy(settings.max_body_bytes, origins)
    by_header = mlflow_adapter.has_default_authorization()
    return Policy(settings.max_body_bytes, origins, Credentials(mlflow_adapter.authenticate, by_header=by_header))


def extension_app(backend: MlflowBackend, prefix: str, settings: ServerSettings) -> FastAPI:
    """Everything under /ext: health, REST and the UI."""
    store = Store(backend)
    source = StoreSource(store)
    app = DocumentedApp(
        settings.page_limit,
        title="mlflow-ext",
        version=version(),
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    answer.register(app)
    own = APIRouter()
    health.register(own, backend)
    own.add_api_route("/link.js", _link_script, methods=["GET"], include_in_schema=False)
    allowed = AllowedAddresses(settings.webhook_allow, settings.webhook_allow_private)
    # Included the usual way, FastAPI would build every route twice.
    app.router.routes += [*own.routes, *create_router(store, source, backend, settings.page_limit, allowed).routes]

    page.register(app, prefix, settings, auth=settings.app_name == mlflow_adapter.BASIC_AUTH)
    fallback = Fallback(app.methods())
    app.router.routes[:0] = fallback.before()
    app.router.routes += [
        _with_newlines(Route(path, fallback, include_in_schema=False)) for path in ("/health", "/api/{path:path}")
    ]
    ui = create_ui(source, prefix=f"{prefix}/ext/", mlflow_url=f"{prefix}/")
    ui_errors.register(ui)
    content_policy.register(ui)
    app.router.routes.append(_with_newlines(Mount("/", bridge(ui.server, threads=settings.ui_threads))))
    return app


T = TypeVar("T", Mount, Route)


def _with_newlines(route: T) -> T:
    """The route for every path: starlette's own pattern leaves one with a newline to other routes."""
    route.path_regex = re.compile(route.path_regex.pattern, re.DOTALL)
    return route


async def _to_ui(request: Request) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{mlflow_adapter.static_prefix()}/ext/{query}")


async def _link_script() -> Response:
    return FileResponse(SCRIPT, media_type="text/javascript", headers={"cache-control": "max-age=86400"})
