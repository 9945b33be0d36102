"""What ``log_artifact`` takes into the spool."""

from __future__ import annotations

import os
from pathlib import Path

import orjson
import pytest

from mlflow_ext.artifact import store_artifact
from mlflow_ext.errors import ValidationError
from mlflow_ext.spool.session import Session
from tests.unit.runtime.conftest import MemoryServer, deliver, settle

FACTS = {"role": "output", "artifact_type": None, "metadata": None}


def taken(session: Session, server: MemoryServer, source: Path) -> dict[str, bytes]:
    """Content by path of what reaches the server of a folder."""
    store_artifact(lambda: session, "a", source, FACTS)
    settle(deliver(session, server))
    return {path[2:]: content for path, content in server.files.items() if path.startswith("a/")}


def test_a_folder_that_holds_the_spool_is_taken_without_it(
    session: Session, server: MemoryServer, tmp_path: Path
) -> None:
    around = tmp_path.parent / f"{tmp_path.name}-around"
    around.mkdir()
    (around / "code.py").write_text("pass")
    spool = tmp_path.rename(around / "spool")
    tmp_path.symlink_to(spool)
    assert taken(session, server, around) == {"code.py": b"pass"}
    assert taken(session, server, around) == {"code.py": b"pass"}


def test_the_spool_itself_is_no_artifact(session: Session, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="spool folder") as caught:
        store_artifact(lambda: session, "a", tmp_path, FACTS)
    assert caught.value.field == "path"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder to log, outside the spool."""
    folder = tmp_path.parent / f"{tmp_path.name}-source"
    folder.mkdir()
    return folder


def test_links_to_folders_are_followed_and_loops_end(session: Session, server: MemoryServer, source: Path) -> None:
    (source / "real").mkdir()
    (source / "real" / "a.txt").write_text("a")
    (source / "linked").symlink_to(source / "real")
    (source / "real" / "loop").symlink_to(source)
    assert taken(session, server, source) == {"real/a.txt": b"a", "linked/a.txt": b"a"}


def test_what_is_left_out_of_a_folder_is_told_once(
    session: Session, server: MemoryServer, source: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (source / "a.txt").write_text("a")
    (source / "gone").symlink_to(source / "nowhere")
    os.mkfifo(source / "pipe")
    (source / "hollow").mkdir()
    (source / "self").symlink_to("self")
    assert taken(session, server, source) == {"a.txt": b"a"}
    assert len(caplog.records) == 1
    assert "'gone' (a broken link), 'hollow' (empty), 'pipe' (no file), 'self' (a broken link)." in caplog.text


def test_a_folder_that_can_not_be_read_is_told(
    session: Session,
    server: MemoryServer,
    source: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (source / "a.txt").write_text("a")
    (source / "closed").mkdir()
    (source / "closed").chmod(0)
    if os.access(source / "closed", os.R_OK):
        pytest.skip("nothing is closed to this user")
    assert taken(session, server, source) == {"a.txt": b"a"}
    assert "'closed' (Permission denied)" in caplog.text


def test_a_changed_file_name_keeps_the_original_in_the_manifest(
    session: Session, server: MemoryServer, source: Path
) -> None:
    names = ["plain.txt", "größe.txt", os.fsdecode(b"\xff.bin")]
    for name in names:
        (source / name).write_text(name.encode("ascii", "replace").decode())
    assert len(taken(session, server, source)) == 3
    (manifest,) = (content for path, content in server.files.items() if path.startswith("ext/artifact/"))
    files = orjson.loads(manifest)["files"]
    assert {file.get("original") for file in files} == {None, "größe.txt", "\\xff.bin"}
    assert all("original" in file or file["path"] == "a/plain.txt" for file in files)
