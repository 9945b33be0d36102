"""The page of one run, read on every database after MLflow's own client wrote it."""

from __future__ import annotations

import math

from mlflow.data.numpy_dataset import from_numpy
from mlflow.entities import DatasetInput
from numpy import zeros

from tests.contract.world import ANYONE, World


def test_a_run_comes_with_its_family_and_data(world: World) -> None:
    parent = world.run("parent")
    run = world.run("run", loss=[2.0, 1.0], bad=[math.nan])
    children = [world.run(f"child {i}") for i in range(2)]
    for one, of in ((run, parent), (children[0], run), (children[1], run)):
        world.client.set_tag(one, "mlflow.parentRunId", of)
    gone = world.run("gone")
    world.client.set_tag(gone, "mlflow.parentRunId", run)
    world.client.delete_run(gone)
    world.client.log_param(run, "lr", "3e-4")
    world.client.set_tag(run, "team", "a")
    world.client.set_tag(run, "mlflow.note.content", "PUBLISH")
    world.client.log_inputs(run, [DatasetInput(from_numpy(zeros(3), name="zeros")._to_mlflow_entity())])
    found = world.source.detail(ANYONE, run)
    assert found is not None
    assert (found.name, found.note, found.params, found.tags["team"]) == ("run", "PUBLISH", {"lr": "3e-4"}, "a")
    assert found.metrics["loss"] == 1.0
    assert math.isnan(found.metrics["bad"])
    assert found.parent is not None
    assert found.parent.id == parent
    assert [child.id for child in found.children] == children
    assert [one.name for one in found.datasets] == ["zeros"]
    assert not found.archived


def test_an_archived_run_has_a_page_and_an_unreadable_one_has_none(world: World) -> None:
    run = world.run("run")
    world.client.delete_run(run)
    found = world.source.detail(ANYONE, run)
    assert found is not None
    assert found.archived
    assert world.source.detail(ANYONE, "f" * 32) is None
    assert world.source.detail(ANYONE, "no id") is None
    world.backend.hidden = {world.experiment}
    assert world.source.detail(ANYONE, run) is None
