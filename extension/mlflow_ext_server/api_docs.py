"""GET /api/docs: the REST API as one plain page made from its OpenAPI document: no script, nothing from outside."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin-top: 2rem; font-size: 1.05rem } code, pre { font: 13px/1.5 ui-monospace, monospace }
pre { padding: .75rem; overflow: auto; border: 1px solid #8885; border-radius: 6px } table { border-collapse: collapse }
td, th { text-align: left; padding: .15rem 1rem .15rem 0; vertical-align: top } .method { font-weight: 700 }
"""


def page(document: Mapping[str, Any], root: str) -> str:
    """The page.

    Args:
        document: an OpenAPI 3.1 document.
        root: what stands before each of its paths, such as ``/ext``.
    """
    title = escape(f"{document['info']['title']} {document['info']['version']}")
    routes = "".join(
        _route(method, root + path, operation)
        for path, methods in sorted(document["paths"].items())
        for method, operation in methods.items()
    )
    schemas = "".join(_schema(name, one) for name, one in sorted(_schemas(document).items()))
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}: REST API</title>'
        f"<style>{_STYLE}</style></head><body><h1>{title}: REST API</h1>"
        f'<p>For programs: <a href="{escape(root)}/api/openapi.json">openapi.json</a>. '
        "Times are in ms since the epoch. Every error is a JSON object of error, detail and status.</p>"
        f"{routes}<h1>Models</h1>{schemas}</body></html>"
    )


def _schemas(document: Mapping[str, Any]) -> dict[str, Any]:
    return dict(document.get("components", {}).get("schemas", {}))


def _route(method: str, path: str, operation: Mapping[str, Any]) -> str:
    about = escape(operation.get("description") or operation.get("summary", ""))
    return (
        f'<h2><span class="method">{method.upper()}</span> <code>{escape(path)}</code></h2><p>{about}</p>'
        f"{''.join(_parameters(operation))}{''.join(_bodies(operation))}"
    )


def _parameters(operation: Mapping[str, Any]) -> Iterator[str]:
    given = operation.get("parameters", [])
    if not given:
        return
    yield "<table><tr><th>Parameter</th><th>In</th><th>Takes</th></tr>"
    for one in given:
        need = " (required)" if one.get("required") else ""
        yield f"<tr><td><code>{escape(one['name'])}</code>{need}</td><td>{escape(one['in'])}</td>"
        yield f"<td>{_type(one.get('schema', {}))}</td></tr>"
    yield "</table>"


def _bodies(operation: Mapping[str, Any]) -> Iterator[str]:
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<p>Body, <code>{escape(media)}</code>: {_type(content.get('schema', {}))}</p>"
    for status, answer in operation.get("responses", {}).items():
        for content in answer.get("content", {}).values():
            yield f"<p>{escape(status)}: {_type(content.get('schema', {}))}</p>"


def _type(schema: Mapping[str, Any]) -> str:
    """A link to a model, or the schema itself."""
    name = schema.get("$ref", "").rpartition("/")[2]
    if name:
        return f'<a href="#{escape(name)}">{escape(name)}</a>'
    return f"<code>{escape(json.dumps(schema))}</code>" if schema else "anything"


def _schema(name: str, schema: Mapping[str, Any]) -> str:
    return f'<h2 id="{escape(name)}">{escape(name)}</h2><pre>{escape(json.dumps(schema, indent=2))}</pre>'
