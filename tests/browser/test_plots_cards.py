"""Cards in a real browser: the wheel, full screen, how cards share the width."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from mlflow_ext.primitives import Scatter, Table
from mlflow_ext_ui.memory import MemorySource
from tests.browser.conftest import Watch, drawn

WEBGL = ["GPU stall due to ReadPixels", "willReadFrequently"]  # Chromium's hints on WebGL drawn without a GPU


@pytest.fixture(scope="module")
def source() -> MemorySource:
    found = MemorySource(metric="acc")
    experiment = found.add_experiment("cards")
    random = np.random.default_rng(0)
    for number in range(5):
        run = found.add_run(experiment, f"run-{number}", metric=number / 10)
        x, y, z = random.normal(size=(3, 40))
        found.log(run, "space", Scatter(x=x, y=y, z=z), section="Space")
        found.log(run, "rows", Table(["a", "b"], [[i, i] for i in range(40)]), section="Tables")
        for name in ("one", "two", "three", "four", "five"):
            found.line(run, name, range(20), random.random(20), section="Lines")
    return found


@pytest.fixture(scope="module")
def site(serve: Callable[[MemorySource], str], source: MemorySource) -> str:
    return serve(source)


EYE = """() => {
  const { eye } = mlflow_ext_ui.graph(KEY)._fullLayout.scene._scene.getCamera();
  return Math.hypot(eye.x, eye.y, eye.z);
}"""


def test_the_wheel_scrolls_the_page_over_a_scene(page: Page, watch: Watch, site: str):
    watch.expected = WEBGL
    page.set_viewport_size({"width": 1000, "height": 420})
    page.goto(site)
    drawn(page)
    card = page.locator(".x-card[data-kind=scatter]")
    card.scroll_into_view_if_needed()
    drawn(page)
    eye = EYE.replace("KEY", repr(card.get_attribute("data-key")))
    scrolled = "() => [...document.querySelectorAll('*')].reduce((sum, one) => sum + one.scrollTop, 0)"
    before, distance = page.evaluate(scrolled), page.evaluate(eye)
    box = card.locator(".x-plot").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 4, max(box["y"], 150) + 20)
    page.mouse.wheel(0, 200)
    page.wait_for_function(f"before => ({scrolled})() > before", arg=before)
    assert page.evaluate(eye) == distance


def test_cards_of_a_section_share_the_width(new_page: Callable[..., Page], watches: dict[Page, Watch], site: str):
    page = new_page(viewport={"width": 1920, "height": 1080})
    watches[page].expected = WEBGL
    page.goto(site)
    drawn(page)
    edges = """() => [...document.querySelectorAll('.x-section')].map((section) => {
      const right = section.getBoundingClientRect().right;
      const cards = [...section.querySelectorAll('.x-card')].map((card) => card.getBoundingClientRect());
      const first = cards.filter((card) => card.top === cards[0].top);
      return [cards.length, first.length, Math.abs(right - first.at(-1).right) < 2];
    })"""
    assert page.evaluate(edges) == [[1, 1, True], [1, 1, False], [5, 4, True]]
    page.locator("#x-plot-filter").fill("one|two|three")
    page.wait_for_function("document.querySelectorAll('.x-card').length === 3")
    assert page.evaluate(edges) == [[3, 3, True]]


def test_full_screen_names_the_lines_and_draws_the_runs_that_a_card_has_no_room_for(
    page: Page, watch: Watch, site: str
):
    watch.expected = WEBGL
    page.goto(site)
    drawn(page)
    card = page.locator(".x-card[data-kind=scatter]")
    expect(card.locator(".x-caption").first).to_contain_text("4 of 5 runs shown")
    card.get_by_role("button", name="Full screen").click()
    expect(card.locator(".x-caption").first).not_to_contain_text("shown")
    card.get_by_role("button", name="Leave full screen").click()
    expect(card.locator(".x-caption").first).to_contain_text("4 of 5 runs shown")
    lines = page.locator(".x-card[data-kind=series]").first
    lines.get_by_role("button", name="Full screen").click()
    expect(lines.locator(".x-chips .x-chip")).to_have_text([f"run-{number}" for number in reversed(range(5))])


@pytest.mark.parametrize("height", [900, 700])
def test_a_table_card_ends_with_a_whole_row_and_all_its_runs_fit(page: Page, watch: Watch, site: str, height: int):
    watch.expected = WEBGL
    page.set_viewport_size({"width": 1000, "height": height})
    page.goto(site)
    card = page.locator(".x-card[data-kind=table]")
    card.scroll_into_view_if_needed()
    expect(card.locator(".ag-row").first).to_be_visible()
    spare = "(box) => box.clientHeight % box.querySelector('.ag-row').offsetHeight"
    assert card.locator(".ag-body-viewport").evaluate(spare) == 0
    assert card.locator(".x-switch").evaluate("(box) => box.scrollWidth <= box.clientWidth")
