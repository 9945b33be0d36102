"""What saved views promise on every database."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from mlflow_ext.errors import Conflict, MlflowExtError, NotFound, PermissionDenied, ValidationError
from mlflow_ext.rest import NewExperiment, NewView, ViewChange
from mlflow_ext_server import mlflow_adapter, schema, tables
from mlflow_ext_server.mlflow_backend import MlflowBackend
from mlflow_ext_server.repositories.scope import workspace_of
from mlflow_ext_server.repositories.view import ViewRepository, ViewRow
from mlflow_ext_server.writing import audit, experiment, view
from mlflow_ext_ui.source import Principal
from tests.contract.test_writing import Judged

ANYONE, BOB = Principal(), Principal(username="bob")


@pytest.fixture
def place(store: MlflowBackend) -> str:
    return experiment.create(store, ANYONE, NewExperiment(name=uuid.uuid4().hex), headers={})


def saved(store: MlflowBackend, place: str, name: str = "a", **state: object) -> ViewRow:
    return view.create(store, BOB, NewView(experiment_id=place, name=name, state=state))


def test_a_view_is_what_was_saved(store: MlflowBackend, place: str) -> None:
    state = {"query": "runs=a,b&x=wall", "layout": {"\0": [1.5, None, True], "é\U0001f4a9": {}}}
    made = saved(store, place, "Größe \U0001f4a9 '; --", **state)
    found = ViewRepository(store).by_id(ANYONE, made.id)
    assert found == made
    assert found.plain() == {**made._asdict(), "state": state}
    assert (found.version, found.created_by, found.updated_by) == (1, "bob", "bob")
    assert found.created_at == found.updated_at > 1_600_000_000_000


def test_views_are_listed_by_name_of_one_experiment_and_without_state(store: MlflowBackend, place: str) -> None:
    other = experiment.create(store, ANYONE, NewExperiment(name=uuid.uuid4().hex), headers={})
    for where, name in ((place, "b"), (other, "a"), (place, "a"), (place, "c")):
        saved(store, where, name)
    found = ViewRepository(store).of_experiment(ANYONE, place)
    assert [one.name for one in found] == ["a", "b", "c"]
    assert {one.state for one in found} == {None}
    assert [one.name for one in ViewRepository(store).of_experiment(ANYONE, f"00{place}")] == ["a", "b", "c"]


def test_a_change_counts_the_version_and_keeps_the_rest(store: MlflowBackend, place: str) -> None:
    made = saved(store, place, tab="plots")
    renamed = view.change(store, ANYONE, made.id, ViewChange(version=1, name="B"))
    assert (renamed.name, renamed.version, renamed.state, renamed.updated_by) == ("B", 2, made.state, None)
    moved = view.change(store, BOB, made.id, ViewChange(version=2, state={"tab": "tables"}))
    assert (moved.name, moved.version, moved.created_by, moved.updated_by) == ("B", 3, "bob", "bob")
    assert ViewRepository(store).by_id(ANYONE, made.id) == moved
    assert view.delete(store, ANYONE, made.id, 3) == moved
    assert ViewRepository(store).by_id(ANYONE, made.id) is None


def test_a_late_change_is_told_what_stands(store: MlflowBackend, place: str) -> None:
    made = saved(store, place, by="first")
    now = view.change(store, BOB, made.id, ViewChange(version=1, state={"by": "second"}))
    before = audit.entries(store, ANYONE)[1]
    late: list[Callable[[], object]] = [
        lambda: view.change(store, ANYONE, made.id, ViewChange(version=1, state={"by": "third"})),
        lambda: view.change(store, ANYONE, made.id, ViewChange(version=7, name="ahead")),
        lambda: view.delete(store, ANYONE, made.id, 1),
    ]
    for attempt in late:
        with pytest.raises(Conflict, match="bob has changed this view meanwhile") as error:
            attempt()
        assert error.value.current == now.plain()
    assert ViewRepository(store).by_id(ANYONE, made.id) == now
    assert audit.entries(store, ANYONE)[1] == before


def test_an_experiment_takes_so_many_views_and_no_more(store: MlflowBackend, place: str) -> None:
    made = saved(store, place)
    copies = [made._replace(id=uuid.uuid4().hex, name=f"n{i}")._asdict() for i in range(view.MOST - 1)]
    workspace = workspace_of(ANYONE)
    with store.write() as session:
        session.execute(sa.insert(tables.views), [{"workspace": workspace, **copy} for copy in copies])
    with pytest.raises(Conflict, match="500 saved views"):
        saved(store, place, "one more")
    other = experiment.create(store, ANYONE, NewExperiment(name=uuid.uuid4().hex), headers={})
    saved(store, other, "one more")
    view.change(store, ANYONE, made.id, ViewChange(version=1, name="B"))
    view.delete(store, ANYONE, made.id, 2)
    assert saved(store, place, "one more").version == 1


def test_a_version_is_given_once(store: MlflowBackend, place: str) -> None:
    made, views = saved(store, place), ViewRepository(store)
    assert views.update(made.id, 1, {"state": "{}"})
    assert not views.update(made.id, 1, {"state": "[]"})
    assert not views.delete(made.id, 1)
    assert views.delete(made.id, 2)


def test_a_name_is_given_once_in_an_experiment(store: MlflowBackend, place: str) -> None:
    first, second = saved(store, place, "a"), saved(store, place, "b")
    before = audit.entries(store, ANYONE)[1]
    with pytest.raises(Conflict, match=f"The view {first.id} has the name 'a'") as error:
        saved(store, place, "a")
    assert error.value.current == first.plain()
    with pytest.raises(Conflict, match=first.id) as error:
        view.change(store, ANYONE, second.id, ViewChange(version=1, name="a"))
    assert error.value.current == first.plain()
    with pytest.raises(Conflict, match="at this moment"):
        ViewRepository(store).update(second.id, 1, {"name": "a"})
    assert audit.entries(store, ANYONE)[1] == before
    assert view.change(store, ANYONE, first.id, ViewChange(version=1, name="a")).version == 2


@pytest.mark.parametrize(
    ("name", "state", "field"),
    [("a\0", {}, "name"), ("a", {"x": "y" * 65_530}, "state"), ("a", {"x": 2**64}, "state")],
)
def test_what_can_t_be_stored_is_refused(store: MlflowBackend, place: str, name, state, field) -> None:
    made = saved(store, place, "whole", x="y" * 65_527)
    with pytest.raises(ValidationError) as error:
        saved(store, place, name, **state)
    assert error.value.field == field
    with pytest.raises(ValidationError):
        view.change(store, ANYONE, made.id, ViewChange(version=1, name=name, state=state))
    assert ViewRepository(store).by_id(ANYONE, made.id) == made


def test_unknown_and_unreadable_are_answered_alike_and_writing_takes_permission(
    store: MlflowBackend, place: str
) -> None:
    made = saved(store, place)
    answers = []
    for backend, one in ((Judged(hidden=[place]), made.id), (store, "f" * 32), (store, "a\0")):
        assert ViewRepository(backend).by_id(ANYONE, one) is None
        for attempt in (
            lambda backend=backend, one=one: view.change(backend, BOB, one, ViewChange(version=1, name="x")),
            lambda backend=backend, one=one: view.delete(backend, BOB, one, 1),
        ):
            with pytest.raises(NotFound) as error:
                attempt()
            answers.append(str(error.value).replace(repr(one), "ID"))
    assert len(set(answers)) == 1
    assert ViewRepository(Judged(hidden=[place])).of_experiment(ANYONE, place) is None
    with pytest.raises(NotFound):
        saved(Judged(hidden=[place]), place, "b")
    reader = Judged(read_only=[place])
    assert [one.id for one in ViewRepository(reader).of_experiment(ANYONE, place)] == [made.id]
    assert not view.may_change(reader, BOB, place)
    assert view.may_change(store, BOB, place)
    with pytest.raises(PermissionDenied, match="open the views"):
        saved(reader, place, "b")
    with pytest.raises(PermissionDenied):
        view.delete(reader, BOB, made.id, 1)


def test_views_of_an_archived_experiment_are_read_only(store: MlflowBackend, place: str) -> None:
    made = saved(store, place)
    experiment.archive(store, ANYONE, place, headers={})
    assert ViewRepository(store).by_id(ANYONE, made.id) == made
    assert not view.may_change(store, ANYONE, place)
    with pytest.raises(Conflict, match="restore it"):
        view.change(store, ANYONE, made.id, ViewChange(version=1, name="x"))


def test_views_of_an_experiment_that_is_gone_are_gone(store: MlflowBackend, place: str) -> None:
    made = saved(store, place)
    with store.write() as session:
        session.execute(sa.text("DELETE FROM experiments WHERE experiment_id = :id"), {"id": int(place)})
    assert ViewRepository(store).by_id(ANYONE, made.id) is None
    assert ViewRepository(store).of_experiment(ANYONE, place) is None
    with pytest.raises(NotFound):
        view.delete(store, ANYONE, made.id, 1)
    schema.sweep(mlflow_adapter.tracking_engine())
    assert ViewRepository(store).named(ANYONE, place, "a") is None


def test_changes_are_recorded(store: MlflowBackend, place: str) -> None:
    made = saved(store, place, secret="not kept")
    view.change(store, ANYONE, made.id, ViewChange(version=1, name="b"))
    view.delete(store, BOB, made.id, 2)
    found, total = audit.entries(store, ANYONE, target=f"view:{made.id}")
    assert [(one.action, one.username) for one in found] == [
        ("view.delete", "bob"), ("view.change", None), ("view.create", "bob"),
    ]  # fmt: skip
    assert total == 3
    assert found[2].detail == {"name": "a", "experiment_id": place}
    assert found[1].detail == {"name": "b", "version": 2, "state": False}


def test_another_workspace_s_views_do_not_exist(store: MlflowBackend, place: str) -> None:
    made, elsewhere = saved(store, place), Principal(workspace="team-b")
    assert ViewRepository(store).by_id(elsewhere, made.id) is None
    assert ViewRepository(store).of_experiment(elsewhere, place) is None
    with pytest.raises(MlflowExtError):
        view.delete(store, elsewhere, made.id, 1)
