"""The ``ext-server`` command: ``mlflow server`` with ours under /ext."""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib import metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import click

_NEEDED = ("a2wsgi", "alembic", "click", "dash", "fastapi", "flask", "mlflow.server", "plotly", "sqlalchemy", "uvicorn")
_OLDEST_MLFLOW = (3, 17)  # the first with the permission model that mlflow_adapter speaks
_HELP = """Run MLflow's server, unchanged, with mlflow-ext under /ext/.

Takes every flag of `mlflow server` and the same database and artifacts: stop the one, start the other.
"""


def main() -> None:
    """Entry point of ``ext-server``."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else MLflow waits for the internet at its start
    missing = [name for name in _NEEDED if not _installed(name)]
    if missing:
        command_line = "pip install 'mlflow-ext[server]'"
        print(
            f"ext-server: {', '.join(missing)} not installed here; get all of it with  {command_line}", file=sys.stderr
        )
        raise SystemExit(2)
    found = metadata.version("mlflow")
    if tuple(int(part) for part in found.split(".")[:2]) < _OLDEST_MLFLOW:
        cure = "pip install --upgrade mlflow"
        print(f"ext-server: needs MLflow 3.17 or newer, and {found} is installed; run  {cure}", file=sys.stderr)
        raise SystemExit(2)
    command().main(prog_name="ext-server")


def _installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def command() -> click.Command:
    """The click command: MLflow's own parameters, and ours."""
    import click

    from mlflow_ext_server import mlflow_adapter

    ours = [
        click.Option(["--demo"], is_flag=True, help="Train small models into a store of its own, and show them."),
        click.Option(
            ["--version"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_show_version,
            help="Show the version and exit.",
        ),
    ]
    return click.Command(
        "ext-server", params=[*mlflow_adapter.server_command().params, *ours], callback=start, help=_HELP
    )


def _show_version(context: click.Context, _param: click.Parameter, wanted: bool) -> None:
    from mlflow_ext_server.version import version

    if wanted:
        print(version())
        context.exit()


def start(*, demo: bool, **params: Any) -> None:
    """Check, prepare, and serve until a signal comes; exits with 2 and one line when something is wrong."""
    import click

    from mlflow_ext_server.startup import StartError, serve

    try:
        serve(params, demo=demo)
    except StartError as error:
        click.echo(f"ext-server: {error}", err=True)
        raise SystemExit(2) from error
