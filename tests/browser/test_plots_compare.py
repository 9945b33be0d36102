"""Comparing in a real browser: the toggle, what the address keeps, and the runs chosen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from mlflow_ext.primitives import Matrix, Table
from mlflow_ext_ui.memory import MemorySource
from tests.browser.conftest import Watch, drawn


@pytest.fixture(scope="module")
def source() -> MemorySource:
    found = MemorySource()
    experiment = found.add_experiment("compare")
    for number in range(3):
        run = found.add_run(experiment, f"run-{number}")
        found.log(run, "confusion", Matrix(["cat", "dog"], ["cat", "dog"], [[8 + number, 2], [number, 10]]))
        rows = [[f"img-{i}", "cat" if i % 2 else "dog", i + (number if i < 4 else 0)] for i in range(number, 10)]
        found.log(run, "predictions", Table(["image", "label", "score"], rows))
    found.log(run, "alone", Matrix(["a"], ["b"], [[1]]))
    return found


@pytest.fixture(scope="module")
def site(serve: Callable[[MemorySource], str], source: MemorySource) -> str:
    return serve(source)


def test_a_matrix_compares_after_a_click_and_after_a_reload(page: Page, watch: Watch, site: str):
    page.goto(site)
    drawn(page)
    card = page.locator(".x-card", has=page.get_by_role("heading", name="confusion"))
    alone = page.locator(".x-card", has=page.get_by_role("heading", name="alone"))
    expect(alone.get_by_role("button", name="Compare", exact=True)).to_have_count(0)
    card.get_by_role("button", name="Compare", exact=True).click()
    facts = card.get_by_role("region", name="Numbers of the comparison")
    expect(facts.locator("tbody tr")).to_have_count(2)
    assert "compare=" in page.url
    drawn(page)
    expect(card.locator(".annotation")).to_contain_text(["reference", "−"])

    # A reference of one's own, by keyboard, and one run against it.
    card.get_by_role("button", name="Runs compared").press("Enter")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(facts.locator("thead th")).to_have_text(["Change, points", "recall", "precision"])
    assert "against=" in page.url
    page.reload()
    drawn(page)
    expect(facts.locator("thead th")).to_have_text(["Change, points", "recall", "precision"])
    expect(card.get_by_role("button", name="Compare", exact=True)).to_have_attribute("aria-pressed", "true")
    page.go_back()
    expect(facts.locator("thead th").first).to_have_text("Recall, points")
    card.get_by_role("button", name="Compare", exact=True).click()
    expect(facts).to_have_count(0)
    assert "compare=" not in page.url


def test_tables_say_how_many_rows_differ_and_in_which_cells(page: Page, watch: Watch, site: str):
    page.goto(site)
    drawn(page)
    card = page.locator(".x-card[data-kind=table]")
    card.get_by_role("button", name="Compare", exact=True).click()
    counts = card.get_by_role("region", name="Numbers of the comparison").locator("tbody tr")
    # run-2, the newest, stands first: it lacks the first two images and counts scores two higher.
    expect(counts).to_have_count(2)
    assert counts.first.locator("td").all_inner_texts() == ["1", "0", "2", "6"]
    expect(card.locator(".x-was").first).to_have_text("4 → 3")
    card.get_by_role("button", name="Plot menu").click()
    with page.expect_download() as download:
        card.get_by_role("menuitem", name="Download CSV of the comparison").click()
    assert download.value.suggested_filename == "predictions_compared.csv"
    text = download.value.path().read_text()
    assert text.splitlines()[0] == "run,reference run,change,key,column,old,new"
    assert "run-1,run-2,changed,img-2,score,4,3" in text
