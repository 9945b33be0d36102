"""MLflow's own routes, asked within this process, so that its permission checks and grants hold exactly."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import copy_context
from typing import Any

import orjson

from mlflow_ext_server.contention import Collision, again
from mlflow_ext_server.mlflow_adapter.authentication import connection
from mlflow_ext_server.mlflow_adapter.failure import in_our_words
from mlflow_ext_server.mlflow_adapter.server import WORKSPACE_HEADER, flask_app, static_prefix

_OF_THE_OLD_BODY = ("content-length", "content-type", "content-encoding", "transfer-encoding", "connection", "expect")
_LOCKED = ("database is locked", "deadlock")


def ask(action: str, body: Mapping[str, Any], headers: Mapping[str, str], workspace: str | None) -> dict[str, Any]:
    """Post to ``/api/2.0/mlflow/<action>`` as the caller.

    Args:
        action: such as ``experiments/create``.
        body: what MLflow's REST documents.
        headers: the caller's own, by which MLflow's authorization function knows the user.
        workspace: that the caller works in; None without workspaces.

    Raises:
        MlflowExtError: MLflow's refusal in our words.
    """
    kept = {name: value for name, value in headers.items() if name.lower() not in _OF_THE_OLD_BODY}
    if workspace is not None:
        kept = {name: value for name, value in kept.items() if name.lower() != WORKSPACE_HEADER.lower()}
        kept[WORKSPACE_HEADER] = workspace
    # In a copy of the context: MLflow clears the workspace of the request when its own is done.
    return again(lambda: copy_context().run(_asked, action, dict(body), kept))


def _asked(action: str, body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    client = flask_app().test_client(use_cookies=False)
    path = f"{static_prefix()}/api/2.0/mlflow/{action}"
    answer = client.post(path, json=body, headers=headers, environ_overrides=connection().environ())
    text = answer.get_data()
    try:
        content = orjson.loads(text or b"{}")
    except orjson.JSONDecodeError:
        content = {}
    if answer.status_code == 200 and isinstance(content, dict):
        return content
    message = str(content.get("message") or text.decode("utf-8", "replace")[:500] or answer.status)
    if answer.status_code >= 500 and any(words in message for words in _LOCKED):
        raise Collision(f"MLflow answered {answer.status_code}: {message}")
    raise in_our_words(str(content.get("error_code", "")), answer.status_code, message)
