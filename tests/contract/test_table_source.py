"""What the Tables tab asks of a source: the server's on every database, and its twin in memory."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mlflow_ext.primitives import Table
from mlflow_ext.store_format import Version, encode_part, part_path, slug
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_server.source import StoreSource
from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.source import DataSource, Principal
from tests.contract.world import ANYONE, World

HISTORIES = {"acc": [0.1, 0.9, 0.5], "loss": [3.0, math.nan, 1.0], "speed": [2.0, 5.0, 5.0], "gone": [math.nan]}


def in_memory() -> tuple[DataSource, list[str]]:
    source = MemorySource()
    runs = [source.add_run(source.add_experiment("e"), name) for name in ("a", "b")]
    for key, values in HISTORIES.items():
        source.line(runs[0], key, range(len(values)), values)
    source.line(runs[1], "acc", [0], [0.7])
    source.set_params(runs[0], {"lr": 0.1, "opt": "sgd"})
    return source, runs


def in_store(world: World) -> tuple[DataSource, list[str]]:
    runs = [world.run("a", **HISTORIES), world.run("b", acc=[0.7])]
    for key, value in {"lr": 0.1, "opt": "sgd"}.items():
        world.client.log_param(runs[0], key, value)
    return world.source, runs


@pytest.fixture(params=["memory", "store"])
def held(request: pytest.FixtureRequest, world: World) -> tuple[DataSource, list[str]]:
    return in_memory() if request.param == "memory" else in_store(world)


def test_params_come_by_run_in_the_order_asked(held: tuple[DataSource, list[str]]) -> None:
    source, (a, b) = held
    found = source.params(ANYONE, [b, "f" * 32, a])
    assert list(found.items()) == [(b, {}), (a, {"lr": "0.1", "opt": "sgd"})]


def test_summaries_come_by_run_and_key_and_leave_nan_out(held: tuple[DataSource, list[str]]) -> None:
    source, (a, b) = held
    found = source.summaries(ANYONE, [b, a, "f" * 32])
    assert [(one.run_id, one.key) for one in found] == [(b, "acc"), (a, "acc"), (a, "gone"), (a, "loss"), (a, "speed")]
    rows = {(one.run_id, one.key): tuple(one[2:]) for one in found}
    assert rows[b, "acc"] == (0.7, 0.7, 0.7, 0.7, 0, 1)
    assert rows[a, "acc"] == (0.5, 0.1, 0.9, pytest.approx(0.5), 1, 3)
    assert rows[a, "loss"] == (1.0, 1.0, 3.0, 2.0, 2, 3)
    assert rows[a, "speed"] == (5.0, 2.0, 5.0, 4.0, None, 3)
    assert rows[a, "gone"] == (pytest.approx(math.nan, nan_ok=True), None, None, None, None, 1)


def test_only_keys_asked_for_and_only_last_values_without_history(held: tuple[DataSource, list[str]]) -> None:
    source, (a, b) = held
    found = source.summaries(ANYONE, [a, b], ["acc", "none"], history=False)
    assert [tuple(one) for one in found] == [
        (a, "acc", 0.5, None, None, None, None, None),
        (b, "acc", 0.7, None, None, None, None, None),
    ]


def test_the_best_step_follows_the_direction_said(held: tuple[DataSource, list[str]]) -> None:
    source, (a, _) = held
    said = {"acc": "lower", "speed": "higher", "loss": "higher", "none": "lower"}
    found = {one.key: one.best_step for one in source.summaries(ANYONE, [a], directions=said)}
    assert found == {"acc": 0, "speed": 1, "loss": 0, "gone": None}


def test_unreadable_runs_tell_nothing(world: World) -> None:
    source, (a, b) = in_store(world)
    world.client.delete_run(b)
    assert list(source.params(ANYONE, [a, b])) == [a]
    elsewhere = Principal(workspace="elsewhere")
    world.backend.hidden = {world.experiment}
    for who in (ANYONE, elsewhere):
        assert source.params(who, [a]) == {}
        assert source.summaries(who, [a], directions={"acc": "lower"}) == ()


def test_the_number_of_queries_does_not_grow_with_runs_and_metrics(world: World) -> None:
    runs = [world.run(f"r{i}", **{f"m{k}/loss": [1.0, 2.0] for k in range(5)}) for i in range(6)]
    said = {f"m{k}/loss": "higher" for k in range(5)}
    counts = []
    for some in (runs[:1], runs):
        with world.queries() as seen:
            world.source.params(ANYONE, some)
            world.source.summaries(ANYONE, some, directions=said)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_steps_of_a_table_come_once_and_in_order(world: World) -> None:
    run = world.run("a", loss=[1.0])
    table = Table(["a"], [[1]])
    world.part(run, "table", "t", "aaaaaaaa", table.to_data())
    assert world.source.steps(ANYONE, [run], f"x:{slug('table', 't')}") == {run: (None,)}
    path = world.root / run / "artifacts" / part_path("table", slug("table", "t"), "aaaaaaaa", 0)
    versions = [Version(seq=i, step=step, logged_at=5000 + i, data=table.to_data()) for i, step in enumerate((4, 2, 4))]
    path.write_bytes(encode_part(kind="table", name="t", section=None, writer="aaaaaaaa", part=0, versions=versions))
    other = world.run("b")
    for key in (f"x:{slug('table', 'none')}", "m:loss", "nonsense"):
        assert world.source.steps(ANYONE, [run], key) == {}
    key = f"x:{slug('table', 't')}"
    assert world.source.steps(ANYONE, [other], key) == {}
    assert StoreSource(Store(world.backend)).steps(ANYONE, [run], key) == {run: (2, 4)}  # without what was read before


def test_a_table_is_checked_once_for_all_its_windows_until_it_is_logged_again(world: World) -> None:
    run = world.run("a", loss=[1.0])
    key = f"x:{slug('table', 't')}"

    def read() -> Table:
        [drawing] = world.source.drawings(ANYONE, [run], [key])
        found = drawing.versions[0].primitive
        assert isinstance(found, Table)
        return found

    world.part(run, "table", "t", "aaaaaaaa", Table(["a"], [[1]]).to_data())
    first = read()
    assert read() is first
    world.part(run, "table", "t", "aaaaaaaa", Table(["a"], [[1], [22]]).to_data())
    assert read().data == ((1,), (22,))
    world.backend.hidden = {world.experiment}
    assert world.source.drawings(ANYONE, [run], [key]) == ()


def test_steps_in_memory() -> None:
    source = MemorySource()
    run = source.add_run(source.add_experiment("e"), "a")
    key = source.log(run, "t", Table(["a"], [[1]]), step=4)
    for step in (2, 4, None):
        source.log(run, "t", Table(["a"], [[np.float64(2)]]), step=step)
    assert source.steps(ANYONE, [run], key) == {run: (None, 2, 4)}
    assert source.steps(ANYONE, [run], "nothing") == {}
