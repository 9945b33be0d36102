"""JSON schemas in words: what a field takes, within which limits, and which models it leads to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Schema = Mapping[str, Any]

_EXACT = 2**31  # larger bounds are told as powers of two
_NO_LIMIT = -(2**63), 2**63


class Part(NamedTuple):
    """A piece of a type's name; ``look`` is "text", "code" or "model", which is a link."""

    text: str
    look: str = "text"


def models(schema: Schema) -> Iterator[str]:
    """Names of the models that a schema leads to at once, each as often as it stands there."""
    if "$ref" in schema:
        yield model_name(schema)
    for one in members(schema):
        yield from models(one)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), Mapping):
            yield from models(schema[key])


def model_name(schema: Schema) -> str:
    """The model that a reference names."""
    return str(schema["$ref"]).rpartition("/")[2]


def members(schema: Schema) -> list[Schema]:
    """What a schema lets choose between."""
    return [one for key in ("anyOf", "oneOf", "allOf") for one in schema.get(key, ())]


def kind(schema: Schema) -> list[Part]:
    """What a value is, such as "list of RunInfo" or "string or null"."""
    if "$ref" in schema:
        return [Part(model_name(schema), "model")]
    choices = _choices(schema)
    if choices:
        return _either(choices)
    if schema.get("type") == "array":
        return [Part("list of "), *_one(schema.get("items", {}))]
    if schema.get("type") == "object" or "additionalProperties" in schema:
        values = schema.get("additionalProperties")
        return (
            [Part("map of string to "), *_one(values)] if isinstance(values, Mapping) and values else [Part("object")]
        )
    if schema.get("format") == "date-time":
        return [Part("ISO 8601 time")]
    return [Part(str(schema.get("type", "any JSON value")))]


def _choices(schema: Schema) -> list[list[Part]]:
    """What a schema lets choose between, each by itself; nothing when there is no choice."""
    if members(schema):
        return [choice for one in members(schema) for choice in _choices(one) or [kind(one)]]
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return [[Part(one if isinstance(one, str) else json.dumps(one), "code")] for one in values]
    if isinstance(schema.get("type"), list):
        return [[Part(str(one))] for one in schema["type"]]
    return []


def _one(schema: Schema) -> list[Part]:
    """The kind of each value of a list or map, in brackets where it is a choice."""
    found = kind(schema)
    return [Part("("), *found, Part(")")] if len(_choices(schema)) > 1 else found


def _either(choices: list[list[Part]]) -> list[Part]:
    unique = [one for place, one in enumerate(choices) if one not in choices[:place]]
    unique.sort(key=lambda one: one == [Part("null")])
    found = list(unique[0])
    for place, one in enumerate(unique[1:], 2):
        found += [Part(" or " if place == len(unique) else ", "), *one]
    return found


def limits(schema: Schema) -> list[str]:
    """The bounds of a value, in words; a pattern stands in backticks."""
    found = [
        _span(schema.get("minLength"), schema.get("maxLength"), "character"),
        _span(schema.get("minItems"), schema.get("maxItems"), "entry"),
        _span(schema.get("minProperties"), schema.get("maxProperties"), "key"),
        _range(schema),
        f"matches `{schema['pattern']}`" if "pattern" in schema else "",
    ]
    found += [one for member in members(schema) for one in limits(member)]
    inner = (("items", "each"), ("propertyNames", "keys"), ("additionalProperties", "values"))
    for key, word in inner:
        if isinstance(schema.get(key), Mapping):
            found += [f"{word}: {one}" for one in limits(schema[key])]
    return list(dict.fromkeys(one for one in found if one))


def _span(least: int | None, most: int | None, what: str) -> str:
    if most is None:
        if not least:
            return ""
        return "not empty" if least == 1 else f"at least {least:,} {_many(what, least)}"
    return f"{least:,} to {most:,} {_many(what, most)}" if least else f"at most {most:,} {_many(what, most)}"


def _many(what: str, count: int) -> str:
    if count == 1:
        return what
    return f"{what[:-1]}ies" if what.endswith("y") and what != "key" else f"{what}s"


def _range(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if (low, below) == _NO_LIMIT:
        return "64 bits"
    if low is not None and high is not None:
        return f"{_number(low)} to {_number(high)}"
    words = [("at least", low), ("above", above), ("at most", high), ("below", below)]
    return ", ".join(f"{word} {_number(value)}" for word, value in words if value is not None)


def _number(value: float) -> str:
    whole = int(value)
    if whole != value:
        return f"{value:g}"
    size = abs(whole)
    if size >= _EXACT and size & (size - 1) == 0:
        return f"{'−' if whole < 0 else ''}2^{size.bit_length() - 1}"
    return f"{whole:,}".replace("-", "−")
