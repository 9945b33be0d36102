"""Tables for a person."""

from __future__ import annotations

import io

import pytest

from mlflow_ext.cli.screen import Column, Screen, clean, duration, value
from mlflow_ext.cli.table import run_table
from tests.unit.client.conftest import run

RUNS = [
    run("a very long name of a run that nobody can read to its end", metrics={"loss": 0.123456789, "acc": 1.0}),
    run("b", metrics={"loss": 12345.678}, note="PUBLISH"),
]


def shown(width: int | None, **more) -> list[str]:
    file = io.StringIO()
    run_table(Screen(file, width), RUNS, **more)
    return file.getvalue().splitlines()


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_a_table_fits_the_terminal_and_numbers_are_whole(width: int) -> None:
    lines = shown(width, metrics=["loss"])
    assert all(len(line.rstrip()) <= max(width, 75) for line in lines)
    assert "0.123457" in lines[1] or "Not shown" in lines[-1]


def test_a_terminal_shortens_ids_and_a_pipe_does_not() -> None:
    assert "a" * 9 not in "".join(shown(120))
    assert "a" * 32 in "".join(shown(None))
    assert "to its end" in "".join(shown(None))


def test_numbers_stand_at_the_right() -> None:
    header, first, second = shown(None, metrics=["loss"])
    end = header.index("loss") + len("loss")
    assert first[:end].endswith("0.123457")
    assert second[:end].endswith("12345.7")


def test_columns_without_room_are_named() -> None:
    keys = [f"metric_{index}" for index in range(20)]
    assert shown(80, metrics=keys)[-1].startswith("Not shown: ")
    assert "metric_19" in shown(80, metrics=keys)[-1]


def test_times_and_states_are_whole_where_names_are_cut() -> None:
    for width in (60, 80):
        header, first, *_ = shown(width, metrics=["loss"])
        assert "finished" in first
        assert "STARTED" not in header or "2023-11-14" in first
    assert "a very long na" in shown(60, metrics=["loss"])[1]


def test_what_a_person_names_stays_longer_than_what_was_chosen_for_them() -> None:
    assert shown(80, metrics=["loss"])[0].split()[:5] == ["RUN", "NAME", "STATUS", "STARTED", "loss"]
    assert shown(50, metrics=["loss"])[0].split() == ["RUN", "NAME", "STATUS"]


def test_a_long_fact_goes_on_below_itself() -> None:
    file = io.StringIO()
    Screen(file, 40).fact("note", "a note of some length that has no room in one line \x1b[2J")
    assert file.getvalue() == (
        "note         a note of some length that\n             has no room in one line\n             \\x1b[2J\n"
    )


def test_ranks_and_values_come_first() -> None:
    lines = shown(None, ranked=("min acc", [0.5, 0.25]))
    assert lines[0].split() == ["#", "min", "acc", "RUN", "NAME", "STATUS", "STARTED", "TOOK", "NOTE"]
    assert lines[2].split()[:2] == ["2", "0.25"]


def test_no_runs_are_said_to_be_none() -> None:
    file = io.StringIO()
    run_table(Screen(file), [])
    assert file.getvalue() == "No runs.\n"


def test_a_name_cannot_command_the_terminal_nor_style_it() -> None:
    assert clean("a\x1b[31m\nb\u202ec") == "a\\x1b[31m b\\u202ec"
    assert clean("größe 漢字 🙂") == "größe 漢字 🙂"
    file = io.StringIO()
    Screen(file, 80).table([Column("NAME")], [["[red]x[/red] \x1b[2J :smile:"]])
    assert "[red]x[/red] \\x1b[2J :smile:" in file.getvalue()


def test_durations_and_values_are_short() -> None:
    spans = [None, 55, 59_900, 61_000, 3_599_999, 3_600_000, 90_000_000]
    assert [duration(ms) for ms in spans] == ["", "0.1 s", "59.9 s", "1 min 1 s", "1 h 0 min", "1 h 0 min", "1 d 1 h"]
    assert [value(one) for one in (None, 0.1, "NaN", "-Infinity", 1e9)] == ["", "0.1", "nan", "-inf", "1e+09"]
