"""Saved views: made, changed and deleted, each change for the version that its maker has seen."""

from __future__ import annotations

import uuid
from typing import Any

import orjson

from mlflow_ext.errors import Conflict, NotFound, PermissionDenied, ValidationError
from mlflow_ext.rest import NewView, ViewChange
from mlflow_ext_server.repositories.target import ExperimentTarget, TargetRepository
from mlflow_ext_server.repositories.view import ViewRepository, ViewRow
from mlflow_ext_server.writing.audit import recorded
from mlflow_ext_server.writing.backend import WritingBackend
from mlflow_ext_server.writing.run import now_ms
from mlflow_ext_server.writing.text import check_text
from mlflow_ext_ui.source import Principal

STATE_BYTES = 65_535  # what a TEXT of MySQL holds
MOST = 500  # of an experiment: what its menu lists, and what its answer holds in memory


def may_change(backend: WritingBackend, principal: Principal, experiment_id: str) -> bool:
    """Whether the principal may save and change views of an experiment."""
    target = TargetRepository(backend).experiment(principal, experiment_id)
    return target is not None and target.active and target.id in backend.editable(principal, [target.id])


def create(backend: WritingBackend, principal: Principal, new: NewView) -> ViewRow:
    """Save a view under a new name.

    Raises:
        ValidationError: the name or the state can't be stored.
        NotFound: there is no such experiment that the principal may read.
        PermissionDenied: it may be read only.
        Conflict: the name is taken, the experiment has as many views as it may have, or it is archived.
    """
    place = TargetRepository(backend).experiment(principal, new.experiment_id)
    if place is None:
        raise NotFound(f"There is no experiment {new.experiment_id!r} that you may read.")
    _check_place(backend, principal, place)
    check_text(new.name, "name")
    now, who = now_ms(), principal.username
    view = ViewRow(uuid.uuid4().hex, place.id, new.name, 1, who, now, who, now, _encoded(new.state))
    views = ViewRepository(backend)
    detail = {"name": view.name, "experiment_id": place.id}
    with recorded(backend, principal, "view.create", f"view:{view.id}", detail):
        # Those who save at one moment may go beyond by as many as they are: it bounds what grows, and is no quota.
        if views.count(principal, place.id) >= MOST:
            raise Conflict(
                f"{place.name!r} has {MOST} saved views, and takes no more; change one, or delete one first."
            )
        if not views.insert(principal, view):
            raise _taken(new.name, views.named(principal, place.id, new.name))
    return view


def change(backend: WritingBackend, principal: Principal, view_id: str, asked: ViewChange) -> ViewRow:
    """Give a view a new name, a new state, or both.

    Raises:
        ValidationError: the name or the state can't be stored.
        NotFound: there is no such view that the principal may read.
        PermissionDenied: it may be read only.
        Conflict: somebody has changed it since the version that ``asked`` names, and its ``current`` says to what; or
            the name is taken, or the experiment is archived.
    """
    views = ViewRepository(backend)
    before = _changeable(backend, principal, view_id)
    check_text(asked.name, "name")
    changes: dict[str, Any] = {"updated_by": principal.username, "updated_at": now_ms()}
    changes |= {} if asked.name is None else {"name": asked.name}
    changes |= {} if asked.state is None else {"state": _encoded(asked.state)}
    if asked.version != before.version:
        raise _stale(before)
    detail = {"name": asked.name or before.name, "version": before.version + 1, "state": asked.state is not None}
    with recorded(backend, principal, "view.change", f"view:{view_id}", detail):
        if asked.name is not None and asked.name != before.name:
            other = views.named(principal, before.experiment_id, asked.name)
            if other is not None and other.id != view_id:
                raise _taken(asked.name, other)
        if not views.update(view_id, asked.version, changes):
            raise _lost(views, principal, view_id)
    return before._replace(**changes, version=before.version + 1)


def delete(backend: WritingBackend, principal: Principal, view_id: str, version: int) -> ViewRow:
    """Delete a view, and give what it was. Raises as ``change``."""
    views = ViewRepository(backend)
    before = _changeable(backend, principal, view_id)
    if version != before.version:
        raise _stale(before)
    detail = {"name": before.name, "experiment_id": before.experiment_id}
    with recorded(backend, principal, "view.delete", f"view:{view_id}", detail):
        if not views.delete(view_id, version):
            raise _lost(views, principal, view_id)
    return before


def unknown(view_id: str) -> NotFound:
    """The one answer for a view that does not exist and for one that may not be read."""
    return NotFound(f"There is no view {view_id!r} that you may read.")


def _changeable(backend: WritingBackend, principal: Principal, view_id: str) -> ViewRow:
    view = ViewRepository(backend).by_id(principal, view_id, primary=True)
    place = None if view is None else TargetRepository(backend).experiment(principal, view.experiment_id)
    if view is None or place is None:
        raise unknown(view_id)
    _check_place(backend, principal, place)
    return view


def _check_place(backend: WritingBackend, principal: Principal, place: ExperimentTarget) -> None:
    if place.id not in backend.editable(principal, [place.id]):
        raise PermissionDenied(f"You may open the views of {place.name!r}, but not change them; ask its owner.")
    if not place.active:
        raise Conflict(f"The experiment {place.name!r} is archived; restore it first.")


def _encoded(state: dict[str, Any]) -> str:
    try:
        text = orjson.dumps(state)
    except TypeError as error:  # a body holds nothing else that orjson refuses
        raise ValidationError("state holds an integer beyond 64 bits; send it as text.", field="state") from error
    if len(text) > STATE_BYTES:
        raise ValidationError(f"state is {len(text)} bytes of JSON, but takes {STATE_BYTES} at most.", field="state")
    return text.decode()


def _stale(now: ViewRow) -> Conflict:
    who = now.updated_by or "Somebody"
    return Conflict(
        f"{who} has changed this view meanwhile: it is at version {now.version}. Look at it, then change that version.",
        current=now.plain(),
    )


def _lost(views: ViewRepository, principal: Principal, view_id: str) -> Conflict | NotFound:
    now = views.by_id(principal, view_id, primary=True)
    return unknown(view_id) if now is None else _stale(now)


def _taken(name: str, other: ViewRow | None) -> Conflict:
    if other is None:
        return Conflict(f"Another request used the name {name!r} at this moment; try again.")
    return Conflict(
        f"The view {other.id} has the name {name!r} in this experiment; choose another name, or change that view.",
        current=other.plain(),
    )
