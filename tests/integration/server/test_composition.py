"""MLflow beside ours: unchanged but for one tag on its index page, under every flag that moves it."""

from __future__ import annotations

import re
import shutil
import signal
from pathlib import Path

import httpx
import mlflow.server
import psutil
import pytest
from mlflow import MlflowClient

from tests.conftest import Server, StartServer

TAG = re.compile(rb'<script defer src="(/x)?/ext/link\.js\?v=[0-9a-f]{12}"></script>')
VARYING = {"date", "etag", "content-length", "last-modified", "accept-ranges"}


@pytest.fixture(scope="module")
def pair(mlflow_server: StartServer, ext_server: StartServer, tmp_path_factory) -> tuple[Server, Server]:
    """A plain server and ours on copies of one database."""
    plain = mlflow_server()
    client = MlflowClient(plain.origin)
    run = client.create_run(client.create_experiment("first"), run_name="a")
    client.log_metric(run.info.run_id, "loss", 0.5, step=1, timestamp=1)
    client.log_text(run.info.run_id, "hello", "hello.txt")
    client.set_terminated(run.info.run_id, end_time=2)
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(plain.dir, folder, dirs_exist_ok=True)
    return plain, ext_server(directory=folder)


def both(pair: tuple[Server, Server], method: str, path: str, **request) -> tuple[httpx.Response, httpx.Response]:
    with httpx.Client(trust_env=False, timeout=60) as http:
        plain, ours = (http.request(method, server.url + path, **request) for server in pair)
    return plain, ours


def kept(answer: httpx.Response, but: set[str]) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in answer.headers.multi_items() if name not in but)


def test_the_index_page_has_one_tag_more(pair):
    plain, ours = both(pair, "GET", "/")
    assert len(TAG.findall(ours.content)) == 1
    assert TAG.sub(b"", ours.content) == plain.content
    assert ours.headers["content-length"] == str(len(ours.content))
    assert kept(plain, VARYING) == kept(ours, VARYING)


def test_the_index_page_is_cached_by_its_own_content(pair):
    plain, ours = both(pair, "GET", "/")
    assert plain.headers["etag"] != ours.headers["etag"]
    _, again = both(pair, "GET", "/", headers={"if-none-match": ours.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    _, stale = both(pair, "GET", "/", headers={"if-none-match": plain.headers["etag"]})
    assert (stale.status_code, stale.content) == (200, ours.content)
    _, head = both(pair, "HEAD", "/")
    assert (head.headers["content-length"], head.content) == (str(len(ours.content)), b"")


def _static_files() -> list[str]:
    root = Path(mlflow.server.__file__).parent / "js" / "build"
    found = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return [one for one in found if one != "index.html"][:: max(1, len(found) // 40)]


def test_static_files_are_the_same(pair):
    for name in _static_files():
        plain, ours = both(pair, "GET", f"/static-files/{name}")
        assert plain.status_code == 200
        assert (plain.status_code, plain.content) == (ours.status_code, ours.content), name
        assert kept(plain, {"date", "expires"}) == kept(ours, {"date", "expires"}), name
        _, cached = both(pair, "GET", f"/static-files/{name}", headers={"if-none-match": plain.headers["etag"]})
        assert cached.status_code == 304


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/health", None),
        ("GET", "/version", None),
        ("GET", "/nothing/here", None),
        ("POST", "/", {}),
        ("GET", "//ext/health", None),
        ("GET", "/extra", None),
        ("GET", "/static-files/nothing.js", None),
        ("GET", "/static-files/index.html", None),
        ("POST", "/api/2.0/mlflow/experiments/search", {"max_results": 10}),
        ("POST", "/ajax-api/2.0/mlflow/experiments/search", {"max_results": 10}),
        ("POST", "/api/2.0/mlflow/runs/search", {"experiment_ids": ["1"]}),
        ("GET", "/api/2.0/mlflow/experiments/get?experiment_id=77", None),
        ("GET", "/ajax-api/3.0/mlflow/server-info", None),
    ],
)
def test_mlflow_s_own_answers_are_the_same(pair, method, path, body):
    plain, ours = both(pair, method, path, json=body)
    assert plain.status_code == ours.status_code
    assert plain.content == ours.content
    varying = {"date", "expires", "allow"}  # the order in "allow" is a set's
    assert kept(plain, varying) == kept(ours, varying)


def test_mlflow_s_refusal_of_a_foreign_origin_is_the_same(pair):
    headers = {"origin": "https://evil.example"}
    plain, ours = both(pair, "POST", "/api/2.0/mlflow/experiments/search", json={}, headers=headers)
    assert (plain.status_code, plain.content) == (ours.status_code, ours.content) == (403, plain.content)


def test_a_run_s_artifacts_are_the_same(pair):
    run = MlflowClient(pair[0].origin).search_runs(["1"])[0].info.run_id
    plain, ours = both(pair, "GET", f"/get-artifact?run_id={run}&path=hello.txt")
    assert plain.content == ours.content == b"hello"


def test_our_pages_stand_beside(pair):
    _, ours = both(pair, "GET", "/ext/")
    assert ours.status_code == 200
    assert "mlflow-ext" in ours.text
    _, moved = both(pair, "GET", "/ext?experiment=1")
    assert (moved.status_code, moved.headers["location"]) == (307, "/ext/?experiment=1")
    _, health = both(pair, "GET", "/ext/health")
    assert health.json() == {
        "status": "healthy",
        "database_connected": True,
        "version": health.json()["version"],
        "mlflow_version": mlflow.__version__,
    }


def test_security_headers_and_host_check_of_mlflow_apply_to_ours(pair):
    _, ours = both(pair, "GET", "/ext/")
    assert ours.headers["x-content-type-options"] == "nosniff"
    assert ours.headers["x-frame-options"] == "SAMEORIGIN"
    _, foreign = both(pair, "GET", "/ext/", headers={"host": "evil.example"})
    assert foreign.status_code == 403


@pytest.fixture(scope="module")
def prefixed(ext_server: StartServer) -> Server:
    return ext_server("--static-prefix", "/x", "--workers", "4", env={"MLFLOW_EXT_MAX_BODY_BYTES": "1000"})


def test_a_body_above_the_limit_is_refused_and_mlflow_s_own_routes_have_none(prefixed):
    for content in (b"x" * 1001, iter([b"x" * 600] * 2)):
        answer = httpx.post(
            f"{prefixed.url}/ext/api/tail",
            content=content,
            headers={"content-type": "application/json"},
            trust_env=False,
            timeout=60,
        )
        assert (answer.status_code, answer.json()["status"]) == (413, 413)
    body = {"experiment_id": "0", "run_name": "x" * 2000}
    assert (
        httpx.post(f"{prefixed.origin}/x/ajax-api/2.0/mlflow/runs/create", json=body, trust_env=False).status_code
        == 200
    )


def test_under_a_static_prefix_everything_has_it(prefixed):
    with httpx.Client(base_url=prefixed.origin, trust_env=False, timeout=60) as http:
        assert TAG.search(http.get("/x/").content)
        assert http.get("/x/ext/health").json()["status"] == "healthy"
        assert http.get("/x/ext").headers["location"] == "/x/ext/"
        page = http.get("/x/ext/").text
        assert http.get("/ext/health").status_code == 404
        assert http.get("/ext/").status_code == 404
        for address in re.findall(r'(?:src|href)="([^"]+)"', page):
            assert address.startswith("/x/ext/"), address
            assert http.get(address).status_code == 200, address
        script = TAG.search(http.get("/x/").content)
        assert http.get(re.search(rb'src="([^"]+)"', script.group()).group(1).decode()).status_code == 200


def test_four_workers_serve_one_database(prefixed):
    workers = [
        one for one in psutil.Process(prefixed.pid).children(recursive=True) if "spawn_main" in " ".join(one.cmdline())
    ]
    assert len(workers) == 4
    assert "Application startup complete" in prefixed.log_text()


def test_both_addresses_are_printed_ours_first(prefixed):
    text = prefixed.log_text()
    assert text.index(f"{prefixed.url}/ext/\n") < text.index(f"{prefixed.url}/\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.thorough)])
def test_a_signal_ends_the_whole_tree_cleanly(ext_server: StartServer, number: int):
    server = ext_server()
    tree = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
    tree[0].send_signal(number)
    gone, alive = psutil.wait_procs(tree, timeout=30)
    assert not alive
    assert gone[0].returncode is None or len(gone) == len(tree)
    assert "Traceback" not in server.log_text()
    assert server.stop() == 0
