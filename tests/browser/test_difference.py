"""Why two runs differ, on the Tables tab, and the ways that lead there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from mlflow_ext.direction import Direction
from mlflow_ext.primitives import Matrix
from mlflow_ext.rest import DifferenceText, DifferingRun, DifferingThing, RunDifference, UnknownThing
from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.preview import invented
from mlflow_ext_ui.source import Principal
from tests.browser.conftest import Watch, wait_shown
from tests.browser.test_accessibility import in_both_themes

SCRIPT = "+<img src=x onerror=\"document.title='owned'\">"


def thing(name: str, pairs: int, **more: Any) -> DifferingThing:
    told = {"effect": 0.1, "low": 0.05, "high": 0.2, "mean": 0.1, "margin": 0.0123, "p": 0.4} if pairs else {}
    empty = dict.fromkeys(("effect", "low", "high", "mean", "margin", "p"))
    fields = {
        "part": "param", "a": "1", "b": "2", "alone": pairs, "together": 0, "exact": True, "explains": False,
        "sentence": f"All about {name}.",
    }  # fmt: skip
    return DifferingThing(**{"name": name, "pairs": pairs, **fields, **empty, **told, **more})


@pytest.fixture(scope="module")
def source() -> MemorySource:
    found = invented()

    def differ(runs: tuple[str, str], metric: str | None, direction: Direction | None) -> RunDifference:
        known = found.runs_by_id(Principal(), runs)
        if len(known) < 2:
            one = [None, None]
        else:
            one = [
                DifferingRun(
                    run_id=run.id, name=run.name, experiment_id=run.experiment_id, status=run.status, stage="active",
                    start_time=0, value=value,
                )
                for run, value in zip(known, (0.5, "NaN"), strict=True)
            ]  # fmt: skip
        some = [
            thing("optimizer", 12, p=0.001, explains=True),
            thing("seed", 7),
            *(thing(f"p{i}", 0, a=None, b="long " * 900) for i in range(200)),
        ]
        return RunDifference(
            a=one[0], b=one[1], metric=metric or "val/accuracy", direction=direction or "higher",
            metrics=["val/accuracy", "val/loss"], apart=0.1, alike=None, alike_pairs=0, history=20,
            sentence="Two runs prove nothing by themselves.", things=some if one[0] else [],
            texts=[DifferenceText(part="code", name="Uncommitted changes", of="b", lines=["-x", SCRIPT], cut=3)],
            same={"param": ["depth", "width"], "package": ["numpy"]},
            unknown=[UnknownThing(part="data", name=None, of="a", sentence="A has no datasets recorded.")],
            missing=[] if one[0] else list(runs),
        )  # fmt: skip

    found.differ = differ
    return found


@pytest.fixture(scope="module")
def site(serve: Callable[[MemorySource], str], source: MemorySource) -> str:
    return serve(source)


@pytest.fixture(scope="module")
def runs(source: MemorySource) -> dict[str, str]:
    return {run.name: run.id for run in source.runs(Principal(), "3").runs}


def pair(runs: dict[str, str]) -> tuple[str, str]:
    return runs["convnext-t-base-s0"], runs["convnext-t-base-s1"]


def test_two_runs_on_screen_are_told_apart_with_what_other_runs_tell(page: Page, site: str, runs: dict[str, str]):
    one, other = pair(runs)
    page.goto(f"{site}tables?experiment=3&runs={one},{other}")
    section = page.get_by_role("region", name="Why they differ")
    table = section.locator(".x-why")
    expect(table.locator("thead th")).to_have_count(4)
    expect(section.locator(".x-why-sum")).to_have_text("Two runs prove nothing by themselves.")
    expect(table.locator(".x-group").first).to_have_text("Other runs go the same way")
    expect(table.locator("tr[data-tells=same]")).to_contain_text("+0.100 ± 0.012 in 12 pairs that differ in this alone")
    expect(table.locator("tr[data-tells]")).to_have_count(12)
    expect(section.get_by_label("Not known")).to_have_text("A has no datasets recorded.")
    expect(section).to_contain_text("0.5000 → NaN")
    table.get_by_role("button", name="optimizer").press("Enter")
    expect(table.locator(".x-why-more")).to_contain_text("All about optimizer.")
    table.get_by_role("button", name="190 more that differ").click()
    expect(table.locator("tr[data-tells]")).to_have_count(202)
    section.get_by_role("button", name="Same in both: 2 params, 1 package").click()
    expect(section.locator(".x-why-same")).to_contain_text("depth, width")
    section.get_by_role("button", name="Uncommitted changes of convnext-t-base-s1", exact=True).click()
    expect(section.locator(".x-patch .x-added")).to_have_text(SCRIPT)
    page.reload()  # the address says what is open
    expect(section.locator(".x-patch .x-removed")).to_have_text("-x")
    expect(section.locator(".x-patch")).to_contain_text("3 more lines not shown")
    expect(table.locator("tr[data-tells]")).to_have_count(202)
    assert page.locator(".x-patch img").count() == 0
    assert in_both_themes(page) == {"light": [], "dark": []}
    section.get_by_label("Metric to explain").select_option("val/loss")
    expect(section.get_by_role("button", name="val/loss: lower is better. Switch")).to_be_visible()
    section.get_by_role("button", name="Swap the two runs").click()
    expect(table.locator("thead th").nth(1)).to_have_attribute("title", "convnext-t-base-s1")
    assert f"ref={other}" in page.url
    section.get_by_role("button", name="Why they differ").click()
    expect(table).to_have_count(0)


def test_of_many_runs_two_are_chosen_and_nothing_is_asked_before(
    page: Page, site: str, runs: dict[str, str], watch: Watch
):
    one, other = pair(runs)
    third = next(run for run in runs.values() if run not in (one, other))
    page.goto(f"{site}tables?experiment=3&runs={one},{other},{third}")
    head = page.get_by_role("button", name="Why two of them differ")
    expect(head).to_have_attribute("aria-expanded", "false")

    def asked() -> int:
        return sum('"part":"difference"' in (request.post_data or "") for request in watch.requests)

    assert asked() == 0
    head.click()
    expect(page.locator(".x-why")).to_be_visible()
    page.get_by_label("Second run").select_option(third)
    expect(page.locator(".x-why thead th").nth(2)).to_have_attribute(
        "title", next(n for n, r in runs.items() if r == third)
    )
    assert f"against={third}" in page.url
    assert asked() == 2
    page.goto(f"{site}plots?experiment=3&runs={one},{other}&run={one}")
    page.get_by_role("link", name="Why it differs from what is on screen").click()
    expect(page.get_by_role("region", name="Why they differ").locator(".x-why thead th").nth(2)).to_have_attribute(
        "title", "convnext-t-base-s0"
    )


def test_a_comparison_of_two_on_the_plots_leads_to_why_they_differ(page: Page, site: str, source: MemorySource):
    experiment = source.add_experiment("compared")
    made = [source.add_run(experiment, name) for name in ("first", "second", "third")]
    for i, run in enumerate(made):
        source.log(run, "confusion", Matrix(["a", "b"], ["a", "b"], [[8 + i, 2], [1, 9]]))
    page.goto(f"{site}plots?experiment={experiment}&runs={','.join(made)}&ref={made[2]}&against={made[0]}")
    page.get_by_role("button", name="Compare", exact=True).click()
    page.get_by_role("link", name="Why they differ").click()
    heads = page.locator(".x-why thead th")
    expect(heads.nth(1)).to_have_attribute("title", "third")
    expect(heads.nth(2)).to_have_attribute("title", "first")
    page.evaluate(f"mlflow_ext_ui.view.change({{ runs: '{made[0]}' }})")
    expect(page.locator(".x-why")).to_have_count(0)


def test_the_menu_of_a_run_opens_copies_and_compares_it_with_the_best(page: Page, site: str, runs: dict[str, str]):
    one, other = pair(runs)
    page.add_init_script("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.goto(f"{site}plots?experiment=3&runs={one},{other}")
    wait_shown(page, 2)
    row = page.locator(f".ag-floating-top [data-run='{one}'] .x-run-name")
    row.click(button="right")
    page.get_by_role("menuitem", name="Copy id").click()
    page.wait_for_function(f"window.copied === '{one}'")
    row.click(button="right")
    page.get_by_role("menuitem", name="Pin to the top").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Open")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Why they differ").locator(".x-why")).to_be_visible()
    expect(page.locator(".x-why thead th").nth(2)).to_have_attribute("title", "convnext-t-base-s0")
    wait_shown(page, 2)
    row.click(button="right")
    page.get_by_role("menuitem", name="Open").click()
    expect(page.locator(".x-run-page h1")).to_have_text("convnext-t-base-s0")
