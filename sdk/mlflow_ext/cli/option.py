"""Options that several commands take, always under the same words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

_Decorator = Callable[[Any], Any]


def experiment(about: str = "Only this experiment (name or id).") -> _Decorator:
    """``--experiment/-e``."""
    return click.option("--experiment", "-e", metavar="NAME", help=about)


def filter_(about: str = "MLflow's search syntax; beside an ext-server also OR, NOT, ranges.") -> _Decorator:
    """``--filter/-f``."""
    return click.option("--filter", "-f", "query", metavar="TEXT", help=about)


def metrics(about: str) -> _Decorator:
    """``--metric/-m``, any number of times."""
    return click.option("--metric", "-m", "metrics", metavar="KEY", multiple=True, help=about)


def limit(default: int | None, about: str = "At most so many.") -> _Decorator:
    """``--limit/-n``."""
    shown = default is not None
    return click.option("--limit", "-n", type=click.IntRange(min=1), default=default, show_default=shown, help=about)


def stage() -> _Decorator:
    """``--stage``."""
    kinds = click.Choice(["active", "archived", "all"])
    return click.option("--stage", type=kinds, default="active", show_default=True, help="Which ones.")


def run_ids(required: bool = True) -> _Decorator:
    """The runs that a command is about."""
    return click.argument("run_ids", metavar="RUN...", nargs=-1, required=required)
