"""What changing things promises on every database, through MLflow's own store, routes and artifact repositories."""

from __future__ import annotations

import json
import math
import multiprocessing
import threading
import time
import uuid
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np
import pydantic
import pytest
import sqlalchemy as sa

from mlflow_ext.errors import Conflict, MlflowExtError, NotFound, PermissionDenied, StoreUnavailable, ValidationError
from mlflow_ext.primitives import KINDS
from mlflow_ext.rest import (
    BulkRequest,
    ExperimentChange,
    MetricPoint,
    NewData,
    NewExperiment,
    NewRun,
    NewRunIn,
    NoteChange,
    RunChange,
    RunEnd,
)
from mlflow_ext.store_format import SERIES_PART_POINTS, part_path, slug
from mlflow_ext.uploader.fold import series_rows
from mlflow_ext.uploader.series import SeriesFold
from mlflow_ext_server import tables
from mlflow_ext_server.mlflow_backend import MlflowBackend
from mlflow_ext_server.repositories.claim import ABANDONED_MS, ClaimRepository
from mlflow_ext_server.repositories.lease import LeaseRepository
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_server.repositories.target import TargetRepository
from mlflow_ext_server.source import StoreSource
from mlflow_ext_server.writing import audit, bulk, data, experiment, run
from mlflow_ext_ui.source import Principal
from tests.contract.conftest import open_store

ANYONE = Principal()
BOB = Principal(username="bob")
pytestmark = pytest.mark.filterwarnings("ignore:No path_separator found:DeprecationWarning")


class Judged(MlflowBackend):
    """A backend whose answers about permission are given; counts how often it is asked."""

    def __init__(self, hidden: Collection[str] = (), read_only: Collection[str] = ()) -> None:
        super().__init__(auth=False)
        self.hidden, self.read_only = set(hidden), set(read_only)
        self.asked: list[str] = []

    def readable(self, principal: Principal, experiment_ids: Collection[str]) -> set[str]:
        self.asked.append("read")
        return set(experiment_ids) - self.hidden

    def editable(self, principal: Principal, experiment_ids: Collection[str]) -> set[str]:
        self.asked.append("update")
        return set(experiment_ids) - self.hidden - self.read_only

    def deletable(self, principal: Principal, experiment_ids: Collection[str]) -> set[str]:
        self.asked.append("delete")
        return set(experiment_ids) - self.hidden - self.read_only

    def may_create_run(self, principal: Principal, experiment_id: str) -> bool:
        return experiment_id not in self.hidden | self.read_only


class Failing(MlflowBackend):
    """A backend that fails in one method until it is ``mended``."""

    def __init__(self, method: str) -> None:
        super().__init__(auth=False)
        self._method = method

        def fail(*_args: Any, **_named: Any) -> None:
            raise StoreUnavailable("pulled out")

        setattr(self, method, fail)

    def mend(self) -> None:
        delattr(self, self._method)


def made(store: MlflowBackend, principal: Principal = ANYONE, **asked: Any) -> str:
    return run.create(store, principal, NewRun(**asked), headers={})


def facts(run_id: str) -> Any:
    """The run as MLflow's own store gives it."""
    from mlflow.server.handlers import _get_tracking_store

    return _get_tracking_store().get_run(run_id)


def count(store: MlflowBackend, table: str) -> int:
    with store.read() as session:
        return int(session.execute(sa.text(f"SELECT COUNT(*) FROM {table}")).scalar_one())


def rows_of(store: MlflowBackend, table: sa.Table, run_id: str) -> int:
    with store.read() as session:
        query = sa.select(sa.func.count()).select_from(table).where(table.c.run_uuid == run_id)
        return int(session.execute(query).scalar_one())


def name() -> str:
    return f"n-{uuid.uuid4().hex[:12]}x"


# Runs ---------------------------------------------------------------------------------------------------------------


def test_a_run_is_what_was_asked_for(store: MlflowBackend) -> None:
    alias, project = name(), name()
    config = {"model": {"layers": [1, 2], "lr": 0.1}, "seed": 7, "nan": math.nan, "long": "x" * 7000, "a#b": 1}
    found = facts(
        made(
            store,
            BOB,
            run_id=alias,
            project=project,
            name="first",
            config=config,
            tags={"team": "a"},
            dataset_id="d1",
            command="train.py --fast",
            start_time=1234,
        )
    )
    assert (found.info.run_name, found.info.start_time, found.info.status) == ("first", 1234, "RUNNING")
    assert found.data.params == {"model.layers": "[1,2]", "model.lr": "0.1", "seed": "7", "nan": "nan"}
    expected = {
        "team": "a",
        "mlflow.user": "bob",
        "mlflow.runName": "first",
        "mlflow.ext.run.alias": alias,
        "mlflow.ext.run.dataset_id": "d1",
        "mlflow.ext.run.command": "train.py --fast",
    }
    assert found.data.tags == expected
    stored = json.loads(store.artifact(found.info.artifact_uri, "config.json"))
    assert stored == {**config, "nan": {"$float": "NaN"}}
    place = TargetRepository(store).experiment_named(ANYONE, project)
    assert place is not None
    assert place.id == found.info.experiment_id


def test_a_project_is_made_once_and_default_is_there(store: MlflowBackend) -> None:
    project = name()
    places = {facts(made(store, project=project)).info.experiment_id for _ in range(2)}
    assert len(places) == 1
    assert facts(made(store)).info.experiment_id == "0"
    assert facts(run.create(store, ANYONE, NewRunIn(), headers={}, experiment_id=places.pop())).info.run_name


def test_an_archived_project_says_what_to_do(store: MlflowBackend) -> None:
    project = name()
    place = facts(made(store, project=project)).info.experiment_id
    experiment.archive(store, ANYONE, place, headers={})
    with pytest.raises(Conflict, match="archived; restore it"):
        made(store, project=project)
    with pytest.raises(Conflict, match="archived; restore it"):
        run.create(store, ANYONE, NewRunIn(), headers={}, experiment_id=place)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"tags": {"a#b": "v"}}, "tags.a#b"),
        ({"tags": {"ok": "NUL \0"}}, "tags.ok"),
        ({"name": "a\0"}, "name"),
        ({"command": "a\0"}, "tags.mlflow.ext.run.command"),
        ({"config": {"deep": "\ud800"}}, "config.deep"),
        ({"config": {"many": dict.fromkeys(map(str, range(2001)), 0)}}, "config"),
    ],
)
def test_what_can_t_be_stored_is_refused_before_anything_is_made(store: MlflowBackend, asked, field) -> None:
    before, alias = count(store, "runs"), name()
    with pytest.raises(ValidationError) as error:
        made(store, run_id=alias, **asked)
    assert error.value.field == field
    assert count(store, "runs") == before
    made(store, run_id=alias)


def test_starting_a_run_takes_permission(store: MlflowBackend) -> None:
    project = name()
    place = facts(made(store, project=project)).info.experiment_id
    for backend in (Judged(hidden=[place]), Judged(read_only=[place])):
        with pytest.raises(PermissionDenied):
            run.create(backend, BOB, NewRun(project=project), headers={})
    with pytest.raises(NotFound):
        run.create(Judged(hidden=[place]), BOB, NewRunIn(), headers={}, experiment_id=place)
    for unknown in ("987654321", "x", "9" * 30):
        with pytest.raises(NotFound):
            run.create(store, BOB, NewRunIn(), headers={}, experiment_id=unknown)


def test_an_alias_names_one_run_and_works_as_its_id(store: MlflowBackend) -> None:
    alias = name()
    found = made(store, run_id=alias)
    before = count(store, "runs")
    with pytest.raises(Conflict, match=alias):
        made(store, run_id=alias)
    assert count(store, "runs") == before
    assert run.note(store, ANYONE, alias, NoteChange(note="GOOD")) == found
    assert facts(found).data.tags["mlflow.note.content"] == "GOOD"


def test_an_alias_names_a_run_only_when_it_is_whole(store: MlflowBackend) -> None:
    mine, seen = name(), []

    class Looking(MlflowBackend):
        def write_artifact(self, artifact_uri: str, path: str, data: bytes) -> None:
            super().write_artifact(artifact_uri, path, data)
            seen.append(set(TargetRepository(self).runs(ANYONE, [mine])))

    found = made(Looking(auth=False), run_id=mine, config={"a": 1})
    assert seen == [set()]
    assert TargetRepository(store).runs(ANYONE, [mine])[mine].id == found


def test_who_may_not_start_a_run_learns_of_no_alias(store: MlflowBackend) -> None:
    mine, project = name(), name()
    place = str(facts(made(store, run_id=mine, project=project)).info.experiment_id)
    for alias in (mine, name()):
        with pytest.raises(PermissionDenied):
            made(Judged(hidden=[place]), BOB, run_id=alias, project=project)


def test_an_id_that_no_database_can_be_asked_for_is_unknown(store: MlflowBackend) -> None:
    assert TargetRepository(store).runs(ANYONE, ["a\0b", "\ud800"]) == {}


def test_an_alias_is_free_again_when_nothing_came_of_it(store: MlflowBackend) -> None:
    aliases, alias, now = ClaimRepository(store), name(), time.time_ns() // 1_000_000
    assert aliases.claim("default", alias, now - ABANDONED_MS - 1)
    assert aliases.claim("default", alias, now)
    assert not aliases.claim("default", alias, now + 1)
    assert not aliases.fill("default", alias, now - ABANDONED_MS - 1, "a" * 32)  # the first claimer is too late
    assert aliases.fill("default", alias, now, "a" * 32)  # a run that is gone for good
    assert made(store, run_id=alias)
    with pytest.raises(Conflict):
        made(store, run_id=alias)


@pytest.mark.parametrize("method", ["write_artifact", "create_run", "log_batch"])
def test_a_run_that_fails_half_way_leaves_nothing(store: MlflowBackend, method: str) -> None:
    alias, backend = name(), Failing(method)
    before = [count(store, table) for table in ("runs", "ext_audit", "ext_run_aliases")]
    with pytest.raises(StoreUnavailable, match="pulled out"):
        made(backend, run_id=alias, config={"a": 1})
    assert [count(store, table) for table in ("runs", "ext_audit", "ext_run_aliases")] == before
    backend.mend()
    assert made(backend, run_id=alias, config={"a": 1})


def test_a_run_is_changed_as_far_as_asked(store: MlflowBackend) -> None:
    found = made(store, tags={"keep": "1", "drop": "2"})
    run.change(store, ANYONE, found, RunChange(name="renamed", tags={"drop": None, "new": "3", "never": None}))
    tags = facts(found).data.tags
    assert facts(found).info.run_name == "renamed"
    assert {key: value for key, value in tags.items() if not key.startswith("mlflow.")} == {"keep": "1", "new": "3"}
    run.change(store, ANYONE, found, RunChange(note="BAD: diverged"))
    assert facts(found).data.tags["mlflow.note.content"] == "BAD: diverged"
    run.change(store, ANYONE, found, RunChange(name="again"))
    assert facts(found).data.tags["mlflow.note.content"] == "BAD: diverged"
    for note in ("", None):
        run.note(store, ANYONE, found, NoteChange(note=note))
        assert "mlflow.note.content" not in facts(found).data.tags


def test_a_colour_that_was_chosen_stays_and_is_recorded(store: MlflowBackend) -> None:
    first, second = made(store), made(store)
    source = StoreSource(Store(store))
    run.change(store, BOB, first, RunChange(color=17))
    run.change(store, BOB, first, RunChange(note="n"))
    run.change(store, BOB, second, RunChange(color=17))
    assert [one.color for one in source.runs_by_id(ANYONE, [first, second])] == [17, 17]
    (entry,), _ = audit.entries(store, ANYONE, target=f"run:{second}", limit=1)
    assert (entry.action, entry.username) == ("run.color", "bob")
    for wrong in (-1, 20, True, "3"):
        with pytest.raises(pydantic.ValidationError, match="color"):
            RunChange(color=wrong)


def test_a_run_ends_with_its_status(store: MlflowBackend) -> None:
    found = made(store)
    run.finish(store, ANYONE, found, RunEnd(status="FAILED", end_time=5000))
    assert (facts(found).info.status, facts(found).info.end_time) == ("FAILED", 5000)
    run.finish(store, ANYONE, found, RunEnd())
    assert facts(found).info.end_time > 5000


CHANGES: list[Callable[[MlflowBackend, str], object]] = [
    lambda backend, one: run.change(backend, BOB, one, RunChange(name="x")),
    lambda backend, one: run.note(backend, BOB, one, NoteChange(note="x")),
    lambda backend, one: run.finish(backend, BOB, one, RunEnd()),
    lambda backend, one: run.log_metrics(backend, BOB, one, [MetricPoint(name="m", value=1)]),
    lambda backend, one: data.log_data(backend, BOB, one, points(0)),
]


def points(first: int, count: int = 1, label: str = "training", **named: Any) -> NewData:
    index = list(range(first, first + count))
    body = {"index": "epoch", "index_values": index, "fields": {"loss": [one / 2 for one in index]}}
    return NewData(name=label, primitive_type="Series", data=body, **named)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_takes_permission_and_an_active_run(store: MlflowBackend, change) -> None:
    found = made(store)
    place = facts(found).info.experiment_id
    with pytest.raises(PermissionDenied):
        change(Judged(read_only=[place]), found)
    answers = []
    for backend, one in ((Judged(hidden=[place]), found), (store, "f" * 32), (store, "'; --")):
        with pytest.raises(NotFound) as error:
            change(backend, one)
        answers.append(str(error.value).replace(one, "ID"))
    assert answers[0] == answers[1]
    bulk.bulk(store, ANYONE, BulkRequest(action="archive", ids=[found]))
    before = count(store, "ext_audit")
    with pytest.raises(Conflict, match="restore"):
        change(store, found)
    assert count(store, "ext_audit") == before


def test_metrics_are_logged_whole(store: MlflowBackend) -> None:
    found = made(store)
    many = [MetricPoint(name="loss", value=step / 3, step=step, timestamp=1000 + step) for step in range(2500)]
    odd = [MetricPoint(name=f"odd {value}", value=value) for value in ("NaN", "Infinity", "-Infinity")]
    assert run.log_metrics(store, ANYONE, found, [*many, *odd]) == 2503
    metrics = facts(found).data.metrics
    assert metrics["loss"] == 2499 / 3
    assert math.isnan(metrics["odd NaN"])
    assert metrics["odd Infinity"] > 1e308
    with store.read() as session:
        query = sa.text("SELECT COUNT(*) FROM metrics WHERE run_uuid = :run AND key = 'loss'")
        assert session.execute(query, {"run": found}).scalar_one() == 2500


@pytest.mark.parametrize("key", ["a#b", "../a", "nul\0"])
def test_a_metric_that_mlflow_refuses_is_named_and_nothing_is_logged(store: MlflowBackend, key: str) -> None:
    found = made(store)
    with pytest.raises(ValidationError) as error:
        run.log_metrics(store, ANYONE, found, [MetricPoint(name="ok", value=1), MetricPoint(name=key, value=1)])
    assert error.value.field == "metrics[1].name"
    assert facts(found).data.metrics == {}


# Data ---------------------------------------------------------------------------------------------------------------


def line(store: MlflowBackend, found: str, field: str = "loss", label: str = "training") -> tuple[list, list]:
    """The x and y of one field as the page draws it."""
    [drawing] = StoreSource(Store(store)).drawings(ANYONE, [found], [f"x:{slug('series', label)}:{field}"])
    assert drawing.troubles == ()
    [one] = drawing.lines
    return one.x.tolist(), one.y.tolist()


def test_a_series_grows_by_each_call(store: MlflowBackend) -> None:
    found = made(store)
    for first in range(0, 9, 3):
        assert data.log_data(store, ANYONE, found, points(first, 3)) == 3
    late = {"index": "epoch", "index_values": [9], "fields": {"loss": ["NaN"], "acc": [0.5]}}
    assert data.log_data(store, ANYONE, found, NewData(name="training", primitive_type="SERIES", data=late)) == 1
    x, y = line(store, found)
    assert x == list(range(10))
    assert y[:9] == [one / 2 for one in range(9)]
    assert math.isnan(y[9])
    assert line(store, found, "acc") == ([9], [0.5])
    [tag] = TargetRepository(store).plot_tags(found, slug("series", "training")).values()
    assert (tag.parts, tag.points, tag.index) == (1, 10, ("epoch", 0, 9))
    assert facts(found).data.metrics["training/acc"] == 0.5


def test_points_without_an_index_are_numbered_on(store: MlflowBackend) -> None:
    found = made(store)
    bare = {"index": "step", "fields": {"loss": [1.0, 2.0]}}
    for step in (None, None, 10):
        data.log_data(store, ANYONE, found, NewData(name="training", primitive_type="series", data=bare, step=step))
    assert line(store, found) == ([0, 1, 2, 3, 10, 11], [1, 2] * 3)


def test_an_index_among_the_fields_is_taken(store: MlflowBackend) -> None:
    found = made(store)
    body = {"index": "epoch", "fields": {"epoch": [3, 4], "loss": [0.5, 0.25]}}
    data.log_data(store, ANYONE, found, NewData(name="training", primitive_type="series", data=body))
    assert line(store, found) == ([3, 4], [0.5, 0.25])
    twice = NewData(name="training", primitive_type="series", data={**body, "index_values": [1, 2]})
    with pytest.raises(ValidationError, match="give one"):
        data.log_data(store, ANYONE, found, twice)


def test_another_index_under_the_name_is_refused(store: MlflowBackend) -> None:
    found = made(store)
    data.log_data(store, ANYONE, found, points(0))
    other = NewData(name="training", primitive_type="series", data={"index": "epo", "fields": {"loss": [1]}})
    with pytest.raises(Conflict, match=r"'epoch'.*'epo'"):
        data.log_data(store, ANYONE, found, other)
    times = {"index": "epoch", "index_values": ["2026-01-01"], "fields": {"loss": [1]}}
    with pytest.raises(Conflict, match=r"numbers.*times"):
        data.log_data(store, ANYONE, found, NewData(name="training", primitive_type="series", data=times))
    assert line(store, found) == ([0], [0.0])


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"primitive_type": "violin", "data": {}}, "primitive_type"),
        ({"primitive_type": "matrix", "data": {"rows": ["a"], "cols": ["b"], "values": [[1, 2]]}}, None),
        ({"primitive_type": "series", "data": {"index": "x", "fields": {}}}, "fields"),
        ({"primitive_type": "series", "data": {"index": "x", "fields": {"a": [1], "b": [1, 2]}}}, None),
        ({"primitive_type": "series", "data": {"index": "x", "fields": {"a": [1]}}, "metadata": {"a": "\ud800"}}, None),
        ({"primitive_type": "distribution", "data": {"values": [1], "more": 1}}, None),
        ({"primitive_type": "distribution", "data": {"values": [1], "metadata": {}}}, "metadata"),
    ],
)
def test_data_that_is_not_what_its_kind_takes_is_refused(store: MlflowBackend, asked, field) -> None:
    found = made(store)
    with pytest.raises(ValidationError) as error:
        data.log_data(store, ANYONE, found, NewData(name="plot", **asked))
    assert field is None or error.value.field == field
    assert rows_of(store, tables.run_writers, found) == 0


def test_an_empty_series_stores_nothing(store: MlflowBackend) -> None:
    found = made(store)
    assert data.log_data(store, ANYONE, found, points(0, 0)) == 0
    assert TargetRepository(store).plot_tags(found, slug("series", "training")) == {}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "series"])
def test_every_kind_is_read_back_as_it_was(store: MlflowBackend, kind: str) -> None:
    found, example = made(store), KINDS[kind].example()
    body = json.loads(example.to_json())
    for step in (1, 2):
        new = NewData(name="a plot", primitive_type=kind.upper(), data=body, step=step, metadata={"n": math.inf})
        assert data.log_data(store, ANYONE, found, new) == 1
    for step in (None, 1):
        [drawing] = StoreSource(Store(store)).drawings(ANYONE, [found], [f"x:{slug(kind, 'a plot')}"], step=step)
        assert drawing.troubles == ()
        [shown] = drawing.versions
        assert shown.primitive.to_data().keys() == example.to_data().keys()
        assert json.loads(shown.primitive.to_json()) == body
        assert (shown.step, shown.metadata) == (step or 2, {"n": math.inf})
    [tag] = TargetRepository(store).plot_tags(found, slug(kind, "a plot")).values()
    assert (tag.points, tag.parts, tag.step) == (2, 1, (1, 2))
    if kind == "curve" and body["metric"]:
        assert facts(found).data.metrics == {f"a plot/{body['metric']['name']}": body["metric"]["value"]}


def test_a_long_series_is_cut_into_full_parts(store: MlflowBackend) -> None:
    found, done = made(store), 0
    for size in (SERIES_PART_POINTS - 1, 2, SERIES_PART_POINTS + 5):
        assert data.log_data(store, ANYONE, found, points(done, size)) == size
        done += size
    [tag] = TargetRepository(store).plot_tags(found, slug("series", "training")).values()
    assert (tag.points, tag.parts, tag.index) == (done, 3, ("epoch", 0, done - 1))
    assert tag.fields == {"loss": ((done - 1) / 2, 0, (done - 1) / 2)}
    uri = facts(found).info.artifact_uri
    texts = [store.artifact(uri, part_path("series", tag.slug, tag.writer, at)) for at in range(3)]
    assert sum(map(len, texts)) == tag.bytes
    x, y = line(store, found)
    assert x == list(range(done))
    assert y == [one / 2 for one in range(done)]


def test_large_versions_are_bundled_to_about_a_megabyte(store: MlflowBackend) -> None:
    found = made(store)
    cols = [str(at) for at in range(30_000)]
    for step in range(5):
        body = {"rows": ["r"], "cols": cols, "values": [[float(step)] * len(cols)]}
        data.log_data(store, ANYONE, found, NewData(name="m", primitive_type="matrix", data=body, step=step))
    [tag] = TargetRepository(store).plot_tags(found, slug("matrix", "m")).values()
    assert tag.points == 5
    assert 1 < tag.parts < 5
    for step in range(5):
        [drawing] = StoreSource(Store(store)).drawings(ANYONE, [found], [f"x:{slug('matrix', 'm')}"], step=step)
        assert np.asarray(drawing.versions[0].primitive.values)[0, 0] == step


@pytest.mark.parametrize("method", ["log_batch", "write_artifact"])
def test_a_call_that_failed_is_not_stored_twice_when_it_is_repeated(store: MlflowBackend, method: str) -> None:
    found, backend = made(store), Failing(method)
    data.log_data(store, ANYONE, found, points(0, 3))
    with pytest.raises(StoreUnavailable):
        data.log_data(backend, ANYONE, found, points(3, 2))
    backend.mend()
    data.log_data(backend, ANYONE, found, points(3, 2))
    assert line(store, found)[0] == [0, 1, 2, 3, 4]
    [tag] = TargetRepository(store).plot_tags(found, slug("series", "training")).values()
    text = json.loads(store.artifact(facts(found).info.artifact_uri, part_path("series", tag.slug, tag.writer, 0)))
    assert tag.points == 5
    assert text["data"]["index_values"] == [0, 1, 2, 3, 4]


def as_the_sdk(store: MlflowBackend, found: str, writer: str, first: int, **fields: list[float]) -> None:
    """One writer's part, metrics and tag, by the SDK's own code."""
    plot = SeriesFold("training", "epoch", writer)
    index = list(range(first, first + len(next(iter(fields.values())))))
    rows = series_rows(plot, index, fields, 5000)
    plot.add(0, 5000, index, fields)
    part = plot.part(0)
    place = facts(found).info.artifact_uri
    store.write_artifact(place, part_path("series", plot.slug, writer, 0), bytes(part.content))
    plot.delivered(part, 0.0)
    tag = plot.tag()
    store.log_batch(found, metrics=rows, tags={tag.key: tag.to_json()})


def test_what_a_script_logged_stands_beside_it(store: MlflowBackend) -> None:
    found = made(store)
    as_the_sdk(store, found, "0123abcd", 0, loss=[9.0, 9.0, 9.0], acc=[0.1, 0.2, 0.3])
    bare = {"index": "epoch", "fields": {"loss": [7.0]}}
    data.log_data(store, ANYONE, found, NewData(name="training", primitive_type="series", data=bare))
    data.log_data(store, ANYONE, found, points(1, 1))
    assert line(store, found) == ([0, 1, 2, 3], [9.0, 0.5, 9.0, 7.0])
    assert line(store, found, "acc") == ([0, 1, 2], [0.1, 0.2, 0.3])
    other = NewData(name="training", primitive_type="series", data={"index": "batch", "fields": {"loss": [1]}})
    with pytest.raises(Conflict):
        data.log_data(store, ANYONE, found, other)


@pytest.mark.parametrize("harm", ["gone", "damaged"])
def test_a_part_that_was_lost_does_not_stop_the_plot(store: MlflowBackend, harm: str) -> None:
    found = made(store)
    data.log_data(store, ANYONE, found, points(0))
    [tag] = TargetRepository(store).plot_tags(found, slug("series", "training")).values()
    file = Path(facts(found).info.artifact_uri.removeprefix("file://"), part_path("series", tag.slug, tag.writer, 0))
    if harm == "gone":
        file.unlink()
    else:
        file.write_text("[]")
    data.log_data(store, ANYONE, found, points(1))
    held = TargetRepository(store).plot_tags(found, slug("series", "training"))
    assert len(held) == 2
    fresh = next(one for writer, one in held.items() if writer != tag.writer)
    assert (fresh.points, fresh.index) == (1, ("epoch", 1, 1))


def test_a_lease_has_one_holder_and_runs_out_with_its_writer(store: MlflowBackend) -> None:
    leases, one = LeaseRepository(store), uuid.uuid4().hex
    first = leases.acquire(one, 1000, 2000)
    assert first is not None
    assert leases.acquire(one, 1500, 2500) is None
    leases.release(one, first)
    second = leases.acquire(one, 1600, 2600)
    assert second is not None
    assert (second.writer, second.seq) == (first.writer, first.seq + 1)
    third = leases.acquire(one, 2601, 3600)  # whoever held it is late
    assert third is not None
    assert third.writer != first.writer
    assert third.seq == second.seq + 1
    leases.release(one, second)  # too late: it is not the holder any more
    assert leases.acquire(one, 2700, 3700) is None


# Bulk ---------------------------------------------------------------------------------------------------------------


def results(store: MlflowBackend, ids: list[str], principal: Principal = ANYONE, **asked: Any) -> list[str]:
    answer = bulk.bulk(store, principal, BulkRequest(ids=ids, **asked))
    assert [one.run_id for one in answer.results] == ids
    assert all(one.ok is (one.error is None) is (one.detail is None) for one in answer.results)
    return [one.error or "ok" for one in answer.results]


def test_each_run_is_answered_by_itself_in_order(store: MlflowBackend) -> None:
    alias, closed = name(), name()
    first, second = made(store, run_id=alias), made(store)
    third, fourth = made(store, project=closed), made(store)
    bulk.bulk(store, ANYONE, BulkRequest(action="archive", ids=[fourth]))
    backend = Judged(read_only=[facts(third).info.experiment_id])
    ids = [third, "unknown", alias, fourth, second]
    expected = ["PermissionDenied", "NotFound", "ok", "Conflict", "ok"]
    assert results(backend, ids, action="tag", tags={"a": "1"}) == expected
    assert results(backend, ids, action="note", note="GOOD") == expected
    assert facts(first).data.tags["a"] == facts(second).data.tags["a"] == "1"
    assert facts(first).data.tags["mlflow.note.content"] == "GOOD"
    assert results(backend, ids, action="tag", tags={"a": None}) == expected
    assert "a" not in facts(first).data.tags
    stages = ["PermissionDenied", "NotFound", "ok", "ok", "ok"]
    assert results(backend, ids, action="archive") == stages
    assert {facts(one).info.lifecycle_stage for one in (first, second, fourth)} == {"deleted"}
    assert results(backend, ids, action="restore") == stages
    assert {facts(one).info.lifecycle_stage for one in (first, second, fourth)} == {"active"}


def test_permission_is_asked_once_for_all(store: MlflowBackend) -> None:
    ids = [made(store, project=name()) for _ in range(5)]
    backend = Judged()
    assert set(results(backend, ids, action="archive")) == {"ok"}
    assert backend.asked == ["read", "delete"]


def test_deleting_for_good_takes_archived_runs_only_and_all_of_them(store: MlflowBackend) -> None:
    alias = name()
    gone, kept = made(store, run_id=alias, config={"a": 1}), made(store)
    data.log_data(store, ANYONE, gone, points(0))
    place = Path(facts(gone).info.artifact_uri.removeprefix("file://"))
    assert place.exists()
    with pytest.raises(ValidationError, match="confirm"):
        bulk.bulk(store, ANYONE, BulkRequest(action="delete", ids=[gone]))
    assert results(store, [gone], action="delete", confirm=True) == ["Conflict"]
    assert place.exists()
    results(store, [gone], action="archive")
    assert results(store, [gone, kept, gone], action="delete", confirm=True) == ["ok", "Conflict", "NotFound"]
    assert not place.exists()
    for table in (tables.run_aliases, tables.run_writers, tables.run_colors):
        assert rows_of(store, table, gone) == 0
    with pytest.raises(NotFound):
        run.note(store, ANYONE, alias, NoteChange(note="x"))
    assert made(store, run_id=alias) != gone


def test_a_run_whose_files_can_t_be_deleted_stays(store: MlflowBackend, tmp_path: Path) -> None:
    found = made(store, config={"a": 1})
    place = Path(facts(found).info.artifact_uri.removeprefix("file://"))
    (tmp_path / "outside").mkdir()
    place.rename(tmp_path / "outside" / "artifacts")
    place.symlink_to(tmp_path / "outside" / "artifacts")
    results(store, [found], action="archive")
    before = count(store, "ext_audit")
    assert results(store, [found], action="delete", confirm=True) == ["Conflict"]
    assert (tmp_path / "outside" / "artifacts" / "config.json").exists()
    assert facts(found).info.lifecycle_stage == "deleted"
    assert count(store, "ext_audit") == before


class Watching(MlflowBackend):
    """A backend that notes, whenever a run is restored or deleted, whether somebody else could get hold of it."""

    def __init__(self) -> None:
        super().__init__(auth=False)
        self.free: list[bool] = []

    def _look(self, run_id: str) -> None:
        now = run.now_ms()
        self.free.append(LeaseRepository(self).acquire(run_id, now, now + 1) is not None)

    def restore_run(self, run_id: str) -> None:
        self._look(run_id)
        super().restore_run(run_id)

    def delete_artifacts(self, artifact_uri: str, run_id: str) -> None:
        self._look(run_id)
        super().delete_artifacts(artifact_uri, run_id)

    def erase_run(self, run_id: str) -> None:
        self._look(run_id)
        super().erase_run(run_id)


def test_restoring_and_deleting_for_good_take_turns(store: MlflowBackend) -> None:
    found, watching = made(store), Watching()
    assert results(store, [found], action="archive") == ["ok"]
    assert results(watching, [found], action="restore") == ["ok"]
    assert results(store, [found], action="archive") == ["ok"]
    assert results(watching, [found], action="delete", confirm=True) == ["ok"]
    assert watching.free == [False, False, False]


class Late(MlflowBackend):
    """A backend on which somebody else deletes or restores the run after it was looked up."""

    def __init__(self, action: str) -> None:
        super().__init__(auth=False)
        self._action = action

    def deletable(self, principal: Principal, experiment_ids: Collection[str]) -> set[str]:
        assert results(MlflowBackend(auth=False), [self.run], action=self._action, confirm=True) == ["ok"]
        return super().deletable(principal, experiment_ids)

    run = ""


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        ("delete", "delete", "NotFound"),
        ("delete", "restore", "NotFound"),
        ("restore", "delete", "Conflict"),
        ("restore", "restore", "ok"),
    ],
)
def test_who_comes_late_is_told_and_changes_nothing(store: MlflowBackend, first: str, second: str, answer: str) -> None:
    late = Late(first)
    late.run = made(store)
    assert results(store, [late.run], action="archive") == ["ok"]
    assert results(late, [late.run], action=second, confirm=True) == [answer]
    gone = first == "delete"
    assert TargetRepository(store).is_archived(late.run) is (None if gone else False)
    assert rows_of(store, tables.run_writers, late.run) == (0 if gone else 1)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"action": "tag"}, "tags"),
        ({"action": "tag", "tags": {"a#": "1"}}, "tags.a#"),
        ({"action": "note"}, "note"),
        ({"action": "delete"}, "confirm"),
    ],
)
def test_an_action_without_what_it_takes_touches_nothing(store: MlflowBackend, asked, field) -> None:
    with pytest.raises(ValidationError) as error:
        bulk.bulk(store, ANYONE, BulkRequest(ids=[made(store)], **asked))
    assert error.value.field == field


# Experiments --------------------------------------------------------------------------------------------------------


def stored(found: str) -> Any:
    from mlflow.server.handlers import _get_tracking_store

    return _get_tracking_store().get_experiment(found)


def test_mlflow_s_own_experiment_is_not_archived(store: MlflowBackend) -> None:
    with pytest.raises(Conflict, match=r"'Default'.*can't be archived"):
        experiment.archive(store, ANYONE, "0", headers={})
    with pytest.raises(NotFound, match="search=NAME"):
        experiment.archive(store, ANYONE, "Default", headers={})
    entries, _ = audit.entries(store, ANYONE, target="experiment:0")
    assert "experiment.archive" not in [one.action for one in entries]


def test_an_experiment_is_made_changed_archived_and_restored(store: MlflowBackend) -> None:
    label, other = name(), name()
    new = NewExperiment(name=label, description="what for", tags={"team": "a"})
    found = experiment.create(store, ANYONE, new, headers={})
    assert (stored(found).name, stored(found).tags) == (label, {"team": "a", "mlflow.note.content": "what for"})
    with pytest.raises(Conflict, match="already"):
        experiment.create(store, ANYONE, new, headers={})
    asked = ExperimentChange(name=other, description=None, tags={"team": None, "b": "2", "never": None})
    experiment.change(store, ANYONE, found, asked, headers={})
    assert (stored(found).name, stored(found).tags) == (other, {"b": "2"})
    mine = made(store, project=other)
    experiment.archive(store, ANYONE, found, headers={})
    assert (stored(found).lifecycle_stage, facts(mine).info.lifecycle_stage) == ("deleted", "deleted")
    with pytest.raises(Conflict, match="Restore it first"):
        experiment.change(store, ANYONE, found, ExperimentChange(tags={"c": "3"}), headers={})
    experiment.change(store, ANYONE, found, ExperimentChange(stage="active", tags={"c": "3"}), headers={})
    assert (stored(found).lifecycle_stage, stored(found).tags) == ("active", {"b": "2", "c": "3"})
    assert facts(mine).info.lifecycle_stage == "active"


def test_a_name_that_is_taken_is_refused(store: MlflowBackend) -> None:
    one, two = (NewExperiment(name=name()) for _ in range(2))
    experiment.create(store, ANYONE, one, headers={})
    found = experiment.create(store, ANYONE, two, headers={})
    with pytest.raises(Conflict, match="choose another name"):
        experiment.change(store, ANYONE, found, ExperimentChange(name=one.name), headers={})
    experiment.archive(store, ANYONE, found, headers={})
    with pytest.raises(Conflict, match="archived: restore it"):
        experiment.create(store, ANYONE, two, headers={})


def test_an_experiment_that_may_not_be_read_is_not_there(store: MlflowBackend) -> None:
    found = experiment.create(store, ANYONE, NewExperiment(name=name()), headers={})
    for backend, one in ((Judged(hidden=[found]), found), (store, "987654321"), (store, "x")):
        with pytest.raises(NotFound):
            experiment.change(backend, BOB, one, ExperimentChange(name="x"), headers={})
        with pytest.raises(NotFound):
            experiment.archive(backend, BOB, one, headers={})


# Audit --------------------------------------------------------------------------------------------------------------


def test_every_change_is_recorded_and_logging_is_not(store: MlflowBackend) -> None:
    alias, project = name(), name()
    found = made(store, BOB, run_id=alias, project=project)
    target = f"run:{found}"
    run.change(store, BOB, alias, RunChange(name="x", tags={"api_key": "hunter2", "a": "b"}, note="n"))
    run.log_metrics(store, BOB, found, [MetricPoint(name="m", value=1)])
    data.log_data(store, BOB, found, points(0))
    run.finish(store, BOB, found, RunEnd(end_time=1))
    for action in ("archive", "restore", "archive"):
        results(store, [found], BOB, action=action)
    results(store, [found], BOB, action="delete", confirm=True)
    entries, total = audit.entries(store, ANYONE, target=target, limit=100)
    words = ["create", "rename", "tag", "note", "finish", "archive", "restore", "archive", "delete"]
    assert [one.action for one in reversed(entries)] == [f"run.{word}" for word in words]
    assert total == len(words)
    assert {(one.username, one.target) for one in entries} == {("bob", target)}
    by_action = {one.action: one.detail for one in entries}
    assert by_action["run.tag"] == {"tags": {"api_key": "(not recorded)", "a": "b"}}
    assert by_action["run.finish"] == {"status": "FINISHED", "end_time": 1}
    assert by_action["run.create"]["alias"] == alias
    page, total = audit.entries(store, ANYONE, target=target, limit=2, offset=1)
    assert ([one.id for one in page], total) == ([one.id for one in entries[1:3]], len(words))


def test_changes_of_experiments_are_recorded(store: MlflowBackend) -> None:
    found = experiment.create(store, BOB, NewExperiment(name=name()), headers={})
    asked = ExperimentChange(name=name(), tags={"a": "b"}, stage="archived")
    experiment.change(store, BOB, found, asked, headers={})
    experiment.change(store, BOB, found, ExperimentChange(stage="active"), headers={})
    entries, _ = audit.entries(store, ANYONE, target=f"experiment:{found}")
    words = ["create", "rename", "tag", "archive", "restore"]
    assert [one.action for one in reversed(entries)] == [f"experiment.{word}" for word in words]


def test_a_change_that_fails_leaves_no_entry(store: MlflowBackend) -> None:
    found, backend = made(store), Failing("update_run")
    before = count(store, "ext_audit")
    with pytest.raises(StoreUnavailable):
        run.finish(backend, ANYONE, found, RunEnd())
    assert count(store, "ext_audit") == before


def test_a_change_whose_entry_can_t_be_stored_is_not_made(store: MlflowBackend) -> None:
    found, backend = made(store), Failing("write")

    class Halfway(MlflowBackend):
        """Writes fail once the run was looked up."""

        calls = 0

        def write(self) -> Any:
            Halfway.calls += 1
            return super().write() if Halfway.calls == 1 else backend.write()

    with pytest.raises(StoreUnavailable):
        run.finish(Halfway(auth=False), ANYONE, found, RunEnd())
    assert facts(found).info.status == "RUNNING"


def test_only_admins_read_the_audit(store: MlflowBackend) -> None:
    guarded = MlflowBackend(auth=True)
    for principal in (BOB, ANYONE):
        with pytest.raises(PermissionDenied):
            audit.entries(guarded, principal)
    assert audit.entries(guarded, Principal("root", is_admin=True), limit=1)[1] > 0


# Several processes --------------------------------------------------------------------------------------------------


def at_once(work: Callable[..., list[Any]], processes: int, *args: Any) -> list[Any]:
    """What ``work`` gives in each of several processes that begin together."""
    context = multiprocessing.get_context("spawn")
    barrier, queue = context.Barrier(processes, timeout=120), context.Queue()
    children = [
        context.Process(target=_child, args=(work, barrier, queue, number, args)) for number in range(processes)
    ]
    for child in children:
        child.start()
    answers = [queue.get(timeout=240) for _ in children]
    for child in children:
        child.join()
    assert [answer for answer in answers if isinstance(answer, str)] == []
    return [one for answer in answers for one in answer]


def _child(work: Callable[..., list[Any]], barrier: Any, queue: Any, number: int, args: tuple[Any, ...]) -> None:
    try:
        backend = open_store()
        barrier.wait()
        queue.put(work(backend, number, *args))
    except BaseException as error:
        queue.put(repr(error))
        raise


def in_threads(work: Callable[[int], Any], threads: int) -> list[Any]:
    """What ``work`` gives, or the name of the error it raises, in each of several threads that begin together."""
    barrier, answers = threading.Barrier(threads), [None] * threads

    def one(number: int) -> None:
        barrier.wait()
        try:
            answers[number] = work(number)
        except MlflowExtError as error:
            answers[number] = type(error).__name__

    running = [threading.Thread(target=one, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return answers


def _claim(backend: MlflowBackend, _number: int, alias: str, project: str) -> list[Any]:
    new = NewRun(run_id=alias, project=project)
    return in_threads(lambda _: run.create(backend, ANYONE, new, headers={}), 20)


@pytest.mark.timeout(400)
def test_one_alias_asked_for_by_many_processes_gives_one_run(store: MlflowBackend) -> None:
    alias, project = name(), name()
    answers = at_once(_claim, 3, alias, project)
    winners = [one for one in answers if one != "Conflict"]
    assert len(answers) == 60
    assert len(winners) == 1
    place = facts(winners[0]).info.experiment_id
    with store.read() as session:
        query = sa.text("SELECT run_uuid FROM runs WHERE experiment_id = :place")
        assert session.execute(query, {"place": int(place)}).scalars().all() == winners


PER_LANE = 12
LANES = 8


def _post(backend: MlflowBackend, number: int, found: str) -> list[Any]:
    def posts(thread: int) -> int:
        lane = 2 * number + thread
        return sum(data.log_data(backend, ANYONE, found, points(PER_LANE * lane + at)) for at in range(PER_LANE))

    return in_threads(posts, 2)


@pytest.mark.timeout(400)
def test_no_point_is_lost_whichever_worker_takes_it(store: MlflowBackend) -> None:
    found = made(store)
    assert at_once(_post, LANES // 2, found) == [PER_LANE] * LANES
    x, y = line(store, found)
    every = list(range(PER_LANE * LANES))
    assert x == every
    assert y == [one / 2 for one in every]
    [tag] = TargetRepository(store).plot_tags(found, slug("series", "training")).values()
    text = json.loads(store.artifact(facts(found).info.artifact_uri, part_path("series", tag.slug, tag.writer, 0)))
    assert sorted(call[0] for call in text["data"]["calls"]) == every
    with store.read() as session:
        query = sa.text("SELECT COUNT(*) FROM metrics WHERE run_uuid = :run AND key = 'training/loss'")
        assert session.execute(query, {"run": found}).scalar_one() == len(every)
