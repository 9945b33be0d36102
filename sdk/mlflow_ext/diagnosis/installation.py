"""What is installed here."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from mlflow_ext.diagnosis.finding import Finding

_SERVER = ("fastapi", "uvicorn", "sqlalchemy", "alembic", "dash", "plotly")
"""Stand for the extra ``server``; what else it needs comes with these."""


def installation() -> Iterator[Finding]:
    """Versions of Python, MLflow, this package and its extras."""
    yield Finding("python", "ok", platform.python_version())
    yield Finding("mlflow-ext", "ok", _version("mlflow-ext") or "not installed as a package")
    whole, skinny = _version("mlflow"), _version("mlflow-skinny")
    found = f"{whole or skinny}" + ("" if whole else " (mlflow-skinny: servers only, no database addresses)")
    if whole and skinny and whole != skinny:
        yield Finding(
            "mlflow",
            "trouble",
            f"mlflow {whole} beside mlflow-skinny {skinny}",
            f"Install the same version of both: pip install mlflow=={whole} mlflow-skinny=={whole}",
        )
    else:
        yield Finding("mlflow", "ok", found)
    pandas = _version("pandas")
    why = "not installed; search_runs, compare_runs and leaderboard need it: pip install pandas"
    yield Finding("pandas", "ok" if pandas else "untried", pandas or why)
    missing = [name for name in _SERVER if _version(name) is None]
    detail = f"not installed (no {', '.join(missing)}); only a machine that runs ext-server needs it"
    yield Finding("server extra", "untried" if missing else "ok", detail if missing else "installed")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
