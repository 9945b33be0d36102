from __future__ import annotations

import re

from fastapi import FastAPI
from pydantic import BaseModel

from mlflow_ext_server import api_docs
from mlflow_ext_server.composition import extension_app
from mlflow_ext_server.mlflow_backend import MlflowBackend
from mlflow_ext_server.settings import ServerSettings


class Body(BaseModel):
    """<script>alert(1)</script>"""


def test_every_route_and_model_of_the_api_is_on_the_page():
    document = extension_app(MlflowBackend(auth=False), "/x", ServerSettings()).openapi()
    page = api_docs.page(document, "/x/ext")
    for path in document["paths"]:
        assert f"<code>/x/ext{path}</code>" in page
    anchors = set(re.findall(r'id="([^"]+)"', page))
    assert anchors == set(document["components"]["schemas"])
    assert set(re.findall(r'href="#([^"]+)"', page)) <= anchors


def test_it_asks_for_nothing_and_runs_nothing():
    app = FastAPI(title="<b>")

    @app.post("/<i>", description="<img src=x onerror=alert(1)>")
    def route(body: Body, word: str = "<u>") -> Body:
        return body

    page = api_docs.page(app.openapi(), "")
    for text in ("<script", "<img", "<b>", "<i>", "<u>", "http://", "https://"):
        assert text not in page
