"""``python -m mlflow_ext_server.demo [FOLDER]``: train the demo's models there and say how to see them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mlflow_ext.errors import MlflowExtError
from mlflow_ext_server.demo import default_directory, prepare


def main() -> None:
    """Prepare the demo; one line and exit status 2 when that can't be done."""
    parser = argparse.ArgumentParser(prog="python -m mlflow_ext_server.demo", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=default_directory())
    parser.add_argument("--quiet", action="store_true", help="show no progress bar")
    given = parser.parse_args()
    try:
        store = prepare(given.folder, progress=not given.quiet)
    except MlflowExtError as error:
        print(f"demo: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    if not given.quiet:
        flags = f"--backend-store-uri {store.backend_store_uri} --artifacts-destination {store.artifacts_destination}"
        print(f"The demo's runs are in {given.folder}; see them with\n  ext-server {flags}")


if __name__ == "__main__":
    main()
