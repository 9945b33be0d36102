"""The page of the REST API in a real browser: themes, widths, search, copying; and without a script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Watch
from tests.conftest import Server

CANVAS = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 19, 23)"}
OVERFLOW = "() => document.documentElement.scrollWidth - innerWidth"
GROUND = "() => getComputedStyle(document.body).backgroundColor"
CLIPPED = """() => [...document.querySelectorAll('main *')]
  .filter((one) => one.offsetParent && !one.closest('pre, caption'))
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .map((one) => one.outerHTML.slice(0, 90))"""


@pytest.fixture(scope="module")
def server(shared_server: Server) -> Server:
    return shared_server


@pytest.fixture
def address(server: Server) -> str:
    return f"{server.url}/ext/api/docs"


@pytest.mark.parametrize("width", [1280, 1920, 700])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_follows_the_system_and_nothing_sticks_out(new_page: Callable[..., Page], address: str, theme: str, width):
    page = new_page(viewport={"width": width, "height": 720}, color_scheme=theme)
    page.goto(address)
    assert page.evaluate(GROUND) == CANVAS[theme]
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate(OVERFLOW) == 0
    assert page.evaluate(CLIPPED) == []
    assert page.evaluate("() => document.fonts.check('13px \"Inter Variable\"')")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_without_a_script_it_is_whole(new_page: Callable[..., Page], address: str, theme: str):
    page = new_page(java_script_enabled=False, color_scheme=theme)
    page.goto(address)
    ground = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    assert ground == CANVAS[theme]
    assert not page.locator("#search").is_visible()
    assert not page.locator("#theme").is_visible()
    operation = page.locator("#post-runs")
    assert operation.get_by_text("Body NewRun").is_visible()
    inner = operation.get_by_role("table", name="Fields of RunInfo")
    assert not inner.is_visible()
    operation.get_by_text("Fields of RunInfo", exact=True).first.click()
    assert inner.is_visible()


def test_it_takes_the_theme_that_the_app_keeps_and_keeps_its_own(new_page: Callable[..., Page], address: str):
    page = new_page(color_scheme="light")
    page.goto(address)
    page.get_by_role("button", name="Switch to dark").click()
    assert page.evaluate(GROUND) == CANVAS["dark"]
    assert page.evaluate("() => localStorage.getItem('mlflow-ext-theme')") == "dark"
    page.goto(address)
    assert page.evaluate(GROUND) == CANVAS["dark"]
    page.goto(f"{address}?theme=light")
    assert page.evaluate(GROUND) == CANVAS["light"]


def test_the_search_shows_what_fits_and_a_link_shows_all_again(page: Page, address: str):
    page.goto(address)
    page.wait_for_selector("#search:not([hidden])")
    page.keyboard.press("/")
    page.keyboard.type("leaderboard")
    operation = page.locator(".x-op:visible")
    assert operation.get_attribute("id") == "get-runs-leaderboard"
    assert page.locator(".x-index li:visible").inner_text().split() == ["GET", "Rank", "runs"]
    assert page.locator("#found").inner_text().startswith("1 of ")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("no such thing")
    assert page.locator("#found").inner_text() == "Nothing goes by that name"
    page.keyboard.press("Escape")
    assert page.locator(".x-op:visible").count() > 30
    page.locator("#find").fill("list changes")
    page.locator("#get-audit").get_by_role("link", name="AuditEntry").click()
    assert page.locator("#model-AuditEntry").is_visible()
    assert page.locator("#find").input_value() == ""


def test_the_index_says_where_one_is(page: Page, address: str):
    page.goto(f"{address}#post-runs-bulk")
    page.wait_for_function("() => document.querySelector('.x-index [aria-current]')?.hash === '#post-runs-bulk'")
    page.locator("#get-audit").scroll_into_view_if_needed()
    page.evaluate("() => document.querySelector('#get-audit').scrollIntoView()")
    page.wait_for_function("() => document.querySelector('.x-index [aria-current]')?.hash === '#get-audit'")
    assert page.locator(".x-index [aria-current]").is_visible()


def test_an_example_is_copied(new_page: Callable[..., Page], address: str, server: Server):
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(address)
    example = page.locator("#get-runs-run-id .x-example").first
    example.get_by_role("button", name="Copy").click()
    example.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied == f"curl {server.url}/ext/api/runs/my-run-123"


def test_an_injected_script_does_not_run(page: Page, watch: Watch, address: str):
    watch.expected = ["Content Security Policy", "Refused to", "404"]
    page.goto(address)
    page.evaluate("() => document.body.insertAdjacentHTML('beforeend', \"<img src=x onerror='window.injected = 1'>\")")
    page.wait_for_function("() => document.querySelector('img[src=x]').complete")
    assert page.evaluate("() => window.injected === undefined")
