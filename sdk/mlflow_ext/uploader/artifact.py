"""Files of ``log_artifact``: their way from the spool into the run, with a manifest that says what they are."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

import orjson

from mlflow_ext.spool.directory import sidecar
from mlflow_ext.store_format import slug
from mlflow_ext.uploader.fold import Artifact
from mlflow_ext.uploader.plot import Content
from mlflow_ext.uploader.sending import Target
from mlflow_ext.uploader.transport import Refused

FILES = ".files"


def send_artifact(target: Target, spool_file: Path, writer: str, artifact: Artifact) -> None:
    """Send the files of one call, then ``ext/artifact/<slug>/<writer>-<seq>.json``, which names, sizes and hashes them.

    Raises:
        TryAgain, Denied: some may have arrived; to be called again.
    """
    content = artifact.content
    stored = sidecar(spool_file, FILES) / str(artifact.seq)
    facts: list[dict[str, Any]] = []
    for path in content["files"]:
        file = stored / path
        place = f"{content['folder']}/{path}"
        try:
            target.transport.put_file(target.run_id, place, file)
        except Refused as error:
            target.look()
            target.reject(str(error), {"artifact": content["name"], "file": str(file)}, 1)
            continue
        original = content.get("originals", {}).get(path)
        named = {} if original is None else {"original": original}
        facts.append({"path": place, **named, "size_bytes": file.stat().st_size, "sha256": _sha256(file)})
    known = ("name", "role", "artifact_type", "metadata")
    manifest = {
        "mlflow_ext": 1,
        **{key: content[key] for key in known},
        "logged_at": artifact.logged_at,
        "files": facts,
    }
    path = f"ext/artifact/{slug('artifact', content['name'])}/{writer}-{artifact.seq}.json"
    target.transport.put(target.run_id, path, Content(orjson.dumps(manifest)))
    shutil.rmtree(stored, ignore_errors=True)


def remove_files(spool_file: Path) -> None:
    """Delete the folder of files beside a delivered spool file."""
    folder = sidecar(spool_file, FILES)
    if folder.exists():
        shutil.rmtree(folder)


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
