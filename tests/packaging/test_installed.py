import os
import re
import signal
import subprocess
import time
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx
import pytest

from tests.conftest import free_port
from tests.packaging.conftest import environment

pytestmark = pytest.mark.packaging


class Links(HTMLParser):
    """Collects what a page loads."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "script" and given.get("src"):
            self.found.append(given["src"])
        if tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload"):
            self.found.append(given["href"])


@pytest.fixture(scope="module")
def url(installed, tmp_path_factory):
    """Address of an ext-server that runs from the wheel."""
    folder = tmp_path_factory.mktemp("server")
    port = free_port()
    command = [installed.root / "bin" / "ext-server", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}", "--artifacts-destination", folder / "files"]
    log = folder / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(), stdout=out, stderr=out, start_new_session=True
        )
    try:
        base = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 120
        while not _healthy(base):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        yield base
    finally:
        process.terminate()
        process.wait(30)
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            process.poll()


def _healthy(base):
    try:
        return httpx.get(f"{base}/ext/health", timeout=5, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_the_packages_come_from_the_wheel(installed, tmp_path):
    code = (
        "import mlflow_ext as a, mlflow_ext_ui as b, mlflow_ext_server as c; print(a.__file__, b.__file__, c.__file__)"
    )
    done = installed.run("python", "-c", code, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert all(path.startswith(str(installed.root)) for path in done.stdout.split())


def test_the_page_and_all_that_it_loads_are_served(url):
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
        page = client.get("/ext/")
        assert page.status_code == 200
        links = Links()
        links.feed(page.text)
        addresses = [urljoin(f"{url}/ext/", link) for link in links.found]
        assert any(".js" in address for address in addresses)
        assert any(".css" in address for address in addresses)
        for address in addresses:
            assert address.startswith(url), f"{address} is not ours"
            answer = client.get(address)
            assert (answer.status_code, bool(answer.content)) == (200, True), address


def test_fonts_named_by_the_style_sheets_are_served(url):
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
        links = Links()
        links.feed(client.get("/ext/").text)
        sheets = [urljoin(f"{url}/ext/", link) for link in links.found if ".css" in link and "/assets/" in link]
        fonts = {
            urljoin(sheet, found)
            for sheet in sheets
            for found in re.findall(r"url\(['\"]?([^'\")]+\.woff2)", client.get(sheet).text)
        }
        assert fonts
        for font in fonts:
            assert client.get(font).content[:4] == b"wOF2", font


def test_the_server_names_the_command_that_installs_its_extra(bare, tmp_path):
    done = bare.run("ext-server", "--port", "1", cwd=tmp_path)
    assert done.returncode == 2
    assert "pip install 'mlflow-ext[server]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_of_the_sdk_runs(installed, tmp_path):
    done = installed.run("mlflow-ext", "--help", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "sync" in done.stdout
