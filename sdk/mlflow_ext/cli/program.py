"""The root of the command line, and how a failure is told: one line, never a traceback."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import click

from mlflow_ext.cli.command import DONE, FAULT, STOPPED, TROUBLE, USAGE, AnswerGroup, Call, Stopped
from mlflow_ext.cli.completion import completion
from mlflow_ext.cli.doctor import doctor
from mlflow_ext.cli.experiment import experiments
from mlflow_ext.cli.run import runs
from mlflow_ext.cli.screen import clean
from mlflow_ext.cli.spool import status, sync
from mlflow_ext.errors import MlflowExtError

PROGRAM = "mlflow-ext"


@click.group(cls=AnswerGroup)
@click.version_option(package_name="mlflow-ext", prog_name=PROGRAM)
def root() -> None:
    """Read and change what MLflow has tracked, and deliver what mlflow-ext keeps on this machine.

    The server or database is MLflow's own setting (MLFLOW_TRACKING_URI), or --tracking-uri.
    """


for _command in (experiments, runs, sync, status, doctor, completion):
    root.add_command(_command)


def main(arguments: Sequence[str] | None = None, program: click.Command = root) -> int:
    """Run the command.

    Args:
        arguments: of the command line; the process's own by default.
        program: what runs.

    Returns:
        0 when it is done, 1 when it found trouble or was done in part, 2 for a wrong call or when there is no server,
        3 for a fault of this program, 130 after Ctrl-C.
    """
    call = Call()
    words = None if arguments is None else list(arguments)
    try:
        code = program.main(words, prog_name=PROGRAM, standalone_mode=False, obj=call)
        sys.stdout.flush()
    except SystemExit as end:  # of shell completion, and of click when nobody reads the output any more
        return end.code if isinstance(end.code, int) else DONE
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains of the rest at exit
        return TROUBLE
    except click.ClickException as error:
        error.show()
        return USAGE
    except click.Abort as stopped:
        return _say(str(stopped) if isinstance(stopped, Stopped) else "stopped.", STOPPED)
    except (MlflowExtError, OSError) as error:
        return _fail(call, str(error), USAGE)
    except Exception as error:  # noqa: BLE001 - a person is told in one line, whatever it is
        advice = "" if call.debug else " Run it again with --debug, and report what it says."
        return _fail(call, f"unforeseen {type(error).__name__}: {error}.{advice}", FAULT)
    return code if isinstance(code, int) else DONE


def _fail(call: Call, text: str, code: int) -> int:
    """Tell of the exception at hand in one line, after its traceback where that was asked for."""
    if call.debug:
        traceback.print_exc()
    return _say(text, code)


def _say(text: str, code: int) -> int:
    lines = [clean(line) for line in text.strip().splitlines()]  # a filter's error points at its column
    click.echo(f"{PROGRAM}: " + "\n".join(lines), err=True)
    return code
