"""From a call to its records: plain data, primitives, both ways to call, and what is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mlflow_ext.entry import Context, name_and_data, write
from mlflow_ext.errors import ValidationError
from mlflow_ext.primitives import KINDS, Matrix, Series
from mlflow_ext.spool.session import Session
from mlflow_ext.store_format import Part, decode_part
from tests.unit.runtime.conftest import MemoryServer, deliver, settle


def stored(session: Session, server: MemoryServer) -> dict[str, Part]:
    settle(deliver(session, server))
    return {part.name: part for part in map(decode_part, server.files.values())}


def log(session: Session, name: str, data: Any, **context: Any) -> None:
    write(lambda: session, name, data, Context(**context))


CALLS: list[dict[str, Any]] = [
    {"epoch": 0, "loss": 0.5, "acc": 1},
    {"epoch": 1, "loss": float("nan"), "acc": 2},
    {"epoch": np.int64(2), "loss": np.float32(0.25), "acc": np.array([3])},
    {"epoch": 3, "loss": None, "acc": 4},
    {"epoch": 4.5, "loss": 1e-300, "acc": 2**60},
    {"loss": -0.0, "acc": 5},
    {"acc": 6, "epoch": 7, "loss": 0.125},
    {"epoch": 8, "loss": True, "acc": 7},
]


def test_the_fast_and_the_careful_path_store_the_same(
    make_session: Callable[..., Session], server: MemoryServer
) -> None:
    session = make_session()
    for data in CALLS:
        log(session, "training", data)
    part = stored(session, server)["training"]
    data = part.versions[0].data
    assert data["index_values"] == [0, 1, 2, 3, 4.5, 5.5, 7, 8]
    assert data["fields"]["loss"] == [0.5, "NaN", 0.25, None, 1e-300, -0.0, 0.125, 1]
    assert data["fields"]["acc"] == [1, 2, 3, 4, 2**60, 5, 6, 7]
    assert [points for _, _, points in data["calls"]] == [1] * 8


def test_a_series_of_one_point_is_a_point(session: Session, server: MemoryServer) -> None:
    for step in range(3):
        log(session, "training", Series("epoch", {"epoch": [step], "loss": [step / 2]}))
    log(session, "training", Series("epoch", {"loss": [9.0]}))
    log(session, "training", Series("epoch", {"loss": [float("inf")]}), step=20)
    data = stored(session, server)["training"].versions[0].data
    assert data["index_values"] == [0, 1, 2, 3, 20]
    assert data["fields"]["loss"] == [0.0, 0.5, 1.0, 9.0, "Infinity"]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_stored_as_it_was_given(session: Session, server: MemoryServer, kind: str) -> None:
    example = KINDS[kind].example()
    log(session, kind, example, section="all", step=4, metadata={"from": "test"})
    part = stored(session, server)[kind]
    assert part.section == "all"
    assert part.versions[0].metadata == {"from": "test"}
    again = part.primitive(part.versions[0])
    assert again.to_data().keys() == example.to_data().keys()
    assert again.model_copy(update={"metadata": example.metadata}) == example
    assert part.versions[0].step == (None if kind == "series" else 4)


def test_plain_data_becomes_its_kind(session: Session, server: MemoryServer) -> None:
    log(session, "lists", {"epoch": [1, 2], "loss": [0.5, 0.25]})
    log(session, "vector", [1.0, 2.0])
    log(session, "grid", np.eye(2))
    kinds = {name: part.kind for name, part in stored(session, server).items()}
    assert kinds == {"lists": "series", "vector": "distribution", "grid": "matrix"}


def test_lists_without_an_index_follow_the_series_they_join(session: Session, server: MemoryServer) -> None:
    log(session, "training", {"epoch": 5, "loss": 0.5})
    log(session, "training", {"loss": [0.4, 0.3]})
    log(session, "training", {"loss": [0.2]}, step=20)
    data = stored(session, server)["training"].versions[0].data
    assert data["index"] == "epoch"
    assert data["index_values"] == [5, 6, 7, 20]


def test_metadata_of_call_and_primitive_are_merged_the_calls_first(session: Session, server: MemoryServer) -> None:
    log(session, "m", Matrix(["a"], ["b"], [[1]], metadata={"x": 1, "y": 1}), metadata={"y": 2})
    assert stored(session, server)["m"].versions[0].metadata == {"x": 1, "y": 2}


def test_merged_metadata_is_what_it_was(session: Session, server: MemoryServer) -> None:
    own = {"$float": "x"}
    log(session, "m", Matrix(["a"], ["b"], [[1]], metadata=own), metadata={"y": float("inf")})
    log(session, "n", Matrix(["a"], ["b"], [[1]], metadata=own))
    parts = stored(session, server)
    assert parts["m"].primitive(parts["m"].versions[0]).metadata == {**own, "y": float("inf")}
    assert parts["n"].primitive(parts["n"].versions[0]).metadata == own


def test_both_ways_to_call() -> None:
    example = Matrix.example()
    assert name_and_data("a", example, None, None) == ("a", example)
    assert name_and_data(None, None, "a", example) == ("a", example)
    assert name_and_data(example, None, None, None) == ("matrix", example)
    assert name_and_data(example, None, "a", None) == ("a", example)
    assert name_and_data(example, "a", None, None) == ("a", example)


@pytest.mark.parametrize(
    ("call", "field"),
    [
        ((Matrix.example(), {"a": 1}, None, None), "data"),
        (("a", {"b": 1}, "c", None), "name"),
        (("a", {"b": 1}, None, {"b": 1}), "data"),
        (("a", None, None, None), "data"),
        ((None, {"b": 1}, None, None), "name"),
        ((3, {"b": 1}, None, None), "name"),
        (("", {"b": 1}, None, None), "name"),
    ],
)
def test_a_wrong_call_names_what_is_wrong(call: tuple[Any, ...], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        name_and_data(*call)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("data", "context", "field"),
    [
        ({"loss": "high"}, {}, "data.loss"),
        ({"loss": 1.0}, {"metadata": [1]}, "metadata"),
        ({"loss": 1.0}, {"section": 3}, "section"),
        ({"loss": 1.0}, {"step": "two"}, "step"),
        ({"loss": 1.0}, {"step": float("nan")}, "step"),
        (Matrix.example(), {"step": 1.5}, "step"),
        (Matrix.example(), {"step": True}, "step"),
        (Matrix.example(), {"step": np.bool_(True)}, "step"),
        ({"loss": 1.0}, {"step": np.bool_(True)}, "step"),
        ({"loss": [1.0]}, {"step": True}, "step"),
        (Matrix.example(), {"step": 2**63}, "step"),
    ],
)
def test_a_refused_call_leaves_no_record(session: Session, data: Any, context: dict[str, Any], field: str) -> None:
    before = session.writer.end
    with pytest.raises(ValidationError) as caught:
        log(session, "a", data, **context)
    assert caught.value.field == field
    assert session.writer.end == before


def test_another_index_under_a_name_is_refused_and_the_right_one_goes_on(
    session: Session, server: MemoryServer
) -> None:
    log(session, "training", {"epoch": 1, "loss": 0.5})
    for wrong in ({"x": 2, "loss": 0.1}, {"x": [2], "loss": [0.1]}, Series("step", {"loss": [0.1]})):
        with pytest.raises(ValidationError, match="'epoch'") as caught:
            log(session, "training", wrong)
        assert caught.value.field == "index"
    log(session, "training", {"epoch": 2, "loss": 0.25})
    assert stored(session, server)["training"].versions[0].data["index_values"] == [1, 2]


def test_a_series_by_time_can_not_be_counted_on(session: Session) -> None:
    log(session, "training", {"time": "2024-01-01T00:00:00", "loss": 0.5})
    with pytest.raises(ValidationError, match="time"):
        log(session, "training", {"loss": 0.25})


def test_a_series_of_one_point_with_another_index_is_refused_as_one_of_two_is(session: Session) -> None:
    log(session, "counted", {"loss": 1})
    log(session, "placed", {"loss": 1, "epoch": 2})
    end = session.writer.end
    for name, wrong in {
        "counted": Series("epoch", {"loss": [0.5]}),
        "placed": Series("loss", {"loss": [1], "epoch": [2]}),
    }.items():
        with pytest.raises(ValidationError, match="Keep one index per name") as caught:
            log(session, name, wrong)
        assert caught.value.field == "index"
    assert session.writer.end == end


@pytest.mark.parametrize(("first", "other"), [(0, "2026-01-01"), ("2026-01-01", 0)])
def test_an_index_of_numbers_takes_no_times_nor_the_reverse(
    make_session: Callable[..., Session], server: MemoryServer, first: Any, other: Any
) -> None:
    session = make_session()
    log(session, "training", {"time": first, "loss": 0.5})
    later = make_session(header=replace(session.header, writer="0f3a9c12"), before=session)
    for live in (session, later):
        for data in ({"time": other, "loss": 0.1}, {"time": [other, other], "loss": [0.1, 0.2]}):
            with pytest.raises(ValidationError, match="'time'") as caught:
                log(live, "training", data)
            assert caught.value.field == "time"
    with pytest.raises(ValidationError):
        log(session, "training", Series("time", {"loss": [1.0]}, [other]))
    assert stored(session, server)["training"].versions[0].data["index_values"] == [first]


def test_points_are_never_counted_beyond_what_json_can_say(session: Session, server: MemoryServer) -> None:
    for refused in ({"loss": [1.0, 2.0, 3.0]}, Series("epoch", {"loss": [1.0, 2.0, 3.0]})):
        with pytest.raises(ValidationError, match="64 bits") as caught:
            log(session, "training", refused, step=2**64 - 2, section="late")
        assert caught.value.field == "step"
    log(session, "training", {"loss": [1.0, 2.0]}, step=2**64 - 2)
    for one_more in ({"loss": 3.0}, {"loss": [3.0]}, {"loss": 3.0}):
        with pytest.raises(ValidationError, match="64 bits") as caught:
            log(session, "training", one_more)
        assert caught.value.field == "step"
    part = stored(session, server)["training"]
    assert part.versions[0].data["index_values"] == [2**64 - 2, 2**64 - 1]
    assert part.section is None


def test_a_section_may_change_and_stays_when_not_given(session: Session, server: MemoryServer) -> None:
    log(session, "training", {"epoch": 1, "loss": 0.5}, section="first")
    log(session, "training", {"epoch": 2, "loss": 0.5})
    log(session, "training", {"epoch": 3, "loss": 0.5}, section="second")
    log(session, "training", {"epoch": 4, "loss": 0.5}, section="second")
    part = stored(session, server)["training"]
    assert part.section == "second"
    assert part.versions[0].data["index_values"] == [1, 2, 3, 4]


def test_an_index_of_an_unusual_name_is_found_in_later_plain_data(session: Session, server: MemoryServer) -> None:
    log(session, "training", Series("batch", {"batch": [10], "loss": [0.5]}))
    log(session, "training", {"batch": 20, "loss": 0.25})
    log(session, "training", {"batch": 30, "loss": 0.125})
    log(session, "training", {"loss": [1.0, 2.0], "batch": [40, 50]})
    with pytest.raises(ValidationError) as caught:
        log(session, "training", {"batch": float("nan"), "loss": 0.1})
    assert caught.value.field == "batch"
    data = stored(session, server)["training"].versions[0].data
    assert data["index_values"] == [10, 20, 30, 40, 50]
    assert set(data["fields"]) == {"loss"}


def test_threads_that_leave_the_numbering_to_the_series_never_share_a_number(
    session: Session, server: MemoryServer
) -> None:
    def work() -> None:
        for _ in range(500):
            log(session, "training", {"loss": 0.5})

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    data = stored(session, server)["training"].versions[0].data
    assert sorted(data["index_values"]) == list(range(2000))
