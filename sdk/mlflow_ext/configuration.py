"""``configure``: settings from within a script."""

from __future__ import annotations

from typing import Any

from mlflow_ext.runtime import runtime
from mlflow_ext.settings import changed


def configure(**settings: Any) -> None:
    """Change settings of this process, from the next run or call on; see the table in ``mlflow_ext.settings``.

    Args:
        settings: such as ``mirror="last"``, ``spool_dir="/data/spool"``, ``exit_timeout=10``, ``offline=True``.

    Raises:
        ValidationError: an unknown setting, or a value that it does not take.

    Example:
        >>> import mlflow_ext as ext
        >>> ext.configure(mirror="all")
    """
    state = runtime()
    state.settings = changed(state.settings, settings)
