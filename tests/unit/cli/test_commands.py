"""The command line without a server: help, wrong calls, the three forms of an answer, what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from mlflow_ext.cli.command import AnswerGroup
from mlflow_ext.cli.program import main, root
from tests.conftest import free_port


def commands(group: click.Group = root, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


EVERY = dict(commands())


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_EXT_SPOOL_DIR", str(tmp_path / "spool"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{free_port()}")


def test_the_commands_are_those_that_the_documents_name() -> None:
    words = ["list", "show", "compare", "leaderboard", "tag", "note", "archive", "restore", "delete", "export"]
    expected = {("experiments", "list"), ("experiments", "show"), *(("runs", word) for word in words)}
    assert set(EVERY) == expected | {("sync",), ("status",), ("doctor",), ("completion",)}


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_command_has_a_help_with_examples_that_it_takes(path: tuple[str, ...]) -> None:
    done = CliRunner().invoke(root, [*path, "--help"])
    assert done.exit_code == 0
    assert "Examples:" in done.output
    assert f"mlflow-ext {' '.join(path)}" in done.output
    assert "Exit status: 0 done" in done.output
    assert {"--json", "--csv"} <= {name for option in EVERY[path].params for name in option.opts}
    for option in EVERY[path].params:
        assert isinstance(option, click.Argument) or option.help, option.name


def test_the_same_words_mean_the_same_everywhere() -> None:
    words = {"--experiment": "-e", "--filter": "-f", "--metric": "-m", "--limit": "-n", "--output": "-o"}
    for path, command in EVERY.items():
        for option in command.params:
            for word, short in words.items():
                assert (word in option.opts) == (short in option.opts), (path, option.opts)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["sinc"],
        ["sync", "--no-such-flag"],
        ["sync", "/no/such/file.spool"],
        ["runs"],
        ["runs", "list", "-n", "0"],
        ["runs", "list", "--json", "--csv"],
        ["--json", "runs", "list", "--csv"],
        ["runs", "list", "--tracking-uri", "http:"],
        ["runs", "list", "--tracking-uri", "ftp://host"],
        ["--tracking-uri", "postgresql://ann:secret@127.0.0.1:1/x", "runs", "list"],
        ["runs", "leaderboard"],
        ["runs", "tag", "abc"],
        ["runs", "tag", "abc", "-t", "novalue"],
        ["runs", "note", "abc"],
        ["runs", "note", "abc", "--text", "x", "--clear"],
        ["runs", "delete", "abc"],
        ["runs", "export", "--histories"],
        ["runs", "export", "abc", "-e", "x", "-m", "loss"],
        ["runs", "list"],
        ["experiments", "show", "x"],
        ["runs", "list", "--tracking-uri", "sqlite:///none.db"],
    ],
    ids=" ".join,
)
def test_a_wrong_call_or_no_server_is_2_and_one_line_that_says_why(
    arguments: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    printed = capfd.readouterr()
    assert printed.out == ""
    assert printed.err.strip()
    assert "Traceback" not in printed.err
    assert "secret" not in printed.err


def test_shared_options_stand_before_or_after_the_command(capfd: pytest.CaptureFixture[str]) -> None:
    for words in (["--json", "status"], ["status", "--json"]):
        assert main(words) == 0
        assert json.loads(capfd.readouterr().out) == []
    for words in (["--json", "runs", "list"], ["runs", "--json", "list"], ["runs", "list", "--json"]):
        assert main([*words, "--tracking-uri", "sqlite:///none.db"]) == 2
        assert "none.db" in capfd.readouterr().err
        assert main(["--tracking-uri", "sqlite:///none.db", *words]) == 2
        assert "none.db" in capfd.readouterr().err


@click.command()
@click.argument("kind")
def broken(kind: str) -> None:
    raise {"fault": RuntimeError("first\nsecond"), "full": OSError(28, "No space left on device")}[kind]


@click.group(cls=AnswerGroup)
def faulty() -> None:
    """A program with a fault."""


faulty.add_command(broken)


def test_a_fault_of_ours_is_told_without_a_traceback_unless_asked_for(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["broken", "fault"], faulty) == 3
    told = capfd.readouterr().err
    assert told.startswith("mlflow-ext: unforeseen RuntimeError: first\nsecond. Run it again with --debug")
    assert "Traceback" not in told
    assert main(["--debug", "broken", "fault"], faulty) == 3
    assert "Traceback" in capfd.readouterr().err
    monkeypatch.setenv("MLFLOW_EXT_DEBUG", "1")
    assert main(["runs", "list", "--tracking-uri", "sqlite:///none.db"]) == 2
    assert "Traceback" in capfd.readouterr().err


def test_a_full_disk_is_told_as_what_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["broken", "full"], faulty) == 2
    assert capfd.readouterr().err == "mlflow-ext: [Errno 28] No space left on device\n"


def test_an_empty_spool_is_told_in_three_forms(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 0
    assert capfd.readouterr().out == "Everything was delivered.\n"
    assert main(["sync"]) == 0
    assert capfd.readouterr().out == "Nothing to deliver.\n"
    for command in ("status", "sync"):
        assert main([command, "--json"]) == 0
        assert json.loads(capfd.readouterr().out) == []
        assert main([command, "--csv"]) == 0
        assert capfd.readouterr().out == ""


def test_the_doctor_finds_a_server_that_is_away(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 1
    found = {one["name"]: one for one in json.loads(capfd.readouterr().out)}
    assert found["server"]["state"] == "trouble"
    assert "MLFLOW_TRACKING_URI" in found["server"]["advice"]
    assert "from MLFLOW_TRACKING_URI" in found["address"]["detail"]
    assert found["spool"]["state"] == found["python"]["state"] == "ok"
    assert main(["doctor"]) == 1
    assert "TROUBLE  server" in capfd.readouterr().out


def test_the_doctor_says_that_mlflow_reads_no_env_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".env").write_text("MLFLOW_TRACKING_URI=http://ann:secret@other.test:5000\n")
    main(["doctor"])
    printed = capfd.readouterr().out
    assert "names http://other.test:5000" in printed
    assert "secret" not in printed


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_what_the_shell_reads(shell: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert "_MLFLOW_EXT_COMPLETE" in capfd.readouterr().out


def test_words_are_completed(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("_MLFLOW_EXT_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "mlflow-ext runs le")
    monkeypatch.setenv("COMP_CWORD", "2")
    assert main([]) == 0
    assert capfd.readouterr().out.strip() == "plain,leaderboard"
