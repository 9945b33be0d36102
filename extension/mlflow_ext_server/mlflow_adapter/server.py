"""The server itself: its command line, database, application, workspaces, and who may do what."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Literal

from mlflow_ext.errors import MlflowExtError, StoreUnavailable

if TYPE_CHECKING:
    import click
    from fastapi import FastAPI
    from flask import Flask
    from sqlalchemy.engine import Engine
    from sqlalchemy.orm import Session
    from starlette.routing import Mount

BASIC_AUTH = "basic-auth"
WORKSPACE_HEADER = "X-MLFLOW-WORKSPACE"
SchemaState = Literal["empty", "current", "older", "newer"]


# Command line -------------------------------------------------------------------------------------------------------


def server_command() -> click.Command:
    """The ``mlflow server`` command."""
    from mlflow.cli import server

    command: click.Command = server
    return command


def default_store_uri() -> str:
    """Where ``mlflow server`` stores without ``--backend-store-uri`` in this directory."""
    from mlflow.tracking._tracking_service.utils import _get_default_tracking_uri

    return str(_get_default_tracking_uri())


def run_server_command(params: Mapping[str, Any], target: str) -> None:
    """Run ``mlflow server`` in the current click context, serving the factory ``target`` whatever ``app_name`` says.

    All else that MLflow ties to ``app_name`` (basic-auth's bootstrap, tokens for its jobs) stays as it is.
    """
    import mlflow.server as server

    command = server_command()
    original = server._find_app
    server._find_app = lambda _name: target
    try:
        assert command.callback is not None
        command.callback(**params)
    finally:
        server._find_app = original


def workspaces_wanted(flag: bool) -> bool:
    """Whether the server is to have workspaces, by its flag or MLflow's variable; writes what MLflow reads."""
    import os

    from mlflow.environment_variables import MLFLOW_ENABLE_WORKSPACES

    wanted = flag or bool(MLFLOW_ENABLE_WORKSPACES.get())
    os.environ[MLFLOW_ENABLE_WORKSPACES.name] = "true" if wanted else "false"
    return wanted


def check_auth() -> None:
    """Create basic-auth's tables and admin user as ``mlflow server`` does before it starts workers.

    Raises:
        MlflowException: no secret key, no admin password, or an auth database that gives no answer.
    """
    from mlflow.server import _bootstrap_basic_auth

    _bootstrap_basic_auth()


# Database -----------------------------------------------------------------------------------------------------------


def schema_state(engine: Engine) -> SchemaState:
    """How MLflow's tables behind ``engine`` stand to the installed MLflow."""
    from alembic.script import ScriptDirectory
    from mlflow.store.db import utils

    if utils._is_empty_database(engine):
        return "empty"
    found, head = utils._get_schema_version(engine), utils._get_latest_schema_revision()
    if found == head:
        return "current"
    script = ScriptDirectory.from_config(utils._get_alembic_config(""))
    known = {revision.revision for revision in script.walk_revisions()}
    return "newer" if found is not None and found not in known else "older"


def prepare_stores(params: Mapping[str, Any], backend_uri: str) -> Engine:
    """Create MLflow's tables where there are none, and open its stores as ``mlflow server`` will.

    Returns:
        The tracking store's engine.
    """
    from mlflow.server.handlers import _get_tracking_store, initialize_backend_stores
    from mlflow.utils.server_cli_utils import resolve_default_artifact_root

    root = resolve_default_artifact_root(params["serve_artifacts"], params["default_artifact_root"], backend_uri)
    initialize_backend_stores(
        backend_uri,
        params["registry_store_uri"] or backend_uri,
        root,
        workspace_store_uri=params["workspace_store_uri"],
        read_replica_backend_store_uri=params["read_replica_backend_store_uri"],
    )
    return _get_tracking_store().engine  # type: ignore[no-any-return]


def tracking_engine() -> Engine:
    """The engine of the running server's tracking store."""
    return tracking_store().engine  # type: ignore[no-any-return]


def dialect() -> str:
    """SQLAlchemy's name of the store's database: sqlite, postgresql, mysql, mssql."""
    return str(tracking_engine().dialect.name)


def read_session() -> AbstractContextManager[Session]:
    """A session of MLflow's own session maker that only reads (from the read replica, where there is one)."""
    return _session(read_only=True)


def write_session() -> AbstractContextManager[Session]:
    """A session of MLflow's own session maker that commits when its block ends."""
    return _session(read_only=False)


@contextmanager
def _session(*, read_only: bool) -> Iterator[Session]:
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import OperationalError

    try:
        with tracking_store().ManagedSessionMaker(read_only=read_only) as session:
            yield session
    except MlflowException as error:
        cause = error.__cause__  # MLflow wraps whatever leaves the block
        if isinstance(cause, MlflowExtError):
            raise cause from cause.__cause__
        if isinstance(cause, OperationalError):
            raise StoreUnavailable(f"The tracking database gives no answer: {cause.orig}") from error
        if cause is not None and not isinstance(cause, MlflowException):
            raise cause from cause.__cause__  # not from MLflow's, whose own cause it is: that would be a circle
        raise


def tracking_store() -> Any:
    """The running server's tracking store."""
    from mlflow.server.handlers import _get_tracking_store

    return _get_tracking_store()


# Composition --------------------------------------------------------------------------------------------------------


def fastapi_app(app_name: str | None) -> FastAPI:
    """MLflow's own ASGI application, with basic-auth when ``app_name`` says so."""
    if app_name == BASIC_AUTH:
        from mlflow.server.auth import create_app

        return create_app()  # type: ignore[no-any-return]
    from mlflow.server.fastapi_app import app

    return app  # type: ignore[no-any-return]


def flask_mount(app: FastAPI) -> Mount:
    """The catch-all mount of MLflow's Flask application: the last route, after which none would ever match.

    Raises:
        RuntimeError: this MLflow is built differently.
    """
    from starlette.routing import Mount

    last = app.router.routes[-1]
    if not isinstance(last, Mount) or last.path:
        raise RuntimeError(f"MLflow's last route is {last!r}, not the catch-all mount that this version knows")
    return last


def flask_app() -> Flask:
    """MLflow's Flask application."""
    from mlflow.server import app

    return app  # type: ignore[no-any-return]


def static_prefix() -> str:
    """``--static-prefix`` of the running server, or ''."""
    from mlflow.server.handlers import _add_static_prefix

    return str(_add_static_prefix("/")).rstrip("/")


def security_disabled() -> bool:
    """Whether ``--disable-security-middleware`` was given."""
    from mlflow.environment_variables import MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE

    return bool(MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE.get() == "true")


def allowed_origins() -> list[str]:
    """``--cors-allowed-origins``."""
    from mlflow.server.fastapi_security import get_allowed_origins

    return list(get_allowed_origins())


def host_check() -> Callable[[str], bool]:
    """MLflow's own check of a Host header, which it applies to http requests but not to websockets."""
    from mlflow.server.fastapi_security import get_allowed_hosts
    from mlflow.server.security_utils import is_allowed_host_header

    allowed = get_allowed_hosts()
    return lambda host: not allowed or bool(is_allowed_host_header(allowed, host))


# Workspaces ---------------------------------------------------------------------------------------------------------


def workspaces_enabled() -> bool:
    """Whether the running server has workspaces."""
    from mlflow.environment_variables import MLFLOW_ENABLE_WORKSPACES

    return bool(MLFLOW_ENABLE_WORKSPACES.get())


def resolve_workspace(path: str, name: str | None) -> str | None:
    """The workspace that a request to ``path`` asking for ``name`` works in; None without workspaces.

    Raises:
        MlflowException: no such workspace, or workspaces are off and one was asked for.
    """
    from mlflow.server.workspace_helpers import resolve_workspace_for_request_if_enabled

    workspace = resolve_workspace_for_request_if_enabled(path, name)
    return str(workspace.name) if workspace else None


def in_workspace(name: str | None) -> AbstractContextManager[object]:
    """MLflow's workspace context for this thread or task."""
    from mlflow.utils.workspace_context import ServerWorkspaceContext

    return ServerWorkspaceContext(name)  # type: ignore[no-any-return]


# Permission ---------------------------------------------------------------------------------------------------------


def permitted(
    username: str,
    workspace: str | None,
    experiment_ids: Collection[str],
    action: Literal["read", "update", "delete"],
    tier: Literal["run", "logged_model"] = "run",
) -> set[str]:
    """Those experiments on whose runs (or logged models) MLflow lets the user do ``action``; one query for all of them.

    The rules are those of MLflow's routes for one run: read on the experiment, and ``action`` on the run tier, for
    which the experiment's own grant answers where none is held.
    """
    from mlflow.server.auth.permissions import (
        RESOURCE_TYPE_EXPERIMENT,
        RESOURCE_TYPE_LOGGED_MODEL,
        RESOURCE_TYPE_RUN,
    )
    from mlflow.server.auth.requirements import Requirement

    below = RESOURCE_TYPE_RUN if tier == "run" else RESOURCE_TYPE_LOGGED_MODEL
    return _granted(
        username,
        workspace,
        experiment_ids,
        lambda one: (
            Requirement(RESOURCE_TYPE_EXPERIMENT, one, "read"),
            Requirement(below, "*", action, fallback_if_no_grant=((RESOURCE_TYPE_EXPERIMENT, one),)),
        ),
    )


def visible_experiments(username: str, workspace: str | None, experiment_ids: Collection[str]) -> set[str]:
    """Those experiments that MLflow lets the user read, whatever holds for their runs; one query for all of them."""
    from mlflow.server.auth.permissions import RESOURCE_TYPE_EXPERIMENT
    from mlflow.server.auth.requirements import Requirement

    return _granted(
        username, workspace, experiment_ids, lambda one: (Requirement(RESOURCE_TYPE_EXPERIMENT, one, "read"),)
    )


def readable_models(username: str, workspace: str | None, names: Collection[str]) -> set[str]:
    """Those registered models (no prompts) whose versions MLflow lets the user read; one query for all of them.

    The rules are those of MLflow's route for one version: read on the model, and versions not denied as a whole.
    """
    from mlflow.server.auth.permissions import RESOURCE_TYPE_REGISTERED_MODEL, RESOURCE_TYPE_REGISTERED_MODEL_VERSION
    from mlflow.server.auth.requirements import ACTION_NOT_DENIED, Requirement

    return _granted(
        username,
        workspace,
        names,
        lambda one: (
            Requirement(RESOURCE_TYPE_REGISTERED_MODEL, one, "read"),
            Requirement(RESOURCE_TYPE_REGISTERED_MODEL_VERSION, "*", ACTION_NOT_DENIED),
        ),
    )


def _granted(
    username: str, workspace: str | None, names: Collection[str], needs_of: Callable[[str], tuple[Any, ...]]
) -> set[str]:
    """Those names all of whose requirements are met by the user's grants in the workspace."""
    from mlflow.server import auth
    from mlflow.server.auth.permissions import RESOURCE_TYPE_WORKSPACE
    from mlflow.server.auth.requirements import action_met

    needs = [(name, need) for name in names for need in needs_of(name)]
    with in_workspace(workspace):
        flat = [need for _, need in needs]
        found = auth.resolve_requirements(username, (RESOURCE_TYPE_WORKSPACE, "*"), flat) if needs else None
    if found is None:
        return set()
    unmet = {
        name for (name, need), permission in zip(needs, found, strict=True) if not action_met(need.action, permission)
    }
    return set(names) - unmet


def may_create_run(username: str, workspace: str | None, experiment_id: str) -> bool:
    """Whether MLflow lets the user create a run in the experiment."""
    from mlflow.server import auth
    from mlflow.server.auth.permissions import RESOURCE_TYPE_RUN

    with in_workspace(workspace):
        return bool(auth._authorize_create_in_experiment_as(username, experiment_id, RESOURCE_TYPE_RUN))


def experiments_in(workspace: str, experiment_ids: Sequence[str]) -> set[str]:
    """Those experiments that lie in the workspace."""
    from mlflow.store.tracking.dbmodels.models import SqlExperiment

    found: set[str] = set()
    numbers = [int(one) for one in experiment_ids if one.isdecimal()]
    with read_session() as session:
        for start in range(0, len(numbers), 500):
            chunk = SqlExperiment.experiment_id.in_(numbers[start : start + 500])
            rows = session.query(SqlExperiment.experiment_id).filter(SqlExperiment.workspace == workspace, chunk)
            found.update(str(row[0]) for row in rows)
    return found
