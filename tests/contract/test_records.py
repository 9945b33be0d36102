"""Runs, aliases, leaderboards and the index of primitives, as every database gives them."""

from __future__ import annotations

import math

import pytest
import sqlalchemy as sa
from mlflow.entities import Dataset, DatasetInput, InputTag

from mlflow_ext.errors import ValidationError
from mlflow_ext_server import tables
from mlflow_ext_server.repositories.alias import AliasRepository
from mlflow_ext_server.repositories.index import IndexRepository
from mlflow_ext_server.repositories.leaderboard import LeaderboardRepository
from mlflow_ext_server.repositories.record import RecordRepository
from mlflow_ext_server.repositories.schema import params, runs
from mlflow_ext_server.repositories.selection import RunSelection
from mlflow_ext_server.repositories.summary import SummaryRepository
from mlflow_ext_ui.source import Principal
from tests.contract.world import ANYONE, World

ELSEWHERE = Principal(workspace="elsewhere")


@pytest.fixture
def records(world: World) -> RecordRepository:
    return RecordRepository(world.backend)


def here(world: World, **selection) -> RunSelection:
    return RunSelection(experiment_ids=(world.experiment,), **selection)


def names(records: RecordRepository, selection: RunSelection) -> list[str]:
    return [one.name for one in records.search(ANYONE, selection)[0]]


def give_dataset(world: World, run: str, name: str, context: str | None = None) -> None:
    dataset = Dataset(name=name, digest="d" + name[:8], source_type="local", source='{"uri": "x"}')
    tags = [] if context is None else [InputTag("mlflow.data.context", context)]
    world.client.log_inputs(run, [DatasetInput(dataset, tags)])


def give_alias(world: World, alias: str, run: str | None, workspace: str = "default") -> None:
    row = {"workspace": workspace, "alias": alias, "run_uuid": run, "claimed_at": 1}
    with world.backend.write() as session:
        session.execute(sa.insert(tables.run_aliases).values(row))


def test_a_record_holds_all_that_was_logged(world: World, records: RecordRepository) -> None:
    run = world.run("one", loss=[2.0, 1.0], up=[math.inf], down=[-math.inf], odd=[math.nan])
    world.client.log_param(run, "lr", "0.1")
    tags = {"mlflow.note.content": "BAD: seed", "mlflow.ext.run.command": "python a.py", "team": "x"}
    for key, value in {**tags, "mlflow.ext.run.dataset_id": "digits"}.items():
        world.client.set_tag(run, key, value)
    world.series(run, "training", "aaaaaaaa", [1, 2], "Train", loss=[1.0, 2.0])
    give_alias(world, "mine" + run[:8], run)
    world.client.set_terminated(run, end_time=1_790_999_999_999)
    ((one,), total) = records.search(ANYONE, here(world))
    assert total == 1
    project = world.client.get_experiment(world.experiment)
    assert (one.run_id, one.name, one.project, one.experiment_id) == (run, "one", project.name, world.experiment)
    assert (one.status, one.stage, one.alias) == ("FINISHED", "active", "mine" + run[:8])
    assert (one.note, one.command, one.dataset_id) == ("BAD: seed", "python a.py", "digits")
    assert one.params == {"lr": "0.1"}
    assert one.metrics == pytest.approx({"loss": 1.0, "up": math.inf, "down": -math.inf, "odd": math.nan}, nan_ok=True)
    assert tags.items() <= one.tags.items()
    assert not any(key.startswith("mlflow.ext.p.") for key in one.tags)
    info = world.client.get_run(run).info
    assert (one.start_time, one.end_time, one.artifact_uri) == (info.start_time, info.end_time, info.artifact_uri)
    ((primitive,), by_ids) = one.primitives, records.by_ids(ANYONE, [run])
    assert (primitive.name, primitive.kind, primitive.section, primitive.points) == ("training", "series", "Train", 2)
    assert primitive.fields == ("loss",)
    assert by_ids[run].params == one.params


def test_the_newest_comes_first_and_pages_tell_the_total(world: World, records: RecordRepository) -> None:
    for i in range(5):
        world.run(f"r{i}")
    assert names(records, here(world)) == ["r4", "r3", "r2", "r1", "r0"]
    page, total = records.search(ANYONE, here(world, limit=2, offset=1))
    assert ([one.name for one in page], total) == (["r3", "r2"], 5)
    assert [records.search(ANYONE, here(world, limit=2, offset=at))[1] for at in (4, 5, 9)] == [5, 5, 5]


def test_a_condition_and_an_order_of_the_caller_count(world: World, records: RecordRepository) -> None:
    for i in range(4):
        world.client.log_param(world.run(f"r{i}"), "i", str(i))
    where = sa.exists().where(params.c.run_uuid == runs.c.run_uuid, params.c.value.in_(["0", "2", "3"]))
    assert names(records, here(world, where=where, order_by=(runs.c.name.asc(),))) == ["r0", "r2", "r3"]


def test_archived_runs_are_apart_until_they_are_restored(world: World, records: RecordRepository) -> None:
    _, gone = world.run("stays"), world.run("goes")
    world.client.delete_run(gone)
    stages = {stage: names(records, here(world, stage=stage)) for stage in ("active", "archived", "all")}
    assert stages == {"active": ["stays"], "archived": ["goes"], "all": ["goes", "stays"]}
    assert records.by_ids(ANYONE, [gone])[gone].stage == "archived"
    assert records.by_ids(ANYONE, [gone], "active") == {}
    world.client.restore_run(gone)
    assert names(records, here(world)) == ["goes", "stays"]


def test_the_runs_of_an_archived_experiment_are_archived(world: World, records: RecordRepository) -> None:
    run = world.run("a")
    world.client.delete_experiment(world.experiment)
    assert names(records, here(world)) == []
    assert [one.stage for one in records.search(ANYONE, here(world, stage="archived"))[0]] == ["archived"]
    world.client.restore_experiment(world.experiment)
    assert records.by_ids(ANYONE, [run], "active")[run].stage == "active"


def test_nothing_is_read_of_another_workspace_or_a_hidden_experiment(world: World, records: RecordRepository) -> None:
    run = world.run("a", m=[1.0])
    leaders = LeaderboardRepository(world.backend, records, SummaryRepository(world.backend))
    index = IndexRepository(world.backend)
    for who, hidden in ((ELSEWHERE, set()), (ANYONE, {world.experiment})):
        world.backend.hidden = hidden
        assert records.search(who, here(world, stage="all")) == ([], 0)
        assert records.by_ids(who, [run]) == {}
        assert leaders.top(who, "m", 5, here(world)) == ([], 0)
        assert index.read(who, [run]) == {}


def test_projects_are_found_by_name_beside_ids(world: World, records: RecordRepository) -> None:
    world.run("a")
    name = world.client.get_experiment(world.experiment).name
    assert names(records, RunSelection(projects=(name,))) == ["a"]
    other = world.client.create_experiment(name + " other")
    world.client.create_run(other, run_name="b", start_time=1)
    assert names(records, RunSelection(projects=(name,), experiment_ids=(other,))) == ["a", "b"]
    for none in ((), ("no such",), ("\0",), ("\ud800",)):
        assert records.search(ANYONE, RunSelection(projects=none)) == ([], 0)
    for none in ("x", "9" * 30, "4294967296", "", "²"):
        assert records.search(ANYONE, RunSelection(experiment_ids=(none,))) == ([], 0)


def test_last_values_select_within_their_range(world: World, records: RecordRepository) -> None:
    for name, values in {"low": [9.0, 0.1], "mid": [0.5], "inf": [math.inf], "nan": [math.nan]}.items():
        world.run(name, loss=values)
    world.run("none")

    def found(**bounds: float) -> set[str]:
        return set(names(records, here(world, metric_name="loss", **bounds)))

    assert found() == {"low", "mid", "inf", "nan"}
    assert found(metric_min=0.1, metric_max=0.4) == {"low"}
    assert found(metric_min=0.2) == {"mid", "inf"}
    assert found(metric_min=math.inf) == {"inf"}
    assert found(metric_max=0.0) == set()
    assert found(metric_min=math.nan) == set()
    assert names(records, here(world, metric_name="\0")) == []


@pytest.mark.parametrize("asked", ["100%", "ÄRGER".title(), "a_b", "PUBLISH: 100"])
def test_notes_are_searched_as_text(world: World, records: RecordRepository, asked: str) -> None:
    run = world.run("a")
    world.client.set_tag(run, "mlflow.note.content", "publish: 100% Ärger a_b")
    other = world.run("b")
    world.client.set_tag(other, "mlflow.note.content", "1000 aXb")
    world.client.set_tag(other, "mlflow.source.name", asked)
    assert names(records, here(world, note_substring=asked)) == ["a"]
    assert names(records, here(world, note_substring="\0")) == []


def test_commands_are_searched_in_our_tag_and_in_mlflow_s(world: World, records: RecordRepository) -> None:
    world.client.set_tag(world.run("ours"), "mlflow.ext.run.command", "python Train.py --lr 1")
    world.client.set_tag(world.run("theirs"), "mlflow.source.name", "/home/me/train.py")
    world.client.set_tag(world.run("note"), "mlflow.note.content", "train.py")
    assert set(names(records, here(world, command_substring="train.PY"))) == {"ours", "theirs"}


def test_times_bound_the_start(world: World, records: RecordRepository) -> None:
    starts = [world.client.get_run(world.run(f"r{i}")).info.start_time for i in range(3)]
    assert names(records, here(world, from_time=starts[1])) == ["r2", "r1"]
    assert names(records, here(world, from_time=starts[1], to_time=starts[1])) == ["r1"]


def test_a_dataset_is_the_tag_s_or_the_first_input_s(world: World, records: RecordRepository) -> None:
    plain, tagged, bare = world.run("plain"), world.run("tagged"), world.run("bare")
    give_dataset(world, plain, "a-test", "test")
    give_dataset(world, plain, "z-train", "training")
    give_dataset(world, tagged, "z-train")
    world.client.set_tag(tagged, "mlflow.ext.run.dataset_id", "own")
    found = records.by_ids(ANYONE, [plain, tagged, bare])
    assert [one.dataset_id for one in found.values()] == ["z-train", "own", None]
    assert names(records, here(world, dataset_id="z-train")) == ["plain"]
    assert names(records, here(world, dataset_id="a-test")) == ["plain"]
    assert names(records, here(world, dataset_id="own")) == ["tagged"]
    assert names(records, here(world, dataset_id="\0")) == []


def test_ids_come_in_the_order_asked_and_odd_ones_are_missing(world: World, records: RecordRepository) -> None:
    a, b = world.run("a"), world.run("b")
    asked = ["no", b, "\0", "\ud800", "é" * 40, "x" * 500, a, b, "%", ""]
    assert list(records.by_ids(ANYONE, asked)) == [b, a]


def test_the_number_of_queries_is_fixed(world: World, records: RecordRepository) -> None:
    counts = []
    for size in (3, 600):
        for i in range(size):
            world.client.create_run(world.experiment, run_name=f"{size}-{i}")
        with world.queries() as seen:
            found, _ = records.search(ANYONE, here(world, limit=1000))
            assert len(found) >= size
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_an_alias_stands_for_its_run_in_its_workspace(world: World) -> None:
    aliases = AliasRepository(world.backend)
    run = world.run("a")
    mine, other, pending, orphan = (f"{word}-{run[:8]}" for word in ("mine", "other", "pending", "orphan"))
    give_alias(world, mine, run)
    give_alias(world, other, run, "elsewhere")
    give_alias(world, pending, None)
    give_alias(world, orphan, "f" * 32)
    asked = ["f" * 32, orphan, mine, pending, other, "\0", "none", run]
    assert aliases.resolve(ANYONE, asked) == {"f" * 32: "f" * 32, mine: run, run: run}
    assert list(aliases.resolve(ANYONE, [run, mine])) == [run, mine]
    assert aliases.resolve(ELSEWHERE, [mine, other]) == {other: run}
    assert aliases.resolve(ANYONE, []) == {}


def test_the_index_takes_writers_together_and_reads_no_artifact(world: World) -> None:
    run, empty = world.run("a"), world.run("b")
    world.series(run, "training", "aaaaaaaa", [1, 2], "Train", loss=[1.0, 2.0])
    world.series(run, "training", "bbbbbbbb", [3], "Train", acc=[1.0])
    world.part(run, "matrix", "confusion", "aaaaaaaa", {"rows": ["a"], "cols": ["b"], "values": [[1]]}, points=4)
    world.client.set_tag(run, "mlflow.ext.p.not-ours", "{}")
    with world.queries() as seen:
        found = IndexRepository(world.backend).read(ANYONE, [empty, run, "none"])
    assert len(seen) == 2
    assert list(found) == [empty, run]
    assert found[empty] == []
    told = [(one.name, one.kind, one.section, one.points, set(one.fields)) for one in found[run]]
    assert told == [("confusion", "matrix", None, 4, set()), ("training", "series", "Train", 3, {"loss", "acc"})]


@pytest.fixture
def leaders(world: World, records: RecordRepository) -> LeaderboardRepository:
    return LeaderboardRepository(world.backend, records, SummaryRepository(world.backend))


def test_the_name_of_a_metric_says_what_leads(world: World, leaders: LeaderboardRepository) -> None:
    for name, loss in {"a": [1.0, 0.3], "b": [0.1, 0.5], "c": [math.nan], "d": [-math.inf]}.items():
        world.run(name, loss=loss, acc=loss)

    def top(metric: str, **how) -> list[str]:
        return [one.run.name for one in leaders.top(ANYONE, metric, 10, here(world), **how)[0]]

    assert top("loss") == ["d", "a", "b"]
    assert top("acc") == ["b", "a", "d"]
    assert top("loss", direction="desc") == ["b", "a", "d"]
    assert top("loss", aggregate="min") == ["d", "b", "a"]
    assert top("loss", aggregate="max", direction="desc") == ["a", "b", "d"]
    assert top("loss", aggregate="mean") == ["d", "b", "a"]
    assert top("none") == top("\0") == []


def test_a_metric_whose_name_does_not_tell_needs_a_direction(world: World, leaders: LeaderboardRepository) -> None:
    world.run("slow", speed=[1.0])
    world.run("fast", speed=[2.0])
    with pytest.raises(ValidationError, match=r"'speed' is better low or high.*order=asc or order=desc"):
        leaders.top(ANYONE, "speed", 3, here(world))
    ranked, total = leaders.top(ANYONE, "speed", 1, here(world), direction="desc")
    assert ([one.run.name for one in ranked], total) == (["fast"], 2)
    assert leaders.top(ANYONE, "no such speed", 3, here(world)) == ([], 0)


def test_a_leaderboard_is_cut_counts_all_and_keeps_the_order_of_equals(
    world: World, leaders: LeaderboardRepository
) -> None:
    for i in range(4):
        world.run(f"r{i}", acc=[0.5])
    world.run("best", acc=[0.9])
    ranked, total = leaders.top(ANYONE, "acc", 3, here(world, limit=1))
    assert [(one.run.name, one.value) for one in ranked] == [("best", 0.9), ("r3", 0.5), ("r2", 0.5)]
    assert total == 5


def test_opposite_infinities_have_no_mean_to_rank_by(world: World, leaders: LeaderboardRepository) -> None:
    world.run("torn", acc=[math.inf, -math.inf])
    world.run("whole", acc=[math.inf, 1.0])
    ranked, _ = leaders.top(ANYONE, "acc", 3, here(world), aggregate="mean")
    assert [(one.run.name, one.value) for one in ranked] == [("whole", math.inf)]
