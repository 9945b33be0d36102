"""The command ``mlflow-ext``."""

from __future__ import annotations

from mlflow_ext.cli.program import main

__all__ = ["main"]
