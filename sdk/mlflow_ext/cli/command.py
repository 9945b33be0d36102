"""What all commands share: their answer in three forms, options that stand anywhere, help with examples, exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlflow_ext.cli.screen import Screen

if TYPE_CHECKING:
    from mlflow_ext.tracking.store import RunStore

DONE, TROUBLE, USAGE, FAULT, STOPPED = 0, 1, 2, 3, 130
EXIT_CODES = (
    "Exit status: 0 done, 1 found trouble or done in part, 2 wrong call or no server, 3 a fault of this program, "
    "130 stopped with Ctrl-C."
)
CONTEXT = {"help_option_names": ["-h", "--help"]}
_DEBUG = "MLFLOW_EXT_DEBUG"
_RETRIES = "MLFLOW_HTTP_REQUEST_MAX_RETRIES"


@dataclass(frozen=True)
class Answer:
    """What a command found.

    Args:
        data: for ``--json``.
        rows: for ``--csv``: column to value.
        show: writes it for a person.
        code: the exit status.
        output: a file that takes JSON or CSV instead of the terminal.
        warnings: lines for stderr, whatever the form.
    """

    data: Any
    rows: Sequence[Mapping[str, Any]]
    show: Callable[[Screen], None]
    code: int = DONE
    output: Path | None = None
    warnings: Sequence[str] = ()


class Stopped(click.Abort):
    """Ctrl-C, with what a person should know then."""


@dataclass
class Call:
    """What a command line asks of any command, wherever in it the option stands."""

    form: str | None = None
    tracking_uri: str | None = None
    debug: bool = field(default_factory=lambda: bool(os.environ.get(_DEBUG)))

    @staticmethod
    def options(*, addressed: bool = True, hidden: bool = False) -> list[click.Parameter]:
        """The options that ``take`` takes."""
        uri = click.Option(["--tracking-uri"], metavar="URI", help="Server or database to ask.", hidden=hidden)
        return [
            *([uri] if addressed else []),
            click.Option(["--json", "as_json"], is_flag=True, help="Answer as JSON.", hidden=hidden),
            click.Option(["--csv", "as_csv"], is_flag=True, help="Answer as CSV.", hidden=hidden),
            click.Option(["--debug"], is_flag=True, help="Show the traceback of a failure.", hidden=hidden),
        ]

    @classmethod
    def take(cls, ctx: click.Context) -> Call:
        """Move these options from a command's parameters to the one call of the whole line; the last one counts."""
        call: Call = ctx.ensure_object(cls)
        for form in ("json", "csv"):
            if ctx.params.pop(f"as_{form}"):
                if call.form not in (None, form):
                    raise click.UsageError("--json and --csv exclude each other.", ctx)
                call.form = form
        call.tracking_uri = ctx.params.pop("tracking_uri", None) or call.tracking_uri
        call.debug |= ctx.params.pop("debug")
        return call


class AnswerGroup(click.Group):
    """Commands below one word; the options that all of them share may stand before the command too."""

    def __init__(self, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(name, epilog=EXIT_CODES, context_settings=CONTEXT, **kwargs)
        self.params += Call.options(hidden=name != "root")

    def invoke(self, ctx: click.Context) -> Any:
        """Take the shared options, then run the command."""
        Call.take(ctx)
        return super().invoke(ctx)


class AnswerCommand(click.Command):
    """A command whose function returns an Answer.

    Args:
        examples: lines for the help, without the program's name.
        addressed: whether it takes ``--tracking-uri``.
    """

    def __init__(self, name: str | None, *, examples: Sequence[str], addressed: bool = True, **kwargs: Any) -> None:
        lines = "\n".join(f"  mlflow-ext {example}" for example in examples)
        kwargs["epilog"] = f"\b\nExamples:\n{lines}\n\n{EXIT_CODES}"
        super().__init__(name, context_settings=CONTEXT, **kwargs)
        self.examples = tuple(examples)
        self._addressed = addressed
        self.params += Call.options(addressed=addressed)

    def invoke(self, ctx: click.Context) -> int:
        """Run the function and write its answer; returns the exit status."""
        call = Call.take(ctx)
        if self._addressed:
            ctx.params["tracking_uri"] = call.tracking_uri
        answer: Answer = super().invoke(ctx)
        form = call.form
        if answer.output is not None:
            _write(answer, form or answer.output.suffix.lower()[1:], answer.output)
            answer.show(Screen(sys.stderr))
        elif form is not None:
            click.echo(_text(answer, form), nl=False)
        else:
            answer.show(Screen(sys.stdout))
        for line in answer.warnings:
            Screen(sys.stderr).line(line)
        return answer.code


def _text(answer: Answer, form: str) -> str:
    from mlflow_ext.cli.delimited import csv_text, json_text

    return json_text(answer.data) if form == "json" else csv_text(answer.rows)


def _write(answer: Answer, form: str, path: Path) -> None:
    """Write a file at once or not at all."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(_text(answer, form), encoding="utf-8", newline="")
        part.replace(path)
    except OSError as error:
        raise click.FileError(str(path), error.strerror or str(error)) from error


def check_output(path: Path | None) -> None:
    """Refuse a file whose name does not tell what to write into it, unless the call says it.

    Raises:
        click.BadParameter: it ends neither in .json nor in .csv.
    """
    call = click.get_current_context().find_object(Call)
    if path is not None and not (call and call.form) and path.suffix.lower() not in (".json", ".csv"):
        raise click.BadParameter(
            f"{path.name!r} ends neither in .json nor in .csv; choose one of them, or say --json or --csv.",
            param_hint="--output",
        )


def be_quick() -> None:
    """Let MLflow's client give up within seconds: a person does not wait minutes for a server that has just gone."""
    os.environ.setdefault(_RETRIES, "2")


def store(tracking_uri: str | None) -> RunStore:
    """What a command reads from.

    Raises:
        StoreUnavailable: nothing is there.
    """
    from mlflow_ext.tracking.connect import open_store

    be_quick()
    return open_store(tracking_uri)
