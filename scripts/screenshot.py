"""Pictures of every state of the page, from the demo: ``python scripts/screenshot.py DEMO_FOLDER PICTURE_FOLDER``."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Literal, NamedTuple, get_args
from urllib.parse import urlencode

import mlflow
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from mlflow_ext_server.demo import DemoStore, digits, prepare, search
from mlflow_ext_server.demo.server import temporary_server

NAMES = {
    digits.EXPERIMENT: ("mlp-8-lr0.003-seed1", "mlp-32-lr0.003-seed1", "mlp-128-lr0.003-seed1"),
    search.EXPERIMENT: ("trial-28", "trial-39"),
}
"""Of each experiment that is shown the runs on screen."""

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = get_args(Theme)
SIZE: ViewportSize = {"width": 1440, "height": 1080}
# every plot on screen is drawn, in our fonts
DRAWN = """() => {
  const box = e => e.getBoundingClientRect();
  const onScreen = e => box(e).height && box(e).top < innerHeight && box(e).bottom > 0;
  const plots = [...document.querySelectorAll('.js-plotly-plot')].filter(onScreen);
  return plots.length >= 2 && plots.every(e => e.querySelector('.main-svg')) && document.fonts.status === 'loaded';
}"""


class State(NamedTuple):
    """A state of the page: its address, what tells that it is there, what is clicked then, and what that brings."""

    path: str
    ready: str
    query: dict[str, str] = {}  # noqa: RUF012
    click: str = ""
    brings: str = ""
    size: ViewportSize = SIZE
    experiment: str = digits.EXPERIMENT


DESK: ViewportSize = {"width": 1440, "height": 900}
STATES = {
    "plots": State("plots", DRAWN),
    "comparison": State("plots", DRAWN, click="[aria-label='Compare']", brings=".x-facts td"),
    "full-screen": State("plots", DRAWN, click="[aria-label='Full screen']", size=DESK),
    "overview": State("plots", ".x-overview", {"runs": ""}, size=DESK),
    "run": State("plots", "#x-main h1", {"run": "the first"}, size=DESK),
    "experiments": State("plots", "#x-main table", {"experiments": ""}, size=DESK),
    "tables-compare": State("tables", ".x-leaders td"),
    "tables-metrics": State("tables", ".x-grid-box .ag-cell", {"tables": "metrics"}, size=DESK),
    "tables-logged": State("tables", ".x-grid-box .ag-cell", {"tables": "logged"}, size=DESK),
    "findings": State(
        "plots",
        ".x-mark",
        click=".x-findings-button button",
        brings=".x-finding",
        size=DESK,
        experiment=search.EXPERIMENT,
    ),
    "difference": State("tables", ".x-why tbody td", size=DESK, experiment=search.EXPERIMENT),
    "alerts": State("plots", DRAWN, click="#x-bell", size=DESK),
    "sweeps": State("sweeps", ".x-bar-row", brings=".x-suggestion", size=DESK, experiment=search.EXPERIMENT),
    "sweeps-front": State(
        "sweeps",
        ".x-suggestion",
        {"also": "loss/test", "plot": "sweeps:front"},
        size=DESK,
        experiment=search.EXPERIMENT,
    ),
    "saved-views": State("plots", DRAWN, click="#x-views", size=DESK),
    "filter": State("plots", DRAWN, click=".x-filters .x-btn-icon", size=DESK),
    "docs": State("api/docs", "main h2", size=DESK),
    "narrow": State("plots", DRAWN, size={"width": 800, "height": 900}),
}


def main() -> None:
    """Take a picture of each state in each theme."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("demo", type=Path)
    parser.add_argument("pictures", type=Path)
    given = parser.parse_args()
    store = prepare(given.demo)
    known = {name: _runs(store, name) for name in NAMES}
    given.pictures.mkdir(parents=True, exist_ok=True)
    server = (str(Path(sys.executable).with_name("ext-server")),)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "server.log")
        flags = (store.backend_store_uri, store.artifacts_destination, log, server)
        with temporary_server(*flags) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
            for name, state in STATES.items():
                experiment, runs = known[state.experiment]
                for theme in THEMES:
                    shown = {"experiment": experiment, "runs": ",".join(runs), "theme": theme, **state.query}
                    if "run" in state.query:
                        shown["run"] = runs[0]
                    address = f"{url}/ext/{state.path}?{urlencode(shown, safe=',')}"
                    _take(browser, address, state, theme, given.pictures / f"{name}-{theme}.png")
            browser.close()


def _runs(store: DemoStore, name: str) -> tuple[str, list[str]]:
    """Ids of an experiment and of its runs that the pictures show."""
    client = mlflow.MlflowClient(tracking_uri=store.backend_store_uri)
    experiment = client.get_experiment_by_name(name)
    assert experiment is not None, f"the demo holds no {name}"
    found = {run.info.run_name: run.info.run_id for run in client.search_runs([experiment.experiment_id])}
    return experiment.experiment_id, [found[run] for run in NAMES[name]]


def _chromium() -> str:
    found = os.environ.get("MLFLOW_EXT_CHROMIUM") or shutil.which("chromium")
    if found is None:
        raise SystemExit("No Chromium found: install it with  apt-get install -y chromium")
    return found


def _take(browser: Browser, address: str, state: State, theme: Theme, path: Path) -> None:
    page = browser.new_page(viewport=state.size, color_scheme=theme, reduced_motion="reduce")
    page.set_default_timeout(60_000)
    page.goto(address)
    if state.ready == DRAWN:
        page.wait_for_function(DRAWN)
    else:
        page.locator(state.ready).first.wait_for()
    if state.click:
        page.locator(state.click).first.click()
        page.mouse.move(0, 0)
    if state.brings:
        page.locator(state.brings).first.wait_for()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=path, animations="disabled")
    page.close()
    print(path)


if __name__ == "__main__":
    main()
