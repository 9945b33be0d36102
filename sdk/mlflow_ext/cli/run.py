"""``mlflow-ext runs``: list, show, compare and rank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from mlflow_ext.cli import option
from mlflow_ext.cli.change import archive, delete, note, restore, tag
from mlflow_ext.cli.command import DONE, TROUBLE, Answer, AnswerCommand, AnswerGroup, store
from mlflow_ext.cli.export import export
from mlflow_ext.cli.screen import Column, Screen, duration, value

if TYPE_CHECKING:
    from mlflow_ext.rest import Comparison, PrimitiveInfo, RunInfo, Stage


@click.group(cls=AnswerGroup)
def runs() -> None:
    """Find, compare, rank, annotate, archive and export runs.

    RUN is a run's id, the start of one (6 digits or more), or beside an ext-server your own id of it.
    """


@runs.command(
    "list",
    cls=AnswerCommand,
    examples=(
        "runs list -e mnist -n 20",
        "runs list -f 'metrics.loss < 0.2' -m loss -m accuracy",
        "runs list -e mnist --order-by 'metrics.loss ASC' --csv",
    ),
)
@option.experiment()
@option.filter_()
@option.metrics("Show this metric as a column.")
@click.option("--order-by", metavar="TEXT", multiple=True, help="Such as 'metrics.loss ASC'; the newest first else.")
@option.stage()
@option.limit(100)
def list_(
    experiment: str | None,
    query: str | None,
    metrics: Sequence[str],
    order_by: Sequence[str],
    stage: Stage,
    limit: int,
    tracking_uri: str | None,
) -> Answer:
    """List runs, the newest first."""
    from mlflow_ext.cli.table import flat, run_table, without
    from mlflow_ext.tracking.store import RunQuery

    found = store(tracking_uri).runs(RunQuery(experiment, query, tuple(order_by), limit, stage))
    return Answer(
        found,
        [flat(run) for run in found],
        lambda screen: run_table(screen, found, metrics),
        warnings=without(found, metrics),
    )


@runs.command("show", cls=AnswerCommand, examples=("runs show 4f2a9c01", "runs show 4f2a9c01 --json"))
@click.argument("run_id", metavar="RUN")
def show(run_id: str, tracking_uri: str | None) -> Answer:
    """Show one run: its params, metrics, tags and plots."""
    from mlflow_ext.cli.pick import pick
    from mlflow_ext.cli.table import flat

    source = store(tracking_uri)
    run = source.run(pick(source, [run_id])[0])
    return Answer(run, [flat(run)], lambda screen: _show(screen, run))


def _show(screen: Screen, run: RunInfo) -> None:
    facts = {
        "run": run.run_id,
        "own id": run.alias,
        "name": run.name,
        "experiment": f"{run.project} ({run.experiment_id})",
        "status": run.status.lower() + (", archived" if run.stage == "archived" else ""),
        "started": screen.time(run.start_time),
        "took": duration(run.duration),
        "dataset": run.dataset_id,
        "command": run.command,
        "note": run.note,
    }
    for name, fact in facts.items():
        if fact:
            screen.fact(name, fact)
    sections = {
        "Params": dict(run.params),
        "Metrics": {key: value(number) for key, number in run.metrics.items()},
        "Tags": {key: text for key, text in run.tags.items() if not key.startswith("mlflow.")},
        "Plots": {plot.name: _held(plot) for plot in run.primitives},
    }
    for title, entries in sections.items():
        if entries:
            screen.line("")
            columns = [Column(title.upper()), Column("", right=title == "Metrics", cut=0 if title == "Metrics" else 24)]
            screen.table(columns, [[key, entries[key]] for key in sorted(entries)])


def _held(plot: PrimitiveInfo) -> str:
    if plot.kind == "series":
        return f"series, {plot.points:,} point{'' if plot.points == 1 else 's'}"
    return plot.kind if plot.points == 1 else f"{plot.kind}, {plot.points:,} versions"


@runs.command(
    "compare", cls=AnswerCommand, examples=("runs compare 4f2a9c01 77b0e3d2", "runs compare 4f2a9c01 77b0e3d2 -m loss")
)
@option.run_ids()
@option.metrics("Only this metric.")
def compare(run_ids: Sequence[str], metrics: Sequence[str], tracking_uri: str | None) -> Answer:
    """Set runs side by side: metrics and params as rows, runs as columns; runs as rows with --csv."""
    from mlflow_ext.cli.pick import pick
    from mlflow_ext.cli.table import without

    source = store(tracking_uri)
    found = source.compare(pick(source, run_ids))
    missing = [f"Unknown or unreadable: {', '.join(found.missing)}."] if found.missing else []
    warnings = [*missing, *without(found.runs, metrics)]
    if metrics:
        found = _narrowed(found, metrics)
    keys = list(metrics) or found.metric_keys
    rows = [
        {
            "run_id": run.run_id,
            "name": run.name,
            "project": run.project,
            "status": run.status,
            **{f"metrics.{key}": run.metrics.get(key) for key in keys},
            **{f"params.{key}": run.params.get(key) for key in found.param_keys},
        }
        for run in found.runs
    ]
    code = TROUBLE if found.missing else DONE
    return Answer(found, rows, lambda screen: _compare(screen, found, keys), code, warnings=warnings)


def _narrowed(found: Comparison, metrics: Sequence[str]) -> Comparison:
    """A comparison with these metrics alone."""
    runs = [
        run.model_copy(update={"metrics": {key: run.metrics[key] for key in metrics if key in run.metrics}})
        for run in found.runs
    ]
    return found.model_copy(update={"metric_keys": [key for key in metrics if key in found.metric_keys], "runs": runs})


def _compare(screen: Screen, found: Comparison, keys: Sequence[str]) -> None:
    if found.runs:
        columns = [Column("", cut=20)]
        columns += [Column(screen.id(run.run_id), True, index, cut=14) for index, run in enumerate(found.runs)]
        rows = [["name", *(run.name for run in found.runs)]]
        rows += [[key, *(value(run.metrics.get(key)) for run in found.runs)] for key in keys]
        rows += [[f"param {key}", *(run.params.get(key, "") for run in found.runs)] for key in found.param_keys]
        rows.append(["status", *(run.status.lower() for run in found.runs)])
        screen.table(columns, rows)


@runs.command(
    "leaderboard",
    cls=AnswerCommand,
    examples=("runs leaderboard -m accuracy -e mnist", "runs leaderboard -m loss --aggregate min --order asc -n 5"),
)
@click.option("--metric", "-m", metavar="KEY", required=True, help="Rank by this metric.")
@option.experiment()
@click.option("--order", type=click.Choice(["asc", "desc"]), help="Lowest or highest first; as the name tells else.")
@click.option(
    "--aggregate",
    type=click.Choice(["last", "min", "max", "mean"]),
    default="last",
    show_default=True,
    help="Of the metric over each run.",
)
@option.limit(10)
def leaderboard(
    metric: str, experiment: str | None, order: str | None, aggregate: str, limit: int, tracking_uri: str | None
) -> Answer:
    """Rank runs by a metric."""
    from mlflow_ext.cli.table import flat, run_table
    from mlflow_ext.search import ranked as best
    from mlflow_ext.search import ranking
    from mlflow_ext.tracking.entity import wire

    asked = ranking(metric, limit, experiment, order, aggregate)
    ranked = best(store(tracking_uri), asked, "--order asc or --order desc")
    data = [{"rank": place, "value": wire(one.value), "run": one.run} for place, one in enumerate(ranked, 1)]
    rows = [{"rank": place, "value": wire(one.value), **flat(one.run)} for place, one in enumerate(ranked, 1)]
    found, values = [one.run for one in ranked], [one.value for one in ranked]
    title = metric if aggregate == "last" else f"{aggregate} {metric}"

    def show(screen: Screen) -> None:
        if found:
            run_table(screen, found, ranked=(title, values))
        else:
            screen.line(f"No run has a value of {metric}.")

    return Answer(data, rows, show)


for _command in (tag, note, archive, restore, delete, export):
    runs.add_command(_command)
