"""``mlflow-ext runs``: tag, note, archive, restore and delete many, each run answered by itself."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from mlflow_ext.cli import option
from mlflow_ext.cli.command import DONE, TROUBLE, Answer, AnswerCommand, store
from mlflow_ext.cli.screen import Screen

if TYPE_CHECKING:
    from mlflow_ext.rest import BulkResult
    from mlflow_ext.tracking.store import RunStore

_WORD = "delete"


@click.command(
    cls=AnswerCommand, examples=("runs tag 4f2a9c01 -t team=vision", "runs tag 4f2a9c01 77b0e3d2 --remove draft")
)
@option.run_ids()
@click.option("--tag", "-t", "tags", metavar="KEY=VALUE", multiple=True, help="Set this tag.")
@click.option("--remove", metavar="KEY", multiple=True, help="Take this tag away.")
def tag(run_ids: Sequence[str], tags: Sequence[str], remove: Sequence[str], tracking_uri: str | None) -> Answer:
    """Set tags of runs, or take them away."""
    changes: dict[str, str | None] = dict.fromkeys(remove)
    for pair in tags:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            raise click.BadParameter(f"{pair!r} is not KEY=VALUE.", param_hint="--tag")
        changes[key] = text
    if not changes:
        raise click.UsageError("Give --tag KEY=VALUE or --remove KEY.")
    from mlflow_ext.rest import RunChange
    from mlflow_ext.tracking.trouble import checked

    checked(RunChange, {"tags": changes})
    source = store(tracking_uri)
    ids = _ids(source, run_ids)
    had = _had(source, ids, remove)
    return _bulk(source, ids, "Tagged" if tags else "Changed", {"action": "tag", "tags": changes}, had)


def _had(source: RunStore, ids: Sequence[str], keys: Sequence[str]) -> list[str]:
    """A line for each tag to take away: how many of the runs have it."""
    from mlflow_ext.rest import MAX_RUNS

    starts = range(0, len(ids), MAX_RUNS) if keys else ()
    runs = [run for start in starts for run in source.compare(ids[start : start + MAX_RUNS]).runs]
    counts = {key: sum(key in run.tags for run in runs) for key in dict.fromkeys(keys)}
    return [f"{count} of {len(ids)} had the tag {key}." for key, count in counts.items()]


@click.command(
    cls=AnswerCommand, examples=('runs note 4f2a9c01 --text "PUBLISH: best so far"', "runs note 4f2a9c01 --clear")
)
@option.run_ids()
@click.option("--text", metavar="TEXT", help="The note.")
@click.option("--clear", is_flag=True, help="Take the note away.")
def note(run_ids: Sequence[str], text: str | None, clear: bool, tracking_uri: str | None) -> Answer:
    """Set the note of runs, which MLflow shows as their description."""
    if (text is None) is not clear:
        raise click.UsageError("Give either --text TEXT or --clear.")
    source = store(tracking_uri)
    return _bulk(source, _ids(source, run_ids), "Noted", {"action": "note", "note": text or None})


@click.command(cls=AnswerCommand, examples=("runs archive 4f2a9c01 77b0e3d2",))
@option.run_ids()
def archive(run_ids: Sequence[str], tracking_uri: str | None) -> Answer:
    """Archive runs: they leave every list, and can be restored."""
    source = store(tracking_uri)
    return _bulk(source, _ids(source, run_ids), "Archived", {"action": "archive"})


@click.command(cls=AnswerCommand, examples=("runs list --stage archived", "runs restore 4f2a9c01"))
@option.run_ids()
def restore(run_ids: Sequence[str], tracking_uri: str | None) -> Answer:
    """Restore archived runs."""
    source = store(tracking_uri)
    return _bulk(source, _ids(source, run_ids), "Restored", {"action": "restore"})


@click.command(cls=AnswerCommand, examples=("runs archive 4f2a9c01", "runs delete 4f2a9c01 --yes"))
@option.run_ids()
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(run_ids: Sequence[str], yes: bool, tracking_uri: str | None) -> Answer:
    """Delete archived runs for good, with their artifacts. Needs an ext-server; archive them first."""
    if not yes:
        _confirm(len(run_ids))
    source = store(tracking_uri)
    return _bulk(source, _ids(source, run_ids), "Deleted", {"action": "delete", "confirm": True})


def _confirm(count: int) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("Deleting for good needs --yes where nobody can be asked.")
    runs = "1 run" if count == 1 else f"{count} runs"
    typed = click.prompt(
        f"Type {_WORD} to delete {runs} for good, with artifacts", default="", show_default=False, err=True
    )
    if typed.strip() != _WORD:
        raise click.UsageError("Nothing was deleted.")


def _ids(source: RunStore, names: Sequence[str]) -> list[str]:
    from mlflow_ext.cli.pick import pick

    return list(dict.fromkeys(pick(source, names)))


def _bulk(
    source: RunStore, ids: Sequence[str], done: str, request: dict[str, Any], remarks: Sequence[str] = ()
) -> Answer:
    from mlflow_ext.rest import MAX_RUNS, BulkRequest
    from mlflow_ext.tracking.trouble import checked

    results: list[BulkResult] = []
    for start in range(0, len(ids), MAX_RUNS):
        part = checked(BulkRequest, {**request, "ids": ids[start : start + MAX_RUNS]})
        results += source.bulk(part).results
    rows = [result.model_dump() for result in results]
    failed = [result for result in results if not result.ok]

    def show(screen: Screen) -> None:
        count = len(results) - len(failed)
        screen.line(f"{done} {count} run{'' if count == 1 else 's'}.")
        for line in remarks:
            screen.line(line)
        for result in failed:
            why = result.detail or result.error or "refused"
            screen.line(why if result.run_id in why else f"{result.run_id}: {why}")

    return Answer(rows, rows, show, TROUBLE if failed else DONE)
