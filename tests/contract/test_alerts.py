"""Alerts, rules and webhooks on every database, looked after by workers that share it."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from mlflow.entities import Metric
from pydantic import TypeAdapter

from mlflow_ext.rest import Condition
from mlflow_ext.store_format.alert import StoredAlert, alert_tags
from mlflow_ext.store_format.name import ALERT_MARK
from mlflow_ext_server import schema, tables
from mlflow_ext_server.alerting.condition import title
from mlflow_ext_server.alerting.dispatch import ATTEMPTS, pause
from mlflow_ext_server.alerting.worker import HOLD_MS, AlertWorker
from mlflow_ext_server.repositories.alert import AlertFilter, AlertRepository
from mlflow_ext_server.repositories.alert_rule import AlertRuleRepository, AlertRuleRow
from mlflow_ext_server.repositories.delivery import DeliveryRepository
from mlflow_ext_server.repositories.leftover import forget
from mlflow_ext_server.repositories.schema import tags
from mlflow_ext_server.repositories.webhook import WebhookRepository, WebhookRow
from mlflow_ext_server.settings import ServerSettings
from mlflow_ext_ui.source import Principal
from tests.contract.world import ANYONE, World
from tests.webhook import Receiver, receiver

START = 1_790_000_000_000
MINUTE = 60_000
SECRET = "a secret of some length"
_OURS = [table for name, table in tables.metadata.tables.items() if "alert" in name or name in (
    "ext_webhooks", "ext_deliveries", "ext_delivery_attempts", "ext_duties")]  # fmt: skip


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


class Watched:
    """A world with a worker, and what tests ask of them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clock = Clock()
        self.alerts = AlertRepository(world.backend)
        self.worker = self.another()

    def another(self, **settings: Any) -> AlertWorker:
        allow = settings.pop("allow", ("http://127.0.0.1/",))
        return AlertWorker(
            self.world.backend, ServerSettings(webhook_allow_private=allow, **settings), clock=self.clock
        )

    def run(self, started: int = START + 1) -> str:
        return self.world.client.create_run(self.world.experiment, run_name="r", start_time=started).info.run_id

    def log(self, run: str, *values: float, key: str = "loss", at: int | None = None) -> None:
        first = self.clock.now if at is None else at
        rows = [Metric(key, value, first + place, place + first - START) for place, value in enumerate(values)]
        self.world.client.log_batch(run, metrics=rows)

    def say(self, run: str, said: str, seq: int = 0, level: Any = "warning") -> None:
        for key, value in alert_tags(StoredAlert(f"0f3a9c11.{seq}", self.clock.now, level, said, "more")).items():
            self.world.client.set_tag(run, key, value)
        self.world.client.set_tag(run, ALERT_MARK, f"0f3a9c11.{seq}.{self.clock.now}")

    def rule(self, **fields: Any) -> str:
        webhook = fields.pop("webhook_id", None)
        condition = TypeAdapter(Condition).validate_python(fields)
        rule = AlertRuleRow(
            uuid.uuid4().hex, "default", self.world.experiment, title(condition), condition.model_dump_json(), "error",
            webhook, False, 1, self.clock.now, None, self.clock.now, None, self.clock.now,
        )  # fmt: skip
        AlertRuleRepository(self.world.backend).insert(rule)
        return rule.id

    def hook(self, url: str, **changes: Any) -> str:
        row = WebhookRow(
            uuid.uuid4().hex, "default", None, "chat", url, SECRET, False, "info", False, None, START, None, START
        )._replace(**changes)
        WebhookRepository(self.world.backend).insert(row)
        return row.id

    def look(self, after: int = 0) -> None:
        self.clock.now += after
        while self.worker.look():
            continue

    def told(self) -> list[tuple[str, str]]:
        found, _ = self.alerts.page(ANYONE, AlertFilter(self.world.experiment), 100, 0)
        return [(one["title"], one["text"]) for one in reversed(found)]

    def deliveries(self) -> list[dict[str, Any]]:
        return DeliveryRepository(self.world.backend).page(ANYONE, {}, 100, 0)[0]


@pytest.fixture
def watched(world: World) -> Iterator[Watched]:
    with world.backend.engine.begin() as connection:
        for table in _OURS:
            connection.execute(sa.delete(table))
        connection.execute(sa.delete(tags).where(tags.c.key.startswith("mlflow.ext.alert")))
    found = Watched(world)
    yield found
    found.worker._dispatch.close()


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


def test_what_a_script_says_is_found_once(watched: Watched) -> None:
    run = watched.run()
    watched.say(run, "first", 0)
    watched.look()
    watched.look()
    watched.say(run, "second", 1)
    watched.look(1_000)
    assert watched.told() == [("first", "more"), ("second", "more")]
    again = watched.another()
    assert not again.look()
    assert len(watched.told()) == 2


def test_two_workers_that_find_the_same_alert_store_it_once(watched: Watched) -> None:
    run = watched.run()
    watched.say(run, "first")
    for worker in (watched.worker, watched.another()):
        worker._collect(watched.clock.now)
    with watched.world.backend.write() as session:
        session.execute(sa.delete(tables.alert_marks))
    watched.worker._collect(watched.clock.now + 1)
    assert watched.told() == [("first", "more")]


def test_alerts_are_listed_by_experiment_run_level_and_time(watched: Watched) -> None:
    one, other = watched.run(), watched.run()
    watched.say(one, "a", level="info")
    watched.look()
    watched.say(other, "b", level="error")
    watched.look(1_000)

    def titles(**chosen: Any) -> list[str]:
        return [found["title"] for found in watched.alerts.page(ANYONE, AlertFilter(**chosen), 100, 0)[0]]

    here = watched.world.experiment
    assert titles(experiment_id=here) == ["b", "a"]
    assert titles(run_id=one) == ["a"]
    assert titles(experiment_id=here, levels=("error", "warning")) == ["b"]
    assert titles(experiment_id=here, since=watched.clock.now) == ["b"]
    assert titles(experiment_id="no number") == titles(run_id="\0") == titles(experiment_id="4711") == []
    found, total = watched.alerts.page(ANYONE, AlertFilter(here), 1, 1)
    assert ([one["title"] for one in found], total) == (["a"], 2)
    watched.world.backend.hidden.add(here)
    assert titles(experiment_id=here) == []
    assert watched.alerts.news(ANYONE, here) is None


def test_each_person_sees_what_is_new_to_them(watched: Watched) -> None:
    run, here = watched.run(), watched.world.experiment
    ann, bob = Principal(username="ann"), Principal(username="bob")
    watched.say(run, "a", 0)
    watched.look()
    first = watched.clock.now
    watched.say(run, "b", 1)
    watched.look(1_000)
    watched.alerts.mark_seen(ann, here, first)
    watched.alerts.mark_seen(ann, here, first - 500)
    news = [watched.alerts.news(who, here) for who in (ann, bob)]
    assert [(one.unseen, one.latest) for one in news if one] == [(1, watched.clock.now), (2, watched.clock.now)]
    assert [one["seen"] for one in watched.alerts.page(ann, AlertFilter(here), 9, 0)[0]] == [False, True]


def test_alerts_of_an_archived_run_are_hidden_and_go_with_the_run(watched: Watched) -> None:
    run, here = watched.run(), watched.world.experiment
    watched.say(run, "a")
    watched.look()
    watched.world.client.delete_run(run)
    assert watched.told() == []
    assert watched.alerts.news(ANYONE, here).unseen == 0  # type: ignore[union-attr]
    watched.world.client.restore_run(run)
    assert len(watched.told()) == 1
    forget(watched.world.backend, run)
    assert watched.told() == []


def test_a_rule_speaks_once_and_survives_another_worker(watched: Watched) -> None:
    watched.rule(kind="threshold", metric="loss", side="above", value=2)
    run = watched.run()
    watched.log(run, 1.0, 3.0, 3.0)
    watched.look()
    watched.look(5_000)
    watched.log(run, 4.0)
    watched.worker = watched.another()
    watched.look(2 * HOLD_MS)
    assert [text for _, text in watched.told()] == ["loss is 3 at step 1, which is above 2."]


def test_only_new_points_are_read(watched: Watched) -> None:
    watched.rule(kind="threshold", metric="loss", side="above", value=2)
    run = watched.run()
    watched.log(run, *([1.0] * 50))
    watched.look()
    watched.log(run, 9.0, at=START + 100)
    read: list[int] = []
    points = watched.worker._watch._watched.points

    def counted(*arguments: Any) -> Any:
        found = points(*arguments)
        read.append(sum(len(one.values) for one in found[0].values()))
        return found

    watched.worker._watch._watched.points = counted  # type: ignore[method-assign]
    watched.look()
    watched.look()
    assert read == [1]
    assert len(watched.told()) == 1


def test_many_points_are_read_a_part_at_a_time(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlflow_ext_server.repositories.watch.AT_ONCE", 7)
    watched.rule(kind="threshold", metric="loss", side="above", value=2)
    run = watched.run()
    watched.log(run, *([1.0] * 20), 3.0, *([1.0] * 20), 4.0)
    watched.look()
    assert [text.split(",")[0] for _, text in watched.told()] == ["loss is 3 at step 20", "loss is 4 at step 41"]


def test_a_run_that_was_there_before_the_rule_counts_as_it_stands(watched: Watched) -> None:
    calm, bad = watched.run(START - MINUTE), watched.run(START - MINUTE)
    watched.log(calm, 9.0, 1.0, 1.0, 1.0, at=START - MINUTE)
    watched.log(bad, 1.0, 9.0, at=START - MINUTE)
    watched.rule(kind="threshold", metric="loss", side="above", value=2)
    watched.look()
    found, _ = watched.alerts.page(ANYONE, AlertFilter(watched.world.experiment), 9, 0)
    assert [one["run_id"] for one in found] == [bad]


def test_a_short_run_between_two_looks_is_not_missed(watched: Watched) -> None:
    watched.rule(kind="threshold", metric="loss", side="above", value=2)
    watched.rule(kind="run_failed")
    run = watched.run()
    watched.log(run, 9.0)
    watched.world.client.set_terminated(run, "FAILED", START + 2_000)
    watched.look(5_000)
    watched.look(5_000)
    assert sorted(name for name, _ in watched.told()) == ["Run failed", "loss above 2"]


def test_points_that_come_after_the_end_count(watched: Watched) -> None:
    watched.rule(kind="threshold", metric="loss", side="above", value=2)
    run = watched.run()
    watched.log(run, 1.0)
    watched.world.client.set_terminated(run, "FINISHED", START + 1_000)
    watched.look(2_000)
    watched.log(run, 9.0)
    watched.look(1_000)
    assert len(watched.told()) == 1


def test_runs_that_ended_before_the_rule_are_left_alone(watched: Watched) -> None:
    run = watched.run(START - MINUTE)
    watched.log(run, 9.0, at=START - MINUTE)
    watched.world.client.set_terminated(run, "FAILED", START - 1)
    watched.rule(kind="threshold", metric="loss", side="above", value=2)
    watched.rule(kind="run_failed")
    watched.look(5_000)
    assert watched.told() == []


def test_a_silent_run_is_told_once_and_again_after_it_spoke(watched: Watched) -> None:
    watched.rule(kind="run_silent", seconds=60)
    run = watched.run()
    watched.log(run, 1.0)
    watched.log(run, 1.0, key="system/cpu", at=START + 50_000)
    watched.look(MINUTE)
    assert watched.told() == []
    watched.look(2_000)
    watched.look(MINUTE)
    assert len(watched.told()) == 1
    watched.log(run, 2.0)
    watched.look(1_000)
    watched.look(2 * MINUTE)
    assert len(watched.told()) == 2


def test_no_progress_is_told_while_nothing_is_logged(watched: Watched) -> None:
    watched.rule(kind="no_progress", metric="loss", seconds=60)
    run = watched.run()
    watched.log(run, 3.0, 2.0)
    watched.look()
    watched.look(2 * MINUTE)
    watched.look(MINUTE)
    assert [text for _, text in watched.told()] == ["loss has not got better than 2 for 2 min."]


def test_nan_is_told_by_its_own_rule(watched: Watched) -> None:
    watched.rule(kind="not_finite", metric="loss")
    run = watched.run()
    watched.log(run, 1.0, float("nan"), float("inf"))
    watched.look()
    assert [text for _, text in watched.told()] == ["loss is NaN at step 1."]


def test_a_paused_rule_sleeps_and_begins_anew(watched: Watched) -> None:
    rule = watched.rule(kind="threshold", metric="loss", side="above", value=2)
    rules = AlertRuleRepository(watched.world.backend)
    rules.update(rule, {"paused": True})
    run = watched.run()
    watched.log(run, 9.0, 1.0, 1.0, 1.0)
    watched.look()
    watched.clock.now += 1_000
    rules.update(rule, {"paused": False, "epoch": 2, "since": watched.clock.now})
    watched.look()
    assert watched.told() == []
    watched.log(run, 9.0)
    watched.look(1_000)
    assert len(watched.told()) == 1


def test_a_rule_of_a_newer_version_keeps_the_others_from_nothing(watched: Watched) -> None:
    rule = watched.rule(kind="not_finite", metric="loss")
    AlertRuleRepository(watched.world.backend).update(rule, {"condition": '{"kind": "phase_of_the_moon"}'})
    watched.rule(kind="threshold", metric="loss", side="above", value=2)
    watched.log(watched.run(), 9.0)
    watched.look()
    assert len(watched.told()) == 1


def test_one_worker_at_a_time_looks_and_the_next_goes_on_when_it_dies(watched: Watched) -> None:
    watched.rule(kind="threshold", metric="loss", side="above", value=2)
    watched.look()
    other = watched.another()
    run = watched.run()
    watched.log(run, 9.0)
    other.look()
    assert watched.told() == []
    watched.clock.now += HOLD_MS + 1
    other.look()
    assert len(watched.told()) == 1


def test_a_worker_that_comes_back_late_says_nothing_twice(watched: Watched) -> None:
    """It was stopped amid its look, another one has gone on, and the first one does not know yet."""
    watched.rule(kind="threshold", metric="loss", side="above", value=2)
    run = watched.run()
    watched.look()
    watched.log(run, 9.0, 1.0, 1.0, 1.0, 9.0)
    late = watched.worker._watch
    watched.another()._watch.look(watched.clock.now)
    assert len(watched.told()) == 2
    late.look(watched.clock.now)
    late.look(watched.clock.now)
    assert len(watched.told()) == 2


def test_without_rules_and_news_a_look_is_one_query(watched: Watched) -> None:
    run = watched.run()
    watched.say(run, "a")
    watched.look()
    with watched.world.queries() as seen:
        assert not watched.worker.look()
    assert len(seen) == 1


def test_with_nothing_new_a_look_writes_nothing_and_asks_little(watched: Watched) -> None:
    for _ in range(5):
        watched.log(watched.run(), 1.0, 1.0)
    watched.rule(kind="threshold", metric="loss", side="above", value=2)
    watched.rule(kind="run_silent", seconds=600)
    watched.look()
    with watched.world.queries() as seen:
        watched.look()
    assert all(one.lstrip().startswith(("SELECT", "WITH")) for one in seen)
    assert len(seen) == 7


def checked(received: Any) -> dict[str, Any]:
    """As docs/alerts.md shows it to receivers."""
    headers = received.headers
    signed = headers["x-mlflow-ext-timestamp"].encode() + b"." + received.body
    expected = "v1=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(expected, headers["x-mlflow-ext-signature"])
    return json.loads(received.body)


def sent(watched: Watched, after: int = 0) -> None:
    watched.look(after)
    watched.worker._dispatch.close()
    watched.worker._dispatch._pool = None


def test_an_alert_of_a_rule_is_delivered_and_signed(watched: Watched, hook: Receiver) -> None:
    webhook = watched.hook(f"{hook.url}?a=b")
    watched.worker = watched.another(allow=(f"http://127.0.0.1:{hook.port}/hook",))
    watched.rule(kind="threshold", metric="loss", side="above", value=2, webhook_id=webhook)
    run = watched.run()
    watched.log(run, 9.0)
    sent(watched)
    (one,) = hook.received
    body = checked(one)
    assert one.path == "/hook?a=b"
    assert one.headers["host"] == f"127.0.0.1:{hook.port}"
    assert body["text"].startswith("[error] loss above 2 (r, ")
    assert (body["type"], body["version"], body["alert"]["run_id"], body["alert"]["run_name"]) == ("alert", 1, run, "r")
    (delivery,) = watched.deliveries()
    assert body["delivery"] == delivery["id"] == one.headers["x-mlflow-ext-delivery"]
    assert (delivery["state"], delivery["next_at"]) == ("delivered", None)
    assert [(a["number"], a["status"], a["why"]) for a in delivery["attempts"]] == [(1, 200, "delivered")]


def every(watched: Watched, hook: Receiver, **changes: Any) -> None:
    watched.hook(hook.url, every_alert=True, **changes)
    watched.worker = watched.another(allow=(f"http://127.0.0.1:{hook.port}/",))


def test_a_receiver_that_fails_twice_gets_it_the_third_time(watched: Watched, hook: Receiver) -> None:
    hook.answers = [503, 429]
    every(watched, hook)
    watched.say(watched.run(), "a")
    sent(watched)
    (waiting,) = watched.deliveries()
    assert waiting["state"] == "pending"
    assert watched.clock.now + 10_000 <= waiting["next_at"] <= watched.clock.now + 12_000
    sent(watched, 1_000)
    assert len(hook.received) == 1
    sent(watched, 11_000)
    sent(watched, 40_000)
    sent(watched, 200_000)
    (done,) = watched.deliveries()
    assert [(a["status"], a["why"]) for a in done["attempts"]] == [
        (503, "refused: said"), (429, "refused: said"), (200, "delivered"),
    ]  # fmt: skip
    assert done["state"] == "delivered"
    assert len({checked(one)["delivery"] for one in hook.received}) == 1


def test_sending_ends_after_eight_attempts(watched: Watched, hook: Receiver) -> None:
    hook.answers = [500] * 20
    every(watched, hook)
    watched.say(watched.run(), "a")
    for _ in range(ATTEMPTS + 2):
        sent(watched, 2 * 3_600_000)
    (done,) = watched.deliveries()
    assert (done["state"], len(done["attempts"]), len(hook.received)) == ("failed", ATTEMPTS, ATTEMPTS)
    assert [pause(number, 10) for number in (1, 2, 3, 7)] == [10, 30, 90, 3_600]


@pytest.mark.parametrize(
    ("answer", "why"), [(302, "it answered with a redirect, which is not followed"), (404, "refused: said")]
)
def test_a_redirect_is_not_followed_and_a_refusal_not_repeated(
    watched: Watched, hook: Receiver, answer: int, why: str
) -> None:
    hook.answers, hook.location = [answer], hook.url
    every(watched, hook)
    watched.say(watched.run(), "a")
    sent(watched)
    sent(watched, 3_600_000)
    (done,) = watched.deliveries()
    assert (done["state"], done["attempts"][0]["why"], len(hook.received)) == ("failed", why, 1)


def test_an_address_that_is_no_longer_allowed_gets_nothing(watched: Watched, hook: Receiver) -> None:
    watched.hook(hook.url, every_alert=True)
    watched.worker = watched.another(allow=("http://127.0.0.1:1/",))
    watched.say(watched.run(), "a")
    sent(watched)
    (done,) = watched.deliveries()
    assert done["state"] == "failed"
    assert "not sent: url: " in done["attempts"][0]["why"]
    assert hook.received == []


def test_nobody_listens_is_tried_again(watched: Watched) -> None:
    with receiver() as gone:
        every(watched, gone)
    watched.say(watched.run(), "a")
    sent(watched)
    (waiting,) = watched.deliveries()
    assert (waiting["state"], waiting["attempts"][0]["status"]) == ("pending", None)
    assert waiting["attempts"][0]["why"].startswith("no answer: nobody listens there (ConnectionRefusedError")


def test_a_test_goes_the_way_of_an_alert_and_says_what_it_is(watched: Watched, hook: Receiver) -> None:
    hook.answers = [503]
    every(watched, hook)
    (webhook,) = WebhookRepository(watched.world.backend).all(ANYONE)
    deliveries = DeliveryRepository(watched.world.backend)
    queued = deliveries.test(ANYONE, webhook.id, watched.clock.now)
    assert (queued["state"], queued["alert_id"], queued["next_at"]) == ("pending", None, watched.clock.now)
    sent(watched)
    (waiting,) = watched.deliveries()
    assert (waiting["id"], waiting["state"], waiting["attempts"][0]["status"]) == (queued["id"], "pending", 503)
    sent(watched, 12_000)
    (done,) = watched.deliveries()
    assert (done["state"], [one["status"] for one in done["attempts"]]) == ("delivered", [503, 200])
    first, second = (checked(one) for one in hook.received)
    assert first == second
    assert (first["type"], first["delivery"], first["text"]) == ("test", queued["id"], "[test] alerts reach chat")
    assert (first["alert"]["title"], first["alert"]["level"], first["alert"]["run_id"]) == ("Test", "info", None)
    assert watched.told() == []


def test_a_test_takes_the_place_of_one_that_still_waits(watched: Watched, hook: Receiver) -> None:
    hook.answers = [503]
    every(watched, hook)
    (webhook,) = WebhookRepository(watched.world.backend).all(ANYONE)
    other = watched.hook(hook.url)
    deliveries = DeliveryRepository(watched.world.backend)
    first = deliveries.test(ANYONE, webhook.id, watched.clock.now)
    sent(watched)
    watched.say(watched.run(), "a")
    sent(watched, 1_000)
    second = deliveries.test(ANYONE, webhook.id, watched.clock.now + 1)
    sent(watched, 60_000)
    states = {one["id"]: one["state"] for one in watched.deliveries()}
    assert (states.pop(first["id"]), states.pop(second["id"])) == ("failed", "delivered")
    assert list(states.values()) == ["delivered"]
    assert len(hook.received) == 3
    last = deliveries.last([webhook.id, other])
    assert {hook_id: one["id"] for hook_id, one in last.items()} == {webhook.id: second["id"]}


def test_a_test_is_kept_though_no_alert_stands_behind_it(watched: Watched) -> None:
    now = time.time_ns() // 1_000_000
    webhook = watched.hook("http://127.0.0.1:1/")
    deliveries = DeliveryRepository(watched.world.backend)
    deliveries.test(ANYONE, webhook, now - 31 * 86_400_000)
    kept = deliveries.test(ANYONE, webhook, now)
    schema.sweep(watched.world.backend.engine)
    assert [one["id"] for one in watched.deliveries()] == [kept["id"]]


def test_a_worker_that_died_while_sending_leaves_a_trace_and_another_sends_again(
    watched: Watched, hook: Receiver
) -> None:
    every(watched, hook)
    watched.say(watched.run(), "a")
    watched.worker._collect(watched.clock.now)
    deliveries = DeliveryRepository(watched.world.backend)
    (one,) = deliveries.due(watched.clock.now, 9)
    assert deliveries.claim(one, watched.clock.now, watched.clock.now + MINUTE)
    assert not deliveries.claim(one, watched.clock.now, watched.clock.now + MINUTE)
    sent(watched)
    assert hook.received == []
    sent(watched, MINUTE)
    (done,) = watched.deliveries()
    assert done["state"] == "delivered"
    assert [(a["status"], a["why"][:9]) for a in done["attempts"]] == [(None, "under way"), (200, "delivered")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 2),
        ({"level": "error"}, 1),
        ({"paused": True}, 0),
        ({"experiment_id": "4711"}, 0),
        ({"workspace": "another"}, 0),
        ({"created_at": START + 5_000}, 0),
        ({"every_alert": False}, 0),
    ],
)
def test_a_webhook_gets_what_it_listens_for(
    watched: Watched, hook: Receiver, changes: dict[str, Any], expected: int
) -> None:
    watched.hook(hook.url, **{"every_alert": True, **changes})
    watched.worker = watched.another(allow=(f"http://127.0.0.1:{hook.port}/",))
    run = watched.run()
    watched.say(run, "a", 0, level="info")
    watched.look()
    watched.say(run, "b", 1, level="error")
    sent(watched)
    assert len(hook.received) == expected


def test_a_webhook_that_is_deleted_sends_no_more(watched: Watched, hook: Receiver) -> None:
    webhook = watched.hook(hook.url)
    rule = watched.rule(kind="run_failed", webhook_id=webhook)
    watched.world.client.set_terminated(watched.run(), "FAILED", START + 5)
    watched.worker._watch.look(watched.clock.now)
    assert [one["state"] for one in watched.deliveries()] == ["pending"]
    WebhookRepository(watched.world.backend).delete(webhook)
    assert [one["state"] for one in watched.deliveries()] == ["failed"]
    assert AlertRuleRepository(watched.world.backend).active()[0]._asdict()["webhook_id"] is None
    assert AlertRuleRepository(watched.world.backend).active()[0].id == rule


def test_what_belongs_to_nothing_any_more_is_swept(watched: Watched, hook: Receiver) -> None:
    every(watched, hook)
    run = watched.run()
    watched.say(run, "a")
    watched.rule(kind="run_failed")
    sent(watched)
    with watched.world.backend.engine.begin() as connection:
        for table in ("ext_alerts", "ext_alert_marks", "ext_alert_states"):
            connection.execute(sa.update(tables.metadata.tables[table]).values(run_uuid="gone"))
        connection.execute(sa.update(tables.alert_rules).values(experiment_id="4711"))
    schema.sweep(watched.world.backend.engine)
    with watched.world.backend.engine.connect() as connection:
        left = {
            table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in _OURS
            if table.name not in ("ext_duties", "ext_webhooks")
        }
    assert set(left.values()) == {0}, left


def test_a_state_is_json(watched: Watched) -> None:
    watched.rule(kind="z_score", metric="loss", window=20)
    watched.log(watched.run(), *([1.0, 1.1] * 15))
    watched.look()
    with watched.world.backend.read() as session:
        state = orjson.loads(session.execute(sa.select(tables.alert_states.c.state)).scalar_one())
    assert len(state["window"]) == 20
