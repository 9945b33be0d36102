"""A configuration as text: a command line, the run's own command, a dict of Python's."""

from __future__ import annotations

import ast
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_ext.sweep.command import flags, of_source, replaced
from mlflow_ext.sweep.point import number_text, python, typed
from mlflow_ext.sweep.space import Dimension


@pytest.mark.parametrize(
    ("value", "text"),
    [(32, "32"), (0.25, "0.25"), (2.7e-4, "2.7e-4"), (1.0, "1.0"), (0.0, "0.0"), (-3e-7, "-3e-7"), (1.5e9, "1.5e9"),
     (0.001, "0.001"), (123456.5, "123456.5")],
)  # fmt: skip
def test_numbers_as_people_write_them(value: float, text: str) -> None:
    assert number_text(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False).map(lambda value: float(f"{value:.6g}")))
def test_a_number_is_read_back(value: float) -> None:
    assert float(number_text(value)) == value


def test_flags_are_quoted() -> None:
    assert flags({"lr": "2.7e-4", "model.width": "32"}) == "--lr 2.7e-4 --model.width 32"
    assert flags({"a b": "$(rm x)", "c": "-1"}) == "'--a b' '$(rm x)' --c=-1"


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_a_shell_reads_the_flags_as_they_are(texts: dict[str, str]) -> None:
    tokens = shlex.split(flags(texts))
    read: list[str] = []
    for name, value in texts.items():
        read += [f"--{name}={value}"] if value.startswith("-") or not value else [f"--{name}", value]
    assert tokens == read


BEFORE = {"lr": "0.1", "batch_size": "32", "nesterov": "True", "opt": "sgd", "momentum": "0.9", "epochs": "5"}
AFTER = {"lr": "2e-3", "batch_size": "64", "nesterov": "False", "opt": "adam", "epochs": "5"}


@pytest.mark.parametrize(
    ("command", "now"),
    [
        (
            "python train.py data.csv --lr 0.1 --batch-size=32 --nesterov --opt sgd --momentum 0.9",
            "python train.py data.csv --lr 2e-3 --batch-size=64 --opt adam",
        ),
        (
            "OMP_NUM_THREADS=1 python -m train lr=0.1 batch_size=32 opt=sgd",
            "OMP_NUM_THREADS=1 python -m train lr=2e-3 batch_size=64 opt=adam nesterov=False",
        ),
        ("train -lr 0.1", "train -lr 2e-3 --batch_size 64 --nesterov False --opt adam"),
        ("python 'my train.py' --x 'a;b'", "python 'my train.py' --x 'a;b' --lr 2e-3 --batch_size 64"
         " --nesterov False --opt adam"),
    ],
)  # fmt: skip
def test_params_are_replaced_in_the_runs_own_command(command: str, now: str) -> None:
    assert replaced(command, BEFORE, AFTER) == now


@pytest.mark.parametrize(
    "command", ["cat x | train --lr 0.1", "train --lr $LR", "a && b", "train 'open", "", 'x "$HOME"']
)
def test_a_command_only_a_shell_understands_is_left_alone(command: str) -> None:
    assert replaced(command, BEFORE, AFTER) is None


def test_a_negative_value_is_no_flag() -> None:
    assert replaced("t --a -1 --b", {"a": "-1", "b": "True"}, {"a": "2", "b": "True"}) == "t --a 2 --b"
    assert replaced("t --a 1", {"a": "1"}, {"a": "-2"}) == "t --a=-2"


def test_a_script_is_run_and_a_notebook_is_not() -> None:
    assert of_source("train it.py") == "python 'train it.py'"
    assert of_source("x.ipynb") is None


def test_values_have_the_type_that_gave_their_text() -> None:
    category = Dimension(kind="category", choices=("adam", "(64, 64)", "None", "3"))
    assert [typed(category, one) for one in category.choices] == ["adam", (64, 64), None, 3]
    assert typed(Dimension(kind="boolean"), "True") is True
    assert typed(Dimension(kind="number", low=1, high=9, whole=True), 3.0) == 3
    assert typed(Dimension(kind="number", fixed="1e-3"), 1e-3) == 1e-3
    text = python({"lr": 2.7e-4, "it's": 'a"b\n', "n": 3, "sizes": (64, 64), "none": None, "on": True})
    assert text.startswith("{'lr': 2.7e-4, ")
    assert ast.literal_eval(text) == {
        "lr": 2.7e-4,
        "it's": 'a"b\n',
        "n": 3,
        "sizes": (64, 64),
        "none": None,
        "on": True,
    }
