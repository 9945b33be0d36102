"""The store behind a tracking address: our REST API when the server has it, else MLflow's own client."""

from __future__ import annotations

import socket
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

import mlflow

from mlflow_ext.connection import only_by_client
from mlflow_ext.errors import StoreUnavailable
from mlflow_ext.spool.header import bare_uri
from mlflow_ext.tracking.address import check_address
from mlflow_ext.tracking.api import PROBE_SECONDS, Api
from mlflow_ext.tracking.store import RunStore
from mlflow_ext.tracking.trouble import silent
from mlflow_ext.uploader.client import is_http, server_answers


class Extension(NamedTuple):
    """Our extension on a server: what it says of itself, and whether it has the routes for runs."""

    health: dict[str, Any]
    has_runs: bool


_ours: dict[str, Extension | None] = {}
_lock = Lock()
_PORTS = {"postgresql": 5432, "postgres": 5432, "mysql": 3306, "mssql": 1433}


def open_store(tracking_uri: str | None = None) -> RunStore:
    """The store at a tracking address; whether it is our server is asked once per address.

    Args:
        tracking_uri: as MLflow takes it; MLflow's own setting when None.

    Raises:
        StoreUnavailable: nothing is there.
        PermissionDenied: the server does not know these credentials.
        ValidationError: it is the address of our UI.
    """
    uri = tracking_uri or mlflow.get_tracking_uri()
    if urlsplit(uri).scheme in ("http", "https") and not urlsplit(uri).hostname:
        raise silent(bare_uri(uri))
    check_address(uri)
    if is_http(uri) and only_by_client():
        if not server_answers(uri):
            raise StoreUnavailable(
                f"{bare_uri(uri)} gives no answer. Is it running, and is the tracking address right?"
            )
    elif is_http(uri) and (ours := extension(uri)) is not None and ours.has_runs:
        from mlflow_ext.tracking.rest_store import RestStore

        return RestStore(Api(uri))
    check_database(uri)
    from mlflow_ext.tracking.mlflow_store import MlflowStore

    return MlflowStore(uri)


def extension(uri: str) -> Extension | None:
    """Our extension at a server's address; None when the server is without it.

    Raises:
        StoreUnavailable: there is no answer within two seconds.
        PermissionDenied: the server does not know these credentials.
    """
    with _lock:
        if uri in _ours:
            return _ours[uri]
    api = Api(uri)
    health = api.health()  # a failure is asked again the next time
    found = None if health is None else Extension(health, api.has_runs())
    with _lock:
        _ours[uri] = found
    return found


def check_database(uri: str) -> None:
    """Refuse a database that is not there.

    MLflow would make an empty file under a mistyped name, and try a silent host for minutes.

    Raises:
        StoreUnavailable: the file is missing, or nobody listens at the host.
    """
    parts = urlsplit(bare_uri(uri))
    _check_host(parts)
    path = Path(parts.path[1:])
    if parts.scheme.split("+")[0] != "sqlite" or not parts.path or path.name == ":memory:":
        return
    if not path.exists() and not Path(unquote(str(path))).exists():
        raise StoreUnavailable(
            f"There is no database {path}. Set MLFLOW_TRACKING_URI (or --tracking-uri) to your server or database."
        )


def _check_host(parts: SplitResult) -> None:
    usual = _PORTS.get(parts.scheme.split("+")[0])
    if usual is None or not parts.hostname or "," in parts.netloc:  # a socket file, or several hosts
        return
    host, port = parts.hostname, parts.port or usual
    try:
        socket.create_connection((host, port), PROBE_SECONDS).close()
    except OSError as error:
        raise StoreUnavailable(
            f"No database answers at {host}:{port} ({error.strerror or error}). Is it running, and is the tracking "
            "address right?"
        ) from error
