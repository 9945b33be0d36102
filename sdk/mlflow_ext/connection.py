"""How a tracking server is asked without MLflow's client: session, TLS and identity as that client has them."""

from __future__ import annotations

import configparser
import importlib.metadata
import os
from pathlib import Path
from typing import Any

import requests

_CONNECT_SECONDS = 5.0
_REQUEST_SECONDS = 120.0
_FOREIGN = ("MLFLOW_TRACKING_AUTH", "MLFLOW_TRACKING_AWS_SIGV4")
_TRUE = ("true", "1")


def new_session(base: str) -> requests.Session:
    """A session with MLflow's TLS settings; proxies are read once, which costs more than the rest of a request.

    Args:
        base: the server's address.
    """
    session = requests.Session()
    session.headers["Content-Type"] = "application/json"
    session.verify = verify()
    session.cert = os.environ.get("MLFLOW_TRACKING_CLIENT_CERT_PATH") or None
    session.proxies.update(requests.utils.get_environ_proxies(base))
    session.trust_env = False
    return session


def verify() -> bool | str:
    """What a server's certificate is checked against."""
    if os.environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in _TRUE:
        return False
    names = ("MLFLOW_TRACKING_SERVER_CERT_PATH", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    return next((path for name in names if (path := os.environ.get(name))), True)


def timeout() -> tuple[float, float]:
    """Seconds to wait for a connection, and for an answer."""
    return _CONNECT_SECONDS, float(os.environ.get("MLFLOW_HTTP_REQUEST_TIMEOUT") or _REQUEST_SECONDS)


def identity(netrc: tuple[str, str] | None, stored: tuple[str | None, str | None] = (None, None)) -> dict[str, Any]:
    """Who asks, as arguments of a request: user and password, else a token, else what ``.netrc`` says.

    Args:
        netrc: user and password for this server, or None.
        stored: user and password of ``~/.mlflow/credentials``, where they count.
    """
    user = os.environ.get("MLFLOW_TRACKING_USERNAME") or stored[0]
    password = os.environ.get("MLFLOW_TRACKING_PASSWORD") or stored[1]
    token = os.environ.get("MLFLOW_TRACKING_TOKEN")
    if user and password:
        return {"auth": (user.encode(), password.encode()), "headers": {}}
    if token:
        return {"auth": None, "headers": {"Authorization": f"Bearer {token}"}}
    return {"auth": netrc, "headers": {}}


def stored_credentials() -> tuple[str | None, str | None]:
    """User and password of MLflow's own file, each or None."""
    path = credentials_path()
    if not path.exists():
        return None, None
    config = configparser.ConfigParser()
    config.read(path)
    if "mlflow" not in config:
        return None, None
    section = config["mlflow"]
    return section.get("mlflow_tracking_username"), section.get("mlflow_tracking_password")


def credentials_path() -> Path:
    """Where MLflow keeps a user's credentials."""
    return Path("~/.mlflow/credentials").expanduser()


def only_by_client() -> bool:
    """Whether requests are signed, or given headers, by plugins that MLflow's client alone knows."""
    plugins = importlib.metadata.entry_points(group="mlflow.request_header_provider")
    return bool(plugins) or any(os.environ.get(name) for name in _FOREIGN)
