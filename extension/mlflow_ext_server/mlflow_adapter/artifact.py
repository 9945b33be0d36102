"""Files of runs, where the server keeps them; not through HTTP to itself."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from mlflow_ext.errors import Conflict, MlflowExtError, NotFound, StoreUnavailable
from mlflow_ext_server.regular_file import LARGEST_BYTES, content


def artifact(artifact_uri: str, path: str, limit: int = LARGEST_BYTES) -> bytes:
    """The bytes of one file below a run's artifact root, read the way the server serves it, not through HTTP to itself.

    Raises:
        NotFound: there is no such file.
        ValidationError: it is no regular file, or has more than ``limit`` bytes.
        StoreUnavailable: the artifact store gives no answer.
    """
    from mlflow.exceptions import MlflowException

    try:
        repository, place = _repository(artifact_uri, path)
        local = repository.get_local_path(place)
        if local is not None:
            return content(Path(local), path, limit)
        with tempfile.TemporaryDirectory() as folder:
            return content(Path(repository.download_artifacts(place, dst_path=folder)), path, limit)
    except MlflowExtError:
        raise
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise NotFound(f"No artifact {path!r}") from error
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE") or "No such" in str(error):
            raise NotFound(f"No artifact {path!r}") from error
        raise StoreUnavailable(f"The artifact store gives no answer for {path!r}: {error}") from error
    except Exception as error:  # each cloud library has its own errors
        raise StoreUnavailable(f"The artifact store gives no answer for {path!r}: {error}") from error


def artifact_paths(artifact_uri: str, most: int) -> list[str]:
    """Paths of a run's files below its artifact root, by name, folder by folder; the first ``most``.

    Raises:
        StoreUnavailable: the artifact store gives no answer.
    """
    with _trouble("gives no answer"):
        repository, root = _repository(artifact_uri, None)
        found: list[str] = []
        folders = [""]
        while folders and len(found) < most:
            folder = folders.pop()
            place = "/".join(filter(None, (root, folder)))
            inner: list[str] = []
            for entry in sorted(repository.list_artifacts(place or None), key=lambda entry: str(entry.path)):
                path = f"{folder}/{PurePosixPath(entry.path).name}".lstrip("/")
                (inner if entry.is_dir else found).append(path)
            folders += reversed(inner)
        return found[:most]


def write_artifact(artifact_uri: str, path: str, data: bytes) -> None:
    """Write one file below a run's artifact root, over an older one if need be; readers see the one or the other whole.

    Raises:
        StoreUnavailable: the artifact store does not take it.
    """
    from mlflow.store.artifact.artifact_repo import StreamUploadMixin

    with _trouble(f"does not take {path!r}"):
        repository, place = _repository(artifact_uri, path)
        folder, name = str(PurePosixPath(place).parent), PurePosixPath(place).name
        below = None if folder == "." else folder
        if isinstance(repository, StreamUploadMixin):
            repository.log_artifact_from_stream(BytesIO(data), name, artifact_path=below)
            return
        with tempfile.TemporaryDirectory() as temporary:
            file = Path(temporary) / name
            file.write_bytes(data)
            repository.log_artifact(str(file), artifact_path=below)


def delete_artifacts(artifact_uri: str, run_id: str) -> None:
    """Delete all artifacts of one run, and nothing but what lies below its own artifact root.

    Raises:
        Conflict: the root does not name the run, or leads elsewhere through a symbolic link; nothing was deleted.
        StoreUnavailable: the artifact store does not do it; some may be gone.
    """
    if run_id not in urlsplit(artifact_uri).path.split("/"):
        raise Conflict(f"The artifacts are at {artifact_uri}, which is not the run's own: delete them by hand.")
    with _trouble("does not delete them"):
        repository, place = _repository(artifact_uri, None)
        local = getattr(repository, "artifact_dir", None)
        if local is not None:
            root = Path(local)
            folder = root / place if place else root
            _refuse_links(root if place else Path(*folder.parts[: folder.parts.index(run_id)]), folder)
            if not os.path.lexists(folder):
                return
        repository.delete_artifacts(place)


def _refuse_links(above: Path, folder: Path) -> None:
    """Refuse a folder that is reached from the one above through a symbolic link."""
    if Path(os.path.realpath(folder)) != Path(os.path.realpath(above)) / folder.relative_to(above):
        raise Conflict(f"{folder} leads elsewhere through a symbolic link: delete these artifacts by hand.")


@contextmanager
def _trouble(what: str) -> Iterator[None]:
    """Whatever the artifact store raises, as ours: each cloud library has its own errors."""
    try:
        yield
    except MlflowExtError:
        raise
    except Exception as error:
        raise StoreUnavailable(f"The artifact store {what}: {error}") from error


def _repository(artifact_uri: str, path: str | None) -> tuple[Any, Any]:
    """The repository that holds a run's file, and its place there; of the run's whole root without ``path``."""
    from mlflow.server import handlers
    from mlflow.utils.uri import validate_path_is_safe

    safe = None if path is None else str(validate_path_is_safe(path))
    if not handlers._is_servable_proxied_run_artifact_root(artifact_uri):
        return handlers._get_artifact_repository_for_uri(artifact_uri), safe
    place = handlers._get_proxied_run_artifact_destination_path(artifact_uri, safe)
    if not place or ".." in str(place).split("/"):
        raise Conflict(f"The artifacts are at {artifact_uri}, which is no folder of their own.")
    place = handlers._get_workspace_scoped_repo_path_if_enabled(place)
    return handlers._get_artifact_repo_mlflow_artifacts(), str(place)
