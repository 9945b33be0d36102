"""Typed experiment data on top of MLflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlflow_ext.artifact import log_artifact
from mlflow_ext.config import log_config
from mlflow_ext.configuration import configure
from mlflow_ext.delivery import flush
from mlflow_ext.errors import (
    Conflict,
    MlflowExtError,
    NotFound,
    PermissionDenied,
    ProviderError,
    SpoolError,
    StoreUnavailable,
    ValidationError,
)
from mlflow_ext.log import log
from mlflow_ext.primitives import BarChart, Curve, Distribution, Matrix, Primitive, Scatter, Series, Table
from mlflow_ext.run import Run
from mlflow_ext.start import finish, get_run, init

if TYPE_CHECKING:
    from mlflow_ext.annotation import set_note, set_tags
    from mlflow_ext.search import compare_runs, leaderboard, search_runs

__all__ = [
    "BarChart",
    "Conflict",
    "Curve",
    "Distribution",
    "Matrix",
    "MlflowExtError",
    "NotFound",
    "PermissionDenied",
    "Primitive",
    "ProviderError",
    "Run",
    "Scatter",
    "Series",
    "SpoolError",
    "StoreUnavailable",
    "Table",
    "ValidationError",
    "compare_runs",
    "configure",
    "finish",
    "flush",
    "get_run",
    "init",
    "leaderboard",
    "log",
    "log_artifact",
    "log_config",
    "search_runs",
    "set_note",
    "set_tags",
]

_ON_FIRST_USE = {
    "compare_runs": "mlflow_ext.search",
    "leaderboard": "mlflow_ext.search",
    "search_runs": "mlflow_ext.search",
    "set_note": "mlflow_ext.annotation",
    "set_tags": "mlflow_ext.annotation",
}
"""Where the names stand that a training loop never touches: importing the package does not load them."""


def __getattr__(name: str) -> Any:
    if name in _ON_FIRST_USE:
        from importlib import import_module

        globals()[name] = found = getattr(import_module(_ON_FIRST_USE[name]), name)
        return found
    if name == "__version__":
        from importlib.metadata import version

        return version("mlflow-ext")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
