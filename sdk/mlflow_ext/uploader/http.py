"""The frequent requests straight over MLflow's REST API: 25 times cheaper than the client, and no retries of its own.

``MlflowClient.log_batch`` takes 25 microseconds of processor time per metric from the training, and on a server that is
away, or fails, blocks for minutes; its ``log_artifact`` asks for the run first. Everything rare, artifacts in other
places than the tracking server among it, still goes through the client.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests

from mlflow_ext.connection import credentials_path, identity, new_session, only_by_client, timeout
from mlflow_ext.encoding import float_text
from mlflow_ext.uploader.client import PROBE_SECONDS, MlflowTransport, is_http
from mlflow_ext.uploader.mirror import MetricRow
from mlflow_ext.uploader.plot import Content
from mlflow_ext.uploader.transport import RunFacts, Transport

_API = "/api/2.0/mlflow/runs"
_ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
_ROOTS_KEPT = 1_000
_WORKSPACES = ("MLFLOW_WORKSPACE", "MLFLOW_ENABLE_WORKSPACES")


class Unanswered(Exception):
    """A server's answer that is no success.

    Args:
        response: the answer.
        error_code: MLflow's word for it, if it gave one.
    """

    def __init__(self, response: requests.Response, error_code: str | None, message: str) -> None:
        super().__init__(message)
        self.response = response
        self.error_code = error_code


class HttpTransport(MlflowTransport):
    """A tracking server without authentication, or with a password or token from the environment.

    Args:
        tracking_uri: ``http://`` or ``https://``.
    """

    def __init__(self, tracking_uri: str) -> None:
        super().__init__(tracking_uri)
        self._base = tracking_uri.rstrip("/")
        self._session = new_session(self._base)
        self._netrc = requests.utils.get_netrc_auth(self._base)
        self._roots: dict[str, str] = {}

    def _request(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        response = self._session.request(
            method, self._base + path, timeout=timeout(), **identity(self._netrc), **content
        )
        try:
            body = orjson.loads(response.content or b"{}")  # an artifact that was stored is answered with nothing
        except orjson.JSONDecodeError:
            body = None
        if response.status_code != 200 or not isinstance(body, dict):
            code = body.get("error_code") if isinstance(body, dict) else None
            if response.status_code == 200:
                response.status_code = 502  # some proxy's page, not the server's answer
            raise Unanswered(response, code, f"{response.status_code} {response.reason}: {response.text[:500]}")
        return body

    def _health(self) -> int | None:
        try:
            return self._session.get(self._base + "/health", timeout=PROBE_SECONDS).status_code
        except (requests.RequestException, OSError):
            return None

    def run_facts(self, run_id: str) -> RunFacts:
        """The run as the server knows it."""
        run = self._call(lambda: self._request("GET", f"{_API}/get", params={"run_id": run_id}))["run"]
        info = run["info"]
        self.know(run_id, info["artifact_uri"])
        params = {item["key"]: item.get("value", "") for item in run.get("data", {}).get("params", [])}
        return RunFacts(info.get("lifecycle_stage") != "active", info.get("status", ""), info["artifact_uri"], params)

    def know(self, run_id: str, artifact_uri: str) -> None:
        """Take note of where a run's artifacts are."""
        if len(self._roots) >= _ROOTS_KEPT:
            self._roots.clear()
        self._roots[run_id] = artifact_uri

    def put(self, run_id: str, path: str, content: Content) -> None:
        """Write an artifact, over an older one if need be; straight to a server that keeps the artifacts itself."""
        place = self._place(run_id, path)
        if place is None:
            super().put(run_id, path, content)
        else:
            self._call(lambda: self._request("PUT", place, data=content))

    def put_file(self, run_id: str, path: str, file: Path) -> None:
        """Write an artifact from a local file; straight to a server that keeps the artifacts itself."""
        place = self._place(run_id, path)
        if place is None:
            super().put_file(run_id, path, file)
        else:
            self._call(lambda: self._stream(place, file))

    def _place(self, run_id: str, path: str) -> str | None:
        """Where the server takes an artifact; None when it is for the client to find out."""
        root = urlsplit(self._roots.get(run_id, ""))
        if root.scheme != "mlflow-artifacts" or root.netloc or root.query or root.fragment:
            return None
        return f"{_ARTIFACTS}/{root.path.strip('/')}/{path}"  # quoted by requests, as the client's own is

    def _stream(self, place: str, file: Path) -> None:
        with file.open("rb") as content:
            self._request("PUT", place, data=content)

    def log(self, run_id: str, metrics: Sequence[MetricRow], tags: Mapping[str, str]) -> None:
        """Log up to 1,000 metrics and tags together, metrics first; all or an error."""
        if not metrics and len(tags) == 1:  # a sixth cheaper for the server than a batch
            [(key, value)] = tags.items()
            self._post("set-tag", {"run_id": run_id, "key": key, "value": value})
            return
        body = {
            "run_id": run_id,
            "metrics": [
                {
                    "key": key,
                    "value": value if math.isfinite(value) else float_text(value),
                    "timestamp": at,
                    "step": step,
                }
                for key, value, at, step in metrics
            ],
            "tags": [{"key": key, "value": value} for key, value in tags.items()],
        }
        self._post("log-batch", body)

    def finish(self, run_id: str, status: str, end_time: int) -> None:
        """End the run, without the line that the client prints; ``end_time`` in ms since the epoch."""
        self._post("update", {"run_id": run_id, "status": status, "end_time": end_time})

    def _post(self, action: str, body: dict[str, Any]) -> None:
        content = orjson.dumps(body)
        self._call(lambda: self._request("POST", f"{_API}/{action}", data=content))


def _plain(uri: str) -> bool:
    """Whether a server is reached without plugins, workspaces and stored credentials, which only the client knows."""
    if not is_http(uri) or any(os.environ.get(name) for name in _WORKSPACES):
        return False
    return not only_by_client() and not credentials_path().exists()


def connect(tracking_uri: str) -> Transport:
    """The transport for a tracking address."""
    return HttpTransport(tracking_uri) if _plain(tracking_uri) else MlflowTransport(tracking_uri)
