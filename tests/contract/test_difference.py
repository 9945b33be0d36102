"""Where runs came from, as the repositories read it on each database."""

from __future__ import annotations

import pytest
from mlflow.entities import Dataset as MlflowDataset
from mlflow.entities import DatasetInput, InputTag, LoggedModelInput, LoggedModelOutput, Metric

from mlflow_ext.errors import StoreUnavailable
from mlflow_ext_server.difference_reader import DifferenceReader
from mlflow_ext_server.repositories.dataset import DatasetRepository
from mlflow_ext_server.repositories.package import LARGEST, PackageReader
from mlflow_ext_server.repositories.provenance import ProvenanceRepository
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_ui.source import Principal
from tests.contract.world import World

ANYONE = Principal()
GIT = "mlflow.source.git."


def state(world: World, commit: str, diff: str | None = None) -> str:
    """A model that stands for a state of a repository, as ``enable_git_model_versioning`` makes it."""
    tags = {GIT + "commit": commit, GIT + "dirty": "false" if diff is None else "true"}
    if diff is not None:
        tags[GIT + "diff"] = diff
    return str(world.client.create_logged_model(world.experiment, tags=tags).model_id)


def ran_with(world: World, model: str, commit: str, **metrics: list[float]) -> str:
    run = world.run("r", **metrics)
    world.client.set_tag(run, GIT + "commit", commit)
    world.client.log_inputs(run, models=[LoggedModelInput(model)])
    return run


def test_the_diff_of_a_shared_state_is_that_of_the_last_run(world: World):
    model = state(world, "c1", "+x")
    first, last = ran_with(world, model, "c1"), ran_with(world, model, "c1")
    found = ProvenanceRepository(world.backend).read(ANYONE, [first, last])
    assert [GIT + "diff" in found[run].tags for run in (first, last)] == [False, True]
    assert [found[run].tags[GIT + "dirty"] for run in (first, last)] == ["true", "true"]


def test_a_model_of_another_commit_says_nothing_of_the_run_s_code(world: World):
    run = ran_with(world, state(world, "c1", "+x"), "c2")
    assert GIT + "dirty" not in ProvenanceRepository(world.backend).read(ANYONE, [run])[run].tags


def test_what_may_not_be_read_is_missing(world: World):
    run = ran_with(world, state(world, "c1", "+x"), "c1", acc=[1.0])
    origins = ProvenanceRepository(world.backend)
    world.client.set_terminated(run, "FINISHED")
    assert origins.finished(ANYONE, [world.experiment], "acc", 10) == {run: 1.0}
    world.backend.without_models = {world.experiment}
    assert GIT + "dirty" not in origins.read(ANYONE, [run])[run].tags
    world.backend.hidden = {world.experiment}
    assert origins.read(ANYONE, [run]) == {}
    assert origins.finished(ANYONE, [world.experiment], "acc", 10) == {}
    assert DatasetRepository(world.backend).digests(ANYONE, [run]) == {}


def test_other_runs_are_the_newest_finished_ones_that_have_the_metric(world: World):
    runs = [world.run("r", acc=[0.1 * i]) for i in range(4)]
    for run in runs[:3]:
        world.client.set_terminated(run, "FINISHED")
    world.client.set_terminated(world.run("other", loss=[1.0]), "FINISHED")
    found = ProvenanceRepository(world.backend).finished(ANYONE, [world.experiment], "acc", 2)
    assert list(found) == [runs[2], runs[1]]


def test_datasets_come_with_digest_and_context(world: World):
    run = world.run("r")
    given = MlflowDataset("iris", "d1", "local", "{}")
    world.client.log_inputs(run, [DatasetInput(given, [InputTag("mlflow.data.context", "training")])])
    assert DatasetRepository(world.backend).digests(ANYONE, [run]) == {run: [("iris", "d1", "training")]}


def test_system_metrics_count_the_gpus_and_tags_of_plots_are_left_out(world: World):
    run = world.run("r")
    world.client.log_batch(run, metrics=[Metric(f"system/gpu_{i}_power_usage_watts", 1.0, 1, 0) for i in range(2)])
    world.client.set_tag(run, "mlflow.ext.p.x-000000000000.00000000", "{}")
    found = ProvenanceRepository(world.backend).read(ANYONE, [run])[run]
    assert sorted(found.system) == ["system/gpu_0_power_usage_watts", "system/gpu_1_power_usage_watts"]
    assert not [key for key in found.tags if key.startswith("mlflow.ext.")]


def test_packages_are_those_of_the_newest_model_else_of_the_run(world: World):
    run = world.run("r")
    reader, origins = PackageReader(world.backend), ProvenanceRepository(world.backend)
    world.client.log_text(run, "rich==1\n", "requirements.txt")
    assert reader.read(origins.read(ANYONE, [run])[run]) == "rich==1\n"
    world.client.set_tag(run, "mlflow.log-model.history", '[{"artifact_path": "old"}, {"artifact_path": "../up"}, 3]')
    world.client.log_text(run, "rich==2\n", "old/requirements.txt")
    world.client.log_text(run, "dependencies:\n- python=3.11.7\n", "old/conda.yaml")
    assert reader.read(origins.read(ANYONE, [run])[run]) == "python==3.11.7\nrich==2\n"
    model = world.client.create_logged_model(world.experiment, source_run_id=run)
    world.client.log_outputs(run, [LoggedModelOutput(model.model_id, 0)])
    (made,) = origins.read(ANYONE, [run])[run].models
    assert made.model_id == model.model_id


def test_a_file_too_large_to_be_a_list_of_packages_counts_as_none(world: World):
    run = world.run("r")
    world.client.log_text(run, "x" * (LARGEST + 1), "requirements.txt")
    assert PackageReader(world.backend).read(ProvenanceRepository(world.backend).read(ANYONE, [run])[run]) == ""


def test_a_store_of_artifacts_that_is_down_leaves_packages_unknown(world: World, monkeypatch: pytest.MonkeyPatch):
    def down(*_: object) -> bytes:
        raise StoreUnavailable("The artifact store gives no answer.")

    one, other = world.run("a", acc=[0.1]), world.run("b", acc=[0.2])
    monkeypatch.setattr(world.backend, "artifact", down)
    found = DifferenceReader(Store(world.backend)).read(ANYONE, [one, other])
    assert "Packages could not be read: The artifact store gives no answer." in {
        each.sentence for each in found.unknown
    }
    assert found.apart == pytest.approx(0.1)
