"""``mlflow-ext sync`` and ``mlflow-ext status``: deliver what the spool holds, or look at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlflow_ext.cli.command import DONE, TROUBLE, Answer, AnswerCommand, Stopped
from mlflow_ext.cli.screen import Screen

if TYPE_CHECKING:
    from mlflow_ext.sync import Synced
    from mlflow_ext.uploader.status import FileStatus


@click.command(cls=AnswerCommand, examples=("sync", "sync --tracking-uri http://127.0.0.1:5000", "sync /data/spool"))
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path))
def sync(paths: Sequence[Path], tracking_uri: str | None) -> Answer:
    """Deliver every spool file that no live process holds.

    PATH is a spool file or a folder of them; without one the whole spool. Each goes to the server that it was logged
    for, or to --tracking-uri.
    """
    from mlflow_ext.sync import sync as deliver
    from mlflow_ext.tracking.address import check_address

    if tracking_uri is not None:
        check_address(tracking_uri)
    try:
        results = deliver(paths, tracking_uri)
    except KeyboardInterrupt as error:
        raise Stopped("stopped; what was not delivered is still in the spool.") from error
    rows = [_row(result.path, result.run, result.server, vars(result.left), result.reason) for result in results]
    rows = [{**row, "delivered": result.delivered} for row, result in zip(rows, results, strict=True)]
    code = TROUBLE if any(result.left for result in results) else DONE
    return Answer(rows, rows, lambda screen: _synced(screen, results), code)


def _synced(screen: Screen, results: Sequence[Synced]) -> None:
    from mlflow_ext.uploader.counts import records

    if not results:
        screen.line("Nothing to deliver.")
    for result in results:
        screen.line(f"{result.run} -> {result.server}: {records(result.delivered)} delivered")
        if result.left:
            screen.line(f"  {result.left}: {result.reason}")


@click.command(cls=AnswerCommand, addressed=False, examples=("status", "status --json"))
def status() -> Answer:
    """Say what was not delivered, and why."""
    from mlflow_ext.sync import directory
    from mlflow_ext.uploader.status import folder_status

    found = [item for item in folder_status(directory()) if item.counts]
    rows = [
        {**_row(item.path, item.run, item.server, asdict(item.counts), item.reason), "live": item.live}
        for item in found
    ]
    return Answer(rows, rows, lambda screen: _status(screen, found), TROUBLE if found else DONE)


def _status(screen: Screen, found: Sequence[FileStatus]) -> None:
    for item in found:
        live = " (its process is running)" if item.live else ""
        screen.line(f"{item.run} -> {item.server}: {item.counts}{live}")
        screen.line(f"  {item.path}" + (f": {item.reason}" if item.reason else ""))
    if not found:
        screen.line("Everything was delivered.")


def _row(path: Path, run: str, server: str, counts: dict[str, int], reason: str | None) -> dict[str, Any]:
    return {"path": str(path), "run": run, "server": server, **counts, "reason": reason}
