"""Named saved views of experiments."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from mlflow_ext.errors import NotFound
from mlflow_ext.rest import NewView, SavedView, ViewChange, ViewDeletion, ViewList, ViewQuery
from mlflow_ext_server.api.encode import answer
from mlflow_ext_server.api.principal import Asking
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_server.writing import view
from mlflow_ext_server.writing.backend import WritingBackend


def register(router: APIRouter, store: Store, backend: WritingBackend) -> None:
    """Add the routes."""

    @router.get("/views", response_model=ViewList)
    def list_views(query: Annotated[ViewQuery, Query()], principal: Asking) -> Response:
        """The saved views of an experiment by name, without their state."""
        found = store.views.of_experiment(principal, query.experiment_id)
        if found is None:
            raise NotFound(f"There is no experiment {query.experiment_id!r} that you may read.")
        editable = view.may_change(backend, principal, query.experiment_id)
        return answer({"views": [one.plain() for one in found], "editable": editable})

    @router.post("/views", response_model=SavedView, status_code=201)
    def create_view(body: NewView, principal: Asking) -> Response:
        """Save a view; a name that is taken is answered 409 with the view that has it under ``current``."""
        return answer(view.create(backend, principal, body).plain(), status=201)

    @router.get("/views/{view_id}", response_model=SavedView)
    def read_view(view_id: str, principal: Asking) -> Response:
        """One view with its state."""
        found = store.views.by_id(principal, view_id)
        if found is None:
            raise view.unknown(view_id)
        return answer(found.plain())

    @router.patch("/views/{view_id}", response_model=SavedView)
    def change_view(view_id: str, body: ViewChange, principal: Asking) -> Response:
        """Change a view; when ``version`` no longer stands, 409 shows the one that does under ``current``."""
        return answer(view.change(backend, principal, view_id, body).plain())

    @router.delete("/views/{view_id}", response_model=SavedView)
    def delete_view(view_id: str, query: Annotated[ViewDeletion, Query()], principal: Asking) -> Response:
        """Delete a view, and show it once more; as in PATCH only the ``version`` that the caller has seen."""
        return answer(view.delete(backend, principal, view_id, query.version).plain())
