"""Cards in a real browser: the wheel, full screen, how cards share the width."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page

from mlflow_ext.primitives import Scatter
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
        for name in ("one", "two", "three", "four", "five"):
            found.line(run, name, range(20), random.random(20), section="Lines")
    return found


@pytest.fixture(scope="module")
def site(serve: Callable[[MemorySource], str], source: MemorySource) -> str:
    return serve(source)


EYE = "() => { const { eye } = mlflow_ext_ui.graph(KEY)._fullLayout.scene._scene.getCamera(); return Math.hypot(eye.x, eye.y, eye.z); }"


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
