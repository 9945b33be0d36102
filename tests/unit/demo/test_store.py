import io
import json
from pathlib import Path

import pytest

from mlflow_ext_server.demo import DemoError, default_directory, prepare
from mlflow_ext_server.demo.progress import Progress
from mlflow_ext_server.demo.store import CONTENT_VERSION


def test_a_folder_with_other_files_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(DemoError, match="not the demo's"):
        prepare(tmp_path, progress=False)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_finished_demo_is_used_again(tmp_path):
    (tmp_path / "mlflow-ext-demo.json").write_text(json.dumps({"complete": CONTENT_VERSION}))
    (tmp_path / "mlflow.db").write_bytes(b"as it was")
    store = prepare(tmp_path, progress=False)
    assert store.backend_store_uri == f"sqlite:///{tmp_path}/mlflow.db"
    assert store.artifacts_destination == str(tmp_path / "artifacts")
    assert (tmp_path / "mlflow.db").read_bytes() == b"as it was"


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DemoError, match="file/demo"):
        prepare(tmp_path / "file" / "demo")


@pytest.mark.parametrize(
    ("variable", "expected"),
    [("/data", Path("/data/mlflow-ext/demo")), ("relative", Path.home() / ".local/share/mlflow-ext/demo")],
)
def test_the_default_folder_follows_the_data_directory(monkeypatch, variable, expected):
    monkeypatch.setenv("XDG_DATA_HOME", variable)
    assert default_directory() == expected


def test_progress_without_a_terminal_says_one_line_per_experiment():
    out = io.StringIO()
    progress = Progress(3, out)
    for group, name in [("Wine", "a"), ("Wine", "b"), ("Digits", "c")]:
        progress.step(group, name)
    progress.close()
    lines = out.getvalue().splitlines()
    assert lines[:2] == ["Training 1 of 3 ... Wine", "Training 3 of 3 ... Digits"]
    assert lines[2].startswith("Trained and logged 3 runs")
