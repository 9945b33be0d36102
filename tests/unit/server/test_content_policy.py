from __future__ import annotations

import base64
import hashlib
import re

import dash

from mlflow_ext_server import content_policy
from mlflow_ext_ui.app import create_app
from mlflow_ext_ui.memory import MemorySource


def ui() -> dash.Dash:
    app = create_app(MemorySource())
    content_policy.register(app)
    return app


def test_every_inline_script_of_the_page_is_allowed_by_its_hash_and_no_other_is():
    answer = ui().server.test_client().get("/")
    allowed = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    inline = re.findall(r"<script(?![^>]*src=)(?![^>]*application/json)[^>]*>(.*?)</script>", answer.text, re.DOTALL)
    hashes = ["'sha256-" + base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() + "'" for one in inline]
    assert allowed["script-src"].split() == ["'self'", *hashes]
    assert allowed["default-src"] == "'self'"
    assert "unsafe" not in allowed["script-src"]


def test_what_is_no_page_has_none():
    assert "Content-Security-Policy" not in ui().server.test_client().get("/_dash-layout").headers
