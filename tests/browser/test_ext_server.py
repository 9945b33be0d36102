"""The real server in a real browser: all kinds from a training script to the page, and the link from MLflow's page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from mlflow import MlflowClient
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watch, drawn
from tests.conftest import Server, StartServer, clean_environment

SCRIPT = """
import mlflow, mlflow_ext as ext
from mlflow_ext.primitives import KINDS

mlflow.set_experiment("all kinds")
for name in ("first", "second"):
    with mlflow.start_run(run_name=name):
        for kind, primitive in KINDS.items():
            ext.log(f"my {kind}", primitive.example())
        ext.log("space", ext.Scatter(x=[1, 2, 3], y=[1, 4, 9], z=[1, 8, 27], labels=["a", "b", "b"]))
        mlflow.log_metric("plain", 1.5)
ext.flush(timeout=60, strict=True)
"""
WEBGL = ["GPU stall due to ReadPixels", "willReadFrequently"]  # Chromium's hints on WebGL drawn without a GPU
KINDS = ["series", "distribution", "scatter", "matrix", "curve", "barchart", "table"]


@pytest.fixture(scope="module")
def server(ext_server: StartServer, tmp_path_factory) -> Server:
    started = ext_server()
    folder = tmp_path_factory.mktemp("training")
    env = clean_environment({"MLFLOW_TRACKING_URI": started.origin, "MLFLOW_EXT_SPOOL_DIR": str(folder / "spool")})
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=folder, env=env, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return started


@pytest.fixture(scope="module")
def ids(server: Server) -> tuple[str, list[str]]:
    """The experiment and its runs."""
    client = MlflowClient(server.origin)
    experiment = client.get_experiment_by_name("all kinds").experiment_id
    return experiment, [run.info.run_id for run in client.search_runs([experiment])]


def test_all_kinds_that_a_script_logged_are_drawn_under_our_content_policy(
    page: Page, watch: Watch, server: Server, ids
):
    watch.expected = WEBGL
    experiment, runs = ids
    answer = page.goto(f"{server.url}/ext/plots?experiment={experiment}&runs={','.join(runs)}")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    page.wait_for_selector(".x-card")
    for kind in KINDS:
        card = page.locator(f".x-card[data-kind={kind}]").first
        card.scroll_into_view_if_needed()
        drawn(page)
        assert card.is_visible(), kind
    page.locator(".x-card", has_text="space").first.scroll_into_view_if_needed()
    drawn(page)
    assert page.locator(".gl-container canvas").count() > 0, "the points in space are drawn with WebGL"


def test_the_files_of_the_runs_on_screen_are_listed_and_downloaded(page: Page, watch: Watch, server: Server, ids):
    watch.expected = WEBGL
    experiment, runs = ids
    client = MlflowClient(server.origin)
    for run in runs[:2]:
        client.log_text(run, f"of {run}", "note <b>.txt")
    client.log_text(runs[0], "a: 1", "config/train.yaml")
    page.goto(f"{server.url}/ext/plots?experiment={experiment}&runs={','.join(runs[:2])}")
    page.get_by_role("button", name="Files").click()
    listed = page.get_by_role("list", name="Files of the runs on screen")
    listed.get_by_role("listitem").first.wait_for()
    assert listed.get_by_role("listitem").locator(".x-file-path").all_text_contents() == [
        "config/train.yaml",
        "note <b>.txt",
    ]
    assert listed.get_by_role("link").count() == 3
    with page.expect_download() as got:
        page.get_by_role("listitem").filter(has_text="note").get_by_role("link").nth(1).click()
    assert Path(got.value.path()).read_text() == f"of {runs[1]}"


def test_an_injected_script_does_not_run(page: Page, server: Server, watch: Watch):
    watch.expected = ["Content Security Policy", "Refused to", *WEBGL]
    page.goto(f"{server.url}/ext/plots")
    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.injected = true";
          document.body.append(script);
          document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.injected = true'>");
        }"""
    )
    # a function: playwright polls a bare expression with eval, which the page's policy refuses as well
    page.wait_for_function("() => document.querySelector('img[src=x]').complete")
    assert page.evaluate("window.injected") is None


def test_a_note_is_written_on_the_page_of_a_run(page: Page, server: Server, ids):
    experiment, (run, _) = ids
    page.goto(f"{server.url}/ext/plots?experiment={experiment}&run={run}")
    page.get_by_role("button", name="Write a note").click()
    page.get_by_role("textbox", name="Note").fill("PUBLISH")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("region", name="Note")).to_contain_text("PUBLISH")
    page.reload()
    expect(page.get_by_role("region", name="Note")).to_contain_text("PUBLISH")
    assert MlflowClient(server.origin).get_run(run).data.tags["mlflow.note.content"] == "PUBLISH"


def test_experiments_are_made_found_changed_and_archived(page: Page, server: Server, watch: Watch):
    watch.expected = ["409", *WEBGL]
    page.goto(f"{server.url}/ext/plots")
    page.get_by_role("button", name="Switch experiment").click()
    page.get_by_role("button", name="All experiments").click()
    page.get_by_role("button", name="New experiment").click()
    page.get_by_label("Name", exact=True).last.fill("all kinds")
    page.get_by_role("button", name="Make experiment").click()
    expect(page.get_by_role("alert")).to_contain_text("all kinds")
    page.get_by_label("Name", exact=True).last.fill("from <the> page")
    page.get_by_label("Tags, one").fill("team=vision\nkept")
    page.get_by_role("button", name="Make experiment").click()
    expect(page.get_by_role("alert")).to_contain_text("key=value")
    page.get_by_label("Tags, one").fill("team=vision\nstate=new")
    page.get_by_role("button", name="Make experiment").click()
    row = page.locator(".x-experiment-table tr", has_text="from <the> page")
    expect(row).to_contain_text("team = vision")

    page.get_by_label("Tag or tag=value").fill("team=vision")
    expect(page.locator(".x-experiment-table tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Change from <the> page").click()
    page.get_by_label("Name", exact=True).last.fill("renamed")
    page.get_by_label("Tags, one").fill("team=vision")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="renamed")).to_be_visible()
    page.get_by_role("button", name="Archive renamed").click()
    expect(page.get_by_text("No experiment fits.")).to_be_visible()
    page.get_by_label("Stage").select_option("archived")
    expect(page.get_by_role("button", name="Restore renamed")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Restore renamed")).to_be_visible()
    made = MlflowClient(server.origin).get_experiment_by_name("renamed")
    assert made.lifecycle_stage == "deleted"
    assert made.tags["team"] == "vision"
    assert "state" not in made.tags


def target(page: Page) -> tuple[str, dict[str, list[str]]]:
    parts = urlsplit(page.locator("#mlflow-ext-link").evaluate("link => link.href"))
    return parts.path, parse_qs(parts.query)


@pytest.fixture
def mlflow_page(chromium) -> Page:
    """MLflow's own page, whose complaints are MLflow's."""
    context = chromium.new_context()
    context.route(lambda address: urlsplit(address).hostname != "127.0.0.1", lambda route: route.abort())
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("", {}),
        ("#/experiments", {}),
        ("#/experiments/{e}", {"experiment": ["{e}"]}),
        ("#/experiments/{e}/runs", {"experiment": ["{e}"]}),
        ("#/experiments/{e}/runs/{a}", {"experiment": ["{e}"], "runs": ["{a}"]}),
        ("#/experiments/{e}/runs/{a}/model-metrics", {"experiment": ["{e}"], "runs": ["{a}"]}),
        ('#/compare-runs?runs=["{a}","{b}"]&experiments=["{e}"]', {"experiment": ["{e}"], "runs": ["{a},{b}"]}),
        ("#/compare-runs?runs=[broken", {}),
        ('#/compare-runs?runs=["<b>","{a}"]&experiments=["../x"]', {"runs": ["{a}"]}),
        ("#/experiments/{e}/runs?workspace=team", {"experiment": ["{e}"], "workspace": ["team"]}),
    ],
)
def test_the_link_in_mlflow_s_page_carries_what_is_on_screen(mlflow_page: Page, server: Server, ids, place, expected):
    def fill(text: str) -> str:
        return text.replace("{e}", ids[0]).replace("{a}", ids[1][0]).replace("{b}", ids[1][1])

    mlflow_page.goto(f"{server.url}/{fill(place)}")
    assert target(mlflow_page) == ("/ext/plots", {key: [fill(one) for one in value] for key, value in expected.items()})


def test_the_link_follows_mlflow_s_own_navigation_and_opens_our_page(mlflow_page: Page, server: Server, ids):
    experiment, runs = ids
    mlflow_page.goto(f"{server.url}/#/experiments/{experiment}/runs")  # a tab's own address is not redirected
    assert target(mlflow_page)[1] == {"experiment": [experiment]}
    mlflow_page.locator(f"a[href*='/runs/{runs[0]}']").first.click()
    mlflow_page.get_by_text("About this run").first.wait_for()
    mlflow_page.locator("#mlflow-ext-link").click()
    mlflow_page.wait_for_url(f"**/ext/plots?experiment={experiment}&runs={runs[0]}")


def test_under_a_prefix_the_link_has_it(mlflow_page: Page, ext_server: StartServer):
    prefixed = ext_server("--static-prefix", "/lab/x")
    mlflow_page.goto(f"{prefixed.url}/#/experiments/0")
    assert target(mlflow_page) == ("/lab/x/ext/plots", {"experiment": ["0"]})


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("#/experiments", "Last modified"),
        ("#/experiments/{e}/runs", "matching runs"),
        ("#/experiments/{e}/runs/{a}", "About this run"),
    ],
)
def test_the_link_is_on_top_and_covers_no_control_of_mlflow_s_page(mlflow_page: Page, server: Server, ids, place, text):
    mlflow_page.set_viewport_size({"width": 1440, "height": 900})
    mlflow_page.goto(f"{server.url}/{place.replace('{e}', ids[0]).replace('{a}', ids[1][0])}")
    mlflow_page.get_by_text(text).first.wait_for()
    box = mlflow_page.locator("#mlflow-ext-link").bounding_box()
    assert box["y"] + box["height"] == mlflow_page.viewport_size["height"]
    assert box["height"] <= 24
    covered, top = mlflow_page.evaluate(
        """() => {
          // what scrolls under the link can be scrolled out from under it
          document.querySelectorAll("*").forEach((one) => { one.scrollTop = one.scrollHeight; });
          const link = document.querySelector("#mlflow-ext-link");
          const mine = link.getBoundingClientRect();
          const meets = (other) => other.width && other.height && other.left < mine.right && other.right > mine.left
            && other.top < mine.bottom && other.bottom > mine.top;
          const all = [...document.querySelectorAll("a, button, input, [role=button]")];
          const covered = all.filter((one) => one !== link && meets(one.getBoundingClientRect()));
          const top = document.elementFromPoint(mine.left + mine.width / 2, mine.top + mine.height / 2);
          return [covered.map((one) => one.outerHTML), top === link];
        }"""
    )
    assert covered == []
    assert top
