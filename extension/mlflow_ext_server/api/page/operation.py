"""One operation of the document as the page shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mlflow_ext_server.api.page.example import curl, pretty
from mlflow_ext_server.api.page.field import Field, Model, Models
from mlflow_ext_server.api.page.schema import Part, Schema, kind

_OTHER = "Other"
_IN_PLACE = {"path": 0, "query": 1, "header": 2}


class Answer(NamedTuple):
    """What a status means and what comes with it."""

    status: str
    about: str
    kind: list[Part]
    inner: list[Model]
    headers: list[tuple[str, str]]


class Operation(NamedTuple):
    """A method and a path, and all there is to say of it; ``common`` parameters are those of nearly every operation."""

    id: str
    method: str
    path: str
    area: str
    title: str
    about: str
    permission: str | None
    parameters: list[Field]
    common: list[Field]
    body: Answer | None
    answer: Answer | None
    errors: list[Answer]
    curl: str
    example: str | None


def operations(document: Mapping[str, Any], root: str, address: str, *, auth: bool) -> Iterator[Operation]:
    """Every operation, in the document's order.

    Args:
        document: an OpenAPI document.
        root: what stands before each path, such as ``/ext``.
        address: the same with scheme and host, for the examples.
        auth: whether the examples sign in.
    """
    models = Models(document)
    for path, methods in document["paths"].items():
        for method, given in methods.items():
            yield _operation(models, method, path, root, given, curl(method, address + path, given, auth=auth))


def _operation(models: Models, method: str, path: str, root: str, given: Mapping[str, Any], command: str) -> Operation:
    answers = [_answer(models, status, one) for status, one in given.get("responses", {}).items()]
    content = given.get("requestBody", {}).get("content", {})
    parameters, common = (
        [models.parameter(one) for one in given.get("parameters", []) if bool(one.get("x-common")) is shared]
        for shared in (False, True)
    )
    example = next(
        (_media(one).get("example") for status, one in given.get("responses", {}).items() if status[0] == "2"), None
    )
    return Operation(
        id=re.sub(r"[^a-z0-9]+", "-", f"{method}-{path.removeprefix('/api')}".lower()).strip("-"),
        method=method.upper(),
        path=root + path,
        area=next(iter(given.get("tags", [])), _OTHER),
        title=given.get("summary", path),
        about=given.get("description", ""),
        permission=given.get("x-permission"),
        parameters=sorted(parameters, key=lambda one: _IN_PLACE.get(one.place, len(_IN_PLACE))),
        common=common,
        body=_answer(models, "", {"content": content}) if content else None,
        answer=next((one for one in answers if one.status[0] == "2"), None),
        errors=[one for one in answers if one.status[0] != "2"],
        curl=command,
        example=None if example is None else pretty(example),
    )


def _media(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return next(iter(given.get("content", {}).values()), {})


def _answer(models: Models, status: str, given: Mapping[str, Any]) -> Answer:
    schema: Schema = _media(given).get("schema", {})
    headers = [(name, one.get("description", "")) for name, one in given.get("headers", {}).items()]
    return Answer(status, given.get("description", ""), kind(schema), models.of(schema), headers)
