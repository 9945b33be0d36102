"""``python -m mlflow_ext_server.demo [FOLDER]``: train the demo's models there and say how to see them."""

from __future__ import annotations

import argparse
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from mlflow_ext.errors import MlflowExtError
from mlflow_ext_server.demo import DemoError, default_directory, prepare


def main(arguments: Sequence[str] | None = None) -> None:
    """Prepare the demo; one line and exit status 2 when that can't be done."""
    parser = argparse.ArgumentParser(prog="python -m mlflow_ext_server.demo", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=default_directory())
    parser.add_argument("--make-port", type=int, help="for `make demo`, which starts the server itself, on this port")
    parser.add_argument("--quiet", action="store_true", help="show no progress bar")
    given = parser.parse_args(arguments)
    try:
        if given.make_port is not None:
            _check_port(given.make_port)
        store = prepare(given.folder, progress=not given.quiet)
    except MlflowExtError as error:
        print(f"demo: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    if given.make_port is not None:
        print(f"The demo's runs are in {given.folder}; the server starts, and Ctrl-C ends it")
    elif not given.quiet:
        flags = f"--backend-store-uri {store.backend_store_uri} --artifacts-destination {store.artifacts_destination}"
        print(f"The demo's runs are in {given.folder}; see them with\n  ext-server {flags}")


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            other = port + 1 if 0 <= port < 65_535 else 5001
            why = getattr(error, "strerror", None) or error
            raise DemoError(f"port {port} can't be used ({why}); for another, run  make demo PORT={other}") from error


if __name__ == "__main__":
    main()
