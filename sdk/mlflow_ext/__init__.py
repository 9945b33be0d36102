"""Typed experiment data on top of MLflow."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from mlflow_ext.annotation import set_note, set_tags
    from mlflow_ext.artifact import log_artifact
    from mlflow_ext.config import log_config
    from mlflow_ext.configuration import configure
    from mlflow_ext.delivery import flush
    from mlflow_ext.entry import log
    from mlflow_ext.notice import alert
    from mlflow_ext.primitives import BarChart, Curve, Distribution, Matrix, Primitive, Scatter, Series, Table
    from mlflow_ext.run import Run
    from mlflow_ext.search import compare_runs, leaderboard, search_runs
    from mlflow_ext.start import finish, get_run, init
    from mlflow_ext.suggestion import suggest

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
    "alert",
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
    "suggest",
]

_PLACES = {
    "annotation": ("set_note", "set_tags"),
    "artifact": ("log_artifact",),
    "config": ("log_config",),
    "configuration": ("configure",),
    "delivery": ("flush",),
    "entry": ("log",),
    "notice": ("alert",),
    "primitives": ("BarChart", "Curve", "Distribution", "Matrix", "Primitive", "Scatter", "Series", "Table"),
    "run": ("Run",),
    "search": ("compare_runs", "leaderboard", "search_runs"),
    "start": ("finish", "get_run", "init"),
    "suggestion": ("suggest",),
}
_ON_FIRST_USE = {name: f"mlflow_ext.{module}" for module, names in _PLACES.items() for name in names}
"""Where the names stand. None may be that of a module beside this one: the import system would put that in its place.

In the program ``mlflow-ext`` they and MLflow are loaded on first use: its help and a Tab press wait for nothing.
Anywhere else all but those that read are loaded at once: a process that forks must have known of them before.
"""

_READING = ("annotation", "search", "suggestion")  # a training loop never touches them


def _is_command() -> bool:
    program: str = (getattr(sys, "argv", None) or [""])[0]
    return program.replace("\\", "/").rpartition("/")[2].removesuffix(".exe") == "mlflow-ext"


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


if not _is_command():
    for _module, _names in _PLACES.items():
        for _name in _names if _module not in _READING else ():
            __getattr__(_name)
