"""The rows on the page: headless Chromium with a cold cache, a warm server."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.filling import fill
from benchmarks.process import Server, server, start_worker, worker
from benchmarks.report import Row, median

GROUP = "The page (headless Chromium, cold browser cache, warm server with 1 worker on sqlite)"
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
IDLE_SECONDS = 10
Made = dict[str, Any]  # an experiment's id and those of its runs
# every card in view shows its picture, and the runs are listed
READY = """() => {
  const pictures = window.mlflow_ext_ui && mlflow_ext_ui.pictures;
  if (!pictures || !pictures.ready() || !pictures.visible().length || !document.querySelector('.x-run')) return false;
  return pictures.visible().every((key) => {
    const graph = document.querySelector(`[data-plot="${CSS.escape(key)}"]`);
    return !graph || graph.dataset.drawn;
  });
}"""
# the first plot holds a line of each run asked for, and all pictures are drawn
HOLDS = """(wanted) => {
  const graph = document.querySelector('[data-plot]');
  if (!graph || !graph.data || !graph.dataset.drawn || !mlflow_ext_ui.pictures.ready()) return false;
  const shown = new Set(graph.data.filter((t) => t.meta && t.meta.role === 'line').map((t) => t.meta.run));
  return wanted.every((run) => shown.has(run)) && shown.size === wanted.length;
}"""
# of the decoded values, not of those sent in base 64
TOP = """() => document.querySelector('[data-plot]')._fullData.filter((t) => t.meta && t.meta.role === 'line')
  .reduce((top, t) => Array.from(t.y).reduce((high, y) => Math.max(high, Number(y) || 0), top), -Infinity)"""
AGE = f"Date.now() / 1000 % 10000 - ({TOP})()"


def rows(quick: bool) -> Iterator[Row]:
    """Everything, one row after another as it is measured."""
    with chromium() as browser:
        with server("ext-server") as one:
            yield from _opening(browser, one, quick)
        with server("ext-server") as one:
            yield from _plots(browser, one, quick)
            if not quick:
                yield from _crowd(browser, one)
            yield from _live(browser, one, quick)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, as long as the block lasts; SystemExit where there is none."""
    path = os.environ.get("MLFLOW_EXT_CHROMIUM") or shutil.which("chromium")
    if path is None:
        raise SystemExit("No Chromium found: install it with  apt-get install -y chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Meter:
    """A page in a fresh profile whose bytes on the wire are counted."""

    def __init__(self, browser: Browser) -> None:
        self._context = browser.new_context(viewport={"width": 1440, "height": 900})
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(120_000)
        self.bytes = 0.0
        wire = self._context.new_cdp_session(self.page)
        wire.send("Network.enable")
        wire.on("Network.loadingFinished", self._count)

    def _count(self, event: dict[str, float]) -> None:
        self.bytes += event["encodedDataLength"]

    def close(self) -> None:
        self._context.close()


@contextlib.contextmanager
def fresh(browser: Browser) -> Iterator[Meter]:
    """A page in a profile of its own."""
    meter = Meter(browser)
    yield meter
    meter.close()


def _opening(browser: Browser, one: Server, quick: bool) -> Iterator[Row]:
    runs, repeats = (200, 2) if quick else (1_000, 5)
    experiment = fill(one, "long past", runs)
    ours = [opened(browser, f"{one.url}/ext/", READY) for _ in range(repeats + 1)][1:]
    named = f"() => document.body.innerText.includes('run-{runs - 1:05}')"
    peer = [opened(browser, f"{one.url}/#/experiments/{experiment}/runs", named) for _ in range(repeats + 1)][1:]
    seconds, size = (median(column) for column in zip(*ours, strict=True))
    peer_seconds, peer_size = (median(column) for column in zip(*peer, strict=True))
    name = f"usable with {runs:,} runs"
    yield Row(GROUP, name, seconds, "s", {"mlflow": peer_seconds}, 1.5, None, repeats)
    yield Row(GROUP, f"{name}: on the wire", size / 1e6, "MB", {"mlflow": peer_size / 1e6}, 3.0, None, repeats)
    with fresh(browser) as meter:
        meter.page.goto(f"{one.url}/ext/")
        meter.page.wait_for_function(READY)
        meter.page.wait_for_load_state("networkidle")
        before = meter.bytes
        time.sleep(IDLE_SECONDS)  # what is measured is the time itself
        yield Row(GROUP, f"idle for {IDLE_SECONDS} s, all runs ended", (meter.bytes - before) / 1e3, "kB", target=20.0)
    if not quick:
        many = fill(one, "very long past", 10_000, params=5, metrics=3, points=1)
        address = f"{one.url}/ext/plots?experiment={many}"
        for name, rows, target in (("to be read", ".x-early-run, .x-run", 1.0), ("to be clicked", ".x-run", None)):
            listed = f"() => document.querySelectorAll('{rows}').length > 5"
            found = [opened(browser, address, listed)[0] for _ in range(repeats)]
            yield Row(GROUP, f"10,000 runs: first rows {name}", median(found), "s", target=target, repeats=repeats)


def opened(browser: Browser, address: str, ready: str) -> tuple[float, float]:
    """Seconds from navigation until ``ready``, and bytes on the wire until then."""
    with fresh(browser) as meter:
        meter.page.goto(address, wait_until="commit")
        meter.page.wait_for_function(ready)
        seconds = float(meter.page.evaluate("performance.now()")) / 1e3
        return seconds, meter.bytes


def _plots(browser: Browser, one: Server, quick: bool) -> Iterator[Row]:
    sizes = (100_000,) if quick else (100_000, 1_000_000)
    repeats = 1 if quick else 3

    def made(runs: int, points: int) -> list[Made]:
        arguments = {"runs": runs, "points": points, "spike": 1_000.0}
        return [worker("many_runs", one.folder, one.url, **arguments) for _ in range(repeats + 1)]

    with fresh(browser) as meter:
        seconds, top = _pick(meter.page, one.url, made(20, 10_000))
        yield Row(
            GROUP, "20 runs x 10,000 points picked: drawn", seconds, "s", target=0.7, repeats=repeats, note=_spike(top)
        )
        for size, target in zip(sizes, (1.0, 2.0), strict=False):
            seconds, top = _pick(meter.page, one.url, made(1, size))
            yield Row(
                GROUP,
                f"a Series of {size:,} points picked: drawn",
                seconds,
                "s",
                target=target,
                repeats=repeats,
                note=_spike(top),
            )


def _crowd(browser: Browser, one: Server) -> Iterator[Row]:
    """Plain MLflow metrics of many runs at once, five million values read for the first time."""
    runs, points, spike = 500, 10_000, 1_000.0
    experiment = fill(one, "crowd", runs, params=1, metrics=1, points=points)
    with sqlite3.connect(one.database.removeprefix("sqlite:///"), timeout=60) as store:
        found = store.execute("select run_uuid from runs where experiment_id = ?", (int(experiment),)).fetchall()
        ids = [row[0] for row in found]
        store.execute(
            "update metrics set value = ? where run_uuid = ? and step = ?", (spike, ids[runs // 2], points // 3)
        )
    with fresh(browser) as meter:
        made = {"experiment": experiment, "runs": ids}
        seconds, top = _pick(meter.page, one.url, [made, made])
        name = f"{runs} runs x {points:,} points picked again: drawn"
        yield Row(GROUP, name, seconds, "s", repeats=1, note=_spike(top))


def _spike(top: float) -> str:
    return "the one-point spike is there" if top == 1_000.0 else f"THE SPIKE IS HIDDEN: the highest point is {top:g}"


def _pick(page: Page, url: str, made: list[Made]) -> tuple[float, float]:
    """Seconds from picking runs in the open page until they are drawn; and the highest point in the first plot.

    Each set of runs is picked once, so that no server has read it before; the first set warms up.
    """
    found = []
    for experiment, runs in ((one["experiment"], one["runs"]) for one in made):
        page.goto(f"{url}/ext/plots?experiment={experiment}&runs=")
        page.wait_for_function("() => window.mlflow_ext_ui && document.querySelector('.x-run')")
        page.wait_for_load_state("networkidle")
        address = f"{url}/ext/plots?experiment={experiment}&runs={','.join(runs)}"
        began = page.evaluate(
            "(to) => { const t = performance.now(); mlflow_ext_ui.view.visit(to); return t; }", address
        )
        page.wait_for_function(HOLDS, arg=runs)
        found.append((page.evaluate("performance.now()") - began) / 1e3)
    return median(found[1:]), float(page.evaluate(TOP))


def _live(browser: Browser, one: Server, quick: bool) -> Iterator[Row]:
    """Every value is the time at which it was logged: what the page's newest value lacks to now is its lag."""
    seconds = 6 if quick else 20
    process = start_worker("clock", one.folder, one.url, seconds=seconds + 20, experiment="live")
    assert process.stdout is not None
    experiment = process.stdout.readline().strip()
    with fresh(browser) as meter:
        meter.page.goto(f"{one.url}/ext/plots?experiment={experiment}")
        meter.page.wait_for_function(READY)
        meter.page.wait_for_function(f"() => {AGE} < 5")
        before, lags = meter.bytes, []
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            lags.append(float(meter.page.evaluate(AGE)))
            time.sleep(0.1)
        size = (meter.bytes - before) / 1e3 / seconds * IDLE_SECONDS
    process.terminate()
    process.communicate()
    yield Row(
        GROUP,
        "a live run: how old its newest point is",
        median(lags),
        "s",
        target=2.0,
        repeats=len(lags),
        note=f"at worst {max(lags):.1f} s; {size:.0f} kB in {IDLE_SECONDS} s",
    )
