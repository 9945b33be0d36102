"""Datasets, logged models and model versions of runs, as every database gives them."""

from __future__ import annotations

import math
import uuid

import pytest
from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    LoggedModelStatus,
    Metric,
)

from mlflow_ext_server.repositories.dataset import DatasetRepository
from mlflow_ext_server.repositories.logged_model import LoggedModelRepository
from mlflow_ext_server.repositories.model_version import ModelVersionRepository
from mlflow_ext_ui.source import Principal
from tests.contract.world import ANYONE, World

ELSEWHERE = Principal(workspace="elsewhere")


def give_dataset(world: World, run: str, name: str, *tags: InputTag) -> None:
    dataset = Dataset(name=name, digest="d1", source_type="local", source='{"uri": "x"}', schema="{}", profile="{}")
    world.client.log_inputs(run, [DatasetInput(dataset, list(tags))])


def make_model(world: World, run: str | None, name: str = "model") -> str:
    model = world.client.create_logged_model(
        world.experiment, name=name, source_run_id=run, tags={"a": "b"}, params={"depth": "3"}, model_type="tree"
    )
    return str(world.client.finalize_logged_model(model.model_id, LoggedModelStatus.READY).model_id)


def test_datasets_come_with_their_tags_training_data_first(world: World) -> None:
    datasets = DatasetRepository(world.backend)
    run, bare = world.run("a"), world.run("b")
    give_dataset(world, run, "a-test", InputTag("mlflow.data.context", "test"), InputTag("fold", "1"))
    give_dataset(world, run, "z-train", InputTag("mlflow.data.context", "training"))
    given = datasets.inputs(ANYONE, [bare, run, "none"])
    assert list(given) == [bare, run]
    assert given[bare] == []
    train, test = given[run]
    assert [(one.name, one.context) for one in (train, test)] == [("z-train", "training"), ("a-test", "test")]
    assert test.tags == {"mlflow.data.context": "test", "fold": "1"}
    assert (test.digest, test.source_type, test.source) == ("d1", "local", '{"uri": "x"}')
    assert (test.schema, test.profile, test.experiment_id) == ("{}", "{}", world.experiment)


def test_a_dataset_of_several_runs_is_one(world: World) -> None:
    datasets = DatasetRepository(world.backend)
    runs = [world.run("a"), world.run("b")]
    for run in runs:
        give_dataset(world, run, "shared")
    uuids = {one.dataset_uuid for given in datasets.inputs(ANYONE, runs).values() for one in given}
    assert len(uuids) == 1


def test_models_are_linked_to_the_runs_that_took_and_gave_them(world: World) -> None:
    models = LoggedModelRepository(world.backend)
    maker, user = world.run("maker"), world.run("user")
    model = make_model(world, maker)
    world.client.log_outputs(maker, [LoggedModelOutput(model, 7)])
    world.client.log_inputs(user, models=[LoggedModelInput(model)])
    links = models.links(ANYONE, [user, maker])
    assert [(link.model_id, link.role, link.step) for link in links[maker]] == [(model, "output", 7)]
    assert [(link.model_id, link.role) for link in links[user]] == [(model, "input")]


def test_a_logged_model_holds_what_was_logged(world: World) -> None:
    models = LoggedModelRepository(world.backend)
    run = world.run("a")
    model, other = make_model(world, run, "forest"), make_model(world, None)
    world.client.log_batch(
        run, metrics=[Metric("auc", v, 5, i, model_id=model, run_id=run) for i, v in enumerate([0.5, math.inf])]
    )
    ((record,), theirs) = models.of_runs(ANYONE, [run]), world.client.get_logged_model(model)
    assert (record.model_id, record.name, record.model_type, record.status) == (model, "forest", "tree", "READY")
    assert (record.stage, record.source_run_id, record.experiment_id) == ("active", run, world.experiment)
    assert (record.artifact_uri, record.creation_time) == (theirs.artifact_location, theirs.creation_timestamp)
    assert (record.params, record.tags["a"]) == ({"depth": "3"}, "b")
    assert [(one.name, one.value, one.step, one.run_id) for one in record.metrics] == [
        ("auc", 0.5, 0, run), ("auc", math.inf, 1, run),
    ]  # fmt: skip
    assert {one.model_id for one in models.of_experiments(ANYONE, [world.experiment])} == {model, other}
    assert list(models.by_ids(ANYONE, ["none", other, "\0", model])) == [other, model]
    world.client.delete_logged_model(model)
    assert models.of_runs(ANYONE, [run]) == []


def test_models_that_may_not_be_read_are_not_there(world: World) -> None:
    models = LoggedModelRepository(world.backend)
    run = world.run("a")
    model = make_model(world, run)
    world.client.log_outputs(run, [LoggedModelOutput(model, 0)])
    give_dataset(world, run, "d")
    backend = world.backend
    for who, hidden, without in ((ELSEWHERE, set(), set()), (ANYONE, {world.experiment}, set()),
                                 (ANYONE, set(), {world.experiment})):  # fmt: skip
        backend.hidden, backend.without_models = hidden, without
        assert models.by_ids(who, [model]) == {}
        assert models.of_experiments(who, [world.experiment]) == models.of_runs(who, [run]) == []
        assert models.links(who, [run]).get(run, []) == []
        assert (run in DatasetRepository(backend).inputs(who, [run])) == bool(without)


def test_a_model_tells_nothing_of_runs_that_may_not_be_read(world: World) -> None:
    models = LoggedModelRepository(world.backend)
    run = world.run("a")
    model = make_model(world, run)
    world.client.log_batch(run, metrics=[Metric("auc", 0.5, 5, 0, model_id=model, run_id=run)])
    world.backend.without_runs = {world.experiment}
    record = models.by_ids(ANYONE, [model])[model]
    assert (record.source_run_id, [one.run_id for one in record.metrics]) == (None, [None])
    assert models.of_runs(ANYONE, [run]) == []


@pytest.fixture
def name() -> str:
    """The tests of a module share a database: each has its own registered model."""
    return f"model-{uuid.uuid4().hex}"


def test_versions_come_with_tags_and_aliases(world: World, name: str) -> None:
    versions = ModelVersionRepository(world.backend)
    run, other = world.run("a"), world.run("b")
    world.client.create_registered_model(name)
    for source in (run, other, run):
        made = world.client.create_model_version(name, f"{world.root}/m", source, tags={"k": "v"}, description="d")
    world.client.set_registered_model_alias(name, "champion", made.version)
    found = versions.of_runs(ANYONE, [run, other, "none"])
    assert {one: [version.version for version in some] for one, some in found.items()} == {run: [1, 3], other: [2]}
    first, last = found[run]
    assert (first.name, first.run_id, first.status, first.source) == (name, run, "READY", f"{world.root}/m")
    assert (first.tags, first.description, first.aliases, last.aliases) == ({"k": "v"}, "d", [], ["champion"])
    world.client.delete_model_version(name, "1")
    assert [one.version for one in versions.of_runs(ANYONE, [run])[run]] == [3]


def test_versions_that_may_not_be_read_and_prompts_are_not_there(world: World, name: str) -> None:
    versions = ModelVersionRepository(world.backend)
    run = world.run("a")
    world.client.create_registered_model(name)
    world.client.create_model_version(name, f"{world.root}/m", run)
    assert len(versions.of_runs(ANYONE, [run])[run]) == 1
    assert versions.of_runs(ELSEWHERE, [run]) == {}
    world.backend.hidden_models = {name}
    assert versions.of_runs(ANYONE, [run]) == {run: []}
    world.backend.hidden_models = set()
    world.client.set_registered_model_tag(name, "mlflow.prompt.is_prompt", "true")
    assert versions.of_runs(ANYONE, [run]) == {run: []}
