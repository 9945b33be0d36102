"""An authorization function as people write their own for MLflow: a token in a header names the user.

``tests/integration/rest/test_custom_authorization.py`` puts it into the server's ``authorization_function``.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, abort, request
from mlflow.exceptions import INVALID_PARAMETER_VALUE, MlflowException
from werkzeug.datastructures import Authorization

HEADER = "X-Token"
PROXY_HEADER = "X-Remote-User"  # believed when PROXY sends it
PROXY = "127.0.0.1"
CHALLENGE = 'Token realm="here"'
PAGE = "<p>The path is "


def _raise() -> Authorization:
    raise MlflowException("no such tenant", INVALID_PARAMETER_VALUE)


def _abort() -> Authorization:
    abort(418)


ODD: dict[str, Callable[[], object]] = {
    "raises": _raise,
    "aborts": _abort,
    "gives nothing": lambda: None,
    "names nobody": lambda: Authorization("bearer", token="x"),
    "names a stranger": lambda: _user("stranger"),
    "bytes": lambda: Response(b"\xff\xfe", 403),
    "redirects": lambda: Response("", 302, {"Location": "/login", "Set-Cookie": "a=1"}),
    "tells the path": lambda: Response(PAGE + request.path, 402),
}


def authenticate() -> object:
    """The user whose name follows ``token-``."""
    token = request.headers.get(HEADER, "")
    if token in ODD:
        return ODD[token]()
    if request.remote_addr == PROXY and PROXY_HEADER in request.headers:
        return _user(request.headers[PROXY_HEADER])
    if token.startswith("token-"):
        return _user(token.removeprefix("token-"))
    return Response("no token", 401, {"WWW-Authenticate": CHALLENGE})


def _user(name: str) -> Authorization:
    return Authorization("basic", {"username": name, "password": ""})
