"""What axes show: zoom that all step plots share, ranges of y, and charts of one's own."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from mlflow_ext_ui.memory import MemorySource
from tests.browser.conftest import Watch, drawn

STEPS = 20_000
SPIKE = 5_432


@pytest.fixture(scope="module")
def source() -> MemorySource:
    found = MemorySource(metric="acc")
    experiment = found.add_experiment("axes")
    random = np.random.default_rng(1)
    for number in range(2):
        run = found.add_run(experiment, f"run-{number}", metric=number / 10)
        found.set_params(run, {"rate": 10.0**-number, "model": f"m{number}"})
        loss = np.exp(-np.arange(STEPS) / 4000) + random.normal(0, 0.01, STEPS)
        loss[SPIKE] = 3.0
        found.line(run, "loss", range(STEPS), loss)
        found.line(run, "acc", range(STEPS), 1 - loss / 4)
        found.line(run, "err", range(50), random.random(50), index="epoch")
        for i in range(1200):
            found.line(run, f"layer{i}/norm", [0], [random.random()], section="Layers")
    return found


@pytest.fixture(scope="module")
def site(serve: Callable[[MemorySource], str], source: MemorySource) -> str:
    return serve(source) + "plots?collapsed=Layers"


def card(page: Page, title: str) -> Locator:
    return page.locator(".x-card", has=page.get_by_role("heading", name=title, exact=True))


RANGE = """([title, axis]) => {
  const card = [...document.querySelectorAll('.x-card')].find((one) => one.querySelector('h3').textContent === title);
  const graph = card && card.querySelector('.js-plotly-plot');
  return graph && graph._fullLayout ? graph._fullLayout[axis].range.map(Number) : null;
}"""


def axis_range(page: Page, title: str, axis: str = "xaxis") -> list[float]:
    drawn(page)
    found: list[float] = page.evaluate(RANGE, [title, axis])
    return found


def wait_range(page: Page, title: str, low: float, high: float, axis: str = "xaxis") -> None:
    """Wait until an axis shows this, to a hundredth of its length."""
    near = f"(args) => {{ const found = ({RANGE})(args[0]); return found && found.every((end, i) => "
    near += "Math.abs(end - args[1][i]) <= (args[1][1] - args[1][0]) / 100); }"
    page.wait_for_function(near, arg=[[title, axis], [low, high]])


def drag(page: Page, title: str, start: float, end: float) -> None:
    """Drag over a plot, from one share of its width to another."""
    box = card(page, title).locator(".nsewdrag").first.bounding_box()
    assert box
    across = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], across)
    page.mouse.down()
    page.mouse.move(box["x"] + (start + end) / 2 * box["width"], across + 3, steps=3)
    page.mouse.move(box["x"] + end * box["width"], across + 3, steps=3)
    page.mouse.up()


def zoom_of(page: Page) -> tuple[float, float]:
    found = re.search(r"[?&]zoom=([\d.]+)~([\d.]+)(?:&|$)", page.url)
    assert found, page.url
    return float(found[1]), float(found[2])


def test_a_zoom_moves_all_step_plots_of_one_unit_and_lives_in_the_address(page: Page, site: str):
    page.goto(site)
    whole = axis_range(page, "loss")
    epochs = axis_range(page, "err")
    drag(page, "loss", 0.25, 0.3)
    page.wait_for_url("**zoom=*")
    low, high = zoom_of(page)
    assert 4_500 < low < SPIKE < high < 6_500
    for title in ("loss", "acc"):
        wait_range(page, title, low, high)
    assert axis_range(page, "err") == epochs
    finer = "() => mlflow_ext_ui.graph(KEY).data.find((one) => one.meta.role === 'line')._length".replace(
        "KEY", repr(card(page, "loss").get_attribute("data-key"))
    )
    finer = finer.replace("data.find", "_fullData.find")
    page.wait_for_function(f"() => ({finer})() > 400")
    assert axis_range(page, "loss", "yaxis")[1] > 2.9, "the spike is kept"

    page.reload()
    wait_range(page, "acc", low, high)
    card(page, "acc").get_by_role("button", name="Reset zoom").click()
    wait_range(page, "loss", *whole)
    assert "zoom=" not in page.url
    page.go_back()
    wait_range(page, "loss", low, high)
    area = card(page, "loss").locator(".nsewdrag").first
    area.dblclick()
    wait_range(page, "acc", *whole)
    assert "zoom=" not in page.url


def test_plots_zoom_by_themselves_when_that_is_wished(page: Page, site: str):
    page.goto(site)
    whole = axis_range(page, "acc")
    sync = page.get_by_role("button", name="Sync zoom")
    expect(sync).to_have_attribute("aria-pressed", "true")
    sync.click()
    expect(sync).to_have_attribute("aria-pressed", "false")
    drag(page, "loss", 0.5, 0.75)
    page.wait_for_url("**alone=*")
    page.wait_for_function(f"before => ({RANGE})(['loss', 'xaxis'])[0] > 5000")
    assert axis_range(page, "acc") == whole
    page.get_by_role("toolbar").get_by_role("button", name="Reset zoom").click()
    wait_range(page, "loss", *whole)
    assert "alone=" not in page.url


def test_ranges_are_typed_by_keyboard_and_told_when_they_are_none(page: Page, site: str):
    page.goto(site + "&log=1")
    axis_range(page, "loss")
    menu = card(page, "loss").get_by_role("button", name="Plot menu")
    menu.focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="Y range…").focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="Y range of loss")
    expect(panel.get_by_label("From")).to_be_focused()
    for typed, why in ((("x", ""), "is no number"), (("2", "1"), "From must be below To."), (("-1", "1"), "above 0")):
        for label, text in zip(("From", "To"), typed, strict=True):
            panel.get_by_label(label, exact=True).fill(text)
        page.keyboard.press("Enter")
        expect(panel.get_by_role("alert")).to_contain_text(why)
    panel.get_by_label("From").fill("0.1")
    panel.get_by_label("To", exact=True).fill("10")
    page.keyboard.press("Enter")
    expect(menu).to_be_focused()
    wait_range(page, "loss", -1, 1, "yaxis")
    page.keyboard.press("l")
    wait_range(page, "loss", 0.1, 10, "yaxis")
    page.reload()
    wait_range(page, "loss", 0.1, 10, "yaxis")

    card(page, "acc").get_by_role("button", name="Plot menu").click()
    page.get_by_role("menuitem", name="X range…").click()
    page.keyboard.type("1,000")
    page.keyboard.press("Tab")
    page.keyboard.type("2000")
    page.keyboard.press("Enter")
    wait_range(page, "loss", 1000, 2000)
    assert zoom_of(page) == (1000, 2000)
    page.get_by_role("radio", name="Step").press("ArrowRight")
    page.wait_for_url(re.compile("x=relative"))
    assert "zoom=" not in page.url


def test_a_chart_of_ones_own_is_made_by_keyboard_edited_removed_and_linked(page: Page, site: str):
    page.goto(site)
    drawn(page)
    page.get_by_role("button", name="Add chart").focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="Add chart")
    panel.get_by_role("button", name="Add chart").click()
    expect(panel.get_by_role("alert")).to_have_text("Choose at least one metric.")
    finder = panel.get_by_role("combobox", name="Add a metric")
    finder.fill("norm")
    expect(panel.get_by_role("option")).to_have_count(51)
    expect(panel.get_by_role("status")).to_contain_text("The first 50 of 1,200")
    finder.fill("norm layer977")
    expect(panel.get_by_role("option").first).to_have_text("layer977/norm")
    for name in ("loss", "acc", "f1"):
        finder.fill(name)
        page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(panel).to_have_count(0)
    mine = card(page, "loss, acc, f1")
    expect(mine.locator(".x-dashes .x-chip")).to_have_text(["loss", "acc"])
    expect(page.locator(".x-section").first).to_have_attribute("aria-label", "Own charts")
    expect(mine.locator(".x-note")).to_have_attribute("aria-label", re.compile("No run on screen has f1."))
    drawn(page)
    box = mine.locator(".nsewdrag").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + 100, box["y"] + 40)
    page.mouse.move(box["x"] + 110, box["y"] + 42)
    names = page.locator(".x-tip .x-name")
    expect(names).to_have_count(4)
    assert set(names.all_inner_texts()) == {f"run-{i} · {name}" for i in range(2) for name in ("loss", "acc")}
    page.mouse.move(5, 5)

    page.reload()
    drawn(page)
    mine.get_by_role("button", name="Plot menu").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Download CSV").click()
    rows = csv.reader(io.StringIO(download.value.path().read_text()))
    assert next(rows) == ["run", "metric", "step", "value", "time"]
    mine.get_by_role("button", name="Plot menu").click()
    page.get_by_role("menuitem", name="Edit chart…").click()
    edit = page.get_by_role("dialog", name="Edit")
    edit.get_by_role("radio", name="Scatter").check()
    edit.get_by_role("combobox", name="X, a metric or a param").fill("rate")
    page.keyboard.press("Enter")
    edit.get_by_role("combobox", name="Y, a metric or a param").fill("acc")
    page.keyboard.press("Enter")
    edit.get_by_label("Name").fill("Rate ~ acc")
    page.keyboard.press("Enter")
    changed = card(page, "Rate ~ acc")
    expect(changed.locator(".js-plotly-plot .point")).to_have_count(2)
    changed.get_by_role("button", name="Plot menu").click()
    page.get_by_role("menuitem", name="Remove chart").click()
    expect(changed).to_have_count(0)
    assert "chart=" not in page.url
    page.get_by_role("button", name="Undo").click()
    expect(changed.locator(".js-plotly-plot .point")).to_have_count(2)


def test_a_chart_of_a_kind_nobody_knows_is_left_out_and_the_page_stands(page: Page, watch: Watch, site: str):
    page.goto(site + "&chart=pie~1~last~~loss&chart=bar~2~max~Best~acc&zoom=9~1")
    drawn(page)
    expect(card(page, "Best").locator(".js-plotly-plot .point")).to_have_count(2)
    expect(page.locator(".x-section").first.locator(".x-card")).to_have_count(1)
    assert "pie" not in page.url
    assert "zoom" not in page.url
