"""Findings on the page: marked where they begin, listed, and found again by a click."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from playwright.sync_api import Locator, Page, expect

from mlflow_ext.rest import ExperimentTrend, InsightEvidence, InsightFinding, InsightKind, InsightLevel, TrendJump
from mlflow_ext_ui.memory import MemorySource
from tests.browser.conftest import Watch, drawn

STEPS, BROKEN = 400, 250
START = 1_790_000_000_000


def finding(run: str, metric: str, kind: InsightKind, level: InsightLevel, step: int) -> InsightFinding:
    evidence = InsightEvidence(
        rule="It rises.", measured=2.0, threshold=1.0, unit=metric, steps=[step, STEPS], values=[0.1, "NaN"]
    )
    return InsightFinding(
        run_id=run, kind=kind, level=level, metrics=[metric], start=step, end=None, time=START + (step + 1) * 100,
        evidence=evidence, sentence=f"{metric} of {run} goes wrong at step {step}.", advice="Look at the rate.",
        saved=90_000,
    )  # fmt: skip


def told(runs: Sequence[str]) -> list[InsightFinding]:
    found = [finding("bad", "loss", "divergence", "serious", BROKEN), finding("bad", "acc", "spike", "warning", 40)]
    found += [finding(f"r{i}", "loss", "plateau", "note", 10 + i) for i in range(3)]
    found += [finding(f"r{i}", "many", "spike", "warning", 40 * i + 20) for i in range(9)]
    return [one for one in found if one.run_id in runs]


@pytest.fixture(scope="module")
def source() -> MemorySource:
    found = MemorySource(metric="acc")
    experiment = found.add_experiment("training")
    for number in range(10):
        run = found.add_run(
            experiment, f"run-{number}", run_id="bad" if number == 9 else f"r{number}", metric=number / 10, start=START
        )
        falling = [1.5 - step / STEPS for step in range(STEPS)]
        rising = [value + max(0, step - BROKEN) / 50 for step, value in enumerate(falling)]
        found.line(run, "loss", range(STEPS), rising if run == "bad" else falling)
        found.line(run, "many", range(STEPS), falling, section="More")
        found.line(run, "acc", range(STEPS), falling, section="Quality")
    found.findings = told
    jump = TrendJump(
        run_id="r4", place=4, changes=[], before=4, after=6, effect=0.2, better=True, p=0.01, drifts=False,
        sentence="From run 5 on acc is better by 0.2.",
    )  # fmt: skip
    found.trends[experiment] = ExperimentTrend(
        experiment_id=experiment, metric="acc", direction="higher", runs=10, lacking=0, left_out=0, records=[],
        since=0, chance=1.0, records_p=1.0, drift_p=0.01, jumps=[jump], shift=None, sentence="The best acc is new.",
    )  # fmt: skip
    return found


@pytest.fixture(scope="module")
def site(serve: Callable[[MemorySource], str], source: MemorySource) -> str:
    return serve(source) + "plots?experiment=1"


def mark(page: Page, metric: str, run: str) -> Locator:
    card = page.locator(".x-card", has=page.get_by_role("heading", name=metric, exact=True))
    return card.locator(f".x-mark[data-run='{run}']")


# How far the mark's middle is from the point of its line at x, in pixels.
OFF = """([run, at]) => {
  const mark = document.querySelector(`.x-mark[data-run='${run}'][data-kind='divergence']`);
  if (!mark) return null;
  const graph = mark.closest('.x-plot-frame').querySelector('.js-plotly-plot');
  const { xaxis, yaxis } = graph._fullLayout;
  const trace = graph._fullData.find((one) => one.meta && one.meta.role === 'line' && one.meta.run === run);
  const far = (i) => Math.abs(Number(trace.x[i]) - at);
  const near = [...trace.x.keys()].reduce((best, i) => (far(i) < far(best) ? i : best), 0);
  const box = mark.getBoundingClientRect();
  const area = graph.getBoundingClientRect();
  const x = area.left + xaxis._offset + xaxis.d2p(at) - (box.left + box.width / 2);
  const y = area.top + yaxis._offset + yaxis.d2p(trace.y[near]) - (box.top + box.height / 2);
  return Math.hypot(x, y);
}"""


def wait_on_line(page: Page, at: float) -> None:
    page.wait_for_function(
        f"(args) => {{ const off = ({OFF})(args); return off !== null && off < 4; }}", arg=["bad", at]
    )


def test_a_divergence_is_marked_on_its_line_where_it_starts_and_says_what_it_is(page: Page, site: str):
    page.goto(site + "&runs=r0,bad")
    drawn(page)
    wait_on_line(page, BROKEN)
    expect(mark(page, "loss", "r0")).to_have_count(0)  # a note is in the list alone
    mark(page, "loss", "bad").hover()
    expect(page.get_by_role("tooltip")).to_contain_text(f"loss of bad goes wrong at step {BROKEN}.")
    sign = page.locator(".x-run[data-run='bad'] [role='img']")
    expect(sign).to_have_attribute("aria-label", "loss of bad goes wrong at step 250.")


def test_a_mark_stays_at_its_place_with_zoom_smoothing_and_other_axes(page: Page, site: str):
    page.goto(site + "&runs=r0,bad&zoom=200~300")
    drawn(page)
    wait_on_line(page, BROKEN)
    page.evaluate("() => mlflow_ext_ui.view.change({ zoom: null, smoothing: '0.6', log: '1' })")
    drawn(page)
    wait_on_line(page, BROKEN)
    page.evaluate("() => mlflow_ext_ui.view.change({ smoothing: null, x: 'relative' })")
    drawn(page)
    wait_on_line(page, (BROKEN + 1) / 10)
    page.evaluate("() => mlflow_ext_ui.view.change({ x: 'wall', log: null })")
    drawn(page)
    wait_on_line(page, START + (BROKEN + 1) * 100)
    page.evaluate("() => mlflow_ext_ui.view.change({ x: null, zoom: '0~100' })")
    drawn(page)
    expect(mark(page, "loss", "bad")).to_have_count(0)


def test_the_list_has_the_worst_first_and_leads_to_the_place(page: Page, site: str):
    page.goto(site + "&runs=bad,r0,r1,r2&collapsed=Quality")
    drawn(page)
    page.get_by_role("button", name="5 findings").click()
    panel = page.get_by_role("dialog", name="5 findings")
    expect(panel.locator(".x-finding-go").first).to_contain_text("Divergence")
    expect(panel.locator("summary", has_text="3 runs have spikes in many")).to_be_visible()
    panel.get_by_text("3 notes").click()
    expect(panel.locator("summary", has_text="3 runs reached a plateau in loss")).to_be_visible()
    panel.locator(".x-evidence summary").first.click()
    expect(panel.locator(".x-evidence dl").first).to_contain_text(f"step {BROKEN}: 0.1000, step 400: NaN")
    panel.locator(".x-finding-go", has_text="acc of bad").click()
    expect(panel).to_have_count(0)
    expect(mark(page, "acc", "bad")).to_have_class("x-mark x-on")
    expect(mark(page, "acc", "bad")).to_be_in_viewport()


def test_the_whole_list_is_looked_at_and_a_run_of_it_put_on_screen_where_it_went_wrong(page: Page, site: str):
    page.goto(site + "&runs=r9,r3")
    drawn(page)
    page.get_by_role("button", name="1 finding").click()
    panel = page.get_by_role("dialog")
    panel.get_by_role("button", name="Look at all 10 runs of the list").click()
    expect(panel.get_by_role("status")).to_have_text("10 runs of the list, worst first")
    found = panel.locator(".x-finding-go", has_text="loss of bad goes wrong")
    expect(found).to_contain_text("not on screen")
    sign = page.locator(".x-run[data-run='bad'] [role='img']")
    expect(sign).to_have_attribute("aria-label", "loss of bad goes wrong at step 250.")
    found.click()
    expect(panel).to_have_count(0)
    expect(mark(page, "loss", "bad")).to_have_class("x-mark x-on")
    expect(page.locator(".ag-floating-top .x-run[data-run='bad']")).to_have_count(1)


def test_findings_are_asked_once_for_a_set_of_runs_after_its_pictures(page: Page, watch: Watch, site: str):
    page.goto(site + "&runs=" + ",".join(f"r{i}" for i in range(9)))
    drawn(page)
    card = page.locator(".x-card", has=page.get_by_role("heading", name="many", exact=True))
    expect(card.locator(".x-mark")).to_have_count(6)
    expect(card.get_by_label("3 more findings in this plot")).to_have_text("+3")
    order = [request.url.rsplit("/", 1)[-1] for request in watch.requests]
    assert order.index("_insights") > order.index("_pictures")
    page.evaluate("() => mlflow_ext_ui.view.change({ smoothing: '0.5' })")
    drawn(page)
    assert watch.count("_insights") == 1
    page.evaluate("() => mlflow_ext_ui.show(['r8'])")
    expect(page.get_by_role("button", name="1 finding")).to_be_visible()
    assert watch.count("_insights") == 2


def test_the_overview_says_how_the_best_came_about(page: Page, site: str):
    page.goto(site + "&runs=")
    words = page.locator(".x-trend-words")
    expect(words).to_contain_text("The best acc is new.")
    expect(words).to_contain_text("From run 5 on acc is better by 0.2.")
    words.get_by_role("link", name="Show this run").click()
    drawn(page)
    expect(page.locator(".ag-floating-top .x-run")).to_have_count(1)


# What the page would do after fifteen seconds it does soon.
CLOCK = """() => {
  const set = window.setTimeout;
  window.setTimeout = (act, wait, ...rest) => set(act, wait >= 9000 ? 300 : wait, ...rest);
}"""


def test_a_run_that_logs_more_is_looked_at_again(page: Page, site: str, source: MemorySource):
    experiment = source.add_experiment("live")
    run = source.add_run(experiment, "live", run_id="live", status="RUNNING", start=START)
    source.line(run, "loss", range(10), [1.0] * 10)
    page.add_init_script(f"({CLOCK})()")
    with page.expect_response("**/_insights"):
        page.goto(site.replace("experiment=1", f"experiment={experiment}") + "&runs=live")
    drawn(page)
    with page.expect_response("**/_insights"):
        source.line(run, "loss", range(10, 20), [1.0] * 10)
