"""The bell: alerts come by themselves and are marked as seen; a rule added there speaks, a webhook is sent a test."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watch
from tests.browser.test_accessibility import in_both_themes
from tests.conftest import Server, StartServer, clean_environment
from tests.webhook import Receiver, receiver

SCRIPT = """
import sys, mlflow, mlflow_ext as ext
ext.alert("Gradient overflow", "<b>beyond</b> what was seen", level="error", run_id=sys.argv[1])
ext.flush(timeout=60, strict=True)
"""
# What the page would do after ten seconds it does soon.
CLOCK = """() => {
  const set = window.setTimeout;
  window.setTimeout = (act, wait, ...rest) => set(act, wait >= 9000 ? 300 : wait, ...rest);
}"""


@pytest.fixture(scope="module")
def hook() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


@pytest.fixture(scope="module")
def server(ext_server: StartServer, hook: Receiver) -> Server:
    allowed = {"MLFLOW_EXT_WEBHOOK_ALLOW_PRIVATE": f"http://127.0.0.1:{hook.port}/"}
    return ext_server(env={"MLFLOW_EXT_ALERT_SECONDS": "1", "MLFLOW_EXT_WEBHOOK_RETRY_SECONDS": "1", **allowed})


@pytest.fixture
def client(server: Server) -> MlflowClient:
    return MlflowClient(server.origin)


def opened(page: Page, server: Server, experiment: str) -> None:
    page.add_init_script(f"({CLOCK})()")
    page.goto(f"{server.origin}/ext/plots?experiment={experiment}")
    expect(page.locator("#x-bell")).to_be_enabled()


def test_an_alert_of_a_script_appears_by_itself_and_leads_to_its_run(
    page: Page, server: Server, client: MlflowClient, tmp_path: Path
):
    experiment = client.create_experiment("said")
    run = client.create_run(experiment, run_name="talker").info.run_id
    opened(page, server, experiment)
    page.get_by_role("button", name="Alerts", exact=True).click()
    panel = page.get_by_role("dialog", name="Alerts")
    expect(panel).to_contain_text("No alerts yet")
    expect(panel.locator("pre")).to_contain_text("ext.alert(")
    page.keyboard.press("Escape")
    expect(page.locator("#x-bell")).to_be_focused()
    env = clean_environment({"MLFLOW_TRACKING_URI": server.origin, "MLFLOW_EXT_SPOOL_DIR": str(tmp_path / "spool")})
    subprocess.run([sys.executable, "-c", SCRIPT, run], cwd=tmp_path, env=env, timeout=200, check=True)
    page.get_by_role("button", name="Alerts, 1 not seen").click()
    alert = panel.get_by_role("listitem")
    expect(alert).to_have_count(1)
    expect(alert).to_contain_text("Error")
    expect(alert).to_contain_text("Gradient overflow")
    expect(alert).to_contain_text("<b>beyond</b> what was seen")
    expect(alert.get_by_role("img", name="Not seen")).to_be_visible()
    assert in_both_themes(page) == {"light": [], "dark": []}
    panel.get_by_role("button", name="Mark all seen").click()
    expect(alert.get_by_role("img", name="Not seen")).to_have_count(0)
    expect(page.get_by_role("button", name="Alerts", exact=True)).to_be_visible()
    alert.get_by_role("button").first.click()
    expect(page).to_have_url(re.compile(f"run={run}"))
    expect(panel).to_have_count(0)


def test_a_rule_is_added_by_keyboard_speaks_is_paused_and_deleted(page: Page, server: Server, client: MlflowClient):
    experiment = client.create_experiment("ruled")
    run = client.create_run(experiment, run_name="r").info.run_id
    client.log_metric(run, "loss", 1.0)
    opened(page, server, experiment)
    page.locator("#x-bell").focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="Alerts")
    expect(panel.get_by_role("radio", name="Alerts")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(panel).to_contain_text("No rules yet")
    panel.get_by_role("button", name="Add rule").press("Enter")
    panel.get_by_role("button", name="Add rule").click()
    expect(panel.get_by_role("alert")).to_have_text("Choose a metric.")
    assert in_both_themes(page) == {"light": [], "dark": []}
    panel.get_by_label("Metric", exact=True).fill("loss")
    panel.get_by_role("button", name="Add rule").click()
    expect(panel.get_by_role("alert")).to_have_text("Give a number in each field.")
    panel.get_by_label("Value", exact=True).fill("2")
    panel.get_by_label("Value", exact=True).press("Enter")
    rule = panel.get_by_role("list", name="Rules").get_by_role("listitem")
    expect(rule).to_contain_text("loss above 2")
    client.log_metric(run, "loss", 3.5, step=7)
    panel.get_by_role("radio", name="Alerts").click()
    expect(panel.get_by_role("listitem")).to_contain_text("loss is 3.500 at step 7, which is above 2.")
    panel.get_by_role("radio", name="Rules").click()
    rule.get_by_role("button", name="Pause loss above 2").click()
    expect(rule).to_contain_text("paused")
    rule.get_by_role("button", name="Delete loss above 2").click()
    rule.get_by_role("button", name="Delete for good loss above 2").click()
    expect(panel).to_contain_text("No rules yet")


def test_a_webhook_is_added_tested_paused_and_deleted(
    page: Page, server: Server, client: MlflowClient, hook: Receiver, watches: dict[Page, Watch]
):
    watches[page].expected.append("422")
    experiment = client.create_experiment("hooked")
    hook.answers = [503]
    opened(page, server, experiment)
    page.locator("#x-bell").click()
    panel = page.get_by_role("dialog", name="Alerts")
    panel.get_by_role("radio", name="Webhooks").click()
    expect(panel).to_contain_text("No webhooks yet")
    panel.get_by_role("button", name="Add webhook").click()
    expect(panel.get_by_label("Name", exact=True)).to_be_focused()
    panel.get_by_label("Name", exact=True).fill("<i>team</i> chat")
    panel.get_by_label("Address", exact=True).fill("https://not.allowed.example/a")
    panel.get_by_role("button", name="Add webhook").click()
    expect(panel.get_by_role("alert")).to_contain_text("https://not.allowed.example/ is not among the addresses")
    expect(panel.get_by_role("alert")).to_contain_text("MLFLOW_EXT_WEBHOOK_ALLOW")
    assert in_both_themes(page) == {"light": [], "dark": []}
    panel.get_by_label("Address", exact=True).fill(hook.url)
    panel.get_by_label("Address", exact=True).press("Enter")
    expect(panel.get_by_role("button", name="Copy")).to_be_focused()
    secret = panel.locator(".x-hook-code").inner_text()
    assert len(secret) == 48
    one = panel.get_by_role("listitem", name="<i>team</i> chat")
    expect(one).to_contain_text("Warnings and errors of this experiment")
    expect(one).to_contain_text("Nothing was sent to it yet")
    panel.get_by_role("button", name="Done").click()
    expect(panel).not_to_contain_text(secret)
    expect(panel.get_by_role("button", name="Add webhook")).to_be_focused()
    one.get_by_role("button", name="Send a test").click()
    expect(one).to_contain_text(re.compile("Test delivered .* ago, 2 attempts"), timeout=30_000)
    one.get_by_role("button", name="Show attempts").click()
    tries = one.get_by_role("list", name="Attempts").get_by_role("listitem")
    expect(tries).to_contain_text(["it answered 503: said", "delivered"])
    assert in_both_themes(page) == {"light": [], "dark": []}
    sent = hook.received[-1]
    signed = sent.headers["x-mlflow-ext-timestamp"].encode() + b"." + sent.body
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert sent.headers["x-mlflow-ext-signature"] == f"v1={expected}"
    assert json.loads(sent.body)["type"] == "test"
    hook.answers = [404]
    one.get_by_role("button", name="Send a test").click()
    expect(one).to_contain_text(re.compile("Test failed .* ago"), timeout=30_000)
    expect(one).to_contain_text("it answered 404: said")
    one.get_by_role("button", name="Pause").click()
    expect(one).to_contain_text("paused, sends nothing")
    expect(one.get_by_role("button", name="Send a test")).to_have_count(0)
    one.get_by_role("button", name="Delete").click()
    one.get_by_role("button", name="Delete for good").click()
    expect(panel).to_contain_text("No webhooks yet")


def test_who_is_no_admin_is_told_why_there_are_no_webhooks(
    page: Page, server: Server, client: MlflowClient, watches: dict[Page, Watch]
):
    watches[page].expected.append("403")
    said = {"error": "PermissionDenied", "detail": "Only admins may see and change webhooks.", "status": 403}
    page.route("**/ext/api/webhooks", lambda route: route.fulfill(status=403, json=said))
    opened(page, server, client.create_experiment("forbidden"))
    page.locator("#x-bell").click()
    panel = page.get_by_role("dialog", name="Alerts")
    panel.get_by_role("radio", name="Webhooks").click()
    expect(panel).to_contain_text("Webhooks are for admins")
    expect(panel.get_by_role("button", name="Add webhook")).to_have_count(0)
