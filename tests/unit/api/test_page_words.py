from __future__ import annotations

import shlex

import pytest

from mlflow_ext_server.api.page.example import coloured, curl, pretty
from mlflow_ext_server.api.page.render import prose
from mlflow_ext_server.api.page.schema import kind, limits

NULL = {"type": "null"}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({}, "any JSON value"),
        ({"type": "string"}, "string"),
        ({"anyOf": [NULL, {"type": "string"}]}, "string or null"),
        ({"anyOf": [{"type": "integer"}, {"type": "string", "format": "date-time"}]}, "integer or ISO 8601 time"),
        ({"anyOf": [{"type": "number"}, {"enum": ["NaN", "Inf"]}, NULL]}, "number, NaN, Inf or null"),
        ({"enum": ["a", 1, None]}, "a, 1 or null"),
        ({"const": True}, "true"),
        ({"type": ["string", "null"]}, "string or null"),
        ({"$ref": "#/components/schemas/Run"}, "Run"),
        ({"type": "array", "items": {"$ref": "#/x/Run"}}, "list of Run"),
        ({"type": "array", "items": {"anyOf": [{"type": "number"}, NULL]}}, "list of (number or null)"),
        ({"type": "object"}, "object"),
        ({"type": "object", "additionalProperties": True}, "object"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "map of string to string"),
    ],
)
def test_a_type_is_told_in_words(schema, expected):
    assert "".join(part.text for part in kind(schema)) == expected


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, []),
        ({"minLength": 1}, ["not empty"]),
        ({"minLength": 1, "maxLength": 250}, ["1 to 250 characters"]),
        ({"maxLength": 8000}, ["at most 8,000 characters"]),
        ({"anyOf": [{"maxLength": 8}, NULL]}, ["at most 8 characters"]),
        ({"minItems": 1, "maxItems": 9, "items": {"maxLength": 9}}, ["1 to 9 entries", "each: at most 9 characters"]),
        ({"maxProperties": 1, "propertyNames": {"minLength": 1}}, ["at most 1 key", "keys: not empty"]),
        ({"minimum": 1, "maximum": 1000}, ["1 to 1,000"]),
        ({"minimum": 0, "exclusiveMaximum": 2.0**53}, ["at least 0, below 2^53"]),
        ({"minimum": -(2.0**63), "exclusiveMaximum": 2.0**63}, ["64 bits"]),
        ({"exclusiveMinimum": -0.5}, ["above -0.5"]),
        ({"pattern": "^a$"}, ["matches `^a$`"]),
    ],
)  # fmt: skip
def test_limits_are_told_in_words(schema, expected):
    assert limits(schema) == expected


def test_backticks_of_either_kind_become_code_and_nothing_else_is_markup():
    assert str(prose("set ``a<b`` or `c` & <i>")) == "set <code>a&lt;b</code> or <code>c</code> &amp; &lt;i&gt;"


def test_a_command_holds_what_the_examples_say():
    operation = {
        "parameters": [
            {"name": "run_id", "in": "path", "example": "a/b c"},
            {"name": "filter", "in": "query", "example": "tags.a = 'it''s'"},
            {"name": "ids", "in": "query", "example": ["x", "y"]},
            {"name": "limit", "in": "query"},
        ]
    }
    address = "http://h/runs/a%2Fb%20c"
    words = shlex.split(curl("get", "http://h/runs/{run_id}", operation, auth=True).replace("\\\n", ""))
    assert words[:5] == ["curl", "-G", address, "-u", "$MLFLOW_TRACKING_USERNAME:$MLFLOW_TRACKING_PASSWORD"]
    assert [word for word in words if "=" in word] == ["filter=tags.a = 'it''s'", "ids=x", "ids=y"]
    operation["requestBody"] = {"content": {"application/json": {"example": {"note": "it's"}}}}
    words = shlex.split(curl("post", "http://h/runs/{run_id}", operation).replace("\\\n", ""))
    assert words[:4] == ["curl", "-X", "POST", f"{address}?filter=tags.a+%3D+%27it%27%27s%27&ids=x&ids=y"]
    assert words[-1] == '{"note": "it\'s"}'


def test_json_stands_in_one_line_where_it_fits():
    assert pretty({"a": [1, 2]}) == '{"a": [1, 2]}'
    assert pretty({"key": "x" * 60}) == '{\n  "key": "' + "x" * 60 + '"\n}'


def test_colours_tell_keys_from_values_and_leave_addresses_alone():
    assert str(coloured('{"a": -1.5e3}')) == (
        '{<span class="x-j-k">&#34;a&#34;:</span> <span class="x-j-n">-1.5e3</span>}'
    )
    assert str(coloured('["<", null]')) == (
        '[<span class="x-j-s">&#34;&lt;&#34;</span>, <span class="x-j-w">null</span>]'
    )
    assert str(coloured("curl http://127.0.0.1:5000/runs/7")) == "curl http://127.0.0.1:5000/runs/7"
