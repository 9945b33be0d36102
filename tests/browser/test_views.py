"""Saved views on the real server: saved, changed, shared, and edited by two at once."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Watch, drawn, wait_shown
from tests.conftest import Server, StartServer

CONFLICT = "the server responded with a status of 409"


@pytest.fixture(scope="module")
def server(ext_server: StartServer) -> Server:
    return ext_server()


@pytest.fixture
def place(server: Server) -> tuple[str, list[str]]:
    """An experiment and its two runs."""
    client = MlflowClient(server.origin)
    experiment = client.create_experiment(f"views {uuid.uuid4().hex[:8]}")
    runs = [client.create_run(experiment, run_name=name).info.run_id for name in ("first", "second")]
    for run in runs:
        client.log_batch(run, [Metric("loss", 1 / (step + 1), 1000 + step, step) for step in range(20)])
        client.set_terminated(run)
    return experiment, runs


@pytest.fixture
def address(server: Server, place: tuple[str, list[str]]) -> str:
    return f"{server.url}/ext/plots?experiment={place[0]}&runs={place[1][0]}"


def stored(server: Server, experiment: str) -> dict[str, Any]:
    """The views of an experiment by name, as the server has them."""
    with httpx.Client(base_url=f"{server.url}/ext/api", trust_env=False) as http:
        found = http.get("/views", params={"experiment_id": experiment}).json()["views"]
        return {one["name"]: http.get(f"/views/{one['id']}").json() for one in found}


def ready(page: Page, address: str) -> None:
    page.goto(address)
    drawn(page)


def choose(page: Page, item: str) -> None:
    """Open the menu and click one of its items."""
    page.locator("#x-views").click()
    page.locator(".x-views").get_by_text(item, exact=True).click()


def save_as(page: Page, name: str) -> None:
    choose(page, "Save as…")
    page.get_by_label("Name of the new view").fill(name)
    page.keyboard.press("Enter")
    expect(page.locator("#x-views")).to_have_accessible_name(f"Saved views: {name}")


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query, keep_blank_values=True)


def test_a_view_is_saved_changed_and_opened_by_somebody_else(
    new_page: Callable[..., Page], server: Server, place, address: str
):
    experiment, runs = place
    page, button = new_page(), "#x-views"
    ready(page, address)
    page.locator("#x-log-y").click()
    page.wait_for_url("**log=1**")
    save_as(page, "Baseline review")
    view = stored(server, experiment)["Baseline review"]
    assert view["state"] == {"tab": "plots", "query": f"log=1&runs={runs[0]}", "layout": {}}
    assert query(page)["view"] == [view["id"]]

    page.locator("#x-clip").click()
    page.evaluate("mlflow_ext_ui.layout.set({ hidden: ['m:loss'] })")
    expect(page.locator(button)).to_have_accessible_name("Saved views: Baseline review, changed")
    choose(page, "Save changes")
    expect(page.locator(button)).to_have_accessible_name("Saved views: Baseline review")
    view = stored(server, experiment)["Baseline review"]
    assert view["version"] == 2
    assert view["state"] == {"tab": "plots", "query": f"clip=1&log=1&runs={runs[0]}", "layout": {"hidden": ["m:loss"]}}
    page.reload()
    expect(page.locator(button)).to_have_accessible_name("Saved views: Baseline review")
    assert page.evaluate("mlflow_ext_ui.layout.get()") == {"hidden": ["m:loss"]}

    other = new_page()
    other.goto(f"{server.url}/ext/tables?experiment={experiment}")
    other.wait_for_url("**runs=**")
    other.keyboard.press("v")
    expect(other.locator(".x-views [role=menuitemradio]")).to_be_focused()
    other.keyboard.press("Enter")
    other.wait_for_url("**/ext/plots?**clip=1**")
    wait_shown(other, 1)
    assert query(other) == {
        "experiment": [experiment], "runs": [runs[0]], "clip": ["1"], "log": ["1"], "view": [view["id"]],
    }  # fmt: skip
    assert other.evaluate("mlflow_ext_ui.layout.get()") == {"hidden": ["m:loss"]}
    expect(other.locator(button)).to_have_accessible_name("Saved views: Baseline review")
    expect(other.locator(button)).to_be_focused()


def test_a_link_to_a_view_opens_it_and_what_else_the_link_says_wins(page: Page, server: Server, place, address: str):
    experiment, runs = place
    ready(page, f"{address}&x=wall")
    save_as(page, "wall")
    view = stored(server, experiment)["wall"]["id"]
    ready(page, f"{server.url}/ext/?view={view}")
    page.wait_for_url("**x=wall**")
    wait_shown(page, 1)
    expect(page.locator("#x-views")).to_have_accessible_name("Saved views: wall")
    ready(page, f"{server.url}/ext/plots?experiment={experiment}&runs={','.join(runs)}&view={view}")
    expect(page.locator("#x-views")).to_have_accessible_name("Saved views: wall, changed")
    assert query(page)["runs"] == [",".join(runs)]
    assert "x" not in query(page)


def test_a_link_that_names_a_view_alone_asks_for_its_page_once(
    new_page: Callable[..., Page], server: Server, watches: dict[Page, Watch], place, address: str
):
    first = new_page()
    ready(first, address + "&smoothing=0.4")
    save_as(first, "smooth")
    view = stored(server, place[0])["smooth"]["id"]
    page = new_page()
    ready(page, f"{server.url}/ext/plots?view={view}")
    assert query(page)["smoothing"] == ["0.4"]
    wait_shown(page, 1)
    assert watches[page].count("/_page") == 1
    gone = new_page()
    watches[gone].expected.append("the server responded with a status of 404")
    ready(gone, f"{server.url}/ext/plots?view={'0' * 32}")
    assert "view" not in query(gone)
    assert watches[gone].count("/_page") == 1


def test_two_who_change_one_view_keep_both_changes(
    new_page: Callable[..., Page], watches: dict[Page, Watch], server: Server, place, address: str
):
    experiment, runs = place
    anna, ben = new_page(), new_page()
    watches[ben].expected = [CONFLICT]
    ready(anna, address)
    save_as(anna, "ours")
    ready(ben, anna.url)
    expect(ben.locator("#x-views")).to_have_accessible_name("Saved views: ours")
    anna.locator("#x-log-y").click()
    choose(anna, "Save changes")
    expect(anna.locator("#x-views")).to_have_accessible_name("Saved views: ours")
    for answer, name in (("Save mine as a copy", "ours (copy)"), ("Take theirs", "ours")):
        if name == "ours":
            choose(ben, "ours")
            ben.wait_for_url("**log=1**")
            anna.locator("#x-log-y").click()
            choose(anna, "Save changes")
            expect(anna.locator("#x-views")).to_have_accessible_name("Saved views: ours")
        ben.locator("#x-clip").click()
        expect(ben.locator("#x-views")).to_have_accessible_name("Saved views: ours, changed")
        choose(ben, "Save changes")
        expect(ben.get_by_role("dialog")).to_contain_text("Somebody changed this view meanwhile")
        ben.get_by_role("button", name=answer).click()
        expect(ben.locator("#x-views")).to_have_accessible_name(f"Saved views: {name}")
    found = stored(server, experiment)
    assert {name: view["state"]["query"] for name, view in found.items()} == {
        "ours": f"runs={runs[0]}",
        "ours (copy)": f"clip=1&runs={runs[0]}",
    }
    assert "clip" not in query(ben)
    assert "log" not in query(ben)


def test_a_view_is_renamed_and_deleted_from_the_menu_and_errors_say_why(
    page: Page, watch: Watch, server: Server, place, address: str
):
    watch.expected = [CONFLICT]
    ready(page, address)
    save_as(page, "first")
    save_as(page, "<b>second</b>")
    choose(page, "Rename…")
    page.get_by_label("New name").fill("first")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("There is a view “first”")
    page.get_by_label("New name").fill("third")
    page.get_by_role("button", name="Rename").click()
    expect(page.locator("#x-views")).to_have_accessible_name("Saved views: third")
    assert set(stored(server, place[0])) == {"first", "third"}
    choose(page, "Delete…")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    assert set(stored(server, place[0])) == {"first", "third"}
    choose(page, "Delete…")
    page.get_by_role("button", name="Delete view").click()
    expect(page.locator("#x-views")).to_have_accessible_name("Saved views")
    assert set(stored(server, place[0])) == {"first"}
    assert "view" not in query(page)


def test_who_may_not_change_views_is_told_so(page: Page, server: Server, place, address: str):
    def read_only(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=json.dumps({**answer.json(), "editable": False}))

    ready(page, address)
    save_as(page, "theirs")
    page.route("**/api/views?*", read_only)
    page.locator("#x-clip").click()
    page.locator("#x-views").click()
    expect(page.locator(".x-views")).to_contain_text("but not change them")
    assert page.locator(".x-views [role^=menuitem]").all_inner_texts() == ["theirs"]


def test_two_who_rename_one_view_are_told_of_each_other(page: Page, watch: Watch, server: Server, place, address: str):
    watch.expected = [CONFLICT]
    ready(page, address)
    save_as(page, "first")
    view = stored(server, place[0])["first"]["id"]
    httpx.patch(f"{server.url}/ext/api/views/{view}", json={"version": 1, "name": "theirs"}, trust_env=False)
    choose(page, "Rename…")
    page.get_by_label("New name").fill("mine")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Somebody named this view “theirs” meanwhile")
    assert set(stored(server, place[0])) == {"theirs"}
    page.keyboard.press("Enter")
    expect(page.locator("#x-views")).to_have_accessible_name("Saved views: mine")
    assert set(stored(server, place[0])) == {"mine"}
    page.locator("#x-clip").click()
    choose(page, "Save changes")
    expect(page.locator("#x-views")).to_have_accessible_name("Saved views: mine")


def test_a_view_that_is_gone_says_so_and_leaves_the_page_as_it_is(
    page: Page, watch: Watch, server: Server, place, address: str
):
    watch.expected = ["the server responded with a status of 404"]
    ready(page, address)
    page.evaluate("mlflow_ext_ui.layout.set({ names: { 'm:loss': 'mine' } })")
    save_as(page, "short-lived")
    link, view = page.url, stored(server, place[0])["short-lived"]
    with httpx.Client(base_url=f"{server.url}/ext/api", trust_env=False) as http:
        json_type = {"Content-Type": "application/json"}
        assert http.delete(f"/views/{view['id']}", params={"version": 1}, headers=json_type).status_code == 200
    page.locator("#x-clip").click()
    expect(page.locator("#x-views")).to_have_accessible_name("Saved views: short-lived, changed")
    choose(page, "Save changes")
    expect(page.get_by_role("alert")).to_contain_text("This view is deleted")
    page.keyboard.press("Escape")
    save_as(page, "short-lived")
    assert stored(server, place[0])["short-lived"]["state"]["layout"] == {"names": {"m:loss": "mine"}}
    ready(page, link)
    expect(page.locator(".x-toast")).to_contain_text("deleted, or not yours to read")
    page.wait_for_url(lambda url: "view=" not in url)
    expect(page.locator("#x-views")).to_have_accessible_name("Saved views")


def test_a_layout_that_is_changed_marks_the_view_and_stands_in_the_address_until_it_is_saved(
    page: Page, server: Server, place, address: str
):
    name, corner = page.locator("#x-views"), page.locator(".x-corner")

    def wider() -> None:
        corner.focus()
        page.keyboard.press("ArrowRight")
        expect(name).to_have_accessible_name("Saved views: arranged, changed")
        assert page.evaluate("mlflow_ext_ui.layout.get()") == {"size": {"m:loss": [2, 1]}}

    ready(page, address)
    save_as(page, "arranged")
    wider()
    page.reload()
    expect(name).to_have_accessible_name("Saved views: arranged, changed")
    drawn(page)
    assert "layout" in query(page)
    page.get_by_role("button", name="Arrange Metrics").click()
    page.get_by_role("menuitem", name="Back to the layout of the view").click()
    expect(name).to_have_accessible_name("Saved views: arranged")
    assert "layout" not in query(page)
    wider()
    choose(page, "Save changes")
    expect(name).to_have_accessible_name("Saved views: arranged")
    assert "layout" not in query(page)
    assert stored(server, place[0])["arranged"]["state"]["layout"] == {"size": {"m:loss": [2, 1]}}
    choose(page, "Delete…")
    page.get_by_role("button", name="Delete view").click()
    expect(name).to_have_accessible_name("Saved views")
    assert page.evaluate("mlflow_ext_ui.layout.get()") == {"size": {"m:loss": [2, 1]}}


def test_leaving_a_view_brings_the_layout_before_it_back(page: Page, server: Server, place, address: str):
    ready(page, address)
    save_as(page, "arranged")
    page.evaluate("mlflow_ext_ui.layout.set({ hidden: ['m:loss'] })")
    choose(page, "Save changes")
    expect(page.locator("#x-views")).to_have_accessible_name("Saved views: arranged")
    ready(page, address)
    page.evaluate("mlflow_ext_ui.layout.set({ names: { 'm:loss': 'mine' } })")
    choose(page, "arranged")
    page.wait_for_function("() => mlflow_ext_ui.layout.get().hidden")
    page.go_back()
    page.wait_for_function("() => mlflow_ext_ui.layout.get().names")
    page.go_forward()
    page.wait_for_function("() => mlflow_ext_ui.layout.get().hidden")
