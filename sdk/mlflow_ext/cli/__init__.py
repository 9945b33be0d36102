"""The command ``mlflow-ext``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; what it needs is loaded within, so that Ctrl-C is told alike from the first moment.

    Args:
        arguments: of the command line; the process's own by default.

    Returns:
        The exit status, see ``program.main``.
    """
    try:
        from mlflow_ext.cli.program import main as run

        return run(arguments)
    except KeyboardInterrupt:
        print("mlflow-ext: stopped.", file=sys.stderr)
        return 130
