"""What a person does on the Plots tab, over the invented runs."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from mlflow_ext.primitives import KINDS
from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.preview import RUNS, invented
from mlflow_ext_ui.source import Principal
from tests.browser.conftest import Watch, drawn, shown_runs, wait_shown

NAMES = [name for name, *_ in reversed(RUNS)]


@pytest.fixture(scope="module")
def source() -> MemorySource:
    found = invented()
    for run in found.runs(Principal(), "3").runs:
        if run.status == "RUNNING":
            found.change_run(run.id, status="FINISHED")
    return found


@pytest.fixture(scope="module")
def site(serve: Callable[[MemorySource], str], source: MemorySource) -> str:
    return serve(source)


def run_id(source: MemorySource, name: str) -> str:
    return next(run.id for run in source.runs(Principal(), "3").runs if run.name == name)


def test_the_first_visit_opens_the_newest_experiment_with_its_latest_runs_that_hold_something(page: Page, site: str):
    page.goto(site)
    drawn(page)
    wait_shown(page, 5)
    assert shown_runs(page) == NAMES
    expect(page.locator("#x-experiment-name")).to_have_text("oct-retina-4class")
    assert re.search(r"/ext/\?experiment=3&runs=|/ext/plots\?experiment=3&runs=", page.url)


def test_every_kind_is_drawn(page: Page, site: str):
    page.goto(site)
    drawn(page)
    for kind in KINDS:
        card = page.locator(f".x-card[data-kind={kind}]").first
        card.scroll_into_view_if_needed()
        drawn(page)
        if kind == "table":
            expect(card.locator(".ag-row").first).to_be_visible()
            continue
        expect(card.locator(".js-plotly-plot")).to_be_visible()
        marks = card.locator(".trace path, .trace .point, .hm image, .imagelayer image, .points path, .violins path")
        assert marks.count() > 0, kind


def test_a_deep_link_restores_the_whole_state(page: Page, site: str, source: MemorySource):
    runs = ",".join(run_id(source, name) for name in NAMES[:2])
    query = f"experiment=3&runs={runs}&smoothing=0.6&x=relative&log=1&clip=1&filter=loss&collapsed=Evaluation"
    page.goto(f"{site}plots?{query}")
    drawn(page)
    wait_shown(page, 2)
    assert shown_runs(page) == NAMES[:2]
    expect(page.locator("#x-smoothing-value")).to_have_text("0.60")
    expect(page.locator("#x-log-y")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#x-clip")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("radio", name="Relative")).to_be_checked()
    expect(page.locator("#x-plot-filter")).to_have_value("loss")
    expect(page.locator(".x-card h3")).to_have_text(["train/loss", "val/loss"])
    assert page.evaluate("document.querySelector('[data-plot]')._fullLayout.yaxis.type") == "log"
    assert page.evaluate("document.querySelector('[data-plot]')._fullLayout.meta.x") == "relative"


def test_a_click_puts_a_run_on_screen_and_takes_it_off_and_the_cards_stay(page: Page, site: str):
    page.goto(site)
    drawn(page)
    page.evaluate("window.first = document.querySelector('.x-card .js-plotly-plot')")
    page.locator(".ag-body .x-run, .ag-center-cols-container .x-run").get_by_text("vit-s16-mixup").first.click()
    wait_shown(page, 6)
    drawn(page)
    assert page.evaluate("window.first.isConnected"), "a new selection must not build the cards anew"
    assert (
        page.evaluate("new Set(window.first.data.filter(t => t.meta.role === 'line').map(t => t.meta.run)).size") >= 5
    )
    page.locator(".ag-floating-top .x-run").last.click()
    wait_shown(page, 5)
    assert shown_runs(page) == NAMES


def test_back_and_forward_walk_through_the_states(page: Page, site: str):
    page.goto(site)
    drawn(page)
    wait_shown(page, 5)
    page.locator(".ag-floating-top .x-run").first.click()
    wait_shown(page, 4)
    page.click("#x-log-y")
    expect(page.locator("#x-log-y")).to_have_attribute("aria-pressed", "true")
    page.go_back()
    expect(page.locator("#x-log-y")).to_have_attribute("aria-pressed", "false")
    page.go_back()
    wait_shown(page, 5)
    page.go_forward()
    wait_shown(page, 4)


def test_each_run_keeps_one_colour_in_the_list_and_in_its_lines(page: Page, site: str):
    page.goto(site)
    drawn(page)
    colors = page.evaluate(
        """() => Object.fromEntries([...mlflow_ext_ui.screen.runs.values()].map((run) => [run.id, run.color]))"""
    )
    assert len(set(colors.values())) == 5
    lines = page.evaluate(
        """() => [...document.querySelectorAll('.x-card[data-kind=series] .js-plotly-plot')].flatMap((graph) =>
          graph.data.filter((t) => t.meta.role === 'line').map((t) => [t.meta.run, t.line.color]))"""
    )
    assert lines
    assert all(colors[run] == color for run, color in lines)


def test_the_hover_tip_names_runs_and_the_rule_moves_on_all_step_plots(page: Page, site: str):
    page.goto(site)
    drawn(page)
    box = page.locator("[data-plot]").nth(1).bounding_box()
    assert box
    page.mouse.move(box["x"] + 140, box["y"] + 80)
    page.mouse.move(box["x"] + 150, box["y"] + 84)
    tip = page.locator(".x-tip")
    expect(tip).to_be_visible()
    expect(tip.locator(".x-tip-row")).to_have_count(5)
    expect(tip.locator(".x-tip-row.x-on")).to_have_count(1)
    expect(tip.locator(".x-tip-head")).to_have_text(re.compile(r"^Step [\d,]+$"))
    values = [float(text.replace("−", "-")) for text in tip.locator("b").all_inner_texts()]
    assert values == sorted(values, reverse=True)
    expect(page.locator(".x-rule:visible")).to_have_count(3)
    page.mouse.move(10, 500)
    expect(tip).to_have_count(0)
    expect(page.locator(".x-rule:visible")).to_have_count(0)


def test_full_screen_opens_from_the_card_and_the_link_and_escape_gives_the_focus_back(page: Page, site: str):
    page.goto(site)
    drawn(page)
    card = page.locator(".x-card").nth(1)
    card.get_by_role("button", name="Full screen").click()
    expect(page.get_by_role("dialog", name="train/loss")).to_be_visible()
    assert "plot=" in page.url
    page.keyboard.press("Escape")
    expect(page.locator(".x-full")).to_have_count(0)
    expect(card.get_by_role("button", name="Full screen")).to_be_focused()
    page.go_back()
    expect(page.locator(".x-full")).to_have_count(1)
    page.reload()
    expect(page.locator(".x-full")).to_have_count(1)


def test_zoom_asks_for_that_part_of_the_line_again_and_reset_for_the_whole(page: Page, site: str, watch: Watch):
    page.goto(site)
    drawn(page)
    graph = page.locator("[data-plot]").first
    box = graph.bounding_box()
    assert box
    page.mouse.move(box["x"] + 100, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 180, box["y"] + 62, steps=4)
    with page.expect_request("**/_pictures") as asked:
        page.mouse.up()
    low, high = asked.value.post_data_json["zoom"][""]
    assert 0 < low < high < 48_200
    drawn(page)
    expect(page.locator(".x-card").first.locator(".x-caption")).to_contain_text(" of ")
    page.get_by_role("button", name="Reset zoom").first.click()
    expect(page.locator(".x-card").first.locator(".x-caption")).to_contain_text("points")


def test_smoothing_keeps_the_raw_line_behind_and_asks_once_for_what_is_in_view(page: Page, site: str, watch: Watch):
    page.goto(site)
    drawn(page)
    before = watch.count("_pictures")
    page.locator("#x-smoothing").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('[data-plot]').data.some((t) => t.meta.role === 'raw')")
    drawn(page)
    assert "smoothing=0.03" in page.url
    assert watch.count("_pictures") - before <= 9


def test_filtering_by_a_pattern_and_half_a_pattern(page: Page, site: str):
    page.goto(site)
    drawn(page)
    page.fill("#x-plot-filter", "^val/(loss|acc)")
    expect(page.locator(".x-card h3")).to_have_text(["val/accuracy", "val/loss"])
    page.fill("#x-plot-filter", "loss(")
    expect(page.locator(".x-none")).to_contain_text("This regular expression is not complete")
    page.fill("#x-plot-filter", "nothing like it")
    expect(page.locator(".x-none")).to_have_text("No plot has this in its name.")
    page.locator("#x-plot-filter").press("Escape")
    expect(page.locator("#x-plot-filter")).to_have_value("")
    expect(page.locator(".x-section")).to_have_count(3)


def test_escape_clears_the_run_search(page: Page, site: str):
    page.goto(site)
    drawn(page)
    page.fill("#x-run-search", "CUTMIX")
    expect(page.locator(".ag-center-cols-container .x-run")).to_have_count(4)
    page.locator("#x-run-search").press_sequentially("x")
    page.locator("#x-run-search").press("Escape")
    expect(page.locator("#x-run-search")).to_have_value("")
    expect(page.locator(".ag-header-cell").first).to_contain_text("25 runs")
    assert "search=" not in page.url


def test_sections_fold_and_system_starts_folded(page: Page, site: str):
    page.goto(site)
    drawn(page)
    system = page.get_by_role("button", name="System 2 plots from MLflow system metrics")
    expect(system).to_have_attribute("aria-expanded", "false")
    system.click()
    expect(system).to_have_attribute("aria-expanded", "true")
    page.get_by_role("button", name="Training 3 plots").click()
    page.reload()
    expect(page.get_by_role("button", name="Training 3 plots")).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("button", name="System 2 plots")).to_have_attribute("aria-expanded", "true")


def test_the_theme_follows_the_system_and_the_switch_without_reload(new_page: Callable[..., Page], site: str):
    page = new_page(color_scheme="dark")
    page.add_init_script(
        """window.schemes = []; new MutationObserver(() => window.schemes.push(
        document.documentElement.getAttribute('data-theme'))).observe(document, {
        attributes: true, subtree: true, attributeFilter: ['data-theme']})"""
    )
    page.goto(site)
    drawn(page)
    ground = "getComputedStyle(document.body).backgroundColor"
    tick = "document.querySelector('[data-plot]')._fullLayout.xaxis.tickfont.color"
    assert page.evaluate(ground) == "rgb(17, 19, 23)"
    dark_tick = page.evaluate(tick)
    page.evaluate("window.stays = true")
    page.get_by_role("button", name="Switch to light").click()
    page.wait_for_function(f"{ground} === 'rgb(255, 255, 255)'")
    page.wait_for_function(f"{tick} !== '{dark_tick}'")
    assert page.evaluate("window.stays")
    assert "theme=light" in page.url
    page.get_by_role("button", name="Switch to dark").click()
    page.wait_for_function(f"{tick} === '{dark_tick}'")
    assert "theme" not in page.url


def test_the_keyboard_alone_works_the_run_list(page: Page, site: str):
    page.goto(site)
    drawn(page)
    wait_shown(page, 5)
    page.keyboard.press("/")
    expect(page.locator("#x-run-search")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    wait_shown(page, 4)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    wait_shown(page, 3)


def test_searching_runs_shortens_the_list_and_what_is_on_screen_stays_with_its_values(page: Page, site: str):
    page.goto(site)
    drawn(page)
    values = page.locator(".ag-floating-top .x-metric")
    told = [f"{accuracy:.4f}" for _, accuracy, *_ in reversed(RUNS)]
    expect(values).to_have_text(told)
    page.fill("#x-run-search", "CUTMIX")
    expect(page.locator(".ag-center-cols-container .x-run")).to_have_count(4)
    wait_shown(page, 5)
    expect(values).to_have_text(told)
    page.fill("#x-run-search", "nothing like it")
    expect(page.locator("#x-run-empty")).to_have_text("No run has this in its name or id.")
    expect(page.locator("#x-run-empty")).to_be_visible()
    wait_shown(page, 5)
    expect(page.locator(".ag-floating-top .x-run").first).to_be_visible()
    expect(values).to_have_text(told)


def test_top_five_latest_five_and_none(page: Page, site: str, source: MemorySource):
    page.goto(site)
    drawn(page)
    page.get_by_role("button", name="Show").click()
    page.get_by_role("menuitem", name="Top 5 by val/acc").click()
    runs = source.runs(Principal(), "3").runs
    best = sorted((run for run in runs if run.metric), key=lambda run: -(run.metric or 0))[:5]
    expect(page.locator(".ag-floating-top .x-run-name")).to_have_text([run.name for run in best])
    page.get_by_role("button", name="Show").click()
    page.get_by_role("menuitem", name="None").click()
    expect(page.get_by_role("heading", name="No runs on screen")).to_be_visible()
    expect(page.locator("#x-on-screen")).to_have_text("0 on screen")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("menuitem", name="Latest 5").click()
    wait_shown(page, 5)
    assert shown_runs(page) == NAMES


def test_the_overview_leads_to_the_best_runs_and_back(page: Page, site: str, source: MemorySource):
    page.goto(f"{site}plots?experiment=3&runs=")
    runs = [run for run in source.runs(Principal(), "3").runs if run.status != "RUNNING" and run.metric is not None]
    best = sorted((run for run in runs if math.isfinite(run.metric or math.nan)), key=lambda run: -(run.metric or 0))
    leaders = page.get_by_role("region", name="Leaderboard").locator("td a")
    expect(leaders).to_have_text([run.name for run in best[:10]])
    page.get_by_role("region", name="Best so far").get_by_role("link").last.click()
    wait_shown(page, 1)
    assert shown_runs(page) == [best[0].name]
    page.go_back()
    page.get_by_role("link", name="Show the best 5").click()
    wait_shown(page, 5)
    assert shown_runs(page) == [run.name for run in best[:5]]


def test_a_run_has_a_page_of_its_own(page: Page, site: str, source: MemorySource):
    run, parent = run_id(source, NAMES[0]), run_id(source, NAMES[1])
    (about,) = source.runs_by_id(Principal(), [parent])
    tags = {
        "mlflow.source.git.commit": "f00d",
        "wandb_url": "https://wandb.example/r/1",
        "evil": "<img src=x onerror=1>",
    }
    source.describe_run(run, params={"lr": "3e-4"}, tags=tags, parent=about, note="PUBLISH: <b>best</b>")
    page.goto(f"{site}plots?experiment=3")
    drawn(page)
    page.locator(".ag-floating-top .x-run").first.hover()
    page.get_by_role("link", name=f"Open the page of {NAMES[0]}").click()
    expect(page.get_by_role("heading", name=NAMES[0])).to_be_visible()
    expect(page.get_by_role("region", name="Parameters").locator("td").first).to_have_text("3e-4")
    expect(page.get_by_role("region", name="Origin")).to_contain_text("f00d")
    expect(page.get_by_role("region", name="Note")).to_contain_text("PUBLISH: <b>best</b>")
    expect(page.get_by_role("region", name="Tags")).to_contain_text("<img src=x onerror=1>")
    expect(page.get_by_role("link", name="W&B")).to_have_attribute("rel", "noopener noreferrer")
    page.get_by_role("region", name="Family").get_by_role("link", name=NAMES[1]).click()
    expect(page.get_by_role("heading", name=NAMES[1])).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name=NAMES[0])).to_be_visible()
    page.keyboard.press("Escape")
    drawn(page)
    wait_shown(page, 5)
    page.goto(f"{site}tables?experiment=3&run={run}")
    expect(page.get_by_role("heading", name=NAMES[0])).to_be_visible()
    expect(page.locator("#x-tables")).to_be_empty()
    page.goto(f"{site}plots?run=nosuch")
    expect(page.get_by_role("heading", name="This run is not here")).to_be_visible()


def test_switching_the_experiment_by_search(page: Page, site: str):
    page.goto(site)
    drawn(page)
    page.get_by_role("button", name="Switch experiment").click()
    expect(page.locator(".x-experiment-row")).to_have_count(3)
    page.get_by_label("Search experiments").fill("stroke")
    expect(page.locator(".x-experiment-row")).to_have_count(1)
    page.locator(".x-experiment-row").click()
    expect(page.locator("#x-experiment-name")).to_have_text("stroke-segmentation")
    wait_shown(page, 1)
    expect(page.locator(".x-card h3")).to_have_text(["loss"])
    run = page.evaluate("mlflow_ext_ui.view.get('runs')")
    expect(page.locator("#x-mlflow")).to_have_attribute("href", f"/#/experiments/2/runs/{run}")
    page.locator(".ag-floating-top .x-run").click()
    expect(page.locator("#x-mlflow")).to_have_attribute("href", "/#/experiments/2/runs")


def test_the_switcher_closes_once_one_is_picked_and_marks_that_one(page: Page, site: str):
    page.goto(site)
    drawn(page)
    switch = page.get_by_role("button", name="Switch experiment")
    marked = page.locator(".x-experiment-row[aria-current]")
    switch.click()
    expect(marked).to_contain_text("oct-retina-4class")
    page.locator(".x-experiment-row", has_text="sandbox").click()
    expect(page.locator("#x-experiment-name")).to_have_text("sandbox")
    expect(page.get_by_label("Search experiments")).to_be_hidden()
    switch.click()
    expect(marked).to_have_count(1)
    expect(marked).to_contain_text("sandbox")
    page.locator(".x-experiment-row", has_text="sandbox").click()
    expect(page.get_by_label("Search experiments")).to_be_hidden()


def test_enter_in_the_switcher_s_search_opens_the_first_match(page: Page, site: str):
    page.goto(site)
    drawn(page)
    page.keyboard.press("s")
    page.get_by_label("Search experiments").press_sequentially("STROKE")
    page.keyboard.press("Enter")
    expect(page.locator("#x-experiment-name")).to_have_text("stroke-segmentation")
    expect(page.get_by_label("Search experiments")).to_be_hidden()
    page.keyboard.press("s")
    expect(page.get_by_label("Search experiments")).to_have_value("")
    expect(page.locator(".x-experiment-row")).to_have_count(3)


def test_the_switcher_holds_the_focus_while_it_is_open_and_gives_it_back(page: Page, site: str):
    page.goto(site)
    drawn(page)
    switch = page.get_by_role("button", name="Switch experiment")
    search = page.get_by_label("Search experiments")
    page.keyboard.press("s")
    expect(switch).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".x-experiment-row")).to_have_count(3)
    expect(search).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="All experiments")).to_be_focused()
    page.keyboard.press("Tab")
    expect(search).to_be_focused()
    page.keyboard.press("Escape")
    expect(search).to_be_hidden()
    expect(switch).to_be_focused()
    expect(switch).to_have_attribute("aria-expanded", "false")


def test_going_back_brings_the_tools_back_to_what_they_were(page: Page, site: str):
    page.goto(f"{site}plots?experiment=3&smoothing=0.6&x=relative&filter=loss")
    drawn(page)
    page.evaluate("mlflow_ext_ui.view.change({ smoothing: '0.2', x: null, filter: null })")
    expect(page.locator("#x-smoothing")).to_have_value("0.2")
    expect(page.get_by_role("radio", name="Step")).to_be_checked()
    expect(page.locator("#x-plot-filter")).to_have_value("")
    page.go_back()
    expect(page.locator("#x-smoothing")).to_have_value("0.6")
    expect(page.get_by_role("radio", name="Relative")).to_be_checked()
    expect(page.locator("#x-plot-filter")).to_have_value("loss")


def test_a_table_of_several_runs_has_a_switch_sorts_and_shows_text_as_text(page: Page, site: str):
    page.goto(site)
    drawn(page)
    card = page.locator(".x-card[data-kind=table]")
    card.scroll_into_view_if_needed()
    expect(card.get_by_role("radio")).to_have_count(5)
    expect(card.locator(".ag-row").first).to_be_visible()
    card.get_by_role("radio", name=NAMES[1]).click()
    expect(card.get_by_role("radio", name=NAMES[1])).to_have_attribute("aria-checked", "true")
    card.get_by_role("button", name="Full screen").click()
    card.locator(".ag-header-cell", has_text="confidence").click()
    cells = "[...document.querySelectorAll('.x-full [col-id=c3].ag-cell')].slice(0, 3).map((c) => Number(c.innerText))"
    page.wait_for_function(f"(() => {{ const v = {cells}; return v.length === 3 && v[0] <= v[1] && v[1] <= v[2]; }})()")


def test_the_card_menu_downloads_all_values_and_a_picture(page: Page, site: str):
    page.goto(site)
    drawn(page)
    card = page.locator(".x-card").first
    card.get_by_role("button", name="Plot menu").click()
    with page.expect_download() as download:
        card.get_by_role("menuitem", name="Download CSV, all points").click()
    assert download.value.suggested_filename == "val_accuracy.csv"
    rows = list(csv.reader(io.StringIO(download.value.path().read_text())))
    assert rows[0][:3] == ["run", "step", "val/accuracy"]
    assert len(rows) - 1 == 480 * 4 + 307
    card.get_by_role("button", name="Plot menu").click()
    with page.expect_download() as download:
        card.get_by_role("menuitem", name="Download PNG").click()
    assert download.value.suggested_filename == "val_accuracy.png"
    assert download.value.path().read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("width", "height"),
    [
        pytest.param(900, 700, marks=pytest.mark.thorough),
        (1280, 720),
        pytest.param(1440, 900, marks=pytest.mark.thorough),
        (1920, 1080),
    ],
)
def test_nothing_overflows(new_page: Callable[..., Page], site: str, width: int, height: int):
    page = new_page(viewport={"width": width, "height": height})
    page.goto(site)
    drawn(page)
    wide = page.evaluate(
        """() => [document.documentElement, ...document.querySelectorAll('.x-top, .x-tool, .x-body, .x-side, .x-card')]
          .filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.className)"""
    )
    assert wide == []
    bar = page.locator(".x-tabs").bounding_box()
    end = page.locator(".x-end").bounding_box()
    assert bar
    assert end
    assert bar["x"] + bar["width"] <= end["x"]
    tools = page.locator(".x-tool").evaluate(
        """tool => { const right = (one) => one.getBoundingClientRect().right;
        return [...tool.querySelectorAll('*')].every((one) => right(one) <= right(tool)); }"""
    )
    assert tools
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_tabs_that_come_later_say_what_they_will_show_and_keep_the_state(page: Page, site: str):
    page.goto(site)
    drawn(page)
    page.get_by_role("link", name="Lineage").click()
    expect(page.get_by_role("heading", name="Lineage")).to_be_visible()
    expect(page.locator("#x-message")).to_contain_text("not built yet")
    expect(page.locator(".x-card")).to_have_count(0)
    expect(page.get_by_role("link", name="Lineage")).to_have_attribute("aria-current", "page")
    page.get_by_role("link", name="Plots").click()
    drawn(page)
    wait_shown(page, 5)


def test_an_unknown_tab_is_plots(page: Page, site: str):
    page.goto(site + "nothing?experiment=3")
    drawn(page)
    assert "/ext/plots?" in page.url


def test_runs_that_are_gone_are_counted(page: Page, site: str, source: MemorySource):
    page.goto(f"{site}plots?runs={run_id(source, NAMES[0])},{'0' * 32},{'1' * 32}")
    drawn(page)
    wait_shown(page, 1)
    expect(page.locator("#x-missing")).to_have_text("2 runs of this link are not shown: deleted, or not yours to read.")


def test_idle_asks_for_nothing_and_the_page_weighs_at_most_three_megabytes(
    new_page: Callable[..., Page], watches: dict[Page, Watch], site: str
):
    page = new_page()
    watch = watches[page]
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    with page.expect_response("**/_insights"):  # asked once, when all is drawn
        page.goto(site)
        drawn(page)
    page.wait_for_load_state("networkidle")
    assert sum(sizes) < 3_000_000
    assert watch.count("_pictures") <= 3
    assert watch.count("cytoscape") == watch.count("async-enterprise") == 0
    quiet = len(watch.requests)
    page.wait_for_function("start => performance.now() > start + 3500", arg=page.evaluate("performance.now()"))
    assert watch.requests[quiet:] == []


def test_the_shortcut_list_opens_and_closes(page: Page, site: str):
    page.goto(site)
    drawn(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()
    page.keyboard.press("l")
    expect(page.locator("#x-log-y")).to_have_attribute("aria-pressed", "true")


def test_the_run_list_can_be_made_wider(page: Page, site: str):
    page.goto(site)
    drawn(page)
    handle = page.get_by_role("separator", name="Width of the run list")
    handle.focus()
    before = page.locator(".x-side").bounding_box()
    page.keyboard.press("ArrowRight")
    after = page.locator(".x-side").bounding_box()
    assert before
    assert after
    assert after["width"] == before["width"] + 16


@pytest.mark.parametrize(("width", "shown"), [(280, "/accuracy"), (520, "test/balanced/accuracy")])
def test_the_metric_s_header_keeps_its_end_and_shows_all_where_there_is_room(
    page: Page, serve: Callable[[MemorySource], str], width: int, shown: str
):
    metric = "test/balanced/accuracy"
    source = MemorySource(metric=metric)
    source.line(source.add_run(source.add_experiment("e"), "a", metric=0.5), "loss", range(3), range(3))
    page.goto(serve(source))
    drawn(page)
    page.evaluate("width => document.documentElement.style.setProperty('--x-w-side', width + 'px')", width)
    header = page.locator(".x-metric-header")
    expect(header).to_have_text(metric)
    page.wait_for_function(
        """shown => [...document.querySelectorAll('.x-metric-header > span')]
          .filter((part) => part.scrollWidth <= part.clientWidth).map((part) => part.textContent).join('') === shown""",
        arg=shown,
    )


def test_the_first_runs_can_be_read_before_the_scripts_have_come(page: Page, site: str):
    held = []
    page.route("**/dash_renderer*", lambda route: held.append(route))
    page.goto(site, wait_until="commit")
    early = page.locator(".x-early-run")
    expect(early.first.locator(".x-run-name.x-on")).to_have_text(NAMES[0])
    assert early.locator(".x-on.x-run-name").all_text_contents() == NAMES
    expect(page.locator("#x-early .x-name").first).to_have_text("oct-retina-4class")
    held[0].continue_()
    drawn(page)
    expect(page.locator("#x-early")).to_have_count(0)
    assert shown_runs(page) == NAMES
