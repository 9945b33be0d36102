"""What a person does in the run list: narrow it, choose columns, pick, change many runs at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.preview import invented
from mlflow_ext_ui.source import Principal
from tests.browser.conftest import TIMEOUT, Watch, shown_runs, wait_shown

ROWS = ".ag-center-cols-container .x-run"


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


def listed(page: Page) -> list[str]:
    """Names of the runs below those on screen, from the top."""
    rows = page.locator(".ag-center-cols-container .ag-row").evaluate_all(
        "rows => rows.sort((a, b) => a.rowIndex - b.rowIndex || a.offsetTop - b.offsetTop)"
        ".map(row => row.querySelector('.x-run').title)"
    )
    return list(rows)


def test_a_comparison_becomes_a_chip_on_enter_and_leaves_with_it(page: Page, site: str):
    page.goto(site + "plots?runs=")
    expect(page.locator(ROWS).first).to_be_visible()
    page.fill("#x-run-search", "params.model = 'resnet50-mixup' AND metrics.val/acc > 0")
    expect(page.locator(".x-filter-hint")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".x-filter-chip")).to_have_text(["model = 'resnet50-mixup'", "val/acc > 0"])
    expect(page.locator(ROWS)).to_have_count(4)
    expect(page.locator("#x-run-search")).to_have_value("")
    assert "where=params.model" in page.url
    page.get_by_role("button", name="Remove the filter params.model").click()
    expect(page.locator(".x-filter-chip")).to_have_count(1)
    expect(page.locator(ROWS)).to_have_count(24)
    page.go_back()
    expect(page.locator(ROWS)).to_have_count(4)
    page.fill("#x-run-search", "s3")
    expect(page.locator(ROWS)).to_have_count(1)


def test_a_wrong_filter_says_where_and_the_list_stays(page: Page, site: str):
    page.goto(site + "plots?runs=")
    expect(page.locator(ROWS)).to_have_count(25)
    page.fill("#x-run-search", "loss < 0.2")
    page.keyboard.press("Enter")
    expect(page.locator(".x-filter-error")).to_contain_text("column 1")
    expect(page.locator("#x-run-search")).to_have_value("loss < 0.2")
    expect(page.locator(ROWS)).to_have_count(25)
    page.locator("#x-run-search").press("Escape")
    expect(page.locator(".x-filter-error")).to_have_count(0)
    page.goto(site + "plots?runs=&where=nonsense")
    expect(page.locator(".x-filter-error")).to_be_visible()
    expect(page.locator("#x-run-empty")).to_have_text("The filter can't be read.")


def test_the_builder_writes_the_same_filter_by_keyboard_alone(page: Page, site: str):
    page.goto(site + "plots?runs=")
    expect(page.locator(ROWS)).to_have_count(25)
    page.get_by_role("button", name="Build a filter").press("Enter")
    expect(page.get_by_label("Field 1")).to_be_focused()
    page.get_by_label("Field 1").select_option("params.seed")
    page.get_by_label("Comparison 1").select_option("<")
    page.get_by_label("Value 1").fill("2")
    expect(page.locator(".x-build-text")).to_have_text("params.seed < 2")
    page.get_by_label("Value 1").press("Enter")
    expect(page.locator(".x-filter-chip")).to_have_text(["seed < 2"])
    expect(page.get_by_role("dialog", name="Build a filter")).to_have_count(0)
    expect(page.locator(ROWS)).to_have_count(14)


def test_columns_stand_beside_the_name_and_sort_with_what_is_missing_last(page: Page, site: str):
    page.goto(site + "plots?runs=")
    expect(page.locator(ROWS)).to_have_count(25)
    page.get_by_role("button", name="Columns of the run list").click()
    page.get_by_label("learning_rate").check()
    expect(page.locator(".ag-header-cell-text, .x-metric-header")).to_have_count(3)
    page.keyboard.press("Escape")
    assert "columns=metrics.val/acc&columns=params.learning_rate" in page.url
    page.locator(".ag-header-cell", has_text="val/acc").click()
    page.wait_for_url("**sort=-metrics.val/acc**")
    best = listed(page)[0]
    page.locator(".ag-header-cell", has_text="val/acc").click()
    page.wait_for_url("**sort=metrics.val/acc**")
    assert best == "convnext-t-mixup-s1"
    assert page.locator(".ag-center-cols-container .ag-row").last.inner_text().count("–") == 1
    page.reload()
    expect(page.locator(ROWS)).to_have_count(25)
    expect(page.locator("[role=columnheader][aria-sort=ascending]")).to_contain_text("val/acc")
    page.evaluate("mlflow_ext_ui.view.change({ sort: '-params.learning_rate' })")
    expect(page.locator("[role=columnheader][aria-sort=descending]")).to_contain_text("learning_rate")
    page.go_back()
    expect(page.locator("[role=columnheader][aria-sort=ascending]")).to_contain_text("val/acc")
    assert page.evaluate("document.querySelector('.x-side').offsetWidth") > 280
    assert not shown_runs(page)
    wait_shown(page, 0)


def test_shift_takes_the_range_and_the_menu_picks_by_what_runs_are(page: Page, site: str):
    page.goto(site + "plots?runs=")
    expect(page.locator(ROWS)).to_have_count(25)
    names = listed(page)
    page.locator(ROWS).get_by_text(names[2][:-3]).first.click()
    wait_shown(page, 1)
    page.locator(ROWS, has_text=names[6]).click(modifiers=["Shift"])
    wait_shown(page, 5)
    assert set(shown_runs(page)) == set(names[2:7])
    page.get_by_role("button", name="Show").press("Enter")
    page.get_by_role("menuitem", name="Top 10 by val/acc").click()
    wait_shown(page, 10)
    page.fill("#x-run-search", "resnet50-mixup")
    expect(page.locator(".ag-header-cell-text, .x-metric-header").first).to_have_text("4 runs")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("menuitem", name="All matching").click()
    wait_shown(page, 4)


def test_archiving_what_is_on_screen_can_be_undone_restored_and_made_final(page: Page, serve: Callable):
    source = invented()
    runs = {run.name: run.id for run in source.runs(Principal(), "3").runs}
    one, other = runs["convnext-t-base-s0"], runs["convnext-t-base-s1"]
    page.goto(f"{serve(source)}plots?experiment=3&runs={one},{other}")
    wait_shown(page, 2)

    def act(name: str) -> None:
        page.get_by_role("button", name="Actions on runs").click()
        page.get_by_role("menuitem", name=name, exact=True).click()

    act("Archive")
    expect(page.locator(".x-toast")).to_contain_text("2 runs archived")
    expect(page.locator("#x-on-screen")).to_have_text("0 on screen")
    page.get_by_role("button", name="Undo").click()
    wait_shown(page, 2)
    assert not source.is_archived(one)
    act("Tag…")
    page.get_by_role("textbox", name="Key").fill("stage")
    page.get_by_role("textbox", name="Value").fill("done")
    page.get_by_role("textbox", name="Value").press("Enter")
    expect(page.locator(".x-toast")).to_contain_text("2 runs tagged")
    assert source.runs(Principal(), "3", where="tags.stage = 'done'").total == 2
    act("Archive")
    expect(page.locator("#x-on-screen")).to_have_text("0 on screen")
    act("Show archived runs")
    expect(page.locator(ROWS)).to_have_count(2)
    page.locator(ROWS).first.click()
    source.archive_run(other, archived=False)
    source.archive_run(one, archived=False)
    act("Delete for good…")
    expect(page.get_by_role("button", name="Delete for good")).to_be_disabled()
    page.get_by_label("Type the number of runs").fill("1")
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("alert")).to_contain_text("1 of 1 run refused")
    page.keyboard.press("Escape")
    source.archive_run(other)
    page.get_by_role("button", name="Back").click()
    act("Show archived runs")
    expect(page.locator(ROWS)).to_have_count(1)
    page.locator(ROWS).first.click()
    act("Delete for good…")
    page.get_by_label("Type the number of runs").fill("1")
    page.get_by_role("button", name="Delete for good").click()
    expect(page.locator("#x-run-empty")).to_have_text("No run is archived.")
    assert source.runs(Principal(), "3").total == 24


def test_runs_stand_in_groups_that_fold_sort_and_are_taken_as_a_whole(page: Page, site: str, source: MemorySource):
    page.goto(f"{site}plots?experiment=3&runs=")
    expect(page.locator(ROWS)).to_have_count(25)
    page.get_by_role("button", name="Columns of the run list").click()
    page.get_by_label("Group by").select_option("params.model")
    page.keyboard.press("Escape")
    groups = page.locator(".x-group")
    expect(groups).to_have_count(9)
    page.locator(".ag-header-cell", has_text="val/acc").click()
    expect(groups.first).to_contain_text("convnext-t-mixup")
    expect(groups.first.locator(".x-count")).to_have_text("2")
    row = page.locator(".ag-row", has=page.locator(".x-group")).first
    expect(row.locator(".x-metric")).to_have_text("0.9684")
    groups.first.locator(".x-run-dot").click()
    wait_shown(page, 2)
    expect(groups.first.get_by_role("checkbox")).to_be_checked()
    child = page.locator(ROWS).and_(page.locator("[title=convnext-t-mixup-s1]"))
    expect(child).to_have_count(1)
    groups.first.click()
    expect(child).to_have_count(0)


def test_nested_runs_stand_under_the_run_that_started_them(page: Page, serve: Callable):
    source = MemorySource(metric="acc")
    experiment = source.add_experiment("e")
    for name, parent in (("sweep", None), ("trial", "sweep"), ("fold", "trial"), ("lone", None), ("lost", "gone")):
        tags = {} if parent is None else {"mlflow.parentRunId": parent}
        source.line(source.add_run(experiment, name, run_id=name, tags=tags), "loss", [0, 1], [1, 2])
    page.goto(f"{serve(source)}plots?group=parent&runs=")
    expect(page.locator(ROWS)).to_have_count(5)
    assert listed(page) == ["lost", "lone", "sweep", "trial", "fold"]
    page.locator("[data-run=trial] .x-fold").click()
    expect(page.locator(ROWS)).to_have_count(4)
    page.locator("[data-run=sweep] .x-fold").click()
    expect(page.locator(ROWS)).to_have_count(3)
    page.locator("[data-run=sweep] .x-run-name").click()
    wait_shown(page, 1)
    assert shown_runs(page) == ["sweep"]


def test_a_run_gets_its_colour_and_its_place_on_top_from_a_menu(page: Page, serve: Callable):
    source = invented()
    runs = {run.name: run.id for run in source.runs(Principal(), "3").runs}
    one, other = runs["convnext-t-base-s0"], runs["convnext-t-base-s1"]
    page.goto(f"{serve(source)}plots?experiment=3&runs={one},{other}")
    wait_shown(page, 2)
    color = page.evaluate(f"mlflow_ext_ui.screen.runs.get('{other}').slot")
    page.locator(f".ag-floating-top [data-run='{one}'] .x-run-name").click(button="right")
    panel = page.get_by_role("dialog", name="Colour and place of convnext-t-base-s0")
    expect(panel.locator(".x-swatch")).to_have_count(20)
    expect(panel.locator(".x-swatch[aria-disabled=true]")).to_have_count(1)
    free = (color + 7) % 20
    panel.get_by_role("button", name=f"Colour {free + 1}", exact=True).click()
    page.wait_for_function(f"mlflow_ext_ui.screen.runs.get('{one}').slot === {free}")
    assert next(run.color for run in source.runs_by_id(Principal(), [one])) == free
    row = page.locator(f".ag-floating-top [data-run='{other}']")
    row.hover()
    row.get_by_role("button", name="Colour and place").click()
    page.get_by_role("menuitem", name="Pin to the top").press("Enter")
    expect(row.get_by_role("img", name="pinned")).to_be_visible()
    assert shown_runs(page) == ["convnext-t-base-s1", "convnext-t-base-s0"]
    assert f"pinned={other}" in page.url
    row.locator(".x-run-name").click()
    expect(page.locator("#x-on-screen")).to_have_text("1 on screen")
    page.reload()
    wait_shown(page, 2)
    assert shown_runs(page) == ["convnext-t-base-s1", "convnext-t-base-s0"]


def test_ten_thousand_runs_are_sorted_by_the_server_and_read_block_by_block(page: Page, serve: Callable, watch: Watch):
    source = MemorySource(metric="acc")
    experiment = source.add_experiment("e")
    for number in range(10_000):
        acc = None if number % 1000 == 7 else (number * 7919 % 10_000) / 10_000
        source.add_run(experiment, f"run-{number:05}", metric=acc, params={"lr": str(number % 10)})
    page.goto(f"{serve(source)}plots?experiment=1&runs=&columns=metrics.acc&columns=params.lr&group=params.lr")
    expect(page.locator(ROWS).first).to_have_attribute("title", "run-09999", timeout=TIMEOUT)
    expect(page.locator(".x-filter-hint")).to_contain_text("Groups are shown up to 2,000 runs")
    page.locator(".ag-header-cell", has_text="acc").click()
    best = max(range(10_000), key=lambda number: -1 if number % 1000 == 7 else number * 7919 % 10_000)
    expect(page.locator(ROWS).first).to_have_attribute("title", f"run-{best:05}", timeout=TIMEOUT)
    page.wait_for_url("**sort=-metrics.acc**")
    before = watch.count("_dash-update-component")
    page.evaluate("document.querySelector('#x-run-grid .ag-body-viewport').scrollTop = 28 * 10000")
    expect(page.locator(ROWS).and_(page.locator("[title=run-00007]"))).to_be_visible(timeout=TIMEOUT)
    assert watch.count("_dash-update-component") - before <= 2
    assert page.evaluate("mlflow_ext_ui.runlist.infinite")
    page.reload()
    expect(page.locator(ROWS).first).to_have_attribute("title", f"run-{best:05}", timeout=TIMEOUT)
