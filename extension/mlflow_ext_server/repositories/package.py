"""The packages of runs, from the files that MLflow writes beside their models."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

import orjson

from mlflow_ext.errors import NotFound, ValidationError
from mlflow_ext_server.analysis.insight.requirement import packages, python
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.cache import SizedCache
from mlflow_ext_server.repositories.provenance import Origin

LARGEST = 256 * 1024
"""Bytes of a file that is read; a longer one counts as none."""
_MODELS = 3
_HISTORY = "mlflow.log-model.history"
_REQUIREMENTS = "requirements.txt"
_ENVIRONMENTS = ("python_env.yaml", "conda.yaml")
_KEPT = 8 * 2**20


class PackageReader:
    """Reads packages, and keeps those of models, which do not change."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._kept: SizedCache[str, str] = SizedCache(_KEPT)

    def read(self, origin: Origin) -> str:
        """The ``requirements.txt`` of the newest model that has one, else the run's own, with Python's version first.

        Returns:
            "" where there is none, or one too large to be one.

        Raises:
            StoreUnavailable: the artifact store gives no answer.
        """
        models = [one.artifact_uri for one in origin.models[:_MODELS]]
        for root in models:
            if found := self._kept.get(root) or self._of_folder(root, ""):
                self._kept.put(root, found, len(found))
                return found
        for folder in (*_folders(origin.tags), "") if origin.artifact_uri else ():
            if found := self._of_folder(origin.artifact_uri, folder):
                return found
        return ""

    def of_runs(self, origins: Mapping[str, Origin], seconds: float) -> dict[str, dict[str, str]] | None:
        """The packages of many runs; None where they can't all be read in time, of which the next try is spared."""
        end = time.monotonic() + seconds
        found: dict[str, dict[str, str]] = {}
        for run, origin in origins.items():
            if time.monotonic() > end:
                return None
            found[run] = packages(self.read(origin))
        return found

    def _of_folder(self, root: str, folder: str) -> str:
        requirements = self._file(root, folder, _REQUIREMENTS)
        if requirements is None:
            return ""
        for name in _ENVIRONMENTS:
            if version := python(self._file(root, folder, name) or ""):
                return f"python=={version}\n{requirements}"
        return requirements

    def _file(self, root: str, folder: str, name: str) -> str | None:
        try:
            data = self._backend.artifact(root, f"{folder}/{name}".lstrip("/"), LARGEST)
        except (NotFound, ValidationError):
            return None
        return data.decode("utf-8", "replace")


def _folders(tags: Mapping[str, str]) -> Iterator[str]:
    """Where a run's models stand that MLflow before version 3 logged, the last first."""
    try:
        history = orjson.loads(tags.get(_HISTORY, "[]"))
    except orjson.JSONDecodeError:
        return
    if not isinstance(history, list):
        return
    for one in reversed(history[-_MODELS:]):
        path = one.get("artifact_path") if isinstance(one, dict) else None
        if isinstance(path, str) and path and not path.startswith("models:"):
            yield path
