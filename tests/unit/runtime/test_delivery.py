"""From records to parts, metrics and tags: order, budget, refusal, and going on after a crash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlflow_ext.artifact import store_artifact
from mlflow_ext.encoding import loads
from mlflow_ext.primitives import Curve, Matrix, Series
from mlflow_ext.spool.header import Header
from mlflow_ext.spool.reader import AdoptedFile
from mlflow_ext.spool.session import Session
from mlflow_ext.store_format import SERIES_PART_POINTS, decode_part
from mlflow_ext.uploader.ack import read_ack, remove_ack
from mlflow_ext.uploader.counts import Counts
from mlflow_ext.uploader.delivery import Delivery
from mlflow_ext.uploader.transport import Denied, TryAgain
from tests.unit.runtime.conftest import RUN, WRITER, MemoryServer, deliver, point, settle, version


def matrix(value: float, size: int = 2) -> dict[str, Any]:
    labels = [str(i) for i in range(size)]
    return Matrix(labels, labels, np.full((size, size), value)).to_data()


def test_a_part_comes_before_its_metrics_and_these_before_the_tag(
    session: Session, server: MemoryServer, delivery: Delivery
) -> None:
    for step in range(1_200):
        point(session, step, step / 2)
    settle(delivery)
    kinds = [what for what, _ in server.log_of if what != "facts"]
    assert kinds == ["part", "metrics", "metrics"]
    assert server.series().fields["loss"][0].tolist() == [step / 2 for step in range(1_200)]
    assert server.values("training/loss") == {step: step / 2 for step in range(1_200)}
    (tag,) = server.plot_tags()
    assert (tag.points, tag.parts, tag.index) == (1_200, 1, ("step", 0, 1_199))
    assert tag.fields == {"loss": (599.5, 0.0, 599.5)}
    assert tag.bytes == sum(map(len, server.files.values()))
    assert delivery.settled
    assert not delivery.counts()


def test_requests_do_not_grow_with_calls(session: Session, server: MemoryServer, delivery: Delivery) -> None:
    for step in range(300):
        for name in ("a", "b", "c"):
            point(session, step, 1.0, name)
    delivery.step(settle=False)
    assert [what for what, _ in server.log_of if what != "facts"] == ["part"] * 3 + ["metrics"]


def test_bytes_sent_stay_below_three_times_the_final_size(
    session: Session, server: MemoryServer, delivery: Delivery
) -> None:
    for step in range(12_000):
        point(session, step, step / 7)
        if step % 50 == 0:
            delivery.step(settle=False)
    settle(delivery)
    (path,) = server.files
    assert server.sent[path] <= 3 * len(server.files[path])
    assert len(server.series().x) == 12_000


def test_full_parts_are_never_written_again(session: Session, server: MemoryServer, delivery: Delivery) -> None:
    size = SERIES_PART_POINTS
    values = np.arange(2 * size + 10, dtype=np.float64)
    data = Series("step", {"loss": values}).to_data()
    session.primitive("series", "training", data, {"section": None, "metadata": None})
    settle(delivery)
    for step in range(30):
        point(session, len(values) + step, 0.5)
        settle(delivery)
    paths = [detail for what, detail in server.log_of if what == "part"]
    assert sum(path.endswith((f"{WRITER}-0.json", f"{WRITER}-1.json")) for path in paths) == 2
    merged = server.series()
    assert merged.x.tolist() == list(range(len(values) + 30))
    assert merged.fields["loss"][0][: len(values)].tolist() == values.tolist()
    (tag,) = server.plot_tags()
    assert (tag.parts, tag.points) == (3, len(values) + 30)


def test_a_field_that_comes_late_is_missing_before_and_one_that_stops_after(
    session: Session, server: MemoryServer, delivery: Delivery
) -> None:
    session.careful_point("training", None, ("step", "a"), ("step", 0, {"a": 1.0}))
    session.careful_point("training", None, ("step", "a", "b"), ("step", 1, {"a": None, "b": float("nan")}))
    session.careful_point("training", None, ("step", "b"), ("step", 2, {"b": float("-inf")}))
    settle(delivery)
    series = server.series()
    values, missing = series.fields["a"]
    assert missing.tolist() == [False, True, True]
    assert values[0] == 1.0
    values, missing = series.fields["b"]
    assert missing.tolist() == [True, False, False]
    assert np.isnan(values[1])
    assert values[2] == -np.inf
    assert set(server.values("training/a")) == {0}
    assert set(server.values("training/b")) == {1, 2}
    (tag,) = server.plot_tags()
    last, low, high = tag.fields["b"]  # type: ignore[misc]
    assert (last, low, high) == (-np.inf, -np.inf, -np.inf)


def test_points_without_an_index_are_numbered_on_across_calls_and_kinds_of_calls(
    session: Session, server: MemoryServer, delivery: Delivery
) -> None:
    session.careful_point("training", None, ("loss",), (None, None, {"loss": 0.0}))
    assert session.point("training", {"loss": 1.0}, None, None)
    data = Series("step", {"loss": [2.0, 3.0]}).to_data()
    session.primitive("series", "training", data, {"section": None, "metadata": None, "index": None})
    assert session.point("training", {"loss": 4.0}, None, None)
    assert session.point("training", {"loss": 10.0}, None, 10)
    assert session.point("training", {"loss": 11.0}, None, None)
    settle(delivery)
    assert server.series().x.tolist() == [0, 1, 2, 3, 4, 10, 11]
    assert server.series().fields["loss"][0].tolist() == [0, 1, 2, 3, 4, 10, 11]


def test_numbering_goes_on_in_the_next_file_of_the_same_run(
    make_session: Callable[..., Session], header: Header, server: MemoryServer
) -> None:
    first = make_session()
    first.careful_point("training", None, ("loss",), (None, None, {"loss": 0.5}))
    first.writer.seal()
    second = make_session(header=replace(header, writer="11111111"), before=first)
    second.careful_point("training", None, ("loss",), (None, None, {"loss": 0.7}))
    for session in (first, second):
        settle(deliver(session, server))
    assert server.series().x.tolist() == [0, 1]


def test_a_fractional_index_is_mirrored_at_the_points_place(
    session: Session, server: MemoryServer, delivery: Delivery
) -> None:
    for place, epoch in enumerate((0.5, 1.0, 1.5)):
        session.careful_point("training", None, ("epoch", "loss"), ("epoch", epoch, {"loss": float(place)}))
    settle(delivery)
    assert server.values("training/loss") == {0: 0.0, 1: 1.0, 2: 2.0}
    assert server.series().x.tolist() == [0.5, 1.0, 1.5]


@pytest.mark.parametrize(("mirror", "steps"), [("all", {0, 1, 2, 3}), ("last", {1, 3}), ("none", set())])
def test_mirror_says_which_points_become_metrics(
    make_session: Callable[..., Session], server: MemoryServer, mirror: str, steps: set[int]
) -> None:
    session = make_session(mirror)
    delivery = deliver(session, server)
    for step in range(4):
        point(session, step, float(step))
        if step % 2:
            settle(delivery)
    assert set(server.values("training/loss")) == steps
    assert server.series().x.tolist() == [0, 1, 2, 3]


def test_a_large_call_is_thinned_to_a_thousand_metrics_that_keep_extremes_and_the_last(
    session: Session, server: MemoryServer, delivery: Delivery
) -> None:
    values = np.random.default_rng(1).normal(size=30_000)
    values[12_345], values[23_456], values[777] = 1e9, -1e9, np.nan
    data = Series("step", {"loss": values}).to_data()
    session.primitive("series", "training", data, {"section": None, "metadata": None})
    settle(delivery)
    kept = server.values("training/loss")
    assert len(kept) <= 1_000
    assert {0, 777, 12_345, 23_456, 29_999} <= set(kept)
    assert all(np.isnan(value) if step == 777 else value == values[step] for step, value in kept.items())


def test_a_curve_mirrors_its_metric_once_per_version(
    session: Session, server: MemoryServer, delivery: Delivery
) -> None:
    for step, auc in ((5, 0.7), (9, 0.8)):
        curve = Curve([0, 1], [0, 1], metric={"name": "AUC", "value": auc})
        version(session, "curve", "roc", curve.to_data(), step)
    settle(delivery)
    assert server.values("roc/AUC") == {5: 0.7, 9: 0.8}
    (tag,) = server.plot_tags()
    assert (tag.points, tag.step, tag.metric) == (2, (5, 9), ("AUC", 0.8))


def test_small_versions_share_a_file_and_large_ones_get_their_own(
    session: Session, server: MemoryServer, delivery: Delivery
) -> None:
    for step in range(20):
        version(session, "matrix", "small", matrix(float(step)), step)
    for step in range(3):
        version(session, "matrix", "large", matrix(step + 0.123456789, 320), step)
    settle(delivery)
    parts = [decode_part(content) for content in server.files.values()]
    assert [len(part.versions) for part in parts if part.name == "small"] == [20]
    assert [[item.step for item in part.versions] for part in parts if part.name == "large"] == [[0], [1], [2]]
    for part in parts:
        for item in part.versions:
            value = item.step if part.name == "small" else item.step + 0.123456789  # type: ignore[operator]
            assert {cell for row in item.data["values"] for cell in row} == {value}


def test_every_small_version_is_on_the_server_at_the_next_look(
    session: Session, server: MemoryServer, delivery: Delivery
) -> None:
    for step in range(50):
        version(session, "matrix", "confusion", matrix(float(step)), step)
        delivery.step(settle=False)
        (tag,) = server.plot_tags()
        assert tag.points == step + 1


def test_a_server_that_fails_at_any_request_ends_with_the_same_content(
    make_session: Callable[..., Session], header: Header
) -> None:
    """Whatever request fails, and however often: parts, metrics and tags are those of an undisturbed delivery."""

    def content(fail_at: int, server: MemoryServer) -> tuple[Any, ...]:
        session = make_session(header=replace(header, writer=f"{fail_at + 2:08x}"))
        for step in range(2_100):
            point(session, step, step / 3)
        for step in range(3):
            version(session, "matrix", "confusion", matrix(float(step)), step)
        session.record("c", {"lr": 0.1})
        session.record("f", "FINISHED")
        delivery = deliver(session, server)
        count = 0

        def trouble(what: str) -> None:
            nonlocal count
            count += 1
            if count in (fail_at, fail_at + 1):
                raise TryAgain("hiccup")

        server.trouble = trouble
        for _ in range(100):
            try:
                if not delivery.step(settle=True):
                    break
            except TryAgain:
                continue
        assert delivery.settled
        merged = server.series()
        confusion = [
            [item.step for item in decode_part(body).versions]
            for path, body in server.files.items()
            if "matrix" in path
        ]
        names = sorted((tag.name, tag.points, tag.parts) for tag in server.plot_tags())
        values = server.values("training/loss")
        return merged.x.tolist(), merged.fields["loss"][0].tolist(), confusion, names, values, server.params

    undisturbed = content(-2, MemoryServer())
    for fail_at in range(1, 13):
        assert content(fail_at, MemoryServer()) == undisturbed


@pytest.mark.parametrize("keep_ack", [True, False])
def test_a_later_process_goes_on_where_the_killed_one_stopped(
    session: Session, server: MemoryServer, keep_ack: bool
) -> None:
    first = deliver(session, server)
    for step in range(SERIES_PART_POINTS + 500):
        point(session, step, step / 3)
        if step in (10, 700, 30_000):
            first.step(settle=False)
    for step in range(3):
        version(session, "matrix", "confusion", matrix(float(step)), step)
    first.step(settle=False)
    sent = sum(server.sent.values())
    path = session.writer.path
    session.writer.close()
    if not keep_ack:
        remove_ack(path)
    source = AdoptedFile.adopt(path)
    assert source is not None
    second = Delivery(source, session.header, server, server.make_run, lambda: 0.0)
    settle(second)
    assert second.settled
    assert server.series().x.tolist() == list(range(SERIES_PART_POINTS + 500))
    assert server.values("training/loss") == {step: step / 3 for step in range(SERIES_PART_POINTS + 500)}
    assert sorted((tag.name, tag.points, tag.parts) for tag in server.plot_tags()) == [
        ("confusion", 3, 1),
        ("training", SERIES_PART_POINTS + 500, 2),
    ]
    size = sum(map(len, server.files.values()))
    assert all(
        tag.bytes == sum(len(body) for at, body in server.files.items() if tag.slug in at) for tag in server.plot_tags()
    )
    if keep_ack:
        assert sum(server.sent.values()) <= 3 * size
    assert sum(server.sent.values()) >= sent
    second.finish()
    assert not path.exists()
    assert read_ack(path) is None


def test_a_refused_metric_is_put_aside_with_its_reason_and_all_others_arrive(
    session: Session, server: MemoryServer, delivery: Delivery, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    import re

    server.refuse = re.compile("bad/loss")
    for step in range(300):
        point(session, step, 0.5, "good")
        if step % 100 == 0:
            point(session, step, 0.5, "bad")
    settle(delivery)
    assert set(server.values("good/loss")) == set(range(300))
    assert delivery.settled
    assert delivery.counts() == Counts(rejected=3)
    kept = [loads(path.read_bytes()) for path in (tmp_path / "rejected").iterdir()]
    assert sorted(item["metrics"][0]["step"] for item in kept) == [0, 100, 200]
    assert {item["reason"] for item in kept} == {"not these"}
    assert {item["run_id"] for item in kept} == {RUN}
    assert len([record for record in caplog.records if "refused something" in record.message]) == 1


def test_a_refused_part_is_put_aside_and_the_rest_goes_on(
    session: Session, server: MemoryServer, delivery: Delivery, tmp_path: Path
) -> None:
    import re

    server.refuse = re.compile("ext/matrix")
    version(session, "matrix", "confusion", matrix(1.0))
    point(session, 0, 0.5)
    settle(delivery)
    assert server.series().x.tolist() == [0]
    (kept,) = (tmp_path / "rejected").iterdir()
    assert loads(kept.read_bytes())["content"]["name"] == "confusion"


def test_a_deleted_run_gets_nothing_and_its_file_is_kept_whole(
    session: Session, server: MemoryServer, delivery: Delivery, tmp_path: Path
) -> None:
    server.deleted = True
    for step in range(5):
        point(session, step, 0.5)
    settle(delivery)
    assert not server.files
    assert delivery.counts() == Counts(rejected=5)
    session.writer.seal()
    delivery.finish()
    (kept,) = (tmp_path / "rejected").glob("*.spool")
    assert "deleted" in loads((tmp_path / "rejected" / f"{kept.name}.reason.json").read_bytes())["reason"]
    server.deleted = False
    source = AdoptedFile.adopt(kept)
    assert source is not None
    again = Delivery(source, session.header, server, server.make_run, lambda: 0.0)
    settle(again)
    again.finish()
    assert server.series().x.tolist() == list(range(5))
    assert not list((tmp_path / "rejected").iterdir())


def test_refused_credentials_park_the_run_until_somebody_acts(
    session: Session, server: MemoryServer, delivery: Delivery, caplog: pytest.LogCaptureFixture
) -> None:
    def no_entry(what: str) -> None:
        raise Denied("401: who are you")

    server.trouble = no_entry
    for step in range(5):
        point(session, step, 0.5)
    settle(delivery)
    assert delivery.counts() == Counts(parked=5)
    assert "mlflow-ext sync" in caplog.text
    server.trouble = lambda what: None
    delivery.retry()
    settle(delivery)
    assert server.series().x.tolist() == list(range(5))
    assert not delivery.counts()


def test_artifacts_of_a_server_behind_a_bare_database_park_the_run_and_name_the_cure(
    make_session: Callable[..., Session], server: MemoryServer
) -> None:
    session = make_session(header=Header("sqlite:////data/mlflow.db", WRITER, run_id=RUN))
    delivery = deliver(session, server)
    point(session, 0, 0.5)
    settle(delivery)
    assert delivery.parked is not None
    assert "MLFLOW_TRACKING_URI=http://" in delivery.parked
    assert not server.files
    assert delivery.counts() == Counts(parked=1)


def test_config_becomes_params_once_and_a_file_that_says_the_latest(
    session: Session, server: MemoryServer, delivery: Delivery
) -> None:
    session.record("c", {"lr": 0.1, "model": {"depth": 3, "name": "tree"}, "huge": "x" * 7_000})
    settle(delivery)
    session.record("c", {"lr": 0.2, "model": {"width": None}})
    settle(delivery)
    assert server.params == {"lr": "0.1", "model.depth": "3", "model.name": "tree", "model.width": "None"}
    assert loads(server.files["config.json"]) == {
        "lr": 0.2,
        "model": {"depth": 3, "name": "tree", "width": None},
        "huge": "x" * 7_000,
    }


def test_the_end_of_a_run_comes_after_everything_else(
    session: Session, server: MemoryServer, delivery: Delivery
) -> None:
    session.record("f", "FAILED")
    for step in range(10):
        point(session, step, 0.5)
    delivery.step(settle=False)
    assert server.ended is None
    settle(delivery)
    assert server.log_of[-1] == ("finish", "FAILED")


def test_another_server_begins_anew(session: Session, server: MemoryServer) -> None:
    first = deliver(session, server)
    point(session, 0, 0.5)
    settle(first)
    session.writer.close()
    source = AdoptedFile.adopt(session.writer.path)
    assert source is not None
    other = MemoryServer()
    moved = Delivery(
        source, replace(session.header, tracking_uri="http://other.test"), other, other.make_run, lambda: 0.0
    )
    settle(moved)
    assert other.series().x.tolist() == [0]
    assert other.values("training/loss") == {0: 0.5}


def test_a_part_never_shrinks_while_a_later_process_reads_its_way_back(session: Session, server: MemoryServer) -> None:
    first = deliver(session, server)
    for step in range(40_000):
        point(session, step, step / 3)
    settle(first)
    path = session.writer.path
    session.writer.close()
    remove_ack(path)
    (before,) = map(len, server.files.values())
    source = AdoptedFile.adopt(path)
    assert source is not None
    second = Delivery(source, session.header, server, server.make_run, lambda: 0.0)
    while second.step(settle=True):
        (size,) = map(len, server.files.values())
        assert size >= before
    assert second.settled


def test_a_damaged_record_is_put_aside_and_the_others_arrive(
    session: Session, server: MemoryServer, delivery: Delivery, tmp_path: Path
) -> None:
    point(session, 0, 0.5)
    for line in (b'[1, 2, "cut', b"[99, 1, 2, 3]", b'["p", 1]', b'["?", 1, 2]', b"[]"):
        session.writer.append(line)
    point(session, 1, 0.25)
    settle(delivery)
    assert server.series().fields["loss"][0].tolist() == [0.5, 0.25]
    assert delivery.counts() == Counts(rejected=5)
    assert len(list((tmp_path / "rejected").iterdir())) == 5


def test_a_version_whose_bytes_changed_on_the_disk_is_put_aside(
    session: Session, server: MemoryServer, delivery: Delivery, tmp_path: Path
) -> None:
    facts = {"section": None, "step": 1, "metadata": None}
    session.primitive("matrix", "sound", Matrix.example().to_data(), facts)
    session.primitive("matrix", "cut", {**Matrix.example().to_data(), "rows": ["before", "b", "c"]}, facts)
    session.writer.seal()
    content = session.path.read_bytes()
    session.path.write_bytes(content.replace(b"before", b"befo\xffe"))
    settle(delivery)
    assert [path.split("/")[2].split("-")[0] for path in server.files] == ["sound"]
    assert delivery.counts() == Counts(rejected=1)


def test_a_file_that_the_server_fails_at_is_not_passed_over_after_a_crash(
    session: Session, server: MemoryServer, tmp_path: Path
) -> None:
    path = tmp_path / "report.txt"
    path.write_text("text")
    store_artifact(lambda: session, "report", path, {"role": "output", "artifact_type": None, "metadata": None})
    point(session, 0, 0.5)
    put_file = server.put_file

    def failing(run_id: str, path: str, file: Path) -> None:
        raise TryAgain("500", away=False)

    server.put_file = failing  # type: ignore[method-assign]
    first = deliver(session, server)
    with pytest.raises(TryAgain):
        settle(first)
    assert server.series().x.tolist() == [0]
    server.put_file = put_file  # type: ignore[method-assign]
    settle(deliver(session, server))
    assert server.files["report/report.txt"] == b"text"


def test_a_step_logged_again_wins_though_the_clock_was_set_back(
    session: Session, server: MemoryServer, delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    point(session, 0, 0.5)
    point(session, 0, 0.6)
    monkeypatch.setattr("mlflow_ext.spool.session._time_ns", lambda: 10**15)
    point(session, 0, 0.75)
    settle(delivery)
    assert server.series().fields["loss"][0].tolist() == [0.75]


def test_many_new_plots_do_not_keep_the_metrics_waiting(
    session: Session, server: MemoryServer, delivery: Delivery
) -> None:
    for number in range(100):
        point(session, 0, 0.5, f"plot {number}")
    delivery.step(settle=False)
    kinds = [what for what, _ in server.log_of if what != "facts"]
    assert kinds.count("part") == 32
    assert len(server.metrics) == 100
    while delivery.step(settle=False):
        continue
    assert len(server.plot_tags()) == 100
    assert delivery.settled
