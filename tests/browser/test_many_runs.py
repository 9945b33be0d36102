"""The page with hundreds of runs on screen: what is not seen is not drawn."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from mlflow_ext_ui.memory import MemorySource
from tests.browser.conftest import Watch

RUNS = 300


@pytest.fixture(scope="module")
def site(serve: Callable[[MemorySource], str]) -> str:
    source = MemorySource(metric="acc")
    experiment = source.add_experiment("many")
    for i in range(RUNS):
        run = source.add_run(experiment, f"run-{i:03}", run_id=f"r{i}", start=i, metric=i / RUNS)
        source.set_params(run, {"lr": i, "seed": 1})
        source.line(run, "acc", [0], [i])
    for k in range(130):
        source.line("r0", f"m{k}", [0], [k])
    return serve(source)


def address(site: str, more: str = "") -> str:
    return f"{site}tables?experiment=1&runs={','.join(f'r{i}' for i in range(RUNS))}{more}"


def test_runs_and_metrics_in_view_alone_are_drawn(page: Page, site: str):
    page.goto(address(site))
    table = page.locator(".x-compare")
    table.locator("td").first.wait_for()
    expect(table.get_by_role("columnheader", name="run-000")).to_be_visible()
    assert table.get_attribute("aria-colcount") == str(RUNS + 1)
    assert table.locator("td").count() < 3000
    assert page.locator(".x-runs .ag-row").count() < 100
    page.locator(".x-tt-box").first.evaluate("box => box.scrollLeft = box.scrollWidth")
    last = table.get_by_role("columnheader", name=f"run-{RUNS - 1}")
    expect(last).to_be_visible()
    assert last.get_attribute("aria-colindex") == str(RUNS + 1)
    row = table.get_by_role("row").filter(has=page.get_by_role("rowheader", name="acc", exact=False)).first
    expect(row.locator("td.x-best")).to_have_text("299")
    duration = table.get_by_role("rowheader", name="duration")
    expect(duration).to_have_count(0)
    table.evaluate("table => table.scrollIntoView({ block: 'end' })")
    expect(duration).to_be_in_viewport()


def test_runs_on_screen_lead_the_list_and_leave_it_by_a_click(page: Page, site: str):
    page.goto(address(site).replace("r0,", ""))
    listed = page.locator("#x-on-screen")
    first = page.locator(".x-runs .ag-center-cols-container [row-index='0'] .x-run")
    first.wait_for()
    expect(first).to_have_attribute("data-run", f"r{RUNS - 1}")
    expect(page.locator(".ag-floating-top .x-run")).to_have_count(0)
    expect(listed).to_have_text(f"{RUNS - 1} on screen")
    first.click()
    expect(listed).to_have_text(f"{RUNS - 2} on screen")
    expect(first).to_have_attribute("data-run", f"r{RUNS - 2}")


def test_the_first_window_of_a_grid_is_asked_for_once(page: Page, site: str, watch: Watch):
    page.goto(address(site, "&tables=metrics&grid_sort=-last"))
    page.locator(".x-grid-box .ag-row[row-index='0']").wait_for()
    expect(page.locator(".x-grid-box .ag-row[row-index='0']")).to_contain_text("299")
    page.wait_for_load_state("networkidle")
    asked = [json.loads(one.post_data or "{}") for one in watch.requests if "_tables" in one.url]
    assert [one.get("start", 0) for one in asked] == [0]
