"""``mlflow-ext experiments``: list and show."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from mlflow_ext.cli import option
from mlflow_ext.cli.command import Answer, AnswerCommand, AnswerGroup, store
from mlflow_ext.cli.screen import Column, Screen

if TYPE_CHECKING:
    from mlflow_ext.rest import Stage
    from mlflow_ext.tracking.store import Experiment


@click.group(cls=AnswerGroup)
def experiments() -> None:
    """List experiments, and show one."""


@experiments.command(
    "list", cls=AnswerCommand, examples=("experiments list", "experiments list --search mnist -n 20 --json")
)
@click.option("--search", metavar="TEXT", help="Only names that contain this, in any case.")
@option.stage()
@option.limit(200)
def list_(search: str | None, stage: Stage, limit: int, tracking_uri: str | None) -> Answer:
    """List experiments."""
    found = store(tracking_uri).experiments(search, stage, limit)
    rows = [_row(one) for one in found]

    def show(screen: Screen) -> None:
        if not found:
            screen.line("No experiments.")
            return
        columns = [Column("ID", right=True), Column("NAME", cut=24)]
        counted = any(one.runs is not None for one in found)
        if counted:
            columns += [Column("RUNS", right=True), Column("LAST RUN", extra=1)]
        columns += [Column("CREATED", extra=2)]
        staged = stage != "active"
        columns += [Column("STAGE", extra=1)] if staged else []
        screen.table(columns, [_cells(screen, one, counted, staged) for one in found])

    return Answer(found, rows, show)


def _cells(screen: Screen, one: Experiment, counted: bool, staged: bool) -> list[str]:
    runs = [f"{one.runs or 0:,}", screen.time(one.last_activity)] if counted else []
    return [one.experiment_id, one.name, *runs, screen.time(one.creation_time), *([one.stage] if staged else [])]


@experiments.command("show", cls=AnswerCommand, examples=("experiments show mnist", "experiments show 3 --json"))
@click.argument("experiment", metavar="NAME")
def show(experiment: str, tracking_uri: str | None) -> Answer:
    """Show one experiment, by name or id."""
    one = store(tracking_uri).experiment(experiment)

    def tell(screen: Screen) -> None:
        facts = {
            "experiment": one.experiment_id,
            "name": one.name,
            "stage": one.stage,
            "runs": None if one.runs is None else f"{one.runs:,}",
            "last run": screen.time(one.last_activity),
            "created": screen.time(one.creation_time),
            "description": one.description,
            **{f"tag {key}": text for key, text in one.tags.items() if not key.startswith("mlflow.")},
        }
        for key, fact in facts.items():
            if fact:
                screen.fact(key, fact)

    return Answer(one, [_row(one)], tell)


def _row(one: Experiment) -> dict[str, Any]:
    from mlflow_ext.cli.table import iso

    facts = asdict(one)
    tags = facts.pop("tags")
    facts |= {key: iso(facts[key]) for key in ("creation_time", "last_update_time", "last_activity")}
    return {**facts, **{f"tags.{key}": text for key, text in tags.items()}}
