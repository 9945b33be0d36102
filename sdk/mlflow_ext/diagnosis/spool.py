"""What waits on this machine for delivery."""

from __future__ import annotations

from collections.abc import Iterator

from mlflow_ext.diagnosis.finding import Finding
from mlflow_ext.errors import MlflowExtError
from mlflow_ext.sync import directory
from mlflow_ext.uploader.counts import records, total
from mlflow_ext.uploader.status import folder_status


def spool() -> Iterator[Finding]:
    """Settings and folder of the spool, and records that were not delivered."""
    try:
        folder = directory()
    except MlflowExtError as error:
        yield Finding("spool", "trouble", str(error), "Correct the setting or the folder.")
        return
    found = [item for item in folder_status(folder) if item.counts]
    live = total(item.counts for item in found if item.live)
    left = total(item.counts for item in found if not item.live)
    if live.pending:
        yield Finding("spool", "ok", f"{folder}: {records(live.pending)} on the way from processes that run now")
    if left.pending:
        advice = "Deliver them with: mlflow-ext sync"
        yield Finding("spool", "trouble", f"{folder}: {records(left.pending)} of processes that have ended", advice)
    parked, rejected = live.parked + left.parked, live.rejected + left.rejected
    if parked:
        advice = "mlflow-ext status says why; then: mlflow-ext sync"
        yield Finding("parked", "trouble", f"{folder}: {records(parked)} wait for a person", advice)
    if rejected:
        advice = "mlflow-ext status says why and where they are"
        yield Finding(
            "rejected", "trouble", f"{folder / 'rejected'}: {records(rejected)} refused by the server", advice
        )
    if not found:
        yield Finding("spool", "ok", f"{folder}: everything was delivered")
