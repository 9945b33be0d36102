"""Plots logged again and again, read at a step and over their steps: the server's source, and its twin in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from mlflow_ext.primitives import Distribution
from mlflow_ext.store_format import PlotTag, Version, encode_part, part_path, slug, tag_key
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_server.source import StoreSource
from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.source import DataSource
from tests.contract.world import ANYONE, World

SLUG = slug("distribution", "weights")
WRITER = "aaaaaaaa"
Held = tuple[DataSource, str, Callable[[str, Sequence[int | None]], str]]


def store_run(world: World, name: str, steps: Sequence[int | None], per_part: int = 3) -> str:
    """A run whose version at each place holds that place as its value; several of them in a file."""
    run = world.run(name)
    folder = world.root / run / "artifacts"
    size = 0
    numbers = range(-(-len(steps) // per_part))
    for number in numbers:
        places = range(number * per_part, min((number + 1) * per_part, len(steps)))
        versions = [Version(i, steps[i], 5000 + i, Distribution([float(i)]).to_data()) for i in places]
        text = encode_part(
            kind="distribution", name="weights", section=None, writer=WRITER, part=number, versions=versions
        )
        path = folder / part_path("distribution", SLUG, WRITER, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
        size += len(text)
    tag = PlotTag(
        kind="distribution",
        name="weights",
        parts=len(numbers),
        bytes=size,
        points=len(steps),
        at=5000 + len(steps),
        slug=SLUG,
        writer=WRITER,
    )
    world.client.set_tag(run, tag_key(SLUG, WRITER), tag.to_json())
    return run


@pytest.fixture(params=["memory", "store"])
def held(request: pytest.FixtureRequest, world: World) -> Held:
    """A source, the plot's key there, and what makes a run that logged it at these steps."""
    if request.param == "store":
        return world.source, f"x:{SLUG}", lambda name, steps: store_run(world, name, steps)
    source = MemorySource()
    experiment = source.add_experiment("e")

    def make(name: str, steps: Sequence[int | None]) -> str:
        run = source.add_run(experiment, name)
        for place, step in enumerate(steps):
            source.log(run, "weights", Distribution([float(place)]), step=step)
        return run

    key = source.log(source.add_run(experiment, "first"), "weights", Distribution([0.0]))
    return source, key, make


def places(source: DataSource, runs: Sequence[str], key: str, step: int | None) -> dict[str, float]:
    [drawing] = source.drawings(ANYONE, runs, [key], step=step)
    assert drawing.troubles == ()
    found = {}
    for version in drawing.versions:
        assert isinstance(version.primitive, Distribution)
        found[version.run_id] = float(np.asarray(version.primitive.values)[0])
    return found


def test_each_run_shows_the_version_at_or_before_a_step_or_its_first(held: Held) -> None:
    source, key, make = held
    a, b = make("a", [0, 10, 20, 30, 20]), make("b", [15, 25])
    assert places(source, [a, b], key, 20) == {a: 4.0, b: 0.0}  # logged twice at 20: the later one
    assert places(source, [a, b], key, 29) == {a: 4.0, b: 1.0}
    assert places(source, [a, b], key, 3) == {a: 0.0, b: 0.0}
    assert places(source, [a, b], key, -(2**62)) == {a: 0.0, b: 0.0}
    assert places(source, [a, b], key, None) == {a: 4.0, b: 1.0}
    assert source.steps(ANYONE, [a, b, "f" * 32], key) == {a: (0, 10, 20, 30), b: (15, 25)}
    assert [plot.again for plot in source.plots(ANYONE, [a, b]) if plot.key == key] == [True]


def test_versions_without_a_step_stand_at_none(held: Held) -> None:
    source, key, make = held
    a, b = make("a", [None, None]), make("b", [None, 4, None])
    assert places(source, [a, b], key, 4) == {a: 1.0, b: 1.0}
    history = source.history(ANYONE, [a, b], key, most=5)
    assert history is not None
    assert (history.total, [moment.step for moment in history.moments]) == (1, [4])
    assert source.history(ANYONE, [a], "x:unknown", most=5) is None


def test_ten_thousand_steps_are_thinned_with_the_first_and_the_last(held: Held) -> None:
    source, key, make = held
    run = make("a", range(0, 1000, 2))
    history = source.history(ANYONE, [run], key, most=5)
    assert history is not None
    assert history.total == 500
    assert [moment.step for moment in history.moments] == [0, 250, 500, 748, 998]
    shown = [moment.drawing.versions[0].step for moment in history.moments]
    assert shown == [0, 250, 500, 748, 998]


def test_a_missing_and_a_damaged_file_are_told_beside_what_can_be_read(world: World) -> None:
    run = store_run(world, "a", range(12))
    parts = [world.root / run / "artifacts" / part_path("distribution", SLUG, WRITER, number) for number in range(4)]
    parts[1].unlink()
    parts[2].write_bytes(b"{")
    source, key = StoreSource(Store(world.backend)), f"x:{SLUG}"
    assert source.steps(ANYONE, [run], key) == {run: (0, 1, 2, 9, 10, 11)}
    [drawing] = source.drawings(ANYONE, [run], [key], step=4)
    assert drawing.versions[0].step == 2
    assert [trouble.title for trouble in drawing.troubles] == ["Data is missing"]
    history = source.history(ANYONE, [run], key, most=12)
    assert history is not None
    assert len(history.moments) == 6
    assert [trouble.title for trouble in history.moments[0].drawing.troubles] == ["Data is missing"]
    for part in parts[::3]:
        part.unlink()
    gone = StoreSource(Store(world.backend))
    assert gone.steps(ANYONE, [run], key) == {}
    [drawing] = gone.drawings(ANYONE, [run], [key], step=4)
    assert (drawing.versions, [trouble.title for trouble in drawing.troubles]) == ((), ["Data is missing"])


def test_a_full_file_is_read_but_once_while_a_run_logs_on(world: World) -> None:
    run = store_run(world, "a", range(7))
    asked: list[str] = []
    read = world.backend.artifact

    def counted(uri: str, path: str) -> bytes:
        asked.append(path.rsplit("-", 1)[-1])
        return read(uri, path)

    world.backend.artifact = counted  # type: ignore[method-assign]
    source, key = StoreSource(Store(world.backend)), f"x:{SLUG}"
    assert source.steps(ANYONE, [run], key)[run] == tuple(range(7))
    assert sorted(asked) == ["0.json", "1.json", "2.json"]
    asked.clear()
    [tag] = [key for key in world.client.get_run(run).data.tags if key.startswith("mlflow.ext.p.")]
    text = encode_part(
        kind="distribution",
        name="weights",
        section=None,
        writer=WRITER,
        part=2,
        versions=[Version(i, i, 5000 + i, Distribution([float(i)]).to_data()) for i in (6, 7)],
    )
    (world.root / run / "artifacts" / part_path("distribution", SLUG, WRITER, 2)).write_bytes(text)
    known = PlotTag.parse(tag, world.client.get_run(run).data.tags[tag])
    assert known is not None
    more = PlotTag(
        kind="distribution", name="weights", parts=3, bytes=known.bytes + 9, points=8, at=5007, slug=SLUG, writer=WRITER
    )
    world.client.set_tag(run, tag, more.to_json())
    assert source.steps(ANYONE, [run], key)[run] == tuple(range(8))
    assert asked == ["2.json"]
