"""The curl examples of the documentation and of the page that the server shows, run by curl itself."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from mlflow_ext_server.api.example import EXAMPLES, EXPERIMENT_ID, MLFLOW_ID, RULE_ID, VIEW_ID, WEBHOOK_ID
from mlflow_ext_server.api.page.route import POLICY
from tests.conftest import StartServer
from tests.integration.rest.conftest import Api

PAGE = Path(__file__).parents[3] / "docs" / "rest.md"


def examples() -> list[str]:
    """Each curl command of the page."""
    blocks = re.findall(r"^```bash\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return [command for block in blocks for command in re.split(r"^(?=curl )", block, flags=re.MULTILINE) if command]


def test_the_page_has_examples() -> None:
    assert len(examples()) > 15


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_every_example_works_as_written(api: Api) -> None:
    env = {"EXT": api.server.url + "/ext/api", "PATH": "/usr/bin:/bin", "NO_PROXY": "*", "VIEW": "", "RULE": ""}
    answers = {}
    for command in examples():
        checked = command.strip().replace("curl -s", "curl -sS --fail-with-body", 1)
        done = subprocess.run(["sh", "-c", checked], env=env, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        answers[command.strip()] = json.loads(done.stdout)
        if "-X POST $EXT/views" in command:
            env["VIEW"] = answers[command.strip()]["id"]
        if "-X POST $EXT/alert-rules" in command:
            env["RULE"] = answers[command.strip()]["id"]
    found = {command: body for command, body in answers.items() if "-X" not in command}
    assert all(body for body in found.values()), [command for command, body in found.items() if not body]


def commands(text: str) -> dict[tuple[str, str], str]:
    """The curl command of each operation on the page."""
    line = r'x-method x-\w+">(\w+)</span> <code class="x-path">/ext([^<]+)<'
    found = re.findall(line + r'.*?<pre[^>]*aria-label="Request[^>]*>(.*?)</pre>', text, re.DOTALL)
    return {(method, path): html.unescape(re.sub("<[^>]+>", "", command)) for method, path, command in found}


def test_the_server_shows_every_operation_under_a_strict_policy(api: Api) -> None:
    answer = api.http.get("/docs", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["content-encoding"] == "gzip"
    plain = api.http.get("/docs", headers={"accept-encoding": "identity"})
    assert plain.text == answer.text
    assert "content-encoding" not in plain.headers
    paths = api.get("/openapi.json")["paths"]
    assert set(commands(answer.text)) == {
        (method.upper(), path) for path, methods in paths.items() for method in methods
    }
    for address in re.findall(r'(?:src|href)="(/ext/[^"]+)"', answer.text):
        found = api.http.get(api.server.origin + address)
        assert found.status_code == 200, address
    for address in re.findall(r"url\(([^)\"]+woff2)\)", api.http.get("/docs/page.css").text):
        assert api.http.get(f"{api.server.origin}/ext/api/docs/{address}").status_code == 200, address


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_every_command_of_the_page_works_as_shown(ext_server: StartServer, opened) -> None:
    allowed = {"MLFLOW_EXT_WEBHOOK_ALLOW": "https://hooks.example.org/", "MLFLOW_EXT_ALERT_SECONDS": "3600"}
    api = opened(ext_server(env=allowed))
    shown = commands(api.http.get("/docs").text)
    made, run = EXPERIMENT_ID, MLFLOW_ID
    ids = {"/api/views": VIEW_ID, "/api/alert-rules": RULE_ID, "/api/webhooks": WEBHOOK_ID}
    found = dict(ids)
    for method, path in EXAMPLES:
        command = shown[method, path].replace("curl", "curl -sS --fail-with-body", 1)
        command = re.sub(rf"(?<=ts/){EXPERIMENT_ID}\b", made, command).replace(MLFLOW_ID, run)
        for area, example in ids.items():
            command = command.replace(example, found[area])
        done = subprocess.run(
            ["sh", "-c", command],
            env={"PATH": "/usr/bin:/bin", "NO_PROXY": "*"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        body = json.loads(done.stdout)
        if method == "POST" and path in ("/api/experiments", "/api/projects"):
            made = body["experiment_id"]
        if (method, path) == ("POST", "/api/runs"):
            run = body["run_id"]
        if method == "POST" and path in ids:
            found[path] = body["id"]
        assert body, command


def test_a_server_that_asks_for_passwords_says_so_in_its_commands(tmp_path: Path, ext_server: StartServer) -> None:
    config = tmp_path / "auth.ini"
    config.write_text(
        f"[mlflow]\ndefault_permission = READ\ndatabase_uri = sqlite:///{tmp_path / 'auth.db'}\n"
        "admin_username = admin\nadmin_password = correct horse battery staple\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
    )
    env = {"MLFLOW_AUTH_CONFIG_PATH": str(config), "MLFLOW_FLASK_SERVER_SECRET_KEY": "s" * 32}
    server = ext_server("--app-name", "basic-auth", env=env, directory=tmp_path)
    sign_in = {"MLFLOW_TRACKING_USERNAME": "admin", "MLFLOW_TRACKING_PASSWORD": "correct horse battery staple"}
    text = httpx.get(server.url + "/ext/api/docs", auth=tuple(sign_in.values()), trust_env=False).text
    command = commands(text)["GET", "/api/runs"].replace("curl", "curl -sS --fail-with-body", 1)
    asked = subprocess.run(
        ["sh", "-c", command],
        env={"PATH": "/usr/bin:/bin", "NO_PROXY": "*", **sign_in},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (asked.returncode, asked.stdout) == (0, "[]"), asked.stderr
