"""``mlflow-ext runs export``: runs as JSON or CSV, with every point of chosen metrics if wanted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlflow_ext.cli import option
from mlflow_ext.cli.command import Answer, AnswerCommand, check_output, store
from mlflow_ext.cli.screen import Screen

if TYPE_CHECKING:
    from mlflow_ext.rest import History, RunInfo, Stage
    from mlflow_ext.tracking.store import RunStore


@click.command(
    cls=AnswerCommand,
    examples=(
        "runs export -e mnist -o runs.json",
        "runs export -e mnist -f \"params.optimizer = 'adam'\" --csv -o runs.csv",
        "runs export 4f2a9c01 -m loss --histories --csv",
    ),
)
@option.run_ids(required=False)
@option.experiment()
@option.filter_()
@option.metrics("Only this metric.")
@option.stage()
@option.limit(None, "At most so many; all else.")
@click.option("--histories", is_flag=True, help="Every point of the metrics named with -m, not only the last.")
@click.option("--output", "-o", type=click.Path(path_type=Path), metavar="FILE", help="Write here; else to stdout.")
def export(
    run_ids: Sequence[str],
    experiment: str | None,
    query: str | None,
    metrics: Sequence[str],
    stage: Stage,
    limit: int | None,
    histories: bool,
    output: Path | None,
    tracking_uri: str | None,
) -> Answer:
    """Write runs with params, metrics (the last values) and tags: as JSON, or as CSV with --csv or a FILE.csv.

    With --histories, CSV has one row per point.
    """
    if histories and not metrics:
        raise click.UsageError("--histories needs the metrics: -m KEY.")
    check_output(output)
    if run_ids and (experiment or query):
        raise click.UsageError("Give either RUN... or --experiment and --filter.")
    from mlflow_ext.cli.table import without

    source = store(tracking_uri)
    found = _runs(source, run_ids, experiment, query, stage, limit)
    warnings = without(found, metrics)
    if metrics:
        for run in found:
            run.metrics = {key: number for key, number in run.metrics.items() if key in metrics}
    points = {run.run_id: source.history(run.run_id, metrics) for run in found} if histories else None

    def show(screen: Screen) -> None:
        if output is not None:
            screen.line(f"{len(found)} run{'' if len(found) == 1 else 's'} written to {output}.")
        else:
            from mlflow_ext.cli.delimited import json_text

            click.echo(json_text(_data(found, points)), nl=False)

    return Answer(_data(found, points), _rows(found, points), show, output=output, warnings=warnings)


def _runs(
    source: RunStore, names: Sequence[str], experiment: str | None, query: str | None, stage: Stage, limit: int | None
) -> list[RunInfo]:
    from mlflow_ext.cli.pick import pick
    from mlflow_ext.errors import NotFound
    from mlflow_ext.rest import MAX_RUNS
    from mlflow_ext.tracking.store import RunQuery

    if not names:
        return source.runs(RunQuery(experiment, query, (), limit, stage))
    ids = pick(source, names)
    found: list[RunInfo] = []
    for start in range(0, len(ids), MAX_RUNS):
        answer = source.compare(ids[start : start + MAX_RUNS])
        if answer.missing:
            raise NotFound(f"Unknown or unreadable: {', '.join(answer.missing)}.")
        found += answer.runs
    return found


def _data(runs: Sequence[RunInfo], points: dict[str, list[History]] | None) -> list[dict[str, Any]]:
    """Each run as the REST API shows it, its histories as columns under ``histories``."""
    data = []
    for run in runs:
        content = run.model_dump(mode="json", exclude={"config", "artifacts"})
        if points is not None:
            content["histories"] = {
                one.key: {"step": one.step, "timestamp": one.timestamp, "value": one.value}
                for one in points[run.run_id]
            }
        data.append(content)
    return data


def _rows(runs: Sequence[RunInfo], points: dict[str, list[History]] | None) -> list[dict[str, Any]]:
    from mlflow_ext.cli.table import flat, iso

    if points is None:
        return [flat(run) for run in runs]
    return [
        {"run_id": run.run_id, "name": run.name, "metric": one.key, "step": step, "time": iso(at), "value": number}
        for run in runs
        for one in points[run.run_id]
        for step, at, number in zip(one.step, one.timestamp, one.value, strict=True)
    ]
