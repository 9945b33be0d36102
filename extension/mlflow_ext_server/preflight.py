"""What can be known to be wrong before any worker starts, each said in one line."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import mlflow
import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from mlflow_ext.errors import MlflowExtError
from mlflow_ext_server import mlflow_adapter

_SQL = ("sqlite", "postgresql", "mysql", "mssql")
_CONNECT_SECONDS = 5


class StartError(MlflowExtError):
    """Why the server can't start, in one line that says what to do."""


def check_flags(params: Mapping[str, Any], *, demo: bool) -> None:
    """Refuse what ext-server can't do.

    Raises:
        StartError: says which flag.
    """
    for name in ("gunicorn_opts", "waitress_opts"):
        if params[name] is not None:
            flag = "--" + name.replace("_", "-")
            raise StartError(f"{flag} can't be used, ext-server runs on uvicorn: leave it out (--uvicorn-opts works)")
    if params["artifacts_only"]:
        raise StartError("--artifacts-only leaves nothing to show: run `mlflow server --artifacts-only` for that")
    if params["app_name"] not in (None, "mlflow-ext", mlflow_adapter.BASIC_AUTH):
        raise StartError(f"--app-name {params['app_name']} can't be combined with ext-server; basic-auth can")
    if params["dev"] and params["uvicorn_opts"]:
        raise StartError("--dev and --uvicorn-opts can't be used together")
    if demo and params["backend_store_uri"]:
        raise StartError("--demo writes into a store of its own: leave out --backend-store-uri")


def check_store(uri: str) -> URL:
    """The database's address.

    Raises:
        StartError: it is no SQL database, or not written as an address.
    """
    scheme = urlsplit(uri).scheme.partition("+")[0].lower()
    if scheme in ("", "file") or (os.name == "nt" and len(scheme) == 1):
        folder = unquote(urlsplit(uri).path) or uri
        raise StartError(
            f"{folder} is a file store, which MLflow no longer serves; move it into a database with  "
            f"mlflow migrate-filestore --source {folder} --target sqlite:///mlflow.db  and start ext-server with  "
            "--backend-store-uri sqlite:///mlflow.db"
        )
    if scheme not in _SQL:
        raise StartError(f"{_shown(uri)} is no database that MLflow's server can use; it takes {', '.join(_SQL)}")
    try:
        return make_url(uri)
    except (ArgumentError, ValueError) as error:
        raise StartError(f"{_shown(uri)} can't be read as a database address: {error}") from error


def check_port(host: str, port: int) -> None:
    """See that nothing else listens there.

    Raises:
        StartError: something does, or the address is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or error
            raise StartError(f"can't listen on {host}:{port} ({why}): choose another with --port") from error


def check_artifacts(params: Mapping[str, Any]) -> None:
    """See that artifacts can be written, where that is a folder of this machine.

    Raises:
        StartError: they can't.
    """
    place = urlsplit(params["artifacts_destination"] or "")
    if not params["serve_artifacts"] or place.scheme not in ("", "file"):
        return
    folder = Path(unquote(place.path)).absolute()
    nearest = next(one for one in (folder, *folder.parents) if one.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise StartError(f"artifacts can't be written to {folder}: choose another with --artifacts-destination")


def check_database(url: URL) -> None:
    """See that the database answers, takes writes, and is empty or of this MLflow's version.

    Raises:
        StartError: it is not.
    """
    shown = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        _make_folder(Path(str(url.database)).parent, shown)
    try:
        engine = sa.create_engine(url, connect_args=_timeout(url), poolclass=sa.NullPool)
        state = _state(engine)
    except (NoSuchModuleError, ModuleNotFoundError, ArgumentError) as error:
        raise StartError(f"{shown} needs a database driver that is not installed here: {error}") from error
    except OperationalError as error:
        raise StartError(f"{shown} gives no answer: {_one_line(error)}") from error
    except DBAPIError as error:
        raise StartError(f"{shown} can't be used: {_one_line(error)}") from error
    if state == "older":
        raise StartError(
            f"{shown} was made by an older MLflow; back it up, then run  mlflow db upgrade {shown}  and start again"
        )
    if state == "newer":
        raise StartError(
            f"{shown} was made by a newer MLflow than the {mlflow.__version__} installed here: "
            "run  pip install --upgrade mlflow"
        )


def _state(engine: Engine) -> mlflow_adapter.SchemaState:
    try:
        if engine.dialect.name == "sqlite":
            with engine.connect() as connection:  # SQLite opens a read-only file without a word
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                connection.exec_driver_sql("ROLLBACK")
        return mlflow_adapter.schema_state(engine)
    finally:
        engine.dispose()


def _make_folder(folder: Path, shown: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(f"{shown}: its folder can't be made ({error.strerror})") from error


def _timeout(url: URL) -> dict[str, int]:
    if url.get_backend_name() == "sqlite":
        return {"timeout": 20}
    names = {"postgresql": "connect_timeout", "mysql": "connect_timeout", "mssql": "timeout"}
    return {names[url.get_backend_name()]: _CONNECT_SECONDS}


def _one_line(error: DBAPIError) -> str:
    return " ".join(str(error.orig).split())


def _shown(uri: str) -> str:
    """The address without what may be a password."""
    head, at, tail = uri.rpartition("@")
    return f"{head.partition('://')[0]}://***@{tail}" if at else uri
