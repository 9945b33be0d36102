"""``ext.alert``: what it refuses, and that all of them arrive, whatever happens in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import orjson
import pytest

from mlflow_ext.errors import ValidationError
from mlflow_ext.notice import raise_alert
from mlflow_ext.spool.session import Session
from mlflow_ext.store_format.alert import StoredAlert, alert_tags, read_alerts
from mlflow_ext.store_format.name import ALERT_MARK, ALERT_PREFIX, is_reserved
from mlflow_ext.uploader.delivery import Delivery
from mlflow_ext.uploader.transport import TryAgain
from tests.unit.runtime.conftest import WRITER, MemoryServer, deliver, settle


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("",), "title"),
        (("  ",), "title"),
        (("t" * 251,), "title"),
        ((3,), "title"),
        (("a\0b",), "title"),
        (("\ud800",), "title"),
        (("t", "x" * 8_001), "text"),
        (("t", None), "text"),
        (("t", "\0"), "text"),
        (("t", "\udfff"), "text"),
        (("t", "", "fatal"), "level"),
        (("t", "", "WARNING"), "level"),
        (("t", "", None), "level"),
    ],
)
def test_a_wrong_argument_is_named_and_nothing_is_logged(arguments: tuple[object, ...], field: str) -> None:
    def no_session() -> Session:
        raise AssertionError("a run was asked for")

    title, text, level = (*arguments, *("", "", "info")[len(arguments) :])
    with pytest.raises(ValidationError) as caught:
        raise_alert(no_session, title, text, level)  # type: ignore[arg-type]
    assert caught.value.field == field
    assert field in str(caught.value)


@pytest.mark.parametrize("text", ["", "short", "x" * 8_000, '"\n\\' * 2_000, "ä€😀" * 2_600, "\x01" * 8_000])
def test_any_text_comes_back_from_tags_that_every_server_takes(text: str) -> None:
    alert = StoredAlert(f"{WRITER}.7", 1_790_000_000_000, "error", "\x02" * 250, text)
    tags = alert_tags(alert)
    assert all(len(value) <= 4_000 for value in tags.values())
    assert read_alerts(tags) == [alert]
    assert all(is_reserved(key) for key in tags)


def test_an_alert_whose_pieces_are_not_there_yet_is_no_alert() -> None:
    tags = alert_tags(StoredAlert(f"{WRITER}.7", 5, "info", "t", "x" * 8_000))
    assert list(tags)[-1] == f"{ALERT_PREFIX}{WRITER}.7"
    assert read_alerts({key: value for key, value in tags.items() if not key.endswith(".1")}) == []


def test_tags_of_a_newer_version_and_of_others_are_passed_over() -> None:
    tags = {
        f"{ALERT_PREFIX}{WRITER}.1": '{"v":2,"at":1,"level":"info","title":"t"}',
        f"{ALERT_PREFIX}{WRITER}.2": "no json",
        f"{ALERT_PREFIX}{WRITER}.3": '{"v":1,"at":1,"level":"loud","title":"t"}',
        f"{ALERT_PREFIX}{WRITER}.4": "[1]",
        f"{ALERT_PREFIX}other": '{"v":1,"at":1,"level":"info","title":"t"}',
    }
    assert read_alerts(tags) == []


def say(session: Session, title: str, text: str = "") -> None:
    raise_alert(lambda: session, title, text, "warning")


def test_an_alert_arrives_once_though_the_server_was_away(
    session: Session, delivery: Delivery, server: MemoryServer
) -> None:
    say(session, "first")
    server.up = False
    with pytest.raises(TryAgain):
        delivery.step(settle=True)
    server.up = True
    say(session, "second", "x" * 8_000)
    settle(delivery)
    assert [(one.title, len(one.text)) for one in read_alerts(server.tags)] == [("first", 0), ("second", 8_000)]
    assert delivery.settled


def test_the_mark_changes_with_each_alert_and_arrives_after_it(
    session: Session, delivery: Delivery, server: MemoryServer
) -> None:
    say(session, "first")
    settle(delivery)
    before = server.tags[ALERT_MARK]
    assert list(server.tags)[-1] == ALERT_MARK
    server.tags.clear()
    say(session, "second")
    say(session, "third")
    settle(delivery)
    assert server.tags[ALERT_MARK] != before
    assert list(server.tags)[-1] == ALERT_MARK


def test_two_processes_take_nothing_from_one_another(
    make_session: Callable[..., Session], server: MemoryServer
) -> None:
    one = make_session()
    other = make_session(header=replace(one.header, writer="ffffffff"))
    say(one, "mine")
    say(other, "theirs")
    for session in (one, other):
        settle(deliver(session, server))
    assert {alert.title for alert in read_alerts(server.tags)} == {"mine", "theirs"}


def test_after_two_hundred_the_rest_stand_in_files_and_one_tag_counts_them(
    session: Session, delivery: Delivery, server: MemoryServer
) -> None:
    for number in range(650):
        say(session, f"number {number}")
        if number in (10, 230, 460):
            settle(delivery)
    settle(delivery)
    found = read_alerts(server.tags)
    tagged = [one for one in found if not one.source.endswith(".more")]
    (more,) = [one for one in found if one.source.endswith(".more")]
    assert [one.title for one in tagged] == [f"number {number}" for number in range(200)]
    assert more.title == "450 more alerts"
    held = [orjson.loads(server.files[f"ext/alert/{WRITER}-{number}.json"])["alerts"] for number in (0, 1)]
    assert [one["title"] for part in held for one in part] == [f"number {number}" for number in range(200, 650)]
    assert len(server.tags) <= 202


def test_after_a_crash_the_next_process_goes_on_where_the_first_stopped(session: Session, server: MemoryServer) -> None:
    for number in range(460):
        say(session, f"number {number}")
    settle(deliver(session, server))
    say(session, "after the crash")
    settle(deliver(session, server))
    (more,) = [one for one in read_alerts(server.tags) if one.source.endswith(".more")]
    assert more.title == "261 more alerts"
    last = orjson.loads(server.files[f"ext/alert/{WRITER}-1.json"])["alerts"]
    assert [one["title"] for one in last] == [*(f"number {number}" for number in range(450, 460)), "after the crash"]
