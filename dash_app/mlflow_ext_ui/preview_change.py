"""Changes of invented runs, asked as of ext-server: what the page's own menus need to work without one."""

from __future__ import annotations

import flask

from mlflow_ext.errors import MlflowExtError, NotFound
from mlflow_ext.rest import BulkAnswer, BulkRequest, BulkResult, RunChange
from mlflow_ext_ui.memory import MemorySource


def serve_changes(server: flask.Flask, source: MemorySource) -> None:
    """POST api/runs/bulk and PATCH api/runs/ID for the colour, as ext-server answers them."""

    @server.patch("/api/runs/<run>")
    def change(run: str) -> flask.Response:
        source.change_run(run, color=RunChange.model_validate_json(flask.request.get_data()).color)
        return flask.jsonify(run_id=run)

    @server.post("/api/runs/bulk")
    def bulk() -> flask.Response:
        asked = BulkRequest.model_validate_json(flask.request.get_data())
        answer = BulkAnswer(results=[_result(source, asked, run) for run in asked.ids])
        return flask.Response(answer.model_dump_json(), mimetype="application/json")


def _result(source: MemorySource, asked: BulkRequest, run: str) -> BulkResult:
    try:
        _change(source, asked, run)
    except MlflowExtError as error:
        return BulkResult(run_id=run, ok=False, error=type(error).__name__, detail=str(error))
    return BulkResult(run_id=run, ok=True)


def _change(source: MemorySource, asked: BulkRequest, run: str) -> None:
    if asked.action in ("tag", "note"):
        source.tag_run(run, asked.tags or {"mlflow.note.content": asked.note})
    elif asked.action in ("archive", "restore"):
        source.archive_run(run, archived=asked.action == "archive")
    elif source.is_archived(run):
        source.delete_run(run)
    else:
        raise NotFound(f"There is no archived run {run!r}.")
