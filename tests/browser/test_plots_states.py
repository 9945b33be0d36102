"""States that sources get into: hostile names, runs that go on, failures, nothing there, very many runs."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from mlflow_ext.errors import StoreUnavailable
from mlflow_ext.primitives import BarChart, Curve, Distribution, Matrix, Scatter, Table
from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.source import Trouble
from tests.browser.conftest import Watch, drawn, shown_runs, wait_shown

HOSTILE = (
    "<script>window.hacked=1</script><img src=x onerror=window.hacked=1><b>bold</b> [a](javascript:alert(1)) %{x} ${y}"
)


@pytest.fixture
def source() -> MemorySource:
    return MemorySource(metric="acc")


@pytest.fixture
def site(serve: Callable[[MemorySource], str], source: MemorySource) -> str:
    return serve(source)


@pytest.fixture
def live(source: MemorySource) -> Iterator[str]:
    experiment = source.add_experiment("live")
    run = source.add_run(experiment, "going-on", status="RUNNING")
    source.line(run, "loss", range(10), np.linspace(1, 0.5, 10))
    yield run
    source.change_run(run, status="FINISHED")


def test_markup_in_names_is_text_everywhere_and_never_runs(page: Page, site: str, source: MemorySource):
    experiment = source.add_experiment(HOSTILE)
    for number in range(2):
        run = source.add_run(experiment, f"{HOSTILE}{number}", metric=0.5)
        source.line(run, HOSTILE, range(5), range(5), section=HOSTILE)
        source.log(run, HOSTILE, Matrix([HOSTILE, "b"], [HOSTILE, "c"], [[1, 2], [3, 4]]), section=HOSTILE)
        source.log(
            run, HOSTILE, BarChart([HOSTILE, "b"], {HOSTILE: [1, 2], "g": [2, 3]}, HOSTILE, HOSTILE), section=HOSTILE
        )
        source.log(run, HOSTILE, Scatter(x=[1, 2], y=[1, 2], labels=[HOSTILE, "b"]), section=HOSTILE)
        source.log(run, HOSTILE, Curve([0, 1], [0, 1], HOSTILE, HOSTILE), section=HOSTILE)
        source.log(run, HOSTILE, Distribution([1, 2, 3], groups=[HOSTILE, "b", "b"]), section=HOSTILE)
        source.log(run, HOSTILE, Table([HOSTILE, "c"], [[HOSTILE, 1], ["=cmd()", 2]]), section=HOSTILE)
    page.goto(site)
    drawn(page)
    for card in page.locator(".x-card").all():
        card.scroll_into_view_if_needed()
        drawn(page)
        expect(card.locator("h3")).to_have_text(HOSTILE)
    page.locator(".x-card").first.scroll_into_view_if_needed()
    box = page.locator("[data-plot]").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + 110, box["y"] + 80)
    page.mouse.move(box["x"] + 120, box["y"] + 84)  # beside the second of five points
    expect(page.locator(".x-tip-row").first).to_contain_text("<script>window.hacked=1</script>")
    page.get_by_role("button", name="Switch experiment").click()
    expect(page.locator(".x-experiment-row .x-name")).to_have_text(HOSTILE)
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src=x], a[href^=javascript]").count() == 0
    assert page.locator(".x-run b, .x-experiment b, .x-card b, .x-tip b b").count() == 0


def test_a_live_line_grows_in_place_within_two_seconds(page: Page, site: str, source: MemorySource, live: str):
    page.goto(site)
    drawn(page)
    page.evaluate("window.graph = document.querySelector('[data-plot]')")
    expect(page.locator(".x-caption").first).to_have_text("10 points")
    asked = page.evaluate("performance.now()")
    source.line(live, "loss", [10, 11], [0.4, 0.3])
    page.wait_for_function("window.graph.data.find((t) => t.meta.role === 'line').x.length === 12")
    assert page.evaluate("performance.now()") - asked < 10_000
    expect(page.locator(".x-caption").first).to_have_text("12 points")
    end = "(() => { const t = window.graph.data.find((t) => t.meta.role === 'end'); return [t.x.length, t.x[0]]; })()"
    assert page.evaluate(end) == [1, 11]
    assert page.evaluate("window.graph.isConnected")


def test_a_live_smoothed_line_goes_on_as_the_server_would_draw_it(
    page: Page, site: str, source: MemorySource, live: str
):
    page.goto(site + "plots?smoothing=0.6")
    drawn(page)
    source.line(live, "loss", range(10, 20), np.linspace(0.5, 0.1, 10))
    line = "document.querySelector('[data-plot]').data.find((t) => t.meta.role === 'line').y"
    page.wait_for_function(f"{line}.length === 20")
    grown = page.evaluate(line)
    page.reload()
    page.wait_for_function(f"window.mlflow_ext_ui && document.querySelector('[data-drawn]') && {line}.length === 20")
    assert grown == pytest.approx(page.evaluate(line), rel=1e-5)


def test_a_value_that_is_not_finite_gets_its_mark_live(page: Page, site: str, source: MemorySource, live: str):
    page.goto(site)
    drawn(page)
    source.line(live, "loss", [10], [np.nan])
    page.wait_for_function("document.querySelector('[data-plot]').data.some((t) => t.meta.role === 'mark')")


def test_a_new_plot_and_the_end_of_a_run_show_by_themselves_and_then_it_is_quiet(
    page: Page, site: str, source: MemorySource, live: str, watch: Watch
):
    page.goto(site)
    drawn(page)
    expect(page.locator("#x-running")).to_have_text("1 running")
    source.line(live, "accuracy", range(3), (0.1, 0.2, 0.3))
    expect(page.locator(".x-card h3")).to_have_text(["loss", "accuracy"])
    source.change_run(live, status="FINISHED")
    expect(page.locator("#x-running")).to_be_hidden()
    drawn(page)
    page.wait_for_load_state("networkidle")
    before = watch.count("api/tail")
    page.wait_for_function("start => performance.now() > start + 3000", arg=page.evaluate("performance.now()"))
    assert watch.count("api/tail") == before


def test_a_new_version_of_another_kind_is_drawn_by_itself_and_only_that(
    page: Page, site: str, source: MemorySource, live: str, watch: Watch
):
    matrix = source.log(live, "confusion", Matrix(["a", "b"], ["a", "b"], [[1, 2], [3, 4]]), section="Training")
    page.goto(site)
    drawn(page)
    values = f"""() => {{
      const plot = document.querySelector('[data-plot="{matrix}"]');
      return plot && plot.data && JSON.stringify(plot.data.map(one => one.text || one.z)).includes("77");
    }}"""
    looked = watch.count("api/tail")  # at the first answer all count: that redraw is over after two more
    while watch.count("api/tail") < looked + 3:
        page.wait_for_event("requestfinished")
    drawn(page)
    assert not page.evaluate(values)
    source.log(live, "confusion", Matrix(["a", "b"], ["a", "b"], [[77, 2], [3, 4]]), section="Training", step=1)
    with page.expect_request("**/_pictures") as asked:
        page.wait_for_function(values)
    assert asked.value.post_data_json["keys"] == [matrix]
    before = watch.count("_pictures")
    with page.expect_request("**/api/tail"):
        pass
    with page.expect_request("**/api/tail"):
        pass
    assert watch.count("_pictures") == before


def test_live_values_wait_while_nobody_looks(page: Page, site: str, live: str, watch: Watch):
    page.goto(site)
    drawn(page)
    with page.expect_request("**/api/tail"):
        pass
    page.evaluate(
        """() => { Object.defineProperty(document, 'hidden', { get: () => window.away !== false });
        document.dispatchEvent(new Event('visibilitychange')); }"""
    )
    page.wait_for_function("start => performance.now() > start + 1500", arg=page.evaluate("performance.now()"))
    before = watch.count("api/tail")
    page.wait_for_function("start => performance.now() > start + 2500", arg=page.evaluate("performance.now()"))
    assert watch.count("api/tail") == before
    with page.expect_request("**/api/tail"):
        page.evaluate("() => { window.away = false; document.dispatchEvent(new Event('visibilitychange')); }")


def failing(source: MemorySource) -> list[str]:
    run = source.add_run(source.add_experiment("broken"), "a")
    keys = [source.line(run, name, range(5), range(5)) for name in ("one", "two", "three")]
    for key in keys[:2]:
        source.fail(
            key, Trouble(run, "This plot could not be read", "The artifact store answered 503.", True, "HTTP 503")
        )
    return keys


def test_a_card_that_fails_says_why_in_its_place_and_two_raise_a_banner(page: Page, site: str, source: MemorySource):
    keys = failing(source)
    page.goto(site)
    drawn(page)
    broken = page.locator(".x-card", has_text="This plot could not be read")
    expect(broken).to_have_count(2)
    expect(broken.first).to_contain_text("The artifact store answered 503.")
    expect(page.locator(".x-banner")).to_contain_text("2 of 3 plots could not be shown")
    expect(page.locator("[data-plot]")).to_have_count(1)
    source.fail(keys[0], None)
    broken.first.get_by_role("button", name="Try again").click()
    expect(page.locator("[data-plot]")).to_have_count(2)
    expect(page.locator(".x-banner")).to_have_count(0)


def test_a_newer_format_offers_no_second_try(page: Page, site: str, source: MemorySource):
    run = source.add_run(source.add_experiment("newer"), "a")
    key = source.line(run, "one", range(5), range(5))
    source.fail(key, Trouble(run, "Written by a newer version", "Update mlflow-ext on the server.", retry=False))
    page.goto(site)
    expect(page.locator(".x-trouble")).to_contain_text("Written by a newer version")
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


def test_a_store_without_answer_is_said_and_tried_again(page: Page, site: str, source: MemorySource):
    run = source.add_run(source.add_experiment("down"), "a")
    source.line(run, "one", range(5), range(5))
    source.failure = StoreUnavailable("The database gives no answer.")
    page.goto(site)
    expect(page.get_by_role("alert")).to_contain_text("The database gives no answer.")
    source.failure = None
    page.get_by_role("button", name="Try again").click()
    drawn(page)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_pictures_that_the_server_does_not_answer_fail_in_their_cards(
    page: Page, site: str, source: MemorySource, watch: Watch
):
    run = source.add_run(source.add_experiment("lost"), "a")
    source.line(run, "one", range(5), range(5))
    watch.expected.append("ERR_FAILED")
    page.route("**/_pictures", lambda route: route.abort("failed"))
    page.goto(site)
    expect(page.locator(".x-trouble")).to_contain_text("The server gives no answer")
    page.unroute("**/_pictures")
    page.get_by_role("button", name="Try again").click()
    drawn(page)
    expect(page.locator("[data-plot]")).to_have_count(1)


def test_a_new_store_says_what_to_type_and_shows_the_first_plot_by_itself(page: Page, site: str, source: MemorySource):
    page.goto(site)
    expect(page.get_by_role("heading", name="No experiments yet")).to_be_visible()
    address = site.removesuffix("/ext/")
    expect(page.locator(".x-code")).to_have_text(
        f'import mlflow, mlflow_ext as ext\nmlflow.set_tracking_uri("{address}")\n'
        'ext.log("training", ext.Series("epoch", {"loss": [0.5, 0.3, 0.2]}))'
    )
    expect(page.get_by_role("button", name="Copy", exact=True)).to_be_visible()
    experiment = source.add_experiment("mine")
    expect(page.get_by_role("heading", name="No plots in this experiment yet")).to_be_visible()
    expect(page.locator(".x-code")).to_contain_text('mlflow.set_experiment("mine")')
    expect(page.locator("#x-toolbar")).to_be_hidden()
    source.line(source.add_run(experiment, "first"), "loss", range(3), (0.5, 0.3, 0.2))
    drawn(page)
    wait_shown(page, 1)
    assert shown_runs(page) == ["first"]


def test_listening_costs_little_and_less_after_a_minute(page: Page, site: str, source: MemorySource, watch: Watch):
    source.add_experiment("quiet")
    page.goto(site)
    page.wait_for_selector(".x-code")
    page.wait_for_load_state("networkidle")
    wire: list[int] = []
    page.on("requestfinished", lambda request: wire.append(sum(request.sizes().values())))
    page.wait_for_function("start => performance.now() > start + 10000", arg=page.evaluate("performance.now()"))
    assert 0 < sum(wire) < 20_000
    page.evaluate("() => { const now = Date.now; Date.now = () => now() + 61000; }")
    with page.expect_event("requestfinished"):
        pass  # the last one that was set for soon
    before = len(watch.requests)
    page.wait_for_function("start => performance.now() > start + 6000", arg=page.evaluate("performance.now()"))
    assert len(watch.requests) == before


def test_the_lines_to_type_are_python_for_any_name_and_workspace_and_are_what_is_copied(
    page: Page, site: str, source: MemorySource
):
    name = HOSTILE + '"\\ "); exit() # \n\t\u2028'
    source.add_experiment(name)
    page.goto(site + "plots?workspace=te%22am")
    page.wait_for_selector(".x-code")
    typed = page.locator(".x-code").evaluate("code => code.textContent")
    calls = [node.value for node in ast.parse(typed).body if isinstance(node, ast.Expr)]
    assert [ast.literal_eval(call.args[0]) for call in calls] == [site.removesuffix("/ext/"), name, "training"]
    assert """os.environ["MLFLOW_WORKSPACE"] = "te\\"am"\n""" in typed
    assert page.get_by_role("button", name="Copy", exact=True).get_attribute("data-text") == typed
    assert page.evaluate("window.hacked") is None


def test_runs_without_plots_say_so(page: Page, site: str, source: MemorySource):
    source.add_run(source.add_experiment("bare"), "a")
    page.goto(site)
    expect(page.get_by_role("heading", name="The runs on screen hold no plots yet")).to_be_visible()
    wait_shown(page, 1)


def test_an_experiment_that_is_gone_is_said(page: Page, site: str, source: MemorySource):
    source.add_experiment("other")
    page.goto(site + "plots?experiment=77")
    expect(page.get_by_role("heading", name="This experiment is not here")).to_be_visible()


def test_a_list_of_thousands_of_runs_scrolls_to_its_end_and_toggles(page: Page, site: str, source: MemorySource):
    experiment = source.add_experiment("sweep")
    for number in range(2500):
        run = source.add_run(experiment, f"run-{number:04d}", metric=number / 2500)
    source.line(run, "loss", range(5), range(5))
    page.goto(site)
    drawn(page)
    expect(page.locator(".ag-header-cell").first).to_contain_text("2,500 runs")
    page.evaluate("dash_ag_grid.getApi('x-run-grid').ensureIndexVisible(2499)")
    last = page.locator(".ag-center-cols-container .x-run[title=run-0000]")
    expect(last).to_be_visible()
    last.click()
    wait_shown(page, 2)
    expect(last).to_have_class("x-run x-on")
    page.fill("#x-run-search", "run-000")
    expect(page.locator(".ag-header-cell").first).to_contain_text("10 runs")
    expect(page.locator(".ag-center-cols-container .x-run")).to_have_count(9)


def test_more_than_twenty_runs_are_drawn_and_the_list_stays_usable(page: Page, site: str, source: MemorySource):
    experiment = source.add_experiment("many")
    runs = [source.add_run(experiment, f"run-{number:02d}") for number in range(40)]
    for run in runs:
        source.line(run, "loss", range(50), np.random.default_rng(1).normal(size=50))
    page.goto(f"{site}plots?runs={','.join(runs)}")
    drawn(page)
    assert (
        page.evaluate("document.querySelector('[data-plot]').data.filter((t) => t.meta.role === 'line').length") == 40
    )
    box = page.locator("[data-plot]").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + 140, box["y"] + 80)
    page.mouse.move(box["x"] + 150, box["y"] + 84)
    expect(page.locator(".x-tip-row")).to_have_count(15)
    expect(page.locator(".x-tip")).to_contain_text("25 more")
    assert page.locator(".x-faint").count() >= 39


def test_a_running_run_that_joins_a_plot_appears_in_it(page: Page, site: str, source: MemorySource, live: str):
    other = source.add_run("1", "done")
    source.line(other, "accuracy", range(5), range(5))
    page.goto(f"{site}plots?runs={live},{other}")
    drawn(page)
    lines = "mlflow_ext_ui.graph(arguments_key).data.filter((t) => t.meta.role === 'line').length"
    key = page.locator(".x-card", has_text="accuracy").get_attribute("data-key")
    page.wait_for_function(lines.replace("arguments_key", f"'{key}'") + " === 1")
    source.line(live, "accuracy", [0], [0.5])
    page.wait_for_function(lines.replace("arguments_key", f"'{key}'") + " === 2")


@pytest.mark.parametrize(("axis", "head"), [("wall", "UTC"), ("relative", " s")])
def test_the_tip_tells_the_time_where_x_is_time(page: Page, site: str, source: MemorySource, axis: str, head: str):
    run = source.add_run(source.add_experiment("times"), "a")
    source.line(run, "loss", range(50), range(50), every_ms=500)
    page.goto(f"{site}plots?x={axis}")
    drawn(page)
    box = page.locator("[data-plot]").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + 140, box["y"] + 80)
    page.mouse.move(box["x"] + 150, box["y"] + 84)
    expect(page.locator(".x-tip-head")).to_contain_text(head)
    expect(page.locator(".x-tip-row")).to_have_count(1)
    expect(page.locator(".x-rule:visible")).to_have_count(1)


def test_a_server_that_stopped_answering_is_said(page: Page, site: str, source: MemorySource, watch: Watch):
    source.line(source.add_run(source.add_experiment("lost"), "a"), "one", range(5), range(5))
    page.goto(site)
    drawn(page)
    watch.expected += ["ERR_FAILED", "Callback failed", "Failed to fetch"]
    page.route("**/_page", lambda route: route.abort("failed"))
    page.click("#x-log-y")
    expect(page.locator(".x-toast")).to_contain_text("The server gives no answer", timeout=15_000)


def test_only_a_picture_in_space_loads_the_whole_of_plotly_and_it_goes_both_ways(
    page: Page, site: str, source: MemorySource, watch: Watch
):
    watch.expected += ["Canvas2D: Multiple readback", "GL Driver Message"]  # of WebGL without a GPU
    experiment = source.add_experiment("solid")
    solid, flat = (source.add_run(experiment, name) for name in ("solid", "flat"))
    source.log(solid, "cloud", Scatter(x=[1, 2, 3], y=[1, 2, 3], z=[1, 2, 3]))
    source.log(flat, "cloud", Scatter(x=[1, 2, 3], y=[1, 2, 3]))
    page.goto(f"{site}plots?experiment={experiment}&runs={flat}")
    drawn(page)
    expect(page.locator(".x-card .points path")).to_have_count(3)
    assert watch.count("plotly-flat") == 1
    assert watch.count("plotly.v") == 0
    for run, marks in ((solid, "canvas"), (flat, ".points path")):
        page.evaluate("to => mlflow_ext_ui.view.visit(to)", f"{site}plots?experiment={experiment}&runs={run}")
        page.wait_for_selector(f".x-card {marks}", state="attached")
        drawn(page)
    assert watch.count("plotly.v") == 1
    expect(page.locator(".x-card canvas")).to_have_count(0)
