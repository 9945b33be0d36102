"""What the page loads: compressed once, cached by content; and the app's routes."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import plotly
import pytest
from flask.testing import FlaskClient

from mlflow_ext_ui import index, static
from mlflow_ext_ui.app import create_app
from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.source import Principal

GZIP = {"Accept-Encoding": "gzip, deflate"}


class Nosy(MemorySource):
    """Remembers who asked."""

    who: Principal | None = None

    def runs_by_id(self, principal: Principal, run_ids: object, *, columns: object = ()) -> tuple[()]:
        self.who = principal
        return ()


@pytest.fixture(scope="module")
def source() -> Nosy:
    return Nosy()


@pytest.fixture(scope="module")
def client(source: Nosy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield create_app(source, prefix="/mlflow/ext/").server.test_client()


def served(client: FlaskClient) -> list[str]:
    page = client.get("/plots").get_data(as_text=True)
    return [found.removeprefix("/mlflow/ext") for found in re.findall(r'(?:src|href)="([^"]+)"', page)]


def test_all_that_the_page_names_lies_under_our_prefix_and_is_there(client: FlaskClient):
    page = client.get("/plots").get_data(as_text=True)
    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(named) > 10
    assert all(address.startswith("/mlflow/ext/") for address in named)
    for address in served(client):
        assert client.get(address).status_code == 200, address


def test_the_page_loads_what_it_uses_and_ours_joined(client: FlaskClient):
    names = [address.split("?")[0].rsplit("/", 1)[1].split(".")[0] for address in served(client)]
    scripts = ["react@18", "react-dom@18", "prop-types@15", "all"]
    scripts += ["dash_ag_grid", "dash_renderer", "dash_html_components"]
    early = ["async-community", "_dash-layout", "_dash-dependencies"]
    assert names == ["favicon", "first", "inter-latin-wght-normal", "all", *early, *scripts]
    for path, kind in ((index.SCRIPTS, "text/javascript"), (index.STYLES, "text/css")):
        answer = client.get(path)
        assert answer.mimetype == kind
        parts = [part.read_text() for part in (static.ASSETS / path.split("/")[2]).iterdir()]
        assert all(part in answer.text for part in parts)
        assert any(path in address and "?m=" in address for address in served(client))


def test_scripts_come_compressed_and_are_kept_for_a_year(client: FlaskClient):
    script = next(address for address in served(client) if "dash_renderer" in address)
    for _ in range(2):
        packed = client.get(script, headers=GZIP)
        plain = client.get(script)
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in plain.headers
        assert gzip.decompress(packed.data) == plain.data
        assert "immutable" in packed.headers["Cache-Control"]
        assert packed.headers["Vary"] == "Accept-Encoding"


def test_what_has_no_fingerprint_is_asked_for_again_and_answered_by_304(client: FlaskClient):
    first = client.get("/assets/favicon.svg")
    assert first.headers["Cache-Control"] == "no-cache"
    again = client.get("/assets/favicon.svg", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_nothing_of_another_folder_is_served(client: FlaskClient):
    for path in ("/assets/../app.py", "/assets/%2e%2e/app.py", "/_dash-component-suites/dash/../../x.py"):
        assert b"create_app" not in client.get(path).data


def test_flat_and_whole_plotly_read_the_same_figures():
    whole = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    flat = static.ASSETS / "plotly-flat.min.js"
    versions = [re.search(r"plotly\.js v?(\d+)\.", path.read_text()[:200]) for path in (whole, flat)]
    majors = [found[1] for found in versions if found]
    assert len(majors) == 2
    assert len(set(majors)) == 1, "plotly has a new major: build dash_app/plotly-flat with it"


def test_licences_of_all_that_is_not_ours_are_shipped():
    assert "Plotly" in (static.ASSETS / "licences" / "plotly-flat.txt").read_text()
    assert "SIL OPEN FONT LICENSE" in (static.ASSETS / "licences" / "inter.txt").read_text()
    assert "SIL OPEN FONT LICENSE" in (static.ASSETS / "licences" / "jetbrains-mono.txt").read_text()
    assert "ISC License" in (static.ASSETS / "licences" / "lucide.txt").read_text()


def test_no_asset_names_a_foreign_address():
    ours = [path for path in static.ASSETS.rglob("*.js") if path.name != "plotly-flat.min.js"]
    for path in [*ours, *static.ASSETS.rglob("*.css")]:
        assert set(re.findall(r"https?://[\w.]+", path.read_text())) <= {"http://www.w3.org"}, path.name


def test_compressed_scripts_outlive_the_process_and_a_damaged_one_is_written_again(tmp_path: Path):
    content = b"x" * 5000
    packed = static.Packer(tmp_path).pack(content)
    (file,) = tmp_path.glob("*.gz")
    assert file.read_bytes() == packed
    file.write_bytes(packed[:-9])
    assert gzip.decompress(static.Packer(tmp_path).pack(content)) == content
    assert file.read_bytes() == packed


def test_a_folder_that_cant_be_written_costs_only_time(tmp_path: Path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert gzip.decompress(static.Packer(blocked).pack(b"x" * 5000)) == b"x" * 5000


@pytest.mark.parametrize(("path", "body"), [("/_pictures", {"runs": [], "keys": []}), ("/_page", {"url": {}})])
def test_what_a_route_doesn_t_know_is_refused_and_named(client: FlaskClient, path: str, body: dict[str, Any]):
    answer = client.post(path, json=body | {"other": 1})
    assert answer.status_code == 422
    assert answer.json == {"error": "ValidationError", "detail": "other: Extra inputs are not permitted", "status": 422}
    assert client.post(path, json=body).status_code == 200


def test_the_principal_of_the_environment_is_who_asks(client: FlaskClient, source: Nosy):
    me = Principal(username="ada", workspace="lab")
    client.post("/_pictures", json={"runs": ["a"], "keys": []}, environ_overrides={"mlflow_ext.principal": me})
    assert source.who == me
    client.get("/_values?runs=a&plot=b")
    assert source.who == Principal()
    client.post("/_page", json={"url": {"search": "?runs=a"}}, environ_overrides={"mlflow_ext.principal": me})
    assert source.who == me


def test_invented_fingerprints_and_ways_round_keep_no_further_copy():
    reads: list[str] = []

    def read(path: str) -> flask.Response:
        reads.append(path)
        return flask.Response("x" * 5000, mimetype="text/javascript")

    server = flask.Flask("test")
    server.add_url_rule("/_dash-component-suites/<path:path>", "suite", read)
    static.register(server, static.Packer(None))
    client = server.test_client()
    for number in range(20):
        name = f"plotly/{'package_data/../' * (number % 3)}plotly.v{number}m{number}.min.js"
        assert client.get(f"/_dash-component-suites/{name}").data == b"x" * 5000
    assert len(reads) == 1


def test_large_answers_travel_compressed():
    server = flask.Flask("test")
    server.add_url_rule("/large", "large", lambda: flask.jsonify(["x" * 5000]))
    static.register(server, static.Packer(None))
    answer = server.test_client().get("/large", headers=GZIP)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert b"x" * 5000 in gzip.decompress(answer.data)
