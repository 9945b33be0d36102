"""What histories tell, read from each kind of database: bounded, kept, and read again when it changes."""

from __future__ import annotations

import itertools
import math
import uuid

import pytest

from mlflow_ext_server.insight_reader import InsightReader
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_ui.source import Principal
from tests.contract.world import ANYONE, World

STEADY = [1 / (1 + i) for i in range(30)]
BROKEN = [*STEADY[:20], *[math.nan] * 10]


def reader(world: World, **options) -> InsightReader:
    return InsightReader(Store(world.backend), **options)


def ended(world: World, name: str, **metrics: list[float]) -> str:
    run = world.run(name, **metrics)
    world.client.set_terminated(run)
    return run


def test_a_second_question_reads_no_history(world: World) -> None:
    run = ended(world, "one", loss=BROKEN)
    asked = reader(world)
    first = asked.read(ANYONE, [run])
    assert (first.findings[0].kind, first.findings[0].start) == ("nonfinite", 20)
    with world.queries() as seen:
        assert asked.read(ANYONE, [run]) == first
    assert not [query for query in seen if "metrics.step" in query.replace("latest_metrics", "")], seen


def test_a_run_that_moved_on_is_looked_at_again(world: World) -> None:
    run = world.run("one", loss=STEADY)
    asked = reader(world)
    assert "nonfinite" not in [one.kind for one in asked.read(ANYONE, [run]).findings]
    world.client.log_metric(run, "loss", math.nan, step=30)
    assert ("nonfinite", 30) in [(one.kind, one.start) for one in asked.read(ANYONE, [run]).findings]


def test_without_time_each_question_goes_on_where_the_last_one_ended(world: World) -> None:
    runs = [ended(world, f"run {i}", loss=BROKEN) for i in range(3)]
    asked = reader(world, clock=itertools.count().__next__)
    looked = []
    for _ in runs:
        found = asked.read(ANYONE, runs, seconds=0)
        assert set(found.runs) | set(found.left_out) == set(runs)
        assert {one.run_id for one in found.findings} == set(found.runs)
        looked.append(len(found.runs))
    assert looked == [1, 2, 3]


def test_a_history_that_is_too_long_is_named_and_the_others_are_looked_at(world: World) -> None:
    run = ended(world, "one", loss=BROKEN[:25], other_loss=[*STEADY, 1.0])
    found = reader(world, longest=25).read(ANYONE, [run])
    assert [(one.metric, one.points) for one in found.unread] == [("other_loss", 31)]
    assert {metric for one in found.findings for metric in one.metrics} == {"loss"}


def test_metrics_limit_what_is_looked_at(world: World) -> None:
    run = ended(world, "one", loss=BROKEN, other_loss=BROKEN)
    found = reader(world).read(ANYONE, [run], ["loss"])
    assert {metric for one in found.findings for metric in one.metrics} == {"loss"}


@pytest.mark.parametrize("shared", [True, False], ids=["as on a screen", "many"])
def test_a_spike_among_many_points_is_found_at_its_step(world: World, shared: bool) -> None:
    values = [1.0 + (i % 7) / 100 for i in range(900)]
    values[777] = 9.0
    run = ended(world, "one", loss=values)
    others = [] if shared else [ended(world, f"run {i}", loss=[1.0]) for i in range(20)]
    found = reader(world).read(ANYONE, [run, *others])
    assert ("spike", 777) in [(one.kind, one.start) for one in found.findings if one.run_id == run]


def test_a_run_that_stands_out_is_told_once_by_its_furthest_metric(world: World) -> None:
    runs = [ended(world, f"run {i}", loss=[1.0 + i / 100], error=[2.0 + i / 100]) for i in range(12)]
    runs.append(ended(world, "odd", loss=[9.0], error=[2.5]))
    told = [one for one in reader(world).read(ANYONE, runs).findings if one.kind == "outlier"]
    assert [(one.run_id, one.metrics) for one in told] == [(runs[-1], ["loss"])]


def test_what_may_not_be_read_is_missing_as_what_is_unknown_and_no_trend_is_told(world: World) -> None:
    run = ended(world, "one", loss=BROKEN)
    world.backend.hidden = {world.experiment}
    found = reader(world).read(ANYONE, [run, uuid.uuid4().hex])
    assert (found.runs, found.findings, len(found.missing)) == ([], [], 2)
    assert world.source.trend(ANYONE, world.experiment) is None
    assert world.source.trend(Principal(), "no experiment") is None


def test_a_trend_names_the_param_that_changed_with_a_jump(world: World) -> None:
    runs = [ended(world, f"run {i}", loss=[(1.0 if i < 8 else 0.3) + (i * 7 % 5) / 100]) for i in range(16)]
    for place, run in enumerate(runs):
        world.client.log_param(run, "rate", "0.1" if place < 8 else "0.01")
        world.client.log_param(run, "seed", str(place))
    found = world.source.trend(ANYONE, world.experiment)
    assert found is not None
    assert (found.metric, found.direction, found.runs) == ("loss", "lower", 16)
    (jump,) = found.jumps
    assert (jump.run_id, jump.better) == (runs[8], True)
    assert [(one.name, one.before, one.after) for one in jump.changes] == [("param.rate", "0.1", "0.01")]
