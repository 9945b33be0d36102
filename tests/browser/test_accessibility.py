"""Every state of the page, in both themes: what axe-core finds, and whether the keyboard alone is enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from mlflow_ext.primitives import Table
from mlflow_ext_server.sweep import SweepReader
from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.preview import invented
from mlflow_ext_ui.source import Principal
from tests.browser.conftest import drawn
from tests.browser.sweep_source import QUIET, study
from tests.conftest import StartServer

Act = Callable[[Page], Any]
pytestmark = QUIET
GRAVE = ("serious", "critical")
DARK = "rgb(17, 19, 23)"  # the canvas
MOST_STOPS = 250


def click(selector: str) -> Act:
    return lambda page: page.locator(selector).first.click()


def nothing(page: Page) -> None:
    """The page as it opens."""


SWEEPS, SWEEP = "sweeps?experiment=4&target=val/macro_f1&also=seconds_loss", ".x-suggestion"
BOARD, LIST, TABLES = ".x-card [data-drawn]", ".ag-floating-top .x-run", ".x-leaders td"
# within a picture, which has a name and is drawn by plotly.js, there is nothing to be found
CONTEXT = {"exclude": [[".x-plot"]]}
# where, what tells that it is there, what opens the state, and what shows that it is open
STATES: dict[str, tuple[str, str, Act, str]] = {
    "plots": ("plots?", BOARD, nothing, BOARD),
    "full screen": ("plots?", BOARD, click("[aria-label='Full screen']"), ".x-full"),
    "menu of a plot": ("plots?", BOARD, click("[aria-label='Plot menu']"), ".x-menu"),
    "comparison": ("plots?", BOARD, click("[aria-label='Compare']"), "[aria-label='Compare'][aria-pressed=true]"),
    "overview": ("plots?runs=", ".x-overview", nothing, ".x-overview"),
    "switcher": ("lineage?", LIST, click(".x-experiment"), ".x-experiment-row"),
    "shortcuts": ("lineage?", LIST, lambda page: page.keyboard.press("?"), "#x-shortcuts[open]"),
    "filter builder": ("lineage?", LIST, click(".x-filters .x-btn-icon"), ".x-panel"),
    "columns of the list": ("lineage?", LIST, click("[aria-label='Columns of the run list']"), ".x-panel"),
    "menu of picks": ("lineage?", LIST, click(".x-run-actions button"), ".x-panel"),
    "menu of actions": ("lineage?", LIST, click("[aria-label='Actions on runs']"), ".x-panel"),
    "menu of a run": ("lineage?", LIST, lambda page: page.locator(".x-run").first.click(button="right"), ".x-run-menu"),
    "compare": ("tables?experiment=3", TABLES, nothing, TABLES),
    "rows shown": ("tables?experiment=3", TABLES, click(".x-chooser-box > button"), ".x-chooser"),
    "metrics": ("tables?experiment=3&tables=metrics", ".x-grid-box .ag-cell", nothing, ".x-grid-box .ag-cell"),
    "logged": ("tables?experiment=3&tables=logged", ".x-grid-box .ag-cell", nothing, ".x-grid-box .ag-cell"),
    "sweeps": (SWEEPS, SWEEP, nothing, SWEEP),
    "axis of a sweep": ("sweeps?experiment=4&target=val/macro_f1", SWEEP, click(".x-axis-name"), ".x-axis-panel"),
    "search space": ("sweeps?experiment=4&target=val/macro_f1", SWEEP, click(".x-suggest-foot button"), ".x-space"),
    "another tab": ("lineage?", "#x-main h1", nothing, "#x-main h1"),
    "no such run": ("plots?run=gone", "#x-main h1", nothing, "#x-main h1"),
}
# Where the Tab key stands, and whether a ring shows it: at the control, or at the box around it. Grids draw their own.
STOP = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  one.dataset.stop = one.dataset.stop || String(document.querySelectorAll('[data-stop]').length + 1);
  const ring = (at) => {
    const style = at && getComputedStyle(at);
    const outlined = style && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
    return Boolean(style) && (outlined || style.boxShadow !== 'none');
  };
  const field = one.matches('input');
  const shown = Boolean(one.closest('.ag-root-wrapper')) || field || ring(one) || ring(one.parentElement);
  const box = (one.offsetWidth ? one : one.parentElement).getBoundingClientRect();
  const seen = one.type === 'radio' || box.bottom > 0 && box.top < innerHeight;
  return { stop: one.dataset.stop, html: one.outerHTML.slice(0, 120), shown, seen };
}"""
MISSED = """() => [...document.querySelectorAll('button, a[href], input, select, textarea, [tabindex="0"]')]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled && one.tabIndex >= 0)
  .filter((one) => !one.dataset.stop && !one.closest('.ag-root-wrapper, [role=menu]') && one.type !== 'radio')
  .map((one) => one.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def source() -> MemorySource:
    found = invented()
    found.sweeps = SweepReader(found)
    study(found)
    for run in found.runs(Principal(), "3").runs[:5]:
        found.log(run.id, "predictions", Table(["file", "score"], [["a.png", 0.5], ["b.png", None]]))
    return found


@pytest.fixture(scope="module")
def site(serve: Callable[[MemorySource], str], source: MemorySource) -> str:
    return serve(source)


def whole(page: Page) -> None:
    """Wait for those parts of the Sweeps tab, too, that come late, or once they come into view."""
    page.locator("[data-sweep=importance] .x-bar-row").first.wait_for()
    for heading, there in (
        ("What a model expects", ".x-model-grid > :last-child [data-drawn]"),
        ("Several", ".x-front"),
    ):
        page.get_by_role("heading", name=heading).scroll_into_view_if_needed()
        page.locator(there).wait_for()
    page.get_by_role("heading", name="Parallel coordinates").scroll_into_view_if_needed()


def grave(page: Page, **options: Any) -> list[str]:
    """What axe finds serious or critical, in the theme shown."""
    found = Axe().run(page, CONTEXT, {"resultTypes": ["violations"], **options}).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['html'][:160]}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


def in_both_themes(page: Page) -> dict[str, list[str]]:
    """By theme; the dark one differs in its colours alone."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    light = grave(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.wait_for_function("dark => getComputedStyle(document.body).backgroundColor === dark", arg=DARK)
    return {"light": light, "dark": grave(page, runOnly=["color-contrast"])}


# those whose controls are found in no other state
FIRST = ("plots", "menu of a plot", "overview", "compare")


@pytest.mark.parametrize(
    "state", [pytest.param(one, marks=() if one in FIRST else pytest.mark.thorough) for one in STATES]
)
def test_axe_finds_nothing_serious(page: Page, site: str, state: str):
    address, ready, act, there = STATES[state]
    page.goto(site + address)
    page.locator(ready).first.wait_for()
    act(page)
    page.locator(there).first.wait_for()
    assert in_both_themes(page) == {"light": [], "dark": []}


@pytest.mark.parametrize(
    "tab", ["plots?", "plots?runs=", "tables?experiment=3", "tables?experiment=3&tables=logged", SWEEPS]
)
def test_the_tab_key_reaches_every_control_shows_where_it_is_and_leaves_again(page: Page, site: str, tab: str):
    page.goto(site + tab)
    page.locator(next(ready for address, ready, *_ in STATES.values() if address == tab)).first.wait_for()
    if tab == SWEEPS:
        whole(page)
    stops: list[dict[str, Any]] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        now = page.evaluate(STOP)
        if now is None or (stops and now["stop"] == stops[0]["stop"]):
            break
        stops.append(now)
    else:
        pytest.fail(f"the Tab key never leaves the page; it goes round {stops[-3:]}")
    assert [one["html"] for one in stops if not one["shown"]] == []
    assert [one["html"] for one in stops if not one["seen"]] == []
    assert page.evaluate(MISSED) == []


@pytest.mark.parametrize(
    ("opener", "there"),
    [
        ("#x-views", ".x-views"),
        (".x-filters .x-btn-icon", ".x-panel"),
        ("[aria-label='Columns of the run list']", ".x-panel"),
        (".x-run-actions button", ".x-panel"),
        ("[aria-label='Actions on runs']", ".x-panel"),
        ("[aria-label='Plot menu']", ".x-menu"),
        (".x-experiment", ".x-experiment-row"),
    ],
)
def test_escape_closes_what_a_key_opened_and_the_focus_returns(page: Page, site: str, opener: str, there: str):
    page.goto(f"{site}plots")
    drawn(page)
    button = page.locator(opener).first
    button.press("Enter")
    page.locator(there).first.wait_for()
    expect(button).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(page.locator(there)).to_have_count(0)
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")


@pytest.mark.thorough
def test_pages_that_need_the_server(new_page: Callable[..., Page], ext_server: StartServer):
    url = ext_server().url
    page = new_page()
    for address, ready in (
        ("plots?experiments=", "#x-main table"),
        ("plots", "#x-main h1"),
        ("api/docs", "main h2"),
    ):
        page.goto(f"{url}/ext/{address}")
        page.locator(ready).first.wait_for()
        assert in_both_themes(page) == {"light": [], "dark": []}, address
    page.goto(f"{url}/ext/plots")
    page.locator("#x-views").click()
    page.locator(".x-views").wait_for()
    assert in_both_themes(page) == {"light": [], "dark": []}
