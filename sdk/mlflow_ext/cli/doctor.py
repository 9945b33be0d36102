"""``mlflow-ext doctor``: what is installed, which server, what can be done there, what waits."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from mlflow_ext.cli.command import DONE, TROUBLE, Answer, AnswerCommand, be_quick
from mlflow_ext.cli.screen import Screen

if TYPE_CHECKING:
    from mlflow_ext.diagnosis import Finding

_WORDS = {"ok": "OK", "trouble": "TROUBLE", "untried": "--"}


@click.command(
    cls=AnswerCommand, examples=("doctor", "doctor --write", "doctor --tracking-uri http://host:5000 --json")
)
@click.option("--write", is_flag=True, help="Also try to write and upload, with a run that is deleted again.")
def doctor(write: bool, tracking_uri: str | None) -> Answer:
    """Say what works here, what does not, and what to do about it."""
    from mlflow_ext.diagnosis import findings

    be_quick()
    found = list(findings(tracking_uri, write=write))
    rows = [asdict(one) for one in found]
    trouble = [one for one in found if one.state == "trouble"]

    def show(screen: Screen) -> None:
        for one in found:
            _line(screen, one)
        count = len(trouble)
        if count:
            screen.line(f"{count} thing{'' if count == 1 else 's'} to look at.")

    return Answer(rows, rows, show, TROUBLE if trouble else DONE)


def _line(screen: Screen, one: Finding) -> None:
    screen.fact(f"{_WORDS[one.state]:8} {one.name}", one.detail, 22)
    if one.advice and one.state == "trouble":
        screen.fact("", one.advice, 22)
