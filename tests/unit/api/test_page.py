from __future__ import annotations

import functools
import html
import json
import operator
import re
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel, Field, TypeAdapter

from mlflow_ext import rest
from mlflow_ext_server.api.example import EXAMPLES
from mlflow_ext_server.api.operation import AREAS, OPERATIONS
from mlflow_ext_server.api.page import Place, page
from mlflow_ext_server.api.page.render import FILTERS
from mlflow_ext_server.api.page.route import script, style
from mlflow_ext_server.composition import extension_app
from mlflow_ext_server.mlflow_backend import MlflowBackend
from mlflow_ext_server.query import parse
from mlflow_ext_server.settings import ServerSettings


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return extension_app(MlflowBackend(auth=False), "/x", ServerSettings()).openapi()


@pytest.fixture(scope="module")
def text(document) -> str:
    return page(document, Place(root="/x/ext", origin="http://127.0.0.1:5000", style="/s.css", script="/s.js"))


def operations(document) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def words(text: str) -> str:
    """What a reader sees: no tags, one space between words."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", text)))


def test_every_operation_is_on_the_page_with_its_permission_and_its_statuses(document, text):
    sections = {
        (found[1], found[2]): section
        for section in text.split('<section class="x-op"')[1:]
        if (found := re.search(r'x-method x-\w+">(\w+)</span> <code class="x-path">([^<]+)<', section))
    }
    assert sections.keys() == {(method, "/x/ext" + path) for method, path, _ in operations(document)}
    for method, path, operation in operations(document):
        section = sections[method, "/x/ext" + path]
        assert operation["x-permission"] in html.unescape(section)
        assert {"x-example", f'x-method x-{method.lower()}"'} <= set(re.findall(r"x-example|x-method x-\w+\"", section))
        for status in operation["responses"]:
            assert f'<span class="x-status">{status}</span>' in section
        for one in operation.get("parameters", []):
            assert f"<code>{one['name']}</code>" in section


def test_each_link_within_the_page_leads_somewhere_and_each_model_has_its_place(document, text):
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert {f"model-{name}" for name in document["components"]["schemas"]} <= set(ids)
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)


def test_nothing_of_the_sources_markup_is_left(text):
    assert "`" not in text
    for raw in ('{"anyOf"', "anyOf", "$ref", "additionalProperties"):
        assert raw not in html.unescape(text)


def test_every_parameter_and_field_is_described(document):
    silent = [
        f"{method} {path} {one['name']}"
        for method, path, operation in operations(document)
        for one in operation.get("parameters", [])
        if not one.get("description")
    ]
    silent += [
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        for field, one in schema.get("properties", {}).items()
        if not one.get("description")
    ]
    assert not silent


def test_every_route_has_an_area_a_title_and_an_example(document):
    routes = {(method, path) for method, path, _ in operations(document)}
    assert set(OPERATIONS) == routes
    assert set(EXAMPLES) == routes
    assert {one.area for one in OPERATIONS.values()} == set(AREAS)
    assert len({one.title for one in OPERATIONS.values()}) == len(routes)


@pytest.mark.parametrize("route", EXAMPLES, ids=" ".join)
def test_an_example_is_what_the_route_takes_and_answers(document, route):
    method, path = route
    operation = document["paths"][path][method.lower()]
    example = EXAMPLES[route]
    if example.body is not None:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        TypeAdapter(model(schema)).validate_python(example.body)
    assert set(example.query) <= {one["name"] for one in operation.get("parameters", []) if one["in"] == "query"}
    done = next(one for status, one in operation["responses"].items() if status.startswith("2"))
    TypeAdapter(model(done["content"]["application/json"]["schema"])).validate_python(example.answer, strict=True)


def model(schema: dict[str, Any]) -> Any:
    """The Python type of a body or answer."""
    if "$ref" in schema:
        return getattr(rest, schema["$ref"].rpartition("/")[2])
    if schema.get("type") == "array":
        return list[model(schema["items"])]  # type: ignore[misc]
    either = schema.get("anyOf") or schema.get("oneOf")
    if either:
        return functools.reduce(operator.or_, map(model, either))
    return dict[str, str | bool]


@pytest.mark.parametrize(
    ("name", "field", "aliases"),
    [
        ("NewRun", "project", ["experiment_name"]),
        ("NewRun", "name", ["run_name"]),
        ("NewData", "primitive_type", ["kind"]),
        ("MetricPoint", "name", ["metric_name", "key"]),
        ("MetricPoint", "value", ["metric_value"]),
        ("NewExperiment", "name", ["experiment_name", "project"]),
    ],
)
def test_other_names_of_a_field_are_told(document, text, name, field, aliases):
    schema = document["components"]["schemas"][name]["properties"][field]
    assert schema["x-aliases"] == aliases
    told = "Also taken as " + " or ".join(aliases)
    assert told in schema["description"].replace("`", "")
    section = text.split(f'id="model-{name}"')[1].split("</section>")[0]
    assert told in words(section)


def test_the_workspace_is_told_with_every_operation_but_health(document):
    for _, path, operation in operations(document):
        places = {(one["name"], one["in"]) for one in operation.get("parameters", [])}
        told = {("workspace", "query"), ("X-MLFLOW-WORKSPACE", "header")} <= places
        assert told is path.startswith("/api")


@pytest.mark.parametrize("filter_", [one for one, _ in FILTERS])
def test_each_filter_of_the_guide_is_one(filter_, text):
    assert parse(filter_)
    assert html.escape(filter_, quote=False) in html.unescape(text).replace("<", "&lt;").replace(">", "&gt;")


class Body(BaseModel):
    """<script>alert(1)</script>"""

    word: str = Field(default="<s>", description='"><svg onload=alert(1)>', pattern="<em>")


def test_what_a_document_says_is_shown_and_never_run():
    app = FastAPI(title="<b>")

    @app.post("/<i>", description="<img src=x onerror=alert(1)>", summary="<u>")
    def route(body: Body, word: str = "<u>") -> Body:
        return body

    shown = page(app.openapi(), Place(root="", origin="http://<q>"))
    for tag in ("<script>", "<svg", "<img", "<b>a", "<i>", "<u>", "<q>", "<s>", "<em>"):
        assert tag not in shown
    assert "<script>alert(1)</script>" in html.unescape(shown)


def test_it_asks_for_nothing_from_outside(text):
    addresses = set(re.findall(r'(?:src|href)="([^"#][^"]*)"', text))
    assert all(one.startswith("/") for one in addresses)
    assert not re.findall(r"""(?:https?:)?//(?!www\.w3\.org/2000/svg)[\w.]+\.\w""", style())
    assert "http" not in script()


def test_the_dark_tokens_hold_by_themselves_where_the_system_is_dark():
    dark = style().split("@media (prefers-color-scheme: dark)")[1].split("\n}\n")[0]
    assert ":root:not([data-theme])" in dark
    assert "--x-bg: #111317" in dark
    assert "../../assets/fonts/inter-latin-wght-normal.woff2" in style()


def test_the_document_holds_no_more_than_json(document):
    assert json.loads(json.dumps(document)) == document
