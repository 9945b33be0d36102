"""The README's pictures, from the demo: ``python scripts/screenshot.py DEMO_FOLDER PICTURE_FOLDER``."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlencode

import mlflow
from playwright.sync_api import Browser, sync_playwright

from mlflow_ext_server.demo import DemoStore, digits, prepare
from mlflow_ext_server.demo.server import temporary_server

NAMES = ("mlp-8-lr0.003-seed1", "mlp-32-lr0.003-seed1", "mlp-128-lr0.003-seed1")

SIZE = {"width": 1440, "height": 1080}
# every plot on screen is drawn, in our fonts
DRAWN = """() => {
  const box = e => e.getBoundingClientRect();
  const onScreen = e => box(e).height && box(e).top < innerHeight && box(e).bottom > 0;
  const plots = [...document.querySelectorAll('.js-plotly-plot')].filter(onScreen);
  return plots.length >= 2 && plots.every(e => e.querySelector('.main-svg')) && document.fonts.status === 'loaded';
}"""


def main() -> None:
    """Take one picture per theme."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("demo", type=Path)
    parser.add_argument("pictures", type=Path)
    given = parser.parse_args()
    store = prepare(given.demo)
    experiment, runs = _runs(store)
    given.pictures.mkdir(parents=True, exist_ok=True)
    server = (str(Path(sys.executable).with_name("ext-server")),)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "server.log")
        flags = (store.backend_store_uri, store.artifacts_destination, log, server)
        with temporary_server(*flags) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
            for theme in ("light", "dark"):
                query = urlencode({"experiment": experiment, "runs": ",".join(runs), "theme": theme}, safe=",")
                _take(browser, f"{url}/ext/plots?{query}", given.pictures / f"plots-{theme}.png")
            browser.close()


def _runs(store: DemoStore) -> tuple[str, list[str]]:
    """Ids of the experiment and of the runs that the pictures show."""
    client = mlflow.MlflowClient(tracking_uri=store.backend_store_uri)
    experiment = client.get_experiment_by_name(digits.EXPERIMENT)
    assert experiment is not None, "the demo holds no sweep"
    found = {run.info.run_name: run.info.run_id for run in client.search_runs([experiment.experiment_id])}
    return experiment.experiment_id, [found[name] for name in NAMES]


def _chromium() -> str:
    found = os.environ.get("MLFLOW_EXT_CHROMIUM") or shutil.which("chromium")
    if found is None:
        raise SystemExit("No Chromium found: install it with  apt-get install -y chromium")
    return found


def _take(browser: Browser, address: str, path: Path) -> None:
    page = browser.new_page(viewport=SIZE)
    page.goto(address)
    page.wait_for_function(DRAWN, timeout=60_000)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=path, animations="disabled")
    page.close()
    print(path)


if __name__ == "__main__":
    main()
