"""Fields and models as the page shows them, each model with those that it leads to inside."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mlflow_ext_server.api.page.schema import Part, Schema, kind, limits, models

_DEEPEST = 4


class Field(NamedTuple):
    """One parameter or field: a row of a table. ``place`` is "path", "query", "header" or nothing."""

    name: str
    kind: list[Part]
    required: bool
    default: str | None
    limits: list[str]
    about: str
    place: str
    inner: list[Model]


class Model(NamedTuple):
    """A named model. One that is a list or map itself has no fields, but ``kind`` and what it leads to."""

    name: str
    about: str
    kind: list[Part]
    limits: list[str]
    fields: list[Field]
    inner: list[Model]


class Models:
    """The models of an OpenAPI document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schemas: Mapping[str, Schema] = document.get("components", {}).get("schemas", {})

    def __iter__(self) -> Iterator[Model]:
        """Every model by name, none inside another."""
        return (self._model(name, _DEEPEST) for name in sorted(self._schemas))

    def of(self, schema: Schema, depth: int = 0) -> list[Model]:
        """The models that a schema leads to, each once, with those inside them."""
        if depth >= _DEEPEST:
            return []
        return [self._model(name, depth) for name in dict.fromkeys(models(schema)) if name in self._schemas]

    def asked(self, document: Mapping[str, Any]) -> set[str]:
        """Names of the models that callers send; only there does it matter which fields may be left out."""
        bodies = [
            content.get("schema", {})
            for methods in document["paths"].values()
            for operation in methods.values()
            for content in operation.get("requestBody", {}).get("content", {}).values()
        ]
        found: set[str] = set()
        rest = [name for body in bodies for name in models(body)]
        while rest:
            name = rest.pop()
            if name in found or name not in self._schemas:
                continue
            found.add(name)
            schema = self._schemas[name]
            rest += [inner for one in (schema, *schema.get("properties", {}).values()) for inner in models(one)]
        return found

    def parameter(self, given: Mapping[str, Any]) -> Field:
        """A parameter of the path, the query or the headers, which can't be null."""
        schema = dict(given.get("schema", {}))
        if "anyOf" in schema:
            schema["anyOf"] = [one for one in schema["anyOf"] if one != {"type": "null"}]
        about = given.get("description", schema.get("description", ""))
        return _field(given["name"], schema, bool(given.get("required")), about, given["in"], self.of(schema))

    def _model(self, name: str, depth: int) -> Model:
        schema = self._schemas[name]
        required = schema.get("required", ())
        fields = [
            _field(one, inner, one in required, inner.get("description", ""), "", self.of(inner, depth + 1))
            for one, inner in schema.get("properties", {}).items()
        ]
        within = [] if fields else self.of(schema, depth + 1)
        return Model(name, schema.get("description", ""), kind(schema), limits(schema), fields, within)


def _field(name: str, schema: Schema, required: bool, about: str, place: str, inner: list[Model]) -> Field:
    default = json.dumps(schema["default"], ensure_ascii=False) if schema.get("default") is not None else None
    return Field(name, kind(schema), required, default, limits(schema), about, place, inner)
