"""The bell: alerts come by themselves, are marked as seen, and a rule that is added there speaks."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from mlflow import MlflowClient
from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import in_both_themes
from tests.conftest import Server, StartServer, clean_environment

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
def server(ext_server: StartServer) -> Server:
    return ext_server(env={"MLFLOW_EXT_ALERT_SECONDS": "1"})


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
