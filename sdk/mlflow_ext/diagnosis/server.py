"""Which server or database is meant, whether it answers, and what may be done there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import requests
from mlflow import MlflowClient

from mlflow_ext.connection import identity, new_session, stored_credentials
from mlflow_ext.diagnosis.finding import Finding
from mlflow_ext.errors import MlflowExtError, PermissionDenied, ValidationError
from mlflow_ext.rest import BulkRequest
from mlflow_ext.spool.header import bare_uri
from mlflow_ext.tracking.connect import extension, open_store
from mlflow_ext.tracking.store import RunStore
from mlflow_ext.tracking.trouble import mlflow_errors
from mlflow_ext.uploader.client import PROBE_SECONDS, is_http

EXPERIMENT = "mlflow-ext doctor"
_URI = "MLFLOW_TRACKING_URI"
_FILE = "doctor.txt"
_ACCESS = "Check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or ask the server's admin for permission."


def address(tracking_uri: str | None) -> Iterator[Finding]:
    """The tracking address, and where it comes from."""
    uri = bare_uri(tracking_uri or mlflow.get_tracking_uri())
    if tracking_uri:
        yield Finding("address", "ok", f"{uri} (from --tracking-uri)")
        return
    if os.environ.get(_URI):
        yield Finding("address", "ok", f"{uri} (from {_URI})")
    else:
        yield Finding("address", "ok", f"{uri} (MLflow's default, as {_URI} is not set)")
    named = _dotenv()
    if named and bare_uri(named) != uri:
        advice = f"Scripts load it with dotenv.load_dotenv(); else: export {_URI}={bare_uri(named)}"
        yield Finding(".env", "trouble", f"names {bare_uri(named)}, but MLflow itself reads no .env file", advice)


def _dotenv() -> str | None:
    if not Path(".env").is_file():
        return None
    from dotenv import dotenv_values

    return dotenv_values(".env").get(_URI)


def server(tracking_uri: str | None, *, write: bool) -> Iterator[Finding]:
    """What answers at the address, and whether this user may read and write there."""
    uri = tracking_uri or mlflow.get_tracking_uri()
    try:
        store = open_store(uri)
    except PermissionDenied as error:
        yield Finding("server", "trouble", str(error), _ACCESS)
        return
    except ValidationError as error:
        yield Finding("server", "trouble", str(error), f"Set {_URI} (or --tracking-uri) to that address.")
        return
    except MlflowExtError as error:
        yield Finding("server", "trouble", str(error), f"Start it, or set {_URI} to the right address.")
        return
    yield _kind(uri)
    yield _read(store)
    if not write:
        yield Finding(
            "write", "untried", f"with --write the doctor makes a run in experiment {EXPERIMENT!r} and deletes it"
        )
        yield Finding("upload", "untried", "with --write")
        return
    yield from _write(store, uri)


def _kind(uri: str) -> Finding:
    if not is_http(uri):
        return Finding(
            "server", "ok", f"a database without a server ({uri.partition(':')[0]}); artifacts go where it says"
        )
    ours = extension(uri)
    if ours is None:
        return Finding("server", "ok", f"an MLflow server{_mlflow_version(uri)}, without mlflow-ext")
    health = ours.health
    versions = f" {health['version']}, MLflow {health['mlflow_version']}" if "version" in health else ""
    if health.get("status") != "healthy":
        return Finding(
            "server", "trouble", f"ext-server{versions}: its database does not answer", "See the server's log."
        )
    if not ours.has_runs:
        advice = "Update mlflow-ext on the server; until then lists and filters go the slower way, through MLflow."
        return Finding("server", "trouble", f"ext-server{versions}, too old for the REST API of runs", advice)
    return Finding("server", "ok", f"ext-server{versions}, its database answers")


def _mlflow_version(uri: str) -> str:
    session = new_session(uri)
    who = identity(requests.utils.get_netrc_auth(uri), stored_credentials())
    try:
        answer = session.get(uri.rstrip("/") + "/version", timeout=PROBE_SECONDS, **who)
    except (requests.RequestException, OSError):
        return ""
    return f" {answer.text.strip()}" if answer.status_code == 200 and len(answer.text) < 40 else ""


def _read(store: RunStore) -> Finding:
    try:
        found = store.experiments(None, "active", 1)
    except MlflowExtError as error:
        return _refused("read", error)
    return Finding(
        "read", "ok", f"experiments can be listed (such as {found[0].name!r})" if found else "no experiments yet"
    )


def _refused(name: str, error: MlflowExtError) -> Finding:
    return Finding(
        name, "trouble", str(error), _ACCESS if isinstance(error, PermissionDenied) else "See the server's log."
    )


def _write(store: RunStore, uri: str) -> Iterator[Finding]:
    client: Any = MlflowClient(uri)
    bare = bare_uri(uri)
    try:
        with mlflow_errors(bare):
            run_id = client.create_run(_experiment_id(client), run_name="doctor").info.run_id
    except MlflowExtError as error:
        yield _refused("write", error)
        yield Finding("upload", "untried", "no run could be made")
        return
    try:
        with mlflow_errors(bare):
            client.set_tag(run_id, "mlflow_ext.doctor", "was here")
        yield Finding("write", "ok", "a run was started and tagged")
    except MlflowExtError as error:
        yield _refused("write", error)
    yield _upload(client, run_id, bare)
    yield _tidy(store, run_id)


def _experiment_id(client: Any) -> str:
    known = client.get_experiment_by_name(EXPERIMENT)
    if known is None:
        return str(client.create_experiment(EXPERIMENT))
    if known.lifecycle_stage != "active":
        client.restore_experiment(known.experiment_id)
    return str(known.experiment_id)


def _upload(client: Any, run_id: str, bare: str) -> Finding:
    root = client.get_run(run_id).info.artifact_uri
    advice = f"Artifacts go to {bare_uri(root)}: this machine must be able to write there."
    if root.startswith("mlflow-artifacts:") and not is_http(bare):
        advice = f"This experiment was made by a server: set {_URI} to that server's address."
    with tempfile.TemporaryDirectory(prefix="mlflow-ext-") as folder:
        file = Path(folder) / _FILE
        file.write_text("mlflow-ext doctor\n")
        try:
            with mlflow_errors(bare):
                client.log_artifact(run_id, str(file))
                arrived = [item.path for item in client.list_artifacts(run_id)]
        except Exception as error:  # noqa: BLE001 - each kind of artifact store raises its own
            return Finding("upload", "trouble", f"{type(error).__name__}: {error}", advice)
    if _FILE not in arrived:
        return Finding("upload", "trouble", "an artifact was taken, but is not listed", advice)
    return Finding("upload", "ok", f"an artifact arrived at {bare_uri(root)}")


def _tidy(store: RunStore, run_id: str) -> Finding:
    """Archive the doctor's run, and delete it for good where the server can."""
    try:
        store.bulk(BulkRequest(action="archive", ids=[run_id]))
        results = store.bulk(BulkRequest(action="delete", ids=[run_id], confirm=True)).results
    except MlflowExtError:
        results = []
    if results and results[0].ok:
        return Finding("tidy", "ok", "the doctor's run was deleted for good")
    return Finding(
        "tidy", "ok", f"the doctor's run {run_id} is archived; `mlflow gc` on the server deletes it for good"
    )
