"""What ``log_artifact`` takes into the spool."""

from __future__ import annotations

from pathlib import Path

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
