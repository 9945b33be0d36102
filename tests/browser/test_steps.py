"""Plots logged again and again in a real browser: the slider, the address, and a distribution over time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from mlflow_ext.primitives import Distribution, Matrix
from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.source import Principal
from tests.browser.conftest import Watch, drawn

STEPS = range(0, 60, 10)


@pytest.fixture(scope="module")
def source() -> MemorySource:
    found = MemorySource()
    experiment = found.add_experiment("steps")
    rng = np.random.default_rng(1)
    for name, every in (("sparse", 2), ("dense", 1)):
        run = found.add_run(experiment, name, status="RUNNING" if name == "dense" else "FINISHED")
        for step in STEPS[::every]:
            found.log(run, "gradients", Distribution(rng.normal(step / 20, 1, 300)), step=step)
            found.log(run, "confusion", Matrix(["a", "b"], ["a", "b"], [[10 + step, 1], [2, 3]]), step=step)
        found.log(run, "once", Matrix(["a"], ["b"], [[1]]), step=5)
    return found


@pytest.fixture(scope="module")
def site(serve: Callable[[MemorySource], str], source: MemorySource) -> str:
    return serve(source)


def ready(page: Page) -> None:
    """Wait until every card shows its picture and every slider its steps."""
    drawn(page)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.x-steps')].every((one) => one.querySelector('input'))"
    )


def card(page: Page, title: str) -> Locator:
    return page.locator(".x-card", has=page.get_by_role("heading", name=title, exact=True))


def cells(page: Page, title: str) -> Locator:
    """The values that stand in the first matrix."""
    return card(page, title).locator(".textpoint text").first


def test_the_slider_goes_by_keyboard_and_the_address_keeps_its_step(page: Page, watch: Watch, site: str):
    page.goto(site)
    ready(page)
    slider = card(page, "confusion").get_by_role("slider", name="Step")
    expect(slider).to_have_attribute("aria-valuetext", "step 50, 6 of 6, latest")
    expect(card(page, "once").get_by_role("slider")).to_have_count(0)
    assert "steps=" not in page.url
    pages = watch.count("/_page")

    slider.press("ArrowLeft")
    slider.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "step 30, 4 of 6")
    page.wait_for_url("**~30*")
    expect(cells(page, "confusion")).to_have_text("40")  # the dense run stands first
    expect(card(page, "confusion").locator(".x-steps-word")).to_have_text("Step 30 (20 to 30) · 4 of 6")
    expect(card(page, "confusion").get_by_role("img", name="dense step 30, sparse step 20")).to_have_count(1)
    assert watch.count("/_page") == pages  # a move asks for the picture alone

    page.reload()
    ready(page)
    expect(slider).to_have_attribute("aria-valuetext", "step 30, 4 of 6")
    expect(cells(page, "confusion")).to_have_text("40")
    expect(card(page, "gradients").get_by_role("slider")).to_have_attribute("aria-valuetext", "step 50, 6 of 6, latest")

    slider.press("Home")
    expect(cells(page, "confusion")).to_have_text("10")
    slider.press("End")
    page.wait_for_function("() => !location.search.includes('steps=')")
    page.go_back()
    expect(slider).not_to_have_attribute("aria-valuetext", "step 50, 6 of 6, latest")


def test_sliders_move_together_and_play_stops_at_the_end(page: Page, site: str):
    page.goto(site)
    ready(page)
    one = card(page, "confusion")
    one.get_by_role("button", name="Plot menu").click()
    one.get_by_role("menuitemcheckbox", name="Synchronise sliders").click()
    one.get_by_role("slider").press("Home")
    page.wait_for_url("**steps=~0*")
    other = card(page, "gradients").get_by_role("slider")
    expect(other).to_have_attribute("aria-valuetext", "step 0, 1 of 6")
    one.get_by_role("button", name="Play through the steps").click()
    expect(other).to_have_attribute("aria-valuetext", "step 50, 6 of 6, latest")
    expect(one.get_by_role("button", name="Play through the steps")).to_be_visible()


def test_the_latest_follows_a_live_run_and_a_chosen_step_stays(page: Page, site: str, source: MemorySource):
    page.goto(site)
    ready(page)
    slider = card(page, "confusion").get_by_role("slider")
    stays = card(page, "gradients").get_by_role("slider")
    stays.press("Home")
    page.wait_for_url("**~0*")
    run = next(run.id for run in source.runs(Principal(), "1").runs if run.name == "dense")
    source.log(run, "confusion", Matrix(["a", "b"], ["a", "b"], [[777, 1], [2, 3]]), step=60)
    source.log(run, "gradients", Distribution([1.0, 2.0, 3.0]), step=60)
    expect(slider).to_have_attribute("aria-valuetext", "step 60, 7 of 7, latest")
    expect(cells(page, "confusion")).to_have_text("777")
    expect(stays).to_have_attribute("aria-valuetext", "step 0, 1 of 7")


def test_a_distribution_over_time_is_in_the_address_and_fills_the_window(page: Page, site: str):
    page.goto(site)
    ready(page)
    one = card(page, "gradients")
    one.get_by_role("button", name="Plot menu").click()
    one.get_by_role("menuitemradio", name="Over time: ridges").click()
    ridges = one.locator(".scatterlayer .trace")
    expect(one.get_by_role("slider")).to_have_count(0)
    expect(ridges.first).to_be_attached()
    assert ridges.count() >= 9
    page.reload()
    drawn(page)
    expect(ridges.first).to_be_attached()

    one.get_by_role("button", name="Plot menu").click()
    expect(one.get_by_role("menuitemradio", name="Over time: ridges")).to_have_attribute("aria-checked", "true")
    one.get_by_role("menuitemradio", name="Over time: heatmap").click()
    expect(one.locator(".heatmaplayer image")).to_have_count(2)
    one.get_by_role("button", name="Full screen").click()
    expect(page.get_by_role("dialog", name="gradients").locator(".heatmaplayer image")).to_have_count(2)
    with page.expect_download() as saved:
        one.get_by_role("button", name="Plot menu").click()
        one.get_by_role("menuitem", name="Download CSV of the steps").click()
    text = saved.value.path().read_text()
    assert text.splitlines()[0] == "run,step,bin_low,bin_high,values"
    assert "dense,10," in text
