"""What ``mlflow-ext doctor`` looks at, one finding per question, each with what to do."""

from __future__ import annotations

from collections.abc import Iterator

from mlflow_ext.diagnosis.finding import Finding
from mlflow_ext.diagnosis.installation import installation
from mlflow_ext.diagnosis.server import address, server
from mlflow_ext.diagnosis.spool import spool

__all__ = ["Finding", "findings"]


def findings(tracking_uri: str | None = None, *, write: bool = False) -> Iterator[Finding]:
    """Every finding, as it is made.

    Args:
        tracking_uri: to look at instead of MLflow's own setting.
        write: also try to write: a run of the doctor's own, which is taken away again.
    """
    yield from installation()
    yield from address(tracking_uri)
    yield from server(tracking_uri, write=write)
    yield from spool()
