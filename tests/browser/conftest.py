"""A real Chromium over the page, which fails a test on any console error and on any request beyond loopback."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import WSGIRequestHandler, make_server

from mlflow_ext_ui.app import create_app
from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.preview import serve_tail
from mlflow_ext_ui.preview_change import serve_changes

CHROMIUM = os.environ.get("MLFLOW_EXT_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
LOOPBACK = {"127.0.0.1", "localhost", ""}
TIMEOUT = 30_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all of this folder."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a module; while it lives, playwright's event loop keeps other async tests from running."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Watch:
    """What a page asked for and complained of. ``expected`` are parts of complaints that a test provokes."""

    def __init__(self, page: Page) -> None:
        self.requests: list[Request] = []
        self.complaints: list[str] = []
        self.expected: list[str] = []
        page.on("request", lambda request: self.requests.append(request))
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def count(self, part: str) -> int:
        """How many requests had this in their address."""
        return sum(part in request.url for request in self.requests)

    def check(self) -> None:
        outside = [request.url for request in self.requests if (urlsplit(request.url).hostname or "") not in LOOPBACK]
        assert not outside, f"asked beyond loopback: {outside}"
        unexpected = [text for text in self.complaints if not any(part in text for part in self.expected)]
        assert not unexpected, f"the console says: {unexpected}"


@pytest.fixture
def watches() -> Iterator[dict[Page, Watch]]:
    found: dict[Page, Watch] = {}
    yield found
    for watch in found.values():
        watch.check()


@pytest.fixture
def new_page(chromium: Browser, watches: dict[Page, Watch]) -> Iterator[Callable[..., Page]]:
    """Makes a watched page in a fresh profile; keyword arguments are those of a browser context."""
    contexts = []

    def make(**options: object) -> Page:
        context = chromium.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT)
        watches[page] = Watch(page)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def profile(chromium: Browser) -> Iterator[BrowserContext]:
    """One profile for all pages that need no other, so that scripts are loaded and compiled once."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    yield context
    context.close()


@pytest.fixture
def page(profile: BrowserContext, watches: dict[Page, Watch]) -> Iterator[Page]:
    page = profile.new_page()
    page.set_default_timeout(TIMEOUT)
    watches[page] = Watch(page)
    yield page
    page.close()


@pytest.fixture
def watch(page: Page, watches: dict[Page, Watch]) -> Watch:
    return watches[page]


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing: a test's own output is enough."""


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compressed scripts are kept for the session, and not in the home of whoever runs the tests."""
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["XDG_CACHE_HOME"]
    else:
        os.environ["XDG_CACHE_HOME"] = before


@pytest.fixture(scope="module")
def serve(packed: None) -> Iterator[Callable[[MemorySource], str]]:
    """Serves the page over a source at a free port of 127.0.0.1; gives the address with /ext/."""
    running = []

    def start(source: MemorySource) -> str:
        app = create_app(source)
        serve_tail(app.server, source)
        serve_changes(app.server, source)
        outer = DispatcherMiddleware(NotFound(), {"/ext": app.server})
        server = make_server("127.0.0.1", 0, outer, threaded=True, request_handler=_Quiet)
        server.daemon_threads = True  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/ext/"

    yield start
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()


READY = """() => window.mlflow_ext_ui && mlflow_ext_ui.pictures && mlflow_ext_ui.pictures.ready()
  && mlflow_ext_ui.pictures.visible().length > 0
  && mlflow_ext_ui.pictures.visible().every((key) => {
    const graph = document.querySelector(`[data-plot="${CSS.escape(key)}"]`);
    return !graph || graph.dataset.drawn;
  })"""


def drawn(page: Page) -> None:
    """Wait until every card in view shows its picture."""
    page.wait_for_function(READY)


def shown_runs(page: Page) -> list[str]:
    """Names of the runs on screen, as the list shows them."""
    return page.locator(".ag-floating-top .x-run").evaluate_all("rows => rows.map(row => row.title)")


def wait_shown(page: Page, count: int) -> None:
    """Wait until so many runs stand above the rest of the list."""
    page.wait_for_function("n => document.querySelectorAll('.ag-floating-top .x-run').length === n", arg=count)
