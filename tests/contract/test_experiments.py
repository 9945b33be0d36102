"""Experiments as every database gives them."""

from __future__ import annotations

import math
import uuid

import pytest

from mlflow_ext_server.repositories.experiment import ExperimentRepository, ExperimentSelection
from mlflow_ext_ui.source import Principal
from tests.contract.world import ANYONE, World


@pytest.fixture
def experiments(world: World) -> ExperimentRepository:
    return ExperimentRepository(world.backend)


def made(world: World, name: str, start: int | None = None, **metrics: float) -> str:
    """An experiment with one run from ``start``, or with none."""
    one = world.client.create_experiment(name)
    if start is not None:
        run = world.client.create_run(one, start_time=start).info.run_id
        for key, value in metrics.items():
            world.client.log_metric(run, key, value)
    return one


def found(experiments: ExperimentRepository, mark: str, who: Principal = ANYONE, **selection) -> list[str]:
    answer, total = experiments.search(who, ExperimentSelection(search=mark, **selection))
    assert total == len(answer)
    return [one.name.removeprefix(mark) for one in answer]


@pytest.fixture
def mark() -> str:
    """The tests of a module share a database: each looks at its own experiments."""
    return uuid.uuid4().hex


def test_an_experiment_tells_tags_counts_and_times(world: World, experiments: ExperimentRepository, mark: str) -> None:
    one = made(world, mark, 2_000)
    gone = world.client.create_run(one, start_time=9_000).info.run_id
    world.client.delete_run(gone)
    world.client.set_experiment_tag(one, "team", "vision")
    world.client.set_experiment_tag(one, "mlflow.note.content", "What we try")
    record = experiments.by_ids(ANYONE, [one])[one]
    theirs = world.client.get_experiment(one)
    assert (record.name, record.stage, record.runs, record.last_activity) == (mark, "active", 1, 2_000)
    assert (record.creation_time, record.last_update_time) == (theirs.creation_time, theirs.last_update_time)
    assert record.description == "What we try"
    assert record.tags == {"team": "vision", "mlflow.note.content": "What we try"}
    assert experiments.by_names(ANYONE, ["none", mark, "\0"]) == {mark: record}
    ((bare,), _) = experiments.search(ANYONE, ExperimentSelection(search=mark), tags=False)
    assert (bare.tags, bare.description) == ({}, None)


def test_the_newest_activity_comes_first_and_pages_tell_the_total(
    world: World, experiments: ExperimentRepository, mark: str
) -> None:
    for name, start in (("b", 2_000), ("empty", None), ("c", 3_000), ("a", 1_000)):
        made(world, mark + name, start)
    assert found(experiments, mark) == ["c", "b", "a", "empty"]
    page, total = experiments.search(ANYONE, ExperimentSelection(search=mark.upper(), limit=2, offset=1))
    assert ([one.name[-1] for one in page], total) == (["b", "a"], 4)


def test_ids_that_are_none_are_passed_over(world: World, experiments: ExperimentRepository) -> None:
    asked = ["x", "", "-1", "9" * 30, "4294967296", "²", world.experiment, "0" + world.experiment]
    assert list(experiments.by_ids(ANYONE, asked)) == [world.experiment]


def test_archived_experiments_are_apart(world: World, experiments: ExperimentRepository, mark: str) -> None:
    made(world, mark + "stays")
    world.client.delete_experiment(made(world, mark + "goes"))
    stages = {stage: set(found(experiments, mark, stage=stage)) for stage in ("active", "archived", "all")}
    assert stages == {"active": {"stays"}, "archived": {"goes"}, "all": {"goes", "stays"}}


def test_a_tag_is_found_by_key_and_by_value(world: World, experiments: ExperimentRepository, mark: str) -> None:
    for name, value in (("a", "vision"), ("b", "text"), ("c", None)):
        one = made(world, mark + name)
        if value:
            world.client.set_experiment_tag(one, "team", value)
    assert set(found(experiments, mark, tag="team")) == {"a", "b"}
    assert found(experiments, mark, tag="team", tag_value="vision") == ["a"]
    assert found(experiments, mark, tag="team", tag_value="' OR 1=1 --") == []
    assert found(experiments, mark, tag="\0") == found(experiments, mark, tag="team", tag_value="\0") == []


def test_times_bound_the_last_activity(world: World, experiments: ExperimentRepository, mark: str) -> None:
    for name, start in (("a", 1_000), ("b", 2_000), ("now", None)):
        made(world, mark + name, start)
    assert found(experiments, mark, to_time=1_500) == ["a"]
    assert found(experiments, mark, from_time=1_500, to_time=2_000) == ["b"]
    assert found(experiments, mark, from_time=1_000_000) == ["now"]


def test_the_best_last_value_decides(world: World, experiments: ExperimentRepository, mark: str) -> None:
    for name, values in (("a", (0.1, 0.9)), ("b", (0.5,)), ("nan", (math.nan,)), ("inf", (math.inf,))):
        one = made(world, mark + name)
        for value in values:
            run = world.client.create_run(one, start_time=1).info.run_id
            for key in ("loss", "acc"):
                world.client.log_metric(run, key, value)
    made(world, mark + "none", 1)
    assert set(found(experiments, mark, metric_name="loss")) == {"a", "b", "inf"}
    assert found(experiments, mark, metric_name="loss", metric_max=0.4) == ["a"]
    assert set(found(experiments, mark, metric_name="loss", metric_min=0.4)) == {"b", "inf"}
    assert set(found(experiments, mark, metric_name="acc", metric_min=0.6)) == {"a", "inf"}
    assert found(experiments, mark, metric_name="acc", metric_max=math.nan) == []
    assert found(experiments, mark, metric_name="\0") == []


def test_other_workspaces_and_hidden_experiments_are_not_there(
    world: World, experiments: ExperimentRepository, mark: str
) -> None:
    one = made(world, mark, 1_000)
    for who, hidden in ((Principal(workspace="elsewhere"), set()), (ANYONE, {one})):
        world.backend.hidden = hidden
        assert found(experiments, mark, who) == []
        assert experiments.by_ids(who, [one]) == {}
        assert experiments.by_names(who, [mark]) == {}


def test_an_experiment_whose_runs_may_not_be_read_tells_nothing_of_them(
    world: World, experiments: ExperimentRepository, mark: str
) -> None:
    one = made(world, mark, 1_000, loss=0.5)
    world.backend.without_runs = {one}
    record = experiments.by_ids(ANYONE, [one])[one]
    assert (record.runs, record.last_activity) == (0, None)
    assert found(experiments, mark) == [""]
    assert found(experiments, mark, metric_name="loss", metric_max=0.6) == found(experiments, mark, to_time=2_000) == []
