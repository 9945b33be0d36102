"""The page under odd texts, odd addresses and events from elsewhere; and every picture's way out of it as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from mlflow_ext.primitives import Distribution, Matrix, Table
from mlflow_ext_ui.memory import MemorySource
from tests.browser.conftest import drawn

MARKUP = '<img src=x onerror="window.ran = 1">'
NAMES = [MARKUP, "line\nbreak\r\nanother", "‮RTL", "​​", "=cmd|' /C calc'!A0", "__proto__", "x" * 250]
CHARTS = {
    "a": f"line~a~last~{MARKUP}~loss~__proto__",
    "b": "bar~b~last~=sum~loss~acc",
    "c": "scatter~c~last~../x~metrics.loss~metrics.acc",
}


@pytest.fixture(scope="module")
def source() -> MemorySource:
    found = MemorySource(metric="loss")
    experiment = found.add_experiment(MARKUP)
    rng = np.random.default_rng(1)
    for number, name in enumerate(NAMES):
        run = found.add_run(experiment, name, run_id=f"r{number}", metric=number / 10, start=number)
        for metric in ("loss", "acc", "__proto__", "constructor"):
            found.line(run, metric, range(20), rng.normal(number, 1, 20), section=MARKUP)
        found.log(run, MARKUP, Matrix([MARKUP, "b"], ["a", MARKUP], [[1, 2], [3, 4]]), section="__proto__")
        for step in range(6):
            values = rng.normal(step, 1, 100) if step != 2 else np.full(100, np.nan)
            found.log(run, "spread", Distribution(values), step=step, section="constructor")
        found.log(run, "rows", Table([MARKUP, "n"], [["=1+1", 1.0], ["a\nb", float("nan")]]))
    gone = found.add_experiment("gone")
    for name in ("stays", "goes"):
        found.line(found.add_run(gone, name, run_id=name), "loss", range(9), range(9))
    return found


@pytest.fixture(scope="module")
def site(serve: Callable[[MemorySource], str], source: MemorySource) -> str:
    return serve(source)


def card(page: Page, key: str) -> Locator:
    return page.locator(f'.x-card[data-key="{key}"]')


def saved(page: Page, key: str, kind: str) -> tuple[str, bytes]:
    card(page, key).get_by_role("button", name="Plot menu").click()
    with page.expect_download() as download:
        card(page, key).get_by_role("menuitem", name=f"Download {kind}").click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_texts_of_runs_are_shown_as_text_in_rows_of_one_line(page: Page, site: str):
    ids = ",".join(f"r{number}" for number in range(len(NAMES)))
    for part in ("plots", "tables", "plots?run=r0&"):
        page.goto(f"{site}{part}{'' if '?' in part else '?'}experiment=1&runs={ids}")
        expect(page.locator(".x-run-name").first).to_be_visible()
        if part == "plots":
            drawn(page)
            rows = page.locator(".ag-floating-top .x-run-name")
            expect(rows).to_have_count(len(NAMES))
            assert len({round(row.bounding_box()["height"]) for row in rows.all()}) == 1  # type: ignore[index]
            expect(rows.filter(has_text="(invisible name)")).to_have_count(1)
            assert rows.filter(has_text="RTL").inner_text().startswith("R")
        assert page.evaluate("() => [window.ran, document.documentElement.scrollWidth <= innerWidth]") == [None, True]


@pytest.mark.parametrize(
    "odd",
    [
        "zoom=0~5e-324&y=m:loss~0~5e-324",
        "x=wall&zoom=1e299~1e300",
        "log=1&zoom=-1e300~1e300&y=m:loss~-1e300~1e300",
        f"at={'9' * 40}&search={'x' * 2000}",
        "layout=____&steps=__proto__~5&over=zz~ridge&compare=__proto__&plot=constructor",
        "&".join(f"chart={quote(f'line~x{number}~last~~none{number}')}" for number in range(50)),
    ],
)
def test_an_address_that_means_nothing_shows_the_plots_without_a_complaint(page: Page, site: str, odd: str):
    page.goto(f"{site}plots?experiment=1&runs=r0,r5&{odd}")
    drawn(page)
    expect(page.locator(".x-card").first).to_be_visible()
    expect(page.get_by_text("could not be")).to_have_count(0)


@pytest.mark.parametrize("way", ["o:a", "o:b", "o:c", "ridge", "heatmap"])
def test_a_picture_is_saved_as_png_svg_and_csv(page: Page, site: str, source: MemorySource, way: str):
    spread = next(plot.key for plot in source.plots(None, ["r0"]) if plot.title == "spread")  # type: ignore[arg-type]
    key = way if way.startswith("o:") else spread
    extra = f"chart={quote(CHARTS[way[2:]])}" if key == way else f"over={quote(spread)}~{way}"
    page.goto(f"{site}plots?experiment=1&runs=r0,r4&{extra}&filter={'' if key == way else 'spread'}")
    drawn(page)
    name, png = saved(page, key, "PNG")
    assert png.startswith(b"\x89PNG")
    assert not set(name) & set("<>/\\\"' =")
    assert b"<svg" in saved(page, key, "SVG")[1][:200]
    head, *lines = csv.reader(io.StringIO(saved(page, key, "CSV")[1].decode()))
    assert head[0] == "run"
    assert {line[0] for line in lines} == {MARKUP, "'" + NAMES[4]}


def test_two_tabs_arrange_one_board_and_keep_what_each_did(page: Page, site: str):
    address = f"{site}plots?experiment=2&runs=stays"
    page.goto(address)
    drawn(page)
    other = page.context.new_page()
    other.goto(address)
    drawn(other)
    page.evaluate("() => mlflow_ext_ui.layout.set({ hidden: ['m:one'] })")
    other.wait_for_function("() => mlflow_ext_ui.layout.get().hidden")
    other.evaluate("() => mlflow_ext_ui.layout.set({ ...mlflow_ext_ui.layout.get(), size: { 'm:two': [2, 2] } })")
    both = {"size": {"m:two": [2, 2]}, "hidden": ["m:one"]}
    page.wait_for_function("() => mlflow_ext_ui.layout.get().size")
    assert page.evaluate("() => mlflow_ext_ui.layout.get()") == both
    other.evaluate("() => mlflow_ext_ui.layout.set({})")
    other.close()


def test_a_run_deleted_elsewhere_is_told_of_with_the_next_picture(page: Page, site: str, source: MemorySource):
    page.goto(f"{site}plots?experiment=2&runs=stays,goes")
    drawn(page)
    source.delete_run("goes")
    page.evaluate("() => mlflow_ext_ui.pictures.again(mlflow_ext_ui.pictures.visible())")  # as a slider's move does
    expect(page.locator("#x-missing")).to_contain_text("1 run of this link is not shown: deleted")
    expect(page.locator(".ag-floating-top .x-run")).to_have_count(1)
