"""The typed data of runs, read and written."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from mlflow_ext.encoding import jsonable
from mlflow_ext.rest import DataIndex, DataQuery, NewData, RunData, RunIds, Stored
from mlflow_ext_server.api.encode import answer, numbers
from mlflow_ext_server.api.principal import Asking
from mlflow_ext_server.api.run import held_json
from mlflow_ext_server.repositories.primitive import StoredPrimitive
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_server.writing import data as writing
from mlflow_ext_server.writing.backend import WritingBackend
from mlflow_ext_ui.source import Principal


def register(router: APIRouter, store: Store, backend: WritingBackend) -> None:
    """Add the routes."""

    @router.get("/runs/{run_id}/data", response_model=RunData)
    def data(run_id: str, query: Annotated[DataQuery, Query()], principal: Asking) -> Response:
        """The primitives of a run with their data; what can't be read is listed under ``troubles``."""
        record = store.record(principal, run_id)
        row = store.row(record)
        found = list(store.primitives.read(row, name=query.name, kind=query.kind, max_points=query.max_points))
        return answer(
            {
                "run_id": record.run_id,
                "primitives": [_json(one) for one in found if isinstance(one, StoredPrimitive)],
                "troubles": [one._asdict() for one in found if not isinstance(one, StoredPrimitive)],
            }
        )

    @router.post("/runs/{run_id}/data", response_model=Stored, status_code=201)
    def log_data(run_id: str, body: NewData, principal: Asking) -> Stored:
        """Log one primitive; a Series appends to what is there under its name, any other kind is a new version."""
        return Stored(stored=writing.log_data(backend, principal, run_id, body))

    def index(principal: Principal, ids: list[str]) -> Response:
        known = store.aliases.resolve(principal, ids)
        held = store.held(principal, list(dict.fromkeys(known.values())))
        names = {known[one]: one for one in reversed(ids) if one in known}
        return answer(
            {
                "runs": {names[run]: [held_json(one) for one in held[run]] for run in held},
                "missing": [one for one in dict.fromkeys(ids) if known.get(one) not in held],
            }
        )

    @router.get("/data", response_model=DataIndex)
    def data_index(query: Annotated[RunIds, Query()], principal: Asking) -> Response:
        """Names, kinds and sizes of what many runs hold, without the data."""
        return index(principal, query.runs)

    @router.post("/data", response_model=DataIndex)
    def post_data_index(query: RunIds, principal: Asking) -> Response:
        """The same as GET /data, for more ids than an address holds."""
        return index(principal, query.runs)


def _json(one: StoredPrimitive) -> dict[str, Any]:
    body = one._asdict()
    body["metadata"] = jsonable(one.metadata)
    if one.kind == "series":
        columns = {name: _column(column) for name, column in one.data["fields"].items()}
        body["data"] = {**one.data, "index_values": _column(one.data["index_values"]), "fields": columns}
    return body


def _column(column: Any) -> Any:
    return column if isinstance(column, list) else numbers(column)
