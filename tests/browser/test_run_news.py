"""The run list while others train: it takes up news by itself, keeps its order, and leaves the runs on screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from mlflow_ext.primitives import Matrix
from mlflow_ext_ui.memory import MemorySource
from tests.browser.conftest import drawn, shown_runs

BELOW = ".ag-center-cols-container .x-run"
# What the page would do after ten seconds it does soon.
CLOCK = """() => {
  const set = window.setTimeout;
  window.setTimeout = (act, wait, ...rest) => set(act, wait >= 9000 ? 300 : wait, ...rest);
}"""


@pytest.fixture(scope="module")
def source() -> MemorySource:
    found = MemorySource(metric="val/acc")
    experiment = found.add_experiment("sweep")
    for number, value in enumerate((0.3, 0.5, 0.4)):
        run = found.add_run(experiment, f"run-{number}", run_id=f"r{number}", metric=value, params={"model": "m"})
        found.line(run, "loss", range(3), (value, value, value))
    return found


@pytest.fixture(scope="module")
def site(serve: Callable[[MemorySource], str], source: MemorySource) -> str:
    return serve(source)


def test_runs_on_screen_keep_the_list_s_order_when_its_columns_change(page: Page, site: str):
    page.goto(site + "plots?experiment=1&runs=r0,r1,r2&sort=-metrics.val/acc")
    drawn(page)
    expect(page.locator(".ag-floating-top .x-run")).to_have_count(3)
    page.evaluate(
        "() => mlflow_ext_ui.view.change({ group: 'params.model', columns: ['metrics.val/acc', 'params.model'] })"
    )
    expect(page.locator(".ag-header-cell")).to_have_count(3)
    expect(page.locator(BELOW).filter(has_text="m")).not_to_have_count(0)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.ag-floating-top .ag-row')].sort((a, b) => a.offsetTop - b.offsetTop)"
        ".map((row) => row.querySelector('.x-run').title).join() === 'run-1,run-2,run-0'"
    )


def test_a_run_that_starts_appears_by_itself_and_no_picture_is_asked_anew(page: Page, site: str, source: MemorySource):
    page.add_init_script(f"({CLOCK})()")
    page.goto(site + "plots?experiment=1&runs=r0")
    drawn(page)
    expect(page.locator(BELOW)).to_have_count(2)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[-1]))
    source.add_run("1", "late", run_id="late")
    expect(page.locator(BELOW).filter(has_text="late")).to_have_count(1)
    assert shown_runs(page) == ["run-0"]
    assert "_page" in asked
    assert "_pictures" not in asked


def test_the_own_charts_of_runs_go_with_them(page: Page, site: str):
    page.goto(site + "plots?experiment=1&runs=r0&chart=line~1~last~~loss")
    drawn(page)
    expect(page.locator("[data-key='o:1']")).to_have_count(1)
    page.locator(".ag-floating-top .x-run").click()
    expect(page.get_by_role("heading", name="No runs on screen")).to_be_visible()
    expect(page.locator("[data-key='o:1']")).to_have_count(0)
    page.locator(BELOW).first.click()
    expect(page.locator("[data-key='o:1']")).to_have_count(1)


def test_panels_are_laid_out_anew_when_their_card_gets_narrower(page: Page, site: str, source: MemorySource):
    for number in range(2):
        source.log(f"r{number}", "confusion", Matrix(["a", "b"], ["a", "b"], [[8, 2], [1, 9]]))
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(site + "plots?experiment=1&runs=r0,r1")
    drawn(page)
    expect(page.locator(".x-run-name", has_text="run-0").first).to_be_visible()
    with page.expect_request("**/_pictures") as asked:
        page.set_viewport_size({"width": 1360, "height": 900})
    assert [key.split("-")[0] for key in (asked.value.post_data_json or {})["keys"]] == ["matrix"]


def test_a_chart_of_groups_says_which_colour_is_which(page: Page, site: str):
    page.goto(site + "plots?experiment=1&runs=r0,r1,r2&group=params.model")
    drawn(page)
    chips = page.locator(".x-dashes .x-chip")
    expect(chips).to_have_text(["m"])
    drawn_in = "document.querySelector('[data-plot]').data.find((one) => one.meta.totals).meta.color"
    assert chips.locator(".x-dot").evaluate(
        f"(dot) => {{ const like = dot.cloneNode(); like.style.background = {drawn_in};"
        " return like.style.background === dot.style.background; }"
    )


def test_a_column_that_all_runs_hold_has_no_count_and_the_others_say_of_how_many(
    page: Page, site: str, source: MemorySource
):
    source.set_params("r0", {"model": "m", "only": "here"})
    page.goto(site + "plots?experiment=1&runs=r0")
    page.get_by_role("button", name="Columns of the run list").click()
    labels = page.locator(".x-columns label")
    expect(labels.filter(has_text="only").locator(".x-count")).to_have_text("1 of 3 runs")
    expect(labels.filter(has_text="val/acc").locator(".x-count")).to_have_count(0)
