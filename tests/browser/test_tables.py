"""What a person does on the Tables tab, over the invented runs and one long table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from mlflow_ext.primitives import Table
from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.preview import RUNS, invented
from mlflow_ext_ui.source import Principal
from tests.browser.conftest import Watch, drawn

NAMES = [name for name, *_ in reversed(RUNS)]
LONG = 50_000


@pytest.fixture(scope="module")
def source() -> MemorySource:
    found = invented()
    best = next(run for run in found.runs(Principal(), "3").runs if run.name == NAMES[0])
    rows = [[i, f"img_{i:05d}.png", (i * 7919) % LONG / LONG, "=1+1" if i == 4 else None] for i in range(LONG)]
    found.log(best.id, "predictions", Table(["id", "file", "score", "note"], rows))
    return found


@pytest.fixture(scope="module")
def site(serve: Callable[[MemorySource], str], source: MemorySource) -> str:
    return serve(source)


def row(page: Page, name: str):
    return page.locator(".x-compare tbody tr").filter(has=page.get_by_role("rowheader", name=name))


def best(page: Page, name: str) -> list[int]:
    cells = row(page, name).locator("td")
    return [i for i in range(cells.count()) if cells.nth(i).get_attribute("data-best")]


def downloaded(page: Page, name: str) -> list[list[str]]:
    with page.expect_download() as found:
        page.get_by_role("link", name=name, exact=True).click()
    return list(csv.reader(io.StringIO(found.value.path().read_text())))


def test_the_tab_asks_nothing_before_it_is_opened(page: Page, site: str, watch: Watch):
    page.goto(site)
    drawn(page)
    assert watch.count("_tables") == 0
    page.get_by_role("link", name="Tables").click()
    expect(page.locator(".x-compare")).to_be_visible()
    expect(page.locator(".x-card[data-key]")).to_have_count(0)
    page.get_by_role("link", name="Plots").click()
    drawn(page)
    expect(page.locator(".x-compare")).to_have_count(0)


def test_the_best_is_marked_and_follows_value_and_direction(page: Page, site: str):
    page.goto(f"{site}tables")
    expect(row(page, "val/accuracy")).to_be_visible()
    expect(page.locator(".x-compare thead th")).to_have_text(NAMES)
    assert row(page, "learning_rate").locator("td").all_inner_texts() == ["0.0003", "0.0003", "0.001", "0.001", "0.001"]
    last = row(page, "val/accuracy").locator("td").all_inner_texts()
    finished = [float(text) for text in last[:4]]  # the fifth still runs
    assert best(page, "val/accuracy") == [finished.index(max(finished))]
    page.get_by_label("Value", exact=True).select_option("Min")
    expect(row(page, "val/accuracy").locator("td").first).not_to_have_text(last[0])
    lowest = [float(text) for text in row(page, "val/accuracy").locator("td").all_inner_texts()[:4]]
    assert best(page, "val/accuracy") == [lowest.index(max(lowest))]
    assert "value=min" in page.url
    page.get_by_role("button", name="val/accuracy: higher is better. Switch").first.click()
    expect(page.get_by_role("button", name="val/accuracy: lower is better. Switch").first).to_be_visible()
    expect(row(page, "val/accuracy").locator("td").nth(lowest.index(min(lowest)))).to_have_class("x-best")
    assert "lower=val/accuracy" in page.url
    page.get_by_role("button", name="Show best").click()
    expect(page.locator(".x-compare .x-best")).to_have_count(0)
    page.go_back()
    expect(page.locator(".x-compare .x-best").first).to_be_visible()


def test_equal_params_unfold_and_rows_are_chosen_by_keyboard(page: Page, site: str):
    page.goto(f"{site}tables")
    expect(page.get_by_role("button", name="3 parameters the same in all")).to_be_visible()
    page.get_by_role("button", name="Only differences").click()
    expect(row(page, "batch_size").locator("td").first).to_have_text("64")
    page.get_by_role("button", name="Columns", exact=True).press("Enter")
    chooser = page.get_by_role("dialog", name="What is shown")
    page.keyboard.type("val/loss")
    expect(chooser.get_by_role("checkbox")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(row(page, "val/loss")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(chooser).to_have_count(0)
    expect(page.get_by_role("button", name="Columns", exact=True)).to_be_focused()
    page.reload()
    expect(row(page, "batch_size")).to_be_visible()
    expect(row(page, "val/loss")).to_have_count(0)


def test_the_file_of_a_comparison_is_what_is_on_screen(page: Page, site: str):
    page.goto(f"{site}tables?experiment=3&value=max&hide=m:val/loss")
    expect(row(page, "val/accuracy")).to_be_visible()
    lines = downloaded(page, "CSV")
    assert lines[0] == ["", "name", *NAMES]
    shown = page.locator(".x-compare tbody th[scope=row] .x-name").all_inner_texts()
    assert [line[1] for line in lines[1:]] == [*shown[:-1], "duration in s"]
    by_name = {line[1]: line[2:] for line in lines[1:]}
    assert by_name["model"] == row(page, "model").locator("td").all_inner_texts()
    cells = row(page, "train/loss").locator("td").all_inner_texts()
    assert [f"{float(value):.{len(cells[0].split('.')[1])}f}" for value in by_name["train/loss"]] == cells


def test_seed_groups_are_ranked_and_brought_on_screen(page: Page, site: str):
    page.goto(f"{site}tables?experiment=3&metric=val/acc")
    leaders = page.locator(".x-leaders tbody tr")
    expect(leaders).to_have_count(5)
    assert page.locator(".x-leaders .x-bracket").count() > 1
    expect(leaders.filter(has_text="not told apart").first).to_be_visible()
    expect(page.locator(".x-foot-note")).to_contain_text(
        "A bracket joins groups that these runs do not tell from the topmost of them."
    )
    name = leaders.first.locator(".x-run-name").text_content() or "?"
    leaders.first.get_by_role("button").click()
    expect(page.locator(".x-compare thead th")).to_have_count(4)
    assert all(one.startswith(name) for one in page.locator(".x-compare thead th").all_text_contents())


def test_fifty_thousand_rows_scroll_and_are_ordered_and_filtered_by_the_server(page: Page, site: str, watch: Watch):
    page.goto(f"{site}tables?experiment=3&tables=logged")
    page.get_by_label("Table", exact=True).select_option("predictions")
    expect(page.locator(".x-grid-head")).to_contain_text("50,000 rows")
    expect(page.locator(".x-grid-box .ag-row[row-index='0']")).to_contain_text("img_00000.png")
    assert page.locator(".x-grid-box .ag-row").count() < 200
    page.locator(".x-grid-box .ag-body-viewport").evaluate("box => box.scrollTop = 28 * 40000")
    expect(page.locator(".x-grid-box .ag-row[row-index='40000']")).to_contain_text("img_40000.png")
    page.locator(".x-grid-box .ag-header-cell", has_text="score").click()
    expect(page.locator(".x-grid-box .ag-row[row-index='0']")).to_contain_text("1.000")
    assert "grid_sort=-c2" in page.url
    header = page.locator(".x-grid-box .ag-header-cell", has_text="file")
    header.hover()
    header.locator(".ag-header-cell-filter-button").click()
    page.locator(".ag-filter input[type=text]").first.fill("img_0000")
    expect(page.locator(".x-grid-head")).to_contain_text("10 of 50,000 rows")
    page.keyboard.press("Escape")
    rows = page.locator(".x-grid-box .ag-center-cols-container .ag-row")
    expect(rows).to_have_count(10)
    scores = [float(text) for text in page.locator(".x-grid-box .ag-cell[col-id=c2]").all_inner_texts()]
    assert scores == sorted(scores, reverse=True)
    lines = downloaded(page, "CSV")
    assert lines[0] == ["id", "file", "score", "note"]
    assert [line[1] for line in lines[1:]] == page.locator(".x-grid-box .ag-cell[col-id=c1]").all_inner_texts()
    assert next(line for line in lines if line[0] == "4")[3] == "'=1+1"
    page.reload()
    expect(page.locator(".x-grid-head")).to_contain_text("10 of 50,000 rows")
    expect(page.locator(".x-grid-box .ag-row[row-index='0']")).to_contain_text(lines[1][1])
    page.get_by_role("button", name="Reset order and filters").click()
    expect(page.locator(".x-grid-head")).to_contain_text("50,000 rows")
    expect(page.locator(".x-grid-box .ag-row[row-index='0']")).to_contain_text("img_00000.png")
    windows = [json.loads(one.post_data or "{}") for one in watch.requests if "_tables" in one.url and one.post_data]
    assert max(one.get("rows", 0) for one in windows) <= 200


def test_metrics_of_every_run_are_a_grid(page: Page, site: str):
    page.goto(f"{site}tables?experiment=3&tables=metrics&grid_sort=-last")
    expect(page.locator(".x-grid-box .ag-row[row-index='0']")).to_be_visible()
    head = page.locator(".x-grid-box .ag-header-cell").all_inner_texts()
    assert head == ["Metric", "Run", "Last", "Min", "Max", "Mean", "Best step", "Points"]
    expect(page.locator(".x-grid-box .x-best").first).to_be_visible()
    last = [
        float(text.replace(",", "")) for text in page.locator(".x-grid-box .ag-cell[col-id=last]").all_inner_texts()
    ]
    assert last == sorted(last, reverse=True)
    assert len(last) > 10
