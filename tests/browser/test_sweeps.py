"""What a person does on the Sweeps tab, over invented sweeps."""

from __future__ import annotations

import ast
import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.source import Principal
from tests.browser.conftest import Watch, drawn, shown_runs, wait_shown
from tests.browser.sweep_source import ENCODERS, QUIET, sweeps

STUDY, LONG, MANY, BARE, ALONE = "6", "5", "3", "2", "1"
BEST = 0.94
pytestmark = QUIET
DIM = ".points path[style*='opacity: 0.15']"
# of the texts of the parallel coordinates: how many are where they must not be
PLACES = """() => {
  const box = (one) => one.getBoundingClientRect();
  const card = box(document.querySelector('.x-parallel'));
  const every = (selector, of = document) => [...of.querySelectorAll(selector)].map(box);
  const ticks = [...document.querySelectorAll('.x-axis')].map((axis) => every('.x-axis-tick', axis));
  const heads = every('.x-axis-head').sort((a, b) => a.left - b.left);
  const lines = every('.x-axis-line');
  const out = (one) => one.left < card.left || one.right > card.right || one.top < card.top || one.bottom > card.bottom;
  return {
    outside: [...ticks.flat(), ...heads].filter(out).length,
    stacked: ticks.flatMap((one) => one.slice(1).filter((tick, i) => tick.bottom > one[i].top + 2)).length,
    crossed: ticks.slice(1).flatMap((axis, i) => axis.filter((tick) => tick.left < lines[i].right)).length,
    heads: heads.slice(1).filter((one, i) => one.left < heads[i].right).length,
    texts: [...document.querySelectorAll('.x-axis-tick')].map((one) => one.firstChild.data),
  };
}"""


@pytest.fixture(scope="module")
def source() -> MemorySource:
    return sweeps()


@pytest.fixture(scope="module")
def site(serve: Callable[[MemorySource], str], source: MemorySource) -> str:
    return serve(source)


def opened(page: Page, site: str, experiment: str = STUDY, **query: str) -> None:
    page.goto(f"{site}sweeps?experiment={experiment}" + "".join(f"&{name}={value}" for name, value in query.items()))
    ready(page)


def ready(page: Page) -> None:
    page.locator(".x-parallel[data-ready]").wait_for()  # importance of other runs may be worked out meanwhile


def brush(page: Page, axis: str, low: float, high: float) -> None:
    """Drag along an axis between two shares of its length, from below."""
    box = page.locator(f"[data-axis='{axis}']").bounding_box()
    assert box is not None
    x = box["x"] + box["width"] / 2
    bottom, length = box["y"] + box["height"] - 6, box["height"] - 12
    page.mouse.move(x, bottom - low * length)
    page.mouse.down()
    page.mouse.move(x, bottom - (low + high) / 2 * length)
    page.mouse.move(x, bottom - high * length)
    page.mouse.up()


def test_a_brush_selects_runs_everywhere_and_its_end_brings_back_what_was_there(
    page: Page, site: str, source: MemorySource
):
    opened(page, site)
    before = shown_runs(page)
    good = [run.name for run in source.runs(Principal(), STUDY).runs if (run.metric or 0) > BEST]
    values = [run.metric for run in source.runs(Principal(), STUDY).runs if run.metric is not None]
    brush(page, "val/macro_f1", (BEST - min(values)) / (max(values) - min(values)), 1.1)
    wait_shown(page, len(good))
    assert sorted(shown_runs(page)) == sorted(good)
    status = page.locator(".x-parallel-head [role=status]")
    expect(status).to_contain_text(f"{len(good)} runs, on screen")
    assert page.locator(".x-parallel canvas").first.get_attribute("data-lines") == str(len(good))
    brush(page, "encoder", 0.02, 0.25)  # a second axis leaves those of both
    both = [name for name in good if name.startswith("convnext")]
    wait_shown(page, len(both))
    page.reload()
    expect(status).to_contain_text(f"{len(both)} runs, on screen")
    page.go_back()
    wait_shown(page, len(good))
    page.go_back()
    wait_shown(page, len(before))
    brush(page, "val/macro_f1", 0.9, 1.1)
    expect(status).to_contain_text("on screen")
    page.get_by_role("button", name="Clear brush").click()
    wait_shown(page, len(before))
    assert shown_runs(page) == before


def test_an_axis_is_brushed_moved_and_hidden_by_keyboard(page: Page, site: str):
    opened(page, site)
    names = page.locator(".x-axis-name")
    order = names.evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
    names.nth(1).focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Move left").press("Enter")
    expect(names.first).to_have_attribute("aria-label", order[1])
    page.get_by_role("button", name="Axis encoder").press("Enter")
    page.get_by_role("button", name="Hide").press("Enter")
    expect(page.get_by_role("button", name="Axis encoder")).to_have_count(0)
    page.get_by_role("button", name="Axis batch_size").press("Enter")
    low = page.get_by_role("dialog", name="Axis batch_size").get_by_label("From")
    low.fill("100")
    low.press("Enter")
    expect(page.locator(".x-parallel-head [role=status]")).to_contain_text("batch_size ≥ 100")
    assert "brush=batch_size~100~128" in page.url
    assert "axes=" in page.url


def test_target_and_method_are_switched_and_a_bar_plots_its_param(page: Page, site: str, watch: Watch):
    page.goto(f"{site}plots?experiment={STUDY}")
    drawn(page)
    assert watch.count("_sweep") + watch.count("_suggest") + watch.count("_dependence") == 0
    opened(page, site)
    bar = page.locator("[data-sweep=importance] .x-bar-row")
    expect(bar).to_have_count(7)
    assert bar.first.locator(".x-bar-end").inner_text().startswith("rank 1")
    page.get_by_label("Method").select_option("All four")
    expect(page.locator(".x-four .x-bar-cell")).to_have_count(28)
    page.get_by_label("Method").select_option("Spearman")
    expect(page.locator(".x-card-note").first).to_contain_text("rank correlation")
    page.locator("[data-sweep=importance] .x-bar-row", has_text="dropout").click()
    scatter = page.locator("[data-sweep=scatter]")
    expect(scatter.locator("h3")).to_have_text("dropout against val/macro_f1")
    assert "param=dropout" in page.url
    page.get_by_role("button", name="Target: val/macro_f1").click()
    page.get_by_role("button", name="seconds_loss", exact=True).click()
    expect(scatter.locator("h3")).to_have_text("dropout against seconds_loss")
    expect(page.get_by_role("button", name="seconds_loss: lower is better. Switch")).to_be_visible()
    expect(page.locator(".x-used")).to_have_text("64 of 64 runs used")
    page.go_back()
    expect(page.locator(".x-used")).to_have_text("60 of 64 runs used")
    with page.expect_download() as found:
        page.get_by_role("button", name="CSV").click()
    lines = list(csv.reader(io.StringIO(found.value.path().read_text())))
    assert len(lines) == 61
    assert lines[0][-1] == "val/macro_f1"
    assert {line[lines[0].index("encoder")] for line in lines[1:]} == set(ENCODERS)


def test_a_suggestion_is_copied_and_its_space_is_edited(chromium: Browser, new_page: Callable[..., Page], site: str):
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    opened(page, site)
    expect(page.locator(".x-suggestion-head")).to_have_count(3)
    page.get_by_role("button", name="Copy suggestion 1 as a Python dict").click()
    expect(page.locator(".x-toast")).to_contain_text("copied")
    copied: dict[str, Any] = ast.literal_eval(page.evaluate("navigator.clipboard.readText()"))
    assert set(copied) >= {"learning_rate", "encoder"}
    page.get_by_role("button", name="Edit the search space").click()
    page.get_by_label("encoder: how it is searched").select_option("left out")
    page.get_by_label("learning_rate: low").fill("a third")
    page.get_by_role("button", name="Search here").click()
    expect(page.locator(".x-space input:invalid")).to_have_value("a third")
    page.get_by_label("learning_rate: low").fill("1")
    page.get_by_role("button", name="Search here").click()
    expect(page.locator("[data-sweep=suggestions]")).to_contain_text("is not below high")
    page.get_by_role("button", name="As found").click()
    expect(page.locator(".x-suggestion-head")).to_have_count(3)
    page.get_by_role("button", name="More", exact=True).click()
    expect(page.locator(".x-suggestion-head")).to_have_count(6)


def test_250_runs_with_long_names_are_drawn_inside_the_card_without_overlap(page: Page, site: str):
    opened(page, site, LONG)
    found = page.evaluate(PLACES)
    assert {name: found[name] for name in ("outside", "stacked", "crossed", "heads")} == dict.fromkeys(
        ("outside", "stacked", "crossed", "heads"), 0
    )
    assert "augmentation-policy-with-a-very-long-0003" in found["texts"]
    assert page.locator(".x-parallel canvas").first.get_attribute("data-lines") == "250"


def test_params_the_same_in_all_runs_are_named_with_their_values(page: Page, site: str):
    opened(page, site, LONG)
    page.get_by_role("button", name="1 param the same in all runs").click()
    same = page.get_by_role("dialog", name="1 param the same in all runs")
    expect(same.locator("dt")).to_have_text(["loss_function"])
    expect(same.locator("dd")).to_have_text(["focal"])


def test_brushed_runs_stand_out_in_the_scatter_and_on_the_surface_without_a_question(
    page: Page, site: str, watch: Watch
):
    opened(page, site, param="learning_rate", pair="encoder&pair=learning_rate")
    page.locator(".x-model-grid").scroll_into_view_if_needed()
    surface, scatter = page.locator("[data-sweep=pair]"), page.locator("[data-sweep=scatter]")
    for name in ("scatter", "pair", "one"):
        page.locator(f"[data-sweep={name}] .x-plot[data-drawn]").wait_for(timeout=90_000)
    rows = page.locator("[data-sweep=one] .ytick text").all_text_contents()
    assert sorted(rows) == sorted(ENCODERS)
    assert sorted(surface.locator(".ytick text").all_text_contents()) == sorted(ENCODERS)
    expect(surface.get_by_role("img", name="Colour: val/macro_f1")).to_be_visible()
    asked = watch.count("_dependence")
    page.locator(".x-parallel").scroll_into_view_if_needed()
    brush(page, "encoder", 0.02, 0.25)
    lit = page.locator(".x-parallel canvas").first
    expect(lit).not_to_have_attribute("data-lines", "60")
    count = int(lit.get_attribute("data-lines") or 0)
    for card in (scatter, surface):
        expect(card.locator(DIM)).to_have_count(60 - count)
    assert watch.count("_dependence") == asked


def test_what_is_no_sweep_says_so_and_a_failure_can_be_tried_again(
    page: Page, site: str, source: MemorySource, watch: Watch
):
    page.goto(f"{site}sweeps?experiment={BARE}")
    expect(page.locator(".x-sweeps h1")).to_have_text("No run has a number to go by")
    page.goto(f"{site}sweeps?experiment={ALONE}")
    expect(page.locator(".x-sweeps .x-word")).to_contain_text("at least 2 runs")
    opened(page, site, MANY)
    expect(page.get_by_role("button", name="Axes")).to_contain_text("12 of 200 params")
    expect(page.locator(".x-used")).to_have_text("34 of 40 runs used")
    page.get_by_role("button", name="6 runs without the metric").click()
    page.get_by_role("link", name="many-0").click()
    expect(page.locator("#x-main h1")).to_contain_text("many-0")
    page.go_back()
    ready(page)
    sweep, source.sweeps = source.sweeps, None
    page.get_by_role("radio", name="Max").click()
    retry = page.get_by_role("button", name="Try again").first
    expect(retry).to_be_visible()
    source.sweeps = sweep
    retry.click()
    ready(page)
