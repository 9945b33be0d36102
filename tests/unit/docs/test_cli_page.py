"""docs/cli.md against the commands themselves."""

import re
from pathlib import Path

import click
import pytest
from tests.unit.cli.test_commands import EVERY

from mlflow_ext.cli.command import EXIT_CODES, Call

PAGE = (Path(__file__).parents[3] / "docs" / "cli.md").read_text()
HEAD, *PARTS = re.split(r"^## ", PAGE, flags=re.MULTILINE)
SECTIONS = {part.partition("\n")[0]: part.partition("\n")[2] for part in PARTS}
SHARED = {name for option in Call.options() for name in option.opts} | {"-h", "--help"}


def options(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", re.sub(r"```.*?```", "", text, flags=re.DOTALL)))


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_page_has_a_section_for_each_command_and_no_other() -> None:
    assert list(SECTIONS) == [" ".join(path) for path in EVERY]


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_a_section_says_what_the_help_says(path: tuple[str, ...]) -> None:
    section, command = SECTIONS[" ".join(path)], EVERY[path]
    assert flat(command.help or "") in flat(section)
    rows = re.findall(r"^\| (`.*?) \| (.*) \|$", section, re.MULTILINE)
    own = [one for one in command.params if isinstance(one, click.Option) and not set(one.opts) <= SHARED]
    assert [re.findall(r"`(--?[a-z-]+)", names) for names, _ in rows] == [one.opts for one in own]
    for option, (_, about) in zip(own, rows, strict=True):
        assert about == f"{option.help}" + (f" Default: {option.default}." if option.show_default else "")
    assert re.findall(r"^mlflow-ext (.*)$", section, re.MULTILINE) == list(command.examples)


def test_the_head_names_what_all_commands_share() -> None:
    assert options(HEAD) >= SHARED
    assert options(HEAD) <= SHARED
    assert EXIT_CODES in flat(HEAD)
