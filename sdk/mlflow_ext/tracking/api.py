"""Requests to our own REST API, and the question whether a server has it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import orjson
import requests

from mlflow_ext.connection import identity, new_session, stored_credentials, timeout
from mlflow_ext.errors import StoreUnavailable
from mlflow_ext.spool.header import bare_uri
from mlflow_ext.tracking.trouble import of_status, silent

PROBE_SECONDS = 2.0
_WORKSPACE = "X-MLFLOW-WORKSPACE"
_LONGEST_QUERY = 2_000
Parameters = Mapping[str, str | int | Sequence[str] | None]


class Api:
    """The REST API of one server.

    Args:
        tracking_uri: ``http://`` or ``https://``, with credentials if need be.
    """

    def __init__(self, tracking_uri: str) -> None:
        self.uri = bare_uri(tracking_uri).rstrip("/")
        self._base = tracking_uri.rstrip("/") + "/ext"
        self._session = new_session(self._base)
        self._netrc = requests.utils.get_netrc_auth(self._base)

    def health(self) -> dict[str, Any] | None:
        """What ``/ext/health`` says; None when this is a server without our extension.

        Raises:
            StoreUnavailable: there is no answer within two seconds.
            PermissionDenied: the server does not know these credentials.
        """
        answer = self._send("GET", "/health", timeout=PROBE_SECONDS)
        if answer.status_code == 401:
            raise of_status(401, "", self.uri)
        body = _json(answer)
        if isinstance(body, dict) and body.get("status") in ("healthy", "unhealthy"):
            return body
        if answer.status_code in (502, 503, 504):
            raise of_status(answer.status_code, "a proxy answers for a server that does not", self.uri)
        return None

    def has_runs(self) -> bool:
        """Whether the server has the routes for runs; the first versions of ours have none.

        Raises:
            StoreUnavailable: there is no answer within two seconds.
        """
        answer = self._send("GET", "/api/runs/compare", timeout=PROBE_SECONDS)  # without ids: refused, nothing is read
        return answer.status_code != 404

    def get(self, path: str, parameters: Parameters | None = None) -> requests.Response:
        """GET below ``/ext/api``; parameters that are None are left out, lists repeated."""
        given = {key: value for key, value in (parameters or {}).items() if value is not None}
        return self._success(self._send("GET", "/api" + path, params=given, timeout=timeout()))

    def send(self, method: str, path: str, body: bytes) -> requests.Response:
        """POST or PATCH a JSON body below ``/ext/api``."""
        return self._success(self._send(method, "/api" + path, data=body, timeout=timeout()))

    def ask(self, path: str, parameters: Parameters, post_path: str | None = None) -> requests.Response:
        """GET, or POST with the same names to ``post_path`` when there are too many words for an address."""
        given = {key: value for key, value in parameters.items() if value is not None}
        address = requests.Request("GET", "http://x", params=given).prepare().url or ""
        if len(address) <= _LONGEST_QUERY:
            return self.get(path, given)
        return self.send("POST", post_path or path, orjson.dumps(given))

    def _send(self, method: str, path: str, **arguments: Any) -> requests.Response:
        who = identity(self._netrc, stored_credentials())
        if workspace := _workspace():
            who["headers"][_WORKSPACE] = workspace
        try:
            return self._session.request(method, self._base + path, **who, **arguments)
        except (requests.RequestException, OSError) as error:
            raise silent(self.uri, error) from error

    def _success(self, answer: requests.Response) -> requests.Response:
        if answer.status_code in (200, 201) and _json(answer) is not None:
            return answer
        if answer.status_code < 400:
            raise StoreUnavailable(f"{self.uri} answered with something that is no JSON: is a proxy in between?")
        body = _json(answer)
        said = body.get("detail") or body.get("message") if isinstance(body, dict) else answer.text
        raise of_status(answer.status_code, said if isinstance(said, str) else answer.text, self.uri)


def segment(text: str) -> str:
    """A text as one part of a path."""
    return quote(text, safe="")


def _workspace() -> str | None:
    """The workspace that MLflow's client names in its requests."""
    return (os.environ.get("MLFLOW_WORKSPACE") or "").strip() or None


def _json(answer: requests.Response) -> Any:
    try:
        return orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return None
