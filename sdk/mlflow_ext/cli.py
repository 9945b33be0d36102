"""The command ``mlflow-ext``: deliver what the spool holds, or look at it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mlflow_ext.errors import MlflowExtError

DONE, REMAINS, USAGE = 0, 1, 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mlflow-ext", description="What mlflow-ext keeps on this machine for delivery."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    sync = commands.add_parser("sync", help="deliver every spool file that no live process holds")
    sync.add_argument("--tracking-uri", metavar="URI", help="deliver to this server instead of each file's own")
    sync.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="spool files or folders (default: all)")
    commands.add_parser("status", help="say what was not delivered, and why")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: of the command line; the process's own by default.

    Returns:
        0 when nothing remains to deliver, 1 when something does, 2 for a wrong call.
    """
    parser = _parser()
    try:
        given = parser.parse_args(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    try:
        return _sync(given.paths, given.tracking_uri) if given.command == "sync" else _status()
    except MlflowExtError as error:
        print(f"mlflow-ext: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("mlflow-ext: stopped; what was not delivered is still in the spool.", file=sys.stderr)
        return REMAINS


def _sync(paths: Sequence[Path], tracking_uri: str | None) -> int:
    from mlflow_ext.sync import sync
    from mlflow_ext.uploader.counts import records

    results = sync(paths, tracking_uri)
    if not results:
        print("Nothing to deliver.")
    for result in results:
        print(f"{result.run} -> {result.server}: {records(result.delivered)} delivered")
        if result.left:
            print(f"  {result.left}: {result.reason}")
    return REMAINS if any(result.left for result in results) else DONE


def _status() -> int:
    from mlflow_ext.sync import directory
    from mlflow_ext.uploader.status import folder_status

    found = False
    for item in folder_status(directory()):
        if not item.counts:
            continue
        found = True
        live = " (its process is running)" if item.live else ""
        print(f"{item.run} -> {item.server}: {item.counts}{live}")
        print(f"  {item.path}" + (f": {item.reason}" if item.reason else ""))
    if not found:
        print("Everything was delivered.")
    return REMAINS if found else DONE


if __name__ == "__main__":
    sys.exit(main())
