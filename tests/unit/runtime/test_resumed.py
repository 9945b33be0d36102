"""A writer that goes on from its last part and its tag ends where one that never stopped does."""

from __future__ import annotations

import math
from typing import Any

import orjson
import pytest

from mlflow_ext.primitives import Curve, Matrix
from mlflow_ext.store_format import SERIES_PART_POINTS, PlotTag, Version, decode_part
from mlflow_ext.uploader.bundle import BundleFold
from mlflow_ext.uploader.series import SeriesFold

WRITER = "0123abcd"
Store = dict[int, bytes]


def deliver(plot: SeriesFold | BundleFold, store: Store) -> PlotTag:
    for number in plot.due(settle=True, now=math.inf):
        part = plot.part(number)
        store[number] = bytes(part.content)
        plot.delivered(part, math.inf)
    tag = PlotTag.parse(plot.tag().key, plot.tag().to_json())
    assert tag is not None
    return tag


def anew(kind: type[SeriesFold] | type[BundleFold], tag: PlotTag, store: Store) -> Any:
    text = store[tag.parts - 1]
    return kind.resumed(tag, decode_part(text), len(text))


def add(plot: SeriesFold, seq: int, first: int, count: int, **fields: float) -> None:
    columns = {name: [value + place for place in range(count)] for name, value in fields.items()}
    plot.add(seq, 1000 + seq, list(range(first, first + count)), columns)


@pytest.mark.parametrize("sizes", [(1, 1, 1), (SERIES_PART_POINTS, 1, 1), (30_000, 30_000, 60_000), (3, 100_001, 2)])
def test_a_series_goes_on_as_if_it_had_never_stopped(sizes: tuple[int, ...]):
    steady, whole, store = SeriesFold("training", "epoch", WRITER), {}, {}
    tag: PlotTag | None = None
    done = 0
    for seq, size in enumerate(sizes):
        plot = SeriesFold("training", "epoch", WRITER) if tag is None else anew(SeriesFold, tag, store)
        late = {"acc": -5.0} if seq == 1 else {}
        for one in (steady, plot):
            add(one, seq, done, size, loss=2.5, **late)
        expected, tag = deliver(steady, whole), deliver(plot, store)
        done += size
        assert tag == expected
        assert {number: orjson.loads(text) for number, text in store.items()} == {
            number: orjson.loads(text) for number, text in whole.items()
        }


def test_points_that_no_tag_covers_are_left_out():
    plot, store = SeriesFold("training", "epoch", WRITER), {}
    add(plot, 0, 0, 3, loss=1.0)
    tag = deliver(plot, store)
    add(plot, 1, 3, 4, loss=1.0)
    deliver(plot, store)  # its tag never arrived
    again = anew(SeriesFold, tag, store)
    add(again, 2, 3, 4, loss=1.0)
    tag = deliver(again, store)
    assert tag.points == 7
    assert orjson.loads(store[0])["data"]["index_values"] == list(range(7))
    assert orjson.loads(store[0])["data"]["calls"] == [[0, 1000, 3], [2, 1002, 4]]


def test_numbers_that_a_short_tag_lost_are_not_made_up():
    plot, store = SeriesFold("training", "epoch", WRITER), {}
    names = {f"a rather long name of a field {at}": float(at) for at in range(40)}
    add(plot, 0, 0, SERIES_PART_POINTS + 1, **names)
    tag = deliver(plot, store)
    assert tag.more
    again = anew(SeriesFold, tag, store)
    add(again, 1, SERIES_PART_POINTS + 1, 1, **names)
    fields, more = again.tag().fields, again.tag().more
    assert more
    assert all(triple is None for name, triple in fields.items() if tag.fields.get(name) is None)


def version(seq: int, data: bytes) -> Version:
    return Version(seq, seq, 1000 + seq, data, {"n": seq})


def test_versions_go_on_as_if_they_had_never_stopped():
    steady, whole, store = BundleFold("matrix", "m", WRITER), {}, {}
    tag: PlotTag | None = None
    for seq in range(6):
        data = Matrix(["a"], [str(at) for at in range(40_000)], [[float(seq)] * 40_000]).to_json()
        plot = BundleFold("matrix", "m", WRITER) if tag is None else anew(BundleFold, tag, store)
        for one in (steady, plot):
            one.add(version(seq, data), len(data))
        expected, tag = deliver(steady, whole), deliver(plot, store)
        assert tag == expected
    assert tag is not None
    assert tag.parts > 1
    assert {at: orjson.loads(text) for at, text in store.items()} == {
        at: orjson.loads(text) for at, text in whole.items()
    }


def test_a_version_that_no_tag_covers_is_left_out():
    plot, store = BundleFold("curve", "roc", WRITER), {}
    data = Curve.example().to_json()
    plot.add(version(0, data), len(data))
    tag = deliver(plot, store)
    plot.add(version(1, data), len(data))
    deliver(plot, store)
    again = anew(BundleFold, tag, store)
    again.add(version(2, data), len(data))
    assert deliver(again, store).points == 2
    assert [one["seq"] for one in orjson.loads(store[0])["versions"]] == [0, 2]
