"""Who asks: MLflow's authorization function, default or custom, asked about a request to us."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple
from urllib.parse import quote

from mlflow_ext_server.mlflow_adapter.server import flask_app


class User(NamedTuple):
    """Whom MLflow authenticated."""

    username: str
    is_admin: bool


class Refusal(NamedTuple):
    """MLflow's answer to a request that it did not authenticate."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Connection(NamedTuple):
    """Where a request comes from: the client's address, "" when unknown, and http or https."""

    address: str
    scheme: str

    def environ(self) -> dict[str, str]:
        """The same in WSGI's words."""
        return {"REMOTE_ADDR": self.address, "wsgi.url_scheme": self.scheme}


class Asked(NamedTuple):
    """What an authorization function may look at of a request; there is no body."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    connection: Connection


_UNKNOWN = Connection("", "http")
_connection: ContextVar[Connection] = ContextVar("mlflow_ext_connection")


@contextmanager
def asked_from(connection: Connection) -> Iterator[None]:
    """What MLflow's own routes are asked in this block, they are asked from there."""
    token = _connection.set(connection)
    try:
        yield
    finally:
        _connection.reset(token)


def connection() -> Connection:
    """Where the request comes from that is being answered."""
    return _connection.get(_UNKNOWN)


def authenticate(asked: Asked) -> User | Refusal:
    """Ask the authorization function that MLflow is configured with, default or custom; takes about 0.1 s.

    Raises:
        MlflowException: the function raised it, or returned what is neither user nor response.
    """
    from mlflow.exceptions import MlflowException
    from mlflow.server import auth
    from werkzeug.datastructures import Authorization
    from werkzeug.exceptions import HTTPException
    from werkzeug.wrappers import Response

    context = flask_app().test_request_context(
        quote(asked.path),
        method=asked.method,
        query_string=asked.query,
        headers=dict(asked.headers),
        environ_overrides=asked.connection.environ(),
    )
    with context:
        try:
            answer = auth.authenticate_request()
        except HTTPException as refused:  # by flask.abort
            answer = refused.get_response()
        if isinstance(answer, Authorization):
            try:
                user = auth.store.get_user(answer.username)
            except MlflowException:  # deleted between both calls, or known to a custom function only
                answer = auth.make_basic_auth_response()
            else:
                return User(str(user.username), bool(user.is_admin))
        if not isinstance(answer, Response):
            raise MlflowException(f"MLflow's authorization function returned a {type(answer).__name__}")
        return Refusal(answer.status_code, tuple(answer.headers.items()), answer.get_data())


def has_default_authorization() -> bool:
    """Whether MLflow's own authorization function is in use, which looks at the Authorization header alone."""
    from mlflow.server import auth
    from mlflow.server.auth.config import DEFAULT_AUTHORIZATION_FUNCTION

    return bool(auth.auth_config.authorization_function == DEFAULT_AUTHORIZATION_FUNCTION)
