import io
import json
import socket
from pathlib import Path

import pytest

from mlflow_ext_server.demo import DemoError, default_directory, prepare
from mlflow_ext_server.demo.__main__ import main
from mlflow_ext_server.demo.progress import Progress
from mlflow_ext_server.demo.store import CONTENT_VERSION
from tests.conftest import free_port


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


def finished(folder: Path) -> Path:
    (folder / "mlflow-ext-demo.json").write_text(json.dumps({"complete": CONTENT_VERSION}))
    return folder


def test_alone_the_command_says_how_to_see_the_runs(tmp_path, capsys):
    main([str(finished(tmp_path))])
    assert "ext-server --backend-store-uri" in capsys.readouterr().out


def test_make_starts_the_server_itself_and_hears_of_no_other_command(tmp_path, capsys):
    main([str(finished(tmp_path)), "--make-port", str(free_port())])
    assert "ext-server" not in capsys.readouterr().out


def test_a_taken_port_is_told_before_training_in_make_s_words(tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(SystemExit) as stopped:
            main([str(tmp_path / "demo"), "--make-port", str(port)])
    assert stopped.value.code == 2
    assert f"make demo PORT={port + 1}" in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()


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
