"""From checked flags to a running server: prepares the database in this process, then lets MLflow start its workers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import click
from mlflow.exceptions import MlflowException
from sqlalchemy.engine import URL

from mlflow_ext.errors import MlflowExtError, ValidationError
from mlflow_ext_server import mlflow_adapter, schema
from mlflow_ext_server.announcement import Announcement
from mlflow_ext_server.preflight import (
    StartError,
    check_artifacts,
    check_database,
    check_flags,
    check_port,
    check_store,
)
from mlflow_ext_server.settings import APP_NAME, ServerSettings

__all__ = ["StartError", "serve"]

_FACTORY = "mlflow_ext_server.app:create_app"


def serve(given: Mapping[str, Any], *, demo: bool) -> None:
    """Run until a signal ends the server.

    Args:
        given: the parameters of ``mlflow server``.
        demo: fill a store of our own and show that.

    Raises:
        StartError: it can't start; nothing runs then.
    """
    params = dict(given)
    url = make_ready(params, demo=demo)
    os.environ[APP_NAME] = mlflow_adapter.BASIC_AUTH if params["app_name"] == mlflow_adapter.BASIC_AUTH else ""
    params["app_name"] = params["app_name"] or "mlflow-ext"
    if params["dev"]:  # MLflow refuses --dev beside an app name, so its meaning is put into uvicorn's words here
        params.update(dev=False, uvicorn_opts="--reload --log-level debug", workers="1")
    _choose_workers(params, url)
    announcement = Announcement(params)
    announcement.start()
    mlflow_adapter.run_server_command(params, _FACTORY)
    if not announcement.answered:
        raise SystemExit(1)


def make_ready(params: dict[str, Any], *, demo: bool) -> URL:
    """Check everything and prepare the database; fills in ``backend_store_uri`` where none was given.

    Raises:
        StartError: the server can't start.
    """
    check_flags(params, demo=demo)
    try:
        ServerSettings.from_environment(os.environ)
    except ValidationError as error:
        raise StartError(str(error)) from error
    check_port(params["host"], params["port"])
    if demo:
        params.update(_demo_store())
    params["backend_store_uri"] = params["backend_store_uri"] or mlflow_adapter.default_store_uri()
    url = check_store(params["backend_store_uri"])
    check_artifacts(params)
    prepare(params, url)
    return url


def _demo_store() -> dict[str, str]:
    """Train the demo's models, unless that was done before; gives the flags that show them."""
    from mlflow_ext_server import demo

    folder = demo.default_directory()
    try:
        store = demo.prepare(folder)
    except MlflowExtError as error:
        raise StartError(str(error)) from error
    click.echo(f"The demo's runs are in {folder}")
    os.environ.setdefault("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")  # eight processes that a demo has no use for
    return {"backend_store_uri": store.backend_store_uri, "artifacts_destination": store.artifacts_destination}


def prepare(params: Mapping[str, Any], url: URL) -> None:
    """Bring MLflow's tables, then ours, into being, while no other server of this machine does the same.

    Raises:
        StartError: the database is not fit, or MLflow refuses it.
    """
    mlflow_adapter.workspaces_wanted(params["enable_workspaces"])
    try:
        with schema.start_lock(url):
            check_database(url)
            engine = mlflow_adapter.prepare_stores(params, params["backend_store_uri"])
            if params["app_name"] == mlflow_adapter.BASIC_AUTH:
                mlflow_adapter.check_auth()
        schema.ensure(engine)
        schema.sweep(engine)
    except MlflowException as error:
        raise StartError(" ".join(str(error.message).split())) from error
    except schema.DatabaseTooNew as error:
        raise StartError(str(error)) from error


def _choose_workers(params: dict[str, Any], url: URL) -> None:
    if params["workers"]:
        return
    params["workers"] = "1" if url.get_backend_name() == "sqlite" else "4"
    count = "1 worker process" if params["workers"] == "1" else f"{params['workers']} worker processes"
    click.echo(f"Starting {count}, the default on {url.get_backend_name()} (--workers)")
