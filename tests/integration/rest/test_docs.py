"""The curl examples of the documentation, run in their order by curl itself."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

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
    env = {"EXT": api.server.url + "/ext/api", "PATH": "/usr/bin:/bin", "NO_PROXY": "*", "VIEW": ""}
    answers = {}
    for command in examples():
        checked = command.strip().replace("curl -s", "curl -sS --fail-with-body", 1)
        done = subprocess.run(["sh", "-c", checked], env=env, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        answers[command.strip()] = json.loads(done.stdout)
        if "-X POST $EXT/views" in command:
            env["VIEW"] = answers[command.strip()]["id"]
    found = {command: body for command, body in answers.items() if "-X" not in command}
    assert all(body for body in found.values()), [command for command, body in found.items() if not body]
