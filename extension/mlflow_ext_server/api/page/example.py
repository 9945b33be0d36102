"""Examples: a request as a curl command, JSON on short lines and in colours."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from markupsafe import Markup, escape

SIGN_IN = '-u "$MLFLOW_TRACKING_USERNAME:$MLFLOW_TRACKING_PASSWORD"'
_WIDTH = 60
_TOKEN = re.compile(
    r'("(?:[^"\\]|\\.)*")(\s*:)?|(?<=[\s:\[])(?:(true|false|null)|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=[\s,\]}])'
)


def curl(method: str, address: str, operation: Mapping[str, Any], *, auth: bool = False) -> str:
    """The command that asks an operation as its examples say.

    Args:
        method: in lower case.
        address: of the operation, with its path's parameters in braces.
        operation: of an OpenAPI document.
        auth: whether to sign in, by the names that MLflow's client goes by.
    """
    given = {one["name"]: one for one in operation.get("parameters", []) if "example" in one}
    path = re.sub(
        r"\{(\w+)\}", lambda found: quote(str(given.get(found[1], {}).get("example", found[0])), safe=""), address
    )
    query = {name: one["example"] for name, one in given.items() if one["in"] == "query"}
    pairs = [(name, one) for name, value in query.items() for one in (value if isinstance(value, list) else [value])]
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    by_line = len(pairs) > 1 and "example" not in content  # -G would take the body for more of the query
    if pairs and not by_line:
        path += "?" + urlencode(pairs)
    verb = "" if method == "get" else f" -X {method.upper()}"
    lines = [f"curl{verb}{' -G' if by_line else ''} {shlex.quote(path)}"]
    lines += [SIGN_IN] if auth else []
    lines += [f"--data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in pairs] if by_line else []
    lines += [] if method == "get" else ["-H 'Content-Type: application/json'"]  # without it the Guard asks for more
    lines += [f"-d {shlex.quote(pretty(content['example']))}"] if "example" in content else []
    return " \\\n  ".join(lines)


def pretty(value: Any) -> str:
    """JSON in which what fits into a line stands in one."""
    return _laid_out(value, "")


def _laid_out(value: Any, indent: str) -> str:
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or not value or (len(flat) + len(indent) <= _WIDTH and _is_short(value)):
        return flat
    inner = indent + "  "
    if isinstance(value, dict):
        lines = [f"{inner}{json.dumps(key)}: {_laid_out(one, inner)}" for key, one in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    return "[\n" + ",\n".join(inner + _laid_out(one, inner) for one in value) + f"\n{indent}]"


def _is_short(value: Any) -> bool:
    return len(value) <= 4


def coloured(text: str) -> Markup:
    """JSON, or a command with JSON in it, with its strings, numbers and words marked."""
    found, at = [], 0
    for token in _TOKEN.finditer(text):
        string, colon, word = token.groups()
        look = ("k" if colon else "s") if string else "w" if word else "n"
        found += [escape(text[at : token.start()]), Markup('<span class="x-j-{}">{}</span>').format(look, token[0])]
        at = token.end()
    return Markup("").join([*found, escape(text[at:])])
