"""The transport over MLflow's own public client: any tracking server, or a database without one."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TypeVar

import requests
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from mlflow_ext.errors import MlflowExtError
from mlflow_ext.spool.header import Header, bare_uri
from mlflow_ext.store_format import LOCAL_ID_TAG
from mlflow_ext.uploader.mirror import MetricRow
from mlflow_ext.uploader.plot import Content
from mlflow_ext.uploader.transport import Denied, Refused, RunFacts, TryAgain

PROBE_SECONDS = 2.0
_DOUBTFUL_TRIES = 6
_LATER = (408, 425, 429)
_SILENT = (None, 502, 503, 504)  # no answer, or that of a proxy in front which gets none
_T = TypeVar("_T")


def is_http(uri: str) -> bool:
    """Whether a tracking address is a server's and no database's."""
    return uri.startswith(("http://", "https://"))


def server_answers(uri: str) -> bool:
    """Whether a tracking server can be worked with now, which takes two seconds at most; a database always can."""
    return not is_http(uri) or _health(uri) not in _SILENT


def _health(uri: str) -> int | None:
    """The status that a tracking server's ``/health`` answers with, or None when there is no answer."""
    insecure = os.environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in ("true", "1")
    try:
        answer = requests.get(
            uri.rstrip("/") + "/health",
            timeout=PROBE_SECONDS,
            verify=False if insecure else os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH") or True,
            cert=os.environ.get("MLFLOW_TRACKING_CLIENT_CERT_PATH") or None,
        )
    except (requests.RequestException, OSError):
        return None
    return answer.status_code


def _status(error: Exception) -> int | None:
    if isinstance(error, MlflowException):
        return int(error.get_http_status_code())
    response = getattr(error, "response", None)
    return getattr(response, "status_code", None)


def outcome(error: Exception) -> MlflowExtError:
    """What an error of the client means for the request: to be repeated, to wait for a person, or never."""
    status = _status(error)
    text = f"{type(error).__name__}: {error}"[:1000]
    if status in _SILENT:
        return TryAgain(text)
    if status in _LATER:
        return TryAgain(text, answered=True)
    if status >= 500:
        return TryAgain(text, away=False)
    if status in (401, 403):
        return Denied(text)
    return Refused(text) if _of_mlflow(error) else TryAgain(text)


def _of_mlflow(error: Exception) -> bool:
    """Whether MLflow itself said so, and no proxy in front of it."""
    response = getattr(error, "response", None)
    if response is None:
        return True
    try:
        return "error_code" in response.json()
    except (ValueError, TypeError):
        return False


def _doubtful(error: Exception) -> bool:
    """MLflow answers BAD_REQUEST also when two writers collide in its database."""
    return getattr(error, "error_code", None) == "BAD_REQUEST"


class MlflowTransport:
    """One tracking server, reached through ``mlflow.MlflowClient``.

    Args:
        tracking_uri: as MLflow takes it, credentials included.
    """

    def __init__(self, tracking_uri: str) -> None:
        self.answers = 0
        self._uri = tracking_uri

    @cached_property
    def _client(self) -> MlflowClient:
        try:
            return MlflowClient(self._uri)
        except Exception as error:
            raise Denied(
                f"MLflow as it is installed here can't use the address {bare_uri(self._uri)}. Set MLFLOW_TRACKING_URI "
                "to a server, or for a database install the whole of MLflow (pip install mlflow)"
            ) from error

    def _call(self, action: Callable[[], _T]) -> _T:
        for attempt in range(_DOUBTFUL_TRIES):
            try:
                answer = action()
                self.answers += 1
                return answer
            except MlflowExtError:
                raise
            except Exception as error:
                if not _doubtful(error) or attempt == _DOUBTFUL_TRIES - 1:
                    raise outcome(error) from error
            time.sleep(0.05 * 2**attempt)
        raise AssertionError("unreachable")

    def alive(self) -> bool:
        """Whether the server answers at all; takes two seconds at most."""
        return not is_http(self._uri) or self._health() not in _SILENT

    def _health(self) -> int | None:
        return _health(self._uri)

    def run_facts(self, run_id: str) -> RunFacts:
        """The run as the server knows it."""
        run = self._call(lambda: self._client.get_run(run_id))
        deleted = run.info.lifecycle_stage != "active"
        return RunFacts(deleted, run.info.status, run.info.artifact_uri or "", run.data.params)

    def know(self, run_id: str, artifact_uri: str) -> None:
        """The client finds out by itself."""

    def make_run(self, header: Header) -> str:
        """The run id for a local key: of the run made for it earlier, else of a new one."""
        key = header.local_key
        assert key is not None
        experiment_id = self._experiment_id(header)
        query = f"tags.`{LOCAL_ID_TAG}` = '{key}'"
        found = self._call(lambda: self._client.search_runs([experiment_id], query, max_results=1))
        if found:
            return str(found[0].info.run_id)
        made = self._call(
            lambda: self._client.create_run(
                experiment_id,
                start_time=header.start_time,
                tags={**header.tags, LOCAL_ID_TAG: key},
                run_name=header.run_name,
            )
        )
        return str(made.info.run_id)

    def _experiment_id(self, header: Header) -> str:
        if header.experiment is None:
            return header.experiment_id or "0"
        name = header.experiment
        known = self._call(lambda: self._client.get_experiment_by_name(name))
        if known is not None:
            return str(known.experiment_id)
        try:
            return str(self._call(lambda: self._client.create_experiment(name)))
        except Refused:  # another process was faster
            known = self._call(lambda: self._client.get_experiment_by_name(name))
            if known is None:
                raise
            return str(known.experiment_id)

    def put(self, run_id: str, path: str, content: Content) -> None:
        """Write an artifact, over an older one if need be."""
        with tempfile.TemporaryDirectory(prefix="mlflow-ext-") as folder:
            file = Path(folder) / PurePosixPath(path).name
            file.write_bytes(bytes(content))
            self.put_file(run_id, path, file)

    def put_file(self, run_id: str, path: str, file: Path) -> None:
        """Write an artifact from a local file whose name is the last part of ``path``."""
        parent = str(PurePosixPath(path).parent)
        folder = None if parent == "." else parent
        self._call(lambda: self._client.log_artifact(run_id, str(file), folder))

    def log(self, run_id: str, metrics: Sequence[MetricRow], tags: Mapping[str, str]) -> None:
        """Log up to 1,000 metrics and tags together, metrics first; all or an error."""
        rows = [Metric(*row) for row in metrics]
        marks = [RunTag(key, value) for key, value in tags.items()]
        self._call(lambda: self._client.log_batch(run_id, metrics=rows, tags=marks))

    def log_params(self, run_id: str, params: Mapping[str, str]) -> None:
        """Log up to 100 params; all or an error."""
        rows = [Param(key, value) for key, value in params.items()]
        self._call(lambda: self._client.log_batch(run_id, params=rows))

    def finish(self, run_id: str, status: str, end_time: int) -> None:
        """End the run; ``end_time`` in ms since the epoch."""
        self._call(lambda: self._client.set_terminated(run_id, status, end_time))
