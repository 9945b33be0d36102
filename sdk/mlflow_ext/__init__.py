"""Typed experiment data on top of MLflow."""

from __future__ import annotations

from typing import Any

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
    "configure",
    "finish",
    "flush",
    "get_run",
    "init",
    "log",
    "log_artifact",
    "log_config",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("mlflow-ext")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
